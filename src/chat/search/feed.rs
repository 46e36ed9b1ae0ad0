//! The conversations whose logs have gone on since they were indexed, in the order in which they did, with the rows that
//! came: what was just posted need not be read again.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::indexer::texts;
use crate::chat::log::Posted;
use crate::ids::ConversationId;

/// Conversations that wait at most. Beyond it none is noted, and all are looked through again.
const WAITING: usize = 100_000;
/// Bytes of text that are kept over all of them. Beyond it rows are read from their log.
const KEPT_BYTES: usize = 1 << 20;
/// What a row without words counts for.
const ROW_BYTES: usize = 64;
/// Rows, and bytes of them, that are handed out at once: what bounds a transaction of the index.
const ROWS: usize = 256;
const BYTES: usize = 64 << 10;

/// A row of a log, as the index takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Noted {
    /// The log's position before it.
    pub(super) prev: i64,
    /// And after it.
    pub(super) rev: i64,
    pub(super) seq: i64,
    /// When it was posted, in microseconds.
    pub(super) at: i64,
    /// What it is found by, in lines.
    pub(super) words: String,
}

impl Noted {
    fn of(Posted { message, prev }: &Posted) -> Self {
        let words: Vec<_> = texts(message).collect();
        Self {
            prev: *prev,
            rev: message.rev,
            seq: message.seq,
            at: message.at.0,
            words: words.join("\n"),
        }
    }

    fn bytes(&self) -> usize {
        self.words.len() + ROW_BYTES
    }
}

/// A conversation that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) conversation: ConversationId,
    /// Its newest rows without a gap between them; none when they are to be read.
    pub(super) rows: Vec<Noted>,
}

/// See the module.
#[derive(Default)]
pub struct Feed {
    state: Mutex<State>,
    bell: Notify,
}

#[derive(Default)]
struct State {
    queue: VecDeque<ConversationId>,
    /// Rows in their order; none when they are to be read.
    waiting: HashMap<ConversationId, VecDeque<Noted>>,
    bytes: usize,
    missed: bool,
}

impl Feed {
    /// Notes that the log of a conversation has gone on.
    pub fn note(&self, conversation: ConversationId) {
        self.add(conversation, None);
    }

    /// Notes a row behind its commit.
    pub fn note_row(&self, posted: &Posted) {
        self.add(posted.message.conversation, Some(Noted::of(posted)));
    }

    fn add(&self, conversation: ConversationId, row: Option<Noted>) {
        let mut state = self.lock();
        if state.waiting.len() >= WAITING && !state.waiting.contains_key(&conversation) {
            state.missed = true;
            return;
        }
        if state.add(conversation, row) {
            drop(state);
            self.bell.notify_one();
        }
    }

    /// The next that waits, once there is one.
    pub(super) async fn next(&self) -> Waiting {
        loop {
            if let Some(next) = self.lock().take() {
                return next;
            }
            self.bell.notified().await;
        }
    }

    /// Whether something could not be noted since this was asked last.
    pub(super) fn take_missed(&self) -> bool {
        std::mem::take(&mut self.lock().missed)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code under this lock can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the conversation did not wait before.
    fn add(&mut self, conversation: ConversationId, row: Option<Noted>) -> bool {
        let row = row.filter(|row| self.bytes.saturating_add(row.bytes()) <= KEPT_BYTES);
        match self.waiting.entry(conversation) {
            Entry::Vacant(place) => {
                self.bytes += row.as_ref().map_or(0, Noted::bytes);
                place.insert(row.into_iter().collect());
                self.queue.push_back(conversation);
                true
            }
            Entry::Occupied(mut place) => {
                let rows = place.get_mut();
                match row {
                    Some(row) if rows.back().is_some_and(|last| last.rev == row.prev) => {
                        self.bytes += row.bytes();
                        rows.push_back(row);
                    }
                    // With a gap, or without content: from the log, all of it.
                    _ => {
                        self.bytes -= rows.iter().map(Noted::bytes).sum::<usize>();
                        *rows = VecDeque::new();
                    }
                }
                false
            }
        }
    }

    /// The first that waits, with no more than is handed out at once; what is left waits again.
    fn take(&mut self) -> Option<Waiting> {
        let conversation = self.queue.pop_front()?;
        let mut left = self.waiting.remove(&conversation).unwrap_or_default();
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while rows.len() < ROWS
            && bytes < BYTES
            && let Some(row) = left.pop_front()
        {
            bytes += row.bytes();
            rows.push(row);
        }
        self.bytes -= bytes;
        if !left.is_empty() {
            self.waiting.insert(conversation, left);
            self.queue.push_back(conversation);
        }
        Some(Waiting { conversation, rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(prev: i64, words: &str) -> Option<Noted> {
        Some(Noted {
            prev,
            rev: prev + 1,
            seq: prev + 1,
            at: 0,
            words: words.to_owned(),
        })
    }

    fn revs(waiting: Option<Waiting>) -> Vec<i64> {
        waiting.unwrap().rows.iter().map(|row| row.rev).collect()
    }

    #[tokio::test]
    async fn each_waits_once_and_in_order_and_what_does_not_fit_is_known() {
        let feed = Feed::default();
        let (first, second) = (ConversationId::fresh(), ConversationId::fresh());
        for one in [first, second, first, second] {
            feed.note(one);
        }
        assert_eq!(feed.next().await.conversation, first);
        assert_eq!(feed.next().await.conversation, second);
        assert!(feed.lock().take().is_none() && !feed.take_missed());
        for _ in 0..=WAITING {
            feed.note(ConversationId::fresh());
        }
        assert!(feed.take_missed() && !feed.take_missed());
    }

    #[test]
    fn rows_wait_in_their_order_as_long_as_none_is_missing() {
        let (one, mut state) = (ConversationId::fresh(), State::default());
        assert!(state.add(one, row(4, "a")));
        assert!(!state.add(one, row(5, "b")));
        assert_eq!(revs(state.take()), [5, 6]);
        for gap in [row(9, "c"), None] {
            state.add(one, row(7, "a"));
            state.add(one, gap);
            // What comes behind a gap does not close it.
            state.add(one, row(10, "d"));
            assert!(revs(state.take()).is_empty());
        }
        assert_eq!((state.bytes, state.waiting.len(), state.queue.len()), (0, 0, 0));
    }

    #[test]
    fn what_is_handed_out_and_what_is_kept_is_bounded() {
        let (one, mut state) = (ConversationId::fresh(), State::default());
        for prev in 0..600 {
            state.add(one, row(prev, "word"));
        }
        let sizes: Vec<_> = std::iter::from_fn(|| state.take())
            .map(|next| next.rows.len())
            .collect();
        assert_eq!(sizes, [256, 256, 88]);
        let long = "x".repeat(BYTES / 2);
        for prev in 0..3 {
            state.add(one, row(prev, &long));
        }
        assert_eq!(revs(state.take()), [1, 2]);
        assert_eq!(revs(state.take()), [3]);
        for prev in 0..1_000 {
            state.add(one, row(prev, &long));
            assert!(state.bytes <= KEPT_BYTES);
        }
        assert!(revs(state.take()).is_empty(), "too much was to be kept");
        assert_eq!(state.bytes, 0);
    }
}
