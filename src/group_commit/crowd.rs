//! How full a lane's queue is, for those who would read more work from the network: rather than to refuse most of it,
//! which costs as much as doing it, they read no further until there is room.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// How long somebody rests at most, however full the queue stays.
const LONGEST_REST: Duration = Duration::from_secs(1);

/// How much somebody brings before they wait for their next turn. One at a time, waking them would cost more than what
/// they bring.
pub(super) const TURN: usize = 16;

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

    /// So many were taken out, and so many wait still. There is room for the turns of as many as that makes, of those first
    /// who have waited longest.
    pub(super) fn shrank(&self, taken: usize, waiting: usize) {
        if !self.is_crowded() {
            return;
        }
        if waiting <= self.bound / 2 {
            self.crowded.store(false, Ordering::SeqCst);
            return self.room.notify_waiters();
        }
        for _ in 0..taken.div_ceil(TURN) {
            self.room.notify_one();
        }
    }

    pub(super) fn is_crowded(&self) -> bool {
        self.crowded.load(Ordering::SeqCst)
    }

    /// Waits for its turn while it is crowded, at most [`LONGEST_REST`].
    pub(super) async fn room(&self) {
        // From here on it hears of all room; what came before is seen in the flag.
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
        crowd.shrank(1, 5);
        assert!(crowd.is_crowded());
        waits.await;
        let waits = [crowd.room(), crowd.room()];
        let mut waits = Box::pin(futures_util::future::join_all(waits));
        assert!(waits.as_mut().now_or_never().is_none());
        crowd.shrank(1, 4);
        assert!(!crowd.is_crowded());
        waits.await;
        assert!(crowd.room().now_or_never().is_some());
    }

    #[tokio::test]
    async fn who_has_waited_longest_has_the_first_room() {
        let crowd = Crowd::new(8);
        crowd.grew(8);
        let (mut first, mut second) = (Box::pin(crowd.room()), Box::pin(crowd.room()));
        assert!(first.as_mut().now_or_never().is_none() && second.as_mut().now_or_never().is_none());
        crowd.shrank(1, 7);
        assert!(second.as_mut().now_or_never().is_none());
        assert!(first.as_mut().now_or_never().is_some());
    }

    #[tokio::test]
    async fn nobody_rests_for_ever_where_it_stays_crowded() {
        let crowd = Crowd::new(4);
        crowd.grew(4);
        crowd.room().await;
        assert!(crowd.is_crowded());
    }
}
