//! Card numbers as they are typed: digits, the check digit, the brand and the length that it has.

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::MethodError;

/// Characters of a typed number at most, with what stands between the digits.
const TYPED_MOST: usize = 40;

/// Whose cards they are, by their first digits (ISO/IEC 7812, as the brands publish them).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brand {
    /// 4.
    Visa,
    /// 51 to 55, 2221 to 2720.
    Mastercard,
    /// 34, 37.
    Amex,
    /// 62.
    UnionPay,
    /// 6011, 644 to 649, 65.
    Discover,
    /// 3528 to 3589.
    Jcb,
    /// 300 to 305, 36, 38, 39.
    Diners,
}

impl Brand {
    /// The word on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Visa => "visa",
            Self::Mastercard => "mastercard",
            Self::Amex => "amex",
            Self::UnionPay => "unionpay",
            Self::Discover => "discover",
            Self::Jcb => "jcb",
            Self::Diners => "diners",
        }
    }

    /// The brand of a number by its first four digits.
    #[must_use]
    pub const fn of(first_four: u16) -> Option<Self> {
        Some(match first_four {
            4000..=4999 => Self::Visa,
            5100..=5599 | 2221..=2720 => Self::Mastercard,
            3400..=3499 | 3700..=3799 => Self::Amex,
            6200..=6299 => Self::UnionPay,
            6011 | 6440..=6599 => Self::Discover,
            3528..=3589 => Self::Jcb,
            3000..=3059 | 3600..=3699 | 3800..=3999 => Self::Diners,
            _ => return None,
        })
    }

    /// Whether a number of it can have so many digits.
    #[must_use]
    pub const fn has_length(self, digits: usize) -> bool {
        match self {
            Self::Visa => matches!(digits, 13 | 16 | 19),
            Self::Mastercard => digits == 16,
            Self::Amex => digits == 15,
            Self::UnionPay | Self::Discover | Self::Jcb => matches!(digits, 16..=19),
            Self::Diners => matches!(digits, 14..=19),
        }
    }

    /// Digits of the security code.
    #[must_use]
    pub const fn code_digits(self) -> usize {
        match self {
            Self::Amex => 4,
            _ => 3,
        }
    }
}

/// A number that could be a card's. It is not shown.
pub struct CardNumber {
    digits: Zeroizing<String>,
    brand: Brand,
}

impl CardNumber {
    /// Reads a number as it is typed; spaces and hyphens between digits say nothing.
    ///
    /// # Errors
    /// [`MethodError::Invalid`] of `card.number`.
    pub fn parse(typed: &SecretString) -> Result<Self, MethodError> {
        let invalid = |reason| MethodError::Invalid {
            field: "card.number",
            reason,
        };
        let typed = typed.expose_secret();
        let plain = typed
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'-'));
        if typed.len() > TYPED_MOST || !plain {
            return Err(invalid("it has other characters than digits"));
        }
        let digits = Zeroizing::new(typed.chars().filter(char::is_ascii_digit).collect::<String>());
        let first: u16 = digits.get(..4).and_then(|first| first.parse().ok()).unwrap_or(0);
        let brand = Brand::of(first).ok_or_else(|| invalid("no brand that is taken begins like this"))?;
        if !brand.has_length(digits.len()) {
            return Err(invalid("it has too few or too many digits"));
        }
        if !has_check_digit(&digits) {
            return Err(invalid("a digit is wrong"));
        }
        Ok(Self { digits, brand })
    }

    /// Its digits, for the provider alone.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// Whose card it is.
    #[must_use]
    pub const fn brand(&self) -> Brand {
        self.brand
    }

    /// What may be kept of it.
    #[must_use]
    pub fn last_four(&self) -> &str {
        self.digits
            .get(self.digits.len().saturating_sub(4)..)
            .unwrap_or_default()
    }
}

impl std::fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CardNumber(…{})", self.last_four())
    }
}

/// Whether the last digit is the check digit of those before it (ISO/IEC 7812-1, Annex B).
fn has_check_digit(digits: &str) -> bool {
    let doubled = |(place, byte): (usize, u8)| {
        let digit = u32::from(byte - b'0');
        match (place % 2, digit) {
            (0, digit) => digit,
            (_, digit @ 0..=4) => digit * 2,
            (_, digit) => digit * 2 - 9,
        }
    };
    let sum: u32 = digits.bytes().rev().enumerate().map(doubled).sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str) -> Result<CardNumber, MethodError> {
        CardNumber::parse(&typed.to_owned().into())
    }

    #[test]
    fn a_number_has_its_brand_its_length_and_its_check_digit() {
        for (typed, brand) in [
            ("4242 4242 4242 4242", Brand::Visa),
            ("5555-5555-5555-4444", Brand::Mastercard),
            ("2223003122003222", Brand::Mastercard),
            ("378282246310005", Brand::Amex),
            ("6200000000000005", Brand::UnionPay),
            ("6011111111111117", Brand::Discover),
            ("3566002020360505", Brand::Jcb),
            ("30569309025904", Brand::Diners),
        ] {
            let number = read(typed).expect(typed);
            assert_eq!(number.brand(), brand, "{typed}");
            assert!(typed.ends_with(number.last_four()));
        }
    }

    #[test]
    fn what_cannot_be_one_is_refused() {
        for typed in [
            "",
            "4242 4242 4242 4241",
            "4242424242424242 0",
            "4242",
            "４２４２４２４２４２４２４２４２",
            "4242x4242x4242x4242",
            "1234567890123452",
            "37828224631000",
            &"4".repeat(41),
        ] {
            assert!(
                matches!(
                    read(typed),
                    Err(MethodError::Invalid {
                        field: "card.number",
                        ..
                    })
                ),
                "{typed}"
            );
        }
    }

    #[test]
    fn one_wrong_digit_is_always_found() {
        let right = "4242424242424242";
        for place in 1..right.len() {
            for digit in b'0'..=b'9' {
                let mut bytes = right.as_bytes().to_vec();
                if bytes[place] == digit {
                    continue;
                }
                bytes[place] = digit;
                assert!(read(std::str::from_utf8(&bytes).unwrap()).is_err());
            }
        }
    }

    #[test]
    fn it_is_not_shown() {
        let number = read("4242424242424242").unwrap();
        assert_eq!(format!("{number:?}"), "CardNumber(…4242)");
    }
}
