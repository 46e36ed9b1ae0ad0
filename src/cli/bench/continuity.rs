//! Whether everything came exactly once and in order: by the positions of the logs, and by the numbers of the messages.

use super::frames::{Heard, Position};
use crate::protocol::LogId;

/// A cursor in one log, as every client keeps one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor {
    log: LogId,
    start: i64,
    at: i64,
}

/// What went wrong on one socket, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Faults {
    /// Pushes whose `prev` was beyond the cursor.
    pub(super) holes: u64,
    /// Pushes of a position that had been pushed before.
    pub(super) repeated: u64,
    /// `head` instead of what there was: the server thought that this socket reads too slowly.
    pub(super) collapsed: u64,
    /// Messages that came a second time.
    pub(super) doubled: u64,
    /// Messages that came before an older one.
    pub(super) overtaken: u64,
    /// Messages that were acknowledged, or sent, and never came.
    pub(super) lost: u64,
    /// Requests that were never answered.
    pub(super) unanswered: u64,
}

impl Faults {
    /// Adds another socket's.
    pub(super) fn add(&mut self, other: Self) {
        self.holes += other.holes;
        self.repeated += other.repeated;
        self.collapsed += other.collapsed;
        self.doubled += other.doubled;
        self.overtaken += other.overtaken;
        self.lost += other.lost;
        self.unanswered += other.unanswered;
    }
}

impl Cursor {
    /// At a position that was read. What is pushed up to it belongs to the time before.
    pub(super) const fn new(log: LogId, at: i64) -> Self {
        Self { log, start: at, at }
    }

    /// Where it stands.
    pub(super) const fn position(&self) -> Position {
        Position {
            log: self.log,
            rev: self.at,
        }
    }

    /// All up to a position was read otherwise: pushes of it that come now are no news, and no fault.
    pub(super) fn read_up_to(&mut self, through: i64) {
        self.at = self.at.max(through);
        self.start = self.at;
    }

    /// A frame shows that something between was not heard: a hole, or `head` instead of what there was.
    pub(super) fn misses(&self, heard: &Heard<'_>) -> bool {
        let beyond = |position: i64| position > self.at;
        heard.log == Some(self.log) && heard.rev.is_some_and(beyond) && heard.prev.is_none_or(beyond)
    }

    /// A frame was heard; only pushes of this log matter. False when it tells what was read otherwise already.
    pub(super) fn follow(&mut self, heard: &Heard<'_>, faults: &mut Faults) -> bool {
        match (heard.log, heard.prev, heard.rev) {
            (Some(log), _, Some(rev)) if log == self.log && rev <= self.start => return false,
            (Some(log), Some(prev), Some(rev)) if log == self.log => self.moved(prev, rev, faults),
            (Some(log), None, Some(rev)) if log == self.log => self.head(rev, faults),
            _ => {}
        }
        true
    }

    /// A push moved the log from `prev` to `rev`.
    fn moved(&mut self, prev: i64, rev: i64, faults: &mut Faults) {
        if rev <= self.start {
            return;
        }
        if rev <= self.at {
            faults.repeated += 1;
            return;
        }
        if prev > self.at {
            faults.holes += 1;
        }
        self.at = rev;
    }

    /// A `head` named a position.
    fn head(&mut self, rev: i64, faults: &mut Faults) {
        if rev > self.at {
            faults.collapsed += 1;
            self.at = rev;
        }
    }
}

/// The numbers of messages of one sender, as they come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrivals {
    next: u64,
}

impl Arrivals {
    /// The first will be number `first`.
    pub(super) const fn from(first: u64) -> Self {
        Self { next: first }
    }

    /// One came. True when it is the next one; those that it left out count as lost.
    pub(super) fn came(&mut self, number: u64, faults: &mut Faults) -> bool {
        if number < self.next {
            faults.doubled += 1;
            return false;
        }
        faults.lost += number - self.next;
        let in_order = number == self.next;
        self.next = number + 1;
        in_order
    }

    /// The number that would come next.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ConversationId;

    fn cursor() -> Cursor {
        Cursor::new(LogId::Conversation(ConversationId::fresh()), 5)
    }

    #[test]
    fn what_belongs_to_the_time_before_is_no_fault() {
        let (mut cursor, mut faults) = (cursor(), Faults::default());
        cursor.moved(3, 5, &mut faults);
        cursor.moved(5, 6, &mut faults);
        cursor.moved(4, 8, &mut faults);
        assert_eq!(faults, Faults::default());
    }

    #[test]
    fn holes_repetitions_and_heads_are_counted() {
        let (mut cursor, mut faults) = (cursor(), Faults::default());
        cursor.moved(6, 7, &mut faults);
        cursor.moved(6, 7, &mut faults);
        cursor.head(7, &mut faults);
        cursor.head(9, &mut faults);
        cursor.moved(9, 10, &mut faults);
        assert_eq!((faults.holes, faults.repeated, faults.collapsed), (1, 1, 1));
    }

    #[test]
    fn numbers_left_out_are_lost_and_old_ones_doubled() {
        let (mut arrivals, mut faults) = (Arrivals::from(3), Faults::default());
        assert!(arrivals.came(3, &mut faults));
        assert!(!arrivals.came(6, &mut faults));
        assert!(!arrivals.came(3, &mut faults));
        assert_eq!((faults.lost, faults.doubled, arrivals.next()), (2, 1, 7));
    }
}
