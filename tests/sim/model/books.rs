//! The accounts and the rows that move them: what is written, once it may be.

use std::collections::BTreeMap;

use quipu::clock::Micros;
use quipu::ids::{AccountId, UserId};
use quipu::wallet::{
    AccountKind, AccountRef, AccountStatus, Change, FlowRef, HoldState, MAX_MINOR, Money, Purpose, TransferId,
    TransferKind, WalletError,
};

use super::calendar::{day_of, year_of};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) account: AccountRef,
    pub(crate) posted: i64,
    pub(crate) held: i64,
    pub(crate) floor: i64,
    pub(crate) status: AccountStatus,
    /// Who froze it last.
    pub(crate) frozen_by: Option<UserId>,
    pub(crate) last_seq: i64,
    /// Day and year of the last counted payment, and the sums of both.
    pub(crate) day: (i64, i64),
    pub(crate) year: (i64, i64),
}

/// A row, as far as the rules make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) seq: i64,
    pub(crate) id: TransferId,
    pub(crate) kind: TransferKind,
    pub(crate) purpose: Purpose,
    pub(crate) legs: i16,
    pub(crate) debit: AccountId,
    pub(crate) credit: AccountId,
    pub(crate) money: Money,
    pub(crate) of: Option<i64>,
    pub(crate) expires_at: Option<Micros>,
    pub(crate) debit_after: i64,
    pub(crate) debit_held: i64,
    pub(crate) credit_after: i64,
    pub(crate) debit_prev: i64,
    pub(crate) credit_prev: i64,
    pub(crate) note: String,
    pub(crate) flow: Option<FlowRef>,
    pub(crate) at: Micros,
}

/// One thing that is done with money.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Post(AccountRef, AccountRef, Money, Purpose, String),
    /// Until when stands last.
    Hold(AccountRef, AccountRef, Money, Purpose, String, Micros),
    Capture(TransferId, Option<Money>, String),
    Void(TransferId, String),
    /// Ended by its time, unless somebody ended it before.
    Lapse(TransferId),
    Reverse(TransferId, Option<Money>, String),
}

/// Under which id something is done, and to which flow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Under {
    pub(crate) id: TransferId,
    pub(crate) flow: Option<FlowRef>,
    pub(crate) at: Micros,
}

/// What an instruction works on; a refusal throws its copy away.
#[derive(Debug, Clone, Default)]
pub(super) struct Books {
    pub(super) next_seq: i64,
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) fresh: Vec<Row>,
    pub(super) holds: BTreeMap<i64, (i64, i64, HoldState, Micros)>,
    pub(super) refunds: BTreeMap<i64, (i64, i64)>,
}

/// What a row says beside its accounts.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) kind: TransferKind,
    pub(super) purpose: Purpose,
    pub(super) money: Money,
    pub(super) of: Option<i64>,
    pub(super) expires_at: Option<Micros>,
    pub(super) note: String,
    /// What goes from one to the other, and what is held of the first.
    pub(super) posted: i64,
    pub(super) held: i64,
}

pub(super) type Refusal<T> = Result<T, WalletError>;

impl Line {
    pub(super) fn of(kind: TransferKind, purpose: Purpose, money: Money, note: &str) -> Self {
        Self {
            kind,
            purpose,
            money,
            of: None,
            expires_at: None,
            note: note.to_owned(),
            posted: 0,
            held: 0,
        }
    }
}

impl Books {
    pub(super) fn open(&mut self, account: AccountRef) {
        if self.accounts.contains_key(&account.id) {
            return;
        }
        let floor = match account.key.kind {
            AccountKind::ProviderCash | AccountKind::Chargebacks => -MAX_MINOR,
            _ => 0,
        };
        let opened = Account {
            account,
            posted: 0,
            held: 0,
            floor,
            status: AccountStatus::Open,
            frozen_by: None,
            last_seq: self.next_seq,
            day: (0, 0),
            year: (0, 0),
        };
        self.next_seq += 1;
        self.accounts.insert(account.id, opened);
    }

    pub(super) fn neither_closed(&self, one: AccountId, other: AccountId) -> Refusal<()> {
        let closed = |id| self.accounts[&id].status == AccountStatus::Closed;
        if closed(one) || closed(other) {
            return Err(WalletError::AccountClosed);
        }
        Ok(())
    }

    pub(super) fn write(&mut self, under: Under, (debit, credit): (AccountId, AccountId), line: Line) -> Refusal<i64> {
        let range = |sum: i128| {
            i64::try_from(sum)
                .ok()
                .filter(|sum| sum.abs() <= MAX_MINOR)
                .ok_or(WalletError::BalanceLimit)
        };
        let (from, to) = (&self.accounts[&debit], &self.accounts[&credit]);
        let debit_after = range(i128::from(from.posted) - i128::from(line.posted))?;
        let credit_after = range(i128::from(to.posted) + i128::from(line.posted))?;
        let debit_held = range(i128::from(from.held) + i128::from(line.held))?;
        let leg = i16::try_from(self.fresh.len()).unwrap();
        let seq = self.next_seq;
        self.next_seq += 1;
        self.fresh.push(Row {
            seq,
            id: TransferId { leg, ..under.id },
            kind: line.kind,
            purpose: line.purpose,
            legs: 0,
            debit,
            credit,
            money: line.money,
            of: line.of,
            expires_at: line.expires_at,
            debit_after,
            debit_held,
            credit_after,
            debit_prev: from.last_seq,
            credit_prev: to.last_seq,
            note: line.note,
            flow: under.flow,
            at: under.at,
        });
        let from = self.accounts.get_mut(&debit).unwrap();
        (from.posted, from.held, from.last_seq) = (debit_after, debit_held, seq);
        let to = self.accounts.get_mut(&credit).unwrap();
        (to.posted, to.last_seq) = (credit_after, seq);
        Ok(seq)
    }

    pub(super) fn release(&mut self, under: Under, row: &Row, kind: TransferKind, note: &str) -> Refusal<()> {
        let (held, _, _, until) = self.holds[&row.seq];
        let line = Line {
            of: Some(row.seq),
            held: -held,
            ..Line::of(kind, row.purpose, row.money, note)
        };
        self.write(under, (row.debit, row.credit), line)?;
        self.uncount(row, held);
        let state = if kind == TransferKind::Expire {
            HoldState::Expired
        } else {
            HoldState::Voided
        };
        self.holds.insert(row.seq, (held, 0, state, until));
        Ok(())
    }

    pub(super) fn uncount(&mut self, hold: &Row, minor: i64) {
        if !is_given(hold.purpose) {
            return;
        }
        let account = self.accounts.get_mut(&hold.debit).unwrap();
        if account.day.0 == day_of(hold.at) {
            account.day.1 = (account.day.1 - minor).max(0);
        }
        if account.year.0 == year_of(hold.at) {
            account.year.1 = (account.year.1 - minor).max(0);
        }
    }

    pub(super) fn change(&mut self, by: UserId, id: AccountId, change: Change) -> Refusal<()> {
        let seq = self.next_seq;
        let account = self.accounts.get_mut(&id).ok_or(WalletError::AccountNotFound)?;
        let (posted, held, currency) = (account.posted, account.held, account.account.key.currency);
        let status = match (account.status, change) {
            (AccountStatus::Closed, _) => return Err(WalletError::AccountClosed),
            (_, Change::Floor(floor)) if floor.unsigned_abs() > MAX_MINOR.unsigned_abs() => {
                return Err(WalletError::AmountInvalid);
            }
            (_, Change::Floor(floor)) if floor > posted - held => {
                let available = posted - held;
                return Err(WalletError::InsufficientFunds { available, currency });
            }
            (_, Change::Floor(floor)) if floor == account.floor => return Err(WalletError::AccountUnchanged),
            (AccountStatus::Frozen, Change::Freeze) if account.frozen_by == Some(by) => {
                return Err(WalletError::AccountUnchanged);
            }
            (AccountStatus::Open, Change::Thaw) => return Err(WalletError::AccountUnchanged),
            (_, Change::Close) if posted != 0 || held != 0 => {
                return Err(WalletError::AccountNotEmpty { posted, held, currency });
            }
            (status, Change::Floor(floor)) => {
                account.floor = floor;
                status
            }
            (_, Change::Freeze) => {
                account.frozen_by = Some(by);
                AccountStatus::Frozen
            }
            (_, Change::Thaw) => AccountStatus::Open,
            (_, Change::Close) => AccountStatus::Closed,
        };
        account.status = status;
        account.last_seq = seq;
        self.next_seq += 1;
        Ok(())
    }
}

impl Account {
    pub(crate) fn available(&self) -> i64 {
        i64::try_from(i128::from(self.posted) - i128::from(self.held) - i128::from(self.floor)).unwrap_or(i64::MAX)
    }

    pub(super) fn spent_on(&self, at: Micros) -> i64 {
        if self.day.0 == day_of(at) { self.day.1 } else { 0 }
    }

    pub(super) fn spent_in(&self, at: Micros) -> i64 {
        if self.year.0 == year_of(at) { self.year.1 } else { 0 }
    }
}

/// What people give to people.
pub(super) fn is_given(purpose: Purpose) -> bool {
    matches!(
        purpose,
        Purpose::Payment | Purpose::Request | Purpose::Packet | Purpose::Bill | Purpose::Schedule
    )
}

/// What the owner of the money wants, and not an operator.
pub(super) fn is_owners(purpose: Purpose) -> bool {
    is_given(purpose) || matches!(purpose, Purpose::Fee | Purpose::Withdrawal)
}
