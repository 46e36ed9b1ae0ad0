//! What may be done with money, and what is refused.

use std::collections::BTreeMap;

use quipu::clock::Micros;
use quipu::ids::{AccountId, UserId};
use quipu::wallet::{
    AccountKind, AccountRef, AccountStatus, Change, Currency, HoldState, LimitKind, Limits, MAX_MINOR, Money, Purpose,
    TransferId, TransferKind, WalletError,
};

use super::books::{Account, Books, Line, Refusal, Row, Step, Under, is_given, is_owners};
use super::calendar::{self, DAY, day_of, year_of};

/// The ledger.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) books: Books,
    pub(super) rows: BTreeMap<i64, Row>,
    pub(super) by_id: BTreeMap<TransferId, i64>,
    limits: BTreeMap<Currency, Limits>,
}

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
    pub(super) fn change(&mut self, by: UserId, account: AccountId, change: Change) -> Refusal<i64> {
        let mut books = self.books.clone();
        books.change(by, account, change)?;
        self.keep(books);
        Ok(self.books.next_seq - 1)
    }

    /// An owner freezes all of their accounts, or thaws those that they froze; the positions of that.
    pub(super) fn lock(&mut self, owner: UserId, accounts: &[AccountRef], lock: bool) -> Refusal<Vec<i64>> {
        let mut books = self.books.clone();
        let mut seqs = Vec::new();
        let mut by_operator = false;
        for account in accounts {
            if lock {
                books.open(*account);
            }
            let Some(stands) = books.accounts.get(&account.id).cloned() else {
                continue;
            };
            match (stands.status, lock) {
                (AccountStatus::Open, true) => books.change(owner, account.id, Change::Freeze)?,
                (AccountStatus::Frozen, false) if stands.frozen_by == Some(owner) => {
                    books.change(owner, account.id, Change::Thaw)?;
                }
                (AccountStatus::Frozen, false) => {
                    by_operator = true;
                    continue;
                }
                _ => continue,
            }
            seqs.push(books.next_seq - 1);
        }
        if by_operator && seqs.is_empty() {
            return Err(WalletError::AccountFrozen);
        }
        self.keep(books);
        Ok(seqs)
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
        // What went into a packet or out of it is the packet's own affair, as what a bank moves is the bank's.
        let own = matches!(row.purpose, Purpose::Packet | Purpose::TopUp | Purpose::Withdrawal);
        if own && row.flow.is_some() && row.flow != under.flow {
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

fn different(debit: AccountRef, credit: AccountRef, money: Money) -> Refusal<()> {
    if debit.id == credit.id {
        return Err(WalletError::SelfTransfer);
    }
    if debit.key.currency != money.currency() || credit.key.currency != money.currency() {
        return Err(WalletError::CurrencyMismatch);
    }
    Ok(())
}
