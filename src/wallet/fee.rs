//! What a payment costs its payer, on top of its amount.

use super::money::Money;

/// Basis points in the whole: 10,000 of them are 100 %.
const WHOLE: i128 = 10_000;

/// A part of the amount in basis points (hundredths of a per cent); 0 is no fee.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FeeRate(u16);

impl FeeRate {
    /// The rate of so many basis points.
    #[must_use]
    pub const fn of_basis_points(points: u16) -> Self {
        Self(points)
    }

    /// The same in basis points.
    #[must_use]
    pub const fn basis_points(self) -> u16 {
        self.0
    }

    /// The fee on an amount, rounded down to whole minor units; none when it comes to nothing.
    #[must_use]
    pub fn of(self, money: Money) -> Option<Money> {
        let minor = i128::from(money.minor()) * i128::from(self.0) / WHOLE;
        let minor = i64::try_from(minor).ok()?;
        Money::of_minor(minor, money.currency()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wallet::{Currency, MAX_MINOR};

    #[test]
    fn a_fee_is_rounded_down_and_never_leaves_the_range() {
        let cny = Currency::of("CNY").expect("a currency");
        let fee = |points, minor| {
            let money = Money::of_minor(minor, cny).expect("an amount");
            FeeRate::of_basis_points(points).of(money).map(|fee| fee.minor())
        };
        assert_eq!(fee(50, 10_000), Some(50));
        assert_eq!(fee(50, 199), None);
        assert_eq!(fee(50, 399), Some(1));
        assert_eq!(fee(0, MAX_MINOR), None);
        assert_eq!(fee(10_000, MAX_MINOR), Some(MAX_MINOR));
        assert_eq!(fee(20_000, MAX_MINOR), None);
    }
}
