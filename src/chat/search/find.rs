//! Walking through the index: the newest hits of many conversations, in order, with a bound on what is looked at.
//!
//! Each conversation has one stream of candidates, the messages of the rarest term of the query, the newest first. As far
//! as all streams have been read, their hits are in order; what lies behind the first end of a stream is not known yet,
//! and the next round goes on there.

use std::collections::{BTreeMap, BTreeSet};

use super::place::Place;
use super::query::Query;
use super::store::{self, Posting, Searched, Stream};
use crate::db::{Db, Fault};

/// Conversations whose index is asked by one statement.
const TOGETHER: usize = 32;
/// Messages of a term that are counted to find the rarest one.
const COUNTED: i64 = 64;
/// Candidates of a conversation that are looked at in a round when they must hold other terms too.
const CANDIDATES: i64 = 256;
/// Words for which an unfinished one stands in a conversation, the first by their letters.
const WORDS: i64 = 32;
/// Terms of a query that are looked up; what is found must hold the others as well.
const TERMS: usize = 16;

/// A conversation that is in the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    /// Its number there.
    pub(super) log: i64,
    pub(super) searched: Searched,
}

/// What a round has found.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// Hits in order, the newest first.
    pub(super) hits: Vec<Place>,
    /// Where the next round goes on; none when everything was looked through.
    pub(super) end: Option<Place>,
}

/// The newest hits behind `before`, at least `wanted` of them unless the round ends before. `sources` are in the order of
/// their latest activity.
pub(super) async fn round(
    index: &Db,
    sources: &[Source],
    query: &Query,
    before: Place,
    wanted: usize,
) -> Result<Round, Fault> {
    let mut hits = BTreeSet::new();
    let mut frontier = None;
    let mut parts = sources.chunks(TOGETHER).peekable();
    while let Some(part) = parts.next() {
        let plan = plan(index, part, query, before).await?;
        frontier = frontier.max(read(index, part, &plan, wanted, &mut hits).await?);
        // Nothing in the conversations that follow is newer than their latest activity.
        let unread = parts.peek().and_then(|next| next.first());
        let end = frontier.max(unread.map(|next| Place::newest_of(next.searched.last_at)));
        let known = |hit: &&Place| end.is_none_or(|end| **hit >= end);
        if unread.is_none() || hits.iter().rev().take_while(known).count() >= wanted {
            let hits = hits.iter().rev().take_while(known).copied().collect();
            return Ok(Round { hits, end });
        }
    }
    Ok(Round::default())
}

/// The streams to read, and what their messages must hold beside their terms.
struct Plan {
    streams: Vec<Stream>,
    also: Vec<String>,
}

async fn plan(index: &Db, part: &[Source], query: &Query, before: Place) -> Result<Plan, Fault> {
    let logs: Vec<_> = part.iter().map(|source| source.log).collect();
    let exact = &query.exact[..query.exact.len().min(TERMS)];
    let stream = |source: &Source, term: &str| Stream {
        log: source.log,
        term: term.to_owned(),
        before: before.bound_in(source.searched.conversation),
        from_seq: source.searched.from_seq,
    };
    match (exact, &query.begins) {
        ([], None) => Ok(Plan {
            streams: Vec::new(),
            also: Vec::new(),
        }),
        ([], Some(beginning)) => {
            let words = store::words_beginning(index, &logs, beginning, WORDS).await?;
            let by_log: BTreeMap<_, _> = part.iter().map(|source| (source.log, source)).collect();
            let streams = words
                .iter()
                .filter_map(|(log, term)| Some(stream(by_log.get(log)?, term)));
            Ok(Plan {
                streams: streams.collect(),
                also: Vec::new(),
            })
        }
        ([only], None) => Ok(Plan {
            streams: part.iter().map(|source| stream(source, only)).collect(),
            also: Vec::new(),
        }),
        (terms, begins) => {
            let counts = store::counts(index, &logs, terms, COUNTED).await?;
            let streams = part.iter().filter_map(|source| {
                let count = |term: &String| counts.get(&(source.log, term.clone())).copied().unwrap_or(0);
                let rarest = terms.iter().min_by_key(|term| count(term))?;
                (count(rarest) > 0).then(|| stream(source, rarest))
            });
            let whole = terms.iter().map(|term| format!("% {term} %"));
            let begun = begins.iter().map(|beginning| format!("% {beginning}%"));
            Ok(Plan {
                streams: streams.collect(),
                also: whole.chain(begun).collect(),
            })
        }
    }
}

/// Reads the streams of a plan; what fits joins the hits. The newest place at which a stream was left, if one was.
async fn read(
    index: &Db,
    part: &[Source],
    plan: &Plan,
    wanted: usize,
    hits: &mut BTreeSet<Place>,
) -> Result<Option<Place>, Fault> {
    let wanted = i64::try_from(wanted).unwrap_or(i64::MAX);
    let limit = if plan.also.is_empty() { wanted } else { CANDIDATES };
    let rows = store::postings(index, &plan.streams, &plan.also, limit).await?;
    let conversations: BTreeMap<_, _> = part
        .iter()
        .map(|source| (source.log, source.searched.conversation))
        .collect();
    let mut frontier = None;
    for (number, stream) in (0_i64..).zip(&plan.streams) {
        let Some(conversation) = conversations.get(&stream.log).copied() else {
            continue;
        };
        let start = rows.partition_point(|row| row.stream < number);
        let own = rows[start..].iter().take_while(|row| row.stream == number);
        let place = |row: &Posting| Place {
            at: row.at,
            conversation,
            seq: row.seq,
        };
        hits.extend(own.clone().filter(|row| row.fits == 1).map(place));
        let full = i64::try_from(own.clone().count()).unwrap_or(i64::MAX) >= limit;
        frontier = frontier.max(own.last().filter(|_| full).map(place));
    }
    Ok(frontier)
}
