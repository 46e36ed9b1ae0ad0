//! What people attach to messages: uploaded in parts, judged by its content, kept as bytes elsewhere, given to those who
//! may read a message that has it.

mod attachment;
mod blobs;
mod collect;
mod error;
mod loaded;
mod media;
mod name;
mod picture;
mod service;
mod store;
mod studio;
mod upload;
mod wire;

#[cfg(test)]
mod tests;

pub use attachment::{Announced, Attachment, AttachmentKind, PictureFacts, Size, Voice};
pub use blobs::{BlobError, BlobKey, BlobStore, FolderBlobs, Kept, ListPage, Listed, Piece, Pieces};
pub use error::AttachmentError;
pub use loaded::{FOR_EVERY_MEMBER, Loaded};
pub use name::FileName;
pub use service::{AttachmentRules, Attachments, CHUNK_BYTES, Opened};
pub use store::{AttachmentBatch, of_messages};
pub use wire::{attachment_view, upload_view};
