//! Bills.

use super::head::{self, HEAD_MOVES, HeadRow};
use super::{Stored, unreadable};
use crate::db::columns::{Column, Columns};
use crate::db::{Fault, Writes, from_row};
use crate::wallet::flows::{Bill, Flow, Split};
use crate::wallet::money::Money;

const COLUMNS: Columns<16> = head::with(&[
    ("total", Column::Number),
    ("split", Column::Code),
    ("note", Column::Text),
]);

/// See the module.
#[derive(Debug)]
pub(in crate::wallet) struct Row {
    head: HeadRow,
    total: i64,
    split: i16,
    note: String,
}

from_row!(Row { total, split, note } with { head });

impl Stored for Bill {
    type Row = Row;

    const TABLE: &'static str = "bill";
    const WHOLE: bool = true;

    fn read(row: Row) -> Result<Self, Fault> {
        let head = head::read(Self::KIND, row.head)?;
        let total = Money::of_minor(row.total, head.currency);
        Ok(Self {
            total: total.map_err(|_| unreadable(Self::KIND, head.id, "an amount"))?,
            split: Split::from_code(row.split).ok_or_else(|| unreadable(Self::KIND, head.id, "a split"))?,
            note: row.note,
            shares: Vec::new(),
            head,
        })
    }

    fn write(rows: Vec<&Self>, writes: &mut Writes) {
        let values = rows.into_iter().map(|bill| {
            let own = [
                bill.total.minor().into(),
                bill.split.code().into(),
                bill.note.clone().into(),
            ];
            head::joined(&bill.head, own)
        });
        writes.insert(Self::TABLE, &COLUMNS, values.collect(), HEAD_MOVES);
    }
}
