//! An event of a large conversation that is laid out in parts. Thousands of sockets that all have something to write are
//! a queue in which everybody else's answers wait; a part at a time, others come between. That is for an event that
//! nothing stands behind: a conversation that is busy would fall behind by it.

use std::sync::Arc;
use std::time::Duration;

use crate::delivery::EncodedEvent;
use crate::ids::UserId;

/// People of one part: their sockets are written to within a millisecond or two.
const PART: usize = 64;
/// Between two parts: longer than one takes, so that most of a processor's time is everybody else's. Ten thousand
/// people have an event within two thirds of a second.
pub(super) const PAUSE: Duration = Duration::from_millis(4);

/// What of an event is still to be laid out.
#[derive(Debug)]
pub(super) struct Parts {
    /// For whoever looks at the conversation.
    pub(super) event: EncodedEvent,
    /// For everybody else.
    pub(super) head: EncodedEvent,
    everybody: Arc<[UserId]>,
    next: usize,
}

impl Parts {
    /// Nothing is laid out yet.
    pub(super) fn new(event: EncodedEvent, head: EncodedEvent, everybody: Arc<[UserId]>) -> Self {
        Self {
            event,
            head,
            everybody,
            next: 0,
        }
    }

    /// The people of the next part; nobody once everybody has it.
    pub(super) fn part(&mut self) -> &[UserId] {
        let from = self.next;
        self.next = from.saturating_add(PART).min(self.everybody.len());
        &self.everybody[from..self.next]
    }

    /// Everybody who is left.
    pub(super) fn rest(&mut self) -> &[UserId] {
        let from = std::mem::replace(&mut self.next, self.everybody.len());
        &self.everybody[from..]
    }

    /// Whether everybody has it.
    pub(super) fn is_over(&self) -> bool {
        self.next == self.everybody.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ConversationId;
    use crate::protocol::LogId;

    fn parts(people: &[UserId]) -> Parts {
        let head = EncodedEvent::head(LogId::Conversation(ConversationId::fresh()), 1, 2);
        Parts::new(head.clone(), head, people.into())
    }

    #[test]
    fn everybody_has_it_once_and_in_order() {
        for count in [0, 1, PART, PART + 1, 3 * PART, 10_001] {
            let people: Vec<_> = (0..count).map(|_| UserId::fresh()).collect();
            let (mut parts, mut laid) = (parts(&people), Vec::new());
            while !parts.is_over() {
                let part = parts.part();
                assert!((1..=PART).contains(&part.len()));
                laid.extend_from_slice(part);
            }
            assert_eq!(laid, people);
            assert!(parts.part().is_empty() && parts.rest().is_empty());
        }
    }

    #[test]
    fn the_rest_is_whoever_does_not_have_it() {
        let people: Vec<_> = (0..1_000).map(|_| UserId::fresh()).collect();
        let mut parts = parts(&people);
        let mut laid = parts.part().to_vec();
        laid.extend_from_slice(parts.rest());
        assert!(parts.is_over());
        assert_eq!(laid, people);
    }
}
