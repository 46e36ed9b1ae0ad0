//! The SQL of the mails that wait.

use std::time::Duration;

use quipu_entity::mail;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::Mail;
use crate::clock::Micros;
use crate::db::{Db, Fault, Tx};

/// A mail that is given up is tried again at the end of time.
const NEVER: Micros = Micros(i64::MAX);
/// Bytes kept of the reason of a failure.
const MAX_REASON_CHARS: usize = 300;

/// A mail that this node has taken, for the time of its lease.
pub(super) struct Taken {
    pub(super) id: Uuid,
    pub(super) mail: Mail,
    /// This attempt included.
    pub(super) attempts: u32,
}

/// Queues a mail inside the caller's transaction. After its commit the caller wakes the [`super::Outbox`].
///
/// # Errors
/// What the database said.
pub async fn enqueue(tx: &Tx, mail: &Mail, now: Micros) -> Result<(), Fault> {
    tx.run(mail::Entity::insert(waiting_row(Uuid::now_v7(), mail, now)))
        .await?;
    Ok(())
}

/// The same under an id that its cause has: a mail that was queued or sent under this id is not queued again. Whether
/// it was queued now.
///
/// # Errors
/// What the database said.
pub async fn enqueue_once(tx: &Tx, id: Uuid, mail: &Mail, now: Micros) -> Result<bool, Fault> {
    let queued = mail::Entity::insert(waiting_row(id, mail, now))
        .on_conflict(OnConflict::column(mail::Column::Id).do_nothing().to_owned());
    Ok(tx.run(queued).await? > 0)
}

fn waiting_row(id: Uuid, mail: &Mail, now: Micros) -> mail::ActiveModel {
    mail::ActiveModel {
        id: Set(id),
        recipient: Set(mail.to().to_owned()),
        subject: Set(mail.subject().to_owned()),
        body: Set(mail.body().to_owned()),
        created_at: Set(now.0),
        attempts: Set(0),
        next_attempt_at: Set(now.0),
        sent_at: Set(None),
        last_error: Set(None),
    }
}

/// Takes up to `most` mails that are due. Nobody else takes them until the lease has passed; if this node dies with
/// one in its hand, it is tried again then, and may arrive twice.
pub(super) async fn take_due(db: &Db, most: u64, now: Micros, lease: Duration) -> Result<Vec<Taken>, Fault> {
    let due = mail::Entity::find()
        .filter(mail::Column::SentAt.is_null())
        .filter(mail::Column::NextAttemptAt.lte(now.0))
        .order_by_asc(mail::Column::NextAttemptAt)
        .limit(most)
        .all(db.reader())
        .await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let tx = db.begin().await?;
    let mut taken = Vec::with_capacity(due.len());
    for row in due {
        let attempts = row.attempts.saturating_add(1);
        // Of two nodes that saw the row, the one whose update still finds it as it was has it.
        let won = mail::Entity::update_many()
            .col_expr(mail::Column::Attempts, Expr::value(attempts))
            .col_expr(mail::Column::NextAttemptAt, Expr::value(now.plus(lease).0))
            .filter(mail::Column::Id.eq(row.id))
            .filter(mail::Column::Attempts.eq(row.attempts))
            .filter(mail::Column::SentAt.is_null());
        if tx.run(won).await? != 1 {
            continue;
        }
        match Mail::new(&row.recipient, &row.subject, row.body) {
            Ok(mail) => taken.push(Taken {
                id: row.id,
                mail,
                attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
            }),
            Err(invalid) => settle(&tx, row.id, NEVER, Some(invalid.to_string())).await?,
        }
    }
    tx.commit().await?;
    Ok(taken)
}

/// The mail was handed over. Its text is forgotten: it has a token in it.
pub(super) async fn mark_sent(db: &Db, id: Uuid, now: Micros) -> Result<(), Fault> {
    let tx = db.begin().await?;
    let sent = mail::Entity::update_many()
        .col_expr(mail::Column::SentAt, Expr::value(Some(now.0)))
        .col_expr(mail::Column::Body, Expr::value(""))
        .col_expr(mail::Column::LastError, Expr::value(None::<String>))
        .filter(mail::Column::Id.eq(id));
    tx.run(sent).await?;
    tx.commit().await
}

/// The mail was not handed over: it is tried again at `at`, or given up.
pub(super) async fn mark_failed(db: &Db, id: Uuid, at: Option<Micros>, reason: &str) -> Result<(), Fault> {
    let reason: String = reason.chars().take(MAX_REASON_CHARS).collect();
    let tx = db.begin().await?;
    settle(&tx, id, at.unwrap_or(NEVER), Some(reason)).await?;
    tx.commit().await
}

/// How many mails wait, and when the first of them is due.
pub(super) async fn waiting(db: &Db) -> Result<(usize, Option<Micros>), Fault> {
    let found: Option<(i64, Option<i64>)> = mail::Entity::find()
        .select_only()
        .column_as(mail::Column::Id.count(), "waiting")
        .column_as(mail::Column::NextAttemptAt.min(), "due")
        .filter(mail::Column::SentAt.is_null())
        .filter(mail::Column::NextAttemptAt.lt(NEVER.0))
        .into_tuple()
        .one(db.reader())
        .await?;
    let (count, due) = found.unwrap_or_default();
    Ok((usize::try_from(count).unwrap_or(0), due.map(Micros)))
}

async fn settle(tx: &Tx, id: Uuid, at: Micros, reason: Option<String>) -> Result<(), Fault> {
    let settled = mail::Entity::update_many()
        .col_expr(mail::Column::NextAttemptAt, Expr::value(at.0))
        .col_expr(mail::Column::LastError, Expr::value(reason))
        .filter(mail::Column::Id.eq(id));
    tx.run(settled).await?;
    Ok(())
}

/// The texts of the mails that wait, the oldest first.
#[cfg(test)]
pub(crate) async fn waiting_bodies(db: &Db) -> Vec<String> {
    let rows = mail::Entity::find()
        .filter(mail::Column::SentAt.is_null())
        .order_by_asc(mail::Column::CreatedAt)
        .all(db.reader());
    rows.await.unwrap().into_iter().map(|row| row.body).collect()
}
