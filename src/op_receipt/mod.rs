//! Answers kept for requests that leave no row of their own, so that a repetition gets the first answer.

mod fingerprint;
mod store;

use std::collections::{BTreeSet, HashMap};

pub use fingerprint::Fingerprint;
pub use store::ReceiptBatch;

use crate::group_commit::WorkingSet;
use crate::ids::{ClientId, UserId};

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What was asked.
    pub fingerprint: Fingerprint,
    /// What was answered, in the words of the slice that answered.
    pub answer: String,
}

/// The slot of receipts in a batch.
#[derive(Debug, Default)]
pub struct Receipts {
    wanted: BTreeSet<(ClientId, UserId)>,
    found: HashMap<(ClientId, UserId), Receipt>,
    given: Vec<(ClientId, UserId, Receipt)>,
}

impl Receipts {
    /// Asks for the receipt of a request.
    pub fn want(&mut self, client_id: ClientId, actor: UserId) {
        self.wanted.insert((client_id, actor));
    }

    /// The answer that was given to this request before, in this batch or an earlier one.
    #[must_use]
    pub fn get(set: &mut WorkingSet, client_id: ClientId, actor: UserId) -> Option<Receipt> {
        set.slot::<Self>().found.get(&(client_id, actor)).cloned()
    }

    /// Keeps an answer.
    pub fn give(set: &mut WorkingSet, client_id: ClientId, actor: UserId, receipt: Receipt) {
        let slot = set.slot::<Self>();
        slot.found.insert((client_id, actor), receipt.clone());
        slot.given.push((client_id, actor, receipt));
    }
}
