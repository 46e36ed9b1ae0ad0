//! The one door for money out: every row that takes money from an account, or holds it, is asked here, under the
//! ledger's lock, over facts that were loaded with it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::clock::Micros;
use crate::wallet::WalletError;
use crate::wallet::account::{Account, AccountKind, AccountStatus};
use crate::wallet::money::Currency;
use crate::wallet::transfer::{Purpose, TransferKind};

/// What an outgoing row is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The account that gives, before the row. What left it today and this year stands in it.
    pub account: &'a Account,
    /// What the row does.
    pub kind: TransferKind,
    /// What it is for.
    pub purpose: Purpose,
    /// How much, in minor units.
    pub minor: i64,
    /// When, in ledger time.
    pub at: Micros,
    /// What may leave the account.
    pub limits: Limits,
}

/// Which limit was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKind {
    /// Of one payment.
    Single,
    /// Of all payments of a day (UTC).
    Day,
    /// Of all payments of a year (UTC).
    Year,
}

impl LimitKind {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Day => "day",
            Self::Year => "year",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Single, Self::Day, Self::Year]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// What people may send in one currency, in minor units; without a number, as much as they have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// In one payment.
    pub single: Option<i64>,
    /// In a day (UTC).
    pub day: Option<i64>,
    /// In a year (UTC).
    pub year: Option<i64>,
}

/// The limits of each currency.
#[derive(Debug, Clone, Default)]
pub struct LimitTable(Arc<HashMap<Currency, Limits>>);

impl LimitTable {
    /// The limits by currency; a currency that is not named has none.
    #[must_use]
    pub fn of(limits: impl IntoIterator<Item = (Currency, Limits)>) -> Self {
        Self(Arc::new(limits.into_iter().collect()))
    }

    /// What people may send in a currency.
    #[must_use]
    pub fn get(&self, currency: Currency) -> Limits {
        self.0.get(&currency).copied().unwrap_or_default()
    }
}

/// Whether this money may leave. A freeze stops what the owner starts and what others take of theirs, not what an
/// operator corrects; limits are on people's payments, counted when they are posted or held.
///
/// # Errors
/// [`WalletError::AccountFrozen`], then [`WalletError::LimitExceeded`] of the narrowest limit that is met.
pub fn authorise(facts: &Facts<'_>) -> Result<(), WalletError> {
    if !facts.purpose.is_owners() || facts.account.key.kind != AccountKind::Person {
        return Ok(());
    }
    if facts.account.status == AccountStatus::Frozen && facts.kind != TransferKind::Reverse {
        return Err(WalletError::AccountFrozen);
    }
    if !facts.kind.is_counted(facts.purpose) {
        return Ok(());
    }
    let spent = facts.account.spent.rolled(facts.at);
    let within = |kind, limit: Option<i64>, spent: i64, until| {
        let Some(limit) = limit else { return Ok(()) };
        let left = limit.saturating_sub(spent).max(0);
        if facts.minor <= left {
            return Ok(());
        }
        Err(WalletError::LimitExceeded {
            limit: kind,
            left,
            currency: facts.account.key.currency,
            until,
        })
    };
    within(LimitKind::Single, facts.limits.single, 0, None)?;
    let (day, year) = (facts.at.next_day(), facts.at.next_year());
    within(LimitKind::Day, facts.limits.day, spent.day_minor, Some(day))?;
    within(LimitKind::Year, facts.limits.year, spent.year_minor, Some(year))
}
