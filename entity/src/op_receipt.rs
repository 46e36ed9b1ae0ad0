//! The answer given to a request that leaves no row of its own.

use sea_orm::entity::prelude::*;

/// The answer given to a request that leaves no row of its own.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "op_receipt")]
pub struct Model {
    /// The caller's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub client_id: Uuid,
    /// The caller.
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor_id: Uuid,
    /// SHA-256 of the intent.
    pub fingerprint: Vec<u8>,
    /// What was answered.
    pub answer: String,
    /// In microseconds.
    pub at: i64,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
