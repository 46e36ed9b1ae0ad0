//! What the wallet puts into the ledger's lane.

mod expire;
mod find;
pub(super) mod given_back;
mod instruct;
mod submit;

pub use expire::{ExpireHolds, Expired};
pub(super) use find::FindTransfer;
pub use instruct::{Act, Instruct};
pub use submit::SubmitTransfer;

use super::WalletError;
use super::account::Account;
use super::ledger::{AccountEvent, Loaded, Order, PlacedLeg};
use super::transfer::Transfer;
use crate::chat::log::{self, Posted};
use crate::delivery::ItemChange;
use crate::group_commit::{Advanced, Failure, Moment, WorkingSet};
use crate::op_receipt::{Receipt, Receipts};
use crate::protocol::LogId;

/// What an instruction moved, for those who are told.
#[derive(Debug, Clone, Default)]
pub struct Moved {
    /// The rows, each with both accounts as they stood after it.
    pub legs: Vec<PlacedLeg>,
    /// What happened to accounts themselves, each with the account after it.
    pub changes: Vec<(AccountEvent, Account)>,
    /// Cards that this commit wrote or changed, in the order of their logs.
    pub cards: Vec<Posted>,
    /// Changes in people's own logs, when the conversation was opened for the card.
    pub items: Vec<ItemChange>,
}

impl Moved {
    /// The rows alone.
    #[must_use]
    pub fn transfers(&self) -> Vec<Transfer> {
        self.legs.iter().map(|leg| leg.transfer.clone()).collect()
    }
}

/// How an instruction was decided.
#[derive(Debug, Clone)]
pub enum Decision {
    /// It was carried out.
    Done(Box<Moved>),
    /// It had been before, with this id and this content; its rows, none when it changed an account itself.
    Repeated(Vec<Transfer>),
}

/// The first answer again, if the id of `order` was used before: what was done, the refusal, or a conflict.
fn repeated(set: &mut WorkingSet, order: Order, moment: Moment) -> Option<Result<Decision, WalletError>> {
    let (client_id, actor) = (order.client_id, order.actor);
    let legs: Vec<_> = set.slot::<Loaded>().group(client_id, actor).cloned().collect();
    if let Some(first) = legs.first() {
        if first.fingerprint != order.fingerprint {
            return Some(Err(WalletError::IdempotencyConflict));
        }
        return Some(found(set, legs, moment));
    }
    let receipt = Receipts::get(set, client_id, actor)?;
    if receipt.fingerprint != order.fingerprint {
        return Some(Err(WalletError::IdempotencyConflict));
    }
    if receipt.answer == instruct::CHANGED {
        return Some(Ok(Decision::Repeated(Vec::new())));
    }
    let refusal = WalletError::from_receipt(&receipt.answer);
    Some(Err(refusal.unwrap_or(WalletError::IdempotencyConflict)))
}

/// Keeps a refusal that is final, so that a repetition gets it again.
pub(super) fn refused(set: &mut WorkingSet, order: Order, refusal: WalletError) -> WalletError {
    if let Some(answer) = refusal.as_receipt() {
        keep(set, order, answer);
    }
    refusal
}

pub(super) fn keep(set: &mut WorkingSet, order: Order, answer: String) {
    let fingerprint = order.fingerprint;
    Receipts::give(set, order.client_id, order.actor, Receipt { fingerprint, answer });
}

/// Rows that stand in the ledger already. After a COMMIT of unknown outcome they may be what that COMMIT wrote, of
/// which nobody was told yet; to announce them twice does no harm, since everybody knows by the position whether they
/// had it.
fn found(set: &mut WorkingSet, rows: Vec<Transfer>, moment: Moment) -> Result<Decision, WalletError> {
    if !moment.after_unknown {
        return Ok(Decision::Repeated(rows));
    }
    let first = rows.first().map(|row| (row.client_id, row.actor));
    let message = first.and_then(|(id, actor)| set.slot::<log::Loaded>().posted(id, actor).cloned());
    let mut moved = as_they_stand(set, rows)?;
    moved.cards = message.map(log::found).into_iter().collect();
    Ok(done(set, moved))
}

/// Rows that stand, each with its accounts as they were right after it.
pub(super) fn as_they_stand(set: &mut WorkingSet, rows: Vec<Transfer>) -> Result<Moved, WalletError> {
    let ledger = set.slot::<Loaded>();
    // Later rows may have moved the accounts since: what is announced is of this position.
    let as_of = |id, posted, held: Option<i64>, seq| {
        let account = ledger.account(id).copied();
        let account = account.ok_or(WalletError::Failed(Failure::Internal))?;
        Ok::<_, WalletError>(Account {
            posted,
            held: held.unwrap_or(account.held),
            last_seq: seq,
            ..account
        })
    };
    let mut legs = Vec::with_capacity(rows.len());
    for transfer in rows {
        legs.push(PlacedLeg {
            debit: as_of(
                transfer.debit,
                transfer.debit_after,
                Some(transfer.debit_held),
                transfer.seq,
            )?,
            credit: as_of(transfer.credit, transfer.credit_after, None, transfer.seq)?,
            transfer,
        });
    }
    Ok(Moved {
        legs,
        ..Moved::default()
    })
}

fn done(set: &mut WorkingSet, moved: Moved) -> Decision {
    Decision::Done(Box::new(advanced(set, moved)))
}

/// Says which logs moved, for the other nodes.
pub(super) fn advanced(set: &mut WorkingSet, moved: Moved) -> Moved {
    let advanced = &mut set.slot::<Advanced>().0;
    for leg in &moved.legs {
        advanced.push((LogId::Account(leg.debit.id), leg.transfer.seq));
        advanced.push((LogId::Account(leg.credit.id), leg.transfer.seq));
    }
    for (event, account) in &moved.changes {
        advanced.push((LogId::Account(account.id), event.seq));
    }
    moved
}
