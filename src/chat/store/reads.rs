//! What chat reads outside of a commit. Who may read is decided before, in the door of the slice.

use std::collections::HashMap;

use quipu_entity::{conversation, member, message};
use sea_orm::{EntityTrait, FromQueryResult, Value};

use super::rows;
use crate::chat::{Conversation, Membership, Message, Role};
use crate::clock::Micros;
use crate::db::{Db, Fault, Sql};
use crate::ids::{ConversationId, UserId};
use crate::protocol::item;

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
    /// The last message that reached a device of theirs.
    pub delivered_seq: i64,
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

/// A page of the members, ascending by their ids.
pub(in crate::chat) async fn member_page(
    db: &Db,
    conversation: ConversationId,
    after: Option<UserId>,
    limit: u64,
) -> Result<Vec<MemberRow>, Fault> {
    let mut sql = db
        .sql()
        .text("SELECT * FROM member WHERE until_seq IS NULL AND conversation_id = ")
        .bind(conversation);
    if let Some(after) = after {
        sql = sql.text(" AND user_id > ").bind(after);
    }
    let select = sql.text(" ORDER BY user_id LIMIT ").bind(as_limit(limit)).build();
    let rows = member::Model::find_by_statement(select).all(db.reader()).await?;
    let page = rows.into_iter().map(|row| MemberRow {
        user: row.user_id.into(),
        role: Role::from_code(row.role),
        read_seq: row.read_seq,
        delivered_seq: row.delivered_seq,
    });
    Ok(page.collect())
}

/// The conversations themselves.
pub(in crate::chat) async fn listed(db: &Db, ids: &[ConversationId]) -> Result<Vec<Conversation>, Fault> {
    let select = with_ids(db.sql().text("SELECT * FROM conversation WHERE (id) IN (VALUES "), ids)
        .text(")")
        .build();
    let rows = conversation::Model::find_by_statement(select).all(db.reader()).await?;
    Ok(rows.into_iter().map(rows::conversation).collect())
}

/// A page of the conversations that a person is a member of, the latest activity first, with their memberships.
pub(in crate::chat) async fn conversations_of(
    db: &Db,
    user: UserId,
    after: Option<ListCursor>,
    limit: u64,
) -> Result<Vec<(Conversation, Membership)>, Fault> {
    let mut sql = db
        .sql()
        .text("SELECT c.* FROM member m JOIN conversation c ON c.id = m.conversation_id WHERE m.user_id = ")
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
    let page = conversation::Model::find_by_statement(select).all(db.reader()).await?;
    let page: Vec<_> = page.into_iter().map(rows::conversation).collect();
    let ids: Vec<_> = page.iter().map(|conversation| conversation.id).collect();
    let own = memberships(db, user, &ids).await?;
    let with_own = |conversation: Conversation| Some((own.get(&conversation.id).copied()?, conversation));
    let page = page.into_iter().filter_map(with_own);
    Ok(page
        .map(|(membership, conversation)| (conversation, membership))
        .collect())
}

/// A person's present memberships of these conversations.
async fn memberships(
    db: &Db,
    user: UserId,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, Membership>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = db
        .sql()
        .text("SELECT * FROM member WHERE until_seq IS NULL AND user_id = ")
        .bind(user)
        .text(" AND (conversation_id) IN (VALUES ");
    let select = with_ids(sql, ids).text(")").build();
    let rows = member::Model::find_by_statement(select).all(db.reader()).await?;
    let own = rows
        .iter()
        .map(|row| (row.conversation_id.into(), rows::membership(row)));
    Ok(own.collect())
}

#[derive(FromQueryResult)]
struct ListedMember {
    conversation_id: sea_orm::entity::prelude::Uuid,
    user_id: sea_orm::entity::prelude::Uuid,
    role: i16,
    read_seq: i64,
    delivered_seq: i64,
}

/// The first members of each conversation, by their ids.
pub(in crate::chat) async fn members_listed(
    db: &Db,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, Vec<MemberRow>>, Fault> {
    let sql = db.sql().text(
        "SELECT conversation_id, user_id, role, read_seq, delivered_seq FROM (\
         SELECT conversation_id, user_id, role, read_seq, delivered_seq, \
         ROW_NUMBER() OVER (PARTITION BY conversation_id ORDER BY user_id) AS place \
         FROM member WHERE until_seq IS NULL AND (conversation_id) IN (VALUES ",
    );
    let select = with_ids(sql, ids)
        .text(")) AS counted WHERE place <= ")
        .bind(LISTED_MEMBERS)
        .build();
    let mut found: HashMap<ConversationId, Vec<MemberRow>> = HashMap::new();
    for row in ListedMember::find_by_statement(select).all(db.reader()).await? {
        found.entry(row.conversation_id.into()).or_default().push(MemberRow {
            user: row.user_id.into(),
            role: Role::from_code(row.role),
            read_seq: row.read_seq,
            delivered_seq: row.delivered_seq,
        });
    }
    Ok(found)
}

/// The newest message of each conversation that a person may see.
pub(in crate::chat) async fn last_messages(
    db: &Db,
    user: UserId,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, Message>, Fault> {
    let sql = db
        .sql()
        .text(
            "SELECT x.* FROM member m JOIN message x ON x.conversation_id = m.conversation_id AND x.seq = \
             (SELECT y.seq FROM message y WHERE y.conversation_id = m.conversation_id AND y.seq > m.from_seq \
              AND NOT EXISTS (SELECT 1 FROM hidden_message h WHERE h.user_id = m.user_id \
                AND h.conversation_id = y.conversation_id AND h.seq = y.seq) ORDER BY y.seq DESC LIMIT 1) \
             WHERE m.user_id = ",
        )
        .bind(user)
        .text(" AND (m.conversation_id) IN (VALUES ");
    let rows = message::Model::find_by_statement(with_ids(sql, ids).text(")").build())
        .all(db.reader())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.conversation_id.into(), rows::message(row)))
        .collect())
}

#[derive(FromQueryResult)]
struct UnreadRow {
    conversation_id: sea_orm::entity::prelude::Uuid,
    unread: i64,
    mentions: i64,
}

/// What a person has not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::chat) struct Unread {
    /// Messages of others, at most 100.
    pub(in crate::chat) messages: u32,
    /// Those of them that mention the person.
    pub(in crate::chat) mentions: u32,
}

/// Unread messages of a person: of the last 100 countable rows beyond their mark, those after their own last one that
/// were not recalled. What was deleted for oneself counts for nothing, not even as the own last one: no device that came
/// later knows of it, and all are to count the same.
pub(in crate::chat) async fn unread(
    db: &Db,
    user: UserId,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, Unread>, Fault> {
    // One scan: what it holds, each row with where the person's own last message stands in it.
    let scan = "(SELECT s.seq, s.recalled_by, MAX(CASE WHEN s.sender_id = m.user_id THEN s.seq END) OVER () AS own \
         FROM (SELECT x.seq, x.sender_id, x.recalled_by FROM message x \
         WHERE x.conversation_id = m.conversation_id AND x.seq > m.read_seq AND x.seq > m.from_seq \
         AND x.n IS NOT NULL AND NOT EXISTS (SELECT 1 FROM hidden_message h WHERE h.user_id = m.user_id \
           AND h.conversation_id = x.conversation_id AND h.seq = x.seq) ORDER BY x.seq DESC LIMIT ";
    let beyond = |sql: Sql, what: &'static str, also: &'static str| {
        sql.text(what)
            .text(scan)
            .bind(UNREAD_SCAN)
            .text(") AS s) AS beyond WHERE beyond.recalled_by IS NULL AND beyond.seq > COALESCE(beyond.own, 0)")
            .text(also)
            .text(")")
    };
    let sql = db.sql().text("SELECT m.conversation_id, ");
    let sql = beyond(sql, "(SELECT COUNT(*) FROM ", "").text(" AS unread, ");
    let mentioned = " AND EXISTS (SELECT 1 FROM mention t WHERE t.user_id = m.user_id \
         AND t.conversation_id = m.conversation_id AND t.seq = beyond.seq)";
    // Nobody is mentioned in most conversations: one look tells.
    let any = "CASE WHEN EXISTS (SELECT 1 FROM mention t WHERE t.user_id = m.user_id \
         AND t.conversation_id = m.conversation_id AND t.seq > m.read_seq) THEN (SELECT COUNT(*) FROM ";
    let sql = beyond(sql, any, mentioned)
        .text(" ELSE 0 END AS mentions FROM member m WHERE m.user_id = ")
        .bind(user)
        .text(" AND (m.conversation_id) IN (VALUES ");
    let rows = UnreadRow::find_by_statement(with_ids(sql, ids).text(")").build())
        .all(db.reader())
        .await?;
    let count = |number: i64| u32::try_from(number).unwrap_or(0);
    Ok(rows
        .into_iter()
        .map(|row| {
            let unread = Unread {
                messages: count(row.unread),
                mentions: count(row.mentions),
            };
            (row.conversation_id.into(), unread)
        })
        .collect())
}

/// Who reads, and what they may see: nothing up to a position, and nothing that they deleted for themselves.
#[derive(Debug, Clone, Copy)]
pub(in crate::chat) struct Reader {
    pub(in crate::chat) user: UserId,
    pub(in crate::chat) from_seq: i64,
}

impl Reader {
    /// The server itself, which sees every row.
    pub(in crate::chat) const SERVER: Self = Self {
        user: UserId::SYSTEM,
        from_seq: 0,
    };

    fn sees(self, sql: Sql) -> Sql {
        sql.text(" AND seq > ")
            .bind(self.from_seq)
            .text(" AND NOT EXISTS (SELECT 1 FROM hidden_message h WHERE h.user_id = ")
            .bind(self.user)
            .text(" AND h.conversation_id = message.conversation_id AND h.seq = message.seq)")
    }
}

/// What was posted or changed after `rev`, ascending by `rev`, at most `limit` rows, and the conversation read before
/// them. Both come of one statement, which sees one state: of two, the second would see a change of which the first did
/// not see what was posted before it, and the reader's position would pass over that.
pub(in crate::chat) async fn changed_since(
    db: &Db,
    conversation: ConversationId,
    rev: i64,
    reader: Reader,
    limit: u64,
) -> Result<(Vec<Message>, Option<Conversation>), Fault> {
    let head = conversation::Entity::find_by_id(conversation.uuid())
        .one(db.reader())
        .await?;
    // Each half has its own index.
    let posted = db
        .sql()
        .text("SELECT * FROM (SELECT * FROM message WHERE rev = seq AND conversation_id = ")
        .bind(conversation)
        .text(" AND seq > ")
        .bind(rev);
    let changed = reader
        .sees(posted)
        .text(" ORDER BY seq LIMIT ")
        .bind(as_limit(limit))
        .text(") AS posted UNION ALL SELECT * FROM (SELECT * FROM message WHERE rev <> seq AND conversation_id = ")
        .bind(conversation)
        .text(" AND rev > ")
        .bind(rev);
    let select = reader
        .sees(changed)
        .text(" ORDER BY rev LIMIT ")
        .bind(as_limit(limit))
        .text(") AS changed ORDER BY rev LIMIT ")
        .bind(as_limit(limit))
        .build();
    let rows = message::Model::find_by_statement(select).all(db.reader()).await?;
    Ok((
        rows.into_iter().map(rows::message).collect(),
        head.map(rows::conversation),
    ))
}

/// A page of a conversation, ascending by `seq`: before or after a message, or the newest.
pub(in crate::chat) async fn history(
    db: &Db,
    conversation: ConversationId,
    reader: Reader,
    before: Option<i64>,
    after: Option<i64>,
    limit: u64,
) -> Result<Vec<Message>, Fault> {
    let sql = db
        .sql()
        .text("SELECT * FROM message WHERE conversation_id = ")
        .bind(conversation)
        .text(" AND seq > ")
        .bind(after.unwrap_or(0));
    let sql = reader.sees(sql);
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

/// What is pinned, the latest first.
pub(in crate::chat) async fn pinned(
    db: &Db,
    conversation: ConversationId,
    reader: Reader,
    limit: u64,
) -> Result<Vec<Message>, Fault> {
    let sql = db
        .sql()
        .text("SELECT * FROM message WHERE pinned = 1 AND conversation_id = ")
        .bind(conversation);
    let select = reader
        .sees(sql)
        .text(" ORDER BY seq DESC LIMIT ")
        .bind(as_limit(limit))
        .build();
    let rows = message::Model::find_by_statement(select).all(db.reader()).await?;
    Ok(rows.into_iter().map(rows::message).collect())
}

#[derive(FromQueryResult)]
struct GivenRow {
    user_id: sea_orm::entity::prelude::Uuid,
    emoji: String,
    at: i64,
}

/// A reaction of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Who.
    pub user: UserId,
    /// The emoji.
    pub emoji: String,
    /// When.
    pub at: Micros,
}

/// A page of who gave what to a message, by person and emoji.
pub(in crate::chat) async fn reactions(
    db: &Db,
    conversation: ConversationId,
    seq: i64,
    emoji: Option<&str>,
    after: Option<(UserId, String)>,
    limit: u64,
) -> Result<Vec<Given>, Fault> {
    let mut sql = db
        .sql()
        .text("SELECT user_id, emoji, at FROM reaction WHERE conversation_id = ")
        .bind(conversation)
        .text(" AND seq = ")
        .bind(seq);
    if let Some(emoji) = emoji {
        sql = sql.text(" AND emoji = ").bind(emoji);
    }
    if let Some((user, emoji)) = after {
        sql = sql
            .text(" AND (user_id, emoji) > (")
            .bind(user)
            .text(", ")
            .bind(emoji)
            .text(")");
    }
    let select = sql
        .text(" ORDER BY user_id, emoji LIMIT ")
        .bind(as_limit(limit))
        .build();
    let rows = GivenRow::find_by_statement(select).all(db.reader()).await?;
    let given = rows.into_iter().map(|row| Given {
        user: row.user_id.into(),
        emoji: row.emoji,
        at: Micros(row.at),
    });
    Ok(given.collect())
}

fn with_ids(sql: Sql, ids: &[ConversationId]) -> Sql {
    sql.padded_rows(ids.iter().map(|id| [Value::from(*id)]))
}

fn as_limit(limit: u64) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[derive(FromQueryResult)]
struct SightRow {
    user_id: sea_orm::entity::prelude::Uuid,
    settings: Option<String>,
    contact: Option<String>,
    blocked: Option<String>,
    blocks: Option<String>,
    together: i64,
}

/// What decides whether somebody may see a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chat) struct Sight {
    pub(in crate::chat) user: UserId,
    /// Whom the person lets see, as their own log has it.
    pub(in crate::chat) settings: Option<String>,
    /// How the person stands to who asks.
    pub(in crate::chat) contact: Option<String>,
    /// The person has blocked who asks.
    pub(in crate::chat) blocked: Option<String>,
    /// Who asks has blocked the person.
    pub(in crate::chat) blocks: Option<String>,
    /// They are members of one conversation.
    pub(in crate::chat) together: bool,
}

/// What decides whether `asker` may see each of these people.
pub(in crate::chat) async fn sight(db: &Db, asker: UserId, people: &[UserId]) -> Result<Vec<Sight>, Fault> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let value = |sql: Sql, owner: &'static str, kind: &'static str, key: Option<&str>| {
        let sql = sql
            .text(", (SELECT i.value FROM user_item i WHERE i.user_id = ")
            .text(owner);
        let sql = sql.text(" AND i.kind = ").bind(kind).text(" AND i.item_key = ");
        match key {
            Some(key) => sql.bind(key),
            None => sql.text("a.item_key"),
        }
    };
    let asked = people.iter().map(|user| [(*user).into(), user.to_string().into()]);
    let own_key = item::person_key(asker);
    let sql = db
        .sql()
        .text("WITH asked (user_id, item_key) AS (VALUES ")
        .padded_rows(asked);
    let sql = sql.text(") SELECT DISTINCT a.user_id");
    let sql = value(sql, "a.user_id", item::SETTINGS, Some(item::PRESENCE)).text(") AS settings");
    let sql = value(sql, "a.user_id", item::CONTACT, Some(&own_key)).text(") AS contact");
    let sql = value(sql, "a.user_id", item::BLOCK, Some(&own_key)).text(") AS blocked");
    let sql = sql
        .text(", (SELECT i.value FROM user_item i WHERE i.user_id = ")
        .bind(asker)
        .text(" AND i.kind = ")
        .bind(item::BLOCK)
        .text(" AND i.item_key = a.item_key) AS blocks");
    let select = sql
        .text(
            ", (SELECT COUNT(*) FROM (SELECT 1 FROM member m JOIN member o ON o.conversation_id = m.conversation_id \
             WHERE o.user_id = a.user_id AND m.user_id = ",
        )
        .bind(asker)
        .text(" AND m.until_seq IS NULL AND o.until_seq IS NULL LIMIT 1) AS shared) AS together FROM asked a")
        .build();
    let rows = SightRow::find_by_statement(select).all(db.reader()).await?;
    let sights = rows.into_iter().map(|row| Sight {
        user: row.user_id.into(),
        settings: row.settings,
        contact: row.contact,
        blocked: row.blocked,
        blocks: row.blocks,
        together: row.together > 0,
    });
    Ok(sights.collect())
}

#[derive(FromQueryResult)]
struct OnlineCount {
    online: i64,
}

/// How many members of a conversation are online on nodes that are alive.
pub(in crate::chat) async fn online_members(db: &Db, conversation: ConversationId, now: Micros) -> Result<u64, Fault> {
    let select = db
        .sql()
        .text(
            "SELECT COUNT(DISTINCT m.user_id) AS online FROM member m JOIN online o ON o.user_id = m.user_id \
             JOIN node n ON n.boot = o.boot WHERE m.until_seq IS NULL AND m.conversation_id = ",
        )
        .bind(conversation)
        .text(" AND n.alive_until > ")
        .bind(now.0)
        .build();
    let row = OnlineCount::find_by_statement(select).one(db.reader()).await?;
    Ok(row.map_or(0, |row| u64::try_from(row.online).unwrap_or_default()))
}
