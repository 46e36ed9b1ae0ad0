//! What happened to an account itself: a sealed row.

use sea_orm::entity::prelude::*;

/// What happened to an account itself: a sealed row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_event")]
pub struct Model {
    /// The ledger's position.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// Which account.
    pub account_id: Uuid,
    /// Whose.
    pub owner_id: Uuid,
    /// What the account is for.
    pub account_kind: i16,
    /// ISO 4217.
    pub currency: String,
    /// 0 opened, 1 floor, 2 frozen, 3 thawed, 4 closed.
    pub event: i16,
    /// The floor after it.
    pub floor: i64,
    /// The status after it.
    pub status: i16,
    /// The account's position before.
    pub prev_seq: i64,
    /// The caller's id.
    pub client_id: Uuid,
    /// The caller.
    pub actor_id: Uuid,
    /// Why, in the caller's words.
    pub reason: String,
    /// Ledger time, in microseconds.
    pub at: i64,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
