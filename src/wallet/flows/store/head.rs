//! The columns that the tables of all flows begin with.

use sea_orm::Value;
use sea_orm::entity::prelude::Uuid;

use super::unreadable;
use crate::clock::Micros;
use crate::db::columns::{Column, Columns};
use crate::db::{Fault, from_row};
use crate::op_receipt::Fingerprint;
use crate::wallet::flow::FlowKind;
use crate::wallet::flows::{FlowState, Head};
use crate::wallet::money::Currency;
use crate::wallet::transfer::Card;

/// See the module.
pub(super) const HEAD: Columns<13> = [
    ("id", Column::Id),
    ("client_id", Column::Id),
    ("creator_id", Column::Id),
    ("fingerprint", Column::Bytes),
    ("conversation_id", Column::Id),
    ("card_seq", Column::Number),
    ("currency", Column::Text),
    ("state", Column::Code),
    ("at", Column::Number),
    ("expires_at", Column::OptionalNumber),
    ("due_at", Column::OptionalNumber),
    ("reminded", Column::Code),
    ("retry_at", Column::OptionalNumber),
];

/// What of a head can change.
pub(super) const HEAD_MOVES: &str = " ON CONFLICT (id) DO UPDATE SET state = excluded.state, due_at = excluded.due_at, retry_at = excluded.retry_at, \
     reminded = excluded.reminded";

/// A head as it is read.
#[derive(Debug)]
pub(in crate::wallet) struct HeadRow {
    id: Uuid,
    client_id: Uuid,
    creator_id: Uuid,
    fingerprint: Vec<u8>,
    conversation_id: Uuid,
    card_seq: i64,
    currency: String,
    state: i16,
    at: i64,
    expires_at: Option<i64>,
    due_at: Option<i64>,
    reminded: i16,
    retry_at: Option<i64>,
}

from_row!(HeadRow {
    id,
    client_id,
    creator_id,
    fingerprint,
    conversation_id,
    card_seq,
    currency,
    state,
    at,
    expires_at,
    due_at,
    reminded,
    retry_at
});

pub(super) fn read(kind: FlowKind, row: HeadRow) -> Result<Head, Fault> {
    let id = row.id.into();
    Ok(Head {
        id,
        client_id: row.client_id.into(),
        creator: row.creator_id.into(),
        fingerprint: Fingerprint::from_bytes(&row.fingerprint),
        card: Card {
            conversation: row.conversation_id.into(),
            seq: row.card_seq,
        },
        currency: Currency::of(&row.currency).map_err(|_| unreadable(kind, id, "a currency"))?,
        state: FlowState::from_code(row.state).ok_or_else(|| unreadable(kind, id, "a state"))?,
        at: Micros(row.at),
        expires_at: row.expires_at.map(Micros),
        due_at: row.due_at.map(Micros),
        reminded: row.reminded,
        retry_at: row.retry_at.map(Micros),
    })
}

pub(super) fn values(head: &Head) -> [Value; 13] {
    [
        head.id.into(),
        head.client_id.into(),
        head.creator.into(),
        head.fingerprint.bytes().into(),
        head.card.conversation.into(),
        head.card.seq.into(),
        head.currency.code().into(),
        head.state.code().into(),
        head.at.0.into(),
        head.expires_at.map(|at| at.0).into(),
        head.due_at.map(|at| at.0).into(),
        head.reminded.into(),
        head.retry_at.map(|at| at.0).into(),
    ]
}

/// The head's columns with those of the sort behind them.
pub(super) const fn with<const N: usize, const M: usize>(own: &Columns<N>) -> Columns<M> {
    let mut all = [("", Column::Id); M];
    let mut at = 0;
    while at < HEAD.len() {
        all[at] = HEAD[at];
        at += 1;
    }
    let mut next = 0;
    while next < N {
        all[at + next] = own[next];
        next += 1;
    }
    all
}

/// The same for values. `M` is 13 and `N` together.
pub(super) fn joined<const N: usize, const M: usize>(head: &Head, own: [Value; N]) -> [Value; M] {
    let mut all = values(head).into_iter().chain(own);
    std::array::from_fn(|_| all.next().unwrap_or(Value::BigInt(None)))
}
