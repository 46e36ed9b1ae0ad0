//! Flows held against the rows that are their steps, and against their cards: what a flow says of itself must be what the
//! ledger did with it, and what every member was shown.

use std::collections::HashMap;

use super::replay::Replay;
use super::{AuditError, Break, ensure};
use crate::wallet::account::AccountKind;
use crate::wallet::flow::FlowRef;
use crate::wallet::flows::{Bill, Dispute, FlowState, Offer, Packet, PartyState, Request, Schedule, Stored};
use crate::wallet::ledger::HoldState;
use crate::wallet::store::AuditSnapshot;
use crate::wallet::transfer::{Purpose, Transfer, TransferKind};

/// Flows read at once.
const PAGE: u64 = 512;

/// What the rows of one flow did.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    /// Payments between people, and how much they were, in minor units.
    payments: i64,
    paid: i64,
    /// What was set aside, and taken of that by how many.
    set_aside: i64,
    taken: i64,
    takers: i64,
    /// What went back of it, to its maker or to where the operator finds it.
    returned: i64,
    /// Rows by which something went back.
    reversals: i64,
    /// The hold of an offer.
    hold: Option<i64>,
}

/// What the rows of all flows did.
pub(super) type FlowSums = HashMap<FlowRef, Sums>;

/// Counts a row in the flow that it is a step of. Sides are what the accounts are for.
pub(super) fn count(sums: &mut FlowSums, row: &Transfer, sides: (AccountKind, AccountKind)) -> Result<(), Break> {
    let Some(flow) = row.flow else { return Ok(()) };
    let (sum, minor) = (sums.entry(flow).or_default(), row.money.minor());
    let add = |to: &mut i64| -> Result<(), Break> {
        *to = to.checked_add(minor).ok_or_else(|| Break {
            what: format!("row {} overflows what its flow moved", row.seq),
        })?;
        Ok(())
    };
    match (row.kind, row.purpose, sides) {
        (TransferKind::Hold, Purpose::Fee, _) | (_, Purpose::Fee, _) => {}
        (TransferKind::Hold, ..) => sum.hold = Some(row.seq),
        (TransferKind::Post, Purpose::Packet, (AccountKind::Person, AccountKind::Escrow)) => add(&mut sum.set_aside)?,
        (TransferKind::Post, Purpose::Packet, (AccountKind::Escrow, AccountKind::Person)) => {
            sum.takers += 1;
            add(&mut sum.taken)?;
        }
        (_, Purpose::Packet, (AccountKind::Escrow, _)) => add(&mut sum.returned)?,
        (TransferKind::Reverse, ..) => sum.reversals += 1,
        (TransferKind::Post | TransferKind::Capture, ..) => {
            sum.payments += 1;
            add(&mut sum.paid)?;
        }
        _ => {}
    }
    let out = sum.taken.saturating_add(sum.returned);
    ensure(out <= sum.set_aside, || {
        format!("row {} takes more out of a packet than is in it", row.seq)
    })
}

/// What a flow says of itself, held against what its rows did.
trait Audited: Stored {
    /// Whether it agrees with its rows.
    fn agrees(&self, sums: &Sums, replay: &Replay) -> bool;
}

impl Audited for Offer {
    fn agrees(&self, sums: &Sums, replay: &Replay) -> bool {
        let Some(hold) = sums.hold.and_then(|seq| replay.hold_at(seq)) else {
            return false;
        };
        let ended = matches!(
            (self.head.state, hold.state),
            (FlowState::Open, HoldState::Open)
                | (FlowState::Accepted, HoldState::Captured)
                | (FlowState::Declined | FlowState::Cancelled, HoldState::Voided)
                // An operator may have let the money go, or taken it, before.
                | (FlowState::Expired, HoldState::Expired | HoldState::Voided | HoldState::Captured)
        );
        ended && hold.amount == self.money.minor()
    }
}

impl Audited for Request {
    fn agrees(&self, sums: &Sums, _: &Replay) -> bool {
        let paid = self.payers.iter().filter(|party| party.state == PartyState::Paid);
        let (count, sum) = paid.fold((0, 0_i64), |(count, sum), party| {
            (count + 1, sum.saturating_add(party.minor))
        });
        (count, sum) == (sums.payments, sums.paid)
    }
}

impl Audited for Bill {
    fn agrees(&self, sums: &Sums, _: &Replay) -> bool {
        let shares = self.shares.iter().map(|party| party.minor);
        let whole = shares.fold(0_i64, i64::saturating_add) == self.total.minor();
        whole && self.paid() == sums.paid
    }
}

impl Audited for Packet {
    fn agrees(&self, sums: &Sums, _: &Replay) -> bool {
        let taken = (self.claimed, self.claimed_minor) == (sums.takers, sums.taken);
        let returned = if self.head.state == FlowState::Expired {
            self.left()
        } else {
            0
        };
        taken && sums.set_aside == self.total.minor() && sums.returned == returned
    }
}

impl Audited for Schedule {
    fn agrees(&self, sums: &Sums, _: &Replay) -> bool {
        self.paid == sums.payments
    }
}

impl Audited for Dispute {
    fn agrees(&self, sums: &Sums, _: &Replay) -> bool {
        // What is won goes back, if something was left to go back.
        sums.reversals <= i64::from(self.head.state == FlowState::Won)
    }
}

/// Every flow agrees with its rows and its card, and no flow's card stands without a flow. Tells how many there are.
pub(super) async fn every_flow_agrees(snapshot: &AuditSnapshot, replay: &Replay) -> Result<i64, AuditError> {
    let offers = sort::<Offer>(snapshot, replay).await?;
    let others = sort::<Request>(snapshot, replay).await?
        + sort::<Packet>(snapshot, replay).await?
        + sort::<Bill>(snapshot, replay).await?
        + sort::<Schedule>(snapshot, replay).await?
        + sort::<Dispute>(snapshot, replay).await?;
    let cards = snapshot.flow_card_count().await?;
    ensure(cards == others, || {
        format!("{cards} cards of flows stand in conversations for {others} flows")
    })?;
    let found = offers + others;
    let named = replay.flow_count();
    // A request or a plan that nobody paid has no row.
    ensure(named <= found, || {
        format!("rows are steps of {named} flows, and there are {found}")
    })?;
    Ok(found)
}

async fn sort<F: Audited>(snapshot: &AuditSnapshot, replay: &Replay) -> Result<i64, AuditError> {
    let (mut found, mut after) = (0, None);
    loop {
        let page: Vec<F> = snapshot.flows(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = Some(last.head().id);
        let places: Vec<_> = page.iter().map(|flow| flow.head().card).collect();
        let mut cards = HashMap::new();
        for part in places.chunks(256) {
            cards.extend(snapshot.cards(part).await?);
        }
        for flow in &page {
            let head = flow.head();
            let name = || format!("{} {}", F::KIND.as_str(), head.id);
            let shown = cards.get(&(head.card.conversation, head.card.seq));
            let shown = shown.filter(|card| card.kind == F::KIND.as_str() && card.id == flow.card_id());
            let shown = shown.ok_or_else(|| Break {
                what: format!("{} has no card where it says", name()),
            })?;
            ensure(flow.is_told_by(&shown.data), || {
                format!("{} is shown otherwise by its card: {}", name(), shown.data)
            })?;
            let named = FlowRef {
                kind: F::KIND,
                id: head.id,
            };
            let sums = replay.flow_sums(named);
            ensure(flow.agrees(&sums, replay), || {
                format!("{} is {flow:?}, its rows make it {sums:?}", name())
            })?;
        }
        found += i64::try_from(page.len()).unwrap_or(i64::MAX);
    }
}
