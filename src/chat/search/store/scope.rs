//! What is read beside the index: where somebody may search, whom they know, how far the logs have come.

use sea_orm::FromQueryResult;

use crate::db::{Db, Fault};
use crate::ids::{ConversationId, UserId};

/// A conversation in which somebody may search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chat::search) struct Searched {
    pub(in crate::chat::search) conversation: ConversationId,
    /// The position that its log has reached.
    pub(in crate::chat::search) last_rev: i64,
    /// When something happened in it last, in microseconds.
    pub(in crate::chat::search) last_at: i64,
    /// What stands up to here is hidden from the person.
    pub(in crate::chat::search) from_seq: i64,
}

#[derive(FromQueryResult)]
struct SearchedRow {
    id: sea_orm::entity::prelude::Uuid,
    last_rev: i64,
    last_at: i64,
    from_seq: i64,
}

/// The conversations that a person is a member of now, or this one of them; the latest activity first.
pub(in crate::chat::search) async fn searched(
    db: &Db,
    user: UserId,
    within: Option<ConversationId>,
    most: i64,
) -> Result<Vec<Searched>, Fault> {
    let sql = db
        .sql()
        .text(
            "SELECT c.id, c.last_rev, c.last_at, m.from_seq FROM member m JOIN conversation c \
             ON c.id = m.conversation_id WHERE m.until_seq IS NULL AND m.user_id = ",
        )
        .bind(user);
    let sql = match within {
        Some(conversation) => sql.text(" AND m.conversation_id = ").bind(conversation),
        None => sql,
    };
    let select = sql
        .text(" ORDER BY c.last_at DESC, c.id DESC LIMIT ")
        .bind(most)
        .build();
    let rows = SearchedRow::find_by_statement(select).all(db.reader()).await?;
    let searched = rows.into_iter().map(|row| Searched {
        conversation: row.id.into(),
        last_rev: row.last_rev,
        last_at: row.last_at,
        from_seq: row.from_seq,
    });
    Ok(searched.collect())
}

#[derive(FromQueryResult)]
struct HeadRow {
    id: sea_orm::entity::prelude::Uuid,
    last_rev: i64,
}

/// A page of all conversations with the positions that their logs have reached, by their ids.
pub(in crate::chat::search) async fn moved_conversations(
    db: &Db,
    after: Option<ConversationId>,
    limit: i64,
) -> Result<Vec<(ConversationId, i64)>, Fault> {
    let sql = db.sql().text("SELECT id, last_rev FROM conversation");
    let sql = match after {
        Some(after) => sql.text(" WHERE id > ").bind(after),
        None => sql,
    };
    let select = sql.text(" ORDER BY id LIMIT ").bind(limit).build();
    let rows = HeadRow::find_by_statement(select).all(db.reader()).await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.last_rev)).collect())
}

#[derive(FromQueryResult)]
struct PersonRow {
    user_id: sea_orm::entity::prelude::Uuid,
}

/// Small groups of a person that are looked through for people whom they know, the latest activity first.
const GROUPS: i64 = 200;
/// Members of a group up to which its members know each other.
const KNOWN_MEMBERS: i64 = 200;

/// People who are members of a direct conversation or a small group together with this person, at most `most` of them.
pub(in crate::chat::search) async fn people_beside(db: &Db, user: UserId, most: i64) -> Result<Vec<UserId>, Fault> {
    let select = db
        .sql()
        .text(
            "SELECT DISTINCT o.user_id FROM (SELECT c.id FROM member m JOIN conversation c ON c.id = m.conversation_id \
             WHERE m.until_seq IS NULL AND m.user_id = ",
        )
        .bind(user)
        .text(" AND c.member_count <= ")
        .bind(KNOWN_MEMBERS)
        .text(" ORDER BY c.last_at DESC LIMIT ")
        .bind(GROUPS)
        .text(") AS own JOIN member o ON o.conversation_id = own.id AND o.until_seq IS NULL LIMIT ")
        .bind(most)
        .build();
    let rows = PersonRow::find_by_statement(select).all(db.reader()).await?;
    let people = rows.into_iter().map(|row| UserId::from(row.user_id));
    Ok(people.filter(|other| *other != user).collect())
}
