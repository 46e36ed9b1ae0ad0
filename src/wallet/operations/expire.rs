//! Holds whose time has passed end by an operation of the ledger's lane, so that none can be captured beside it.

use sha2::{Digest, Sha256};

use super::super::WalletError;
use super::super::ledger::{self, Loaded, Order, Step};
use super::super::transfer::TransferId;
use super::{Decision, Moved, done};
use crate::group_commit::{Moment, Operation, WorkingSet};
use crate::ids::{ClientId, UserId};
use crate::op_receipt::Fingerprint;

/// Holds ended by one operation at most: few enough to fit a commit beside payments.
const AT_ONCE: usize = 256;

/// See the module.
#[derive(Debug, Clone, Copy)]
pub struct ExpireHolds;

/// What an expiry did.
#[derive(Debug, Clone, Default)]
pub struct Expired {
    /// What it moved.
    pub moved: Moved,
    /// There may be more.
    pub more: bool,
}

/// The id under which a hold expires follows from the hold, so no node and no retry ends it twice: a UUID of version
/// 8 over the first 16 bytes of SHA-256.
fn expiry_id(hold: TransferId) -> ClientId {
    let mut hash = Sha256::new();
    hash.update(b"quipu.expiry.v1");
    hash.update(hold.client_id.bytes());
    hash.update(hold.actor.bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    uuid::Uuid::new_v8(bytes).into()
}

impl Operation for ExpireHolds {
    type Answer = Result<Expired, WalletError>;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<Loaded>().want_expired(AT_ONCE);
    }

    fn decide(&self, set: &mut WorkingSet, _: Moment) -> Self::Answer {
        let due = set.slot::<Loaded>().expired().to_vec();
        let more = due.len() >= AT_ONCE;
        let mut all = Moved::default();
        for of in due {
            let order = Order {
                client_id: expiry_id(of),
                actor: UserId::SYSTEM,
                fingerprint: Fingerprint::of("expire", &[of.to_string().as_bytes()]),
                flow: None,
            };
            // One that was captured or voided before it in this very batch is left alone.
            let Ok(plan) = ledger::plan(set.slot::<Loaded>(), order, vec![Step::Expire { of }]) else {
                continue;
            };
            let (legs, _) = plan.apply(set.slot::<Loaded>(), None);
            let moved = Moved {
                legs,
                ..Moved::default()
            };
            if let Decision::Done(moved) = done(set, moved) {
                all.legs.extend(moved.legs);
            }
        }
        Ok(Expired { moved: all, more })
    }
}
