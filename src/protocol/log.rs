//! The name of a log on the wire: `c:`, `a:` or `u:` and an id.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::ids::{AccountId, ConversationId, InvalidId, UserId};

/// Something durable that has positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogId {
    /// `c:` the messages of a conversation.
    Conversation(ConversationId),
    /// `a:` the movements of an account.
    Account(AccountId),
    /// `u:` what concerns one person alone.
    User(UserId),
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conversation(id) => write!(f, "c:{id}"),
            Self::Account(id) => write!(f, "a:{id}"),
            Self::User(id) => write!(f, "u:{id}"),
        }
    }
}

impl FromStr for LogId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.split_once(':') {
            Some(("c", id)) => id.parse().map(Self::Conversation),
            Some(("a", id)) => id.parse().map(Self::Account),
            Some(("u", id)) => id.parse().map(Self::User),
            _ => Err(InvalidId),
        }
    }
}

impl Serialize for LogId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LogId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse()
            .map_err(|_| D::Error::custom("a log is c:, a: or u: and an id"))
    }
}
