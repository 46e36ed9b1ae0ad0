//! When the warm-up ends, when measuring ends, and when waiting for the last answers ends. Microseconds from its begin.

use std::ops::Range;
use std::time::{Duration, Instant};

/// How long the last messages and answers are waited for.
const PATIENCE: Duration = Duration::from_secs(15);

/// One run's times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeline {
    epoch: Instant,
    measure_from: Duration,
    stop_at: Duration,
}

impl Timeline {
    /// Begins now.
    pub(super) fn begin(warm_up: Duration, seconds: Duration) -> Self {
        Self {
            epoch: Instant::now(),
            measure_from: warm_up,
            stop_at: warm_up + seconds,
        }
    }

    /// How many seconds are measured.
    pub(super) const fn seconds(&self) -> u64 {
        self.stop_at.saturating_sub(self.measure_from).as_secs()
    }

    /// Now.
    pub(super) fn now(&self) -> u64 {
        micros(self.epoch.elapsed())
    }

    /// A moment, so many microseconds after the begin.
    pub(super) fn at(&self, micros: u64) -> Instant {
        self.epoch + Duration::from_micros(micros)
    }

    /// The measured seconds.
    pub(super) fn measured(&self) -> Range<u64> {
        micros(self.measure_from)..micros(self.stop_at)
    }

    /// True for what happens within the measured seconds.
    pub(super) fn counts(&self, at: u64) -> bool {
        self.measured().contains(&at)
    }

    /// True when nothing more is to be sent.
    pub(super) fn is_over(&self) -> bool {
        self.epoch.elapsed() >= self.stop_at
    }

    /// When measuring begins.
    pub(super) fn measured_from(&self) -> Instant {
        self.epoch + self.measure_from
    }

    /// When it ends.
    pub(super) fn measured_to(&self) -> Instant {
        self.epoch + self.stop_at
    }

    /// When what is still missing is lost.
    pub(super) fn patience_ends(&self) -> Instant {
        self.measured_to() + PATIENCE
    }
}

/// Whole microseconds.
pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
