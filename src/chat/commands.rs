//! What a conversation's actor is told.

use std::sync::Arc;

use actix::Message as ActorMessage;

use super::log::{Decision, Draft};
use super::{ChatError, Message};
use crate::delivery::EncodedEvent;
use crate::group_commit::Outcome;
use crate::ids::UserId;
use crate::reply::Reply;

/// The answer to a post.
pub(super) type PostAnswer = Result<Sent, ChatError>;

/// A message that stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The row.
    pub message: Message,
    /// It had been posted before with this id.
    pub duplicate: bool,
}

/// A member wants to post.
#[derive(ActorMessage)]
#[rtype(result = "()")]
pub(super) struct PostMessage {
    pub(super) draft: Draft,
    pub(super) reply: Reply<PostAnswer>,
}

/// The lane has decided a post.
#[derive(ActorMessage)]
#[rtype(result = "()")]
pub(super) struct PostSettled {
    pub(super) outcome: Outcome<Result<Decision, ChatError>>,
    pub(super) reply: Reply<PostAnswer>,
}

/// The log moved, by another lane of this node or by another node.
#[derive(ActorMessage)]
#[rtype(result = "()")]
pub(super) struct AnnounceMessage {
    pub(super) event: EncodedEvent,
    /// It was committed on this node, so the other nodes have yet to hear of it.
    pub(super) publish: bool,
}

/// Something without a position is to be told to the members.
#[derive(ActorMessage)]
#[rtype(result = "()")]
pub(super) struct TellMembers {
    pub(super) json: bytes::Bytes,
    /// Whom it is about: in a large conversation they alone hear it, on their other devices.
    pub(super) about: UserId,
}

/// The log is known to have reached a position.
#[derive(ActorMessage)]
#[rtype(result = "()")]
pub(super) struct HintConversation {
    pub(super) rev: i64,
}

/// The members were read.
#[derive(ActorMessage)]
#[rtype(result = "()")]
pub(super) struct MembersRead {
    pub(super) members: Option<(Arc<[UserId]>, i64)>,
}

/// The rows of a hole were read.
#[derive(ActorMessage)]
#[rtype(result = "()")]
pub(super) struct HoleRead {
    pub(super) rows: Option<(Vec<EncodedEvent>, i64)>,
}

/// Everything that was sent before is worked off: the actor may end.
#[derive(ActorMessage)]
#[rtype(result = "()")]
pub(super) struct Retire;
