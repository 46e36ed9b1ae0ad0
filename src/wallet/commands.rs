//! What an account's actor is told.

use actix::Message;

use super::WalletError;
use super::actor::Place;
use super::operations::Decision;
use super::transfer::{Instruction, Paid};
use crate::delivery::EncodedEvent;
use crate::group_commit::Outcome;
use crate::ids::UserId;
use crate::reply::Reply;

/// The answer to a payment, and whether it had been posted before.
pub(super) type TransferAnswer = Result<(Paid, bool), WalletError>;

/// The owner wants to pay.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct PayFrom {
    pub(super) instruction: Instruction,
    pub(super) reply: Reply<TransferAnswer>,
}

/// The lane has decided a transfer.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct TransferSettled {
    pub(super) instruction: Instruction,
    pub(super) outcome: Outcome<Result<Decision, WalletError>>,
    pub(super) reply: Reply<TransferAnswer>,
}

/// Its owner wants something put into the lane, in the order in which they ask.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct RunFor {
    /// Is given a place, to be kept until it is settled, or told why there is none.
    pub(super) job: Box<dyn FnOnce(Result<Place, WalletError>) + Send>,
}

/// Something of the account was settled.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct PlaceFree;

/// The account's log moved, by this node or another.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct AnnounceMovement {
    pub(super) owner: UserId,
    pub(super) event: EncodedEvent,
}

/// The account's log is known to have reached a position.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct HintAccount {
    /// Whose account it is, when it is known.
    pub(super) owner: Option<UserId>,
    pub(super) rev: i64,
}

/// Everything that was sent before is worked off: the actor may end.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Retire;
