//! Requests for money.

use super::head::{self, HEAD_MOVES, HeadRow};
use super::{Stored, unreadable};
use crate::db::columns::{Column, Columns};
use crate::db::{Fault, Writes, from_row};
use crate::wallet::flows::{Flow, Request};
use crate::wallet::money::Money;

const COLUMNS: Columns<15> = head::with(&[("amount", Column::Number), ("note", Column::Text)]);

/// See the module.
#[derive(Debug)]
pub(in crate::wallet) struct Row {
    head: HeadRow,
    amount: i64,
    note: String,
}

from_row!(Row { amount, note } with { head });

impl Stored for Request {
    type Row = Row;

    const TABLE: &'static str = "request";
    const WHOLE: bool = true;

    fn read(row: Row) -> Result<Self, Fault> {
        let head = head::read(Self::KIND, row.head)?;
        let money = Money::of_minor(row.amount, head.currency);
        Ok(Self {
            money: money.map_err(|_| unreadable(Self::KIND, head.id, "an amount"))?,
            note: row.note,
            payers: Vec::new(),
            head,
        })
    }

    fn write(rows: Vec<&Self>, writes: &mut Writes) {
        let values = rows.into_iter().map(|request| {
            let own = [request.money.minor().into(), request.note.clone().into()];
            head::joined(&request.head, own)
        });
        writes.insert(Self::TABLE, &COLUMNS, values.collect(), HEAD_MOVES);
    }
}
