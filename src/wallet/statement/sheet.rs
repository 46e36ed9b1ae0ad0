//! A statement: what an account had when a period began, what moved on it, and what it had at the end. It is cut by
//! positions: rows never change, so what was read up to one position is what the account was then, however much is
//! posted beside it.

use super::super::account::Account;
use super::super::reconcile::{LedgerEntry, Period};
use super::super::store::HistoryRow;
use crate::clock::Micros;
use crate::db::Fault;
use crate::ids::{AccountId, UserId};

/// Movements of one statement at most.
pub const MOST_LINES: usize = 10_000;
/// Rows that are looked at for one statement at most: those of the period and those since then.
const MOST_ROWS: usize = 100_000;

/// A statement of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The account.
    pub account: Account,
    /// Which time it is of.
    pub period: Period,
    /// What there was before, in minor units.
    pub opening: i64,
    /// What moved, the first one first. Holds and their releases move nothing.
    pub lines: Vec<Line>,
    /// What there was after: `opening` and all of `lines`.
    pub closing: i64,
    /// What came in, in minor units.
    pub came_in: i64,
    /// What went out, in minor units, above zero.
    pub went_out: i64,
    /// Where the ledger was when the statement was made.
    pub head: Head,
}

/// Where the ledger was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The last block; 0 before the first.
    pub block: i64,
    /// Its hash, in hexadecimal.
    pub hash: String,
    /// Ledger time.
    pub at: Micros,
}

/// A movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Ledger time.
    pub at: Micros,
    /// The transfer's id.
    pub id: String,
    /// What it is for.
    pub kind: &'static str,
    /// What the row does.
    pub state: &'static str,
    /// Minor units; below zero when they went out.
    pub minor: i64,
    /// The balance after, in minor units.
    pub after: i64,
    /// Whose the other account is.
    pub other: UserId,
    /// What for.
    pub note: String,
}

impl Line {
    /// The line of a row on `account`, if it moved money there.
    fn of(row: &HistoryRow, account: AccountId) -> Option<Self> {
        let transfer = &row.transfer;
        let entry = LedgerEntry::of(transfer, account)?;
        Some(Self {
            at: transfer.at,
            id: entry.id,
            kind: transfer.purpose.as_str(),
            state: transfer.kind.state(),
            // From the other side it is the opposite, and an amount is at most 2^62.
            minor: -entry.minor,
            after: balance_after(row, account),
            other: row.other,
            note: entry.note,
        })
    }
}

fn balance_after(row: &HistoryRow, account: AccountId) -> i64 {
    if row.transfer.debit == account {
        row.transfer.debit_after
    } else {
        row.transfer.credit_after
    }
}

/// What of an account's history belongs to a statement, taken row by row, newest first.
#[derive(Debug)]
pub struct Cutter {
    account: AccountId,
    period: Period,
    lines: Vec<Line>,
    looked_at: usize,
    /// The balance before the period, once a row from before it was seen.
    before: Option<i64>,
}

/// What of a history is wanted further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Further {
    /// The row before.
    On,
    /// Nothing: what is before is of no interest.
    Done,
    /// It is more than a statement holds.
    TooMuch,
}

impl Cutter {
    /// Nothing seen yet.
    #[must_use]
    pub const fn new(account: AccountId, period: Period) -> Self {
        Self {
            account,
            period,
            lines: Vec::new(),
            looked_at: 0,
            before: None,
        }
    }

    /// Takes the next row.
    pub fn take(&mut self, row: &HistoryRow) -> Further {
        if self.period.is_before(row.transfer.at) {
            self.before = Some(balance_after(row, self.account));
            return Further::Done;
        }
        self.looked_at += 1;
        if self.period.has(row.transfer.at) {
            self.lines.extend(Line::of(row, self.account));
        }
        if self.lines.len() > MOST_LINES || self.looked_at > MOST_ROWS {
            Further::TooMuch
        } else {
            Further::On
        }
    }

    /// The statement, once all rows were taken.
    ///
    /// # Errors
    /// [`Fault::Corrupt`] when the movements do not lead from the opening balance to the closing one.
    pub fn sheet(mut self, account: Account, head: Head) -> Result<Sheet, Fault> {
        self.lines.reverse();
        // An account begins with nothing.
        let opening = self.before.unwrap_or(0);
        let (mut closing, mut came_in, mut went_out) = (opening, 0_i64, 0_i64);
        for line in &self.lines {
            let sums = closing.checked_add(line.minor).zip(if line.minor < 0 {
                went_out.checked_sub(line.minor).map(|sum| (came_in, sum))
            } else {
                came_in.checked_add(line.minor).map(|sum| (sum, went_out))
            });
            let (balance, (into, out)) = sums.ok_or_else(|| broken(line))?;
            if balance != line.after {
                return Err(broken(line));
            }
            (closing, came_in, went_out) = (balance, into, out);
        }
        Ok(Sheet {
            account,
            period: self.period,
            opening,
            lines: self.lines,
            closing,
            came_in,
            went_out,
            head,
        })
    }
}

fn broken(line: &Line) -> Fault {
    Fault::Corrupt(format!(
        "the balance after transfer {} does not follow from the one before: run quipu audit",
        line.id
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ClientId;
    use crate::op_receipt::Fingerprint;
    use crate::wallet::account::{AccountKey, AccountKind, AccountStatus, Spent};
    use crate::wallet::money::{Currency, Money};
    use crate::wallet::transfer::{Purpose, Transfer, TransferKind};

    fn account() -> Account {
        let key = AccountKey::person(UserId::from_bytes([1; 16]), Currency::of("CNY").expect("a currency"));
        Account {
            id: key.id(),
            key,
            posted: 0,
            held: 0,
            floor: 0,
            status: AccountStatus::Open,
            last_seq: 9,
            opened_at: Micros(0),
            spent: Spent::default(),
        }
    }

    /// A row at that time by which so much came in, or went out, and the balance after.
    fn row(at: i64, kind: TransferKind, minor: i64, after: i64) -> HistoryRow {
        let (own, currency) = (account().id, account().key.currency);
        let other = AccountKey::system(AccountKind::Suspense, currency);
        let (debit, credit) = if minor < 0 {
            (own, other.id())
        } else {
            (other.id(), own)
        };
        let transfer = Transfer {
            seq: at,
            client_id: ClientId::fresh(),
            actor: UserId::SYSTEM,
            fingerprint: Fingerprint::of("x", &[]),
            kind,
            purpose: Purpose::Payment,
            leg: 0,
            legs: 1,
            debit,
            credit,
            money: Money::of_minor(minor.abs(), currency).expect("an amount"),
            of: None,
            expires_at: None,
            debit_after: after,
            debit_held: 0,
            credit_after: after,
            debit_prev: 0,
            credit_prev: 0,
            note: String::new(),
            card: None,
            flow: None,
            at: Micros(at),
        };
        HistoryRow {
            transfer,
            other: UserId::SYSTEM,
        }
    }

    fn history() -> Vec<HistoryRow> {
        let rows = [
            (1, TransferKind::Post, 100, 100),
            (2, TransferKind::Post, -30, 70),
            (3, TransferKind::Hold, -50, 70),
            (4, TransferKind::Capture, -20, 50),
            (5, TransferKind::Reverse, 30, 80),
        ];
        rows.into_iter()
            .rev()
            .map(|(at, kind, minor, after)| row(at, kind, minor, after))
            .collect()
    }

    fn cut(rows: &[HistoryRow], from: Option<i64>, until: Option<i64>) -> Result<Sheet, Fault> {
        let period = Period {
            from: from.map(Micros),
            until: until.map(Micros),
        };
        let mut cutter = Cutter::new(account().id, period);
        for row in rows {
            if cutter.take(row) != Further::On {
                break;
            }
        }
        let head = Head {
            block: 1,
            hash: String::new(),
            at: Micros(9),
        };
        cutter.sheet(account(), head)
    }

    #[test]
    fn what_there_was_and_what_moved_is_what_there_is_for_every_period() {
        for (from, until, opening, moved, closing) in [
            (None, None, 0, vec![100, -30, -20, 30], 80),
            (Some(2), Some(5), 100, vec![-30, -20], 50),
            (Some(3), Some(4), 70, vec![], 70),
            (Some(6), None, 80, vec![], 80),
            (None, Some(1), 0, vec![], 0),
            (Some(5), None, 50, vec![30], 80),
        ] {
            let sheet = cut(&history(), from, until).expect("a statement");
            let minor: Vec<_> = sheet.lines.iter().map(|line| line.minor).collect();
            assert_eq!(
                (sheet.opening, minor, sheet.closing),
                (opening, moved, closing),
                "{from:?} {until:?}"
            );
            assert_eq!(sheet.opening + sheet.came_in - sheet.went_out, sheet.closing);
        }
    }

    #[test]
    fn a_balance_that_does_not_follow_is_told_to_nobody() {
        let mut rows = history();
        rows[1].transfer.debit_after += 1;
        assert!(matches!(cut(&rows, None, None), Err(Fault::Corrupt(_))));
    }

    #[test]
    fn a_statement_ends_at_its_bounds() {
        let (one, before) = (row(5, TransferKind::Post, 1, 1), row(1, TransferKind::Post, 1, 1));
        let period = Period {
            from: Some(Micros(2)),
            until: None,
        };
        let mut cutter = Cutter::new(account().id, period);
        assert!((0..MOST_LINES).all(|_| cutter.take(&one) == Further::On));
        assert_eq!(cutter.take(&one), Further::TooMuch);
        let mut cutter = Cutter::new(account().id, period);
        let held = row(5, TransferKind::Hold, -1, 1);
        assert!((0..MOST_ROWS).all(|_| cutter.take(&held) == Further::On));
        assert_eq!(cutter.take(&held), Further::TooMuch);
        assert_eq!(cutter.take(&before), Further::Done);
    }
}
