//! What a rule wants written, over a copy of what it touches. Applying it cannot fail.

use super::{AccountEvent, AccountEventKind, Hold, Loaded, Order, Refund};
use crate::clock::Micros;
use crate::group_commit::Failure;
use crate::ids::{AccountId, UserId};
use crate::wallet::WalletError;
use crate::wallet::account::{Account, AccountRef};
use crate::wallet::flow::FlowRef;
use crate::wallet::money::{MAX_MINOR, Money};
use crate::wallet::transfer::{Card, Purpose, Transfer, TransferKind};

/// A leg in its place: the row, and both accounts as they stand right after it.
#[derive(Debug, Clone)]
pub struct PlacedLeg {
    /// The row.
    pub transfer: Transfer,
    /// The giver's account after it.
    pub debit: Account,
    /// The getter's account after it.
    pub credit: Account,
}

impl PlacedLeg {
    /// The two people of it; none when one of the accounts is the system's.
    #[must_use]
    pub fn people(&self) -> Option<[UserId; 2]> {
        let both = [self.debit.key.owner, self.credit.key.owner];
        (!both.contains(&UserId::SYSTEM)).then_some(both)
    }
}

/// What is to be written if the rest of the operation stands too. It is applied before anything else is decided.
#[derive(Debug)]
pub struct Plan {
    order: Order,
    at: Micros,
    next_seq: i64,
    accounts: Vec<(Account, bool)>,
    events: Vec<AccountEvent>,
    legs: Vec<PlacedLeg>,
    holds: Vec<Hold>,
    refunds: Vec<Refund>,
}

/// What one row says beside its accounts.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) kind: TransferKind,
    pub(super) purpose: Purpose,
    pub(super) money: Money,
    pub(super) of: Option<i64>,
    pub(super) expires_at: Option<Micros>,
    pub(super) note: String,
}

/// How a row moves its accounts, in minor units: what goes from debit to credit, and what is held of the debit
/// (below zero: set free).
#[derive(Debug, Clone, Copy)]
pub(super) struct Movement {
    pub(super) posted: i64,
    pub(super) held: i64,
}

/// The place of an account in its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At(usize);

impl Plan {
    /// An empty plan over what is loaded.
    ///
    /// # Errors
    /// When the head was not loaded: a fault of ours.
    pub(super) fn begin(loaded: &Loaded, order: Order) -> Result<Self, WalletError> {
        let (Some(head), Some(at)) = (loaded.head.as_ref(), loaded.at) else {
            return Err(WalletError::Failed(Failure::Internal));
        };
        Ok(Self {
            order,
            at,
            next_seq: head.next_seq,
            accounts: Vec::with_capacity(2),
            events: Vec::new(),
            legs: Vec::with_capacity(1),
            holds: Vec::new(),
            refunds: Vec::new(),
        })
    }

    /// The ledger time of its rows; a card beside them has the same.
    #[must_use]
    pub const fn at(&self) -> Micros {
        self.at
    }

    /// The flow of which it is a step, if it is.
    pub(super) const fn flow(&self) -> Option<FlowRef> {
        self.order.flow
    }

    /// Its first row, if it moves money.
    #[must_use]
    pub fn first(&self) -> Option<&Transfer> {
        self.legs.first().map(|leg| &leg.transfer)
    }

    /// The rows that it will write, in their order.
    pub fn rows(&self) -> impl Iterator<Item = &Transfer> {
        self.legs.iter().map(|leg| &leg.transfer)
    }

    /// The account, opened by this plan if it was not there.
    pub(super) fn open(&mut self, loaded: &Loaded, account: AccountRef) -> At {
        if let Some(found) = self.position(account.id) {
            return found;
        }
        if let Some(found) = loaded.account(account.id) {
            return self.take(*found);
        }
        let mut fresh = Account::fresh(account, self.at);
        fresh.last_seq = self.event(&fresh, AccountEventKind::Opened, String::new());
        self.accounts.push((fresh, true));
        At(self.accounts.len() - 1)
    }

    /// The account, which must be there.
    ///
    /// # Errors
    /// When it was not loaded: a fault of ours.
    pub(super) fn existing(&mut self, loaded: &Loaded, id: AccountId) -> Result<At, WalletError> {
        if let Some(found) = self.position(id) {
            return Ok(found);
        }
        let found = loaded.account(id).ok_or(WalletError::Failed(Failure::Internal))?;
        Ok(self.take(*found))
    }

    fn position(&self, id: AccountId) -> Option<At> {
        self.accounts.iter().position(|(known, _)| known.id == id).map(At)
    }

    pub(super) fn take(&mut self, account: Account) -> At {
        self.accounts.push((account, false));
        At(self.accounts.len() - 1)
    }

    pub(super) fn account(&self, at: At) -> &Account {
        &self.accounts[at.0].0
    }

    pub(super) fn account_mut(&mut self, at: At) -> &mut Account {
        &mut self.accounts[at.0].0
    }

    /// Writes a row about an account itself, as the account stands; returns its position.
    pub(super) fn event(&mut self, account: &Account, event: AccountEventKind, reason: String) -> i64 {
        let seq = self.take_seq();
        self.events.push(AccountEvent {
            seq,
            account: account.id,
            key: account.key,
            event,
            floor: account.floor,
            status: account.status,
            prev_seq: account.last_seq,
            client_id: self.order.client_id,
            actor: self.order.actor,
            reason,
            at: self.at,
        });
        seq
    }

    /// Writes a row that moves two accounts; returns its position.
    ///
    /// # Errors
    /// [`WalletError::BalanceLimit`] when a balance would leave the range of the ledger.
    pub(super) fn row(&mut self, row: Row, debit: At, credit: At, by: Movement) -> Result<i64, WalletError> {
        let within = |sum: Option<i64>| sum.filter(|sum| (-MAX_MINOR..=MAX_MINOR).contains(sum));
        let debit_posted =
            within(self.account(debit).posted.checked_sub(by.posted)).ok_or(WalletError::BalanceLimit)?;
        let credit_posted =
            within(self.account(credit).posted.checked_add(by.posted)).ok_or(WalletError::BalanceLimit)?;
        let held = within(self.account(debit).held.checked_add(by.held)).filter(|held| *held >= 0);
        let held = held.ok_or(WalletError::BalanceLimit)?;
        let leg = i16::try_from(self.legs.len()).map_err(|_| WalletError::LegsInvalid)?;
        let seq = self.take_seq();
        let transfer = Transfer {
            seq,
            client_id: self.order.client_id,
            actor: self.order.actor,
            fingerprint: self.order.fingerprint,
            kind: row.kind,
            purpose: row.purpose,
            leg,
            // All of them know it once the last one stands.
            legs: 0,
            debit: self.account(debit).id,
            credit: self.account(credit).id,
            money: row.money,
            of: row.of,
            expires_at: row.expires_at,
            debit_after: debit_posted,
            debit_held: held,
            credit_after: credit_posted,
            debit_prev: self.account(debit).last_seq,
            credit_prev: self.account(credit).last_seq,
            note: row.note,
            card: None,
            flow: self.order.flow,
            at: self.at,
        };
        let account = self.account_mut(debit);
        (account.posted, account.held, account.last_seq) = (debit_posted, held, seq);
        let account = self.account_mut(credit);
        (account.posted, account.last_seq) = (credit_posted, seq);
        self.legs.push(PlacedLeg {
            transfer,
            debit: *self.account(debit),
            credit: *self.account(credit),
        });
        Ok(seq)
    }

    /// Tells each row how many there are.
    pub(super) fn number_legs(&mut self) {
        // There are no more than `MAX_LEGS`.
        let legs = i16::try_from(self.legs.len()).unwrap_or(i16::MAX);
        for leg in &mut self.legs {
            leg.transfer.legs = legs;
        }
    }

    pub(super) fn set_hold(&mut self, hold: Hold) {
        self.holds.push(hold);
    }

    pub(super) fn set_refund(&mut self, refund: Refund) {
        self.refunds.push(refund);
    }

    const fn take_seq(&mut self) -> i64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        seq
    }

    /// Applies the plan to what is loaded; its first leg is the one that `card` shows.
    pub fn apply(mut self, loaded: &mut Loaded, card: Option<Card>) -> (Vec<PlacedLeg>, Vec<AccountEvent>) {
        if let Some(first) = self.legs.first_mut() {
            first.transfer.card = card;
        }
        if let Some(head) = loaded.head.as_mut() {
            head.next_seq = self.next_seq;
            head.last_at = self.at;
        }
        for (account, opened) in self.accounts {
            loaded.accounts.insert(account.id, account);
            *loaded.written.accounts.entry(account.id).or_insert(false) |= opened;
        }
        for hold in self.holds {
            loaded.holds.insert(hold.transfer, hold);
            loaded.written.holds.insert(hold.transfer, hold);
        }
        for refund in self.refunds {
            loaded.refunds.insert(refund.transfer, refund);
            loaded.written.refunds.insert(refund.transfer, refund);
        }
        for leg in &self.legs {
            loaded.transfers.insert(leg.transfer.id(), leg.transfer.clone());
            loaded.written.transfers.push(leg.transfer.clone());
        }
        for event in self
            .events
            .iter()
            .filter(|event| event.event == AccountEventKind::Frozen)
        {
            loaded.freezers.insert(event.account, event.actor);
        }
        loaded.written.events.extend(self.events.iter().cloned());
        (self.legs, self.events)
    }
}
