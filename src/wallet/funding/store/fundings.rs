//! Top-ups and withdrawals in a group commit: read under the ledger's lock, written beside its rows.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::entity::prelude::Uuid;
use sea_orm::{Statement, Value};

use super::methods::{self, MethodRow};
use crate::clock::Micros;
use crate::db::columns::{self, Column, Columns};
use crate::db::{Fault, Kind, Source as _, Sql, Tx, Writes, from_row};
use crate::group_commit::WorkingSet;
use crate::ids::{FlowId, UserId};
use crate::op_receipt::Fingerprint;
use crate::wallet::flows::FlowTable;
use crate::wallet::funding::rules::Funding;
use crate::wallet::funding::slot::FundingSlot;
use crate::wallet::funding::state::{Direction, FundingState, Review};
use crate::wallet::ledger::Loaded;
use crate::wallet::money::{Currency, Money};
use crate::wallet::providers::Reason;

const TABLE: &str = "funding";
/// The span in which top-ups that failed are counted, in microseconds.
const DAY: i64 = 24 * 3600 * 1_000_000;
const BY_ID: Columns<1> = [("id", Column::Id)];
const COLUMNS: Columns<21> = [
    ("id", Column::Id),
    ("client_id", Column::Id),
    ("owner_id", Column::Id),
    ("fingerprint", Column::Bytes),
    ("direction", Column::Code),
    ("method_id", Column::Id),
    ("provider", Column::Text),
    ("brand", Column::Text),
    ("last_four", Column::Text),
    ("currency", Column::Text),
    ("amount", Column::Number),
    ("state", Column::Code),
    ("reason", Column::Code),
    ("action", Column::OptionalText),
    ("reference", Column::OptionalText),
    ("late", Column::Code),
    ("review", Column::Code),
    ("looks", Column::Code),
    ("at", Column::Number),
    ("changed_at", Column::Number),
    ("due_at", Column::OptionalNumber),
];
/// What of one can change.
const MOVES: &str = " ON CONFLICT (id) DO UPDATE SET state = excluded.state, reason = excluded.reason, \
     action = excluded.action, reference = excluded.reference, late = excluded.late, review = excluded.review, \
     looks = excluded.looks, changed_at = excluded.changed_at, due_at = excluded.due_at";

/// A row as it is read.
#[derive(Debug)]
pub(super) struct Row {
    id: Uuid,
    client_id: Uuid,
    owner_id: Uuid,
    fingerprint: Vec<u8>,
    direction: i16,
    method_id: Uuid,
    provider: String,
    brand: String,
    last_four: String,
    currency: String,
    amount: i64,
    state: i16,
    reason: i16,
    action: Option<String>,
    reference: Option<String>,
    late: i16,
    review: i16,
    looks: i16,
    at: i64,
    changed_at: i64,
    due_at: Option<i64>,
}

from_row!(Row {
    id,
    client_id,
    owner_id,
    fingerprint,
    direction,
    method_id,
    provider,
    brand,
    last_four,
    currency,
    amount,
    state,
    reason,
    action,
    reference,
    late,
    review,
    looks,
    at,
    changed_at,
    due_at
});

struct Found {
    found: i64,
}

from_row!(Found { found });

async fn count(tx: &Tx, select: Statement) -> Result<usize, Fault> {
    let row: Option<Found> = tx.one(select).await?;
    Ok(row.map_or(0, |row| usize::try_from(row.found).unwrap_or(usize::MAX)))
}

/// A row that no rule of ours could have written.
fn unreadable(id: FlowId, what: &str) -> Fault {
    Fault::Corrupt(format!("the top-up or withdrawal {id} has {what} that there is not"))
}

pub(super) fn read(row: Row) -> Result<Funding, Fault> {
    let id: FlowId = row.id.into();
    let currency = Currency::of(&row.currency).map_err(|_| unreadable(id, "a currency"))?;
    let some = |code: i16| (code != 0).then_some(code);
    let reason = some(row.reason).map(|code| Reason::from_code(code).ok_or_else(|| unreadable(id, "a reason")));
    let review = some(row.review).map(|code| Review::from_code(code).ok_or_else(|| unreadable(id, "a review")));
    Ok(Funding {
        id,
        client_id: row.client_id.into(),
        owner: row.owner_id.into(),
        fingerprint: Fingerprint::from_bytes(&row.fingerprint),
        direction: Direction::from_code(row.direction).ok_or_else(|| unreadable(id, "a direction"))?,
        method: row.method_id.into(),
        provider: row.provider,
        brand: row.brand,
        last_four: row.last_four,
        money: Money::of_minor(row.amount, currency).map_err(|_| unreadable(id, "an amount"))?,
        state: FundingState::from_code(row.state).ok_or_else(|| unreadable(id, "a state"))?,
        reason: reason.transpose()?,
        action: row.action,
        reference: row.reference,
        late: row.late != 0,
        review: review.transpose()?,
        looks: row.looks,
        at: Micros(row.at),
        changed_at: Micros(row.changed_at),
        due_at: row.due_at.map(Micros),
    })
}

fn values(funding: &Funding) -> [Value; 21] {
    [
        funding.id.into(),
        funding.client_id.into(),
        funding.owner.into(),
        funding.fingerprint.bytes().into(),
        funding.direction.code().into(),
        funding.method.into(),
        funding.provider.clone().into(),
        funding.brand.clone().into(),
        funding.last_four.clone().into(),
        funding.money.currency().code().into(),
        funding.money.minor().into(),
        funding.state.code().into(),
        funding.reason.map_or(0, Reason::code).into(),
        funding.action.clone().into(),
        funding.reference.clone().into(),
        i16::from(funding.late).into(),
        funding.review.map_or(0, Review::code).into(),
        funding.looks.into(),
        funding.at.0.into(),
        funding.changed_at.0.into(),
        funding.due_at.map(|at| at.0).into(),
    ]
}

/// The table in the ledger's commit.
pub(in crate::wallet) struct FundingTable;

impl FundingTable {
    async fn read(tx: &Tx, slot: &mut FundingSlot, kind: Kind, at: Micros) -> Result<(), Fault> {
        if !slot.wanted.is_empty() {
            let ids = slot.wanted.iter().map(|id| [(*id).into()]).collect();
            for row in tx.all::<Row>(columns::find(kind, TABLE, &BY_ID, "", ids)).await? {
                let funding = read(row)?;
                slot.rows.insert(funding.id, funding);
            }
        }
        if slot.due > 0 {
            let select = Sql::new(kind)
                .text("SELECT * FROM funding WHERE due_at <= ")
                .bind(at.0)
                .text(" ORDER BY due_at, id LIMIT ")
                .bind(i64::try_from(slot.due).unwrap_or(i64::MAX))
                .build();
            for row in tx.all::<Row>(select).await? {
                match read(row) {
                    Ok(funding) => {
                        slot.due_rows.push(funding.id);
                        slot.rows.insert(funding.id, funding);
                    }
                    // The others do not wait for it; the audit names it, too.
                    Err(error) => tracing::error!(%error, "a top-up or withdrawal that is due cannot be read"),
                }
            }
        }
        for owner in slot.owners_wanted.clone() {
            let select = Sql::new(kind)
                .text("SELECT COUNT(*) AS found FROM funding WHERE state IN (0, 1, 2, 6, 7) AND owner_id = ")
                .bind(owner)
                .build();
            slot.under_way.insert(owner, count(tx, select).await?);
            let select = Sql::new(kind)
                .text("SELECT COUNT(*) AS found FROM funding WHERE state = 4 AND owner_id = ")
                .bind(owner)
                .text(" AND at > ")
                .bind(at.0.saturating_sub(DAY))
                .build();
            slot.failed.insert(owner, count(tx, select).await?);
        }
        if !slot.methods_wanted.is_empty() {
            let ids = slot.methods_wanted.iter().map(|id| [(*id).into()]).collect();
            let select = columns::find(kind, methods::TABLE, &BY_ID, "", ids);
            for row in tx.all::<MethodRow>(select).await? {
                let method = methods::read(row)?;
                slot.methods.insert(method.id, method);
            }
        }
        Ok(())
    }

    /// Asks the ledger for what deciding over those that are loaded needs.
    fn ask(set: &mut WorkingSet) {
        let slot = std::mem::take(set.slot::<FundingSlot>());
        let ledger = set.slot::<Loaded>();
        for funding in slot.wanted.iter().filter_map(|id| slot.rows.get(id)) {
            for account in funding.accounts() {
                ledger.want_account(account.id);
            }
            for of in funding.targets() {
                ledger.want_target(of);
            }
            // Should a COMMIT of unknown outcome have written them, they are yet to be told.
            for act in funding.acts() {
                ledger.want_group(act, UserId::SYSTEM);
            }
        }
        *set.slot::<FundingSlot>() = slot;
    }
}

impl FlowTable for FundingTable {
    fn load<'a>(&'a self, tx: &'a Tx, set: &'a mut WorkingSet, kind: Kind) -> BoxFuture<'a, Result<(), Fault>> {
        async move {
            let at = set.slot::<Loaded>().at().unwrap_or(Micros(0));
            let slot = set.slot::<FundingSlot>();
            if slot.is_idle() {
                return Ok(());
            }
            Self::read(tx, slot, kind, at).await?;
            Self::ask(set);
            Ok(())
        }
        .boxed()
    }

    fn write(&self, set: &mut WorkingSet, writes: &mut Writes) {
        let slot = set.slot::<FundingSlot>();
        let rows: Vec<_> = slot
            .written
            .iter()
            .filter_map(|id| slot.rows.get(id))
            .map(values)
            .collect();
        writes.insert(TABLE, &COLUMNS, rows, MOVES);
        let finished = slot.written.iter().filter_map(|id| slot.rows.get(id));
        let finished: Vec<_> = finished
            .filter(|row| !row.state.is_unfinished())
            .map(|row| row.method)
            .collect();
        if !finished.is_empty() {
            writes.push(methods::forgetting(writes.sql(), &finished));
        }
    }
}
