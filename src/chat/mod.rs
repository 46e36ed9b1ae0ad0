//! Conversations: who is in them, what was said, in which order. A card is an opaque payload here: chat knows nothing
//! of money.

mod actor;
pub mod attachments;
mod commands;
mod contacts;
mod conversation;
mod error;
pub mod log;
mod message;
mod operations;
mod read_marks;
mod service;
mod store;
mod wire;

pub use commands::Sent;
pub use conversation::{Conversation, ConversationKind, DirectKey, Membership, NewGroup, Role, Title, is_invisible};
pub use error::ChatError;
pub use message::{Body, Message, MessageKind, MessageText};
pub use service::{Chat, ChatSettings, Listed, Range, item_view, people_in};
pub use store::{ChatBatch, ListCursor, MemberRow};
pub use wire::{conversation_view, message_view, posted_event};
