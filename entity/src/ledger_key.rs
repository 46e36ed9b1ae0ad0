//! A key that signs or signed the ledger.

use sea_orm::entity::prelude::*;

/// A key that signs or signed the ledger.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_key")]
pub struct Model {
    /// What names it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_id: String,
    /// The first block that it signs.
    pub from_block: i64,
    /// Its public half.
    pub public_key: Vec<u8>,
    /// The hash of the block before that.
    pub head_hash: Vec<u8>,
    /// The signature of the key before it over this row; of the first key its own.
    pub handed_over: Vec<u8>,
    /// Its own signature over this row and the key before it.
    pub taken_over: Vec<u8>,
    /// When, in microseconds.
    pub at: i64,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
