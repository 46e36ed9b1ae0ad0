//! The SQL of the sandbox's orders.

use sea_orm::entity::prelude::Uuid;

use super::{Order, Said, Scenario};
use crate::clock::Micros;
use crate::db::{Db, Fault, Source as _, from_row};
use crate::ids::FlowId;
use crate::wallet::funding::Direction;
use crate::wallet::money::{Currency, Money};

struct Row {
    id: Uuid,
    direction: i16,
    scenario: String,
    currency: String,
    amount: i64,
    answer: i16,
    made_at: i64,
}

from_row!(Row {
    id,
    direction,
    scenario,
    currency,
    amount,
    answer,
    made_at
});

/// An order by its id.
pub(super) async fn find(db: &Db, id: FlowId) -> Result<Option<Order>, Fault> {
    let select = db.sql().text("SELECT * FROM sandbox_order WHERE id = ").bind(id);
    let row: Option<Row> = db.reader().one(select.build()).await?;
    let Some(row) = row else { return Ok(None) };
    let unreadable = || Fault::Corrupt(format!("the sandbox's order {id} cannot be read"));
    let currency = Currency::of(&row.currency).map_err(|_| unreadable())?;
    Ok(Some(Order {
        id: row.id.into(),
        direction: Direction::from_code(row.direction).ok_or_else(unreadable)?,
        scenario: Scenario::from_word(&row.scenario).ok_or_else(unreadable)?,
        money: Money::of_minor(row.amount, currency).map_err(|_| unreadable())?,
        said: Said::from_code(row.answer),
        made_at: Micros(row.made_at),
    }))
}

/// Keeps an order, unless there is one of this id.
pub(super) async fn insert(db: &Db, order: &Order) -> Result<(), Fault> {
    let insert = db
        .sql()
        .text("INSERT INTO sandbox_order (id, direction, scenario, currency, amount, answer, made_at) VALUES ")
        .rows([[
            order.id.into(),
            order.direction.code().into(),
            order.scenario.as_str().into(),
            order.money.currency().code().into(),
            order.money.minor().into(),
            order.said.code().into(),
            order.made_at.0.into(),
        ]])
        .text(" ON CONFLICT (id) DO NOTHING");
    let tx = db.begin().await?;
    tx.execute(insert.build()).await?;
    tx.commit().await
}

/// Keeps what its owner said to an order that was made since a time, unless they said something before.
pub(super) async fn say(db: &Db, id: FlowId, said: Said, since: Micros) -> Result<(), Fault> {
    let update = db
        .sql()
        .text("UPDATE sandbox_order SET answer = ")
        .bind(said.code())
        .text(" WHERE answer = 0 AND scenario = 'confirm' AND id = ")
        .bind(id)
        .text(" AND made_at > ")
        .bind(since.0);
    let tx = db.begin().await?;
    tx.execute(update.build()).await?;
    tx.commit().await
}
