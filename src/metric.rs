//! Every figure that the server tells of itself: names, units, and the one place that each is recorded by.

use std::time::Duration;

use metrics::{counter, gauge, histogram};

/// Operations waiting in a lane. Label `lane`.
pub const LANE_DEPTH: &str = "quipu_lane_depth";
/// Operations in one commit. Label `lane`.
pub const COMMIT_SIZE: &str = "quipu_commit_operations";
/// Seconds from BEGIN to the return of COMMIT. Label `lane`.
pub const COMMIT_SECONDS: &str = "quipu_commit_seconds";

/// An operation joined a lane, in which `depth` now wait.
#[allow(clippy::cast_precision_loss)]
pub fn lane_depth(lane: &'static str, depth: usize) {
    gauge!(LANE_DEPTH, "lane" => lane).set(depth as f64);
}

/// A batch of `operations` was committed in `took`.
#[allow(clippy::cast_precision_loss)]
pub fn commit(lane: &'static str, operations: usize, took: Duration) {
    histogram!(COMMIT_SIZE, "lane" => lane).record(operations as f64);
    histogram!(COMMIT_SECONDS, "lane" => lane).record(took.as_secs_f64());
}

/// Requests that were refused. Label `code`.
pub const REFUSALS: &str = "quipu_refusals_total";

/// A request was refused with `code`.
pub fn refused(code: &'static str) {
    counter!(REFUSALS, "code" => code).increment(1);
}
