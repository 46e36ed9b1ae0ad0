//! Writing the index: pages of a conversation's log, each in one transaction with the position that it reaches.

use std::collections::{BTreeSet, HashMap};

use sea_orm::Value;

use crate::db::columns::{Column, Columns};
use crate::db::{Db, Fault, Kind, Source as _, Sql, Tx, Writes, from_row};
use crate::ids::ConversationId;

const TERM: Columns<4> = [
    ("log", Column::Number),
    ("term", Column::Text),
    ("at", Column::Number),
    ("seq", Column::Number),
];
const MESSAGE: Columns<4> = [
    ("log", Column::Number),
    ("seq", Column::Number),
    ("at", Column::Number),
    ("terms", Column::Text),
];
/// Rows taken away by one statement.
const REMOVED_AT_ONCE: usize = 512;

/// What the index knows of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chat::search) struct Logged {
    /// Its number in the index.
    pub(in crate::chat::search) n: i64,
    /// The position of the log up to which it is indexed.
    pub(in crate::chat::search) rev: i64,
}

/// A message as it is to stand in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chat::search) struct Indexed {
    pub(in crate::chat::search) seq: i64,
    /// When it was posted, in microseconds.
    pub(in crate::chat::search) at: i64,
    /// It stood in the log before, perhaps with other words.
    pub(in crate::chat::search) changed: bool,
    /// None when nothing in it can be found, or any more.
    pub(in crate::chat::search) terms: BTreeSet<String>,
}

/// A page of a conversation's log: what lies beyond `from`, up to `through`.
#[derive(Debug)]
pub(in crate::chat::search) struct Turn {
    pub(in crate::chat::search) conversation: ConversationId,
    pub(in crate::chat::search) from: i64,
    pub(in crate::chat::search) through: i64,
    pub(in crate::chat::search) rows: Vec<Indexed>,
}

struct LogRow {
    conversation_id: sea_orm::entity::prelude::Uuid,
    n: i64,
    rev: i64,
}

from_row!(LogRow {
    conversation_id,
    n,
    rev
});

/// What the index knows of these conversations; those that it has never seen are missing.
pub(in crate::chat::search) async fn logs(
    index: &Db,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, Logged>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let select = index
        .sql()
        .text("SELECT conversation_id, n, rev FROM search_log WHERE (conversation_id) IN (VALUES ")
        .padded_rows(ids.iter().map(|id| [Value::from(*id)]))
        .text(")")
        .build();
    let rows = index.reader().all::<LogRow>(select).await?;
    let logged = |row: LogRow| (row.conversation_id.into(), Logged { n: row.n, rev: row.rev });
    Ok(rows.into_iter().map(logged).collect())
}

/// Takes a page of a log into the index. Whether it did: not, when another node has moved the index meanwhile.
pub(in crate::chat::search) async fn turn_page(index: &Db, turn: &Turn) -> Result<bool, Fault> {
    let tx = begin(index).await?;
    let Some(log) = lock(index, &tx, turn.conversation)
        .await?
        .filter(|log| log.rev == turn.from)
    else {
        return Ok(false);
    };
    let changed: Vec<_> = turn.rows.iter().filter(|row| row.changed).map(|row| row.seq).collect();
    take_away(index, &tx, log.n, &changed).await?;
    let found = turn.rows.iter().filter(|row| !row.terms.is_empty());
    let (mut messages, mut terms) = (Vec::new(), Vec::new());
    for Indexed { seq, at, terms: of, .. } in found {
        messages.push([log.n.into(), (*seq).into(), (*at).into(), joined(of).into()]);
        terms.extend(
            of.iter()
                .map(|term| [log.n.into(), term.clone().into(), (*at).into(), (*seq).into()]),
        );
    }
    let mut writes = Writes::new(index.kind());
    writes.insert("search_message", &MESSAGE, messages, "");
    writes.insert("search_term", &TERM, terms, "");
    let moved = index
        .sql()
        .text("UPDATE search_log SET rev = ")
        .bind(turn.through)
        .text(" WHERE n = ")
        .bind(log.n);
    writes.push(moved);
    writes.run(&tx).await?;
    tx.commit().await?;
    Ok(true)
}

/// Forgets a conversation: the index knows more of it than the log has, so it is that of another database.
pub(in crate::chat::search) async fn forget(index: &Db, conversation: ConversationId) -> Result<(), Fault> {
    let tx = begin(index).await?;
    let Some(log) = lock(index, &tx, conversation).await? else {
        return Ok(());
    };
    for head in [
        "DELETE FROM search_term WHERE log = ",
        "DELETE FROM search_message WHERE log = ",
        "UPDATE search_log SET rev = 0 WHERE n = ",
    ] {
        tx.execute(index.sql().text(head).bind(log.n).build()).await?;
    }
    tx.commit().await
}

/// A transaction whose commit does not wait for the disk: what a crash undoes is done again.
async fn begin(index: &Db) -> Result<Tx, Fault> {
    let tx = index.begin().await?;
    if index.kind() == Kind::Postgres {
        tx.execute_unprepared("SET LOCAL synchronous_commit = off").await?;
    }
    Ok(tx)
}

/// The terms of a message in one text, each between spaces.
fn joined(terms: &BTreeSet<String>) -> String {
    let mut text = String::from(" ");
    for term in terms {
        text.push_str(term);
        text.push(' ');
    }
    text
}

async fn lock(index: &Db, tx: &Tx, conversation: ConversationId) -> Result<Option<Logged>, Fault> {
    let made = index
        .sql()
        .text("INSERT INTO search_log (conversation_id, rev) VALUES (")
        .bind(conversation)
        .text(", 0) ON CONFLICT (conversation_id) DO NOTHING");
    tx.execute(made.build()).await?;
    let select = index
        .sql()
        .text("SELECT conversation_id, n, rev FROM search_log WHERE conversation_id = ")
        .bind(conversation)
        .postgres(" FOR UPDATE");
    let row = tx.one::<LogRow>(select.build()).await?;
    Ok(row.map(|row| Logged { n: row.n, rev: row.rev }))
}

struct MessageRow {
    seq: i64,
    at: i64,
    terms: String,
}

from_row!(MessageRow { seq, at, terms });

/// Takes messages out of the index, with all that they were found by.
async fn take_away(index: &Db, tx: &Tx, log: i64, seqs: &[i64]) -> Result<(), Fault> {
    let places = |sql: Sql| {
        sql.padded_rows(seqs.iter().map(|seq| [Value::from(log), (*seq).into()]))
            .text(")")
    };
    if seqs.is_empty() {
        return Ok(());
    }
    let select = index
        .sql()
        .text("SELECT seq, at, terms FROM search_message WHERE (log, seq) IN (VALUES ");
    let rows = tx.all::<MessageRow>(places(select).build()).await?;
    let terms = rows.iter().flat_map(|row| {
        let one = |term: &str| [log.into(), term.to_owned().into(), row.at.into(), row.seq.into()];
        row.terms.split_whitespace().map(one)
    });
    let terms: Vec<[Value; 4]> = terms.collect();
    for part in terms.chunks(REMOVED_AT_ONCE) {
        let delete = index
            .sql()
            .text("DELETE FROM search_term WHERE (log, term, at, seq) IN (VALUES ")
            .padded_rows(part.iter().cloned())
            .text(")");
        tx.execute(delete.build()).await?;
    }
    let delete = index
        .sql()
        .text("DELETE FROM search_message WHERE (log, seq) IN (VALUES ");
    tx.execute(places(delete).build()).await?;
    Ok(())
}
