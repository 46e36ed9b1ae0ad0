//! Looking into the index. Every statement here reads a bounded number of rows, each by the index's primary key.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{FromQueryResult, Value};

use crate::db::{Db, Fault, Sql};

/// Streams in one statement: SQLite takes 500 parts of a compound.
const STREAMS_AT_ONCE: usize = 128;
/// What no term reaches: terms are letters and digits.
const BEYOND: char = '\u{10ffff}';

/// The messages of one conversation that have one term, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chat::search) struct Stream {
    /// The conversation's number in the index.
    pub(in crate::chat::search) log: i64,
    pub(in crate::chat::search) term: String,
    /// Only what lies behind this time and position.
    pub(in crate::chat::search) before: (i64, i64),
    /// Only what is posted after this position.
    pub(in crate::chat::search) from_seq: i64,
}

/// A message of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromQueryResult)]
pub(in crate::chat::search) struct Posting {
    /// Which of the streams.
    pub(in crate::chat::search) stream: i64,
    pub(in crate::chat::search) at: i64,
    pub(in crate::chat::search) seq: i64,
    /// 1 when all that it must hold beside the term is there.
    pub(in crate::chat::search) fits: i32,
}

/// The first rows of each stream, at most `limit` of each, in the order of the streams. `also` is what a message must
/// hold beside the term, as patterns of LIKE over all its terms.
pub(in crate::chat::search) async fn postings(
    index: &Db,
    streams: &[Stream],
    also: &[String],
    limit: i64,
) -> Result<Vec<Posting>, Fault> {
    let mut found = Vec::new();
    for (part, streams) in streams.chunks(STREAMS_AT_ONCE).enumerate() {
        let mut sql = index.sql();
        for (place, stream) in streams.iter().enumerate() {
            let number = i64::try_from(part * STREAMS_AT_ONCE + place).unwrap_or(i64::MAX);
            sql = one_stream(
                if place == 0 { sql } else { sql.text(" UNION ALL ") },
                number,
                stream,
                also,
                limit,
            );
        }
        found.extend(Posting::find_by_statement(sql.build()).all(index.reader()).await?);
    }
    // A union has no order.
    found.sort_by_key(|row| (row.stream, std::cmp::Reverse((row.at, row.seq))));
    Ok(found)
}

fn one_stream(sql: Sql, number: i64, stream: &Stream, also: &[String], limit: i64) -> Sql {
    let sql = sql
        .text("SELECT ")
        .bind(number)
        .text(" AS stream, s.at AS at, s.seq AS seq, ");
    let sql = match also {
        [] => sql.text("1 AS fits FROM ("),
        [first, rest @ ..] => {
            let sql = sql.text("CASE WHEN m.terms LIKE ").bind(first.clone());
            let sql = rest
                .iter()
                .fold(sql, |sql, pattern| sql.text(" AND m.terms LIKE ").bind(pattern.clone()));
            sql.text(" THEN 1 ELSE 0 END AS fits FROM (")
        }
    };
    let sql = sql
        .text("SELECT log, at, seq FROM search_term WHERE log = ")
        .bind(stream.log)
        .text(" AND term = ")
        .bind(stream.term.clone())
        .text(" AND (at, seq) < (")
        .bind(stream.before.0)
        .text(", ")
        .bind(stream.before.1)
        .text(") AND seq > ")
        .bind(stream.from_seq)
        .text(" ORDER BY at DESC, seq DESC LIMIT ")
        .bind(limit)
        .text(") AS s");
    if also.is_empty() {
        return sql;
    }
    sql.text(" JOIN search_message m ON m.log = s.log AND m.seq = s.seq")
}

#[derive(FromQueryResult)]
struct CountRow {
    log: i64,
    term: String,
    found: i64,
}

/// How many messages of each conversation have each term, counted up to `most`.
pub(in crate::chat::search) async fn counts(
    index: &Db,
    logs: &[i64],
    terms: &[String],
    most: i64,
) -> Result<BTreeMap<(i64, String), i64>, Fault> {
    let wanted = logs
        .iter()
        .flat_map(|log| terms.iter().map(|term| [Value::from(*log), term.clone().into()]));
    let select = index
        .sql()
        .text("WITH wanted (log, term) AS (VALUES ")
        .padded_rows(wanted)
        .text(
            ") SELECT w.log AS log, w.term AS term, (SELECT COUNT(*) FROM (SELECT 1 FROM search_term t \
             WHERE t.log = w.log AND t.term = w.term LIMIT ",
        )
        .bind(most)
        .text(") AS counted) AS found FROM wanted w")
        .build();
    let rows = CountRow::find_by_statement(select).all(index.reader()).await?;
    Ok(rows.into_iter().map(|row| ((row.log, row.term), row.found)).collect())
}

#[derive(FromQueryResult)]
struct WordRow {
    log: i64,
    term: String,
}

/// The first terms of each conversation that begin so, at most `most` of each, by their letters.
pub(in crate::chat::search) async fn words_beginning(
    index: &Db,
    logs: &[i64],
    beginning: &str,
    most: i64,
) -> Result<BTreeSet<(i64, String)>, Fault> {
    let beyond = format!("{beginning}{BEYOND}");
    // From word to word, each found by one look into the index, however often it stands there.
    let select = index
        .sql()
        .text("WITH RECURSIVE wanted (log) AS (VALUES ")
        .padded_rows(logs.iter().map(|log| [Value::from(*log)]))
        .text(
            "), word (log, term, place) AS (SELECT w.log, (SELECT MIN(t.term) FROM search_term t WHERE t.log = w.log \
             AND t.term >= ",
        )
        .bind(beginning)
        .text(" AND t.term < ")
        .bind(beyond.clone())
        .text(
            "), 1 FROM wanted w UNION ALL SELECT p.log, (SELECT MIN(t.term) FROM search_term t WHERE t.log = p.log \
             AND t.term > p.term AND t.term < ",
        )
        .bind(beyond)
        .text("), p.place + 1 FROM word p WHERE p.term IS NOT NULL AND p.place < ")
        .bind(most)
        .text(") SELECT log, term FROM word WHERE term IS NOT NULL")
        .build();
    let rows = WordRow::find_by_statement(select).all(index.reader()).await?;
    Ok(rows.into_iter().map(|row| (row.log, row.term)).collect())
}
