//! An account: a balance of one owner in one currency.

use sha2::{Digest, Sha256};

use super::money::{Currency, MAX_MINOR};
use crate::clock::Micros;
use crate::ids::{AccountId, UserId};

/// What an account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountKind {
    /// A person's money.
    Person,
    /// What the sandbox has paid out: the other side of play money. Owned by the system, may go below zero.
    SandboxCash,
}

impl AccountKind {
    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Person => 0,
            Self::SandboxCash => 1,
        }
    }

    /// Reads the number.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::Person),
            1 => Some(Self::SandboxCash),
            _ => None,
        }
    }

    /// The least that `posted - held` of such an account may be.
    #[must_use]
    pub const fn floor(self) -> i64 {
        match self {
            Self::Person => 0,
            Self::SandboxCash => -MAX_MINOR,
        }
    }
}

/// Whether an account takes part in payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountStatus {
    /// It does.
    Open,
    /// Nothing goes out.
    Frozen,
    /// Nothing moves.
    Closed,
}

impl AccountStatus {
    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Open => 0,
            Self::Frozen => 1,
            Self::Closed => 2,
        }
    }

    /// Reads the number; an unknown one lets nothing move.
    #[must_use]
    pub const fn from_code(code: i16) -> Self {
        match code {
            0 => Self::Open,
            1 => Self::Frozen,
            _ => Self::Closed,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Frozen => "frozen",
            Self::Closed => "closed",
        }
    }
}

/// What names an account before it has an id: it opens at its first credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey {
    /// Whose.
    pub owner: UserId,
    /// What for.
    pub kind: AccountKind,
    /// In what.
    pub currency: Currency,
}

impl AccountKey {
    /// A person's account.
    #[must_use]
    pub const fn person(owner: UserId, currency: Currency) -> Self {
        Self {
            owner,
            kind: AccountKind::Person,
            currency,
        }
    }

    /// The sandbox's account.
    #[must_use]
    pub const fn sandbox(currency: Currency) -> Self {
        Self {
            owner: UserId::SYSTEM,
            kind: AccountKind::SandboxCash,
            currency,
        }
    }

    /// The account's id follows from what it is, so every node names an account alike before it opens: a UUID of
    /// version 8 over the first 16 bytes of SHA-256.
    #[must_use]
    pub fn id(&self) -> AccountId {
        let mut hash = Sha256::new();
        hash.update(b"quipu.account.v1");
        hash.update(self.owner.bytes());
        hash.update(self.kind.code().to_be_bytes());
        hash.update(self.currency.code());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        uuid::Uuid::new_v8(bytes).into()
    }
}

/// An account as it stands. Amounts are minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// The id.
    pub id: AccountId,
    /// Whose, what for, in what.
    pub key: AccountKey,
    /// Everything posted.
    pub posted: i64,
    /// What is held for payments under way.
    pub held: i64,
    /// The least that `posted - held` may be.
    pub floor: i64,
    /// Whether it takes part.
    pub status: AccountStatus,
    /// The ledger's position of its last change: the position of the account's own log.
    pub last_seq: i64,
    /// When it opened.
    pub opened_at: Micros,
}

impl Account {
    /// A fresh account that nothing was posted to.
    #[must_use]
    pub fn fresh(key: AccountKey, at: Micros) -> Self {
        let (floor, status) = (key.kind.floor(), AccountStatus::Open);
        Self {
            id: key.id(),
            key,
            posted: 0,
            held: 0,
            floor,
            status,
            last_seq: 0,
            opened_at: at,
        }
    }

    /// What can be spent. Both numbers are bounded by the database to 2^62, so the difference fits.
    #[must_use]
    pub const fn available(&self) -> i64 {
        self.posted.saturating_sub(self.held).saturating_sub(self.floor)
    }
}
