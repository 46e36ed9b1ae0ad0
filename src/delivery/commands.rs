//! What a user's actor is told.

use std::sync::Arc;

use actix::Message;

use super::{EncodedEvent, Outbox};
use crate::reply::Reply;

/// How an attempt to attach a socket ended: `Err` when the user has too many.
pub type Attached = Result<(), ()>;

/// A socket signed in.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct AttachSocket {
    pub(super) outbox: Arc<Outbox>,
    pub(super) reply: Reply<Attached>,
}

/// A socket is gone.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct DetachSocket {
    pub(super) outbox: Arc<Outbox>,
}

/// The user's log moved.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct AnnounceItem {
    pub(super) event: EncodedEvent,
}

/// The user's log is known to have reached a position.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct HintUser {
    pub(super) rev: i64,
}

/// Everything that was sent before is worked off: the actor may end.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Retire;
