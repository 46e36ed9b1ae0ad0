//! How far receipts were queued, and what comes next.

use quipu_entity::transfer;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::batch::SHARD;
use super::rows;
use crate::clock::Micros;
use crate::db::{Db, Fault};
use crate::ids::UserId;
use crate::notify::{self, Mail};
use crate::protocol::item;
use crate::wallet::account::AccountKind;
use crate::wallet::transfer::{Transfer, TransferId};

/// A row of the ledger with the people on both sides, if both are people.
#[derive(Debug, Clone)]
pub(in crate::wallet) struct Mailed {
    pub(in crate::wallet) row: Transfer,
    /// The payment's own id: of one that was accepted first that of its hold.
    pub(in crate::wallet) payment: TransferId,
    pub(in crate::wallet) people: Option<(UserId, UserId)>,
    /// Who of the two wants no receipts.
    pub(in crate::wallet) unwilling: (bool, bool),
}

/// Up to which row receipts were queued; none before the first look.
pub(in crate::wallet) async fn mail_through(db: &Db) -> Result<Option<i64>, Fault> {
    let select = db
        .sql()
        .text("SELECT through FROM receipt_mail WHERE shard = ")
        .bind(SHARD)
        .build();
    let row = db.reader().query_one_raw(select).await?;
    Ok(row.map(|row| row.try_get("", "through")).transpose()?)
}

/// Begins at the ledger's present end: nobody gets receipts of what is long past.
pub(in crate::wallet) async fn start_mailing(db: &Db) -> Result<(), Fault> {
    let insert = db
        .sql()
        .text("INSERT INTO receipt_mail (shard, through) SELECT shard, next_seq - 1 FROM ledger_head WHERE shard = ")
        .bind(SHARD)
        .text(" ON CONFLICT (shard) DO NOTHING")
        .build();
    let tx = db.begin().await?;
    tx.execute(insert).await?;
    tx.commit().await
}

/// The transfers behind a row, at most `limit`, in order.
pub(in crate::wallet) async fn mail_page(db: &Db, after: i64, limit: i64) -> Result<Vec<Mailed>, Fault> {
    let mut select = db.sql().text(
        "SELECT t.*, d.owner_id AS payer, c.owner_id AS payee, d.kind AS payer_kind, c.kind AS payee_kind, \
             h.client_id AS hold_client_id, h.actor_id AS hold_actor_id, h.leg AS hold_leg",
    );
    for (owner, name) in [("d.owner_id", "payer_setting"), ("c.owner_id", "payee_setting")] {
        select = select
            .text(", (SELECT i.value FROM user_item i WHERE i.user_id = ")
            .text(owner)
            .text(" AND i.kind = ")
            .bind(item::SETTINGS)
            .text(" AND i.item_key = ")
            .bind(item::RECEIPT_MAIL)
            .text(") AS ")
            .text(name);
    }
    let select = select
        .text(
            " FROM transfer t JOIN account d ON d.id = t.debit_id JOIN account c ON c.id = t.credit_id \
             LEFT JOIN transfer h ON h.seq = t.of_seq AND t.kind = 2 WHERE t.seq > ",
        )
        .bind(after)
        .text(" ORDER BY t.seq LIMIT ")
        .bind(limit)
        .build();
    let mut page = Vec::new();
    for row in db.reader().query_all_raw(select).await? {
        let (payer, payee): (Uuid, Uuid) = (row.try_get("", "payer")?, row.try_get("", "payee")?);
        let kinds: (i16, i16) = (row.try_get("", "payer_kind")?, row.try_get("", "payee_kind")?);
        let person = AccountKind::Person.code();
        let unwilling = |name: &str| {
            let value: Option<String> = row.try_get("", name)?;
            Ok::<_, Fault>(value.is_some_and(|value| !item::read_receipt_mail(&value)))
        };
        let moved = rows::transfer(transfer::Model::from_query_result(&row, "")?)?;
        let hold: (Option<Uuid>, Option<Uuid>, Option<i16>) = (
            row.try_get("", "hold_client_id")?,
            row.try_get("", "hold_actor_id")?,
            row.try_get("", "hold_leg")?,
        );
        let payment = match hold {
            (Some(client_id), Some(actor), Some(leg)) => TransferId {
                client_id: client_id.into(),
                actor: actor.into(),
                leg,
            },
            _ => moved.id(),
        };
        page.push(Mailed {
            payment,
            people: (kinds == (person, person)).then(|| (payer.into(), payee.into())),
            unwilling: (unwilling("payer_setting")?, unwilling("payee_setting")?),
            row: moved,
        });
    }
    Ok(page)
}

/// Queues mails, each under its own id and so once, and moves on, both or none; false when another node was quicker.
pub(in crate::wallet) async fn turn_mailing(
    db: &Db,
    (before, through): (i64, i64),
    mails: &[(Uuid, Mail)],
    now: Micros,
) -> Result<bool, Fault> {
    let tx = db.begin().await?;
    let turn = db
        .sql()
        .text("UPDATE receipt_mail SET through = ")
        .bind(through)
        .text(" WHERE shard = ")
        .bind(SHARD)
        .text(" AND through = ")
        .bind(before)
        .build();
    if tx.execute(turn).await? == 0 {
        return Ok(false);
    }
    for (id, mail) in mails {
        notify::enqueue_once(&tx, *id, mail, now).await?;
    }
    tx.commit().await?;
    Ok(true)
}
