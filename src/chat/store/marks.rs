//! Read marks: many people's at once, in one statement.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, FromQueryResult};

use crate::db::{Db, Fault};
use crate::ids::{ConversationId, UserId};

#[derive(FromQueryResult)]
struct Raised {
    conversation_id: sea_orm::entity::prelude::Uuid,
    user_id: sea_orm::entity::prelude::Uuid,
    read_seq: i64,
}

/// Raises marks; none goes down, and none beyond the end of its log. Answers where each stands now; who is no member
/// is missing from the answer.
pub(in crate::chat) async fn raise_read_marks(
    db: &Db,
    wanted: &BTreeMap<(ConversationId, UserId), i64>,
) -> Result<BTreeMap<(ConversationId, UserId), i64>, Fault> {
    let update = db
        .sql()
        .text("WITH wanted (conversation_id, user_id, seq) AS (VALUES ")
        .padded_rows(
            wanted
                .iter()
                .map(|((conversation, user), seq)| [(*conversation).into(), (*user).into(), (*seq).into()]),
        )
        .text(
            ") UPDATE member SET read_seq = CASE \
               WHEN wanted.seq <= member.read_seq THEN member.read_seq \
               WHEN wanted.seq <= c.last_rev THEN wanted.seq \
               WHEN c.last_rev > member.read_seq THEN c.last_rev ELSE member.read_seq END \
             FROM wanted JOIN conversation c ON c.id = wanted.conversation_id \
             WHERE member.conversation_id = wanted.conversation_id AND member.user_id = wanted.user_id \
               AND member.until_seq IS NULL \
             RETURNING member.conversation_id, member.user_id, member.read_seq",
        )
        .build();
    let tx = db.begin().await?;
    let rows = tx.query_all_raw(update).await?;
    let mut raised = BTreeMap::new();
    for row in rows {
        let row = Raised::from_query_result(&row, "")?;
        raised.insert((row.conversation_id.into(), row.user_id.into()), row.read_seq);
    }
    tx.commit().await?;
    Ok(raised)
}
