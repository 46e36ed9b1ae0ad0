//! Messages in direct conversations: one of each pair writes, the other receives.

use std::sync::Arc;

use anyhow::ensure;

use super::args::Plan;
use super::continuity::Faults;
use super::meter::Meter;
use super::pair_loop::{Errand, Outcome, Work, pace, run_all};
use super::report::{Check, Ended, Load, Report};
use super::target::Target;
use super::timeline::Timeline;
use super::{pairs, progress};

pub(super) async fn run(plan: &Plan, target: &Target) -> anyhow::Result<Report> {
    let (pairs, welcome) = pairs::meet(plan, target).await?;
    ensure!(
        plan.size <= welcome.limits.text_bytes,
        "--size {} is more than a message may have: {} (limits.text_bytes)",
        plan.size,
        welcome.limits.text_bytes
    );
    let work = Arc::new(Work {
        errand: Errand::Write,
        window: plan.window,
        size: plan.size,
        every: pace(plan),
        meter: Meter::new(Timeline::begin(plan))?,
    });
    let (usage, mut outcomes) = tokio::try_join!(progress::watch(target, &work.meter), run_all(pairs, &work))?;
    let checks = checks(&mut outcomes).await?;
    let ended = Ended {
        load: load(plan),
        unit: "messages received",
        per_s: work.meter.delivered() / plan.seconds.as_secs(),
        checks,
        server: usage.server(welcome.server.version),
        client: usage.client(),
    };
    Ok(Report::new(plan, &work.meter, ended))
}

/// What the load of pairs was.
pub(super) const fn load(plan: &Plan) -> Load {
    let mut load = Load::new(plan);
    load.pairs = Some(plan.pairs);
    load.window = Some(plan.window);
    load.rate = plan.rate;
    load.size = Some(plan.size);
    load.warm_up_seconds = Some(plan.warm_up.as_secs());
    load
}

/// What must hold of messages and of cards alike.
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
