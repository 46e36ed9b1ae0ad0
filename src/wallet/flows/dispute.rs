//! A dispute of a payment: who paid says that they did not get what they paid for. Both of them say what they have to
//! say, an operator looks at it and decides, and what is won goes back the way it came.

use super::act::must_be_open;
use super::{By, Change, Flow, FlowState, Head, Party, view};
use crate::ids::UserId;
use crate::wallet::WalletError;
use crate::wallet::account::{AccountKey, AccountRef};
use crate::wallet::flow::FlowKind;
use crate::wallet::ledger::Step;
use crate::wallet::money::Money;
use crate::wallet::transfer::TransferId;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// What all flows have. The creator paid.
    pub head: Head,
    /// Who was paid.
    pub payee: UserId,
    /// The payment, as people know it.
    pub payment: TransferId,
    /// The row that moved the money: the payment's own, or the one that captured what was held.
    pub of: TransferId,
    /// How much it was.
    pub money: Money,
    /// What the payer says.
    pub reason: String,
    /// What the payee says, once they did.
    pub answer: String,
    /// Why it was decided so, in the operator's words.
    pub decision: String,
}

/// What can be asked of a dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The payee says what they have to say, once.
    Answer(String),
    /// The payer gives it up.
    Withdraw,
    /// The operator looks at it.
    Review,
    /// The operator decides for the payer, or for the payee, and says why.
    Decide(bool, String),
}

impl Dispute {
    fn owner(&self, command: &Command) -> UserId {
        match command {
            Command::Answer(_) => self.payee,
            Command::Withdraw => self.head.creator,
            Command::Review | Command::Decide(..) => UserId::SYSTEM,
        }
    }
}

impl Flow for Dispute {
    type Command = Command;

    const KIND: FlowKind = FlowKind::Dispute;

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
        ]
    }

    fn targets(&self, _: Option<&Command>) -> Vec<TransferId> {
        vec![self.of]
    }

    fn members(&self, _: &Command, _: UserId) -> Vec<UserId> {
        Vec::new()
    }

    fn invited(&self) -> Vec<UserId> {
        vec![self.payee]
    }

    /// Whoever was blocked by the other may still say that they were cheated.
    fn needs_to_speak(&self) -> bool {
        false
    }

    fn step(mut self, command: &Command, by: &By) -> Result<Change<Self>, WalletError> {
        if by.actor != self.owner(command) {
            return Err(WalletError::NotYours);
        }
        must_be_open(&self, by.at)?;
        let mut steps = Vec::new();
        match command {
            Command::Answer(_) if !self.answer.is_empty() => {
                return Err(WalletError::AlreadyAnswered {
                    state: super::PartyState::Paid,
                });
            }
            Command::Answer(text) => {
                text.clone_into(&mut self.answer);
                if self.head.state == FlowState::Open {
                    self.head.state = FlowState::Evidence;
                }
            }
            Command::Withdraw => self.head.close(FlowState::Withdrawn),
            Command::Review => self.review(),
            Command::Decide(for_payer, why) => {
                why.clone_into(&mut self.decision);
                if *for_payer {
                    // All that was not given back by the payee meanwhile.
                    steps.push(Step::Reverse {
                        of: self.of,
                        amount: None,
                        note: why.clone(),
                    });
                }
                let state = if *for_payer { FlowState::Won } else { FlowState::Lost };
                self.head.close(state);
            }
        }
        Ok(Change::moving(self, steps))
    }

    /// Nobody has looked at it for as long as that may take: it stands among what is to be looked at from then on.
    fn due(mut self, _: &By) -> Change<Self> {
        self.review();
        Change::shown(self)
    }

    fn due_refused(self, by: &By, _: &WalletError) -> Change<Self> {
        self.due(by)
    }

    fn card(&self) -> String {
        view::dispute_card(self)
    }
}

impl Dispute {
    const fn review(&mut self) {
        self.head.state = FlowState::Review;
        self.head.due_at = None;
    }
}
