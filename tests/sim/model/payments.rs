//! The cards of payments, which tell what of them went back, and those of what went back.

use std::collections::{BTreeMap, BTreeSet};

use quipu::ids::{AccountId, UserId};
use quipu::wallet::{FlowKind, FlowRef, TransferId, TransferKind};
use serde_json::{Value, json};

use super::{Model, Row};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Payments {
    /// Cards of payments that are no offers, by their ids.
    pub(super) cards: BTreeMap<TransferId, Value>,
    /// Cards of what went back without a flow, by the ids of the rows.
    pub(super) reversals: BTreeMap<TransferId, Value>,
    /// Rows that stand at a card, of whatever kind.
    carded: BTreeSet<i64>,
    /// The payment's card at which a payment's row stands; it may be an offer's.
    of_rows: BTreeMap<i64, TransferId>,
}

impl Payments {
    /// Rows were written at a card: of a payment, if it is named.
    pub(super) fn placed(&mut self, rows: &[Row], card: Option<TransferId>) {
        // The fee behind it stands nowhere.
        let Some(row) = rows.first() else { return };
        self.carded.insert(row.seq);
        if let Some(card) = card {
            self.of_rows.insert(row.seq, card);
        }
    }
}

impl Model {
    /// What goes back by these rows is told by the cards of what it is of.
    pub(super) fn told_of(&mut self, rows: &[Row]) {
        for row in rows.iter().filter(|row| row.kind == TransferKind::Reverse) {
            let of = row.of.unwrap();
            let Some(card) = self.payments.of_rows.get(&of) else {
                continue;
            };
            let (_, back) = self.ledger.books.refunds[&of];
            let told = json!(row.money.currency().format(back));
            let shown = match self.payments.cards.get_mut(card) {
                Some(shown) => shown,
                None => {
                    let offer = FlowRef::of(FlowKind::Offer, card.client_id, card.actor);
                    &mut self.flows.get_mut(&offer.id).unwrap().shown
                }
            };
            shown["refunded"] = told;
        }
    }

    /// What went back without a flow has a card of its own, if what it is of has one.
    pub(super) fn reversed(&mut self, rows: &[Row]) {
        self.told_of(rows);
        for row in rows.iter().filter(|row| row.kind == TransferKind::Reverse) {
            if !self.payments.carded.contains(&row.of.unwrap()) {
                continue;
            }
            let currency = row.money.currency();
            let card = json!({
                "from": self.owner(row.debit), "to": self.owner(row.credit), "currency": currency.code(),
                "amount": currency.format(row.money.minor()), "note": row.note, "state": "reversed",
            });
            self.payments.reversals.insert(row.id, card);
        }
    }

    fn owner(&self, account: AccountId) -> UserId {
        self.ledger.books.accounts[&account].account.key.owner
    }
}
