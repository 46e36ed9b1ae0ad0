//! What an upload changes: each step is one transaction, and the row alone says how far it is.

use quipu_entity::{attachment, attachment_part};

use super::rows::{self, READY, number};
use crate::chat::attachments::attachment::{Announced, Attachment, AttachmentKind, PictureFacts};
use crate::chat::attachments::blobs::{BlobKey, Piece};
use crate::chat::attachments::media::OPAQUE;
use crate::chat::attachments::name::FileName;
use crate::clock::Micros;
use crate::db::{Db, Fault, Source as _, Sql, Tx, from_row};
use crate::ids::{AttachmentId, UserId};

from_row!(attachment::Model {
    id,
    owner_id,
    state,
    kind,
    name,
    media_type,
    bytes,
    received,
    parts,
    width,
    height,
    duration_ms,
    sha256,
    preview_type,
    small_bytes,
    medium_bytes,
    stored,
    created_at,
    loose_since
});
from_row!(attachment_part::Model {
    attachment_id,
    start,
    bytes,
    nonce
});

/// Something that refers to an attachment.
struct Reference {
    #[expect(dead_code, reason = "that there is one says all")]
    seq: i64,
}

from_row!(Reference { seq });

/// A part that has come.
#[derive(Debug, Clone, Copy)]
pub(in crate::chat::attachments) struct Part {
    pub(in crate::chat::attachments) attachment: AttachmentId,
    pub(in crate::chat::attachments) start: u64,
    pub(in crate::chat::attachments) bytes: u64,
    /// 63 bits, as the database holds them.
    pub(in crate::chat::attachments) nonce: u64,
}

impl Part {
    /// The name of its bytes.
    pub(in crate::chat::attachments) const fn key(&self) -> BlobKey {
        BlobKey {
            attachment: self.attachment,
            piece: Piece::Part {
                start: self.start,
                nonce: self.nonce,
            },
        }
    }
}

/// What became of an upload.
#[derive(Debug, Clone)]
pub(in crate::chat::attachments) struct Ready {
    pub(in crate::chat::attachments) kind: AttachmentKind,
    pub(in crate::chat::attachments) name: FileName,
    pub(in crate::chat::attachments) media_type: String,
    pub(in crate::chat::attachments) bytes: u64,
    pub(in crate::chat::attachments) sha256: Vec<u8>,
    pub(in crate::chat::attachments) picture: Option<PictureFacts>,
}

impl Ready {
    /// All that is stored of it.
    fn stored(&self) -> u64 {
        let previews = |picture: &PictureFacts| picture.small_bytes + picture.medium_bytes;
        self.bytes + self.picture.as_ref().map_or(0, previews)
    }
}

/// Begins an upload, unless its owner would have more than `quota` bytes stored then. What was announced counts from
/// now on.
pub(in crate::chat::attachments) async fn begin(
    db: &Db,
    id: AttachmentId,
    owner: UserId,
    announced: &Announced,
    quota: Option<u64>,
    now: Micros,
) -> Result<bool, Fault> {
    let bytes = number(announced.bytes);
    let room = quota.map_or(i64::MAX, number).saturating_sub(bytes);
    if room < 0 {
        return Ok(false);
    }
    let tx = db.begin().await?;
    // One row a person, so that of many that begin at once each counts those before it.
    let take = db
        .sql()
        .text("INSERT INTO attachment_usage (owner_id, bytes) VALUES (")
        .bind(owner)
        .text(", ")
        .bind(bytes)
        .text(
            ") ON CONFLICT (owner_id) DO UPDATE SET bytes = attachment_usage.bytes + excluded.bytes \
             WHERE attachment_usage.bytes <= ",
        )
        .bind(room)
        .build();
    if tx.execute(take).await? == 0 {
        tx.rollback().await?;
        return Ok(false);
    }
    let kind = if announced.voice.is_some() {
        AttachmentKind::Voice
    } else {
        AttachmentKind::File
    };
    let insert = db
        .sql()
        .text(
            "INSERT INTO attachment (id, owner_id, state, kind, name, media_type, bytes, received, parts, duration_ms, \
             stored, created_at, loose_since) VALUES ",
        )
        .rows([[
            id.into(),
            owner.into(),
            0_i16.into(),
            kind.code().into(),
            announced.name.as_str().into(),
            OPAQUE.into(),
            bytes.into(),
            0_i64.into(),
            0_i64.into(),
            announced.voice.and_then(|voice| voice.duration_ms).into(),
            bytes.into(),
            now.0.into(),
            now.0.into(),
        ]])
        .build();
    tx.execute(insert).await?;
    tx.commit().await?;
    Ok(true)
}

/// Adds a part, whose bytes are kept already, if the upload is still where the part begins. Of two that were sent for
/// one place the database lets one in.
pub(in crate::chat::attachments) async fn add_part(
    db: &Db,
    owner: UserId,
    part: Part,
    now: Micros,
) -> Result<bool, Fault> {
    let tx = db.begin().await?;
    let advance = db
        .sql()
        .text("UPDATE attachment SET parts = parts + 1, received = received + ")
        .bind(number(part.bytes))
        .text(", loose_since = ")
        .bind(now.0)
        .text(" WHERE state = 0 AND id = ")
        .bind(part.attachment)
        .text(" AND owner_id = ")
        .bind(owner)
        .text(" AND received = ")
        .bind(number(part.start))
        .build();
    if tx.execute(advance).await? == 0 {
        tx.rollback().await?;
        return Ok(false);
    }
    let insert = db
        .sql()
        .text("INSERT INTO attachment_part (attachment_id, start, bytes, nonce) VALUES ")
        .rows([[
            part.attachment.into(),
            number(part.start).into(),
            number(part.bytes).into(),
            number(part.nonce).into(),
        ]])
        .build();
    tx.execute(insert).await?;
    tx.commit().await?;
    Ok(true)
}

/// Makes of an upload an attachment that can be sent, unless it is one already or has gone.
pub(in crate::chat::attachments) async fn finish(
    db: &Db,
    upload: &Attachment,
    ready: &Ready,
    now: Micros,
) -> Result<bool, Fault> {
    let stored = number(ready.stored());
    let tx = db.begin().await?;
    if tx.execute(finishing(db.sql(), upload, ready, now)).await? == 0 {
        tx.rollback().await?;
        return Ok(false);
    }
    forget_parts(&tx, db, upload.id).await?;
    count(&tx, db, upload.owner, stored - number(upload.stored)).await?;
    tx.commit().await?;
    Ok(true)
}

fn finishing(sql: Sql, upload: &Attachment, ready: &Ready, now: Micros) -> sea_orm::Statement {
    let picture = ready.picture.as_ref();
    let of = |value: fn(&PictureFacts) -> i64| picture.map(value);
    let bytes = number(ready.bytes);
    sql.text("UPDATE attachment SET state = ")
        .bind(READY)
        .text(", kind = ")
        .bind(ready.kind.code())
        .text(", name = ")
        .bind(ready.name.as_str())
        .text(", media_type = ")
        .bind(ready.media_type.as_str())
        .text(", bytes = ")
        .bind(bytes)
        .text(", received = ")
        .bind(bytes)
        .text(", sha256 = ")
        .bind(ready.sha256.clone())
        .text(", width = ")
        .bind(of(|picture| picture.width.into()))
        .text(", height = ")
        .bind(of(|picture| picture.height.into()))
        .text(", preview_type = ")
        .bind(picture.map(|picture| picture.preview_type.clone()))
        .text(", small_bytes = ")
        .bind(of(|picture| number(picture.small_bytes)))
        .text(", medium_bytes = ")
        .bind(of(|picture| number(picture.medium_bytes)))
        .text(", stored = ")
        .bind(number(ready.stored()))
        .text(", loose_since = ")
        .bind(now.0)
        .text(" WHERE state = 0 AND id = ")
        .bind(upload.id)
        .build()
}

/// What an attempt to remove an attachment came to.
#[derive(Debug)]
pub(in crate::chat::attachments) enum Removal {
    /// It is gone; these parts of an upload may still be kept under their names.
    Removed(Vec<BlobKey>),
    /// There is none.
    Missing,
    /// A message has it.
    Sent,
}

/// Removes an attachment that no message has: of its owner, or with `loose_before` one that none has had since then.
pub(in crate::chat::attachments) async fn remove(
    db: &Db,
    id: AttachmentId,
    owner: Option<UserId>,
    loose_before: Micros,
) -> Result<Removal, Fault> {
    let tx = db.begin().await?;
    // Whoever sends it at this moment locks the same row first or finds none; what refers to it is asked afterwards.
    let lock = db
        .sql()
        .text("SELECT * FROM attachment WHERE id = ")
        .bind(id)
        .postgres(" FOR UPDATE")
        .build();
    let found = tx.one::<attachment::Model>(lock).await?;
    let found = found.filter(|row| match owner {
        Some(owner) => row.owner_id == owner.uuid(),
        None => row.loose_since.is_some_and(|since| since < loose_before.0),
    });
    let Some(found) = found else {
        tx.rollback().await?;
        return Ok(Removal::Missing);
    };
    let sent = db
        .sql()
        .text("SELECT seq FROM attachment_ref WHERE attachment_id = ")
        .bind(id)
        .text(" LIMIT 1")
        .build();
    if tx.one::<Reference>(sent).await?.is_some() {
        tx.rollback().await?;
        return Ok(Removal::Sent);
    }
    let parts = db
        .sql()
        .text("SELECT * FROM attachment_part WHERE attachment_id = ")
        .bind(id)
        .build();
    let parts = tx.all::<attachment_part::Model>(parts).await?;
    forget_parts(&tx, db, id).await?;
    let delete = db.sql().text("DELETE FROM attachment WHERE id = ").bind(id).build();
    tx.execute(delete).await?;
    count(&tx, db, found.owner_id.into(), -found.stored).await?;
    tx.commit().await?;
    Ok(Removal::Removed(parts.iter().map(|row| rows::part(row).0).collect()))
}

async fn forget_parts(tx: &Tx, db: &Db, id: AttachmentId) -> Result<(), Fault> {
    let delete = db
        .sql()
        .text("DELETE FROM attachment_part WHERE attachment_id = ")
        .bind(id)
        .build();
    tx.execute(delete).await?;
    Ok(())
}

/// Changes what a person has stored.
async fn count(tx: &Tx, db: &Db, owner: UserId, by: i64) -> Result<(), Fault> {
    let change = db
        .sql()
        .text("UPDATE attachment_usage SET bytes = bytes + ")
        .bind(by)
        .text(" WHERE owner_id = ")
        .bind(owner)
        .build();
    tx.execute(change).await?;
    Ok(())
}
