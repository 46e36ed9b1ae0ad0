//! Why an attachment is refused, and what that is on the wire.

use super::blobs::BlobError;
use crate::db::Fault;
use crate::protocol::{Coded, ErrorCode, WireError};

/// A refusal of the attachments.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttachmentError {
    /// There is none, or the caller may not have it: a stranger learns no more.
    #[error("no such attachment")]
    NotFound,
    /// A field has a value that it cannot have.
    #[error("{param}: {reason}")]
    Field {
        /// Which.
        param: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// Over a limit.
    #[error("over {setting}, which is {most}")]
    TooLarge {
        /// The setting that bounds it.
        setting: &'static str,
        /// What the setting allows.
        most: u64,
    },
    /// Its content is not what it is sent as, or it cannot be read.
    #[error("the content is refused: {0}")]
    Content(&'static str),
    /// The upload is at another place than the caller thought.
    #[error("the upload is at {offset}")]
    Conflict {
        /// Where it is.
        offset: u64,
    },
    /// It stands in a message.
    #[error("it was sent")]
    Sent,
    /// There is no room or no connection for it now.
    #[error("busy")]
    Busy,
    /// The storage takes nothing, or does not give back what it has.
    #[error("the storage refuses")]
    Storage,
    /// A fault of ours.
    #[error("internal fault")]
    Internal,
}

impl AttachmentError {
    pub(super) const fn field(param: &'static str, reason: &'static str) -> Self {
        Self::Field { param, reason }
    }
}

impl From<Fault> for AttachmentError {
    fn from(fault: Fault) -> Self {
        if fault.is_transient() {
            return Self::Busy;
        }
        tracing::error!(error = %fault, "the database refused attachments");
        match fault {
            Fault::Storage(_) => Self::Storage,
            _ => Self::Internal,
        }
    }
}

impl From<BlobError> for AttachmentError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::TooMuch { most } => Self::TooLarge {
                setting: "attachments.max_bytes",
                most,
            },
            BlobError::Missing => {
                tracing::error!("the bytes of an attachment are missing");
                Self::Storage
            }
            BlobError::Storage(reason) => {
                tracing::error!(reason, "the bytes of an attachment could not be kept or read");
                Self::Storage
            }
        }
    }
}

impl Coded for AttachmentError {
    fn wire(&self) -> WireError {
        match self {
            Self::NotFound => ErrorCode::AttachmentNotFound.into(),
            Self::Field { param, reason } => WireError::new(ErrorCode::InvalidField)
                .param(*param)
                .detail("reason", *reason),
            Self::TooLarge { setting, most } => WireError::new(ErrorCode::AttachmentTooLarge)
                .detail("setting", *setting)
                .detail("most", *most),
            Self::Content(reason) => WireError::new(ErrorCode::AttachmentType).detail("reason", *reason),
            Self::Conflict { offset } => WireError::new(ErrorCode::UploadConflict).detail("offset", *offset),
            Self::Sent => WireError::new(ErrorCode::UploadConflict).detail("reason", "it stands in a message"),
            Self::Busy => ErrorCode::Busy.into(),
            Self::Storage => ErrorCode::StorageUnavailable.into(),
            Self::Internal => ErrorCode::Internal.into(),
        }
    }
}
