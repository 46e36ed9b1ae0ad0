//! Days, months and years by the rule of the Gregorian calendar, in UTC.

use quipu::clock::Micros;
use quipu::wallet::recurrence::{End, Every, Recurrence};

pub(super) const DAY: i64 = 24 * 3600 * 1_000_000;

pub(super) fn day_of(at: Micros) -> i64 {
    at.0.div_euclid(DAY)
}

/// Days from 1970 to the first of January.
pub(super) fn days_before_year(year: i64) -> i64 {
    let leaps = |year: i64| (year - 1).div_euclid(4) - (year - 1).div_euclid(100) + (year - 1).div_euclid(400);
    (year - 1970) * 365 + leaps(year) - leaps(1970)
}

pub(super) fn year_of(at: Micros) -> i64 {
    let day = day_of(at);
    let mut year = 1970 + day.div_euclid(366);
    while days_before_year(year + 1) <= day {
        year += 1;
    }
    year
}

/// Days of a month, from 0.
fn days_in(year: i64, month: i64) -> i64 {
    let leap = days_before_year(year + 1) - days_before_year(year) == 366;
    match month {
        1 => 28 + i64::from(leap),
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

/// The same day and time so many months later, or the last day of a month that has no such day.
fn months_later(first: Micros, months: i64) -> Micros {
    let year = year_of(first);
    let mut rest = day_of(first) - days_before_year(year);
    let mut month = 0;
    while rest >= days_in(year, month) {
        rest -= days_in(year, month);
        month += 1;
    }
    let (year, month) = (year + (month + months).div_euclid(12), (month + months).rem_euclid(12));
    let before: i64 = (0..month).map(|month| days_in(year, month)).sum();
    let day = days_before_year(year) + before + rest.min(days_in(year, month) - 1);
    Micros(day * DAY + first.0.rem_euclid(DAY))
}

/// The due time of a plan at a place, from 0.
pub(super) fn due(times: Recurrence, place: u32) -> Option<Micros> {
    let n = i64::from(place);
    let at = match times.every {
        Every::Once if n > 0 => return None,
        Every::Once => times.first,
        Every::Day => Micros(times.first.0 + n * DAY),
        Every::Week => Micros(times.first.0 + n * 7 * DAY),
        Every::Month => months_later(times.first, n),
        Every::Year => months_later(times.first, 12 * n),
    };
    let stands = match times.end {
        End::Never => true,
        End::Count(count) => place < count,
        End::Until(last) => at <= last,
    };
    stands.then_some(at)
}
