//! A reaction: one emoji that everybody can show.

use super::ChatError;

/// One emoji of the Unicode standard, in its fully qualified form or without its variation selector.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Emoji(String);

impl Emoji {
    /// Parses an emoji. Spellings of one emoji become the same, so that they count together.
    ///
    /// # Errors
    /// [`ChatError::EmojiInvalid`].
    pub fn parse(text: &str) -> Result<Self, ChatError> {
        emojis::get(text)
            .map(|emoji| Self(emoji.as_str().to_owned()))
            .ok_or(ChatError::EmojiInvalid)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_emoji_are_one() {
        assert_eq!(Emoji::parse("❤"), Emoji::parse("❤\u{fe0f}"));
        assert!(Emoji::parse("👩🏽‍🚀").is_ok());
        for bad in ["", "a", "👍👍", "👍 ", "<b>", "\u{200d}"] {
            assert_eq!(Emoji::parse(bad), Err(ChatError::EmojiInvalid), "{bad:?}");
        }
    }
}
