//! A message: a row of a conversation's log.

use sea_orm::entity::prelude::*;

/// A message: a row of a conversation's log.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    /// Where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: Uuid,
    /// The position at which it was posted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// The position of its last change.
    pub rev: i64,
    /// Its number among the countable ones.
    pub n: Option<i64>,
    /// Who.
    pub sender_id: Uuid,
    /// The sender's own id of it.
    pub client_id: Uuid,
    /// SHA-256 of its intent.
    pub fingerprint: Vec<u8>,
    /// 0 text, 1 system, 2 card.
    pub kind: i16,
    /// What it says.
    pub text: Option<String>,
    /// What the card is.
    pub card_kind: Option<String>,
    /// The card's opaque id.
    pub card_id: Option<String>,
    /// What every member sees of the card, as JSON.
    pub card_data: Option<String>,
    /// In microseconds.
    pub at: i64,
    /// What it refers to, repeats, mentions and carries, as JSON.
    pub extra: Option<String>,
    /// When its text was last changed, in microseconds.
    pub edited_at: Option<i64>,
    /// Who recalled it.
    pub recalled_by: Option<Uuid>,
    /// When, in microseconds.
    pub recalled_at: Option<i64>,
    /// 1 while it is pinned.
    pub pinned: i16,
    /// How often which emoji stands under it, as JSON.
    pub reactions: Option<String>,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
