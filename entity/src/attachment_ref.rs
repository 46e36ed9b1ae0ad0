//! A message that has an attachment.

use sea_orm::entity::prelude::*;

/// A message that has an attachment.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attachment_ref")]
pub struct Model {
    /// The message's conversation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: Uuid,
    /// The message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// Its place among the message's attachments, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i16,
    /// The attachment.
    pub attachment_id: Uuid,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
