//! What the wallet reads outside of a commit.

use quipu_entity::{account, ledger_head, transfer};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter};

use super::batch::SHARD;
use super::{keys, rows};
use crate::clock::Micros;
use crate::db::{Db, Fault};
use crate::ids::{AccountId, UserId};
use crate::wallet::account::{Account, AccountKind};
use crate::wallet::chain;
use crate::wallet::keys::{KeyInForce, LedgerKey};
use crate::wallet::ledger::Head;
use crate::wallet::transfer::{Transfer, TransferId};

/// The ledger's head, made with this key when the ledger is new; then the key is its first.
pub(in crate::wallet) async fn ensure_head(db: &Db, key: &LedgerKey, now: Micros) -> Result<Head, Fault> {
    let tx = db.begin().await?;
    let fresh = ledger_head::ActiveModel {
        shard: Set(SHARD),
        next_seq: Set(1),
        next_block: Set(1),
        head_hash: Set(chain::genesis().to_vec()),
        key_id: Set(key.id().to_owned()),
        last_at: Set(0),
    };
    let made = ledger_head::Entity::insert(fresh)
        .on_conflict(OnConflict::column(ledger_head::Column::Shard).do_nothing().to_owned());
    if tx.run(made).await? > 0 {
        keys::insert(&tx, &KeyInForce::sign(key, key, 1, &chain::genesis(), now)).await?;
    }
    let head: Option<ledger_head::Model> = tx.find(ledger_head::Entity::find_by_id(SHARD)).await?.pop();
    tx.commit().await?;
    head.map(rows::head)
        .ok_or_else(|| Fault::Other("the ledger's head could not be made".into()))
}

/// A person's accounts.
pub(in crate::wallet) async fn accounts_of(db: &Db, owner: UserId) -> Result<Vec<Account>, Fault> {
    let rows = account::Entity::find()
        .filter(account::Column::OwnerId.eq(owner.uuid()))
        .filter(account::Column::Kind.eq(AccountKind::Person.code()))
        .all(db.reader())
        .await?;
    rows.iter().map(rows::account).collect()
}

/// An account by its id.
pub(in crate::wallet) async fn account(db: &Db, id: AccountId) -> Result<Option<Account>, Fault> {
    let row = account::Entity::find_by_id(id.uuid()).one(db.reader()).await?;
    row.as_ref().map(rows::account).transpose()
}

/// A transfer by its id.
pub(in crate::wallet) async fn transfer(db: &Db, id: TransferId) -> Result<Option<Transfer>, Fault> {
    transfer_in(db.reader(), id).await
}

pub(super) async fn transfer_in(from: &impl ConnectionTrait, id: TransferId) -> Result<Option<Transfer>, Fault> {
    let first = transfer::Entity::find()
        .filter(transfer::Column::ClientId.eq(id.client_id.uuid()))
        .filter(transfer::Column::ActorId.eq(id.actor.uuid()))
        .filter(transfer::Column::Leg.eq(0))
        .one(from)
        .await?;
    let found = match first {
        Some(first) if id.leg > 0 && id.leg < first.legs => {
            let seq = first.seq + i64::from(id.leg);
            transfer::Entity::find_by_id(seq).one(from).await?
        }
        other => other.filter(|_| id.leg == 0),
    };
    found.map(rows::transfer).transpose()
}

/// The row at a position.
pub(in crate::wallet) async fn transfer_at(db: &Db, seq: i64) -> Result<Option<Transfer>, Fault> {
    let row = transfer::Entity::find_by_id(seq).one(db.reader()).await?;
    row.map(rows::transfer).transpose()
}

/// The row that ended a hold, if it has ended.
pub(in crate::wallet) async fn resolution_of(db: &Db, hold: i64) -> Result<Option<Transfer>, Fault> {
    let select = db
        .sql()
        .text("SELECT * FROM transfer WHERE kind IN (2, 3, 4) AND of_seq = ")
        .bind(hold)
        .build();
    let row = transfer::Model::find_by_statement(select).one(db.reader()).await?;
    row.map(rows::transfer).transpose()
}

/// Whether there is an open hold whose time has passed.
pub(in crate::wallet) async fn has_expired(db: &Db, now: Micros) -> Result<bool, Fault> {
    let select = db
        .sql()
        .text("SELECT transfer_seq FROM hold WHERE state = 0 AND expires_at <= ")
        .bind(now.0)
        .text(" LIMIT 1")
        .build();
    Ok(db.reader().query_one_raw(select).await?.is_some())
}

/// Whose account this is.
pub(in crate::wallet) async fn owner_of(db: &Db, id: AccountId) -> Result<Option<UserId>, Fault> {
    let row = account::Entity::find_by_id(id.uuid()).one(db.reader()).await?;
    Ok(row.map(|row| row.owner_id.into()))
}

/// A movement of an account with whom it was exchanged.
#[derive(Debug, Clone)]
pub struct HistoryRow {
    /// The transfer.
    pub transfer: Transfer,
    /// The owner of the other account.
    pub other: UserId,
}

/// A page of an account's movements, newest first, from the position `from` on backwards, and the position that the
/// next page begins at. Each row carries the account's position before it, so the history is followed by primary key
/// and needs no index; a position that is not the account's own leads nowhere.
pub(in crate::wallet) async fn history(
    db: &Db,
    account: &Account,
    from: i64,
    limit: u64,
) -> Result<(Vec<HistoryRow>, Option<i64>), Fault> {
    let id = account.id;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let select = db
        .sql()
        .text("WITH RECURSIVE walk (seq, step) AS (SELECT ")
        .bind(from)
        .postgres("::bigint")
        .text(", ")
        .bind(1_i64)
        .postgres("::bigint")
        .text(" UNION ALL SELECT COALESCE(CASE WHEN t.debit_id = ")
        .bind(id)
        .text(" THEN t.debit_prev ELSE t.credit_prev END, e.prev_seq), walk.step + 1 FROM walk ")
        .text("LEFT JOIN transfer t ON t.seq = walk.seq AND (t.debit_id = ")
        .bind(id)
        .text(" OR t.credit_id = ")
        .bind(id)
        .text(") LEFT JOIN account_event e ON e.seq = walk.seq AND e.account_id = ")
        .bind(id)
        .text(" WHERE (t.seq IS NOT NULL OR e.seq IS NOT NULL) AND walk.step <= ")
        .bind(limit)
        .text(
            ") SELECT t.*, other.owner_id AS other_owner, walk.step AS step, walk.seq AS walked FROM walk \
             LEFT JOIN transfer t ON t.seq = walk.seq AND (t.debit_id = ",
        )
        .bind(id)
        .text(" OR t.credit_id = ")
        .bind(id)
        .text(") LEFT JOIN account other ON other.id = CASE WHEN t.debit_id = ")
        .bind(id)
        .text(" THEN t.credit_id ELSE t.debit_id END WHERE walk.seq > 0 ORDER BY walk.step")
        .build();
    let mut page = Vec::new();
    let mut next = None;
    for row in db.reader().query_all_raw(select).await? {
        let (step, walked): (i64, i64) = (row.try_get("", "step")?, row.try_get("", "walked")?);
        if step > limit {
            next = Some(walked);
        } else if row.try_get::<Option<i64>>("", "amount")?.is_some() {
            // The other rows of an account's log are about the account itself, not movements.
            let found = transfer::Model::from_query_result(&row, "")?;
            let other: sea_orm::entity::prelude::Uuid = row.try_get("", "other_owner")?;
            page.push(HistoryRow {
                transfer: rows::transfer(found)?,
                other: other.into(),
            });
        }
    }
    Ok((page, next))
}
