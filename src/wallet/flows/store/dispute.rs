//! Disputes.

use sea_orm::entity::prelude::Uuid;

use super::head::{self, HeadRow};
use super::{Stored, unreadable};
use crate::db::columns::{Column, Columns};
use crate::db::{Fault, Writes, from_row};
use crate::wallet::flows::{Dispute, Flow};
use crate::wallet::money::Money;
use crate::wallet::transfer::TransferId;

const COLUMNS: Columns<24> = head::with(&[
    ("payee_id", Column::Id),
    ("payment_client_id", Column::Id),
    ("payment_actor_id", Column::Id),
    ("payment_leg", Column::Code),
    ("of_client_id", Column::Id),
    ("of_actor_id", Column::Id),
    ("of_leg", Column::Code),
    ("amount", Column::Number),
    ("reason", Column::Text),
    ("answer", Column::Text),
    ("decision", Column::Text),
]);
const MOVES: &str = " ON CONFLICT (id) DO UPDATE SET state = excluded.state, due_at = excluded.due_at, retry_at = excluded.retry_at, \
     answer = excluded.answer, decision = excluded.decision";

/// See the module.
#[derive(Debug)]
pub(in crate::wallet) struct Row {
    head: HeadRow,
    payee_id: Uuid,
    payment_client_id: Uuid,
    payment_actor_id: Uuid,
    payment_leg: i16,
    of_client_id: Uuid,
    of_actor_id: Uuid,
    of_leg: i16,
    amount: i64,
    reason: String,
    answer: String,
    decision: String,
}

from_row!(Row { payee_id, payment_client_id, payment_actor_id, payment_leg, of_client_id, of_actor_id, of_leg, amount, reason, answer, decision } with { head });

impl Stored for Dispute {
    type Row = Row;

    const TABLE: &'static str = "dispute";
    const WHOLE: bool = true;

    fn read(row: Row) -> Result<Self, Fault> {
        let head = head::read(Self::KIND, row.head)?;
        let money = Money::of_minor(row.amount, head.currency);
        Ok(Self {
            payee: row.payee_id.into(),
            payment: TransferId {
                client_id: row.payment_client_id.into(),
                actor: row.payment_actor_id.into(),
                leg: row.payment_leg,
            },
            of: TransferId {
                client_id: row.of_client_id.into(),
                actor: row.of_actor_id.into(),
                leg: row.of_leg,
            },
            money: money.map_err(|_| unreadable(Self::KIND, head.id, "an amount"))?,
            reason: row.reason,
            answer: row.answer,
            decision: row.decision,
            head,
        })
    }

    fn write(rows: Vec<&Self>, writes: &mut Writes) {
        let values = rows.into_iter().map(|dispute| {
            let own = [
                dispute.payee.into(),
                dispute.payment.client_id.into(),
                dispute.payment.actor.into(),
                dispute.payment.leg.into(),
                dispute.of.client_id.into(),
                dispute.of.actor.into(),
                dispute.of.leg.into(),
                dispute.money.minor().into(),
                dispute.reason.clone().into(),
                dispute.answer.clone().into(),
                dispute.decision.clone().into(),
            ];
            head::joined(&dispute.head, own)
        });
        writes.insert(Self::TABLE, &COLUMNS, values.collect(), MOVES);
    }
}
