//! What was found elsewhere, read as somebody may read it now.

use quipu_entity::message;
use sea_orm::{FromQueryResult, Value};

use super::rows;
use crate::chat::Message;
use crate::db::{Db, Fault};
use crate::ids::{ConversationId, UserId};

/// Those of these messages that a person may read now: as a member, not deleted for themselves, not recalled.
pub(in crate::chat) async fn messages_at(
    db: &Db,
    user: UserId,
    places: &[(ConversationId, i64)],
) -> Result<Vec<Message>, Fault> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let select = db
        .sql()
        .text(
            "SELECT x.* FROM message x JOIN member m ON m.conversation_id = x.conversation_id \
             AND m.until_seq IS NULL AND m.from_seq < x.seq AND m.user_id = ",
        )
        .bind(user)
        .text(" WHERE x.recalled_by IS NULL AND (x.conversation_id, x.seq) IN (VALUES ")
        .padded_rows(
            places
                .iter()
                .map(|(conversation, seq)| [Value::from(*conversation), (*seq).into()]),
        )
        .text(
            ") AND NOT EXISTS (SELECT 1 FROM hidden_message h WHERE h.user_id = m.user_id \
             AND h.conversation_id = x.conversation_id AND h.seq = x.seq)",
        )
        .build();
    let found = message::Model::find_by_statement(select).all(db.reader()).await?;
    Ok(found.into_iter().map(rows::message).collect())
}
