//! Conversations: who is in them, what was said, in which order. A card is an opaque payload here: chat knows nothing
//! of money.

mod actor;
mod acts;
pub mod attachments;
mod commands;
mod contacts;
mod conversation;
mod emoji;
mod error;
mod hole;
pub mod log;
mod marks;
mod message;
mod operations;
mod parts;
mod people;
pub mod search;
mod service;
mod sight;
mod store;
mod typists;
mod wire;

pub use commands::Sent;
pub use contacts::{ChangeContact, ContactAct, ContactChanged};
pub use conversation::{
    Blocked, Conversation, ConversationKind, DirectKey, HistoryForNew, Membership, NewGroup, Role, Title, is_invisible,
};
pub use emoji::Emoji;
pub use error::ChatError;
pub use marks::MarkKind;
pub use message::{Body, Message, MessageKind, MessageText, Recalled};
pub use operations::ActAnswer;
pub use service::{Chat, ChatParts, ChatSettings, Listed, Range, item_view, people_in};
pub use store::{ChatBatch, Given, ListCursor, MemberRow, large_conversations};
pub use wire::{conversation_view, member_view, message_view, posted_event};
