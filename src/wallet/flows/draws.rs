//! The draws of the packets that were claimed last: each claim takes one share, and all shares follow from one draw.
//! A packet is read anew for each batch, in which a draw of ten thousand shares would keep all other money waiting.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::ids::FlowId;

/// So many packets are remembered: with the most shares that one may have they take a few megabytes.
const PACKETS: usize = 64;

/// The shares of a packet in the order in which they are taken, once they were needed.
pub type Shares = Arc<OnceLock<Vec<i64>>>;

/// See the module. What a packet's shares follow from never changes, so that what is remembered cannot be out of date.
#[derive(Debug, Default)]
pub struct Draws(Mutex<VecDeque<(FlowId, Shares)>>);

impl Draws {
    /// The place for the shares of a packet that is stored; the one that was asked for longest ago makes room for it.
    #[must_use]
    pub fn of(&self, packet: FlowId) -> Shares {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.iter().position(|(id, _)| *id == packet);
        let known = known.and_then(|place| last.remove(place));
        let (_, shares) = known.unwrap_or_else(|| (packet, Shares::default()));
        last.truncate(PACKETS - 1);
        last.push_front((packet, Arc::clone(&shares)));
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> FlowId {
        uuid::Uuid::from_u128(number).into()
    }

    #[test]
    fn a_packet_that_is_asked_for_is_drawn_once() {
        let draws = Draws::default();
        draws.of(id(0)).set(vec![7]).unwrap();
        for other in 1..500 {
            assert_eq!(draws.of(id(other)).get(), None);
            assert_eq!(draws.of(id(0)).get(), Some(&vec![7]));
        }
    }

    #[test]
    fn only_the_last_ones_are_remembered() {
        let draws = Draws::default();
        let most = PACKETS as u128;
        for packet in 0..=most {
            draws.of(id(packet)).set(vec![1]).unwrap();
        }
        assert_eq!(draws.of(id(1)).get(), Some(&vec![1]));
        assert_eq!(draws.of(id(0)).get(), None);
        assert_eq!(draws.0.lock().unwrap().len(), PACKETS);
    }
}
