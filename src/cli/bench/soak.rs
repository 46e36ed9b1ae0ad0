//! Whether memory and latency stay where they are over a long run: the trend over its seconds, held against their noise.

// Figures of time and memory for people; no money.
#![allow(clippy::float_arithmetic)]

use super::progress::{Second, mebibytes};
use super::report::Check;

/// The run's first part, in which caches fill, is not looked at: one in so many seconds.
const SETTLING: usize = 4;
/// Seconds that must be left to say anything.
pub(super) const FEWEST: usize = 30;
/// Points of which each pair has a slope: more would take long and tell no more.
const POINTS: usize = 200;
/// Growth over the run that is no trend, whatever the noise: per cent of the median.
const NOTHING: f64 = 3.0;

/// The checks of a soak.
pub(super) fn checks(seconds: &[Second]) -> Vec<Check> {
    let settled = seconds.get(seconds.len() / SETTLING..).unwrap_or_default();
    let p50: Vec<_> = series(settled, |second| second.ack_p50_ms);
    let p99: Vec<_> = series(settled, |second| second.ack_p99_ms);
    let mut checks = vec![
        level("the median latency does not grow", &p50, "ms"),
        level("the 99th percentile does not grow", &p99, "ms"),
    ];
    checks.extend(memory(seconds));
    checks
}

/// Of memory alone; none of a server that is named by its address, of which nothing is known.
pub(super) fn memory(seconds: &[Second]) -> Option<Check> {
    let settled = seconds.get(seconds.len() / SETTLING..).unwrap_or_default();
    let memory: Vec<_> = series(settled, |second| second.server_rss_bytes.map(mebibytes));
    (!memory.is_empty()).then(|| level("memory does not grow", &memory, "MiB"))
}

/// A figure of every second that has it, with that second.
fn series(seconds: &[Second], figure: impl Fn(&Second) -> Option<f64>) -> Vec<(f64, f64)> {
    let one = |second: &Second| Some((f64::from(u32::try_from(second.at).ok()?), figure(second)?));
    seconds.iter().filter_map(one).collect()
}

/// The Theil-Sen slope, which is the median of the slopes between all pairs of points and so not moved by single peaks, over
/// the time of the series, against twice the median deviation from the line, and against [`NOTHING`].
fn level(name: &'static str, series: &[(f64, f64)], unit: &str) -> Check {
    let every = series.len().div_ceil(POINTS).max(1);
    let thin: Vec<_> = series.iter().step_by(every).copied().collect();
    let (Some(first), Some(last)) = (thin.first(), thin.last()) else {
        return Check::new(name, false, "nothing was measured");
    };
    if series.len() < FEWEST {
        return Check::new(
            name,
            false,
            format!("only {} seconds after settling: run it longer", series.len()),
        );
    }
    let slopes = thin.iter().enumerate().flat_map(|(place, one)| {
        let later = thin.get(place + 1..).unwrap_or_default();
        later.iter().map(move |other| (other.1 - one.1) / (other.0 - one.0))
    });
    let slope = median(slopes.collect());
    let middle = median(thin.iter().map(|point| point.1).collect());
    let rest = median(thin.iter().map(|point| point.1 - slope * point.0).collect());
    let noise = median(
        thin.iter()
            .map(|point| (point.1 - slope * point.0 - rest).abs())
            .collect(),
    );
    let growth = slope * (last.0 - first.0);
    let allowed = (2.0 * noise).max(middle * NOTHING / 100.0);
    Check::new(
        name,
        growth <= allowed,
        format!(
            "{growth:+.2} {unit} over {:.0} s, of {middle:.2} {unit} in the median; noise {noise:.2} {unit}, at most {allowed:.2} {unit}",
            last.0 - first.0
        ),
    )
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds with a memory that grows by so many bytes each, beside a saw of 4 MiB.
    fn seconds(growth: u64) -> Vec<Second> {
        let one = |at: u64| Second {
            at,
            per_s: 1,
            ack_p50_ms: Some(2.0),
            ack_p99_ms: Some(if at.is_multiple_of(10) { 40.0 } else { 9.0 }),
            server_rss_bytes: Some((100 << 20) + at * growth + ((at % 5) << 20)),
            server_cpu_s: None,
        };
        (1..=600).map(one).collect()
    }

    fn passed(growth: u64) -> Vec<bool> {
        checks(&seconds(growth)).iter().map(Check::passed).collect()
    }

    #[test]
    fn noise_and_single_peaks_are_no_growth() {
        assert_eq!(passed(0), [true, true, true]);
    }

    #[test]
    fn a_leak_of_a_few_megabytes_is_seen_in_the_noise() {
        // 10 KiB a second are 4.4 MiB over the seconds that are looked at, in a saw of as much.
        assert_eq!(passed(20 << 10), [true, true, false]);
    }

    #[test]
    fn latency_that_creeps_is_seen() {
        let mut seconds = seconds(0);
        for second in &mut seconds {
            second.ack_p50_ms = Some(2.0 + f64::from(u32::try_from(second.at).unwrap()) / 600.0);
        }
        assert!(!checks(&seconds)[0].passed());
    }

    #[test]
    fn a_short_run_says_nothing() {
        assert!(!checks(&seconds(0)[..20])[0].passed());
        assert!(!checks(&[])[0].passed());
    }
}
