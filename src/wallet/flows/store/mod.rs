//! How flows are stored: a table for each sort, one for the parties of all. They are read under the ledger's lock, before
//! everything that a flow names, and written beside the ledger's rows.

mod bill;
mod dispute;
mod head;
mod offer;
mod packet;
mod parties;
mod reads;
mod request;
mod schedule;
mod waiting;

use std::collections::BTreeSet;
use std::marker::PhantomData;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

pub(in crate::wallet) use reads::{find, has_due, open_bills, open_disputes, page, parties_page, party_of};

pub(in crate::wallet) use waiting::{Asked, waiting};

use super::draws::Draws;
use super::{Bill, Dispute, Flow, Offer, Packet, Request, Schedule, Slot};
use crate::chat::log;
use crate::clock::Micros;
use crate::db::columns::{self, Column};
use crate::db::{Fault, FromRow, Kind, Source as _, Sql, Tx, Writes};
use crate::group_commit::WorkingSet;
use crate::ids::FlowId;
use crate::wallet::flow::FlowKind;
use crate::wallet::ledger::Loaded;

/// Of the flows of a table those whose time has come, but for those that were put off.
fn due(table: Sql, at: Micros) -> Sql {
    table
        .text(" WHERE due_at <= ")
        .bind(at.0)
        .text(" AND (retry_at IS NULL OR retry_at <= ")
        .bind(at.0)
        .text(")")
}

/// How one sort of flow is stored.
pub(in crate::wallet) trait Stored: Flow {
    /// A row of its table.
    type Row: FromRow;

    /// The table.
    const TABLE: &'static str;

    /// Whether all its parties are read with it, or only those who ask something of it.
    const WHOLE: bool;

    /// Reads a row, without its parties.
    ///
    /// # Errors
    /// When no rule of ours could have written it.
    fn read(row: Self::Row) -> Result<Self, Fault>;

    /// Takes up what the batches before knew of it already.
    fn recall(&mut self, _draws: &Draws) {}

    /// Says how rows are written anew, or what of them can change.
    fn write(rows: Vec<&Self>, writes: &mut Writes);
}

/// What the ledger's commit does with one sort of flow.
pub(in crate::wallet) trait FlowTable: Send + Sync {
    /// Reads what is asked for, and asks for what deciding over it needs. The ledger's head is locked.
    fn load<'a>(&'a self, tx: &'a Tx, set: &'a mut WorkingSet, kind: Kind) -> BoxFuture<'a, Result<(), Fault>>;

    /// Says how what was decided is written.
    fn write(&self, set: &mut WorkingSet, writes: &mut Writes);
}

/// Every sort of flow there is.
pub(in crate::wallet) fn tables() -> Vec<Box<dyn FlowTable>> {
    vec![
        Box::new(Table::<Offer>::new()),
        Box::new(Table::<Request>::new()),
        Box::new(Table::<Packet>::new()),
        Box::new(Table::<Bill>::new()),
        Box::new(Table::<Schedule>::new()),
        Box::new(Table::<Dispute>::new()),
    ]
}

/// A row that no rule of ours could have written.
fn unreadable(kind: FlowKind, id: FlowId, what: &str) -> Fault {
    Fault::Corrupt(format!("{} {id} has {what} that there is not", kind.as_str()))
}

struct Table<F> {
    draws: Draws,
    sort: PhantomData<fn() -> F>,
}

impl<F: Stored> Table<F> {
    fn new() -> Self {
        Self {
            draws: Draws::default(),
            sort: PhantomData,
        }
    }

    fn flow(&self, row: F::Row) -> Result<F, Fault> {
        let mut flow = F::read(row)?;
        flow.recall(&self.draws);
        Ok(flow)
    }

    async fn read(&self, tx: &Tx, slot: &mut Slot<F>, kind: Kind, at: Micros) -> Result<(), Fault> {
        if !slot.wanted.is_empty() {
            let ids = slot.wanted.keys().map(|id| [(*id).into()]).collect();
            let select = columns::find(kind, F::TABLE, &[("id", Column::Id)], "", ids);
            for row in tx.all::<F::Row>(select).await? {
                let flow = self.flow(row)?;
                slot.rows.insert(flow.head().id, flow);
            }
        }
        if slot.due > 0 {
            let select = due(Sql::new(kind).text("SELECT * FROM ").text(F::TABLE), at)
                .text(" ORDER BY due_at, id LIMIT ")
                .bind(i64::try_from(slot.due).unwrap_or(i64::MAX))
                .build();
            for row in tx.all::<F::Row>(select).await? {
                let flow = self.flow(row)?;
                let id = flow.head().id;
                slot.due_rows.push(id);
                slot.rows.insert(id, flow);
            }
        }
        Ok(())
    }

    async fn read_parties(tx: &Tx, slot: &mut Slot<F>, kind: Kind) -> Result<(), Fault> {
        let found = if F::WHOLE {
            parties::of(tx, kind, slot.rows.keys().copied().collect()).await?
        } else {
            let asked = slot.wanted.iter();
            let asked = asked.flat_map(|(id, by)| by.iter().map(|(user, _)| (*id, *user)));
            let asked: BTreeSet<_> = asked.filter(|(id, _)| slot.rows.contains_key(id)).collect();
            parties::named(tx, kind, asked).await?
        };
        for (id, party) in found {
            if let Some(flow) = slot.rows.get_mut(&id) {
                flow.put_party(party);
            }
        }
        Ok(())
    }

    /// Asks the ledger and chat for what deciding over the loaded flows needs, and over those that this batch may open.
    fn ask(set: &mut WorkingSet) {
        let slot = std::mem::take(set.slot::<Slot<F>>());
        for (id, asked) in &slot.wanted {
            let flow = slot.rows.get(id).or_else(|| slot.opening.get(id));
            let Some(flow) = flow else { continue };
            let card = flow.head().card;
            for (user, command) in asked {
                let chat = set.slot::<log::Loaded>();
                chat.want_conversation(card.conversation);
                chat.want_row(card.conversation, card.seq);
                chat.want_member(card.conversation, *user);
                for member in flow.members(command, *user) {
                    chat.want_member(card.conversation, member);
                }
                let ledger = set.slot::<Loaded>();
                flow.accounts(*user)
                    .iter()
                    .for_each(|account| ledger.want_account(account.id));
                flow.targets(Some(command))
                    .into_iter()
                    .for_each(|of| ledger.want_target(of));
            }
        }
        for flow in slot.due_rows.iter().filter_map(|id| slot.rows.get(id)) {
            let head = flow.head();
            let chat = set.slot::<log::Loaded>();
            chat.want_conversation(head.card.conversation);
            chat.want_row(head.card.conversation, head.card.seq);
            chat.want_member(head.card.conversation, head.creator);
            for user in flow.told() {
                chat.want_member(head.card.conversation, user);
            }
            let ledger = set.slot::<Loaded>();
            flow.accounts(head.creator)
                .iter()
                .for_each(|account| ledger.want_account(account.id));
            flow.targets(None).into_iter().for_each(|of| ledger.want_target(of));
        }
        *set.slot::<Slot<F>>() = slot;
    }
}

impl<F: Stored> FlowTable for Table<F> {
    fn load<'a>(&'a self, tx: &'a Tx, set: &'a mut WorkingSet, kind: Kind) -> BoxFuture<'a, Result<(), Fault>> {
        async move {
            let at = set.slot::<Loaded>().at().unwrap_or(Micros(0));
            let slot = set.slot::<Slot<F>>();
            if slot.is_idle() {
                return Ok(());
            }
            self.read(tx, slot, kind, at).await?;
            Self::read_parties(tx, slot, kind).await?;
            Self::ask(set);
            Ok(())
        }
        .boxed()
    }

    fn write(&self, set: &mut WorkingSet, writes: &mut Writes) {
        let slot = set.slot::<Slot<F>>();
        let rows: Vec<_> = slot.written.iter().filter_map(|id| slot.rows.get(id)).collect();
        if rows.is_empty() {
            return;
        }
        F::write(rows, writes);
        let touched = slot.parties.iter().filter_map(|(id, user)| {
            let party = slot.rows.get(id)?.party(*user)?;
            Some((*id, party))
        });
        parties::write(F::KIND, touched, writes);
    }
}
