//! A row of a person's own log, which keeps the last state of each key.

use sea_orm::entity::prelude::*;

/// A row of a person's own log, which keeps the last state of each key.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_item")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// What sort of thing.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub item_key: String,
    /// The position of its last change.
    pub rev: i64,
    /// Its state, as JSON.
    pub value: String,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
