//! Whose money moved since their budgets were looked at.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::ids::UserId;

/// People who wait at most. Beyond it none is noted, and all who have budgets are looked at again.
const WAITING: usize = 100_000;
/// People who are taken at once.
const TAKEN: usize = 256;

/// See the module.
#[derive(Default)]
pub struct BudgetFeed {
    state: Mutex<State>,
    bell: Notify,
}

#[derive(Default)]
struct State {
    waiting: BTreeSet<UserId>,
    missed: bool,
}

impl BudgetFeed {
    /// Notes that money of somebody moved.
    pub fn note(&self, owner: UserId) {
        let mut state = self.lock();
        if state.waiting.len() >= WAITING && !state.waiting.contains(&owner) {
            state.missed = true;
            return;
        }
        state.waiting.insert(owner);
        drop(state);
        self.bell.notify_one();
    }

    /// Those who wait, once there are some.
    pub(super) async fn next(&self) -> Vec<UserId> {
        loop {
            let taken = self.take();
            if !taken.is_empty() {
                return taken;
            }
            self.bell.notified().await;
        }
    }

    fn take(&self) -> Vec<UserId> {
        let mut state = self.lock();
        let taken: Vec<_> = state.waiting.iter().take(TAKEN).copied().collect();
        for user in &taken {
            state.waiting.remove(user);
        }
        taken
    }

    /// Whether somebody could not be noted since this was asked last.
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
    async fn each_waits_once_and_what_does_not_fit_is_known() {
        let feed = BudgetFeed::default();
        let (first, second) = (UserId::from_bytes([1; 16]), UserId::from_bytes([2; 16]));
        for one in [first, second, first] {
            feed.note(one);
        }
        assert_eq!(feed.next().await, [first, second]);
        assert!(feed.take().is_empty() && !feed.take_missed());
        for _ in 0..=WAITING {
            feed.note(UserId::fresh());
        }
        assert!(feed.take_missed() && !feed.take_missed());
        assert_eq!(feed.take().len(), TAKEN);
    }
}
