//! What is read of attachments outside of a commit.

use std::collections::HashMap;

use quipu_entity::{attachment, attachment_part};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult};

use super::rows::{self, READY};
use crate::chat::attachments::attachment::Attachment;
use crate::chat::attachments::blobs::BlobKey;
use crate::db::{Db, Fault};
use crate::ids::{AttachmentId, ConversationId, UserId};

/// An attachment, whoever asks.
pub(in crate::chat::attachments) async fn find(db: &Db, id: AttachmentId) -> Result<Option<Attachment>, Fault> {
    let row = attachment::Entity::find_by_id(id.uuid()).one(db.reader()).await?;
    Ok(row.map(rows::attachment))
}

/// An attachment that is ready, if this person may have it: its owner, and whoever is a member now of a conversation and
/// may read there a message that has it.
pub(in crate::chat::attachments) async fn readable(
    db: &Db,
    id: AttachmentId,
    user: UserId,
) -> Result<Option<Attachment>, Fault> {
    let select = db
        .sql()
        .text("SELECT a.* FROM attachment a WHERE a.id = ")
        .bind(id)
        .text(" AND a.state = ")
        .bind(READY)
        .text(" AND (a.owner_id = ")
        .bind(user)
        .text(
            " OR EXISTS (SELECT 1 FROM attachment_ref r \
             JOIN member m ON m.conversation_id = r.conversation_id AND m.until_seq IS NULL AND m.from_seq < r.seq \
             WHERE r.attachment_id = a.id AND m.user_id = ",
        )
        .bind(user)
        .text("))")
        .build();
    let row = attachment::Model::find_by_statement(select).one(db.reader()).await?;
    Ok(row.map(rows::attachment))
}

/// The parts of an upload, in order.
pub(in crate::chat::attachments) async fn parts(db: &Db, id: AttachmentId) -> Result<Vec<(BlobKey, u64)>, Fault> {
    let select = db
        .sql()
        .text("SELECT * FROM attachment_part WHERE attachment_id = ")
        .bind(id)
        .text(" ORDER BY start")
        .build();
    let rows = attachment_part::Model::find_by_statement(select)
        .all(db.reader())
        .await?;
    Ok(rows.iter().map(rows::part).collect())
}

/// The attachments of messages, each in the order in which its sender put them. Who may read the messages is decided
/// before.
///
/// # Errors
/// What the database said.
pub async fn of_messages(
    db: &Db,
    messages: &[(ConversationId, i64)],
) -> Result<HashMap<(ConversationId, i64), Vec<Attachment>>, Fault> {
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    if messages.is_empty() {
        return Ok(found);
    }
    let select = db
        .sql()
        .text(
            "SELECT r.conversation_id, r.seq, a.* FROM attachment_ref r JOIN attachment a ON a.id = r.attachment_id \
             WHERE (r.conversation_id, r.seq) IN (VALUES ",
        )
        .padded_rows(
            messages
                .iter()
                .map(|(conversation, seq)| [(*conversation).into(), (*seq).into()]),
        )
        .text(") ORDER BY r.conversation_id, r.seq, r.place")
        .build();
    for row in db.reader().query_all_raw(select).await? {
        let conversation: sea_orm::entity::prelude::Uuid = row.try_get("", "conversation_id")?;
        let seq: i64 = row.try_get("", "seq")?;
        let attachment = rows::attachment(attachment::Model::from_query_result(&row, "")?);
        found.entry((conversation.into(), seq)).or_default().push(attachment);
    }
    Ok(found)
}
