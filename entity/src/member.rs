//! A person in a conversation.

use sea_orm::entity::prelude::*;

/// A person in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member")]
pub struct Model {
    /// Where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: Uuid,
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// 0 member, 1 admin, 2 owner.
    pub role: i16,
    /// Messages after this position may be read.
    pub from_seq: i64,
    /// Left at this position.
    pub until_seq: Option<i64>,
    /// The last message that was read.
    pub read_seq: i64,
    /// In microseconds.
    pub joined_at: i64,
    /// The last message that reached a device of theirs.
    pub delivered_seq: i64,
    /// The position of the conversation's marks at which theirs were last raised.
    pub mark_rev: i64,
    /// When they last posted under slow mode, in microseconds.
    pub last_post_at: i64,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
