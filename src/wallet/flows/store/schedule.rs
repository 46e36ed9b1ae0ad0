//! Planned payments.

use sea_orm::entity::prelude::Uuid;

use super::head::{self, HeadRow};
use super::{Stored, unreadable};
use crate::clock::Micros;
use crate::db::columns::{Column, Columns};
use crate::db::{Fault, Writes, from_row};
use crate::wallet::flows::{Flow, LastRun, Schedule};
use crate::wallet::money::Money;
use crate::wallet::rules::recurrence::{End, Every, Recurrence};

const COLUMNS: Columns<25> = head::with(&[
    ("payee_id", Column::Id),
    ("amount", Column::Number),
    ("note", Column::Text),
    ("first_at", Column::Number),
    ("every", Column::Code),
    ("times", Column::OptionalNumber),
    ("until", Column::OptionalNumber),
    ("next", Column::Number),
    ("paid", Column::Number),
    ("skipped", Column::Number),
    ("failed", Column::Number),
    ("last", Column::Text),
]);
const MOVES: &str = " ON CONFLICT (id) DO UPDATE SET state = excluded.state, due_at = excluded.due_at, retry_at = excluded.retry_at, \
     next = excluded.next, paid = excluded.paid, skipped = excluded.skipped, failed = excluded.failed, \
     last = excluded.last";

/// See the module.
#[derive(Debug)]
pub(in crate::wallet) struct Row {
    head: HeadRow,
    payee_id: Uuid,
    amount: i64,
    note: String,
    first_at: i64,
    every: i16,
    times: Option<i64>,
    until: Option<i64>,
    next: i64,
    paid: i64,
    skipped: i64,
    failed: i64,
    last: String,
}

from_row!(Row { payee_id, amount, note, first_at, every, times, until, next, paid, skipped, failed, last } with { head });

impl Stored for Schedule {
    type Row = Row;

    const TABLE: &'static str = "schedule";
    const WHOLE: bool = true;

    fn read(row: Row) -> Result<Self, Fault> {
        let head = head::read(Self::KIND, row.head)?;
        let bad = |what| unreadable(Self::KIND, head.id, what);
        let end = match (row.times, row.until) {
            (Some(times), None) => End::Count(u32::try_from(times).map_err(|_| bad("an end"))?),
            (None, Some(until)) => End::Until(Micros(until)),
            (None, None) => End::Never,
            (Some(_), Some(_)) => return Err(bad("an end")),
        };
        Ok(Self {
            payee: row.payee_id.into(),
            money: Money::of_minor(row.amount, head.currency).map_err(|_| bad("an amount"))?,
            note: row.note,
            times: Recurrence {
                first: Micros(row.first_at),
                every: every_of(row.every).ok_or_else(|| bad("a rhythm"))?,
                end,
            },
            next: u32::try_from(row.next).map_err(|_| bad("a next time"))?,
            paid: row.paid,
            skipped: row.skipped,
            failed: row.failed,
            last: LastRun::read(&row.last),
            head,
        })
    }

    fn write(rows: Vec<&Self>, writes: &mut Writes) {
        let values = rows.into_iter().map(|plan| {
            let (times, until) = match plan.times.end {
                End::Never => (None, None),
                End::Count(times) => (Some(i64::from(times)), None),
                End::Until(until) => (None, Some(until.0)),
            };
            let own = [
                plan.payee.into(),
                plan.money.minor().into(),
                plan.note.clone().into(),
                plan.times.first.0.into(),
                code_of(plan.times.every).into(),
                times.into(),
                until.into(),
                i64::from(plan.next).into(),
                plan.paid.into(),
                plan.skipped.into(),
                plan.failed.into(),
                plan.last.word().to_owned().into(),
            ];
            head::joined(&plan.head, own)
        });
        writes.insert(Self::TABLE, &COLUMNS, values.collect(), MOVES);
    }
}

const RHYTHMS: [Every; 5] = [Every::Once, Every::Day, Every::Week, Every::Month, Every::Year];

fn code_of(every: Every) -> i16 {
    let at = RHYTHMS.iter().position(|one| *one == every).unwrap_or(0);
    i16::try_from(at).unwrap_or(0)
}

fn every_of(code: i16) -> Option<Every> {
    usize::try_from(code).ok().and_then(|at| RHYTHMS.get(at)).copied()
}
