//! The only announcer of a log on a node. Events arrive in any order, from two lanes and from other nodes, some twice
//! and some never; they leave in the order of their positions, each once. Pure state: time comes in as a value.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::EncodedEvent;

/// Events that wait behind a hole at most; one more and the hole is read from the database at once.
const MAX_WAITING: usize = 64;
/// Events kept while that read is under way or fails; later ones are only remembered by their position, and the next
/// read brings them.
const MAX_KEPT: usize = 1_024;
/// How long an event waits for the one before it.
const MAX_WAIT: Duration = Duration::from_millis(100);

/// Positions that are missing: to be read from the database, `from` exclusive, up to at least `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hole {
    /// What has been announced.
    pub from: i64,
    /// What is known to exist.
    pub to: i64,
}

/// The tail of one log.
#[derive(Debug, Default)]
pub struct LogTail {
    announced: Option<i64>,
    known: i64,
    waiting: BTreeMap<i64, EncodedEvent>,
    waiting_since: Option<Instant>,
}

impl LogTail {
    /// A tail that has announced everything up to `position`.
    #[must_use]
    pub fn at(position: i64) -> Self {
        Self {
            announced: Some(position),
            known: position,
            ..Self::default()
        }
    }

    /// How far this tail has announced, if it has begun.
    #[must_use]
    pub const fn announced(&self) -> Option<i64> {
        self.announced
    }

    /// Takes an event and returns what can be announced now, in order. An event that was announced already, or is
    /// waiting already, is dropped. The first event of a tail that has not begun is where it begins.
    #[must_use]
    pub fn offer(&mut self, event: EncodedEvent, now: Instant) -> Vec<EncodedEvent> {
        let announced = *self.announced.get_or_insert(event.prev);
        if event.rev <= announced {
            return Vec::new();
        }
        self.known = self.known.max(event.rev);
        if self.waiting.len() < MAX_KEPT || event.prev <= announced {
            self.waiting.insert(event.rev, event);
        }
        self.release(now)
    }

    /// Learns that the log has reached `rev` without the event itself.
    pub fn hint(&mut self, rev: i64, now: Instant) {
        if self.announced.is_some_and(|announced| rev > announced) {
            self.known = self.known.max(rev);
            self.waiting_since.get_or_insert(now);
        }
    }

    /// The hole to read from the database, once something has waited behind it for too long or too much waits.
    #[must_use]
    pub fn overdue(&self, now: Instant) -> Option<Hole> {
        let since = self.waiting_since?;
        let late = now.duration_since(since) >= MAX_WAIT || self.waiting.len() > MAX_WAITING;
        let from = self.announced?;
        (late && self.known > from).then_some(Hole { from, to: self.known })
    }

    /// When [`Self::overdue`] is to be asked again, if anything waits.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let wait = if self.waiting.len() > MAX_WAITING {
            Duration::ZERO
        } else {
            MAX_WAIT
        };
        self.waiting_since.map(|since| since + wait)
    }

    /// The read of a hole failed: what waits has its time again before the next one.
    pub fn read_failed(&mut self, now: Instant) {
        self.waiting_since = self.waiting_since.map(|_| now);
    }

    /// Takes the rows that were read for a hole: they stand for everything up to `through`.
    #[must_use]
    pub fn repair(&mut self, rows: Vec<EncodedEvent>, through: i64, now: Instant) -> Vec<EncodedEvent> {
        let announced = self.announced.unwrap_or(0);
        let mut ready: Vec<_> = rows.into_iter().filter(|row| row.rev > announced).collect();
        self.announced = Some(announced.max(through));
        self.waiting_since = None;
        ready.append(&mut self.release(now));
        ready
    }

    /// Lets go of what is next in line. Positions that a read has passed over are dropped.
    fn release(&mut self, now: Instant) -> Vec<EncodedEvent> {
        let mut ready = Vec::new();
        while let Some(entry) = self.waiting.first_entry() {
            let announced = self.announced.unwrap_or(0);
            if entry.get().rev <= announced {
                entry.remove();
            } else if entry.get().prev <= announced {
                let event = entry.remove();
                self.announced = Some(event.rev);
                ready.push(event);
            } else {
                break;
            }
        }
        let behind = self.announced.is_some_and(|announced| self.known > announced);
        self.waiting_since = behind.then(|| {
            if ready.is_empty() {
                self.waiting_since.unwrap_or(now)
            } else {
                now
            }
        });
        ready
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::ids::ConversationId;
    use crate::protocol::LogId;

    fn event(log: LogId, prev: i64, rev: i64) -> EncodedEvent {
        EncodedEvent {
            log,
            prev,
            rev,
            shows: rev,
            turns_members: false,
            json: Bytes::new(),
            frame: Bytes::new(),
        }
    }

    fn log() -> LogId {
        LogId::Conversation(ConversationId::fresh())
    }

    proptest! {
        #[test]
        fn any_order_with_repetitions_leaves_in_order_once(order in Just((1..=40_i64).collect::<Vec<_>>()).prop_shuffle(), twice in prop::collection::vec(1..=40_i64, 0..20)) {
            let (log, now) = (log(), Instant::now());
            let mut tail = LogTail::at(0);
            let out: Vec<_> = order.into_iter().chain(twice)
                .flat_map(|rev| tail.offer(event(log, rev - 1, rev), now))
                .map(|e| e.rev)
                .collect();
            prop_assert_eq!(out, (1..=40).collect::<Vec<_>>());
            prop_assert_eq!(tail.overdue(now + MAX_WAIT), None);
        }

        #[test]
        fn what_never_came_is_read_and_nothing_is_announced_twice(order in Just((1..=40_i64).collect::<Vec<_>>()).prop_shuffle(), lost in prop::collection::hash_set(1..=40_i64, 1..10)) {
            let (log, now) = (log(), Instant::now());
            let mut tail = LogTail::at(0);
            let mut out: Vec<i64> = Vec::new();
            for rev in order.into_iter().filter(|rev| !lost.contains(rev)) {
                out.extend(tail.offer(event(log, rev - 1, rev), now).iter().map(|e| e.rev));
            }
            tail.hint(40, now);
            let hole = tail.overdue(now + MAX_WAIT).expect("something is missing");
            let rows = (hole.from + 1..=hole.to).map(|rev| event(log, rev - 1, rev)).collect();
            out.extend(tail.repair(rows, hole.to, now).iter().map(|e| e.rev));
            prop_assert_eq!(out, (1..=40).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_hole_is_read_when_it_is_old_and_not_before() {
        let (log, now) = (log(), Instant::now());
        let mut tail = LogTail::at(0);
        assert!(tail.offer(event(log, 1, 2), now).is_empty());
        assert_eq!(tail.overdue(now), None);
        assert_eq!(tail.overdue(now + MAX_WAIT), Some(Hole { from: 0, to: 2 }));
    }

    #[test]
    fn a_hole_is_read_at_once_when_too_much_waits_behind_it() {
        let (log, now) = (log(), Instant::now());
        let mut tail = LogTail::at(0);
        for rev in 2..=66 {
            let _ = tail.offer(event(log, rev - 1, rev), now);
        }
        assert_eq!(tail.overdue(now), Some(Hole { from: 0, to: 66 }));
    }

    #[test]
    fn a_read_that_collapsed_positions_is_followed_by_what_waited() {
        let (log, now) = (log(), Instant::now());
        let mut tail = LogTail::at(3);
        let _ = tail.offer(event(log, 7, 9), now);
        let out = tail.repair(vec![event(log, 3, 6)], 7, now);
        assert_eq!(out.iter().map(|e| e.rev).collect::<Vec<_>>(), [6, 9]);
    }
}
