//! Delivery: an event is encoded once, put in order by its log's tail, and laid into the outbox of every socket that
//! should see it.

mod actor;
mod commands;
mod event;
mod followed;
mod log_tail;
mod outbox;
mod presence;
mod publisher;
mod router;
mod store;
mod user_log;

pub use actor::{LargeOf, Users};
pub use commands::Attached;
pub use event::{Class, EncodedEvent};
pub use followed::{CHANNEL_MEMBERS, Followed};
pub use log_tail::{Hole, LogTail};
pub use outbox::{Cut, Outbox, OutboxLimits};
pub use presence::{Presence, Seen};
pub use publisher::Publisher;
pub use router::Router;
pub use store::UserLogBatch;
pub use user_log::{Item, ItemChange, Items, UserLog};
