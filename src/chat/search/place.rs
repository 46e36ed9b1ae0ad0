//! Where a search is: hits are told the newest first, and a page goes on behind the last place of the one before.

use std::str::FromStr;

use crate::chat::Message;
use crate::ids::{ConversationId, InvalidId};

/// The place of a message among all hits: by when it was posted, then by conversation, then within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it was posted, in microseconds.
    pub(super) at: i64,
    /// Where.
    pub(super) conversation: ConversationId,
    /// Which message there.
    pub(super) seq: i64,
}

impl Place {
    /// The place of a message.
    #[must_use]
    pub const fn of(message: &Message) -> Self {
        Self {
            at: message.at.0,
            conversation: message.conversation,
            seq: message.seq,
        }
    }

    /// The place before all messages of that moment and those behind it.
    pub(super) const fn newest_of(at: i64) -> Self {
        Self {
            at,
            conversation: ConversationId::from_bytes([0xff; 16]),
            seq: i64::MAX,
        }
    }

    /// What lies behind this place within one conversation: messages whose time and position, in this order, are less.
    pub(super) fn bound_in(self, conversation: ConversationId) -> (i64, i64) {
        match conversation.cmp(&self.conversation) {
            std::cmp::Ordering::Equal => (self.at, self.seq),
            std::cmp::Ordering::Less => (self.at.saturating_add(1), 0),
            std::cmp::Ordering::Greater => (self.at, 0),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.at, self.conversation, self.seq)
    }
}

impl FromStr for Place {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or(InvalidId);
        Ok(Self {
            at: part()?.parse().map_err(|_| InvalidId)?,
            conversation: part()?.parse()?,
            seq: part()?.parse().map_err(|_| InvalidId)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_bounds_each_conversation() {
        let conversation = ConversationId::fresh();
        let place = Place {
            at: 1_700_000_000_000_000,
            conversation,
            seq: 7,
        };
        assert_eq!(place.to_string().parse(), Ok(place));
        assert!("1.x.3".parse::<Place>().is_err() && "1".parse::<Place>().is_err());
        assert_eq!(place.bound_in(conversation), (place.at, 7));
        assert_eq!(place.bound_in(ConversationId::from_bytes([0; 16])), (place.at + 1, 0));
        assert_eq!(place.bound_in(ConversationId::from_bytes([0xff; 16])), (place.at, 0));
        assert!(Place::newest_of(place.at) > place);
    }
}
