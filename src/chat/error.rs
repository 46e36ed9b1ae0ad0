//! Why chat refuses, and what that is on the wire.

use crate::db::Fault;
use crate::group_commit::Failure;
use crate::protocol::{Coded, ErrorCode, WireError};

/// A refusal of chat.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// Not a member, or there is no such conversation: a stranger learns no more.
    #[error("not a member")]
    NotAMember,
    /// These people cannot make up this conversation.
    #[error("members invalid")]
    MembersInvalid,
    /// Not a title.
    #[error("title invalid")]
    TitleInvalid,
    /// Nothing to see.
    #[error("text empty")]
    TextEmpty,
    /// It holds a character that no text has.
    #[error("text invalid")]
    TextInvalid,
    /// Too long.
    #[error("text over {most} bytes")]
    TextTooLong {
        /// The limit, in bytes.
        most: usize,
    },
    /// A query that is too long.
    #[error("query over {most} characters")]
    QueryTooLong {
        /// The limit, in characters.
        most: usize,
    },
    /// One of the two has blocked the other.
    #[error("blocked")]
    Blocked,
    /// The role does not allow it.
    #[error("the role forbids it")]
    RoleForbids,
    /// No message there that this person may see.
    #[error("message not found")]
    MessageNotFound,
    /// Not one's own words.
    #[error("not editable")]
    NotEditable,
    /// The time in which it could be done has passed.
    #[error("too late")]
    TooLate,
    /// It was recalled.
    #[error("recalled")]
    Recalled,
    /// Not words that may go elsewhere.
    #[error("not forwardable")]
    NotForwardable,
    /// Not an emoji.
    #[error("not an emoji")]
    EmojiInvalid,
    /// There are as many as there may be.
    #[error("too many {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
    },
    /// The owner of others leaves.
    #[error("the owner must hand over first")]
    OwnerMustHandOver,
    /// This person cannot be added or asked, for whatever reason.
    #[error("person unavailable")]
    PersonUnavailable {
        /// Who.
        user: crate::ids::UserId,
    },
    /// Nothing that this person could attach.
    #[error("attachment not found")]
    AttachmentNotFound,
    /// The pause between two messages has not passed.
    #[error("slow mode")]
    SlowMode {
        /// Milliseconds that are left.
        wait_ms: u64,
    },
    /// This kind of conversation has no such thing.
    #[error("wrong kind of conversation")]
    WrongKind,
    /// The id was used for something else.
    #[error("idempotency conflict")]
    IdempotencyConflict,
    /// The conversation's queue or the lane's is full.
    #[error("busy")]
    Busy,
    /// The batch failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<Fault> for ChatError {
    fn from(fault: Fault) -> Self {
        if fault.is_transient() {
            return Self::Busy;
        }
        if let Fault::Storage(reason) = &fault {
            tracing::error!(%reason, "the storage refused chat");
            return Self::Failed(Failure::Storage);
        }
        tracing::error!(error = %fault, "chat could not read");
        Self::Failed(Failure::Internal)
    }
}

impl Coded for ChatError {
    fn wire(&self) -> WireError {
        match self {
            Self::NotAMember => ErrorCode::NotAMember.into(),
            Self::MembersInvalid => WireError::new(ErrorCode::MembersInvalid).param("members"),
            Self::TitleInvalid => WireError::new(ErrorCode::TitleInvalid).param("title"),
            Self::TextEmpty => WireError::new(ErrorCode::TextEmpty).param("text"),
            Self::TextInvalid => WireError::new(ErrorCode::InvalidField)
                .param("text")
                .detail("reason", "the character U+0000"),
            Self::TextTooLong { most } => WireError::new(ErrorCode::TextTooLong)
                .param("text")
                .detail("most_bytes", *most),
            Self::QueryTooLong { most } => WireError::new(ErrorCode::InvalidField)
                .param("query")
                .detail("most", *most),
            Self::Blocked => ErrorCode::Blocked.into(),
            Self::RoleForbids => ErrorCode::ForbiddenRole.into(),
            Self::MessageNotFound => WireError::new(ErrorCode::MessageNotFound).param("seq"),
            Self::NotEditable => ErrorCode::NotEditable.into(),
            Self::TooLate => ErrorCode::TooLate.into(),
            Self::Recalled => ErrorCode::Recalled.into(),
            Self::NotForwardable => ErrorCode::NotForwardable.into(),
            Self::EmojiInvalid => WireError::new(ErrorCode::EmojiInvalid).param("emoji"),
            Self::TooMany { what } => WireError::new(ErrorCode::TooMany).detail("what", *what),
            Self::OwnerMustHandOver => ErrorCode::OwnerMustHandOver.into(),
            Self::PersonUnavailable { user } => {
                WireError::new(ErrorCode::PersonUnavailable).detail("user", user.to_string())
            }
            Self::SlowMode { wait_ms } => WireError::new(ErrorCode::SlowMode).retry_after_ms(*wait_ms),
            Self::AttachmentNotFound => WireError::new(ErrorCode::AttachmentNotFound).param("attachments"),
            Self::WrongKind => ErrorCode::WrongKind.into(),
            Self::IdempotencyConflict => WireError::new(ErrorCode::IdempotencyConflict).param("client_id"),
            Self::Busy | Self::Failed(Failure::Busy) => ErrorCode::Busy.into(),
            Self::Failed(Failure::Storage) => ErrorCode::StorageUnavailable.into(),
            Self::Failed(Failure::Unknown) => ErrorCode::OutcomeLost.into(),
            Self::Failed(Failure::Constraint(_) | Failure::Internal) => ErrorCode::Internal.into(),
        }
    }
}
