//! What a message is.

use crate::clock::Micros;
use crate::ids::{ClientId, ConversationId, UserId};
use crate::op_receipt::Fingerprint;
use crate::protocol::{MessageExtra, ReactionView};

use super::ChatError;

/// What a message says: at least one visible character, at most as many bytes as the setting allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageText(String);

impl MessageText {
    /// Parses a text; it is kept exactly as it came.
    ///
    /// # Errors
    /// [`ChatError::TextEmpty`], [`ChatError::TextInvalid`], [`ChatError::TextTooLong`] over `most` bytes.
    pub fn parse(text: String, most: usize) -> Result<Self, ChatError> {
        if text.len() > most {
            return Err(ChatError::TextTooLong { most });
        }
        if text.contains('\0') {
            // PostgreSQL keeps no such text, and it means nothing to anybody.
            return Err(ChatError::TextInvalid);
        }
        if text
            .chars()
            .all(|c| c.is_whitespace() || super::conversation::is_invisible(c))
        {
            return Err(ChatError::TextEmpty);
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What sort of row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// A person's words.
    Text,
    /// Something about the conversation itself; never counted as unread.
    System,
    /// Something that the server wrote for another slice.
    Card,
}

impl MessageKind {
    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Text => 0,
            Self::System => 1,
            Self::Card => 2,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::System => "system",
            Self::Card => "card",
        }
    }
}

/// What a message holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A person's words.
    Text(String),
    /// Something about the conversation itself.
    System(String),
    /// Opaque to chat.
    Card {
        /// What it is, such as `transfer`.
        kind: String,
        /// Its opaque id.
        id: String,
        /// What every member may see, as JSON.
        data: String,
    },
}

impl Body {
    /// What sort of row it makes.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        match self {
            Self::Text(_) => MessageKind::Text,
            Self::System(_) => MessageKind::System,
            Self::Card { .. } => MessageKind::Card,
        }
    }

    /// Whether it counts as unread.
    #[must_use]
    pub const fn is_countable(&self) -> bool {
        !matches!(self, Self::System(_))
    }
}

/// A row of a conversation's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where.
    pub conversation: ConversationId,
    /// The position at which it was posted.
    pub seq: i64,
    /// The position of its last change.
    pub rev: i64,
    /// Its number among the countable ones.
    pub n: Option<i64>,
    /// Who.
    pub sender: UserId,
    /// The sender's own id of it.
    pub client_id: ClientId,
    /// What the sender meant.
    pub fingerprint: Fingerprint,
    /// What it holds.
    pub body: Body,
    /// When.
    pub at: Micros,
    /// What it refers to, repeats and mentions.
    pub extra: MessageExtra,
    /// When its text was last changed.
    pub edited_at: Option<Micros>,
    /// Who recalled it, and when. Its words are gone then.
    pub recalled: Option<Recalled>,
    /// It is pinned.
    pub pinned: bool,
    /// What stands under it, in the order in which each came first.
    pub reactions: Vec<ReactionView>,
}

/// Who took a message back, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recalled {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Micros,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_anything_to_see_is_refused() {
        for empty in ["", "  \n", "\u{200b}\u{feff}"] {
            assert_eq!(MessageText::parse(empty.into(), 10), Err(ChatError::TextEmpty));
        }
        assert_eq!(
            MessageText::parse("x".repeat(11), 10),
            Err(ChatError::TextTooLong { most: 10 })
        );
        assert!(MessageText::parse("你好".into(), 6).is_ok());
        assert_eq!(MessageText::parse("a\0b".into(), 6), Err(ChatError::TextInvalid));
    }
}
