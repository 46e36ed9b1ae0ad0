//! A posted transfer: one debit and one credit, a sealed row that never changes.

use sea_orm::entity::prelude::*;

/// A posted transfer: one debit and one credit, a sealed row that never changes.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transfer")]
pub struct Model {
    /// The ledger's position.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// The caller's id.
    pub client_id: Uuid,
    /// The caller.
    pub actor_id: Uuid,
    /// SHA-256 of the intent.
    pub fingerprint: Vec<u8>,
    /// 0 post, 1 hold, 2 capture, 3 void, 4 expire, 5 reverse.
    pub kind: i16,
    /// What it is for.
    pub purpose: i16,
    /// Its place among the legs of one instruction, from 0.
    pub leg: i16,
    /// How many legs there are.
    pub legs: i16,
    /// The account that gave.
    pub debit_id: Uuid,
    /// The account that got.
    pub credit_id: Uuid,
    /// ISO 4217.
    pub currency: String,
    /// In minor units.
    pub amount: i64,
    /// The hold that it resolves, or the transfer that it reverses.
    pub of_seq: Option<i64>,
    /// When a hold ends by itself.
    pub expires_at: Option<i64>,
    /// The giver's balance after.
    pub debit_after: i64,
    /// What is held of it after.
    pub debit_held: i64,
    /// The getter's balance after.
    pub credit_after: i64,
    /// The giver's position before.
    pub debit_prev: i64,
    /// The getter's position before.
    pub credit_prev: i64,
    /// What for.
    pub note: String,
    /// Where its card stands.
    pub conversation_id: Option<Uuid>,
    /// The card's position there.
    pub card_seq: Option<i64>,
    /// The sort of flow that it is a step of: 1 offer, 2 request, 3 packet, 4 bill, 5 schedule,
    /// 6 dispute.
    pub flow_kind: Option<i64>,
    /// That flow.
    pub flow_id: Option<Uuid>,
    /// Ledger time, in microseconds.
    pub at: i64,
}

/// It stands alone: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
