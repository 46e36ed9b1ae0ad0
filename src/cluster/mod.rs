//! What nodes tell each other: events after a commit over a [`Bus`], and hints in the database for what the bus lost.
//!
//! The bus carries hints alone. An event that it loses is a hole, which the next event of that log shows; the last
//! event of a log, or one that this node never heard of, is found by [`HintPoll`], which reads what every PostgreSQL
//! commit moved. So nothing here blocks a caller, and everything here may be dropped, as long as it is counted.

mod envelope;
mod hints;
mod in_process;
mod redis;
mod store;

use std::fmt;
use std::sync::Arc;

pub use self::envelope::{Class, Envelope, NodeBoot};
pub use self::hints::{HintPoll, HintSettings, OnHint, OnLapse};
pub use self::in_process::InProcessBus;
pub use self::redis::{InvalidRedisUrl, RedisBus, RedisSettings};
pub use self::store::HintBatch;
use crate::ids::{ConversationId, UserId};
use crate::metric;

/// Where an event is published, and what a node subscribes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// `u:` what concerns one person: subscribed while they are connected here.
    User(UserId),
    /// `c:` the events of a large conversation: subscribed while a member is connected here.
    Conversation(ConversationId),
    /// `p:` whether one person is online: subscribed while somebody here watches them.
    Presence(UserId),
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "u:{id}"),
            Self::Conversation(id) => write!(f, "c:{id}"),
            Self::Presence(id) => write!(f, "p:{id}"),
        }
    }
}

/// How the bus stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BusState {
    /// There is one node and nobody to tell.
    Local,
    /// Events go out and come in.
    Up,
    /// Events go out or come in no more: other nodes learn by the hints alone.
    Down,
}

impl BusState {
    /// The word for it in `/readyz` and in the metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    /// Shows the state in the metrics.
    fn record(self) {
        for each in [Self::Local, Self::Up, Self::Down] {
            metric::bus_state(each.name(), each == self);
        }
    }
}

/// Takes an event of another node. It is called on the connection's own task, so it must be cheap and never wait:
/// while it runs, nothing else comes in.
pub type EventSink = Arc<dyn Fn(Envelope) + Send + Sync>;

/// Called when events come in again after they did not, once every channel is subscribed again: whatever was
/// published in between is to be looked for in the hints.
pub type OnRestored = Arc<dyn Fn() + Send + Sync>;

/// Carries events between nodes, without a promise: what is lost is found by the hints.
pub trait Bus: Send + Sync {
    /// Hands events over, each to its channel; those of one channel keep their order. Never waits: what does not fit
    /// the bounded queue is dropped and counted.
    fn publish(&self, events: Vec<(Channel, Envelope)>);

    /// Asks for the events of a channel, from about now on. Asking twice is asking once; who counts is the caller.
    fn subscribe(&self, channel: Channel);

    /// Asks for a channel's events no more.
    fn unsubscribe(&self, channel: Channel);

    /// How the bus stands.
    fn state(&self) -> BusState;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_written_with_its_kind() {
        let id = "0197b2c4-0000-7000-8000-000000000001";
        assert_eq!(
            id.parse().map(Channel::User).map(|c| c.to_string()),
            Ok(format!("u:{id}"))
        );
        assert_eq!(
            id.parse().map(Channel::Conversation).map(|c| c.to_string()),
            Ok(format!("c:{id}"))
        );
    }
}
