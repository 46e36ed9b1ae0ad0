//! Stub replaced by the branch that holds the bus.
use crate::ids::{ConversationId, UserId};
/// A channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// u
    User(UserId),
    /// c
    Conversation(ConversationId),
}
/// The bus.
pub trait Bus: Send + Sync {
    /// s
    fn subscribe(&self, channel: Channel);
    /// u
    fn unsubscribe(&self, channel: Channel);
}
