//! The keys that sign or signed the ledger.

use quipu_entity::ledger_key;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use quipu_entity::ledger_head;

use super::batch::SHARD;
use super::rows;
use crate::clock::Micros;
use crate::db::{Db, Fault, Source as _, Tx, from_row};
use crate::wallet::keys::{KeyInForce, LedgerKey};
use crate::wallet::ledger::Head;

from_row!(ledger_key::Model {
    key_id,
    from_block,
    public_key,
    head_hash,
    handed_over,
    taken_over,
    at
});

/// Writes a key into the ledger's history.
pub(super) async fn insert(tx: &Tx, key: &KeyInForce) -> Result<(), Fault> {
    let row = ledger_key::ActiveModel {
        key_id: Set(key.id.clone()),
        from_block: Set(key.from_block),
        public_key: Set(key.public.clone()),
        head_hash: Set(key.head_hash.clone()),
        handed_over: Set(key.handed_over.clone()),
        taken_over: Set(key.taken_over.clone()),
        at: Set(key.at.0),
    };
    tx.run(ledger_key::Entity::insert(row)).await?;
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
    let row = tx.one::<ledger_head::Model>(select).await?;
    let head: Head = rows::head(row.ok_or_else(|| Fault::Other("the ledger has no head".into()))?);
    if head.key_id != before.id() {
        return Ok(Rotated::AnotherKey(head.key_id));
    }
    let same_block = ledger_key::Entity::find().filter(ledger_key::Column::FromBlock.eq(head.next_block));
    if !tx.find::<ledger_key::Model>(same_block).await?.is_empty() {
        return Ok(Rotated::Unused);
    }
    let taken = KeyInForce::sign(before, key, head.next_block, &head.hash, now.after(head.last_at));
    insert(&tx, &taken).await?;
    let signed = ledger_head::Entity::update_many()
        .col_expr(ledger_head::Column::KeyId, Expr::value(key.id()))
        .filter(ledger_head::Column::Shard.eq(SHARD));
    tx.run(signed).await?;
    tx.commit().await?;
    Ok(Rotated::From(head.next_block))
}
