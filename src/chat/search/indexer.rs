//! The indexer: one task a node that takes the logs into the index, behind their commits. It keeps at most half of one
//! processor busy, and what it had not done when the node ended is found by looking through all conversations.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::feed::Feed;
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
            conversation = feed.next() => {
                let began = Instant::now();
                match page(&db, &index, conversation).await {
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

/// Takes the next page of a conversation's log into the index.
async fn page(db: &Db, index: &Db, conversation: ConversationId) -> Result<Came, Fault> {
    let logged = store::logs(index, &[conversation]).await?;
    let from = logged.get(&conversation).map_or(0, |log| log.rev);
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
    let indexed = rows.len();
    let turn = Turn {
        conversation,
        from,
        through,
        rows,
    };
    let done = store::turn_page(index, &turn).await?;
    if done {
        metric::search_indexed(indexed);
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
