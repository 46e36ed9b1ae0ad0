//! The name that others see. Every character of it is visible: what turns the text around or hides in it is how one
//! name is made to look like another.

use std::fmt;

use super::IdentityError;

/// Characters of the longest name.
const MAX_CHARS: usize = 64;
/// Characters of the longest device name; longer ones are cut.
const MAX_DEVICE_CHARS: usize = 64;

/// 1 to 64 visible characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// Reads a name; spaces around it are dropped.
    ///
    /// # Errors
    /// [`IdentityError::DisplayNameInvalid`] when it is empty, too long, or has characters that are not seen.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        let text = text.trim();
        let fits = !text.is_empty()
            && text.chars().nth(MAX_CHARS).is_none()
            && !text.chars().any(is_hidden)
            && !text.chars().all(|c| c.is_whitespace() || is_variation(c));
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdentityError::DisplayNameInvalid)
        }
    }

    /// What the database holds was read by [`Self::parse`] once.
    pub(super) const fn stored(text: String) -> Self {
        Self(text)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a person calls a device. Programs make it up, so nothing is refused: it is cleaned and cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceName(String);

impl DeviceName {
    /// Takes any text.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let seen = text.trim().chars().filter(|c| !is_hidden(*c));
        Self(seen.take(MAX_DEVICE_CHARS).collect())
    }

    /// The name, perhaps empty.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Characters without a shape of their own, or that move others: controls, directional marks, zero widths, fillers,
/// tags, private use. Emoji are taken, but for those that are joined by a zero-width joiner.
pub(crate) const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}'
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}'
        | '\u{e000}'..='\u{f8ff}'
        | '\u{fe00}'..='\u{fe0d}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{10ffff}'
    )
}

/// Chooses between the text and the picture form of the character before it; alone it is nothing.
const fn is_variation(c: char) -> bool {
    matches!(c, '\u{fe0e}' | '\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_many_scripts_are_taken() {
        for text in ["Ada Lovelace", "李雷", "Ольга", "مريم", "O’Brien", "Zoë ❤️", "🙂"] {
            assert!(DisplayName::parse(text).is_ok(), "{text}");
        }
        assert_eq!(DisplayName::parse("  Ada  ").unwrap().as_str(), "Ada");
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        for text in [
            "",
            "   ",
            "\u{fe0f}",
            "\u{3000}",
            "a\nb",
            "a\u{7}b",
            "Ada\u{202e}ecilA",
            "Ada\u{2066}",
            "A\u{200b}da",
            "A\u{200d}da",
            "\u{feff}Ada",
            "A\u{ad}da",
            "\u{3164}",
            "A\u{e0041}da",
            "\u{e000}",
        ] {
            assert!(DisplayName::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_length_is_counted_in_characters() {
        assert!(DisplayName::parse(&"字".repeat(64)).is_ok());
        assert!(DisplayName::parse(&"字".repeat(65)).is_err());
    }

    #[test]
    fn a_device_name_is_cleaned_and_cut() {
        assert_eq!(
            DeviceName::from_text(" Fire\u{202e}fox\n on Linux ").as_str(),
            "Firefox on Linux"
        );
        assert_eq!(DeviceName::from_text(&"x".repeat(100)).as_str().len(), 64);
    }
}
