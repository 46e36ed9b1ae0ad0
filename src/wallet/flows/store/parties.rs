//! Who takes part in flows.

use std::collections::BTreeSet;

use sea_orm::Value;
use sea_orm::entity::prelude::Uuid;

use crate::clock::Micros;
use crate::db::columns::{self, Column, Columns};
use crate::db::{Fault, Kind, Source, Writes, from_row};
use crate::ids::{ClientId, FlowId, UserId};
use crate::wallet::flow::FlowKind;
use crate::wallet::flows::{Party, PartyState};

/// Parties of one flow that is read whole, at most.
const MOST: u32 = 100;
const PARTY: Columns<8> = [
    ("flow_id", Column::Id),
    ("user_id", Column::Id),
    ("kind", Column::Code),
    ("state", Column::Code),
    ("minor", Column::Number),
    ("place", Column::Number),
    ("client_id", Column::OptionalId),
    ("at", Column::Number),
];
const PARTY_MOVES: &str = " ON CONFLICT (flow_id, user_id) DO UPDATE SET state = excluded.state, \
     client_id = excluded.client_id, at = excluded.at";

/// A party as it is read.
#[derive(Debug)]
pub(super) struct PartyRow {
    flow_id: Uuid,
    user_id: Uuid,
    state: i16,
    minor: i64,
    place: i64,
    client_id: Option<Uuid>,
    at: i64,
}

from_row!(PartyRow {
    flow_id,
    user_id,
    state,
    minor,
    place,
    client_id,
    at
});

pub(super) fn read(row: &PartyRow) -> Result<(FlowId, Party), Fault> {
    let state = PartyState::from_code(row.state);
    let state = state.ok_or_else(|| Fault::Corrupt(format!("a part in flow {} has no such state", row.flow_id)))?;
    let party = Party {
        user: row.user_id.into(),
        state,
        minor: row.minor,
        place: row.place,
        client_id: row.client_id.map(ClientId::from),
        at: Micros(row.at),
    };
    Ok((row.flow_id.into(), party))
}

/// All parties of flows.
pub(super) async fn of(tx: &impl Source, kind: Kind, flows: BTreeSet<FlowId>) -> Result<Vec<(FlowId, Party)>, Fault> {
    if flows.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<[Value; 1]> = flows.into_iter().map(|id| [id.into()]).collect();
    let key = [("flow_id", Column::Id)];
    let select = columns::find_up_to(kind, "flow_party", &key, ("", MOST), wanted);
    let rows = tx.all::<PartyRow>(select).await?;
    rows.iter().map(read).collect()
}

/// The parts of these people.
pub(super) async fn named(
    tx: &impl Source,
    kind: Kind,
    people: BTreeSet<(FlowId, UserId)>,
) -> Result<Vec<(FlowId, Party)>, Fault> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<[Value; 2]> = people.into_iter().map(|(id, user)| [id.into(), user.into()]).collect();
    let key = [("flow_id", Column::Id), ("user_id", Column::Id)];
    let select = columns::find(kind, "flow_party", &key, "", wanted);
    let rows = tx.all::<PartyRow>(select).await?;
    rows.iter().map(read).collect()
}

pub(super) fn write<'a>(flow: FlowKind, parties: impl Iterator<Item = (FlowId, &'a Party)>, writes: &mut Writes) {
    let values = parties.map(|(id, party)| {
        [
            id.into(),
            party.user.into(),
            flow.code().into(),
            party.state.code().into(),
            party.minor.into(),
            party.place.into(),
            party.client_id.map(ClientId::uuid).into(),
            party.at.0.into(),
        ]
    });
    writes.insert("flow_party", &PARTY, values.collect(), PARTY_MOVES);
}
