//! Attachments on the wire: what is announced, how far an upload is, and what a message shows of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::AttachmentId;

/// `POST /api/v1/attachments`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct NewAttachment {
    /// What the file is called.
    pub name: String,
    /// How large it is.
    pub bytes: u64,
    /// `voice`, or absent.
    #[serde(default)]
    pub kind: Option<String>,
    /// How long a voice message lasts.
    #[serde(default)]
    pub duration_ms: Option<i64>,
}

/// What `GET /api/v1/attachments/{id}` may be asked beside.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AttachmentQuery {
    /// `small`, `medium`, or absent.
    #[serde(default)]
    pub size: Option<String>,
}

/// The answer to it.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct UploadBegun {
    /// The id.
    pub id: AttachmentId,
    /// Where to begin: 0.
    pub offset: u64,
    /// Bytes in one request at most.
    pub chunk_bytes: u64,
}

/// How far an upload is.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UploadView {
    /// The id.
    pub id: AttachmentId,
    /// Where to go on.
    pub offset: u64,
    /// The attachment, once it has come whole and was checked.
    pub attachment: Option<AttachmentView>,
}

/// An attachment, the same for everybody who may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttachmentView {
    /// The id.
    pub id: AttachmentId,
    /// `image`, `file` or `voice`.
    pub kind: String,
    /// What the file is called.
    pub name: String,
    /// What it is, by its content.
    pub media_type: String,
    /// How large it is.
    pub bytes: u64,
    /// Of an image, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Of an image, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Of a voice message, as its sender said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// The sizes that an image has beside its own: `small` and `medium`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sizes: Option<Vec<String>>,
}
