//! Time as an input: microseconds since 1970, from a [`Clock`] that tests can hold in their hand.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;

/// A day in microseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

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

    /// The day since 1970-01-01 (UTC).
    #[must_use]
    pub const fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// The moment at which the next day begins (UTC).
    #[must_use]
    pub const fn next_day(self) -> Self {
        Self(self.day().saturating_add(1).saturating_mul(DAY))
    }

    /// The year (UTC); 9999 beyond what can be written.
    #[must_use]
    pub fn year(self) -> i64 {
        jiff::Timestamp::from_microsecond(self.0).map_or(9_999, |moment| moment.to_zoned(TimeZone::UTC).year().into())
    }

    /// The moment at which a day begins (UTC), of a date as `2026-01-31`; none for any other text.
    #[must_use]
    pub fn of_date(text: &str) -> Option<Self> {
        let date: jiff::civil::Date = text.parse().ok()?;
        if date.to_string() != text {
            return None;
        }
        let begins = date.to_zoned(TimeZone::UTC).ok()?;
        Some(Self(begins.timestamp().as_microsecond()))
    }

    /// The date (UTC), as `2026-01-31`.
    #[must_use]
    pub fn date(self) -> String {
        jiff::Timestamp::from_microsecond(self.0).map_or_else(
            |_| "9999-12-31".to_owned(),
            |moment| moment.to_zoned(TimeZone::UTC).date().to_string(),
        )
    }

    /// The moment at which the next year begins (UTC), at most the last one that can be written.
    #[must_use]
    pub fn next_year(self) -> Self {
        let next = i16::try_from(self.year().saturating_add(1)).unwrap_or(i16::MAX);
        let first = jiff::civil::Date::new(next, 1, 1).and_then(|day| day.to_zoned(TimeZone::UTC));
        first.map_or(Self(i64::MAX), |moment| Self(moment.timestamp().as_microsecond()))
    }

    /// Parses RFC 3339.
    ///
    /// # Errors
    /// When the text is no such moment.
    pub fn parse(text: &str) -> Result<Self, jiff::Error> {
        Ok(Self(text.parse::<jiff::Timestamp>()?.as_microsecond()))
    }
}

/// A month (UTC): twelve times the year and the months before it in the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub i64);

impl Month {
    /// The last one that can be written.
    pub const LAST: Self = Self(9_999 * 12 + 11);

    /// The month in which a moment lies; the last one beyond what can be written.
    #[must_use]
    pub fn of(at: Micros) -> Self {
        jiff::Timestamp::from_microsecond(at.0).map_or(Self::LAST, |moment| {
            let day = moment.to_zoned(TimeZone::UTC);
            Self(i64::from(day.year()) * 12 + i64::from(day.month()) - 1)
        })
    }

    /// Parses `2026-01`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let first = Micros::of_date(&format!("{text}-01"))?;
        Some(Self::of(first)).filter(|month| month.to_string() == text)
    }
}

/// As `2026-01`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
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

/// How far the wall clock may be from where the monotonic clock says it must be before it is believed no more.
const DRIFT: Duration = Duration::from_secs(60);
/// How far the last time of the ledger may lie ahead of the wall clock at the start.
const AHEAD: Duration = Duration::from_secs(5 * 60);

/// A wall clock that is held against the monotonic one. When they drift apart by more than a minute since the start,
/// or when the ledger's last time lies more than five minutes ahead at the start, somebody turned the clock: from then
/// on time follows the monotonic clock, until the wall clock is back where it should be or the process starts anew.
pub struct GuardedClock {
    wall: Arc<dyn Clock>,
    monotonic: Box<dyn Fn() -> Duration + Send + Sync>,
    state: Mutex<Guard>,
}

/// What the two clocks showed at one moment, and whether the wall clock is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Guard {
    wall: Micros,
    monotonic: Duration,
    jumped: bool,
}

impl Guard {
    /// The time, given what both clocks show now.
    fn read(&mut self, wall: Micros, monotonic: Duration) -> Micros {
        let expected = self.wall.plus(monotonic.saturating_sub(self.monotonic));
        let drift = Duration::from_micros(wall.0.abs_diff(expected.0));
        self.jumped = drift > DRIFT;
        if self.jumped { expected } else { wall }
    }
}

impl GuardedClock {
    /// The machine's clocks.
    #[must_use]
    pub fn system() -> Self {
        let start = Instant::now();
        Self::new(Arc::new(SystemClock), move || start.elapsed())
    }

    /// A wall clock and a monotonic one, which says how long it has been running.
    pub fn new(wall: Arc<dyn Clock>, monotonic: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        let state = Guard {
            wall: wall.now(),
            monotonic: monotonic(),
            jumped: false,
        };
        Self {
            wall,
            monotonic: Box::new(monotonic),
            state: Mutex::new(state),
        }
    }

    /// Tells it the ledger's last time, before anything else is written: it is believed against a wall clock that lies
    /// far behind it.
    pub fn not_before(&self, last: Micros) {
        let (wall, monotonic) = (self.wall.now(), (self.monotonic)());
        if last <= wall.plus(AHEAD) {
            return;
        }
        tracing::error!(%last, %wall, "the ledger's last time lies ahead of this machine's clock: expiries pause");
        *self.guard() = Guard {
            wall: last,
            monotonic,
            jumped: true,
        };
    }

    /// Whether the wall clock is not believed. Nothing may end by its time then.
    pub fn is_jumped(&self) -> bool {
        self.now();
        self.guard().jumped
    }

    fn guard(&self) -> MutexGuard<'_, Guard> {
        // A panic while it was held cannot have left three plain values half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for GuardedClock {
    fn now(&self) -> Micros {
        let (wall, monotonic) = (self.wall.now(), (self.monotonic)());
        let mut guard = self.guard();
        let before = guard.jumped;
        let now = guard.read(wall, monotonic);
        if guard.jumped != before {
            let jumped = guard.jumped;
            drop(guard);
            tracing::error!(%wall, %now, jumped, "the wall clock left where it should be, or came back");
        }
        now
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
    fn days_and_years_begin_at_midnight_in_utc() {
        let at = |text| Micros::parse(text).expect("a moment");
        let (evening, midnight) = (at("2025-12-31T23:59:59.999999Z"), at("2026-01-01T00:00:00Z"));
        assert_eq!((evening.year(), midnight.year()), (2025, 2026));
        assert_eq!(evening.day() + 1, midnight.day());
        assert_eq!((evening.next_day(), evening.next_year()), (midnight, midnight));
        assert_eq!(midnight.next_year(), at("2027-01-01T00:00:00Z"));
        assert_eq!(Micros(-1).day(), -1);
        assert_eq!(
            (Micros(i64::MAX).year(), Micros(i64::MAX).next_year()),
            (9_999, Micros(i64::MAX))
        );
    }

    #[test]
    fn time_after_the_last_never_repeats_when_the_clock_goes_back() {
        assert_eq!(Micros(5).after(Micros(9)), Micros(10));
        assert_eq!(Micros(50).after(Micros(9)), Micros(50));
    }

    #[test]
    fn a_wall_clock_that_jumps_is_believed_no_more_until_it_is_back() {
        const HOUR: i64 = 3_600_000_000;
        let (wall, ran) = (Arc::new(ManualClock::at(Micros(HOUR))), Arc::new(AtomicI64::new(0)));
        let seconds = ran.clone();
        let clock = GuardedClock::new(wall.clone(), move || {
            Duration::from_secs(seconds.load(Ordering::SeqCst).unsigned_abs())
        });
        // Small steps are a time server's.
        ran.store(10, Ordering::SeqCst);
        wall.set(Micros(HOUR + 65_000_000));
        assert_eq!((clock.now(), clock.is_jumped()), (Micros(HOUR + 65_000_000), false));
        for day in [24 * HOUR, -24 * HOUR] {
            wall.set(Micros(HOUR + day));
            ran.store(20, Ordering::SeqCst);
            assert_eq!((clock.now(), clock.is_jumped()), (Micros(HOUR + 20_000_000), true));
        }
        wall.set(Micros(HOUR + 21_000_000));
        assert_eq!((clock.now(), clock.is_jumped()), (Micros(HOUR + 21_000_000), false));
    }

    #[test]
    fn a_ledger_that_is_ahead_at_the_start_is_believed() {
        let wall = Arc::new(ManualClock::at(Micros(0)));
        let clock = GuardedClock::new(wall.clone(), || Duration::ZERO);
        clock.not_before(Micros(299_000_000));
        assert!(!clock.is_jumped());
        clock.not_before(Micros(301_000_000));
        assert_eq!((clock.now(), clock.is_jumped()), (Micros(301_000_000), true));
        wall.set(Micros(300_000_000));
        assert_eq!((clock.now(), clock.is_jumped()), (Micros(300_000_000), false));
    }
}
