//! Payments that are accepted first.

use sea_orm::entity::prelude::Uuid;

use super::head::{self, HEAD_MOVES, HeadRow};
use super::{Stored, unreadable};
use crate::db::columns::{Column, Columns};
use crate::db::{Fault, Writes, from_row};
use crate::wallet::flows::{Flow, Offer};
use crate::wallet::money::Money;

const COLUMNS: Columns<17> = head::with(&[
    ("payee_id", Column::Id),
    ("amount", Column::Number),
    ("fee", Column::Number),
    ("note", Column::Text),
]);

/// See the module.
#[derive(Debug)]
pub(in crate::wallet) struct Row {
    head: HeadRow,
    payee_id: Uuid,
    amount: i64,
    fee: i64,
    note: String,
}

from_row!(Row { payee_id, amount, fee, note } with { head });

impl Stored for Offer {
    type Row = Row;

    const TABLE: &'static str = "offer";
    const WHOLE: bool = true;

    fn read(row: Row) -> Result<Self, Fault> {
        let head = head::read(Self::KIND, row.head)?;
        let money = Money::of_minor(row.amount, head.currency);
        Ok(Self {
            payee: row.payee_id.into(),
            money: money.map_err(|_| unreadable(Self::KIND, head.id, "an amount"))?,
            fee: row.fee,
            note: row.note,
            head,
        })
    }

    fn write(rows: Vec<&Self>, writes: &mut Writes) {
        let values = rows.into_iter().map(|offer| {
            let own = [
                offer.payee.into(),
                offer.money.minor().into(),
                offer.fee.into(),
                offer.note.clone().into(),
            ];
            head::joined(&offer.head, own)
        });
        writes.insert(Self::TABLE, &COLUMNS, values.collect(), HEAD_MOVES);
    }
}
