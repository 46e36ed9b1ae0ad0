//! Rows to values and back.

use quipu_entity::{attachment, attachment_part};

use crate::chat::attachments::attachment::{Attachment, AttachmentKind, PictureFacts};
use crate::chat::attachments::blobs::{BlobKey, Piece};
use crate::chat::attachments::name::FileName;
use crate::clock::Micros;

/// A size as the database holds it.
pub(super) fn number(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// The same back; the schema keeps them from being less than nothing.
fn size(bytes: i64) -> u64 {
    u64::try_from(bytes).unwrap_or(0)
}

pub(super) fn attachment(row: attachment::Model) -> Attachment {
    let side = |pixels: i64| u32::try_from(pixels).unwrap_or(0);
    let picture = match (
        row.width,
        row.height,
        row.preview_type,
        row.small_bytes,
        row.medium_bytes,
    ) {
        (Some(width), Some(height), Some(preview_type), Some(small), Some(medium)) => Some(PictureFacts {
            width: side(width),
            height: side(height),
            preview_type,
            small_bytes: size(small),
            medium_bytes: size(medium),
        }),
        _ => None,
    };
    Attachment {
        id: row.id.into(),
        owner: row.owner_id.into(),
        ready: row.state == READY,
        kind: AttachmentKind::from_code(row.kind),
        name: FileName::kept(row.name),
        media_type: row.media_type,
        bytes: size(row.bytes),
        received: size(row.received),
        parts: size(row.parts),
        picture,
        duration_ms: row.duration_ms,
        sha256: row.sha256,
        stored: size(row.stored),
        created_at: Micros(row.created_at),
    }
}

/// The state of an attachment that can be sent; 0 is one that is being uploaded.
pub(super) const READY: i16 = 1;

/// A part's name and how much is in it.
pub(super) fn part(row: &attachment_part::Model) -> (BlobKey, u64) {
    let piece = Piece::Part {
        start: size(row.start),
        nonce: size(row.nonce),
    };
    let key = BlobKey {
        attachment: row.attachment_id.into(),
        piece,
    };
    (key, size(row.bytes))
}
