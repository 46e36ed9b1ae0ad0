//! Bank accounts as they are typed: an IBAN (ISO 13616).

use iban::{Iban, IbanLike as _};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::MethodError;

/// Characters of a typed IBAN at most, with the spaces in it.
const TYPED_MOST: usize = 64;

/// A number that could be a bank account's. It is not shown.
pub struct BankNumber {
    text: Zeroizing<String>,
}

impl BankNumber {
    /// Reads an IBAN as it is typed; spaces and the case of letters say nothing.
    ///
    /// # Errors
    /// [`MethodError::Invalid`] of `bank.iban`.
    pub fn parse(typed: &SecretString) -> Result<Self, MethodError> {
        let invalid = |reason| MethodError::Invalid {
            field: "bank.iban",
            reason,
        };
        let typed = typed.expose_secret();
        if typed.len() > TYPED_MOST || !typed.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ') {
            return Err(invalid("it has other characters than letters and digits"));
        }
        let plain = typed.bytes().filter(|byte| *byte != b' ');
        let plain = plain.map(|byte| char::from(byte.to_ascii_uppercase()));
        let text = Zeroizing::new(plain.collect::<String>());
        let read: Iban = text
            .parse()
            .map_err(|_| invalid("it is no IBAN: a character is wrong or missing"))?;
        Ok(Self {
            text: Zeroizing::new(read.electronic_str().to_owned()),
        })
    }

    /// Its characters without spaces, for the provider alone.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its country (ISO 3166-1).
    #[must_use]
    pub fn country(&self) -> &str {
        self.text.get(..2).unwrap_or_default()
    }

    /// What may be kept of it.
    #[must_use]
    pub fn last_four(&self) -> &str {
        self.text.get(self.text.len().saturating_sub(4)..).unwrap_or_default()
    }
}

impl std::fmt::Debug for BankNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BankNumber({}…{})", self.country(), self.last_four())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str) -> Result<BankNumber, MethodError> {
        BankNumber::parse(&typed.to_owned().into())
    }

    #[test]
    fn an_iban_is_read_with_or_without_spaces() {
        for typed in [
            "DE89 3704 0044 0532 0130 00",
            "de89370400440532013000",
            " DE893704 00440532013000 ",
        ] {
            let number = read(typed).expect(typed);
            assert_eq!((number.country(), number.last_four()), ("DE", "3000"));
            assert_eq!(number.text(), "DE89370400440532013000");
        }
        assert!(read("GB82 WEST 1234 5698 7654 32").is_ok());
        assert_eq!(
            format!("{:?}", read("AT611904300234573201").unwrap()),
            "BankNumber(AT…3201)"
        );
    }

    #[test]
    fn what_is_none_is_refused() {
        for typed in [
            "",
            "DE88370400440532013000",
            "DE8937040044053201300",
            "XX89370400440532013000",
            "DE89-3704-0044-0532-0130-00",
            "ＤＥ89370400440532013000",
            &"DE89 ".repeat(20),
        ] {
            let refused = read(typed);
            assert!(
                matches!(refused, Err(MethodError::Invalid { field: "bank.iban", .. })),
                "{typed}: {refused:?}"
            );
        }
    }
}
