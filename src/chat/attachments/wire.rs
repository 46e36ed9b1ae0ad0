//! Attachments as the wire shows them.

use super::{Attachment, Size};
use crate::protocol::{AttachmentView, UploadView};

/// An attachment as everybody sees it who may see it at all.
#[must_use]
pub fn attachment_view(attachment: &Attachment) -> AttachmentView {
    let picture = attachment.picture.as_ref();
    AttachmentView {
        id: attachment.id,
        kind: attachment.kind.as_str().to_owned(),
        name: attachment.name.as_str().to_owned(),
        media_type: attachment.media_type.clone(),
        bytes: attachment.bytes,
        width: picture.map(|picture| picture.width),
        height: picture.map(|picture| picture.height),
        duration_ms: attachment.duration_ms,
        sizes: picture.map(|_| {
            [Size::Small, Size::Medium]
                .map(|size| size.as_str().to_owned())
                .to_vec()
        }),
    }
}

/// How far an upload is, for whoever uploads.
#[must_use]
pub fn upload_view(attachment: &Attachment) -> UploadView {
    UploadView {
        id: attachment.id,
        offset: attachment.received,
        attachment: attachment.ready.then(|| attachment_view(attachment)),
    }
}
