//! What nothing needs any more.

use std::collections::HashSet;

use quipu_entity::{attachment, attachment_part};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};

use super::rows::{self, READY};
use crate::chat::attachments::blobs::{BlobKey, Piece};
use crate::clock::Micros;
use crate::db::{Db, Fault};
use crate::ids::AttachmentId;

/// Attachments, uploads that were never finished among them, that no message has had since before a time.
pub(in crate::chat::attachments) async fn loose(
    db: &Db,
    before: Micros,
    limit: i64,
) -> Result<Vec<AttachmentId>, Fault> {
    let select = db
        .sql()
        .text("SELECT a.id FROM attachment a WHERE a.loose_since IS NOT NULL AND a.loose_since < ")
        .bind(before.0)
        .text(
            " AND NOT EXISTS (SELECT 1 FROM attachment_ref r WHERE r.attachment_id = a.id) ORDER BY a.loose_since LIMIT ",
        )
        .bind(limit)
        .build();
    let mut ids = Vec::new();
    for row in db.reader().query_all_raw(select).await? {
        let id: sea_orm::entity::prelude::Uuid = row.try_get("", "id")?;
        ids.push(id.into());
    }
    Ok(ids)
}

/// Of these names, those under which something is still needed: all sizes of what is ready, and the parts that an upload
/// counts. Of an upload that is just becoming ready its sizes as well.
pub(in crate::chat::attachments) async fn keys_in_use(db: &Db, keys: &[BlobKey]) -> Result<HashSet<BlobKey>, Fault> {
    if keys.is_empty() {
        return Ok(HashSet::new());
    }
    let ids = || keys.iter().map(|key| [Value::from(key.attachment)]);
    let parts = db
        .sql()
        .text("SELECT * FROM attachment_part WHERE (attachment_id) IN (VALUES ")
        .padded_rows(ids())
        .text(")")
        .build();
    let parts = attachment_part::Model::find_by_statement(parts)
        .all(db.reader())
        .await?;
    let parts: HashSet<_> = parts.iter().map(|row| rows::part(row).0).collect();
    // Read after the parts: what became ready in between has its sizes, and its parts are found by the next look.
    let rows = db
        .sql()
        .text("SELECT * FROM attachment WHERE (id) IN (VALUES ")
        .padded_rows(ids())
        .text(")")
        .build();
    let rows = attachment::Model::find_by_statement(rows).all(db.reader()).await?;
    let standing: HashSet<AttachmentId> = rows.iter().map(|row| row.id.into()).collect();
    let pictures: HashSet<AttachmentId> = rows
        .iter()
        .filter(|row| row.state != READY || row.width.is_some())
        .map(|row| row.id.into())
        .collect();
    let is_used = |key: &&BlobKey| match key.piece {
        Piece::Full => standing.contains(&key.attachment),
        Piece::Small | Piece::Medium => pictures.contains(&key.attachment),
        Piece::Part { .. } => parts.contains(key),
    };
    Ok(keys.iter().filter(is_used).copied().collect())
}
