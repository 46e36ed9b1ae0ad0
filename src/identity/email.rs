//! An e-mail address, narrower than the standard: what people really have, and nothing that could become a header.

use std::fmt;

use super::{Handle, IdentityError};

/// Bytes of the longest address that SMTP carries.
const MAX_BYTES: usize = 254;
/// Bytes of the longest part before the `@`.
const MAX_LOCAL_BYTES: usize = 64;
/// Bytes of the longest label of a host name.
const MAX_LABEL_BYTES: usize = 63;

/// An address in lower case. Printing it for a log shows nothing of it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Reads an address: ASCII, one `@`, a dot-separated local part, a host name. Capitals are folded.
    ///
    /// # Errors
    /// [`IdentityError::EmailInvalid`] when it is none.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        let text = text.trim();
        let (local, host) = text.split_once('@').ok_or(IdentityError::EmailInvalid)?;
        let local_fits = local.len() <= MAX_LOCAL_BYTES && local.split('.').all(is_atom);
        let host_fits = host.split('.').all(is_label) && !ends_with_number(host);
        if text.len() <= MAX_BYTES && local_fits && host_fits {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(IdentityError::EmailInvalid)
        }
    }

    /// What the database holds was read by [`Self::parse`] once.
    pub(super) const fn stored(text: String) -> Self {
        Self(text)
    }

    /// An address that reaches nobody (RFC 2606), for people who have none.
    #[must_use]
    pub fn nobody(handle: &Handle) -> Self {
        Self(format!("{handle}@quipu.invalid"))
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// RFC 5322's atom: no quotes, no comments, no spaces, nothing beyond ASCII.
fn is_atom(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
}

fn is_label(text: &str) -> bool {
    (1..=MAX_LABEL_BYTES).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// A host that ends with a number is an address of the network, such as `127.0.0.1`, and no name.
fn ends_with_number(host: &str) -> bool {
    host.rsplit('.')
        .next()
        .is_some_and(|label| label.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_people_have_are_taken_in_lower_case() {
        for (text, kept) in [
            ("Ada@Example.COM", "ada@example.com"),
            (" ada.l+quipu@mail.example.co.uk ", "ada.l+quipu@mail.example.co.uk"),
            ("o'brien@xn--bcher-kva.example", "o'brien@xn--bcher-kva.example"),
            ("ada@localhost", "ada@localhost"),
        ] {
            assert_eq!(Email::parse(text).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn what_could_become_a_header_or_another_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@@example.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "ada\r@example.com",
            "ada@exam\nple.com",
            "ada@example.com,eve@example.com",
            "Ada <ada@example.com>",
            "\"ada b\"@example.com",
            "ada b@example.com",
            "ada..b@example.com",
            ".ada@example.com",
            "ada@-example.com",
            "ada@example..com",
            "ada@127.0.0.1",
            "ada@[127.0.0.1]",
            "ada@exаmple.com",
            &long,
        ] {
            assert!(Email::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_address_is_not_printed_for_a_log() {
        assert!(!format!("{:?}", Email::parse("ada@example.com").unwrap()).contains("ada"));
    }
}
