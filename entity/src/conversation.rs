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
    /// People who are members now.
    pub member_count: i64,
    /// The position of its marks: each round of raised marks advances it.
    pub mark_rev: i64,
    /// What new members may read: 0 everything, 1 what comes after they joined.
    pub history: i16,
    /// Seconds between two messages of one member; 0 is no limit.
    pub slow_mode_seconds: i64,
    /// Of a direct one: 1 the first of the pair blocked the second, 2 the other way round, 3 both.
    pub blocked: i16,
    /// Messages that are pinned.
    pub pinned_count: i64,
    /// The attachment that shows it.
    pub avatar: Option<Uuid>,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
