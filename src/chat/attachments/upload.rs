//! How an upload goes on, and what becomes of it when all has come. Bytes are kept before a row speaks of them.

use futures_util::stream::{StreamExt, TryStreamExt};

use super::AttachmentError;
use super::attachment::{Attachment, AttachmentKind, PictureFacts, Size};
use super::blobs::{BlobError, BlobKey, Pieces, joined, whole};
use super::media::{self, HEAD_BYTES};
use super::picture::{Encoded, Format};
use super::service::{Attachments, CHUNK_BYTES};
use super::store::{self, Part, Ready, Removal};
use crate::clock::Micros;
use crate::ids::{AttachmentId, UserId};

/// How many times as many parts as need be an upload may have: connections break, and what came is kept.
const PARTS_FACTOR: u64 = 4;
/// And so many on top.
const PARTS_SPARE: u64 = 64;

impl Attachments {
    pub(super) async fn append_here(
        &self,
        owner: UserId,
        id: AttachmentId,
        offset: u64,
        body: Pieces,
    ) -> Result<Attachment, AttachmentError> {
        let mut upload = self.own(owner, id).await?;
        if upload.received != offset {
            return Err(AttachmentError::Conflict {
                offset: upload.received,
            });
        }
        if upload.ready {
            return Ok(upload);
        }
        if upload.received < upload.bytes {
            upload = self.add(upload, body).await?;
        }
        if upload.received < upload.bytes {
            return Ok(upload);
        }
        self.finish(upload).await
    }

    /// Keeps a part and lets the upload count it.
    async fn add(&self, mut upload: Attachment, body: Pieces) -> Result<Attachment, AttachmentError> {
        if upload.parts >= PARTS_FACTOR * upload.bytes.div_ceil(CHUNK_BYTES) + PARTS_SPARE {
            return Err(AttachmentError::field("body", "it comes in too many small parts"));
        }
        let left = upload.bytes - upload.received;
        let room = left.min(CHUNK_BYTES);
        let mut part = Part {
            attachment: upload.id,
            start: upload.received,
            bytes: 0,
            nonce: rand::random::<u64>() >> 1,
        };
        let kept = self.blobs.put(part.key(), bounded(body, room)).await;
        part.bytes = kept
            .map_err(|error| match error {
                BlobError::TooMuch { most } => AttachmentError::TooLarge {
                    setting: if left <= CHUNK_BYTES { "bytes" } else { "chunk_bytes" },
                    most,
                },
                other => other.into(),
            })?
            .bytes;
        // What a commit of unknown outcome did is not known here, so a part stays behind it; a sweep finds it should
        // nobody count it.
        let counted = part.bytes > 0 && store::add_part(&self.db, upload.owner, part, self.clock.now()).await?;
        if counted {
            upload.received += part.bytes;
            upload.parts += 1;
            return Ok(upload);
        }
        self.forget_part(part.key()).await;
        let upload = self.own(upload.owner, upload.id).await?;
        if upload.received == part.start {
            return Ok(upload);
        }
        Err(AttachmentError::Conflict {
            offset: upload.received,
        })
    }

    async fn forget_part(&self, key: BlobKey) {
        if let Err(error) = self.blobs.delete(key).await {
            tracing::warn!(%key, %error, "a part that nobody counts stays behind for now");
        }
    }

    /// Judges what has come whole. What is refused is gone; of two that do this at once both are told the same.
    async fn finish(&self, upload: Attachment) -> Result<Attachment, AttachmentError> {
        let parts = store::parts(&self.db, upload.id).await?;
        let made = self.make(&upload, &parts).await;
        let refused = match made {
            Ok(ready) => {
                if store::finish(&self.db, &upload, &ready, self.clock.now()).await? {
                    for (key, _) in parts {
                        self.forget_part(key).await;
                    }
                }
                None
            }
            Err(error) => Some(error),
        };
        // Somebody else may have made it ready meanwhile, or taken it away.
        let now = self.own(upload.owner, upload.id).await;
        match (refused, now) {
            (_, Ok(now)) if now.ready => Ok(now),
            (None, Ok(_)) => Err(AttachmentError::Internal),
            (None, Err(gone)) => {
                self.forget_bytes(upload.id, Vec::new()).await;
                Err(gone)
            }
            (Some(refusal), _) => {
                if matches!(refusal, AttachmentError::Content(_) | AttachmentError::TooLarge { .. }) {
                    self.give_up(&upload).await?;
                }
                Err(refusal)
            }
        }
    }

    async fn give_up(&self, upload: &Attachment) -> Result<(), AttachmentError> {
        let removal = store::remove(&self.db, upload.id, Some(upload.owner), Micros(i64::MAX)).await?;
        if let Removal::Removed(parts) = removal {
            self.forget_bytes(upload.id, parts).await;
        }
        Ok(())
    }

    /// Keeps what will be served, and says what it is.
    async fn make(&self, upload: &Attachment, parts: &[(BlobKey, u64)]) -> Result<Ready, AttachmentError> {
        let head = self.head(parts).await?;
        if upload.kind == AttachmentKind::Voice {
            let found = media::voice(&head);
            let media_type = found.ok_or(AttachmentError::Content("this is no voice message that can be played"))?;
            return self
                .keep_as_it_is(upload, parts, AttachmentKind::Voice, media_type)
                .await;
        }
        match media::picture(&head) {
            Some(format) => self.keep_picture(upload, parts, format).await,
            None => {
                let media_type = media::file(&head);
                self.keep_as_it_is(upload, parts, AttachmentKind::File, media_type)
                    .await
            }
        }
    }

    /// The first bytes.
    async fn head(&self, parts: &[(BlobKey, u64)]) -> Result<Vec<u8>, AttachmentError> {
        let mut pieces = joined(self.blobs.clone(), parts.to_vec());
        let most = usize::try_from(HEAD_BYTES).unwrap_or(usize::MAX);
        let mut head = Vec::new();
        while head.len() < most
            && let Some(piece) = pieces.try_next().await?
        {
            head.extend_from_slice(&piece[..piece.len().min(most - head.len())]);
        }
        Ok(head)
    }

    async fn keep_as_it_is(
        &self,
        upload: &Attachment,
        parts: &[(BlobKey, u64)],
        kind: AttachmentKind,
        media_type: &str,
    ) -> Result<Ready, AttachmentError> {
        let body = joined(self.blobs.clone(), parts.to_vec());
        let kept = self.blobs.put(BlobKey::of(upload.id, Size::Full), body).await?;
        if kept.bytes != upload.bytes {
            tracing::error!(id = %upload.id, "the parts of an upload are not the whole of it");
            return Err(AttachmentError::Internal);
        }
        Ok(Ready {
            kind,
            name: upload.name.clone(),
            media_type: media_type.to_owned(),
            bytes: kept.bytes,
            sha256: kept.sha256,
            picture: None,
        })
    }

    async fn keep_picture(
        &self,
        upload: &Attachment,
        parts: &[(BlobKey, u64)],
        format: Format,
    ) -> Result<Ready, AttachmentError> {
        let body = joined(self.blobs.clone(), parts.to_vec());
        let bytes = async {
            let mut bytes = Vec::with_capacity(usize::try_from(upload.bytes).unwrap_or(0));
            let mut body = body;
            while let Some(piece) = body.try_next().await? {
                bytes.extend_from_slice(&piece);
            }
            Ok(bytes)
        };
        let made = self.studio.remake(format, bytes).await?;
        let name = upload.name.with_ending(made.full.endings());
        let (media_type, preview_type) = (made.full.media_type.to_owned(), made.small.media_type.to_owned());
        let full = self.keep_size(upload.id, Size::Full, made.full).await?;
        let medium = self.keep_size(upload.id, Size::Medium, made.medium).await?;
        let small = self.keep_size(upload.id, Size::Small, made.small).await?;
        Ok(Ready {
            kind: AttachmentKind::Image,
            name,
            media_type,
            bytes: full.bytes,
            sha256: full.sha256,
            picture: Some(PictureFacts {
                width: made.width,
                height: made.height,
                preview_type,
                small_bytes: small.bytes,
                medium_bytes: medium.bytes,
            }),
        })
    }

    async fn keep_size(
        &self,
        id: AttachmentId,
        size: Size,
        picture: Encoded,
    ) -> Result<super::blobs::Kept, AttachmentError> {
        Ok(self.blobs.put(BlobKey::of(id, size), whole(picture.bytes)).await?)
    }
}

/// A body that ends in an error once it is longer than there is room for.
fn bounded(body: Pieces, most: u64) -> Pieces {
    body.scan(0_u64, move |came, piece| {
        let piece = piece.and_then(|piece| {
            *came += piece.len() as u64;
            if *came > most {
                Err(BlobError::TooMuch { most })
            } else {
                Ok(piece)
            }
        });
        std::future::ready(Some(piece))
    })
    .boxed()
}
