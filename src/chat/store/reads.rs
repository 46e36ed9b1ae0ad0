//! What chat reads outside of a commit. Who may read is decided before, in the door of the slice.

use std::collections::HashMap;

use quipu_entity::{conversation, member, message};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, Value};

use super::rows;
use crate::chat::{Conversation, Membership, Message, Role};
use crate::clock::Micros;
use crate::db::{Db, Fault, Sql};
use crate::ids::{ConversationId, UserId};

/// Members of a conversation that a view lists; the others are only counted.
const LISTED_MEMBERS: i64 = 100;
/// Rows that an unread count looks at: more is shown as 99+.
const UNREAD_SCAN: i64 = 100;

/// A member as a view lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberRow {
    /// Who.
    pub user: UserId,
    /// What they may do.
    pub role: Role,
    /// The last message that they have read.
    pub read_seq: i64,
}

/// Where a page of the conversation list ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListCursor {
    /// The last activity of the last one.
    pub last_at: Micros,
    /// Its id.
    pub id: ConversationId,
}

/// A person's membership, if they ever were a member.
pub(in crate::chat) async fn membership(
    db: &Db,
    conversation: ConversationId,
    user: UserId,
) -> Result<Option<Membership>, Fault> {
    let row = member::Entity::find_by_id((conversation.uuid(), user.uuid()))
        .one(db.reader())
        .await?;
    Ok(row.as_ref().map(rows::membership))
}

/// Everybody who is a member now, with the log's position read before them.
pub(in crate::chat) async fn members(db: &Db, conversation: ConversationId) -> Result<(Vec<UserId>, i64), Fault> {
    let head = conversation::Entity::find_by_id(conversation.uuid())
        .one(db.reader())
        .await?;
    let select = db
        .sql()
        .text("SELECT * FROM member WHERE until_seq IS NULL AND conversation_id = ")
        .bind(conversation)
        .text(" ORDER BY user_id")
        .build();
    let rows = member::Model::find_by_statement(select).all(db.reader()).await?;
    Ok((
        rows.into_iter().map(|row| row.user_id.into()).collect(),
        head.map_or(0, |row| row.last_rev),
    ))
}

/// The conversations themselves.
pub(in crate::chat) async fn listed(db: &Db, ids: &[ConversationId]) -> Result<Vec<Conversation>, Fault> {
    let select = with_ids(db.sql().text("SELECT * FROM conversation WHERE (id) IN (VALUES "), ids)
        .text(")")
        .build();
    let rows = conversation::Model::find_by_statement(select).all(db.reader()).await?;
    Ok(rows.into_iter().map(rows::conversation).collect())
}

/// A page of the conversations that a person is a member of, the latest activity first, with their read marks.
pub(in crate::chat) async fn conversations_of(
    db: &Db,
    user: UserId,
    after: Option<ListCursor>,
    limit: u64,
) -> Result<Vec<(Conversation, i64)>, Fault> {
    let mut sql = db
        .sql()
        .text("SELECT c.*, m.read_seq FROM member m JOIN conversation c ON c.id = m.conversation_id WHERE m.user_id = ")
        .bind(user)
        .text(" AND m.until_seq IS NULL");
    if let Some(cursor) = after {
        sql = sql
            .text(" AND (c.last_at, c.id) < (")
            .bind(cursor.last_at.0)
            .text(", ")
            .bind(cursor.id)
            .text(")");
    }
    let select = sql
        .text(" ORDER BY c.last_at DESC, c.id DESC LIMIT ")
        .bind(as_limit(limit))
        .build();
    let mut page = Vec::new();
    for row in db.reader().query_all_raw(select).await? {
        let read_seq: i64 = row.try_get("", "read_seq")?;
        page.push((
            rows::conversation(conversation::Model::from_query_result(&row, "")?),
            read_seq,
        ));
    }
    Ok(page)
}

#[derive(FromQueryResult)]
struct CountedMember {
    conversation_id: sea_orm::entity::prelude::Uuid,
    user_id: sea_orm::entity::prelude::Uuid,
    role: i16,
    read_seq: i64,
    total: i64,
}

/// The first members of each conversation, and how many there are.
pub(in crate::chat) async fn members_listed(
    db: &Db,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, (Vec<MemberRow>, usize)>, Fault> {
    let sql = db.sql().text(
        "SELECT conversation_id, user_id, role, read_seq, total FROM (\
         SELECT conversation_id, user_id, role, read_seq, \
         ROW_NUMBER() OVER (PARTITION BY conversation_id ORDER BY user_id) AS place, \
         COUNT(*) OVER (PARTITION BY conversation_id) AS total \
         FROM member WHERE until_seq IS NULL AND (conversation_id) IN (VALUES ",
    );
    let select = with_ids(sql, ids)
        .text(")) AS counted WHERE place <= ")
        .bind(LISTED_MEMBERS)
        .build();
    let mut found: HashMap<ConversationId, (Vec<MemberRow>, usize)> = HashMap::new();
    for row in CountedMember::find_by_statement(select).all(db.reader()).await? {
        let entry = found.entry(row.conversation_id.into()).or_default();
        entry.1 = usize::try_from(row.total).unwrap_or(usize::MAX);
        entry.0.push(MemberRow {
            user: row.user_id.into(),
            role: Role::from_code(row.role),
            read_seq: row.read_seq,
        });
    }
    Ok(found)
}

/// The newest message of each conversation.
pub(in crate::chat) async fn last_messages(
    db: &Db,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, Message>, Fault> {
    let sql = db.sql().text(
        "SELECT m.* FROM conversation c JOIN message m ON m.conversation_id = c.id AND m.seq = \
         (SELECT MAX(x.seq) FROM message x WHERE x.conversation_id = c.id) WHERE (c.id) IN (VALUES ",
    );
    let rows = message::Model::find_by_statement(with_ids(sql, ids).text(")").build())
        .all(db.reader())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.conversation_id.into(), rows::message(row)))
        .collect())
}

#[derive(FromQueryResult)]
struct Unread {
    conversation_id: sea_orm::entity::prelude::Uuid,
    unread: i64,
}

/// Unread messages of a person: of the last 100 countable rows beyond their mark, those after their own last one.
pub(in crate::chat) async fn unread(
    db: &Db,
    user: UserId,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, u32>, Fault> {
    // The same scan twice: what it holds, and where the person's own last message stands in it.
    let scan = "(SELECT x.seq, x.sender_id FROM message x WHERE x.conversation_id = m.conversation_id \
         AND x.seq > m.read_seq AND x.seq > m.from_seq AND x.n IS NOT NULL ORDER BY x.seq DESC LIMIT ";
    let sql = db
        .sql()
        .text("SELECT m.conversation_id, (SELECT COUNT(*) FROM ")
        .text(scan)
        .bind(UNREAD_SCAN)
        .text(") AS beyond WHERE beyond.seq > COALESCE((SELECT MAX(own.seq) FROM ")
        .text(scan)
        .bind(UNREAD_SCAN)
        .text(") AS own WHERE own.sender_id = m.user_id), 0)) AS unread FROM member m WHERE m.user_id = ")
        .bind(user)
        .text(" AND (m.conversation_id) IN (VALUES ");
    let rows = Unread::find_by_statement(with_ids(sql, ids).text(")").build())
        .all(db.reader())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.conversation_id.into(), u32::try_from(row.unread).unwrap_or(0)))
        .collect())
}

/// What was posted or changed after `rev`, ascending by `rev`, at most `limit` rows, and the log's position read
/// before them.
pub(in crate::chat) async fn changed_since(
    db: &Db,
    conversation: ConversationId,
    rev: i64,
    from_seq: i64,
    limit: u64,
) -> Result<(Vec<Message>, i64), Fault> {
    let head = conversation::Entity::find_by_id(conversation.uuid())
        .one(db.reader())
        .await?;
    let head = head.map_or(0, |row| row.last_rev);
    let posted = db
        .sql()
        .text("SELECT * FROM message WHERE rev = seq AND conversation_id = ")
        .bind(conversation)
        .text(" AND seq > ")
        .bind(rev.max(from_seq))
        .text(" ORDER BY seq LIMIT ")
        .bind(as_limit(limit))
        .build();
    let changed = db
        .sql()
        .text("SELECT * FROM message WHERE rev <> seq AND conversation_id = ")
        .bind(conversation)
        .text(" AND rev > ")
        .bind(rev)
        .text(" AND seq > ")
        .bind(from_seq)
        .text(" ORDER BY rev LIMIT ")
        .bind(as_limit(limit))
        .build();
    let mut rows = message::Model::find_by_statement(posted).all(db.reader()).await?;
    rows.append(&mut message::Model::find_by_statement(changed).all(db.reader()).await?);
    rows.sort_by_key(|row| row.rev);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok((rows.into_iter().map(rows::message).collect(), head))
}

/// A page of a conversation, ascending by `seq`: before or after a message, or the newest.
pub(in crate::chat) async fn history(
    db: &Db,
    conversation: ConversationId,
    from_seq: i64,
    before: Option<i64>,
    after: Option<i64>,
    limit: u64,
) -> Result<Vec<Message>, Fault> {
    let sql = db
        .sql()
        .text("SELECT * FROM message WHERE conversation_id = ")
        .bind(conversation)
        .text(" AND seq > ")
        .bind(after.unwrap_or(0).max(from_seq));
    let select = match (before, after) {
        (Some(before), _) => sql.text(" AND seq < ").bind(before).text(" ORDER BY seq DESC LIMIT "),
        (None, Some(_)) => sql.text(" ORDER BY seq ASC LIMIT "),
        (None, None) => sql.text(" ORDER BY seq DESC LIMIT "),
    };
    let select = select.bind(as_limit(limit)).build();
    let mut rows = message::Model::find_by_statement(select).all(db.reader()).await?;
    rows.sort_by_key(|row| row.seq);
    Ok(rows.into_iter().map(rows::message).collect())
}

fn with_ids(sql: Sql, ids: &[ConversationId]) -> Sql {
    sql.padded_rows(ids.iter().map(|id| [Value::from(*id)]))
}

fn as_limit(limit: u64) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
