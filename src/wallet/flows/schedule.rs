//! A payment of a later day, once or again and again. Each due time pays once, with a card of its own; one that could
//! not be made while the server was away for too long is skipped.

use super::act::must_be_open;
use super::{By, Change, Flow, FlowState, Head, Party, PaymentCard, payment, view};
use crate::clock::Micros;
use crate::ids::UserId;
use crate::wallet::WalletError;
use crate::wallet::account::AccountRef;
use crate::wallet::flow::FlowKind;
use crate::wallet::money::Money;
use crate::wallet::rules::recurrence::Recurrence;
use crate::wallet::transfer::{Purpose, TransferId};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// What all flows have. The creator pays.
    pub head: Head,
    /// Who is paid.
    pub payee: UserId,
    /// How much each time.
    pub money: Money,
    /// What for.
    pub note: String,
    /// When.
    pub times: Recurrence,
    /// The place of the due time that is next, from 0.
    pub next: u32,
    /// Due times that were paid.
    pub paid: i64,
    /// Due times that came too late to be paid.
    pub skipped: i64,
    /// Due times at which the ledger refused.
    pub failed: i64,
    /// How the last one ended, and the code of the refusal if it was refused.
    pub last: LastRun,
}

/// How a due time ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastRun {
    /// There was none yet.
    None,
    /// It was paid.
    Paid,
    /// It came too late.
    Skipped,
    /// It was refused, with this code.
    Failed(String),
}

/// What can be asked of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Its maker ends it.
    Cancel,
}

impl Schedule {
    /// Moves on to the next due time, or ends.
    fn advance(&mut self) {
        self.next = self.next.saturating_add(1);
        match self.times.due(self.next) {
            Some(next) => self.head.due_at = Some(next),
            None if self.paid == 0 && self.failed > 0 => self.head.close(FlowState::Failed),
            None => self.head.close(FlowState::Ended),
        }
    }

    fn is_too_late(&self, by: &By) -> bool {
        let due = self.head.due_at.unwrap_or(by.at);
        by.at.0.saturating_sub(due.0) > by.timers.schedule_late
    }
}

impl Flow for Schedule {
    type Command = Command;

    const KIND: FlowKind = FlowKind::Schedule;

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
        payment::accounts(self.head.creator, self.payee, self.head.currency)
    }

    fn members(&self, _: &Command, _: UserId) -> Vec<UserId> {
        Vec::new()
    }

    fn invited(&self) -> Vec<UserId> {
        vec![self.payee]
    }

    fn may_open(&self, at: Micros) -> Result<(), WalletError> {
        if self.head.due_at.is_none_or(|first| first <= at) {
            return Err(WalletError::ScheduleInvalid);
        }
        Ok(())
    }

    fn due_needs(&self) -> Vec<UserId> {
        vec![self.head.creator, self.payee]
    }

    fn step(mut self, command: &Command, by: &By) -> Result<Change<Self>, WalletError> {
        let Command::Cancel = command;
        if by.actor != self.head.creator {
            return Err(WalletError::NotYours);
        }
        must_be_open(&self, by.at)?;
        self.head.close(FlowState::Cancelled);
        Ok(Change::shown(self))
    }

    fn due(mut self, by: &By) -> Change<Self> {
        if self.is_too_late(by) {
            self.skipped = self.skipped.saturating_add(1);
            self.last = LastRun::Skipped;
            self.advance();
            return Change::shown(self);
        }
        let sum = payment::Sum {
            money: self.money,
            fee: by.fee.of(self.money),
            purpose: Purpose::Schedule,
        };
        let steps = payment::steps((self.head.creator, self.payee), &sum, None, &self.note);
        let receipt = PaymentCard {
            sender: self.head.creator,
            id: TransferId::first(by.client_id, by.actor),
            data: view::scheduled_payment_card(&self),
        };
        self.paid = self.paid.saturating_add(1);
        self.last = LastRun::Paid;
        self.advance();
        Change {
            receipt: Some(receipt),
            ..Change::moving(self, steps.unwrap_or_default())
        }
    }

    fn due_refused(mut self, _: &By, refusal: &WalletError) -> Change<Self> {
        self.failed = self.failed.saturating_add(1);
        self.last = LastRun::Failed(refusal.word().to_owned());
        self.advance();
        Change::shown(self)
    }

    fn card(&self) -> String {
        view::schedule_card(self)
    }
}
