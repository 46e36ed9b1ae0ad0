//! A token mailed to a person, good for one use.

use sea_orm::entity::prelude::*;

/// A token mailed to a person, good for one use.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "email_token")]
pub struct Model {
    /// SHA-256 of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    /// Whose.
    pub user_id: Uuid,
    /// The address that it confirms.
    pub email: String,
    /// In microseconds.
    pub expires_at: i64,
    /// In microseconds.
    pub used_at: Option<i64>,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
