//! Read marks: many people's at once, in one statement.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, FromQueryResult};

use crate::db::{Db, Fault};
use crate::ids::{ConversationId, UserId};

#[derive(FromQueryResult)]
struct Standing {
    conversation_id: sea_orm::entity::prelude::Uuid,
    user_id: sea_orm::entity::prelude::Uuid,
    read_seq: i64,
}

/// Where a mark stands, and whether it was raised just now.
#[derive(Debug, Clone, Copy)]
pub(in crate::chat) struct Mark {
    pub(in crate::chat) seq: i64,
    pub(in crate::chat) raised: bool,
}

/// Marks by conversation and person.
pub(in crate::chat) type Marks = BTreeMap<(ConversationId, UserId), Mark>;

/// Raises marks; none goes down, and none beyond the end of its log. Answers where each stands now; who is no member
/// is missing from the answer.
pub(in crate::chat) async fn raise_read_marks(
    db: &Db,
    wanted: &BTreeMap<(ConversationId, UserId), i64>,
) -> Result<Marks, Fault> {
    let update = db
        .sql()
        .text("WITH wanted (conversation_id, user_id, seq) AS (VALUES ")
        .padded_rows(
            wanted
                .iter()
                .map(|((conversation, user), seq)| [(*conversation).into(), (*user).into(), (*seq).into()]),
        )
        .text(
            ") UPDATE member SET read_seq = CASE WHEN wanted.seq < c.last_rev THEN wanted.seq ELSE c.last_rev END \
             FROM wanted JOIN conversation c ON c.id = wanted.conversation_id \
             WHERE member.conversation_id = wanted.conversation_id AND member.user_id = wanted.user_id \
               AND member.until_seq IS NULL AND wanted.seq > member.read_seq AND c.last_rev > member.read_seq \
             RETURNING member.conversation_id, member.user_id, member.read_seq",
        )
        .build();
    let standing = db
        .sql()
        .text(
            "SELECT conversation_id, user_id, read_seq FROM member WHERE until_seq IS NULL \
               AND (conversation_id, user_id) IN (VALUES ",
        )
        .padded_rows(
            wanted
                .keys()
                .map(|(conversation, user)| [(*conversation).into(), (*user).into()]),
        )
        .text(")")
        .build();
    let tx = db.begin().await?;
    let raised = tx.query_all_raw(update).await?;
    let standing = tx.query_all_raw(standing).await?;
    tx.commit().await?;
    let mut marks = Marks::new();
    for (rows, raised) in [(standing, false), (raised, true)] {
        for row in rows {
            let row = Standing::from_query_result(&row, "")?;
            let mark = Mark {
                seq: row.read_seq,
                raised,
            };
            marks.insert((row.conversation_id.into(), row.user_id.into()), mark);
        }
    }
    Ok(marks)
}
