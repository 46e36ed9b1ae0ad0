//! A red packet: money set aside in a conversation for whoever takes a share of it first.

use std::collections::BTreeMap;

use super::act::must_be_open;
use super::draws::Shares;
use super::{By, Change, Flow, FlowState, Head, Party, PartyState, view};
use crate::group_commit::Failure;
use crate::ids::UserId;
use crate::protocol;
use crate::wallet::WalletError;
use crate::wallet::account::{AccountKey, AccountKind, AccountRef};
use crate::wallet::flow::FlowKind;
use crate::wallet::ledger::{Leg, Step};
use crate::wallet::money::Money;
use crate::wallet::rules::draw::{Pot, Seed};
use crate::wallet::transfer::{Purpose, TransferId};

/// Up to so many shares a card tells of each that is taken.
const EACH_TOLD: i64 = 100;
/// Of more it tells so many times in all: each time is a push to everybody who looks, which is what a packet for
/// thousands costs.
const CARD_STEPS: i64 = 20;

/// How a packet is shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PacketKind {
    /// The same for each.
    Equal,
    /// By a draw that anybody can check.
    Lucky,
}

impl PacketKind {
    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Equal => 0,
            Self::Lucky => 1,
        }
    }

    /// Reads the number.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::Equal),
            1 => Some(Self::Lucky),
            _ => None,
        }
    }

    /// Reads the word of the wire.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Equal, Self::Lucky].into_iter().find(|one| one.as_str() == word)
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Lucky => "lucky",
        }
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Packet {
    /// What all flows have. The creator gave the money.
    pub head: Head,
    /// How it is shared out.
    pub kind: PacketKind,
    /// How much it is.
    pub total: Money,
    /// Its shares.
    pub count: i64,
    /// Shares that are taken.
    pub claimed: i64,
    /// What they hold, in minor units.
    pub claimed_minor: i64,
    /// From what the draw follows.
    pub seed: Seed,
    /// What its maker wishes.
    pub greeting: String,
    /// Who took a share, as far as it is loaded.
    pub claims: BTreeMap<UserId, Party>,
    /// The shares in the order in which they are taken, drawn when they are needed.
    pub shares: Shares,
}

/// What can be asked of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Somebody takes a share.
    Claim,
}

impl Packet {
    /// The share at a place, in minor units.
    ///
    /// # Errors
    /// A fault of ours, when there is no such place.
    fn share(&self, place: i64) -> Result<i64, WalletError> {
        let failed = || WalletError::Failed(Failure::Internal);
        let pot = Pot::of(self.total.minor(), self.count).map_err(|_| failed())?;
        let shares = self.shares.get_or_init(|| match self.kind {
            PacketKind::Equal => pot.equal(),
            PacketKind::Lucky => pot.lucky(&self.seed),
        });
        let share = usize::try_from(place).ok().and_then(|place| shares.get(place));
        share.copied().ok_or_else(failed)
    }

    /// What is shown when it is made, so that the seed cannot be exchanged; in hexadecimal digits.
    #[must_use]
    pub fn commitment(&self) -> String {
        let pot = Pot::of(self.total.minor(), self.count);
        pot.map_or_else(|_| String::new(), |pot| hex::encode(pot.commitment(&self.seed)))
    }

    /// What is left of it, in minor units.
    #[must_use]
    pub const fn left(&self) -> i64 {
        self.total.minor().saturating_sub(self.claimed_minor)
    }

    /// The row that filled it.
    const fn funding(&self) -> TransferId {
        TransferId::first(self.head.client_id, self.head.creator)
    }

    /// Where its money is until it is taken.
    #[must_use]
    pub fn escrow(&self) -> AccountRef {
        AccountKey::system(AccountKind::Escrow, self.head.currency).into()
    }

    /// How often its card tells how many shares are taken.
    const fn card_steps(&self) -> i64 {
        if self.count <= EACH_TOLD {
            self.count
        } else {
            CARD_STEPS
        }
    }

    /// In which of its steps the card is.
    fn shown_step(&self) -> i64 {
        self.claimed.saturating_mul(self.card_steps()) / self.count.max(1)
    }

    fn steps_out(&self, credit: AccountKey, minor: i64) -> Result<Vec<Step>, WalletError> {
        Ok(vec![Step::Post(Leg {
            debit: self.escrow(),
            credit: credit.into(),
            money: Money::of_minor(minor, self.head.currency)?,
            purpose: Purpose::Packet,
            note: self.greeting.clone(),
        })])
    }
}

impl Flow for Packet {
    type Command = Command;

    const KIND: FlowKind = FlowKind::Packet;

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    fn party(&self, user: UserId) -> Option<&Party> {
        self.claims.get(&user)
    }

    fn told(&self) -> Vec<UserId> {
        Vec::new()
    }

    fn put_party(&mut self, party: Party) {
        self.claims.insert(party.user, party);
    }

    fn accounts(&self, actor: UserId) -> Vec<AccountRef> {
        let currency = self.head.currency;
        let suspense = AccountKey::system(AccountKind::Suspense, currency);
        vec![
            self.escrow(),
            AccountKey::person(actor, currency).into(),
            suspense.into(),
        ]
    }

    fn targets(&self, command: Option<&Command>) -> Vec<TransferId> {
        match command {
            Some(Command::Claim) => Vec::new(),
            None => vec![self.funding()],
        }
    }

    fn members(&self, _: &Command, _: UserId) -> Vec<UserId> {
        Vec::new()
    }

    fn invited(&self) -> Vec<UserId> {
        Vec::new()
    }

    fn step(mut self, command: &Command, by: &By) -> Result<Change<Self>, WalletError> {
        let Command::Claim = command;
        if self.claims.contains_key(&by.actor) {
            return Err(WalletError::AlreadyClaimed);
        }
        if self.head.state == FlowState::Exhausted {
            return Err(WalletError::PacketEmpty);
        }
        must_be_open(&self, by.at)?;
        let (place, before) = (self.claimed, self.shown_step());
        let minor = self.share(place)?;
        let steps = self.steps_out(AccountKey::person(by.actor, self.head.currency), minor)?;
        self.claimed = place.saturating_add(1);
        self.claimed_minor = self.claimed_minor.saturating_add(minor);
        let party = Party {
            user: by.actor,
            state: PartyState::Paid,
            minor,
            place,
            client_id: Some(by.client_id),
            at: by.at,
        };
        self.claims.insert(by.actor, party);
        if self.claimed == self.count {
            self.head.close(FlowState::Exhausted);
        }
        let shown = self.shown_step() != before;
        Ok(Change {
            shown,
            ..Change::moving(self, steps).by(by.actor)
        })
    }

    fn due(mut self, _: &By) -> Change<Self> {
        // What is left goes back the way it came, so that the ledger itself bounds it by what filled the packet.
        let left = Money::of_minor(self.left(), self.head.currency);
        let back = left.ok().map(|left| Step::Reverse {
            of: self.funding(),
            amount: Some(left),
            note: self.greeting.clone(),
        });
        self.head.close(FlowState::Expired);
        Change::moving(self, back.into_iter().collect())
    }

    /// The maker's account is closed: it is for the operator to find out whose the rest is.
    fn due_refused(mut self, _: &By, _: &WalletError) -> Change<Self> {
        let suspense = AccountKey::system(AccountKind::Suspense, self.head.currency);
        let steps = self.steps_out(suspense, self.left()).unwrap_or_default();
        self.head.close(FlowState::Expired);
        Change::moving(self, steps)
    }

    fn card(&self) -> String {
        view::packet_card(self)
    }

    /// Of many shares a card tells how many are taken in steps.
    fn is_told_by(&self, card: &str) -> bool {
        let first = self.claimed.saturating_sub(self.count / self.card_steps().max(1));
        (first.max(0)..=self.claimed).any(|claimed| {
            let earlier = Self {
                claimed,
                ..self.clone()
            };
            protocol::same_json(&earlier.card(), card)
        })
    }
}
