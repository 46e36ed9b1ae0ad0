//! An account: a balance of one owner in one currency.

use sha2::{Digest, Sha256};

use super::money::{Currency, MAX_MINOR};
use crate::clock::Micros;
use crate::ids::{AccountId, UserId};

/// What an account is for. All but a person's are the system's own, one of each a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountKind {
    /// A person's money.
    Person,
    /// What providers hold for us, as seen from here: below zero by all the money that people have.
    ProviderCash,
    /// Money that came in and is yet to reach its person.
    ClearingIn,
    /// Money that left its person and is yet to reach a bank.
    ClearingOut,
    /// Money set aside in a conversation for who is yet to take it.
    Escrow,
    /// What was earned.
    Fees,
    /// What was lost to payments called back after they were spent.
    Chargebacks,
    /// Money of which it is not decided whose it is.
    Suspense,
}

impl AccountKind {
    /// All of them, by their numbers.
    pub const ALL: [Self; 8] = [
        Self::Person,
        Self::ProviderCash,
        Self::ClearingIn,
        Self::ClearingOut,
        Self::Escrow,
        Self::Fees,
        Self::Chargebacks,
        Self::Suspense,
    ];

    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Person => 0,
            Self::ProviderCash => 1,
            Self::ClearingIn => 2,
            Self::ClearingOut => 3,
            Self::Escrow => 4,
            Self::Fees => 5,
            Self::Chargebacks => 6,
            Self::Suspense => 7,
        }
    }

    /// Reads the number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The word by which an operator names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::ProviderCash => "provider_cash",
            Self::ClearingIn => "clearing_in",
            Self::ClearingOut => "clearing_out",
            Self::Escrow => "escrow",
            Self::Fees => "fees",
            Self::Chargebacks => "chargebacks",
            Self::Suspense => "suspense",
        }
    }

    /// The least that `posted - held` of such an account may be when it opens. Two may go below zero: providers hold
    /// the money that people have here, and a chargeback may come after the money is gone.
    #[must_use]
    pub const fn floor(self) -> i64 {
        match self {
            Self::ProviderCash | Self::Chargebacks => -MAX_MINOR,
            Self::Person | Self::ClearingIn | Self::ClearingOut | Self::Escrow | Self::Fees | Self::Suspense => 0,
        }
    }
}

/// Whether an account takes part in payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountStatus {
    /// It does.
    Open,
    /// Nothing that its owner starts goes out.
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
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::Open),
            1 => Some(Self::Frozen),
            2 => Some(Self::Closed),
            _ => None,
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

/// What names an account before it has an id: it opens at the first transfer that names it.
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

    /// One of the system's accounts.
    #[must_use]
    pub const fn system(kind: AccountKind, currency: Currency) -> Self {
        Self {
            owner: UserId::SYSTEM,
            kind,
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

/// An account by what it is and by its id, which is a hash and worth keeping once it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountRef {
    /// The id.
    pub id: AccountId,
    /// Whose, what for, in what.
    pub key: AccountKey,
}

impl From<AccountKey> for AccountRef {
    fn from(key: AccountKey) -> Self {
        Self { id: key.id(), key }
    }
}

/// What left an account, in minor units, on the day and in the year (UTC) in which something last left it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// The day since 1970.
    pub day: i64,
    /// What left on it.
    pub day_minor: i64,
    /// The year.
    pub year: i64,
    /// What left in it.
    pub year_minor: i64,
}

impl Spent {
    /// The same, as it counts at a moment: another day or year begins at zero.
    #[must_use]
    pub fn rolled(self, at: Micros) -> Self {
        let (day, year) = (at.day(), at.year());
        Self {
            day,
            day_minor: if day == self.day { self.day_minor } else { 0 },
            year,
            year_minor: if year == self.year { self.year_minor } else { 0 },
        }
    }

    /// With `minor` more, that left at `at`. Sums stop at the largest amount; a limit is met long before.
    #[must_use]
    pub fn plus(self, minor: i64, at: Micros) -> Self {
        let rolled = self.rolled(at);
        Self {
            day_minor: rolled.day_minor.saturating_add(minor).min(MAX_MINOR),
            year_minor: rolled.year_minor.saturating_add(minor).min(MAX_MINOR),
            ..rolled
        }
    }

    /// Without `minor` that was counted at `at`, as far as that day and year still count.
    #[must_use]
    pub fn minus(self, minor: i64, at: Micros) -> Self {
        let less = |sum: i64, counts: bool| if counts { sum.saturating_sub(minor).max(0) } else { sum };
        Self {
            day_minor: less(self.day_minor, self.day == at.day()),
            year_minor: less(self.year_minor, self.year == at.year()),
            ..self
        }
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
    /// What its owner sent, for the limits.
    pub spent: Spent,
}

impl Account {
    /// A fresh account that nothing was posted to.
    #[must_use]
    pub fn fresh(account: AccountRef, at: Micros) -> Self {
        let AccountRef { id, key } = account;
        Self {
            id,
            key,
            posted: 0,
            held: 0,
            floor: key.kind.floor(),
            status: AccountStatus::Open,
            last_seq: 0,
            opened_at: at,
            spent: Spent::default(),
        }
    }

    /// What can be spent. Each number is bounded by the database to 2^62, so only the last subtraction can saturate.
    #[must_use]
    pub const fn available(&self) -> i64 {
        self.posted.saturating_sub(self.held).saturating_sub(self.floor)
    }
}
