//! Money that is asked for, of one person or of several, the same amount of each.

use super::act::must_be_open;
use super::{By, Change, Flow, FlowState, Head, Party, PartyState, REMINDERS, payment, view};
use crate::ids::UserId;
use crate::wallet::WalletError;
use crate::wallet::account::AccountRef;
use crate::wallet::flow::FlowKind;
use crate::wallet::money::Money;
use crate::wallet::transfer::Purpose;

/// People who are asked at once, at most.
pub const PAYERS: usize = 100;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What all flows have. The creator is paid.
    pub head: Head,
    /// How much of each.
    pub money: Money,
    /// What for.
    pub note: String,
    /// Who is asked, in the order of their places.
    pub payers: Vec<Party>,
}

/// What can be asked of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Somebody who is asked pays; they agreed to this fee, in minor units, or to any.
    Pay(Option<i64>),
    /// Somebody who is asked does not want to.
    Decline,
    /// Who asked takes it back.
    Cancel,
}

impl Request {
    fn open_payers(&self) -> impl Iterator<Item = UserId> {
        let open = self.payers.iter().filter(|party| party.state == PartyState::Open);
        open.map(|party| party.user)
    }

    /// Where it stands after somebody answered.
    fn answered(&mut self) {
        let some = |state| self.payers.iter().any(|party| party.state == state);
        let (open, paid) = (some(PartyState::Open), some(PartyState::Paid));
        match (open, paid) {
            (true, true) => self.head.state = FlowState::PartlyPaid,
            (true, false) => {}
            (false, true) => self.head.close(FlowState::Paid),
            (false, false) => self.head.close(FlowState::Declined),
        }
    }

    fn payer(&mut self, by: &By) -> Result<&mut Party, WalletError> {
        let party = self.payers.iter_mut().find(|party| party.user == by.actor);
        let party = party.ok_or(WalletError::NotYours)?;
        if party.state != PartyState::Open {
            return Err(WalletError::AlreadyAnswered { state: party.state });
        }
        Ok(party)
    }
}

impl Flow for Request {
    type Command = Command;

    const KIND: FlowKind = FlowKind::Request;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    fn party(&self, user: UserId) -> Option<&Party> {
        self.payers.iter().find(|party| party.user == user)
    }

    fn told(&self) -> Vec<UserId> {
        self.payers.iter().map(|party| party.user).collect()
    }

    fn put_party(&mut self, party: Party) {
        let at = self.payers.partition_point(|other| other.place < party.place);
        self.payers.insert(at, party);
    }

    fn accounts(&self, actor: UserId) -> Vec<AccountRef> {
        payment::accounts(actor, self.head.creator, self.head.currency)
    }

    fn members(&self, command: &Command, actor: UserId) -> Vec<UserId> {
        match command {
            Command::Pay(_) => vec![actor, self.head.creator],
            Command::Decline | Command::Cancel => Vec::new(),
        }
    }

    fn invited(&self) -> Vec<UserId> {
        self.told()
    }

    fn step(mut self, command: &Command, by: &By) -> Result<Change<Self>, WalletError> {
        if *command == Command::Cancel {
            if by.actor != self.head.creator {
                return Err(WalletError::NotYours);
            }
            must_be_open(&self, by.at)?;
            self.head.close(FlowState::Cancelled);
            return Ok(Change::shown(self));
        }
        self.payer(by)?;
        must_be_open(&self, by.at)?;
        let (state, steps) = match command {
            Command::Pay(agreed) => {
                let sum = payment::Sum {
                    money: self.money,
                    fee: by.fee.of(self.money),
                    purpose: Purpose::Request,
                };
                let steps = payment::steps((by.actor, self.head.creator), &sum, *agreed, &self.note)?;
                (PartyState::Paid, steps)
            }
            Command::Decline | Command::Cancel => (PartyState::Declined, Vec::new()),
        };
        let paid = (state == PartyState::Paid).then_some(by.client_id);
        let party = self.payer(by)?;
        (party.state, party.at, party.client_id) = (state, by.at, paid);
        self.answered();
        Ok(Change::moving(self, steps).by(by.actor))
    }

    fn due(mut self, by: &By) -> Change<Self> {
        if self.head.is_over(by.at) {
            self.head.close(FlowState::Expired);
            return Change::shown(self);
        }
        self.head.reminded += 1;
        self.head.remind_or_end(by.at, by.timers.request_reminder, REMINDERS);
        let remind = self.open_payers().collect();
        Change {
            shown: false,
            remind,
            ..Change::shown(self)
        }
    }

    fn due_refused(mut self, _: &By, _: &WalletError) -> Change<Self> {
        self.head.close(FlowState::Expired);
        Change::shown(self)
    }

    fn card(&self) -> String {
        view::request_card(self)
    }
}
