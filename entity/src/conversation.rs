//! A conversation.

use sea_orm::entity::prelude::*;

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversation")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 0 direct, 1 group, 2 support.
    pub kind: i16,
    /// A group's title.
    pub title: Option<String>,
    /// The sorted pair of a direct conversation.
    pub direct_key: Option<Vec<u8>>,
    /// The log's position.
    pub last_rev: i64,
    /// The number of the last countable message.
    pub last_n: i64,
    /// When it last moved, in microseconds.
    pub last_at: i64,
    /// Who made it.
    pub created_by: Uuid,
    /// In microseconds.
    pub created_at: i64,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
