//! As much as a server takes, then many times as much, then as before: whether it still does most of what it can, refuses
//! the rest by name, keeps its memory, and is as it was the moment after.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::again::{Earlier, once_more, together};
use super::meter::Meter;
use super::pair_loop::{Errand, Outcome, Work, run_all};
use super::pairs::{self, Pair};
use super::plan::{Pace, PairPlan, Plan, RATE};
use super::progress::{self, Usage};
use super::report::{Check, Ended, Load, Phase, Report};
use super::target::Target;
use super::timeline::Timeline;
use super::{chat, soak};

/// The three measured parts of a run.
const BEFORE: &str = "at its most";
const OVERLOAD: &str = "in overload";
const AFTERWARDS: &str = "afterwards";
const UNIT: &str = "messages received";
/// How long the first and the last are measured.
const BESIDE: Duration = Duration::from_secs(10);
/// What a request may be refused with.
const BUSY: &str = "busy";

/// One part: what was measured in it.
struct Stage {
    name: &'static str,
    meter: Arc<Meter>,
    usage: Usage,
}

impl Stage {
    async fn pass(
        name: &'static str,
        plan: PairPlan,
        timeline: Timeline,
        target: &Target,
        pairs: Vec<Pair>,
    ) -> anyhow::Result<(Self, Vec<Outcome>)> {
        let work = Arc::new(Work {
            errand: Errand::Write,
            plan,
            meter: Arc::new(Meter::new(timeline)?),
            cuts: None,
        });
        let meter = Arc::clone(&work.meter);
        let (usage, outcomes) = tokio::try_join!(progress::watch_one(target, &meter), run_all(pairs, &work))?;
        Ok((Self { name, meter, usage }, outcomes))
    }

    fn phase(&self) -> Phase {
        Phase::new((self.name, UNIT), &self.meter, &self.usage)
    }
}

pub(super) async fn run(plan: &Plan, at_most: PairPlan, times: u64, target: &Target) -> anyhow::Result<Report> {
    let (pairs, welcome) = pairs::meet(&at_most, target.people()).await?;
    let beside = BESIDE.min(plan.seconds);
    let timeline = Timeline::begin(plan.warm_up, beside);
    let (before, outcomes) = Stage::pass(BEFORE, at_most, timeline, target, pairs).await?;
    let (pairs, earlier) = once_more(outcomes);

    let pace = Pace::Pressing((before.meter.per_s() * times).clamp(*RATE.start(), *RATE.end()));
    let pressing = PairPlan {
        pace,
        window: pace.window(),
        ..at_most
    };
    let timeline = Timeline::begin(plan.warm_up, plan.seconds);
    let (overload, outcomes) = Stage::pass(OVERLOAD, pressing, timeline, target, pairs).await?;
    let (pairs, earlier) = so_far(outcomes, &earlier);

    // At once: what lingers of the overload counts.
    let timeline = Timeline::begin(Duration::ZERO, beside);
    let (afterwards, outcomes) = Stage::pass(AFTERWARDS, at_most, timeline, target, pairs).await?;

    let mut checks = chat::checks(&mut together(outcomes, &earlier)).await?;
    checks.push(only_busy(&overload.meter));
    let settled = plan.seconds.as_secs() >= 2 * soak::FEWEST as u64;
    checks.extend(soak::memory(overload.usage.seconds()).filter(|_| settled));
    let phases = [&before, &overload, &afterwards].map(Stage::phase).into();
    let ratios = before.meter.p99_and(BEFORE, &afterwards.meter, AFTERWARDS);
    let counted = (Load::of_pairs(&pressing), UNIT);
    let ended = Ended::of(counted, &overload.meter, checks, overload.usage, welcome.server.version);
    let report = Report::new(plan, &overload.meter, ended).with_phases(phases);
    Ok(report.with_ratios(ratios).with_rates("messages"))
}

/// The pairs, to go on with, and what they did up to here.
fn so_far(outcomes: Vec<Outcome>, earlier: &Earlier) -> (Vec<Pair>, Earlier) {
    once_more(together(outcomes, earlier))
}

/// Nothing was refused for another reason than that it was too much.
fn only_busy(meter: &Meter) -> Check {
    let errors = meter.errors();
    let others: BTreeSet<_> = errors.keys().filter(|code| *code != BUSY).cloned().collect();
    let refused = errors.get(BUSY).copied().unwrap_or_default();
    let said = match others.first() {
        None => format!("{refused} refusals"),
        Some(_) => format!("{refused} refusals, and others: {others:?}"),
    };
    Check::new("what is refused is refused as busy", others.is_empty(), said)
}
