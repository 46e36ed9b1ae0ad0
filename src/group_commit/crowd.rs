//! How full a lane's queue is, for those who would read more work from the network: rather than to refuse most of it,
//! which costs as much as doing it, they read no further until there is room.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// How long somebody rests at most, however full the queue stays.
const LONGEST_REST: Duration = Duration::from_secs(1);

/// A queue is crowded from three quarters of its bound until it has come down to a half. What is left above is for those
/// who had read already.
#[derive(Debug)]
pub(super) struct Crowd {
    bound: usize,
    crowded: AtomicBool,
    room: Notify,
}

impl Crowd {
    pub(super) fn new(bound: usize) -> Self {
        Self {
            bound,
            crowded: AtomicBool::new(false),
            room: Notify::new(),
        }
    }

    /// Somebody was put in: so many wait now.
    pub(super) fn grew(&self, waiting: usize) {
        if waiting >= self.bound - self.bound / 4 {
            self.crowded.store(true, Ordering::SeqCst);
        }
    }

    /// Some were taken out: so many wait now.
    pub(super) fn shrank(&self, waiting: usize) {
        if waiting <= self.bound / 2 && self.is_crowded() {
            self.crowded.store(false, Ordering::SeqCst);
            self.room.notify_waiters();
        }
    }

    pub(super) fn is_crowded(&self) -> bool {
        self.crowded.load(Ordering::SeqCst)
    }

    /// Waits until it is crowded no more, at most [`LONGEST_REST`].
    pub(super) async fn room(&self) {
        // From here on it hears of room; what came before is seen in the flag.
        let heard = self.room.notified();
        if self.is_crowded() {
            // Then whoever waits tries its luck.
            let _ = timeout(LONGEST_REST, heard).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn it_is_crowded_from_three_quarters_until_a_half() {
        let crowd = Crowd::new(8);
        let seen = |waiting| {
            crowd.grew(waiting);
            crowd.is_crowded()
        };
        assert_eq!([5, 6, 7].map(seen), [false, true, true]);
        let waits = crowd.room();
        tokio::pin!(waits);
        assert!(waits.as_mut().now_or_never().is_none());
        crowd.shrank(5);
        assert!(crowd.is_crowded());
        crowd.shrank(4);
        assert!(!crowd.is_crowded());
        waits.await;
        assert!(crowd.room().now_or_never().is_some());
    }

    #[tokio::test]
    async fn nobody_rests_for_ever_where_it_stays_crowded() {
        let crowd = Crowd::new(4);
        crowd.grew(4);
        crowd.room().await;
        assert!(crowd.is_crowded());
    }
}
