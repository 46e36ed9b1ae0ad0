//! How a hold stands.

use sea_orm::entity::prelude::*;

/// How a hold stands.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hold")]
pub struct Model {
    /// The position of the hold.
    #[sea_orm(primary_key, auto_increment = false)]
    pub transfer_seq: i64,
    /// What was held, in minor units.
    pub amount: i64,
    /// What was captured of it.
    pub captured: i64,
    /// 0 open, 1 captured, 2 voided, 3 expired.
    pub state: i16,
    /// When it ends by itself, in microseconds.
    pub expires_at: i64,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
