//! A balance of one owner in one currency, in minor units.

use sea_orm::entity::prelude::*;

/// A balance of one owner in one currency, in minor units.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose; nil for the system.
    pub owner_id: Uuid,
    /// What it is for.
    pub kind: i16,
    /// ISO 4217.
    pub currency: String,
    /// Everything posted.
    pub posted: i64,
    /// What is held for payments under way.
    pub held: i64,
    /// The least that posted minus held may be.
    pub floor: i64,
    /// 0 open, 1 frozen, 2 closed.
    pub status: i16,
    /// The ledger's position of its last change: the account's own log.
    pub last_seq: i64,
    /// In microseconds.
    pub opened_at: i64,
    /// The day since 1970 (UTC) that `out_day_minor` is of.
    pub out_day: i64,
    /// What left on that day.
    pub out_day_minor: i64,
    /// The year (UTC) that `out_year_minor` is of.
    pub out_year: i64,
    /// What left in that year.
    pub out_year_minor: i64,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
