//! Who is a member now.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::FromQueryResult;
use sea_orm::entity::prelude::Uuid;

use crate::clock::Micros;
use crate::db::{Db, Fault};
use crate::delivery::CHANNEL_MEMBERS;
use crate::ids::{ConversationId, UserId};

/// Somebody who is a member now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chat) struct Present {
    pub(in crate::chat) user: UserId,
    /// Up to here they may not read.
    pub(in crate::chat) from_seq: i64,
    /// Since when.
    pub(in crate::chat) joined_at: Micros,
}

#[derive(FromQueryResult)]
struct PresentRow {
    user_id: Uuid,
    from_seq: i64,
    joined_at: i64,
}

/// Everybody who is a member now, in the order of their ids.
pub(in crate::chat) async fn members(db: &Db, conversation: ConversationId) -> Result<Vec<Present>, Fault> {
    let select = db
        .sql()
        .text("SELECT user_id, from_seq, joined_at FROM member WHERE until_seq IS NULL AND conversation_id = ")
        .bind(conversation)
        .text(" ORDER BY user_id")
        .build();
    let rows = PresentRow::find_by_statement(select).all(db.reader()).await?;
    let present = rows.into_iter().map(|row| Present {
        user: row.user_id.into(),
        from_seq: row.from_seq,
        joined_at: Micros(row.joined_at),
    });
    Ok(present.collect())
}

#[derive(FromQueryResult)]
struct LargeRow {
    conversation_id: Uuid,
}

/// The conversations of a person that have a channel of their own between the nodes.
pub fn large_conversations(db: Db, user: UserId) -> BoxFuture<'static, Result<Vec<ConversationId>, Fault>> {
    async move {
        let select = db
            .sql()
            .text(
                "SELECT m.conversation_id FROM member m JOIN conversation c ON c.id = m.conversation_id \
                 WHERE m.until_seq IS NULL AND m.user_id = ",
            )
            .bind(user)
            .text(" AND c.member_count > ")
            .bind(i64::try_from(CHANNEL_MEMBERS).unwrap_or(i64::MAX))
            .build();
        let rows = LargeRow::find_by_statement(select).all(db.reader()).await?;
        Ok(rows.into_iter().map(|row| row.conversation_id.into()).collect())
    }
    .boxed()
}
