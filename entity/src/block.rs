//! A sealed commit of the ledger.

use sea_orm::entity::prelude::*;

/// A sealed commit of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "block")]
pub struct Model {
    /// Which ledger.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shard: i64,
    /// Its place in the chain.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// The first position that it seals.
    pub first_seq: i64,
    /// The last one.
    pub last_seq: i64,
    /// The hash of the block before.
    pub prev_hash: Vec<u8>,
    /// The Merkle root of its rows.
    pub root: Vec<u8>,
    /// SHA-256 of the header.
    pub hash: Vec<u8>,
    /// What the private parts of its leaves are hashed with.
    pub salt: Vec<u8>,
    /// Ed25519 of the hash.
    pub signature: Vec<u8>,
    /// The key that signed.
    pub key_id: String,
    /// Ledger time, in microseconds.
    pub at: i64,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
