//! What must hold of messages in direct conversations, and of the cards of payments alike.

use super::continuity::Faults;
use super::pair_loop::Outcome;
use super::report::Check;

/// Each once and in order, no holes, and each conversation counts what was acknowledged.
pub(super) async fn checks(outcomes: &mut [Outcome]) -> anyhow::Result<Vec<Check>> {
    let (mut faults, mut acknowledged, mut counted, mut differ) = (Faults::default(), 0, 0, 0_u64);
    for outcome in outcomes {
        faults.add(outcome.faults);
        acknowledged += outcome.acknowledged;
        let in_conversation = outcome.pair.counted().await?;
        counted += in_conversation;
        differ += u64::from(in_conversation != outcome.acknowledged);
    }
    let mut checks = Check::of_faults(&faults, acknowledged);
    checks.push(Check::new(
        "conversations count what was acknowledged",
        differ == 0,
        format!("{acknowledged} acknowledged, {counted} counted, {differ} conversations differ"),
    ));
    Ok(checks)
}
