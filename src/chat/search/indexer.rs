//! The indexer: one task a node that takes the logs into the index, behind their commits. It keeps at most half of one
//! processor busy, and what it had not done when the node ended is found by looking through all conversations.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::feed::{Feed, Noted, Waiting};
use super::store::{self, Indexed, Turn};
use super::words;
use crate::chat::store::{Reader, changed_since};
use crate::chat::{Body, Message};
use crate::db::{Db, Fault};
use crate::ids::ConversationId;
use crate::metric;

/// Messages of a conversation that are read at once.
const PAGE: u64 = 256;
/// Terms of them that are written in one transaction, but for those of its last message: what bounds its memory.
const TERMS: usize = 8_192;
/// The least pause behind a page, in which more of a busy conversation comes together.
const LEAST_PAUSE: Duration = Duration::from_millis(10);
/// Before the next try after the database could not be asked.
const RETRY: Duration = Duration::from_secs(1);
/// How often all conversations are looked through for what a node left behind that is no more.
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// Conversations looked at by one statement.
const LOOKED_AT_ONCE: i64 = 500;

/// The texts by which a message is found: what was written, and what attached files are called.
pub(super) fn texts(message: &Message) -> impl Iterator<Item = &str> + Clone {
    let seen = message.recalled.is_none();
    let words = match &message.body {
        Body::Text(text) if seen => Some(text.as_str()),
        Body::Text(_) | Body::System(_) | Body::Card { .. } => None,
    };
    let names = message.extra.attachments.iter().filter(move |_| seen);
    words
        .into_iter()
        .chain(names.map(|attachment| attachment.name.as_str()))
}

/// What one page came to.
enum Came {
    /// To the end of the log.
    ToTheEnd,
    /// There is more.
    On,
}

/// Indexes what the feed names, for ever.
pub(super) async fn run(db: Db, index: Db, feed: Arc<Feed>) {
    let mut look_at = Instant::now();
    loop {
        tokio::select! {
            biased;
            () = sleep_until(look_at) => {
                let looked = look_through(&db, &index, &feed).await;
                let wait = if looked.is_ok() { LOOK_EVERY } else { RETRY };
                if let Err(error) = looked {
                    tracing::warn!(%error, "the conversations could not be looked through for what is not indexed");
                }
                look_at = Instant::now() + wait;
            }
            Waiting { conversation, rows } = feed.next() => {
                let began = Instant::now();
                match take_in(&db, &index, conversation, rows).await {
                    Ok(Came::ToTheEnd) => {}
                    Ok(Came::On) => feed.note(conversation),
                    Err(error) => {
                        tracing::warn!(%conversation, %error, "a conversation could not be indexed");
                        feed.note(conversation);
                        sleep(RETRY).await;
                    }
                }
                if feed.take_missed() {
                    look_at = Instant::now() + RETRY;
                }
                sleep(began.elapsed().max(LEAST_PAUSE)).await;
            }
        }
    }
}

/// Takes what is new of a conversation's log into the index: the rows that were noted, or else the next page of it.
async fn take_in(db: &Db, index: &Db, conversation: ConversationId, rows: Vec<Noted>) -> Result<Came, Fault> {
    let logged = store::logs(index, &[conversation]).await?;
    let from = logged.get(&conversation).map_or(0, |log| log.rev);
    match (rows.first(), rows.last()) {
        (Some(first), Some(last)) if first.prev <= from => {
            if last.rev <= from {
                return Ok(Came::ToTheEnd);
            }
            let turn = Turn {
                conversation,
                from,
                through: last.rev,
                rows: standing(rows, from),
            };
            turn_page(index, &turn, false).await
        }
        _ => page(db, index, conversation, from).await,
    }
}

/// Each message beyond a position as it stands after its last row.
fn standing(rows: Vec<Noted>, from: i64) -> Vec<Indexed> {
    let beyond = rows.into_iter().filter(|row| row.rev > from);
    let last: BTreeMap<_, _> = beyond.map(|row| (row.seq, row)).collect();
    let indexed = last.into_values().map(|row| Indexed {
        seq: row.seq,
        at: row.at,
        changed: row.rev != row.seq,
        terms: words::terms([row.words.as_str()]),
    });
    indexed.collect()
}

/// Takes the next page of a conversation's log into the index.
async fn page(db: &Db, index: &Db, conversation: ConversationId, from: i64) -> Result<Came, Fault> {
    let (messages, head) = changed_since(db, conversation, from, Reader::SERVER, PAGE).await?;
    let Some(head) = head else {
        return Ok(Came::ToTheEnd);
    };
    if head.last_rev < from {
        store::forget(index, conversation).await?;
        return Ok(Came::On);
    }
    let (mut rows, mut terms, mut reached) = (Vec::new(), 0, from);
    for message in &messages {
        if terms >= TERMS {
            break;
        }
        let row = indexed(message);
        terms += row.terms.len();
        reached = message.rev;
        rows.push(row);
    }
    let whole = rows.len() == messages.len();
    let more = reached < head.last_rev && (!whole || messages.len() as u64 == PAGE);
    let through = if more { reached } else { reached.max(head.last_rev) };
    if through == from {
        return Ok(Came::ToTheEnd);
    }
    let turn = Turn {
        conversation,
        from,
        through,
        rows,
    };
    turn_page(index, &turn, more).await
}

async fn turn_page(index: &Db, turn: &Turn, more: bool) -> Result<Came, Fault> {
    let done = store::turn_page(index, turn).await?;
    if done {
        metric::search_indexed(turn.rows.len());
    }
    // Another node may have been quicker: then what it left is looked at.
    Ok(if done && !more { Came::ToTheEnd } else { Came::On })
}

fn indexed(message: &Message) -> Indexed {
    Indexed {
        seq: message.seq,
        at: message.at.0,
        // What is new here may be an old message whose posting was indexed before its change.
        changed: message.rev != message.seq,
        terms: words::terms(texts(message)),
    }
}

/// Notes every conversation whose log has gone on beyond the index.
async fn look_through(db: &Db, index: &Db, feed: &Feed) -> Result<(), Fault> {
    let mut after = None;
    loop {
        let page = store::moved_conversations(db, after, LOOKED_AT_ONCE).await?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        after = Some(*last);
        let ids: Vec<_> = page.iter().map(|(id, _)| *id).collect();
        let logged = store::logs(index, &ids).await?;
        let rev = |id| logged.get(&id).map_or(0, |log| log.rev);
        for (id, _) in page.into_iter().filter(|(id, last_rev)| *last_rev != rev(*id)) {
            feed.note(id);
        }
        sleep(LEAST_PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stands_once_as_its_last_row_has_it() {
        let row = |rev: i64, seq: i64, words: &str| Noted {
            prev: rev - 1,
            rev,
            seq,
            at: 7,
            words: words.to_owned(),
        };
        let rows = vec![
            row(3, 3, "indexed before"),
            row(4, 4, "first"),
            row(5, 5, "other\nname.txt"),
            row(6, 4, ""),
        ];
        let found = standing(rows, 3);
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.seq, one.changed, one.terms.len()))
            .collect();
        assert_eq!(told, [(4, true, 0), (5, false, 3)]);
    }
}
