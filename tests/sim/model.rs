//! The ledger again, plain and slow: what an instruction does and what it answers, said without queues, batches, plans
//! or SQL. It shares the vocabulary with the code under test and none of its rules.

use std::collections::BTreeMap;

use quipu::ids::{AccountId, ClientId, UserId};
use quipu::wallet::{
    AccountKind, AccountRef, AccountStatus, Act, Change, Currency, HoldState, LimitKind, Limits, MAX_MINOR, Money,
    Purpose, TransferId, TransferKind, WalletError,
};

use crate::call::{Call, What};
use quipu::clock::Micros;

const DAY: i64 = 24 * 3600 * 1_000_000;

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
    pub(crate) at: Micros,
}

/// What an instruction answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Done(Vec<Row>),
    Changed(i64),
    Repeated(Vec<Row>),
    Refused(WalletError),
    Expired(Vec<Row>),
}

/// What became of an id, and what was meant by it.
#[derive(Debug, Clone)]
enum Kept {
    Rows(Vec<i64>, What),
    Changed(What),
    Refused(WalletError, What),
}

/// What an instruction works on; a refusal throws its copy away.
#[derive(Debug, Clone, Default)]
struct Books {
    next_seq: i64,
    accounts: BTreeMap<AccountId, Account>,
    fresh: Vec<Row>,
    holds: BTreeMap<i64, (i64, i64, HoldState, Micros)>,
    refunds: BTreeMap<i64, (i64, i64)>,
}

/// The ledger.
#[derive(Debug)]
pub(crate) struct Model {
    books: Books,
    rows: BTreeMap<i64, Row>,
    by_id: BTreeMap<TransferId, i64>,
    kept: BTreeMap<(ClientId, UserId), Kept>,
    limits: BTreeMap<Currency, Limits>,
}

type Refusal<T> = Result<T, WalletError>;

impl Model {
    pub(crate) fn new(limits: BTreeMap<Currency, Limits>) -> Self {
        Self {
            books: Books {
                next_seq: 1,
                ..Books::default()
            },
            rows: BTreeMap::new(),
            by_id: BTreeMap::new(),
            kept: BTreeMap::new(),
            limits,
        }
    }

    /// Whether something became of the id of a call.
    pub(crate) fn knows(&self, call: &Call) -> bool {
        self.kept.contains_key(&(call.client_id, call.actor))
    }

    pub(crate) fn next_seq(&self) -> i64 {
        self.books.next_seq
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.books.accounts.values()
    }

    /// Amount, captured and state of each hold by the position of its row.
    pub(crate) fn holds(&self) -> BTreeMap<i64, (i64, i64, HoldState)> {
        let held = self.books.holds.iter();
        held.map(|(seq, (amount, captured, state, _))| (*seq, (*amount, *captured, *state)))
            .collect()
    }

    /// Amount and what was given back of it, by the position of the row.
    pub(crate) fn refunds(&self) -> BTreeMap<i64, (i64, i64)> {
        self.books.refunds.clone()
    }

    pub(crate) fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// The sum of each currency, which is zero.
    pub(crate) fn sums(&self) -> BTreeMap<Currency, i128> {
        let mut sums = BTreeMap::new();
        for account in self.books.accounts.values() {
            *sums.entry(account.account.key.currency).or_insert(0) += i128::from(account.posted);
        }
        sums
    }

    /// Does what a call says at a ledger time, when the wall clock showed `now`.
    pub(crate) fn apply(&mut self, call: &Call, at: Micros, now: Micros) -> Answer {
        if let What::Expire(most) = call.what {
            return Answer::Expired(self.expire(most, at));
        }
        let key = (call.client_id, call.actor);
        let meant = call.what.meant();
        match self.kept.get(&key) {
            Some(Kept::Rows(_, what) | Kept::Changed(what) | Kept::Refused(_, what)) if *what != meant => {
                return Answer::Refused(WalletError::IdempotencyConflict);
            }
            Some(Kept::Rows(seqs, _)) => {
                return Answer::Repeated(seqs.iter().map(|seq| self.rows[seq].clone()).collect());
            }
            Some(Kept::Changed(_)) => return Answer::Repeated(Vec::new()),
            Some(Kept::Refused(refusal, _)) => return Answer::Refused(refusal.clone()),
            None => {}
        }
        let mut books = self.books.clone();
        match self.instruct(&mut books, call, at, now) {
            Err(refusal) => {
                if is_final(&refusal) && !matches!((&call.what, &refusal), (What::Pay(_), WalletError::SelfTransfer)) {
                    self.kept.insert(key, Kept::Refused(refusal.clone(), meant));
                }
                Answer::Refused(refusal)
            }
            Ok(()) => {
                let changed = matches!(call.what, What::Act(Act::Change { .. })).then(|| books.next_seq - 1);
                let rows = self.keep(books);
                if let Some(seq) = changed {
                    self.kept.insert(key, Kept::Changed(meant));
                    return Answer::Changed(seq);
                }
                let seqs = rows.iter().map(|row| row.seq).collect();
                self.kept.insert(key, Kept::Rows(seqs, meant));
                Answer::Done(rows)
            }
        }
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

    fn instruct(&self, books: &mut Books, call: &Call, at: Micros, now: Micros) -> Refusal<()> {
        let id = TransferId::first(call.client_id, call.actor);
        match &call.what {
            What::Expire(_) => Ok(()),
            What::Pay(pay) => {
                if pay.not_after.is_some_and(|last| now > last) {
                    return Err(WalletError::NotAfterPassed);
                }
                if pay.to == call.actor {
                    return Err(WalletError::SelfTransfer);
                }
                self.post(books, id, &pay.legs(call.actor), at)
            }
            What::Act(Act::Post(legs)) => {
                let legs: Vec<_> = legs.iter().map(|l| (l.debit, l.credit, l.money, l.purpose)).collect();
                self.post(books, id, &legs, at)
            }
            What::Act(Act::Hold(terms)) => {
                different(terms.debit, terms.credit, terms.money)?;
                if terms.expires_at <= at {
                    return Err(WalletError::ExpiryPassed);
                }
                let (debit, credit, money) = (terms.debit, terms.credit, terms.money);
                books.open(debit);
                books.open(credit);
                self.may_leave(books, debit, credit, money, terms.purpose, at, self.free(debit.id))?;
                let row = (TransferKind::Hold, terms.purpose, None, Some(terms.expires_at));
                let seq = books.write(id, (0, 1), row, (debit.id, credit.id), money, 0, money.minor(), at)?;
                books
                    .holds
                    .insert(seq, (money.minor(), 0, HoldState::Open, terms.expires_at));
                Ok(())
            }
            What::Act(Act::Capture { of, amount, .. }) => self.capture(books, id, *of, *amount, at),
            What::Act(Act::Void { of, .. }) => {
                let (seq, row) = self.open_hold(books, *of)?;
                books.release(id, seq, &row, TransferKind::Void, at)
            }
            What::Act(Act::Reverse { of, amount, .. }) => self.reverse(books, id, *of, *amount, at),
            What::Act(Act::Change { account, change, .. }) => books.change(account.id, *change),
        }
    }

    /// What could be spent before the instruction; it is what a refusal tells.
    fn free(&self, id: AccountId) -> Option<i64> {
        self.books.accounts.get(&id).map(Account::available)
    }

    fn post(
        &self,
        books: &mut Books,
        id: TransferId,
        legs: &[(AccountRef, AccountRef, Money, Purpose)],
        at: Micros,
    ) -> Refusal<()> {
        if legs.is_empty() || legs.len() > 100 {
            return Err(WalletError::LegsInvalid);
        }
        for (debit, credit, money, _) in legs {
            different(*debit, *credit, *money)?;
        }
        for (debit, credit, ..) in legs {
            books.open(*debit);
            books.open(*credit);
        }
        for (number, (debit, credit, money, purpose)) in legs.iter().enumerate() {
            self.may_leave(books, *debit, *credit, *money, *purpose, at, self.free(debit.id))?;
            let place = (i16::try_from(number).unwrap(), i16::try_from(legs.len()).unwrap());
            let row = (TransferKind::Post, *purpose, None, None);
            books.write(id, place, row, (debit.id, credit.id), *money, money.minor(), 0, at)?;
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    fn may_leave(
        &self,
        books: &mut Books,
        debit: AccountRef,
        credit: AccountRef,
        money: Money,
        purpose: Purpose,
        at: Micros,
        before: Option<i64>,
    ) -> Refusal<()> {
        let (from, to) = (&books.accounts[&debit.id], &books.accounts[&credit.id]);
        if from.status == AccountStatus::Closed || to.status == AccountStatus::Closed {
            return Err(WalletError::AccountClosed);
        }
        let owners = matches!(purpose, Purpose::Payment | Purpose::Fee) && debit.key.kind == AccountKind::Person;
        if owners && from.status == AccountStatus::Frozen {
            return Err(WalletError::AccountFrozen);
        }
        let counted = purpose == Purpose::Payment;
        let (day, year) = (from.spent_on(at), from.spent_in(at));
        if owners && counted {
            self.limited(from, money.minor(), (day, year), at)?;
        }
        if from.available() < money.minor() {
            let available = before.unwrap_or_else(|| from.available()).max(0);
            let currency = from.account.key.currency;
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
        let next_year = Micros(days_before_year(year_of(at) + 1) * DAY);
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

    fn open_hold(&self, books: &Books, of: TransferId) -> Refusal<(i64, Row)> {
        let row = self.find(of)?;
        if row.kind != TransferKind::Hold {
            return Err(WalletError::NotAHold);
        }
        match books.holds[&row.seq].2 {
            HoldState::Open => Ok((row.seq, row.clone())),
            state => Err(WalletError::HoldResolved { state }),
        }
    }

    fn capture(
        &self,
        books: &mut Books,
        id: TransferId,
        of: TransferId,
        amount: Option<Money>,
        at: Micros,
    ) -> Refusal<()> {
        let (seq, row) = self.open_hold(books, of)?;
        let (held, _, _, until) = books.holds[&seq];
        if until <= at {
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
        let closed = |id| books.accounts[&id].status == AccountStatus::Closed;
        if closed(row.debit) || closed(row.credit) {
            return Err(WalletError::AccountClosed);
        }
        let giver = &books.accounts[&row.debit];
        let owners = matches!(row.purpose, Purpose::Payment | Purpose::Fee);
        let person = giver.account.key.kind == AccountKind::Person;
        if owners && person && giver.status == AccountStatus::Frozen {
            return Err(WalletError::AccountFrozen);
        }
        let sides = (row.debit, row.credit);
        let what = (TransferKind::Capture, row.purpose, Some(seq), None);
        books.write(id, (0, 1), what, sides, money, money.minor(), -held, at)?;
        books.uncount(&row, held - money.minor());
        books
            .holds
            .insert(seq, (held, money.minor(), HoldState::Captured, until));
        Ok(())
    }

    fn reverse(
        &self,
        books: &mut Books,
        id: TransferId,
        of: TransferId,
        amount: Option<Money>,
        at: Micros,
    ) -> Refusal<()> {
        let row = self.find(of)?;
        if !matches!(row.kind, TransferKind::Post | TransferKind::Capture) {
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
        let closed = |id| books.accounts[&id].status == AccountStatus::Closed;
        if closed(row.debit) || closed(row.credit) {
            return Err(WalletError::AccountClosed);
        }
        let available = books.accounts[&row.credit].available();
        if available < minor {
            let available = available.max(0);
            return Err(WalletError::InsufficientFunds { available, currency });
        }
        let money = Money::of_minor(minor, currency).unwrap();
        let what = (TransferKind::Reverse, row.purpose, Some(row.seq), None);
        books.write(id, (0, 1), what, (row.credit, row.debit), money, minor, 0, at)?;
        books.refunds.insert(row.seq, (moved, back + minor));
        Ok(())
    }

    fn expire(&mut self, most: usize, at: Micros) -> Vec<Row> {
        let open = self
            .books
            .holds
            .iter()
            .filter(|(_, (_, _, state, until))| *state == HoldState::Open && *until <= at);
        let mut due: Vec<_> = open.map(|(seq, (_, _, _, until))| (*until, *seq)).collect();
        due.sort_unstable();
        due.truncate(most);
        let mut ended = Vec::new();
        for (_, seq) in due {
            let row = self.rows[&seq].clone();
            let mut books = self.books.clone();
            // The id of an expiry is the code's own affair; it is put in when rows are compared.
            books.release(row.id, seq, &row, TransferKind::Expire, at).unwrap();
            let kept_id = self.by_id[&row.id];
            ended.extend(self.keep(books));
            self.by_id.insert(row.id, kept_id);
        }
        ended
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

    #[allow(clippy::too_many_arguments)]
    fn write(
        &mut self,
        id: TransferId,
        (leg, legs): (i16, i16),
        (kind, purpose, of, expires_at): (TransferKind, Purpose, Option<i64>, Option<Micros>),
        (debit, credit): (AccountId, AccountId),
        money: Money,
        posted: i64,
        held: i64,
        at: Micros,
    ) -> Refusal<i64> {
        let range = |sum: i128| {
            i64::try_from(sum)
                .ok()
                .filter(|sum| sum.abs() <= MAX_MINOR)
                .ok_or(WalletError::BalanceLimit)
        };
        let (from, to) = (&self.accounts[&debit], &self.accounts[&credit]);
        let debit_after = range(i128::from(from.posted) - i128::from(posted))?;
        let credit_after = range(i128::from(to.posted) + i128::from(posted))?;
        let debit_held = range(i128::from(from.held) + i128::from(held))?;
        let seq = self.next_seq;
        self.next_seq += 1;
        self.fresh.push(Row {
            seq,
            id: TransferId { leg, ..id },
            kind,
            purpose,
            legs,
            debit,
            credit,
            money,
            of,
            expires_at,
            debit_after,
            debit_held,
            credit_after,
            debit_prev: from.last_seq,
            credit_prev: to.last_seq,
            at,
        });
        let from = self.accounts.get_mut(&debit).unwrap();
        (from.posted, from.held, from.last_seq) = (debit_after, debit_held, seq);
        let to = self.accounts.get_mut(&credit).unwrap();
        (to.posted, to.last_seq) = (credit_after, seq);
        Ok(seq)
    }

    fn release(&mut self, id: TransferId, seq: i64, row: &Row, kind: TransferKind, at: Micros) -> Refusal<()> {
        let (held, _, _, until) = self.holds[&seq];
        let what = (kind, row.purpose, Some(seq), None);
        self.write(id, (0, 1), what, (row.debit, row.credit), row.money, 0, -held, at)?;
        self.uncount(row, held);
        let state = if kind == TransferKind::Expire {
            HoldState::Expired
        } else {
            HoldState::Voided
        };
        self.holds.insert(seq, (held, 0, state, until));
        Ok(())
    }

    fn uncount(&mut self, hold: &Row, minor: i64) {
        if hold.purpose != Purpose::Payment {
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

fn different(debit: AccountRef, credit: AccountRef, money: Money) -> Refusal<()> {
    if debit.id == credit.id {
        return Err(WalletError::SelfTransfer);
    }
    if debit.key.currency != money.currency() || credit.key.currency != money.currency() {
        return Err(WalletError::CurrencyMismatch);
    }
    Ok(())
}

/// Refusals that a repetition of the same request gets again, whatever changed since.
fn is_final(refusal: &WalletError) -> bool {
    !matches!(
        refusal,
        WalletError::TransferNotFound
            | WalletError::AccountNotFound
            | WalletError::NotAfterPassed
            | WalletError::ExpiryPassed
            | WalletError::LegsInvalid
            | WalletError::SelfTransfer
            | WalletError::AmountInvalid
            | WalletError::HoldNotExpired
    )
}

fn day_of(at: Micros) -> i64 {
    at.0.div_euclid(DAY)
}

/// Days from 1970 to the first of January, by the rule of the Gregorian calendar.
fn days_before_year(year: i64) -> i64 {
    let leaps = |year: i64| (year - 1).div_euclid(4) - (year - 1).div_euclid(100) + (year - 1).div_euclid(400);
    (year - 1970) * 365 + leaps(year) - leaps(1970)
}

fn year_of(at: Micros) -> i64 {
    let day = day_of(at);
    let mut year = 1970 + day.div_euclid(366);
    while days_before_year(year + 1) <= day {
        year += 1;
    }
    year
}
