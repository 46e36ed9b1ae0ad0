//! When a scheduled payment is due, in UTC. Every due time is counted from the first one, so a day of the month that a
//! month does not have falls on its last day and is itself again in the next: the 31st of January is followed by the 28th
//! of February and the 31st of March.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::clock::Micros;

/// A day in microseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Every {
    /// Not again.
    Once,
    /// At the same time each day.
    Day,
    /// On the same day each week.
    Week,
    /// On the same day each month, or its last.
    Month,
    /// On the same day each year; the 29th of February is the 28th in other years.
    Year,
}

/// When it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Not before the last moment that can be written.
    Never,
    /// After so many due times.
    Count(u32),
    /// With the last due time that is not after this moment.
    Until(Micros),
}

/// A due time and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Its place, from 0.
    pub n: u32,
    /// When.
    pub at: Micros,
}

/// Due times from a first one on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recurrence {
    /// The first one.
    pub first: Micros,
    /// How often.
    pub every: Every,
    /// When it ends.
    pub end: End,
}

impl Recurrence {
    /// The due time at place `n`, from 0; none when it has ended before.
    #[must_use]
    pub fn due(self, n: u32) -> Option<Micros> {
        let at = due(self.first, self.every, n)?;
        let stands = match self.end {
            End::Never => true,
            End::Count(count) => n < count,
            End::Until(last) => at <= last,
        };
        stands.then_some(at)
    }

    /// The first due time after a moment; none when there is no more.
    #[must_use]
    pub fn next_after(self, moment: Micros) -> Option<Due> {
        let next = next_after(self.first, self.every, moment)?;
        self.due(next.n).map(|_| next)
    }
}

/// The due time at place `n`, from 0, without an end; none before 1970 and in the last hours of 9999 or later, which
/// cannot be written.
#[must_use]
pub fn due(first: Micros, every: Every, n: u32) -> Option<Micros> {
    let start = civil(first).filter(|_| first.0 >= 0)?;
    let days = |each: i64| {
        let later = DAY.checked_mul(each)?.checked_mul(i64::from(n))?;
        first.0.checked_add(later).map(Micros)
    };
    let months = |each: i64| {
        // Counted by the calendar, a day that a month does not have becomes its last.
        let later = Span::new().try_months(i64::from(n).checked_mul(each)?).ok()?;
        moment(start.checked_add(later).ok()?)
    };
    let at = match every {
        Every::Once => (n == 0).then_some(first),
        Every::Day => days(1),
        Every::Week => days(7),
        Every::Month => months(1),
        Every::Year => months(12),
    };
    // What can be written.
    at.filter(|at| civil(*at).is_some())
}

/// The first due time after a moment, without an end; none when there is no more that [`due`] gives.
#[must_use]
pub fn next_after(first: Micros, every: Every, moment: Micros) -> Option<Due> {
    let at_place = |n: u32| due(first, every, n).map(|at| Due { n, at });
    if moment < first {
        return at_place(0);
    }
    let days = moment.0.checked_sub(first.0)? / DAY;
    let passed = match every {
        Every::Once => return None,
        Every::Day => days,
        Every::Week => days / 7,
        Every::Month => months_between(first, moment)?,
        Every::Year => months_between(first, moment)? / 12,
    };
    // The calendar's months begin anew before the day and the time of day are reached: then this one has not passed.
    let place = u32::try_from(passed).ok()?;
    let here = at_place(place)?;
    if here.at > moment {
        return Some(here);
    }
    at_place(place.checked_add(1)?)
}

/// How many months of the calendar begin between two moments.
fn months_between(first: Micros, last: Micros) -> Option<i64> {
    let (first, last) = (civil(first)?, civil(last)?);
    let months = |at: DateTime| i64::from(at.year()) * 12 + i64::from(at.month());
    Some(months(last) - months(first))
}

/// What the calendar shows in UTC.
fn civil(at: Micros) -> Option<DateTime> {
    let at = Timestamp::from_microsecond(at.0).ok()?;
    Some(TimeZone::UTC.to_datetime(at))
}

/// The moment at which the calendar shows this in UTC.
fn moment(at: DateTime) -> Option<Micros> {
    let at = TimeZone::UTC.to_timestamp(at).ok()?;
    Some(Micros(at.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Micros {
        Micros::parse(text).expect("a moment")
    }

    /// The days at which the first `count` are due, when the first is due at 08:30.
    fn days(first: &str, every: Every, count: u32) -> Vec<String> {
        let first = at(&format!("{first}T08:30:00Z"));
        let due = (0..count).map(|n| due(first, every, n).expect("due").to_string());
        due.map(|at| at.strip_suffix("T08:30:00.000Z").expect("at the same time").to_owned())
            .collect()
    }

    #[test]
    fn the_31st_is_the_last_day_of_shorter_months_and_the_31st_again() {
        let wanted = [
            "2027-12-31",
            "2028-01-31",
            "2028-02-29",
            "2028-03-31",
            "2028-04-30",
            "2028-05-31",
        ];
        assert_eq!(days("2027-12-31", Every::Month, 6), wanted);
        assert_eq!(
            days("2027-01-30", Every::Month, 3),
            ["2027-01-30", "2027-02-28", "2027-03-30"]
        );
        assert_eq!(days("2027-02-28", Every::Month, 2), ["2027-02-28", "2027-03-28"]);
    }

    #[test]
    fn the_29th_of_february_is_the_28th_in_other_years() {
        let wanted = ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"];
        assert_eq!(days("2024-02-29", Every::Year, 5), wanted);
        let first = at("2096-02-29T00:00:00Z");
        // 2100 is no leap year, 2400 is one.
        assert_eq!(due(first, Every::Year, 4), Some(at("2100-02-28T00:00:00Z")));
        assert_eq!(due(first, Every::Year, 304), Some(at("2400-02-29T00:00:00Z")));
    }

    #[test]
    fn days_and_weeks_go_on_over_the_ends_of_months_and_years() {
        assert_eq!(
            days("2024-02-28", Every::Day, 3),
            ["2024-02-28", "2024-02-29", "2024-03-01"]
        );
        assert_eq!(
            days("2026-12-28", Every::Week, 3),
            ["2026-12-28", "2027-01-04", "2027-01-11"]
        );
        assert_eq!(days("2026-12-28", Every::Once, 1), ["2026-12-28"]);
        assert_eq!(due(at("2026-12-28T00:00:00Z"), Every::Once, 1), None);
    }

    #[test]
    fn it_ends_after_its_count_or_with_the_last_that_is_not_after_its_end() {
        let (first, second) = (at("2026-01-31T12:00:00.000001Z"), at("2026-02-28T12:00:00.000001Z"));
        let monthly = |end| Recurrence {
            first,
            every: Every::Month,
            end,
        };
        let before = Micros(second.0 - 1);
        for (end, last) in [
            (End::Count(2), Some(second)),
            (End::Count(1), None),
            (End::Until(second), Some(second)),
            (End::Until(before), None),
        ] {
            assert_eq!(monthly(end).due(0), Some(first), "{end:?}");
            assert_eq!(monthly(end).due(1), last, "{end:?}");
            assert_eq!(monthly(end).due(2), None, "{end:?}");
            assert_eq!(
                monthly(end).next_after(first),
                last.map(|at| Due { n: 1, at }),
                "{end:?}"
            );
            assert_eq!(monthly(end).next_after(second), None, "{end:?}");
        }
        assert_eq!(monthly(End::Count(0)).due(0), None);
        assert_eq!(monthly(End::Until(Micros(first.0 - 1))).next_after(Micros(0)), None);
        assert!(monthly(End::Never).due(90_000).is_some());
    }

    #[test]
    fn nothing_is_due_before_1970_or_after_what_can_be_written() {
        for every in [Every::Once, Every::Day, Every::Week, Every::Month, Every::Year] {
            for first in [-1, i64::MIN, i64::MAX] {
                assert_eq!(due(Micros(first), every, 0), None);
                assert_eq!(next_after(Micros(first), every, Micros(i64::MIN)), None);
            }
            assert_eq!(due(Micros(0), every, 0), Some(Micros(0)));
            assert_eq!(due(Micros(0), every, u32::MAX), None);
            assert_eq!(next_after(Micros(0), every, Micros(i64::MAX)), None);
        }
        let late = at("9999-12-01T00:00:00Z");
        assert_eq!(due(late, Every::Month, 1), None);
        assert_eq!(next_after(late, Every::Month, late), None);
        assert_eq!(next_after(late, Every::Week, at("9999-12-29T00:00:00Z")), None);
        assert_eq!(due(at("1970-12-01T00:00:00Z"), Every::Year, 8_029), Some(late));
    }

    const fn length(year: i64, month: i64) -> i64 {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// The day since 1970 of a date, by counting every month before it.
    fn counted(year: i64, month: i64, day: i64) -> i64 {
        let months = (1970..=year).flat_map(|y| (1..=12).map(move |m| (y, m)));
        let before = months.take_while(|date| *date != (year, month));
        before.map(|(y, m)| length(y, m)).sum::<i64>() + day - 1
    }

    proptest! {
        #[test]
        fn months_and_years_are_those_that_counting_every_month_finds(
            (year, month, day) in (1970..2200_i64, 1..=12_i64, 1..=31_i64),
            time in 0..DAY,
            n in 0..=600_u32,
        ) {
            let first = Micros(counted(year, month, day.min(length(year, month))) * DAY + time);
            for (every, each) in [(Every::Month, 1), (Every::Year, 12)] {
                let months = year * 12 + month - 1 + i64::from(n) * each;
                let (y, m) = (months / 12, months % 12 + 1);
                let wanted = counted(y, m, day.min(length(year, month)).min(length(y, m))) * DAY + time;
                prop_assert_eq!(due(first, every, n), Some(Micros(wanted)));
            }
        }

        #[test]
        fn the_next_is_after_the_moment_and_the_one_before_it_is_not(
            first in 0..4_000_000_000_000_000_i64,
            every in prop::sample::select(vec![Every::Once, Every::Day, Every::Week, Every::Month, Every::Year]),
            near in 0..=500_u32,
            off in prop_oneof![-1..=1_i64, -40 * DAY..=40 * DAY],
        ) {
            let first = Micros(first);
            let moment = Micros(due(first, every, near).unwrap_or(first).0 + off);
            match next_after(first, every, moment) {
                Some(next) => {
                    prop_assert!(next.at > moment);
                    prop_assert_eq!(due(first, every, next.n), Some(next.at));
                    let before = next.n.checked_sub(1).and_then(|n| due(first, every, n));
                    prop_assert!(before.is_none_or(|before| before <= moment));
                }
                None => prop_assert!(every == Every::Once && moment >= first),
            }
        }
    }
}
