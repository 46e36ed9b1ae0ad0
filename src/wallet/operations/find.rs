//! `transfer.status`.

use super::super::ledger::Loaded;
use super::super::transfer::Paid;
use super::super::{TransferFound, WalletError};
use crate::group_commit::{Moment, Operation, WorkingSet};
use crate::ids::{ClientId, UserId};
use crate::op_receipt::Receipts;

/// Asked in the ledger's lane and under its lock, so that a payment which is queued before it, or whose COMMIT is
/// under way on any node, is not taken for one that never was.
#[derive(Debug)]
pub(in crate::wallet) struct FindTransfer {
    pub(in crate::wallet) client_id: ClientId,
    pub(in crate::wallet) actor: UserId,
}

impl Operation for FindTransfer {
    type Answer = Result<TransferFound, WalletError>;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<Loaded>().want_group(self.client_id, self.actor);
        set.slot::<Receipts>().want(self.client_id, self.actor);
    }

    fn decide(&self, set: &mut WorkingSet, _: Moment) -> Self::Answer {
        let legs: Vec<_> = set
            .slot::<Loaded>()
            .group(self.client_id, self.actor)
            .cloned()
            .collect();
        if let Some(paid) = Paid::of(legs) {
            return Ok(TransferFound::Posted(Box::new(paid)));
        }
        let receipt = Receipts::get(set, self.client_id, self.actor);
        let refusal = receipt.and_then(|receipt| WalletError::from_receipt(&receipt.answer));
        refusal.map(TransferFound::Refused).ok_or(WalletError::TransferNotFound)
    }
}
