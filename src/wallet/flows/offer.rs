//! A payment that its payee accepts first: the money is held until they do, and is free again when they do not.

use super::act::must_be_open;
use super::{By, Change, Flow, FlowState, Head, Party, view};
use crate::ids::UserId;
use crate::wallet::WalletError;
use crate::wallet::account::{AccountKey, AccountKind, AccountRef};
use crate::wallet::flow::FlowKind;
use crate::wallet::ledger::Step;
use crate::wallet::money::Money;
use crate::wallet::transfer::{TransferId, TransferKind};

/// Reminders of one offer at most.
pub(super) const REMINDERS: i16 = 1;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What all flows have. The creator pays.
    pub head: Head,
    /// Who is to accept.
    pub payee: UserId,
    /// How much.
    pub money: Money,
    /// What it costs the payer on top, in minor units.
    pub fee: i64,
    /// What for.
    pub note: String,
}

/// What can be asked of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// The payee takes it.
    Accept,
    /// The payee does not want it.
    Decline,
    /// The payer takes it back.
    Cancel,
}

impl Offer {
    /// The id of its first row, the hold, which is the payment's for everybody.
    #[must_use]
    pub const fn transfer(&self) -> TransferId {
        TransferId::first(self.head.client_id, self.head.creator)
    }

    /// Its holds: that of the amount, and that of the fee if there is one.
    fn holds(&self) -> impl Iterator<Item = TransferId> {
        let first = self.transfer();
        let fee = (self.fee > 0).then_some(TransferId { leg: 1, ..first });
        std::iter::once(first).chain(fee)
    }

    fn release(&self) -> Vec<Step> {
        let void = |of| Step::Void {
            of,
            note: String::new(),
        };
        self.holds().map(void).collect()
    }
}

impl Flow for Offer {
    type Command = Command;

    const KIND: FlowKind = FlowKind::Offer;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    fn party(&self, _: UserId) -> Option<&Party> {
        None
    }

    fn told(&self) -> Vec<UserId> {
        vec![self.payee]
    }

    fn put_party(&mut self, _: Party) {}

    fn accounts(&self, _: UserId) -> Vec<AccountRef> {
        let currency = self.head.currency;
        vec![
            AccountKey::person(self.head.creator, currency).into(),
            AccountKey::person(self.payee, currency).into(),
            AccountKey::system(AccountKind::Fees, currency).into(),
        ]
    }

    fn targets(&self, _: Option<&Command>) -> Vec<TransferId> {
        vec![self.transfer()]
    }

    fn members(&self, _: &Command, _: UserId) -> Vec<UserId> {
        Vec::new()
    }

    fn invited(&self) -> Vec<UserId> {
        vec![self.payee]
    }

    fn step(mut self, command: &Command, by: &By) -> Result<Change<Self>, WalletError> {
        let owner = match command {
            Command::Accept | Command::Decline => self.payee,
            Command::Cancel => self.head.creator,
        };
        if by.actor != owner {
            return Err(WalletError::NotYours);
        }
        must_be_open(&self, by.at)?;
        let (state, steps) = match command {
            Command::Accept => {
                let capture = |of| Step::Capture {
                    of,
                    amount: None,
                    note: String::new(),
                };
                (FlowState::Accepted, self.holds().map(capture).collect())
            }
            Command::Decline => (FlowState::Declined, self.release()),
            Command::Cancel => (FlowState::Cancelled, self.release()),
        };
        self.head.close(state);
        Ok(Change::moving(self, steps))
    }

    fn due(mut self, by: &By) -> Change<Self> {
        if self.head.is_over(by.at) {
            // An operator may have ended one of them, which leaves the other.
            let steps = self.holds().map(|of| Step::Lapse { of }).collect();
            self.head.close(FlowState::Expired);
            return Change::moving(self, steps);
        }
        self.head.reminded += 1;
        self.head.remind_or_end(by.at, by.timers.offer_reminder, REMINDERS);
        let remind = vec![self.payee];
        Change {
            shown: false,
            remind,
            ..Change::shown(self)
        }
    }

    /// It is over, whatever the ledger says of it now.
    fn due_refused(mut self, _: &By, _: &WalletError) -> Change<Self> {
        self.head.close(FlowState::Expired);
        Change::shown(self)
    }

    fn card_id(&self) -> String {
        self.transfer().to_string()
    }

    fn card(&self) -> String {
        view::offer_card(self)
    }

    /// What went back of it since is told by its card too.
    fn is_told_by(&self, card: &str) -> bool {
        view::offer_is_told_by(self, card)
    }

    fn word(&self) -> &'static str {
        match self.head.state {
            FlowState::Open => TransferKind::Hold.state(),
            state => state.as_str(),
        }
    }

    fn push(&self) -> bytes::Bytes {
        view::offer_changed(self)
    }
}
