//! What a conversation's actor is told.

use actix::Message as ActorMessage;

use super::log::Decision;
use super::operations::{Act, ActAnswer, Acted, Post};
use super::people::Members;
use super::{ChatError, Message};
use crate::delivery::{EncodedEvent, ItemChange};
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
    pub(super) post: Post,
    pub(super) reply: Reply<PostAnswer>,
}

/// The lane has decided a post.
#[derive(ActorMessage)]
#[rtype(result = "()")]
pub(super) struct PostSettled {
    pub(super) outcome: Outcome<Result<Decision, ChatError>>,
    pub(super) reply: Reply<PostAnswer>,
}

/// The answer to an act.
pub(super) type ActedAnswer = Result<(ActAnswer, Vec<ItemChange>), ChatError>;

/// A member wants to change a message or the group.
#[derive(ActorMessage)]
#[rtype(result = "()")]
pub(super) struct CarryOut {
    pub(super) act: Act,
    pub(super) reply: Reply<ActedAnswer>,
}

/// The lane has decided an act.
#[derive(ActorMessage)]
#[rtype(result = "()")]
pub(super) struct ActSettled {
    pub(super) outcome: Outcome<Result<Acted, ChatError>>,
    pub(super) reply: Reply<ActedAnswer>,
}

/// A member types, or stopped.
#[derive(ActorMessage)]
#[rtype(result = "()")]
pub(super) struct SetTyping {
    pub(super) user: UserId,
    pub(super) on: bool,
    pub(super) reply: Reply<Result<(), ChatError>>,
}

/// It was asked whether one of two people has blocked the other.
#[derive(ActorMessage)]
#[rtype(result = "()")]
pub(super) struct TypingLooked {
    /// None when the database did not tell.
    pub(super) blocked: Option<bool>,
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
    pub(super) members: Option<Members>,
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
