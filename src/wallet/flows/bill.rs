//! A bill that one person paid and several share.

use super::act::must_be_open;
use super::{By, Change, Flow, FlowState, Head, Party, PartyState, REMINDERS, payment, view};
use crate::ids::UserId;
use crate::wallet::WalletError;
use crate::wallet::account::AccountRef;
use crate::wallet::flow::FlowKind;
use crate::wallet::money::Money;
use crate::wallet::rules::netting::Debt;
use crate::wallet::transfer::Purpose;

/// How a bill is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Split {
    /// The same for each.
    Equal,
    /// As it was said.
    Exact,
    /// By per cent.
    Percent,
    /// By weights.
    Weights,
}

impl Split {
    /// All of them, by their numbers.
    pub const ALL: [Self; 4] = [Self::Equal, Self::Exact, Self::Percent, Self::Weights];

    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Equal => 0,
            Self::Exact => 1,
            Self::Percent => 2,
            Self::Weights => 3,
        }
    }

    /// Reads the number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|split| split.code() == code)
    }

    /// Reads the word of the wire.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Exact => "exact",
            Self::Percent => "percent",
            Self::Weights => "weights",
        }
    }
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// What all flows have. The creator paid it and is paid back.
    pub head: Head,
    /// How much it is.
    pub total: Money,
    /// How it is split.
    pub split: Split,
    /// What for.
    pub note: String,
    /// Whose share is how much, in the order of their places; the creator's own may be one of them.
    pub shares: Vec<Party>,
}

/// What can be asked of a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Somebody pays their share; they agreed to this fee, in minor units, or to any.
    Pay(Option<i64>),
    /// Who opened it takes back what is still open.
    Cancel,
}

impl Bill {
    fn open_shares(&self) -> impl Iterator<Item = UserId> {
        let open = self.shares.iter().filter(|party| party.state == PartyState::Open);
        open.map(|party| party.user)
    }

    /// What was paid of it, in minor units; the creator's own share is not.
    #[must_use]
    pub fn paid(&self) -> i64 {
        let paid = self.shares.iter().filter(|party| party.state == PartyState::Paid);
        // Parts of a total, which is an amount.
        paid.fold(0, |sum: i64, party| sum.saturating_add(party.minor))
    }

    /// What is open of it.
    pub(super) fn debts(&self) -> impl Iterator<Item = Debt> {
        let open = self.shares.iter().filter(|party| party.state == PartyState::Open);
        open.map(|party| Debt {
            debtor: party.user,
            creditor: self.head.creator,
            minor: party.minor,
        })
    }

    fn share(&mut self, by: &By) -> Result<&mut Party, WalletError> {
        let party = self.shares.iter_mut().find(|party| party.user == by.actor);
        let party = party.ok_or(WalletError::NotYours)?;
        match party.state {
            PartyState::Open => Ok(party),
            PartyState::Own => Err(WalletError::SelfTransfer),
            state => Err(WalletError::AlreadyAnswered { state }),
        }
    }
}

impl Flow for Bill {
    type Command = Command;

    const KIND: FlowKind = FlowKind::Bill;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    fn party(&self, user: UserId) -> Option<&Party> {
        self.shares.iter().find(|party| party.user == user)
    }

    fn told(&self) -> Vec<UserId> {
        self.shares.iter().map(|party| party.user).collect()
    }

    fn put_party(&mut self, party: Party) {
        let at = self.shares.partition_point(|other| other.place < party.place);
        self.shares.insert(at, party);
    }

    fn accounts(&self, actor: UserId) -> Vec<AccountRef> {
        payment::accounts(actor, self.head.creator, self.head.currency)
    }

    fn members(&self, command: &Command, actor: UserId) -> Vec<UserId> {
        match command {
            Command::Pay(_) => vec![actor, self.head.creator],
            Command::Cancel => Vec::new(),
        }
    }

    fn invited(&self) -> Vec<UserId> {
        self.told()
    }

    fn step(mut self, command: &Command, by: &By) -> Result<Change<Self>, WalletError> {
        let Command::Pay(agreed) = command else {
            if by.actor != self.head.creator {
                return Err(WalletError::NotYours);
            }
            must_be_open(&self, by.at)?;
            self.head.close(FlowState::Cancelled);
            return Ok(Change::shown(self));
        };
        let minor = self.share(by)?.minor;
        must_be_open(&self, by.at)?;
        let money = Money::of_minor(minor, self.head.currency)?;
        let sum = payment::Sum {
            money,
            fee: by.fee.of(money),
            purpose: Purpose::Bill,
        };
        let steps = payment::steps((by.actor, self.head.creator), &sum, *agreed, &self.note)?;
        let party = self.share(by)?;
        (party.state, party.at, party.client_id) = (PartyState::Paid, by.at, Some(by.client_id));
        if self.open_shares().next().is_some() {
            self.head.state = FlowState::PartlyPaid;
        } else {
            self.head.close(FlowState::Settled);
        }
        Ok(Change::moving(self, steps).by(by.actor))
    }

    fn due(mut self, by: &By) -> Change<Self> {
        if self.head.is_over(by.at) {
            self.head.close(FlowState::Expired);
            return Change::shown(self);
        }
        self.head.reminded += 1;
        self.head.remind_or_end(by.at, by.timers.bill_reminder, REMINDERS);
        let remind = self.open_shares().collect();
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
        view::bill_card(self)
    }
}
