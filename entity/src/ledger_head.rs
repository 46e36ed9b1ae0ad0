//! Where the ledger stands; every commit of it locks this row.

use sea_orm::entity::prelude::*;

/// Where the ledger stands; every commit of it locks this row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_head")]
pub struct Model {
    /// Which ledger.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shard: i64,
    /// The next position.
    pub next_seq: i64,
    /// The next block's number.
    pub next_block: i64,
    /// The last block's hash.
    pub head_hash: Vec<u8>,
    /// The key that signs.
    pub key_id: String,
    /// The last ledger time, in microseconds.
    pub last_at: i64,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
