//! The card of a payment tells how much of it went back, whoever gave it back.

use super::super::ledger::{Loaded, Plan};
use super::super::transfer::{Transfer, TransferId, TransferKind};
use super::super::{WalletError, wire};
use crate::chat::Body;
use crate::chat::log::{self, Posted};
use crate::group_commit::{Failure, WorkingSet};

/// Changes the card of the payment `of`, some of which goes back by `plan`; none if nothing does, or if it
/// is no payment's card.
///
/// # Errors
/// When the row was not loaded, or its card cannot be changed: a fault of ours.
pub(in crate::wallet) fn tell(
    set: &mut WorkingSet,
    of: TransferId,
    plan: &Plan,
) -> Result<Option<Posted>, WalletError> {
    let ledger = set.slot::<Loaded>();
    let reversed = ledger.transfer(of).ok_or(WalletError::Failed(Failure::Internal))?;
    let reverses = |row: &&Transfer| row.kind == TransferKind::Reverse && row.of == Some(reversed.seq);
    let row = plan.rows().find(reverses);
    let (Some(row), Some(card)) = (row, reversed.card) else {
        return Ok(None);
    };
    let sum = ledger.refunded(reversed.seq).saturating_add(row.money.minor());
    let sum = reversed.money.currency().format(sum);
    let chat = set.slot::<log::Loaded>();
    let Some(Body::Card { kind, data, .. }) = chat.message(card.conversation, card.seq).map(|row| &row.body) else {
        return Ok(None);
    };
    if kind != wire::PAYMENT_CARD {
        return Ok(None);
    }
    let told = wire::with_refund(data, sum);
    Ok(Some(log::change_card(set, card.conversation, card.seq, told)?))
}
