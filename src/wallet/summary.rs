//! What came and went on an account in a month: counted behind the account's log, so that no commit of the ledger waits
//! for it, and each row once. The log is followed backwards, from its end to where counting ended; what lies between is
//! a gap, which is closed before another one is begun, so that each request does a bounded part of the work.

use std::collections::BTreeMap;

use super::account::Account;
use super::store::{self, HistoryRow, TallyState};
use super::transfer::{Purpose, TransferKind};
use crate::clock::Month;
use crate::db::{Db, Fault};

/// Rows of a log that are counted in one transaction.
const PAGE: u64 = 512;
/// Pages that are counted for one request, at most.
const PAGES: usize = 8;

/// Where money went, as seen from an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flowed {
    /// It came in.
    In,
    /// It went out.
    Out,
    /// What had gone out came back.
    Returned,
    /// What had come in was given back.
    GivenBack,
}

impl Flowed {
    const ALL: [Self; 4] = [Self::In, Self::Out, Self::Returned, Self::GivenBack];

    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::In => 0,
            Self::Out => 1,
            Self::Returned => 2,
            Self::GivenBack => 3,
        }
    }

    /// Reads the number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|flowed| flowed.code() == code)
    }

    /// Whether the balance grew by it.
    #[must_use]
    pub const fn is_in(self) -> bool {
        matches!(self, Self::In | Self::Returned)
    }

    /// Whether something was given back by it.
    #[must_use]
    pub const fn is_back(self) -> bool {
        matches!(self, Self::Returned | Self::GivenBack)
    }
}

/// A sum of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthSum {
    /// Which month.
    pub month: Month,
    /// What for.
    pub purpose: Purpose,
    /// Where it went.
    pub flowed: Flowed,
    /// Minor units, above zero.
    pub minor: i64,
    /// Rows.
    pub rows: i64,
}

/// A month of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The balance before, in minor units.
    pub opening: i64,
    /// The balance after it, or now.
    pub closing: i64,
    /// What came in, in minor units.
    pub came_in: i64,
    /// What went out, in minor units, above zero.
    pub went_out: i64,
    /// Movements.
    pub rows: i64,
    /// The sums of the month.
    pub sums: Vec<MonthSum>,
}

impl Summary {
    /// The summary of a month from all sums of an account up to it; none when they do not fit 64 bits.
    #[must_use]
    pub fn of(month: Month, sums: &[MonthSum]) -> Option<Self> {
        let mut summary = Self {
            opening: 0,
            closing: 0,
            came_in: 0,
            went_out: 0,
            rows: 0,
            sums: Vec::new(),
        };
        for sum in sums.iter().filter(|sum| sum.month <= month) {
            let signed = if sum.flowed.is_in() { sum.minor } else { -sum.minor };
            summary.closing = summary.closing.checked_add(signed)?;
            if sum.month < month {
                summary.opening = summary.opening.checked_add(signed)?;
                continue;
            }
            let side = if sum.flowed.is_in() {
                &mut summary.came_in
            } else {
                &mut summary.went_out
            };
            *side = side.checked_add(sum.minor)?;
            summary.rows = summary.rows.checked_add(sum.rows)?;
            summary.sums.push(*sum);
        }
        Some(summary)
    }
}

/// A row as it is counted; none when it moved nothing.
fn counted(row: &HistoryRow, account: &Account) -> Option<((Month, i16, i16), i64)> {
    let transfer = &row.transfer;
    let out = transfer.debit == account.id;
    let flowed = match (transfer.kind, out) {
        (TransferKind::Post | TransferKind::Capture, false) => Flowed::In,
        (TransferKind::Post | TransferKind::Capture, true) => Flowed::Out,
        (TransferKind::Reverse, false) => Flowed::Returned,
        (TransferKind::Reverse, true) => Flowed::GivenBack,
        (TransferKind::Hold | TransferKind::Void | TransferKind::Expire, _) => return None,
    };
    let key = (Month::of(transfer.at), transfer.purpose.code(), flowed.code());
    Some((key, transfer.money.minor()))
}

/// Counts what is not counted yet of an account's log, or a part of it; whether that is all.
///
/// # Errors
/// What the database said.
pub async fn count(db: &Db, account: &Account) -> Result<bool, Fault> {
    for _ in 0..PAGES {
        let before = store::tally(db, account.id).await?;
        let Some(gap) = before.gap(account.last_seq) else {
            return Ok(true);
        };
        let (rows, next) = store::history(db, account, gap.next, PAGE).await?;
        let mut sums: BTreeMap<(Month, i16, i16), (i64, i64)> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.transfer.seq > gap.through) {
            if let Some((key, minor)) = counted(row, account) {
                let sum = sums.entry(key).or_default();
                let more = sum.0.checked_add(minor);
                sum.0 = more.ok_or_else(|| Fault::Other("a month's sum leaves 64 bits".to_owned()))?;
                sum.1 += 1;
            }
        }
        let after = gap.after(next);
        // Another node, or another request, may have been quicker: then what it left is looked at.
        store::add_to_tally(db, account.id, (before, after), sums).await?;
    }
    let state = store::tally(db, account.id).await?;
    Ok(state.gap(account.last_seq).is_none())
}

impl TallyState {
    /// The gap that is to be closed next, when the log has come to `last_seq`; none when all is counted.
    #[must_use]
    pub const fn gap(self, last_seq: i64) -> Option<Self> {
        if self.next > 0 {
            return Some(self);
        }
        if last_seq <= self.through {
            return None;
        }
        Some(Self {
            through: self.through,
            upper: last_seq,
            next: last_seq,
        })
    }

    /// The state after a page of the gap was counted, behind which the log goes on at `next`.
    #[must_use]
    pub fn after(self, next: Option<i64>) -> Self {
        match next.filter(|next| *next > self.through) {
            Some(next) => Self { next, ..self },
            None => Self {
                through: self.upper,
                upper: self.upper,
                next: 0,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_closed_before_another_one_is_begun() {
        let fresh = TallyState::default();
        assert_eq!(fresh.gap(0), None);
        let gap = fresh.gap(90).expect("a gap");
        assert_eq!((gap.through, gap.next), (0, 90));
        let half = gap.after(Some(40));
        assert_eq!(half.gap(200), Some(half), "what came since waits");
        let closed = half.after(None);
        assert_eq!(
            closed,
            TallyState {
                through: 90,
                upper: 90,
                next: 0
            }
        );
        assert_eq!(closed.gap(90), None);
        let second = closed.gap(200).expect("a gap");
        assert_eq!((second.through, second.next), (90, 200));
        // The position before the last uncounted row is one that was counted.
        assert_eq!(second.after(Some(90)).through, 200);
    }

    #[test]
    fn what_there_was_and_what_moved_is_what_there_is() {
        let sum = |month, flowed, minor| MonthSum {
            month: Month(month),
            purpose: Purpose::Payment,
            flowed,
            minor,
            rows: 1,
        };
        let sums = [
            sum(1, Flowed::In, 100),
            sum(2, Flowed::Out, 30),
            sum(2, Flowed::Returned, 10),
            sum(2, Flowed::GivenBack, 5),
            sum(3, Flowed::Out, 7),
        ];
        let february = Summary::of(Month(2), &sums).expect("a summary");
        assert_eq!((february.opening, february.came_in, february.went_out), (100, 10, 35));
        assert_eq!((february.closing, february.rows, february.sums.len()), (75, 3, 3));
    }
}
