//! What of flows is read outside of a commit.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, TransactionTrait};

use super::{Stored, due, parties};
use crate::clock::Micros;
use crate::db::{Db, Fault, Kind, Source, Sql};
use crate::ids::{ConversationId, FlowId, UserId};
use crate::wallet::flows::{Bill, Dispute, Party};

/// A flow by its id, without its parties.
pub(in crate::wallet) async fn find<F: Stored>(db: &Db, id: FlowId) -> Result<Option<F>, Fault> {
    let select = Sql::new(db.kind())
        .text("SELECT * FROM ")
        .text(F::TABLE)
        .text(" WHERE id = ")
        .bind(id)
        .build();
    let row = db.reader().one::<F::Row>(select).await?;
    row.map(F::read).transpose()
}

/// Flows behind an id, in the order of ids, with their parties as far as these are read with them.
pub(in crate::wallet) async fn page<F: Stored>(
    tx: &impl Source,
    kind: Kind,
    after: Option<FlowId>,
    limit: u64,
) -> Result<Vec<F>, Fault> {
    let mut select = Sql::new(kind).text("SELECT * FROM ").text(F::TABLE);
    if let Some(after) = after {
        select = select.text(" WHERE id > ").bind(after);
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let select = select.text(" ORDER BY id LIMIT ").bind(limit).build();
    let mut flows = Vec::new();
    for row in tx.all::<F::Row>(select).await? {
        flows.push(F::read(row)?);
    }
    if F::WHOLE {
        whole(tx, kind, &mut flows).await?;
    }
    Ok(flows)
}

/// The open bills of a conversation, the oldest names first, at most so many.
pub(in crate::wallet) async fn open_bills(
    db: &Db,
    conversation: ConversationId,
    limit: u64,
) -> Result<Vec<Bill>, Fault> {
    let select = Sql::new(db.kind())
        .text("SELECT * FROM bill WHERE state IN (0, 1) AND conversation_id = ")
        .bind(conversation)
        .text(" ORDER BY id LIMIT ")
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .build();
    let tx = db.reader().begin().await?;
    let mut bills = Vec::new();
    for row in tx.all::<<Bill as Stored>::Row>(select).await? {
        bills.push(Bill::read(row)?);
    }
    whole(&tx, db.kind(), &mut bills).await?;
    Ok(bills)
}

/// The disputes that nobody has decided, the oldest first, at most so many.
pub(in crate::wallet) async fn open_disputes(db: &Db, limit: u64) -> Result<Vec<Dispute>, Fault> {
    let select = Sql::new(db.kind())
        .text("SELECT * FROM dispute WHERE state IN (0, 11, 12) ORDER BY at, id LIMIT ")
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .build();
    let rows = db.reader().all::<<Dispute as Stored>::Row>(select).await?;
    rows.into_iter().map(Dispute::read).collect()
}

/// Gives flows their parties.
pub(super) async fn whole<F: Stored>(tx: &impl Source, kind: Kind, flows: &mut [F]) -> Result<(), Fault> {
    let mut places: HashMap<FlowId, usize> = HashMap::new();
    places.extend(flows.iter().enumerate().map(|(at, flow)| (flow.head().id, at)));
    for (id, party) in parties::of(tx, kind, places.keys().copied().collect()).await? {
        if let Some(flow) = places.get(&id).and_then(|at| flows.get_mut(*at)) {
            flow.put_party(party);
        }
    }
    Ok(())
}

/// Whether the time of a flow of this sort has come.
pub(in crate::wallet) async fn has_due<F: Stored>(db: &Db, at: Micros) -> Result<bool, Fault> {
    let table = Sql::new(db.kind()).text("SELECT id FROM ").text(F::TABLE);
    let select = due(table, at).text(" ORDER BY due_at LIMIT 1").build();
    Ok(db.reader().query_one_raw(select).await?.is_some())
}

/// The parts of a flow behind a place, in the order of their places.
pub(in crate::wallet) async fn parties_page(db: &Db, id: FlowId, after: i64, limit: u64) -> Result<Vec<Party>, Fault> {
    let select = Sql::new(db.kind())
        .text("SELECT * FROM flow_party WHERE flow_id = ")
        .bind(id)
        .text(" AND place > ")
        .bind(after)
        .text(" ORDER BY place LIMIT ")
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .build();
    let rows = db.reader().all::<parties::PartyRow>(select).await?;
    rows.iter().map(|row| Ok(parties::read(row)?.1)).collect()
}

/// The part of somebody in a flow.
pub(in crate::wallet) async fn party_of(db: &Db, id: FlowId, user: UserId) -> Result<Option<Party>, Fault> {
    let select = Sql::new(db.kind())
        .text("SELECT * FROM flow_party WHERE flow_id = ")
        .bind(id)
        .text(" AND user_id = ")
        .bind(user)
        .build();
    let row = db.reader().one::<parties::PartyRow>(select).await?;
    row.as_ref().map(|row| Ok(parties::read(row)?.1)).transpose()
}
