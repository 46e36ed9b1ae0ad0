//! Money: whole minor units of one currency. There is no other number for it, and no operation that rounds.

use std::fmt;

use rust_decimal::Decimal;

use super::WalletError;

/// The largest amount, in minor units: what the database's columns hold.
pub const MAX_MINOR: i64 = 1 << 62;

/// A currency of ISO 4217 with 0 to 4 decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

impl Currency {
    /// The currency of a code in capitals.
    ///
    /// # Errors
    /// [`WalletError::CurrencyUnsupported`] when ISO 4217 has none, or none with minor units.
    pub fn of(code: &str) -> Result<Self, WalletError> {
        let known = iso_currency::Currency::from_code(code).ok_or(WalletError::CurrencyUnsupported)?;
        let exponent = known.exponent().and_then(|digits| u8::try_from(digits).ok());
        let exponent = exponent
            .filter(|digits| *digits <= 4)
            .ok_or(WalletError::CurrencyUnsupported)?;
        let code = code
            .as_bytes()
            .try_into()
            .map_err(|_| WalletError::CurrencyUnsupported)?;
        Ok(Self { code, exponent })
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        // Three ASCII capitals, since ISO 4217 knows it.
        std::str::from_utf8(&self.code).unwrap_or("XXX")
    }

    /// Decimals of an amount.
    #[must_use]
    pub const fn exponent(&self) -> u8 {
        self.exponent
    }

    /// Parses a number of this currency as the wire has it, in minor units: ASCII digits, at most one point with digits
    /// on both sides, at most the currency's decimals, no sign, no exponent, no spaces; 0 to [`MAX_MINOR`].
    ///
    /// # Errors
    /// [`WalletError::AmountInvalid`].
    pub fn parse(self, text: &str) -> Result<i64, WalletError> {
        let (whole, fraction) = match text.split_once('.') {
            Some((_, "")) => return Err(WalletError::AmountInvalid),
            Some(parts) => parts,
            None => (text, ""),
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > usize::from(self.exponent) {
            return Err(WalletError::AmountInvalid);
        }
        let mut amount = Decimal::from_str_exact(text).map_err(|_| WalletError::AmountInvalid)?;
        amount.rescale(u32::from(self.exponent));
        // After the rescale the mantissa is the amount in minor units.
        let minor = i64::try_from(amount.mantissa()).ok();
        minor
            .filter(|minor| *minor <= MAX_MINOR)
            .ok_or(WalletError::AmountInvalid)
    }

    /// Writes an amount with exactly the currency's decimals.
    #[must_use]
    pub fn format(&self, minor: i64) -> String {
        Decimal::from_i128_with_scale(i128::from(minor), u32::from(self.exponent)).to_string()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount that can be moved: above zero, of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// Parses an amount as the wire has it: ASCII digits, at most one point with digits on both sides, at most the
    /// currency's decimals, no sign, no exponent, no spaces; above zero and at most [`MAX_MINOR`].
    ///
    /// # Errors
    /// [`WalletError::AmountInvalid`].
    pub fn parse(text: &str, currency: Currency) -> Result<Self, WalletError> {
        Self::of_minor(currency.parse(text)?, currency)
    }

    /// An amount of minor units.
    ///
    /// # Errors
    /// [`WalletError::AmountInvalid`] unless it is above zero and at most [`MAX_MINOR`].
    pub fn of_minor(minor: i64, currency: Currency) -> Result<Self, WalletError> {
        if (1..=MAX_MINOR).contains(&minor) {
            Ok(Self { minor, currency })
        } else {
            Err(WalletError::AmountInvalid)
        }
    }

    /// Minor units.
    #[must_use]
    pub const fn minor(&self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }
}

/// The amount as the wire has it.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.currency.format(self.minor))
    }
}

/// The currencies that this server offers.
#[derive(Debug, Clone)]
pub struct Currencies {
    offered: Vec<Currency>,
    default: Currency,
}

impl Currencies {
    /// The offered currencies by their codes, and the one that a new wallet shows.
    ///
    /// # Errors
    /// [`WalletError::CurrencyUnsupported`] when a code is unknown or the default is not among them.
    pub fn of(codes: &[String], default: &str) -> Result<Self, WalletError> {
        let offered = codes
            .iter()
            .map(|code| Currency::of(code))
            .collect::<Result<Vec<_>, _>>()?;
        let default = offered.iter().find(|currency| currency.code() == default).copied();
        Ok(Self {
            offered,
            default: default.ok_or(WalletError::CurrencyUnsupported)?,
        })
    }

    /// An offered currency by its code.
    ///
    /// # Errors
    /// [`WalletError::CurrencyUnsupported`].
    pub fn get(&self, code: &str) -> Result<Currency, WalletError> {
        let found = self.offered.iter().find(|currency| currency.code() == code);
        found.copied().ok_or(WalletError::CurrencyUnsupported)
    }

    /// All that are offered.
    #[must_use]
    pub fn all(&self) -> &[Currency] {
        &self.offered
    }

    /// The one that a new wallet shows.
    #[must_use]
    pub const fn default_currency(&self) -> Currency {
        self.default
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::of(code).expect("a currency")
    }

    #[test]
    fn only_plain_decimals_within_the_currency_are_amounts() {
        let parse = |text: &str, code: &str| Money::parse(text, currency(code)).map(|money| money.minor());
        assert_eq!(parse("12.5", "CNY"), Ok(1250));
        assert_eq!(parse("0.01", "CNY"), Ok(1));
        assert_eq!(parse("007", "CNY"), Ok(700));
        assert_eq!(parse("500", "JPY"), Ok(500));
        assert_eq!(parse("0.001", "KWD"), Ok(1));
        for bad in [
            "-1",
            "+1",
            "1e3",
            "0",
            "0.00",
            "0.001",
            "NaN",
            "inf",
            "99999999999999999999",
            "１２",
            "",
            " ",
            "1 ",
            ".5",
            "5.",
            "1,000",
            "1_000",
            "0x10",
            "1.2.3",
            "٣",
            "46116860184273879.05",
        ] {
            assert_eq!(parse(bad, "CNY"), Err(WalletError::AmountInvalid), "{bad:?}");
        }
        assert_eq!(parse("1.0", "JPY"), Err(WalletError::AmountInvalid));
        assert_eq!(parse("46116860184273879.04", "CNY"), Ok(MAX_MINOR));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(minor in 1..=MAX_MINOR, code in prop::sample::select(vec!["JPY", "CNY", "KWD", "CLF"])) {
            let money = Money::of_minor(minor, currency(code)).expect("in range");
            prop_assert_eq!(Money::parse(&money.to_string(), money.currency()), Ok(money));
        }
    }
}
