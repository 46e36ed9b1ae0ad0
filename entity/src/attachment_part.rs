//! A part of an upload that has come.

use sea_orm::entity::prelude::*;

/// A part of an upload that has come.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attachment_part")]
pub struct Model {
    /// Of what.
    #[sea_orm(primary_key, auto_increment = false)]
    pub attachment_id: Uuid,
    /// Where in it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub start: i64,
    /// How much.
    pub bytes: i64,
    /// Which of several that were sent for this place.
    pub nonce: i64,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
