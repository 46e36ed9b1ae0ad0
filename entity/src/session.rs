//! A login of a person on a device.

use sea_orm::entity::prelude::*;

/// A login of a person on a device.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub user_id: Uuid,
    /// SHA-256 of the token; the token itself is nowhere.
    pub token_hash: Vec<u8>,
    /// What the person calls the device.
    pub device: String,
    /// In microseconds.
    pub created_at: i64,
    /// In microseconds, to about a minute.
    pub last_seen_at: i64,
    /// In microseconds.
    pub expires_at: i64,
    /// When it was ended, in microseconds.
    pub revoked_at: Option<i64>,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
