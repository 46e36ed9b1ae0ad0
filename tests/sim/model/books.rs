//! The accounts and the rows that move them.

use std::collections::BTreeMap;

use quipu::clock::Micros;
use quipu::ids::{AccountId, UserId};
use quipu::wallet::{
    AccountKind, AccountRef, AccountStatus, Change, Currency, FlowRef, HoldState, LimitKind, Limits, MAX_MINOR, Money,
    Purpose, TransferId, TransferKind, WalletError,
};

use super::calendar::{self, DAY, day_of, year_of};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) account: AccountRef,
    pub(crate) posted: i64,
    pub(crate) held: i64,
    pub(crate) floor: i64,
    pub(crate) status: AccountStatus,
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

/// The ledger.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) books: Books,
    pub(super) rows: BTreeMap<i64, Row>,
    pub(super) by_id: BTreeMap<TransferId, i64>,
    limits: BTreeMap<Currency, Limits>,
}

/// What a row says beside its accounts.
#[derive(Debug)]
struct Line {
    kind: TransferKind,
    purpose: Purpose,
    money: Money,
    of: Option<i64>,
    expires_at: Option<Micros>,
    note: String,
    /// What goes from one to the other, and what is held of the first.
    posted: i64,
    held: i64,
}

pub(super) type Refusal<T> = Result<T, WalletError>;

impl Ledger {
    pub(super) fn new(limits: BTreeMap<Currency, Limits>) -> Self {
        Self {
            books: Books {
                next_seq: 1,
                ..Books::default()
            },
            rows: BTreeMap::new(),
            by_id: BTreeMap::new(),
            limits,
        }
    }

    /// Does all of it, or nothing.
    pub(super) fn carry_out(&mut self, under: Under, steps: &[Step]) -> Refusal<Vec<Row>> {
        let mut books = self.books.clone();
        for step in steps {
            if let Step::Post(debit, credit, money, ..) | Step::Hold(debit, credit, money, ..) = step {
                different(*debit, *credit, *money)?;
            }
        }
        for step in steps {
            if let Step::Post(debit, credit, ..) | Step::Hold(debit, credit, ..) = step {
                books.open(*debit);
                books.open(*credit);
            }
        }
        for step in steps {
            self.step(&mut books, under, step)?;
        }
        let legs = i16::try_from(books.fresh.len()).unwrap();
        books.fresh.iter_mut().for_each(|row| row.legs = legs);
        Ok(self.keep(books))
    }

    /// Changes an account; the position of the change.
    pub(super) fn change(&mut self, account: AccountId, change: Change) -> Refusal<i64> {
        let mut books = self.books.clone();
        books.change(account, change)?;
        self.keep(books);
        Ok(self.books.next_seq - 1)
    }

    fn keep(&mut self, mut books: Books) -> Vec<Row> {
        let rows = std::mem::take(&mut books.fresh);
        for row in &rows {
            self.rows.insert(row.seq, row.clone());
            self.by_id.insert(row.id, row.seq);
        }
        self.books = books;
        rows
    }

    fn step(&self, books: &mut Books, under: Under, step: &Step) -> Refusal<()> {
        match step {
            Step::Post(debit, credit, money, purpose, note) => {
                self.may_leave(books, (*debit, *credit), *money, *purpose, under.at)?;
                let line = Line::of(TransferKind::Post, *purpose, *money, note);
                let posted = money.minor();
                books.write(under, (debit.id, credit.id), Line { posted, ..line })?;
                Ok(())
            }
            Step::Hold(debit, credit, money, purpose, note, until) => {
                if *until <= under.at {
                    return Err(WalletError::ExpiryPassed);
                }
                self.may_leave(books, (*debit, *credit), *money, *purpose, under.at)?;
                let line = Line {
                    expires_at: Some(*until),
                    held: money.minor(),
                    ..Line::of(TransferKind::Hold, *purpose, *money, note)
                };
                let seq = books.write(under, (debit.id, credit.id), line)?;
                books.holds.insert(seq, (money.minor(), 0, HoldState::Open, *until));
                Ok(())
            }
            Step::Capture(of, amount, note) => self.capture(books, under, *of, *amount, note),
            Step::Void(of, note) => {
                let row = self.open_hold(books, *of)?;
                books.release(under, &row, TransferKind::Void, note)
            }
            Step::Lapse(of) => match self.open_hold(books, *of) {
                Ok(row) => books.release(under, &row, TransferKind::Expire, ""),
                Err(_) => Ok(()),
            },
            Step::Reverse(of, amount, note) => self.reverse(books, under, *of, *amount, note),
        }
    }

    fn may_leave(
        &self,
        books: &mut Books,
        (debit, credit): (AccountRef, AccountRef),
        money: Money,
        purpose: Purpose,
        at: Micros,
    ) -> Refusal<()> {
        let (from, to) = (&books.accounts[&debit.id], &books.accounts[&credit.id]);
        if from.status == AccountStatus::Closed || to.status == AccountStatus::Closed {
            return Err(WalletError::AccountClosed);
        }
        let owners = is_owners(purpose) && debit.key.kind == AccountKind::Person;
        if owners && from.status == AccountStatus::Frozen {
            return Err(WalletError::AccountFrozen);
        }
        let counted = is_given(purpose);
        let (day, year) = (from.spent_on(at), from.spent_in(at));
        if owners && counted {
            self.limited(from, money.minor(), (day, year), at)?;
        }
        if from.available() < money.minor() {
            // A refusal tells what there was before the whole instruction.
            let before = self.books.accounts.get(&debit.id).unwrap_or(from);
            let (available, currency) = (before.available().max(0), from.account.key.currency);
            return Err(WalletError::InsufficientFunds { available, currency });
        }
        if counted {
            let from = books.accounts.get_mut(&debit.id).unwrap();
            from.day = (day_of(at), (day + money.minor()).min(MAX_MINOR));
            from.year = (year_of(at), (year + money.minor()).min(MAX_MINOR));
        }
        Ok(())
    }

    fn limited(&self, from: &Account, minor: i64, (day, year): (i64, i64), at: Micros) -> Refusal<()> {
        let limits = self.limits.get(&from.account.key.currency).copied().unwrap_or_default();
        let next_day = Micros((day_of(at) + 1) * DAY);
        let next_year = Micros(calendar::days_before_year(year_of(at) + 1) * DAY);
        let of = [
            (LimitKind::Single, limits.single, 0, None),
            (LimitKind::Day, limits.day, day, Some(next_day)),
            (LimitKind::Year, limits.year, year, Some(next_year)),
        ];
        for (limit, most, spent, until) in of {
            let Some(most) = most else { continue };
            let left = (most - spent).max(0);
            if minor > left {
                return Err(WalletError::LimitExceeded {
                    limit,
                    left,
                    currency: from.account.key.currency,
                    until,
                });
            }
        }
        Ok(())
    }

    fn find(&self, of: TransferId) -> Refusal<&Row> {
        let seq = self.by_id.get(&of).ok_or(WalletError::TransferNotFound)?;
        Ok(&self.rows[seq])
    }

    fn open_hold(&self, books: &Books, of: TransferId) -> Refusal<Row> {
        let row = self.find(of)?;
        if row.kind != TransferKind::Hold {
            return Err(WalletError::NotAHold);
        }
        match books.holds[&row.seq].2 {
            HoldState::Open => Ok(row.clone()),
            state => Err(WalletError::HoldResolved { state }),
        }
    }

    fn capture(
        &self,
        books: &mut Books,
        under: Under,
        of: TransferId,
        amount: Option<Money>,
        note: &str,
    ) -> Refusal<()> {
        let row = self.open_hold(books, of)?;
        let (held, _, _, until) = books.holds[&row.seq];
        if until <= under.at {
            let state = HoldState::Expired;
            return Err(WalletError::HoldResolved { state });
        }
        let (money, currency) = (amount.unwrap_or(row.money), row.money.currency());
        if money.currency() != currency {
            return Err(WalletError::CurrencyMismatch);
        }
        if money.minor() > held {
            return Err(WalletError::CaptureExceeds { left: held, currency });
        }
        books.neither_closed(row.debit, row.credit)?;
        let giver = &books.accounts[&row.debit];
        let person = giver.account.key.kind == AccountKind::Person;
        if is_owners(row.purpose) && person && giver.status == AccountStatus::Frozen {
            return Err(WalletError::AccountFrozen);
        }
        let line = Line {
            of: Some(row.seq),
            posted: money.minor(),
            held: -held,
            ..Line::of(TransferKind::Capture, row.purpose, money, note)
        };
        books.write(under, (row.debit, row.credit), line)?;
        books.uncount(&row, held - money.minor());
        let ended = (held, money.minor(), HoldState::Captured, until);
        books.holds.insert(row.seq, ended);
        Ok(())
    }

    fn reverse(
        &self,
        books: &mut Books,
        under: Under,
        of: TransferId,
        amount: Option<Money>,
        note: &str,
    ) -> Refusal<()> {
        let row = self.find(of)?;
        if !matches!(row.kind, TransferKind::Post | TransferKind::Capture) {
            return Err(WalletError::NotReversible);
        }
        // What went into a packet or out of it is the packet's own affair.
        if row.purpose == Purpose::Packet && row.flow.is_some() && row.flow != under.flow {
            return Err(WalletError::NotReversible);
        }
        let (moved, currency) = (row.money.minor(), row.money.currency());
        let back = books.refunds.get(&row.seq).map_or(0, |(_, back)| *back);
        let left = moved - back;
        if amount.is_some_and(|money| money.currency() != currency) {
            return Err(WalletError::CurrencyMismatch);
        }
        let minor = amount.map_or(left, |money| money.minor());
        if minor > left || minor == 0 {
            return Err(WalletError::RefundExceeds { left, currency });
        }
        books.neither_closed(row.debit, row.credit)?;
        let available = books.accounts[&row.credit].available();
        if available < minor {
            let available = available.max(0);
            return Err(WalletError::InsufficientFunds { available, currency });
        }
        let line = Line {
            of: Some(row.seq),
            posted: minor,
            ..Line::of(
                TransferKind::Reverse,
                row.purpose,
                Money::of_minor(minor, currency).unwrap(),
                note,
            )
        };
        books.write(under, (row.credit, row.debit), line)?;
        books.refunds.insert(row.seq, (moved, back + minor));
        Ok(())
    }

    /// Ends holds that are no part of a flow and whose time has passed, at most so many.
    pub(super) fn expire(&mut self, most: usize, at: Micros) -> Vec<Row> {
        let open = self.books.holds.iter().filter(|(seq, (_, _, state, until))| {
            *state == HoldState::Open && *until <= at && self.rows[seq].flow.is_none()
        });
        let mut due: Vec<_> = open.map(|(seq, (_, _, _, until))| (*until, *seq)).collect();
        due.sort_unstable();
        due.truncate(most);
        let mut ended = Vec::new();
        for (_, seq) in due {
            let row = self.rows[&seq].clone();
            // The id of an expiry is the code's own affair; it is put in when rows are compared.
            let id = TransferId::first(row.id.client_id, UserId::SYSTEM);
            let kept = self.by_id.get(&id).copied();
            let under = Under { id, flow: None, at };
            ended.extend(self.carry_out(under, &[Step::Lapse(row.id)]).unwrap());
            match kept {
                Some(seq) => self.by_id.insert(id, seq),
                None => self.by_id.remove(&id),
            };
        }
        ended
    }
}

impl Line {
    fn of(kind: TransferKind, purpose: Purpose, money: Money, note: &str) -> Self {
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
    fn open(&mut self, account: AccountRef) {
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
            last_seq: self.next_seq,
            day: (0, 0),
            year: (0, 0),
        };
        self.next_seq += 1;
        self.accounts.insert(account.id, opened);
    }

    fn neither_closed(&self, one: AccountId, other: AccountId) -> Refusal<()> {
        let closed = |id| self.accounts[&id].status == AccountStatus::Closed;
        if closed(one) || closed(other) {
            return Err(WalletError::AccountClosed);
        }
        Ok(())
    }

    fn write(&mut self, under: Under, (debit, credit): (AccountId, AccountId), line: Line) -> Refusal<i64> {
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

    fn release(&mut self, under: Under, row: &Row, kind: TransferKind, note: &str) -> Refusal<()> {
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

    fn uncount(&mut self, hold: &Row, minor: i64) {
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

    fn change(&mut self, id: AccountId, change: Change) -> Refusal<()> {
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
            (AccountStatus::Frozen, Change::Freeze) | (AccountStatus::Open, Change::Thaw) => {
                return Err(WalletError::AccountUnchanged);
            }
            (_, Change::Close) if posted != 0 || held != 0 => {
                return Err(WalletError::AccountNotEmpty { posted, held, currency });
            }
            (status, Change::Floor(floor)) => {
                account.floor = floor;
                status
            }
            (_, Change::Freeze) => AccountStatus::Frozen,
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

    fn spent_on(&self, at: Micros) -> i64 {
        if self.day.0 == day_of(at) { self.day.1 } else { 0 }
    }

    fn spent_in(&self, at: Micros) -> i64 {
        if self.year.0 == year_of(at) { self.year.1 } else { 0 }
    }
}

/// What people give to people.
fn is_given(purpose: Purpose) -> bool {
    matches!(
        purpose,
        Purpose::Payment | Purpose::Request | Purpose::Packet | Purpose::Bill | Purpose::Schedule
    )
}

/// What the owner of the money wants, and not an operator.
fn is_owners(purpose: Purpose) -> bool {
    is_given(purpose) || purpose == Purpose::Fee
}

fn different(debit: AccountRef, credit: AccountRef, money: Money) -> Refusal<()> {
    if debit.id == credit.id {
        return Err(WalletError::SelfTransfer);
    }
    if debit.key.currency != money.currency() || credit.key.currency != money.currency() {
        return Err(WalletError::CurrencyMismatch);
    }
    Ok(())
}
