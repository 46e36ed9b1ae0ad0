//! The ledger's rules: what may be posted, and what a posting does to its accounts. Pure: a group commit loads the
//! rows, these rules decide over them in order, and what they leave is written in one transaction.
//!
//! A rule makes a [`Plan`] over what is loaded and touches nothing; a plan that stands is applied, and cannot fail
//! any more. So a refusal leaves nothing half done, and the legs of one instruction are posted all or not at all.

mod account_change;
mod authorise;
mod hold;
mod plan;
mod posting;
mod reversal;
mod step;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub use account_change::{Change, change, lock, unlock};
pub use authorise::{Facts, LimitKind, LimitTable, Limits, authorise};
pub use hold::HoldTerms;
pub use plan::{PlacedLeg, Plan};
pub use posting::Leg;
pub use step::{MAX_LEGS, Step, plan};

use super::account::{Account, AccountKey, AccountStatus};
use super::flow::FlowRef;
use super::transfer::{Transfer, TransferId};
use crate::clock::Micros;
use crate::ids::{AccountId, ClientId, UserId};
use crate::op_receipt::Fingerprint;

/// Where the ledger stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The next position; dense, shared by transfers and account events.
    pub next_seq: i64,
    /// The next block's number.
    pub next_block: i64,
    /// The last block's hash.
    pub hash: Vec<u8>,
    /// The key that signs.
    pub key_id: String,
    /// The last ledger time.
    pub last_at: Micros,
}

/// What happened to an account itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountEventKind {
    /// It opened, at the first transfer that names it.
    Opened,
    /// Its floor was set.
    Floor,
    /// Nothing that its owner starts goes out of it any more.
    Frozen,
    /// That is over.
    Thawed,
    /// Nothing moves any more.
    Closed,
}

impl AccountEventKind {
    /// The number in the database and in the sealed bytes.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Opened => 0,
            Self::Floor => 1,
            Self::Frozen => 2,
            Self::Thawed => 3,
            Self::Closed => 4,
        }
    }

    /// Reads the number.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::Opened),
            1 => Some(Self::Floor),
            2 => Some(Self::Frozen),
            3 => Some(Self::Thawed),
            4 => Some(Self::Closed),
            _ => None,
        }
    }
}

/// A sealed row about an account itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEvent {
    /// The ledger's position.
    pub seq: i64,
    /// Which account.
    pub account: AccountId,
    /// Whose, what for, in what.
    pub key: AccountKey,
    /// What happened.
    pub event: AccountEventKind,
    /// The floor after it, in minor units.
    pub floor: i64,
    /// The status after it.
    pub status: AccountStatus,
    /// The account's position before.
    pub prev_seq: i64,
    /// The caller's id.
    pub client_id: ClientId,
    /// The caller.
    pub actor: UserId,
    /// Why, in the caller's words; empty for an opening.
    pub reason: String,
    /// Ledger time.
    pub at: Micros,
}

/// How a hold ended, or that it has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldState {
    /// The money is held.
    Open,
    /// It was captured, all or a part; the rest is free again.
    Captured,
    /// It was given up.
    Voided,
    /// Its time passed.
    Expired,
}

impl HoldState {
    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Open => 0,
            Self::Captured => 1,
            Self::Voided => 2,
            Self::Expired => 3,
        }
    }

    /// Reads the number.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::Open),
            1 => Some(Self::Captured),
            2 => Some(Self::Voided),
            3 => Some(Self::Expired),
            _ => None,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "held",
            Self::Captured => "captured",
            Self::Voided => "voided",
            Self::Expired => "expired",
        }
    }
}

/// How a hold stands. Derived from the rows; kept so that it is found by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// The position of the hold's transfer.
    pub transfer: i64,
    /// What was held, in minor units.
    pub amount: i64,
    /// What was captured of it.
    pub captured: i64,
    /// Whether and how it ended.
    pub state: HoldState,
    /// When it ends by itself.
    pub expires_at: Micros,
}

/// What was given back of a transfer. Derived from the rows; kept so that it is found by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refund {
    /// The position of the transfer.
    pub transfer: i64,
    /// What it moved, in minor units.
    pub amount: i64,
    /// What was given back of it.
    pub refunded: i64,
}

/// Who instructs, under which id, meaning what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// The caller's id.
    pub client_id: ClientId,
    /// The caller.
    pub actor: UserId,
    /// What the caller means.
    pub fingerprint: Fingerprint,
    /// What it is a step of, if it is.
    pub flow: Option<FlowRef>,
}

/// The slot of the ledger in a batch.
#[derive(Debug, Default)]
pub struct Loaded {
    pub(super) wants: Wants,
    pub(super) head: Option<Head>,
    pub(super) accounts: HashMap<AccountId, Account>,
    pub(super) transfers: HashMap<TransferId, Transfer>,
    pub(super) holds: HashMap<i64, Hold>,
    pub(super) refunds: HashMap<i64, Refund>,
    pub(super) expired: Vec<TransferId>,
    /// Who froze an account last, of those that were asked for.
    pub(super) freezers: HashMap<AccountId, UserId>,
    pub(super) limits: LimitTable,
    pub(super) at: Option<Micros>,
    pub(super) written: Written,
}

/// The rows that the decisions need.
#[derive(Debug, Default)]
pub(super) struct Wants {
    pub(super) accounts: BTreeSet<AccountId>,
    /// By the ids under which they were posted.
    pub(super) groups: BTreeSet<(ClientId, UserId)>,
    /// Of these, the ones whose accounts, hold and refund are needed too.
    pub(super) targets: BTreeSet<(ClientId, UserId)>,
    /// Open holds whose time has passed, at most so many.
    pub(super) expired: usize,
    /// Accounts of which it is asked who froze them.
    pub(super) freezers: BTreeSet<AccountId>,
    /// The head and the time alone.
    pub(super) head: bool,
    /// The holds and refunds of targets, by the position of their transfer; the load finds them out.
    pub(super) holds: BTreeSet<i64>,
    pub(super) refunds: BTreeSet<i64>,
}

impl Wants {
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.accounts.is_empty() && self.expired == 0 && !self.head
    }
}

/// The rows that the decisions made.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) transfers: Vec<Transfer>,
    pub(super) events: Vec<AccountEvent>,
    /// Accounts that moved; `true` for those that opened in this batch.
    pub(super) accounts: BTreeMap<AccountId, bool>,
    pub(super) holds: BTreeMap<i64, Hold>,
    pub(super) refunds: BTreeMap<i64, Refund>,
}

impl Loaded {
    /// What a load leaves of a ledger with nothing in it, for who decides without a database.
    #[must_use]
    pub fn fresh(at: Micros) -> Self {
        let head = Head {
            next_seq: 1,
            next_block: 1,
            hash: Vec::new(),
            key_id: String::new(),
            last_at: Micros(0),
        };
        Self {
            head: Some(head),
            at: Some(at),
            ..Self::default()
        }
    }

    /// Asks for the head and the time, even if nothing else is asked for.
    pub fn want_head(&mut self) {
        self.wants.head = true;
    }

    /// Asks for an account.
    pub fn want_account(&mut self, id: AccountId) {
        self.wants.accounts.insert(id);
    }

    /// Asks for an account, and who froze it last.
    pub fn want_freezer(&mut self, id: AccountId) {
        self.want_account(id);
        self.wants.freezers.insert(id);
    }

    /// Asks for what was posted with an id, if anything.
    pub fn want_group(&mut self, client_id: ClientId, actor: UserId) {
        self.wants.groups.insert((client_id, actor));
    }

    /// Asks for a transfer that is to be resolved or reversed, with all that this is decided by.
    pub fn want_target(&mut self, id: TransferId) {
        self.want_group(id.client_id, id.actor);
        self.wants.targets.insert((id.client_id, id.actor));
    }

    /// Asks for open holds whose time has passed, at most `most` of them.
    pub fn want_expired(&mut self, most: usize) {
        self.wants.expired = self.wants.expired.max(most);
    }

    /// A transfer by its id.
    #[must_use]
    pub fn transfer(&self, id: TransferId) -> Option<&Transfer> {
        self.transfers.get(&id)
    }

    /// All legs that were posted with an id, the first one first; none if nothing was.
    pub fn group(&self, client_id: ClientId, actor: UserId) -> impl Iterator<Item = &Transfer> {
        (0..).map_while(move |leg| self.transfers.get(&TransferId { client_id, actor, leg }))
    }

    /// An account as it stands after what was decided so far.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id)
    }

    /// How a hold stands after what was decided so far.
    #[must_use]
    pub fn hold(&self, transfer: i64) -> Option<&Hold> {
        self.holds.get(&transfer)
    }

    /// What was given back of the row at a position, in minor units.
    #[must_use]
    pub fn refunded(&self, transfer: i64) -> i64 {
        self.refunds.get(&transfer).map_or(0, |refund| refund.refunded)
    }

    /// The position that the next row will have; none before the head is loaded.
    #[must_use]
    pub fn next_seq(&self) -> Option<i64> {
        self.head.as_ref().map(|head| head.next_seq)
    }

    /// The time of this batch's rows.
    #[must_use]
    pub const fn at(&self) -> Option<Micros> {
        self.at
    }

    /// The open holds whose time has passed, the one that passed first at the front.
    #[must_use]
    pub fn expired(&self) -> &[TransferId] {
        &self.expired
    }
}
