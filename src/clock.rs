//! Time as an input: microseconds since 1970, from a [`Clock`] that tests can hold in their hand.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment: microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub i64);

impl Micros {
    /// The moment `by` later, at most the last one that can be written.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(by))
    }

    /// The later of this moment and the one just after `last`: time that never repeats.
    #[must_use]
    pub fn after(self, last: Self) -> Self {
        Self(self.0.max(last.0.saturating_add(1)))
    }

    /// Parses RFC 3339.
    ///
    /// # Errors
    /// When the text is no such moment.
    pub fn parse(text: &str) -> Result<Self, jiff::Error> {
        Ok(Self(text.parse::<jiff::Timestamp>()?.as_microsecond()))
    }
}

/// RFC 3339 in UTC with milliseconds, as the wire writes it.
impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(moment) => write!(f, "{moment:.3}"),
            Err(_) => f.write_str("9999-12-31T23:59:59.999Z"),
        }
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present moment by the wall clock.
    fn now(&self) -> Micros;
}

/// The machine's own clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Micros {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// A clock that stands until it is moved.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `at`.
    #[must_use]
    pub fn at(at: Micros) -> Self {
        Self(AtomicI64::new(at.0))
    }

    /// Moves the clock to `at`, forward or back.
    pub fn set(&self, at: Micros) {
        self.0.store(at.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Micros {
        Micros(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_with_milliseconds_and_read_back() {
        let at = Micros(1_763_892_000_123_456);
        assert_eq!(at.to_string(), "2025-11-23T10:00:00.123Z");
        assert_eq!(
            Micros::parse("2025-11-23T10:00:00.123Z").ok(),
            Some(Micros(1_763_892_000_123_000))
        );
    }

    #[test]
    fn time_after_the_last_never_repeats_when_the_clock_goes_back() {
        assert_eq!(Micros(5).after(Micros(9)), Micros(10));
        assert_eq!(Micros(50).after(Micros(9)), Micros(50));
    }
}
