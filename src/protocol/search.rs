//! `search.*`: what may be asked for and what is found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ConversationView, MessageView, UserView};
use crate::ids::ConversationId;

/// `search.messages`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SearchMessages {
    /// What was typed: words in any order, the last of which may still go on; at most 200 characters.
    pub query: String,
    /// Only in this conversation.
    pub conversation: Option<ConversationId>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Messages wanted at most.
    pub limit: Option<u32>,
}

/// `search.people`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SearchPeople {
    /// A part of a name from the beginning of a word, or a handle, with or without a leading `@`.
    pub query: String,
}

/// `search.conversations`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SearchConversations {
    /// A part of a title, or of the other person's name, from the beginning of a word.
    pub query: String,
}

/// The answer to `search.messages`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FoundMessages {
    /// The page, the newest first. It may be shorter than was wanted, or empty, and go on all the same.
    pub messages: Vec<MessageView>,
    /// The next page; none when everything was looked through.
    pub next: Option<String>,
    /// Positions of the searched logs that the index does not hold yet: 0 when it holds everything.
    pub behind: u64,
}

/// The answer to `search.people`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FoundPeople {
    /// Contacts and people whom one shares a small conversation with, by name; a stranger by their whole handle.
    pub users: Vec<UserView>,
}

/// The answer to `search.conversations`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FoundConversations {
    /// Those that fit, the latest activity first.
    pub conversations: Vec<ConversationView>,
}
