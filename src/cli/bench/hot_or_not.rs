//! Payments of many people to as many, and then of the same people to one: what one hot account costs.

use std::sync::Arc;

use anyhow::Context as _;

use super::meter::Meter;
use super::parts::ReadyPairs;
use super::plan::{PairPlan, Part, Plan};
use super::report::{Check, Ended, Load, Phase, Report};
use super::target::Target;
use super::timeline::Timeline;
use super::{progress, wallet};

/// The two measured parts of a run.
const UNIFORM: &str = "to as many payees";
const HOT: &str = "to one payee";

pub(super) async fn run(plan: &Plan, pairs: PairPlan, target: &Target) -> anyhow::Result<Report> {
    let (one, many) = target.people().split_last().context("nobody is there")?;
    // The payers are the first of each two.
    let payers = many.iter().step_by(2).chain([one]).cloned();
    let payers: Vec<_> = payers.collect();
    let (mut phases, mut checks, mut last) = (Vec::new(), Vec::new(), None);
    for (name, part, people) in [(UNIFORM, Part::Wallet(pairs), many), (HOT, Part::Hot(pairs), &payers)] {
        let (ready, welcome) = ReadyPairs::gather(&part, people).await?;
        let meter = Arc::new(Meter::new(Timeline::begin(plan.warm_up, plan.seconds))?);
        let meters = [Arc::clone(&meter)];
        let (usage, paid) = tokio::try_join!(progress::watch(target, &meters), ready.run(Arc::clone(&meter), None))?;
        phases.push(Phase::new((name, "payments"), &meter, &usage));
        checks.extend(paid.into_checks().into_iter().map(|check: Check| check.of(name)));
        last = Some((meter, usage, welcome));
    }
    let (meter, usage, welcome) = last.context("nothing was measured")?;
    checks.extend(wallet::audited(target)?);
    let counted = (Load::of_pairs(&pairs), "payments received by one person");
    let ended = Ended::of(counted, &meter, checks, usage, welcome.server.version);
    let report = Report::new(plan, &meter, ended).with_phases(phases);
    Ok(report.with_rates("payments to one person and to many"))
}
