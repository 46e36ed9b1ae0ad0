//! The keys that sign or signed the ledger.

use quipu_entity::ledger_key;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder,
};

use quipu_entity::ledger_head;

use super::batch::SHARD;
use super::rows;
use crate::clock::Micros;
use crate::db::{Db, Fault};
use crate::wallet::keys::{KeyInForce, LedgerKey};
use crate::wallet::ledger::Head;

/// Writes a key into the ledger's history.
pub(super) async fn insert(tx: &DatabaseTransaction, key: &KeyInForce) -> Result<(), Fault> {
    let row = ledger_key::ActiveModel {
        key_id: Set(key.id.clone()),
        from_block: Set(key.from_block),
        public_key: Set(key.public.clone()),
        head_hash: Set(key.head_hash.clone()),
        handed_over: Set(key.handed_over.clone()),
        taken_over: Set(key.taken_over.clone()),
        at: Set(key.at.0),
    };
    ledger_key::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// All keys, the first one first.
pub(in crate::wallet) async fn keys(from: &impl ConnectionTrait) -> Result<Vec<KeyInForce>, Fault> {
    let rows = ledger_key::Entity::find()
        .order_by_asc(ledger_key::Column::FromBlock)
        .all(from)
        .await?;
    Ok(rows.into_iter().map(rows::key).collect())
}

/// What a rotation found.
pub(in crate::wallet) enum Rotated {
    /// The new key signs from this block on.
    From(i64),
    /// The ledger is signed with another key than the one that was to hand over.
    AnotherKey(String),
    /// The key that signs now has sealed nothing yet, so there is nothing to hand over.
    Unused,
}

/// Has `key` take over from `before` at the next block, under the ledger's lock.
pub(in crate::wallet) async fn rotate(
    db: &Db,
    before: &LedgerKey,
    key: &LedgerKey,
    now: Micros,
) -> Result<Rotated, Fault> {
    let tx = db.begin().await?;
    let select = db
        .sql()
        .text("SELECT * FROM ledger_head WHERE shard = ")
        .bind(SHARD)
        .postgres(" FOR UPDATE")
        .build();
    let row = ledger_head::Model::find_by_statement(select).one(&tx).await?;
    let head: Head = rows::head(row.ok_or_else(|| Fault::Other("the ledger has no head".into()))?);
    if head.key_id != before.id() {
        return Ok(Rotated::AnotherKey(head.key_id));
    }
    if keys(&tx)
        .await?
        .last()
        .is_some_and(|last| last.from_block == head.next_block)
    {
        return Ok(Rotated::Unused);
    }
    let taken = KeyInForce::sign(before, key, head.next_block, &head.hash, now.after(head.last_at));
    insert(&tx, &taken).await?;
    ledger_head::Entity::update_many()
        .col_expr(ledger_head::Column::KeyId, Expr::value(key.id()))
        .filter(ledger_head::Column::Shard.eq(SHARD))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(Rotated::From(head.next_block))
}
