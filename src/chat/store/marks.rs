//! Marks of what reached people and what they have read: many people's at once, in one statement.

use std::collections::BTreeMap;

use sea_orm::Statement;

use crate::db::{Db, Fault, Kind, Source as _, Sql, from_row};
use crate::ids::{ConversationId, UserId};

struct Standing {
    conversation_id: sea_orm::entity::prelude::Uuid,
    user_id: sea_orm::entity::prelude::Uuid,
    read_seq: i64,
    delivered_seq: i64,
    mark_rev: i64,
}

from_row!(Standing {
    conversation_id,
    user_id,
    read_seq,
    delivered_seq,
    mark_rev
});

/// Where somebody's marks are to stand at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::chat) struct Wanted {
    pub(in crate::chat) read: i64,
    pub(in crate::chat) delivered: i64,
}

/// Where somebody's marks stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chat) struct Marks {
    pub(in crate::chat) read: i64,
    pub(in crate::chat) delivered: i64,
}

/// Marks by conversation and person.
pub(in crate::chat) type MarksOf<T> = BTreeMap<(ConversationId, UserId), T>;

/// What a round of marks did: where each stood before it and stands now. Who is no member is missing.
pub(in crate::chat) type Raised = MarksOf<(Marks, Marks)>;

/// Raises marks; none goes down, and none beyond the end of its log. What was read has reached a device as well.
pub(in crate::chat) async fn raise_marks(db: &Db, wanted: &MarksOf<Wanted>) -> Result<Raised, Fault> {
    let mut conversations: Vec<_> = wanted.keys().map(|(conversation, _)| *conversation).collect();
    conversations.dedup();
    let of = |text: &'static str| {
        let sql = db.sql().text(text);
        sql.padded_rows(conversations.iter().map(|id| [(*id).into()])).text(")")
    };
    // In the order of their ids, as everybody locks them.
    let lock = of("SELECT id FROM conversation WHERE (id) IN (VALUES ")
        .text(" ORDER BY id FOR UPDATE")
        .build();
    let next = of("UPDATE conversation SET mark_rev = mark_rev + 1 WHERE (id) IN (VALUES ").build();
    let tx = db.begin().await?;
    if db.kind() == Kind::Postgres {
        tx.execute(lock).await?;
    }
    let before = tx.all::<Standing>(standing(db.sql(), wanted)).await?;
    tx.execute(next).await?;
    tx.execute(raise(db.sql(), wanted)).await?;
    let after = tx.all::<Standing>(standing(db.sql(), wanted)).await?;
    tx.commit().await?;
    let mut was = MarksOf::new();
    for row in before {
        let (key, marks) = marks_of(&row);
        was.insert(key, marks);
    }
    let mut raised = Raised::new();
    for row in after {
        let (key, marks) = marks_of(&row);
        raised.insert(key, (was.get(&key).copied().unwrap_or(marks), marks));
    }
    Ok(raised)
}

/// How the marks stand that are wanted higher.
fn standing(sql: Sql, wanted: &MarksOf<Wanted>) -> Statement {
    let keys = wanted
        .keys()
        .map(|(conversation, user)| [(*conversation).into(), (*user).into()]);
    sql.text(
        "SELECT conversation_id, user_id, read_seq, delivered_seq, mark_rev FROM member \
         WHERE until_seq IS NULL AND (conversation_id, user_id) IN (VALUES ",
    )
    .padded_rows(keys)
    .text(")")
    .build()
}

fn raise(sql: Sql, wanted: &MarksOf<Wanted>) -> Statement {
    let rows = wanted.iter().map(|((conversation, user), marks)| {
        let delivered = marks.delivered.max(marks.read);
        [
            (*conversation).into(),
            (*user).into(),
            marks.read.into(),
            delivered.into(),
        ]
    });
    sql.text("WITH wanted (conversation_id, user_id, read, delivered) AS (VALUES ")
        .padded_rows(rows)
        .text(
            "), bounded AS (SELECT w.conversation_id, w.user_id, c.mark_rev, \
               CASE WHEN w.read < c.last_rev THEN w.read ELSE c.last_rev END AS read, \
               CASE WHEN w.delivered < c.last_rev THEN w.delivered ELSE c.last_rev END AS delivered \
               FROM wanted w JOIN conversation c ON c.id = w.conversation_id) \
             UPDATE member SET mark_rev = b.mark_rev, \
               read_seq = CASE WHEN b.read > member.read_seq THEN b.read ELSE member.read_seq END, \
               delivered_seq = CASE WHEN b.delivered > member.delivered_seq THEN b.delivered \
                 ELSE member.delivered_seq END \
             FROM bounded b WHERE member.conversation_id = b.conversation_id AND member.user_id = b.user_id \
               AND member.until_seq IS NULL AND (b.read > member.read_seq OR b.delivered > member.delivered_seq)",
        )
        .build()
}

fn marks_of(row: &Standing) -> ((ConversationId, UserId), Marks) {
    let marks = Marks {
        read: row.read_seq,
        delivered: row.delivered_seq,
    };
    ((row.conversation_id.into(), row.user_id.into()), marks)
}

/// The marks of a conversation's members that were raised after `mark_rev`; `only` somebody's, or everybody's.
pub(in crate::chat) async fn marks_since(
    db: &Db,
    conversation: ConversationId,
    mark_rev: i64,
    only: Option<UserId>,
) -> Result<Vec<(UserId, Marks)>, Fault> {
    let mut sql = db
        .sql()
        .text(
            "SELECT conversation_id, user_id, read_seq, delivered_seq, mark_rev FROM member \
             WHERE until_seq IS NULL AND conversation_id = ",
        )
        .bind(conversation);
    if let Some(user) = only {
        sql = sql.text(" AND user_id = ").bind(user);
    }
    let select = sql.build();
    let mut found = Vec::new();
    for row in db.reader().all::<Standing>(select).await? {
        let ((_, user), marks) = marks_of(&row);
        // From the start everybody's are told: who joined has marks that were never raised.
        if mark_rev == 0 || row.mark_rev > mark_rev {
            found.push((user, marks));
        }
    }
    Ok(found)
}
