//! A handle: the unique name that people are found by. ASCII alone, so that no two of them look alike by script.

use std::fmt;

use super::IdentityError;

/// Characters of the shortest handle.
const MIN_CHARS: usize = 3;
/// Characters of the longest handle.
const MAX_CHARS: usize = 30;
/// Names under which somebody could pass for the house itself. They count as taken.
const RESERVED: &[&str] = &[
    "admin",
    "administrator",
    "moderator",
    "official",
    "operator",
    "quipu",
    "root",
    "security",
    "staff",
    "support",
    "system",
];

/// 3 to 30 of `a-z 0-9 _ .`, starting with a letter, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handle(String);

impl Handle {
    /// Reads a handle, with or without a leading `@`; capitals are folded.
    ///
    /// # Errors
    /// [`IdentityError::HandleInvalid`] when it is no handle.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        let text = text.trim();
        let text = text.strip_prefix('@').unwrap_or(text);
        let fits = (MIN_CHARS..=MAX_CHARS).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
            && text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
        if fits {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(IdentityError::HandleInvalid)
        }
    }

    /// What the database holds was read by [`Self::parse`] once.
    pub(super) const fn stored(text: String) -> Self {
        Self(text)
    }

    /// Whether only an operator may give this handle to somebody.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        RESERVED.contains(&self.as_str())
    }

    /// The handle without an `@`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_and_the_at_sign_are_folded_away() {
        for text in ["ada.l_1", "@ada.l_1", " ADA.L_1 "] {
            assert_eq!(Handle::parse(text).unwrap().as_str(), "ada.l_1");
        }
    }

    #[test]
    fn what_is_no_handle_is_refused() {
        let long = "a".repeat(31);
        for text in [
            "",
            "ab",
            &long,
            "1ada",
            "_ada",
            "ada-l",
            "ada l",
            "аda",
            "adа",
            "@@ada",
            "a\u{200b}da",
            "ada\n",
            "ada\0b",
        ] {
            // A line break at the end is trimmed, as a form's stray space is.
            assert_eq!(Handle::parse(text).is_ok(), text == "ada\n", "{text:?}");
        }
        assert!(Handle::parse(&"a".repeat(30)).is_ok());
    }

    #[test]
    fn nobody_registers_as_the_house() {
        assert!(Handle::parse("Support").unwrap().is_reserved());
        assert!(!Handle::parse("supporter").unwrap().is_reserved());
    }
}
