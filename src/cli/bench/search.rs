//! The highest rate at which all that is expected holds: doubled until something does not, then halved in between.

use serde_json::Value;

use super::parts;
use super::plan::{Pace, Part, Plan};
use super::report::Report;
use super::target::Target;

/// Runs at most.
const RUNS: u32 = 14;
/// Per cent between the highest rate that held and the lowest that did not, at which the search ends.
const CLOSE_ENOUGH: u64 = 5;

/// The report of the highest rate that held; of the first one, if that did not.
pub(super) async fn run(plan: &Plan, part: &Part, target: &Target) -> anyhow::Result<Report> {
    let mut rate = rate_of(part);
    let (mut best, mut refused) = (None, None::<u64>);
    for _ in 0..RUNS {
        let report = parts::run(plan, &[with_rate(part, rate)], target).await?;
        let seen: Value = serde_json::to_value(&report)?;
        let broken: Vec<_> = plan
            .expect
            .iter()
            .map(|one| one.check(&seen))
            .filter(|check| !check.passed())
            .collect();
        // A server that cannot follow is not one that holds the rate, whatever was expected.
        let follows = seen["per_s"]
            .as_u64()
            .is_some_and(|per_s| per_s * 100 >= rate * (100 - CLOSE_ENOUGH));
        let held = broken.is_empty() && report.passed() && (follows || matches!(part, Part::Fanout(_)));
        eprintln!("{rate} a second {}", if held { "holds" } else { "does not hold" });
        if held {
            best = Some((rate, report));
        } else if best.is_none() {
            return Ok(report);
        } else {
            refused = Some(rate);
        }
        let Some((low, _)) = &best else { continue };
        rate = match refused {
            None => low * 2,
            Some(high) if (high - low) * 100 <= low * CLOSE_ENOUGH => break,
            Some(high) => low + (high - low) / 2,
        };
    }
    let (_, report) = best.ok_or_else(|| anyhow::anyhow!("no rate was tried"))?;
    Ok(report)
}

const fn rate_of(part: &Part) -> u64 {
    match part {
        Part::Chat(plan) | Part::Wallet(plan) | Part::Hot(plan) => rate(plan.pace),
        Part::Fanout(plan) => rate(plan.pace),
        Part::Storm(plan) => plan.rate,
        Part::Idle(_) => 1,
    }
}

const fn rate(pace: Pace) -> u64 {
    match pace {
        Pace::Steady(rate) => rate,
        Pace::Closed | Pace::Thinking(_) | Pace::Pressing(_) => 1,
    }
}

const fn with_rate(part: &Part, rate: u64) -> Part {
    let mut part = *part;
    match &mut part {
        Part::Chat(plan) | Part::Wallet(plan) | Part::Hot(plan) => plan.pace = Pace::Steady(rate),
        Part::Fanout(plan) => plan.pace = Pace::Steady(rate),
        Part::Storm(plan) => plan.rate = rate,
        Part::Idle(_) => {}
    }
    part
}
