//! Budgets: what a person means to spend in a month at most. Each is a row of their own log, with the last notice in it,
//! so that all of their devices have both, after an absence too. What was spent is counted behind the accounts' logs, by
//! a task of each node that looks at whose money moved; what a node left when it ended is found by looking at all.

mod feed;
mod operations;
mod service;

use super::WalletError;
use super::money::{Currencies, Currency};
use super::summary::{Flowed, MonthSum};
use super::transfer::Purpose;
use crate::clock::Month;
use crate::protocol::{Coded as _, ErrorCode, SetBudget, WireError};

pub use feed::BudgetFeed;
pub use service::Budgets;

/// The percentages at which a notice is given, the highest first.
const NOTICES: [u8; 2] = [100, 80];
/// A budget's month lies this many months back at most, so that a person's rows are bounded.
const MONTHS_BACK: i64 = 12;
/// And this many ahead.
const MONTHS_AHEAD: i64 = 24;
/// The word for what is spent on everything.
const ALL_KINDS: &str = "all";
/// The word for a budget of every month.
const EVERY_MONTH: &str = "every";

/// What a budget is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetOf {
    /// In which currency.
    pub currency: Currency,
    /// For what; none for everything.
    pub kind: Option<Purpose>,
    /// In which month; none for each.
    pub month: Option<Month>,
}

impl BudgetOf {
    /// What a caller names, in the month `now`.
    ///
    /// # Errors
    /// `currency_unsupported` or `invalid_field` with the field.
    pub fn parse(asked: &SetBudget, currencies: &Currencies, now: Month) -> Result<Self, WireError> {
        let currency = currencies.get(&asked.currency).map_err(|error| error.wire())?;
        let invalid = |field: &str, reason: &'static str| {
            let refusal = WireError::new(ErrorCode::InvalidField).param(field);
            refusal.detail("reason", reason)
        };
        let kind = match asked.kind.as_str() {
            ALL_KINDS => None,
            word => {
                let known = Purpose::ALL.into_iter().filter(|purpose| purpose.is_budgeted());
                let found = known.into_iter().find(|purpose| purpose.as_str() == word);
                Some(found.ok_or_else(|| invalid("kind", "nobody spends on such a kind"))?)
            }
        };
        let month = asked.month.as_deref().map(Month::parse);
        let month = month.map(|month| month.ok_or_else(|| invalid("month", "it is a month such as 2026-01")));
        let month = month.transpose()?;
        let near = now.0 - MONTHS_BACK..=now.0 + MONTHS_AHEAD;
        if month.is_some_and(|month| !near.contains(&month.0)) {
            return Err(invalid("month", "it is over a year ago or over two years ahead"));
        }
        Ok(Self { currency, kind, month })
    }

    /// Reads the key of a row.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        let mut parts = key.split('.');
        let (currency, kind, month) = (parts.next()?, parts.next()?, parts.next()?);
        let kind = match kind {
            ALL_KINDS => None,
            word => Some(Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == word)?),
        };
        let month = match month {
            EVERY_MONTH => None,
            text => Some(Month::parse(text)?),
        };
        Some(Self {
            currency: Currency::of(currency).ok()?,
            kind,
            month,
        })
    }

    /// The key of its row.
    #[must_use]
    pub fn key(&self) -> String {
        let month = self.month.map(|month| month.to_string());
        let month = month.as_deref().unwrap_or(EVERY_MONTH);
        format!("{}.{}.{month}", self.currency, self.kind_word())
    }

    /// The word for what it is for.
    #[must_use]
    pub fn kind_word(&self) -> &'static str {
        self.kind.map_or(ALL_KINDS, Purpose::as_str)
    }

    /// What was spent of it in a month, by the sums of the account: what went out less what came back of it; minor
    /// units, at least 0.
    ///
    /// # Errors
    /// [`WalletError::BalanceLimit`] when it does not fit 64 bits.
    pub fn spent(&self, month: Month, sums: &[MonthSum]) -> Result<i64, WalletError> {
        let mut spent = 0_i64;
        let own = sums.iter().filter(|sum| sum.month == month);
        for sum in own.filter(|sum| self.kind.map_or(sum.purpose.is_budgeted(), |kind| kind == sum.purpose)) {
            let signed = match sum.flowed {
                Flowed::Out => sum.minor,
                Flowed::Returned => -sum.minor,
                Flowed::In | Flowed::GivenBack => continue,
            };
            spent = spent.checked_add(signed).ok_or(WalletError::BalanceLimit)?;
        }
        Ok(spent.max(0))
    }
}

/// The highest percentage for which there is a notice that is reached.
#[must_use]
pub fn reached(spent: i64, amount: i64) -> Option<u8> {
    let is_reached = |percent: &u8| i128::from(spent) * 100 >= i128::from(amount) * i128::from(*percent);
    NOTICES.into_iter().find(is_reached)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_at_eighty_and_a_hundred_percent() {
        assert_eq!(
            [7_999, 8_000, 9_999].map(|spent| reached(spent, 10_000)),
            [None, Some(80), Some(80)]
        );
        assert_eq!(
            [10_000, 99_999].map(|spent| reached(spent, 10_000)),
            [Some(100), Some(100)]
        );
        assert_eq!((reached(0, 1), reached(i64::MAX, 1 << 62)), (None, Some(100)));
    }

    #[test]
    fn what_came_back_is_not_spent_and_what_others_pay_counts_for_nothing() {
        let sum = |purpose, flowed, minor| MonthSum {
            month: Month(5),
            purpose,
            flowed,
            minor,
            rows: 1,
        };
        let sums = [
            sum(Purpose::Payment, Flowed::Out, 100),
            sum(Purpose::Payment, Flowed::Returned, 30),
            sum(Purpose::Payment, Flowed::In, 500),
            sum(Purpose::Payment, Flowed::GivenBack, 40),
            sum(Purpose::Fee, Flowed::Out, 3),
            sum(Purpose::Claim, Flowed::Out, 1_000),
            sum(Purpose::Funding, Flowed::In, 9_000),
        ];
        let of = |kind| BudgetOf {
            currency: Currency::of("CNY").expect("a currency"),
            kind,
            month: None,
        };
        assert_eq!(of(None).spent(Month(5), &sums), Ok(73));
        assert_eq!(of(Some(Purpose::Payment)).spent(Month(5), &sums), Ok(70));
        assert_eq!(of(Some(Purpose::Fee)).spent(Month(5), &sums), Ok(3));
        assert_eq!(of(None).spent(Month(6), &sums), Ok(0));
    }

    #[test]
    fn a_key_is_read_as_it_is_written() {
        for key in ["CNY.all.every", "JPY.payment.2026-01", "EUR.fee.every"] {
            assert_eq!(BudgetOf::of_key(key).map(|of| of.key()).as_deref(), Some(key));
        }
        assert_eq!(BudgetOf::of_key("CNY.all"), None);
    }
}
