//! Which payments their payee accepts first, whatever the payer wishes.

use std::sync::Arc;

use crate::wallet::money::{Currency, Money};

/// Up to how much of a currency a payment arrives at once; a currency that is not named has no bound.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AcceptAbove(Arc<[(Currency, i64)]>);

impl AcceptAbove {
    /// For each currency that has one its bound, in minor units.
    #[must_use]
    pub fn of(bounds: Vec<(Currency, i64)>) -> Self {
        Self(bounds.into())
    }

    /// The bound of a currency in minor units, if it has one.
    #[must_use]
    pub fn bound(&self, currency: Currency) -> Option<i64> {
        let found = self.0.iter().find(|(bounded, _)| *bounded == currency);
        found.map(|(_, minor)| *minor)
    }

    /// Whether a payment of so much is accepted first.
    #[must_use]
    pub fn includes(&self, money: Money) -> bool {
        self.bound(money.currency()).is_some_and(|most| money.minor() > most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_above_the_bound_of_its_currency_is_accepted_first() {
        let currency = |code| Currency::of(code).expect("a currency");
        let rule = AcceptAbove::of(vec![(currency("CNY"), 100_000), (currency("JPY"), 0)]);
        let money = |code, minor| Money::of_minor(minor, currency(code)).expect("an amount");
        let included = |code, minor| rule.includes(money(code, minor));
        assert!(!included("CNY", 100_000) && included("CNY", 100_001));
        assert!(included("JPY", 1), "a bound of nothing is every payment");
        assert!(!included("USD", 1_000_000_000));
        assert!(!AcceptAbove::default().includes(money("CNY", 100_001)));
    }
}
