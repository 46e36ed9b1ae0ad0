//! The door of attachments: uploads, and what is given to those who may have it.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::AttachmentError;
use super::attachment::{Announced, Attachment, AttachmentKind, Size};
use super::blobs::{BlobError, BlobKey, BlobStore, Pieces};
use super::media::OPAQUE;
use super::name::FileName;
use super::picture::PictureLimits;
use super::store::{self, Removal};
use super::studio::Studio;
use crate::clock::{Clock, Micros};
use crate::db::Db;
use crate::ids::{AttachmentId, UserId};

/// Bytes that one request brings at most: what is lost at worst when a connection breaks.
pub const CHUNK_BYTES: u64 = 1 << 20;

/// What bounds attachments.
#[derive(Debug, Clone, Copy)]
pub struct AttachmentRules {
    /// Bytes of one at most.
    pub max_bytes: u64,
    /// Width times height of a picture at most.
    pub max_pixels: u64,
    /// Bytes that one person has stored at most; none is unlimited.
    pub quota_bytes: Option<u64>,
    /// How long what no message has is kept.
    pub orphan_age: Duration,
    /// Pictures made anew at once.
    pub pictures_at_once: usize,
}

/// Attachments on this node. Clones share everything.
#[derive(Clone)]
pub struct Attachments {
    pub(super) db: Db,
    pub(super) blobs: Arc<dyn BlobStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) studio: Studio,
    pub(super) rules: AttachmentRules,
}

/// An attachment that somebody may have, in one of its sizes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    key: BlobKey,
    /// How large it is.
    pub bytes: u64,
    /// What it is served as. A file is never served as what a browser might draw or run.
    pub media_type: String,
    /// What its content is known by.
    pub tag: String,
    /// What it is called.
    pub name: FileName,
    /// Whether a page may show or play it.
    pub is_inline: bool,
}

impl Attachments {
    /// Attachments whose rows are in this database and whose bytes in this store.
    #[must_use]
    pub fn new(db: Db, blobs: Arc<dyn BlobStore>, clock: Arc<dyn Clock>, rules: AttachmentRules) -> Self {
        let limits = PictureLimits {
            pixels: rules.max_pixels,
            bytes: rules.max_bytes,
        };
        Self {
            studio: Studio::new(rules.pictures_at_once, limits),
            db,
            blobs,
            clock,
            rules,
        }
    }

    /// Bytes of one attachment at most.
    #[must_use]
    pub const fn max_bytes(&self) -> u64 {
        self.rules.max_bytes
    }

    /// Begins an upload.
    ///
    /// # Errors
    /// [`AttachmentError::TooLarge`] when its owner would have too much stored.
    pub async fn begin(&self, owner: UserId, announced: Announced) -> Result<AttachmentId, AttachmentError> {
        let (id, db, now, quota) = (
            AttachmentId::fresh(),
            self.db.clone(),
            self.clock.now(),
            self.rules.quota_bytes,
        );
        self.db
            .run(async move {
                if store::begin(&db, id, owner, &announced, quota, now).await? {
                    return Ok(id);
                }
                Err(AttachmentError::TooLarge {
                    setting: "attachments.quota_bytes",
                    most: quota.unwrap_or(u64::MAX),
                })
            })
            .await
    }

    /// Adds to an upload, where it is: `body` begins at `offset`. When all has come, it is checked. A body that ends
    /// early counts as far as it came.
    ///
    /// # Errors
    /// [`AttachmentError::Conflict`] when the upload is elsewhere, and whatever an attachment may be refused by; an
    /// upload whose content is refused is over.
    pub async fn append(
        &self,
        owner: UserId,
        id: AttachmentId,
        offset: u64,
        body: Pieces,
    ) -> Result<Attachment, AttachmentError> {
        let this = self.clone();
        // It goes on when the caller's connection breaks: what came is kept.
        let appended = async move { this.append_here(owner, id, offset, body).await };
        self.db.run(appended).await
    }

    /// How far an own upload is, or what has become of it.
    ///
    /// # Errors
    /// [`AttachmentError::NotFound`].
    pub async fn upload(&self, owner: UserId, id: AttachmentId) -> Result<Attachment, AttachmentError> {
        let this = self.clone();
        self.db.run(async move { this.own(owner, id).await }).await
    }

    /// Removes an own attachment that was not sent.
    ///
    /// # Errors
    /// [`AttachmentError::NotFound`], or [`AttachmentError::Sent`] when a message has it.
    pub async fn remove(&self, owner: UserId, id: AttachmentId) -> Result<(), AttachmentError> {
        let this = self.clone();
        self.db
            .run(async move {
                match store::remove(&this.db, id, Some(owner), Micros(i64::MAX)).await? {
                    Removal::Removed(parts) => {
                        this.forget_bytes(id, parts).await;
                        Ok(())
                    }
                    Removal::Missing => Err(AttachmentError::NotFound),
                    Removal::Sent => Err(AttachmentError::Sent),
                }
            })
            .await
    }

    /// An attachment for somebody who may have it: its owner, and whoever may read a message that has it.
    ///
    /// # Errors
    /// [`AttachmentError::NotFound`], whether there is none, this person may not have it, or it has no such size.
    pub async fn open(&self, user: UserId, id: AttachmentId, size: Size) -> Result<Opened, AttachmentError> {
        let db = self.db.clone();
        let found = self.db.run(async move { store::readable(&db, id, user).await });
        let found = found.await.map_err(AttachmentError::from)?;
        found
            .and_then(|found| opened(found, size))
            .ok_or(AttachmentError::NotFound)
    }

    /// The bytes of a range of what was opened.
    ///
    /// # Errors
    /// [`AttachmentError::NotFound`] when the bytes are lost, which no retry brings back; [`AttachmentError::Storage`].
    pub async fn read(&self, opened: &Opened, range: Range<u64>) -> Result<Pieces, AttachmentError> {
        self.blobs.get(opened.key, range).await.map_err(|error| match error {
            BlobError::Missing => {
                tracing::error!(key = %opened.key, "the bytes of an attachment are lost");
                AttachmentError::NotFound
            }
            other => other.into(),
        })
    }

    pub(super) async fn own(&self, owner: UserId, id: AttachmentId) -> Result<Attachment, AttachmentError> {
        let found = store::find(&self.db, id).await?;
        let found = found.filter(|found| found.owner == owner);
        found.ok_or(AttachmentError::NotFound)
    }

    /// Forgets the bytes of a row that is gone. What stays behind here is found by the next sweep.
    pub(super) async fn forget_bytes(&self, id: AttachmentId, parts: Vec<BlobKey>) {
        let sizes = [Size::Full, Size::Small, Size::Medium].map(|size| BlobKey::of(id, size));
        for key in parts.into_iter().chain(sizes) {
            if let Err(error) = self.blobs.delete(key).await {
                tracing::warn!(%key, %error, "the bytes of an attachment that is gone stay behind for now");
            }
        }
    }
}

fn opened(found: Attachment, size: Size) -> Option<Opened> {
    let bytes = found.bytes_of(size)?;
    let sha256 = hex::encode(found.sha256.as_deref()?);
    let (media_type, name) = match (size, found.picture) {
        (Size::Full, _) if found.kind == AttachmentKind::File => (OPAQUE.to_owned(), found.name),
        (Size::Small | Size::Medium, Some(picture)) => {
            let ending = if picture.preview_type == "image/png" {
                "png"
            } else {
                "jpg"
            };
            (picture.preview_type, found.name.with_ending(&[ending]))
        }
        _ => (found.media_type, found.name),
    };
    Some(Opened {
        key: BlobKey::of(found.id, size),
        bytes,
        media_type,
        // The sizes follow from the picture.
        tag: match size {
            Size::Full => sha256,
            Size::Small | Size::Medium => format!("{sha256}.{}", size.as_str()),
        },
        name,
        is_inline: found.kind != AttachmentKind::File,
    })
}
