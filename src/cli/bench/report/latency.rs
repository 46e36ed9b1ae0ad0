//! Latencies: of one thing, as a curve, and of the same thing in two places.

use hdrhistogram::Histogram;
use serde::Serialize;

/// Latencies in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(in crate::cli::bench) struct Quantiles {
    pub(in crate::cli::bench) p50: f64,
    pub(in crate::cli::bench) p99: f64,
    pub(in crate::cli::bench) p999: f64,
    pub(in crate::cli::bench) max: f64,
}

impl Quantiles {
    /// Of a histogram of microseconds; none when it is empty.
    pub(in crate::cli::bench) fn of(histogram: &Histogram<u64>) -> Option<Self> {
        let at = |quantile| millis(histogram.value_at_quantile(quantile));
        (!histogram.is_empty()).then(|| Self {
            p50: at(0.5),
            p99: at(0.99),
            p999: at(0.999),
            max: millis(histogram.max()),
        })
    }
}

/// A point of a curve: so large a share took at most so long.
#[derive(Debug, Clone, Copy, Serialize)]
pub(in crate::cli::bench) struct Point {
    pub(in crate::cli::bench) quantile: f64,
    pub(in crate::cli::bench) ms: f64,
}

impl Point {
    /// Steps that halve what is left: the half, three quarters, seven eighths and so on.
    const HALVINGS: u32 = 14;

    /// The curve of a histogram of microseconds; empty when it is.
    #[allow(clippy::float_arithmetic)]
    pub(in crate::cli::bench) fn curve(histogram: &Histogram<u64>) -> Vec<Self> {
        if histogram.is_empty() {
            return Vec::new();
        }
        let point = |quantile| Self {
            quantile,
            ms: millis(histogram.value_at_quantile(quantile)),
        };
        (1..=Self::HALVINGS)
            .map(|n| point(1.0 - 0.5_f64.powi(i32::try_from(n).unwrap_or(i32::MAX))))
            .collect()
    }
}

#[allow(clippy::float_arithmetic)]
fn millis(micros: u64) -> f64 {
    // The longest latency that is told apart lies far below what 32 bits hold.
    f64::from(u32::try_from(micros).unwrap_or(u32::MAX)) / 1_000.0
}

/// What the same thing costs in two places or at two times: one quantile of either, in milliseconds.
#[derive(Debug, Serialize)]
pub(in crate::cli::bench) struct Ratio {
    pub(super) what: &'static str,
    pub(super) first: &'static str,
    pub(super) first_ms: f64,
    pub(super) second: &'static str,
    pub(super) second_ms: f64,
    /// The second over the first.
    pub(super) ratio: f64,
    /// How often the second was measured.
    pub(super) times: u64,
}

impl Ratio {
    /// Of two histograms of microseconds, each with where or when it was; none when either is empty.
    #[allow(clippy::float_arithmetic)]
    pub(in crate::cli::bench) fn of(
        what: &'static str,
        quantile: f64,
        [(first, one), (second, other)]: [(&'static str, &Histogram<u64>); 2],
    ) -> Option<Self> {
        if one.is_empty() || other.is_empty() {
            return None;
        }
        let at = |histogram: &Histogram<u64>| millis(histogram.value_at_quantile(quantile));
        let (first_ms, second_ms) = (at(one), at(other));
        Some(Self {
            what,
            first,
            first_ms,
            second,
            second_ms,
            ratio: second_ms / first_ms,
            times: other.len(),
        })
    }

    /// The second over the first.
    pub(in crate::cli::bench) const fn ratio(&self) -> f64 {
        self.ratio
    }
}
