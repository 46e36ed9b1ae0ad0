//! The sums of months, and how far they are.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, QueryResult};

use crate::clock::Month;
use crate::db::{Db, Fault, Writes};
use crate::ids::{AccountId, UserId};
use crate::protocol::item;
use crate::wallet::summary::{Flowed, MonthSum};
use crate::wallet::transfer::Purpose;

/// How far an account's log is counted: all up to `through`, and what lies between `next` and `upper`; `next` is 0 when
/// there is no gap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TallyState {
    /// All rows up to here are counted.
    pub through: i64,
    /// Where the gap that is being closed began.
    pub upper: i64,
    /// The next row of it.
    pub next: i64,
}

/// How far an account is counted.
pub(in crate::wallet) async fn tally(db: &Db, account: AccountId) -> Result<TallyState, Fault> {
    let select = db
        .sql()
        .text("SELECT through, upper, next FROM account_tally WHERE account_id = ")
        .bind(account)
        .build();
    let row = db.reader().query_one_raw(select).await?;
    row.map_or(Ok(TallyState::default()), |row| {
        Ok(TallyState {
            through: row.try_get("", "through")?,
            upper: row.try_get("", "upper")?,
            next: row.try_get("", "next")?,
        })
    })
}

/// Adds sums and moves the state on, both or none; nothing when the state is not what it was.
pub(in crate::wallet) async fn add_to_tally(
    db: &Db,
    account: AccountId,
    (before, after): (TallyState, TallyState),
    sums: BTreeMap<(Month, i16, i16), (i64, i64)>,
) -> Result<(), Fault> {
    let tx = db.begin().await?;
    let make = db
        .sql()
        .text("INSERT INTO account_tally (account_id, through, upper, next) VALUES ")
        .rows([[account.into(), 0_i64.into(), 0_i64.into(), 0_i64.into()]])
        .text(" ON CONFLICT (account_id) DO NOTHING")
        .build();
    tx.execute(make).await?;
    let turn = db
        .sql()
        .text("UPDATE account_tally SET through = ")
        .bind(after.through)
        .text(", upper = ")
        .bind(after.upper)
        .text(", next = ")
        .bind(after.next)
        .text(" WHERE account_id = ")
        .bind(account)
        .text(" AND through = ")
        .bind(before.through)
        .text(" AND upper = ")
        .bind(before.upper)
        .text(" AND next = ")
        .bind(before.next)
        .build();
    if tx.execute(turn).await? == 0 {
        return Ok(());
    }
    let rows = sums.into_iter().map(|((month, purpose, direction), (minor, rows))| {
        [
            account.into(),
            month.0.into(),
            purpose.into(),
            direction.into(),
            minor.into(),
            rows.into(),
        ]
    });
    let head = "INSERT INTO account_month (account_id, month, purpose, direction, minor, rows) VALUES ";
    let tail = " ON CONFLICT (account_id, month, purpose, direction) DO UPDATE SET \
        minor = account_month.minor + excluded.minor, rows = account_month.rows + excluded.rows";
    let mut writes = Writes::new(db.kind());
    writes.rows(head, rows.collect(), tail);
    writes.run(&tx).await?;
    tx.commit().await?;
    Ok(())
}

/// The sums of an account up to a month.
pub(in crate::wallet) async fn months(db: &Db, account: AccountId, through: Month) -> Result<Vec<MonthSum>, Fault> {
    let select = db
        .sql()
        .text("SELECT month, purpose, direction, minor, rows FROM account_month WHERE account_id = ")
        .bind(account)
        .text(" AND month <= ")
        .bind(through.0)
        .text(" ORDER BY month, purpose, direction")
        .build();
    db.reader().query_all_raw(select).await?.iter().map(month_sum).collect()
}

fn month_sum(row: &QueryResult) -> Result<MonthSum, Fault> {
    let (purpose, direction): (i16, i16) = (row.try_get("", "purpose")?, row.try_get("", "direction")?);
    let unknown = || Fault::Corrupt("a month's sum is of a purpose or a direction that there is not".to_owned());
    Ok(MonthSum {
        month: Month(row.try_get("", "month")?),
        purpose: Purpose::from_code(purpose).ok_or_else(unknown)?,
        flowed: Flowed::from_code(direction).ok_or_else(unknown)?,
        minor: row.try_get("", "minor")?,
        rows: row.try_get("", "rows")?,
    })
}

/// Which of these people have a budget.
pub(in crate::wallet) async fn with_budgets(db: &Db, people: &[UserId]) -> Result<Vec<UserId>, Fault> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let select = db
        .sql()
        .text("SELECT DISTINCT user_id FROM user_item WHERE kind = 'budget' AND user_id IN (VALUES ")
        .padded_rows(people.iter().map(|user| [(*user).into()]))
        .text(")")
        .build();
    people_of(db.reader().query_all_raw(select).await?)
}

/// People with budgets behind one, by their ids, at most `limit`.
pub(in crate::wallet) async fn all_with_budgets(db: &Db, after: UserId, limit: i64) -> Result<Vec<UserId>, Fault> {
    let select = db
        .sql()
        .text("SELECT DISTINCT user_id FROM user_item WHERE kind = 'budget' AND user_id > ")
        .bind(after)
        .text(" ORDER BY user_id LIMIT ")
        .bind(limit)
        .build();
    people_of(db.reader().query_all_raw(select).await?)
}

fn people_of(rows: Vec<QueryResult>) -> Result<Vec<UserId>, Fault> {
    let people = rows.into_iter().map(|row| {
        let id: sea_orm::entity::prelude::Uuid = row.try_get("", "user_id")?;
        Ok(id.into())
    });
    people.collect()
}

/// The budgets of a person, each by its key, as they stand; at most `limit`.
pub(in crate::wallet) async fn budgets(db: &Db, user: UserId, limit: i64) -> Result<Vec<(String, String)>, Fault> {
    let select = db
        .sql()
        .text("SELECT item_key, value FROM user_item WHERE user_id = ")
        .bind(user)
        .text(" AND kind = 'budget' AND value <> ")
        .bind(item::NOTHING)
        .text(" ORDER BY item_key LIMIT ")
        .bind(limit)
        .build();
    let rows = db.reader().query_all_raw(select).await?;
    let rows = rows
        .into_iter()
        .map(|row| Ok((row.try_get("", "item_key")?, row.try_get("", "value")?)));
    rows.collect()
}
