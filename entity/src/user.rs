//! A person.

use sea_orm::entity::prelude::*;

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_user")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The unique name, folded to lower case.
    pub handle: String,
    /// The address, folded to lower case.
    pub email: String,
    /// When the address was confirmed, in microseconds.
    pub email_verified_at: Option<i64>,
    /// The name to show.
    pub display_name: String,
    /// The argon2id hash in PHC form.
    pub password_hash: String,
    /// In microseconds.
    pub created_at: i64,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
