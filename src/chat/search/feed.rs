//! The conversations whose logs have gone on since they were indexed, in the order in which they did.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::ids::ConversationId;

/// Conversations that wait at most. Beyond it none is noted, and all are looked through again.
const WAITING: usize = 100_000;

/// See the module.
#[derive(Default)]
pub struct Feed {
    state: Mutex<State>,
    bell: Notify,
}

#[derive(Default)]
struct State {
    queue: VecDeque<ConversationId>,
    waiting: HashSet<ConversationId>,
    missed: bool,
}

impl Feed {
    /// Notes that the log of a conversation has gone on.
    pub fn note(&self, conversation: ConversationId) {
        let mut state = self.lock();
        if state.waiting.len() >= WAITING {
            state.missed = true;
            return;
        }
        if state.waiting.insert(conversation) {
            state.queue.push_back(conversation);
            drop(state);
            self.bell.notify_one();
        }
    }

    /// The next that waits, once there is one.
    pub(super) async fn next(&self) -> ConversationId {
        loop {
            if let Some(next) = self.take() {
                return next;
            }
            self.bell.notified().await;
        }
    }

    fn take(&self) -> Option<ConversationId> {
        let mut state = self.lock();
        let next = state.queue.pop_front()?;
        state.waiting.remove(&next);
        Some(next)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_waits_once_and_in_order_and_what_does_not_fit_is_known() {
        let feed = Feed::default();
        let (first, second) = (ConversationId::fresh(), ConversationId::fresh());
        for one in [first, second, first, second] {
            feed.note(one);
        }
        assert_eq!((feed.next().await, feed.next().await), (first, second));
        assert!(feed.take().is_none() && !feed.take_missed());
        for _ in 0..=WAITING {
            feed.note(ConversationId::fresh());
        }
        assert!(feed.take_missed() && !feed.take_missed());
    }
}
