//! A mail that waits to be sent, or was.

use sea_orm::entity::prelude::*;

/// A mail that waits to be sent, or was.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The address.
    pub recipient: String,
    /// The subject line.
    pub subject: String,
    /// The plain text.
    pub body: String,
    /// In microseconds.
    pub created_at: i64,
    /// How often it was tried.
    pub attempts: i64,
    /// In microseconds.
    pub next_attempt_at: i64,
    /// In microseconds.
    pub sent_at: Option<i64>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
