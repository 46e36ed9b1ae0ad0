//! What was given back of a transfer; none until the first reversal.

use sea_orm::entity::prelude::*;

/// What was given back of a transfer; none until the first reversal.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refund")]
pub struct Model {
    /// The position of the transfer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub transfer_seq: i64,
    /// What it moved, in minor units.
    pub amount: i64,
    /// What was given back of it.
    pub refunded: i64,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
