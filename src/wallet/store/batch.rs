//! The ledger in a group commit. Its transaction first locks the one row of `ledger_head`, which puts the ledger
//! commits of all nodes in one order with no leader; then everything it reads is as the commit before left it.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use quipu_entity::{account, hold, ledger_head, refund, transfer};
use sea_orm::Value;

use super::rows::{self, SealedBlock};
use crate::chat::log;
use crate::clock::Micros;
use crate::db::columns::{self, Column, Columns};
use crate::db::{Fault, Kind, Source as _, Sql, Tx, Writes, from_row};
use crate::group_commit::{Batch, WorkingSet};
use crate::wallet::account::{Account, AccountStatus};
use crate::wallet::chain::{self, BlockHeader};
use crate::wallet::flows::{self, FlowTable};
use crate::wallet::funding::FundingTable;
use crate::wallet::keys::LedgerKey;
use crate::wallet::ledger::{Head, LimitTable, Loaded};
use crate::wallet::transfer::{Transfer, TransferKind};

from_row!(account::Model {
    id,
    owner_id,
    kind,
    currency,
    posted,
    held,
    floor,
    status,
    last_seq,
    opened_at,
    out_day,
    out_day_minor,
    out_year,
    out_year_minor
});
from_row!(hold::Model {
    transfer_seq,
    amount,
    captured,
    state,
    expires_at
});
from_row!(ledger_head::Model {
    shard,
    next_seq,
    next_block,
    head_hash,
    key_id,
    last_at
});
from_row!(refund::Model {
    transfer_seq,
    amount,
    refunded
});
from_row!(transfer::Model {
    seq,
    client_id,
    actor_id,
    fingerprint,
    kind,
    purpose,
    leg,
    legs,
    debit_id,
    credit_id,
    currency,
    amount,
    of_seq,
    expires_at,
    debit_after,
    debit_held,
    credit_after,
    debit_prev,
    credit_prev,
    note,
    conversation_id,
    card_seq,
    flow_kind,
    flow_id,
    at
});

struct FreezerRow {
    actor_id: uuid::Uuid,
}

from_row!(FreezerRow { actor_id });

/// The one ledger of this version.
pub(super) const SHARD: i64 = 0;

const BY_SEQ: Columns<1> = [("seq", Column::Number)];
const BY_TRANSFER: Columns<1> = [("transfer_seq", Column::Number)];
const ACCOUNT: Columns<14> = [
    ("id", Column::Id),
    ("owner_id", Column::Id),
    ("kind", Column::Code),
    ("currency", Column::Text),
    ("posted", Column::Number),
    ("held", Column::Number),
    ("floor", Column::Number),
    ("status", Column::Code),
    ("last_seq", Column::Number),
    ("opened_at", Column::Number),
    ("out_day", Column::Number),
    ("out_day_minor", Column::Number),
    ("out_year", Column::Number),
    ("out_year_minor", Column::Number),
];
/// An account that was there: what of it moves. By its key, so no plan can read the whole table for it.
const ACCOUNT_MOVES: &str = " ON CONFLICT (id) DO UPDATE SET posted = excluded.posted, held = excluded.held, \
     floor = excluded.floor, status = excluded.status, last_seq = excluded.last_seq, out_day = excluded.out_day, \
     out_day_minor = excluded.out_day_minor, out_year = excluded.out_year, out_year_minor = excluded.out_year_minor";
const ACCOUNT_EVENT: Columns<13> = [
    ("seq", Column::Number),
    ("account_id", Column::Id),
    ("owner_id", Column::Id),
    ("account_kind", Column::Code),
    ("currency", Column::Text),
    ("event", Column::Code),
    ("floor", Column::Number),
    ("status", Column::Code),
    ("prev_seq", Column::Number),
    ("client_id", Column::Id),
    ("actor_id", Column::Id),
    ("reason", Column::Text),
    ("at", Column::Number),
];
const TRANSFER: Columns<25> = [
    ("seq", Column::Number),
    ("client_id", Column::Id),
    ("actor_id", Column::Id),
    ("fingerprint", Column::Bytes),
    ("kind", Column::Code),
    ("purpose", Column::Code),
    ("leg", Column::Code),
    ("legs", Column::Code),
    ("debit_id", Column::Id),
    ("credit_id", Column::Id),
    ("currency", Column::Text),
    ("amount", Column::Number),
    ("of_seq", Column::OptionalNumber),
    ("expires_at", Column::OptionalNumber),
    ("debit_after", Column::Number),
    ("debit_held", Column::Number),
    ("credit_after", Column::Number),
    ("debit_prev", Column::Number),
    ("credit_prev", Column::Number),
    ("note", Column::Text),
    ("conversation_id", Column::OptionalId),
    ("card_seq", Column::OptionalNumber),
    ("flow_kind", Column::OptionalNumber),
    ("flow_id", Column::OptionalId),
    ("at", Column::Number),
];
const HOLD: Columns<5> = [
    ("transfer_seq", Column::Number),
    ("amount", Column::Number),
    ("captured", Column::Number),
    ("state", Column::Code),
    ("expires_at", Column::Number),
];
const REFUND: Columns<3> = [
    ("transfer_seq", Column::Number),
    ("amount", Column::Number),
    ("refunded", Column::Number),
];

fn by_number(numbers: impl IntoIterator<Item = i64>) -> Vec<[Value; 1]> {
    numbers.into_iter().map(|number| [number.into()]).collect()
}

/// Asks chat for the cards of what may be reversed: they tell how much of it went back.
fn ask_cards(set: &mut WorkingSet) {
    let loaded = set.slot::<Loaded>();
    let reversed = loaded.transfers.values();
    let reversed = reversed.filter(|row| loaded.wants.refunds.contains(&row.seq));
    let cards: Vec<_> = reversed.filter_map(|row| row.card).collect();
    let chat = set.slot::<log::Loaded>();
    for card in cards {
        chat.want_conversation(card.conversation);
        chat.want_row(card.conversation, card.seq);
    }
}

/// What comes in and goes out is read and written as flows are.
fn funding() -> Box<dyn FlowTable> {
    Box::new(FundingTable)
}

/// The ledger in a group commit.
pub struct LedgerBatch {
    kind: Kind,
    key: LedgerKey,
    limits: LimitTable,
    flows: Vec<Box<dyn FlowTable>>,
}

impl LedgerBatch {
    /// For a database of this kind, signing with this key, holding people to these limits.
    #[must_use]
    pub fn new(kind: Kind, key: LedgerKey, limits: LimitTable) -> Self {
        Self {
            kind,
            key,
            limits,
            flows: flows::tables().into_iter().chain([funding()]).collect(),
        }
    }

    fn sql(&self) -> Sql {
        Sql::new(self.kind)
    }

    async fn lock_head(&self, tx: &Tx, loaded: &mut Loaded, now: Micros) -> Result<(), Fault> {
        let select = self
            .sql()
            .text("SELECT * FROM ledger_head WHERE shard = ")
            .bind(SHARD)
            .postgres(" FOR UPDATE")
            .build();
        let row = tx.one::<ledger_head::Model>(select).await?;
        let head = rows::head(row.ok_or_else(|| Fault::Other("the ledger has no head".into()))?);
        if head.key_id != self.key.id() {
            // The key was replaced while this node ran. Nothing may be sealed with the old one.
            let new = head.key_id;
            return Err(Fault::Storage(format!(
                "the ledger is signed with the key {new} now: restart this node with it"
            )));
        }
        loaded.at = Some(now.after(head.last_at));
        loaded.head = Some(head);
        loaded.limits = self.limits.clone();
        Ok(())
    }

    /// Transfers by their ids. The other legs of a group follow its first one without a gap.
    async fn read_groups(&self, tx: &Tx, loaded: &mut Loaded) -> Result<(), Fault> {
        if loaded.wants.groups.is_empty() {
            return Ok(());
        }
        let wanted = loaded.wants.groups.iter();
        let wanted = wanted
            .map(|(client, actor)| [(*client).into(), (*actor).into()])
            .collect();
        let key = [("client_id", Column::Id), ("actor_id", Column::Id)];
        let select = columns::find(self.kind, "transfer", &key, "leg = 0", wanted);
        let mut others = Vec::new();
        for row in tx.all::<transfer::Model>(select).await? {
            let first = rows::transfer(row)?;
            others.extend(first.seq + 1..first.seq + i64::from(first.legs));
            self.take(loaded, first);
        }
        self.read_legs(tx, loaded, others).await
    }

    async fn read_legs(&self, tx: &Tx, loaded: &mut Loaded, seqs: Vec<i64>) -> Result<(), Fault> {
        if seqs.is_empty() {
            return Ok(());
        }
        let select = columns::find(self.kind, "transfer", &BY_SEQ, "", by_number(seqs));
        for row in tx.all::<transfer::Model>(select).await? {
            self.take(loaded, rows::transfer(row)?);
        }
        Ok(())
    }

    /// Keeps a transfer, and asks for what resolving or reversing it is decided by, if that is wanted.
    fn take(&self, loaded: &mut Loaded, transfer: Transfer) {
        if loaded.wants.targets.contains(&(transfer.client_id, transfer.actor)) {
            loaded.wants.accounts.insert(transfer.debit);
            loaded.wants.accounts.insert(transfer.credit);
            match transfer.kind {
                TransferKind::Hold => drop(loaded.wants.holds.insert(transfer.seq)),
                TransferKind::Post | TransferKind::Capture => drop(loaded.wants.refunds.insert(transfer.seq)),
                TransferKind::Void | TransferKind::Expire | TransferKind::Reverse => {}
            }
        }
        loaded.transfers.insert(transfer.id(), transfer);
    }

    async fn read_expired(&self, tx: &Tx, loaded: &mut Loaded) -> Result<(), Fault> {
        let Some(at) = loaded.at.filter(|_| loaded.wants.expired > 0) else {
            return Ok(());
        };
        let select = self
            .sql()
            .text(
                "SELECT t.* FROM hold JOIN transfer t ON t.seq = hold.transfer_seq \
                 WHERE t.flow_kind IS NULL AND hold.state = 0 AND hold.expires_at <= ",
            )
            .bind(at.0)
            .text(" ORDER BY hold.expires_at, hold.transfer_seq LIMIT ")
            .bind(i64::try_from(loaded.wants.expired).unwrap_or(i64::MAX))
            .build();
        for row in tx.all::<transfer::Model>(select).await? {
            let hold = rows::transfer(row)?;
            loaded.expired.push(hold.id());
            loaded.wants.targets.insert((hold.client_id, hold.actor));
            self.take(loaded, hold);
        }
        Ok(())
    }

    async fn read_open_amounts(&self, tx: &Tx, loaded: &mut Loaded) -> Result<(), Fault> {
        if !loaded.wants.holds.is_empty() {
            let wanted = by_number(loaded.wants.holds.iter().copied());
            let select = columns::find(self.kind, "hold", &BY_TRANSFER, "", wanted);
            for row in tx.all::<hold::Model>(select).await? {
                loaded.holds.insert(row.transfer_seq, rows::hold(&row)?);
            }
        }
        if !loaded.wants.refunds.is_empty() {
            let wanted = by_number(loaded.wants.refunds.iter().copied());
            let select = columns::find(self.kind, "refund", &BY_TRANSFER, "", wanted);
            for row in tx.all::<refund::Model>(select).await? {
                loaded.refunds.insert(row.transfer_seq, rows::refund(&row));
            }
        }
        Ok(())
    }

    async fn read_accounts(&self, tx: &Tx, loaded: &mut Loaded) -> Result<(), Fault> {
        if loaded.wants.accounts.is_empty() {
            return Ok(());
        }
        let wanted = loaded.wants.accounts.iter().map(|id| [(*id).into()]).collect();
        let select = columns::find(self.kind, "account", &[("id", Column::Id)], "", wanted);
        for row in tx.all::<account::Model>(select).await? {
            let account = rows::account(&row)?;
            loaded.accounts.insert(account.id, account);
        }
        Ok(())
    }

    /// Who froze those of the accounts that are frozen: asked for now and then, and found by an index of its own (event 2).
    async fn read_freezers(&self, tx: &Tx, loaded: &mut Loaded) -> Result<(), Fault> {
        for id in loaded.wants.freezers.clone() {
            if loaded
                .account(id)
                .is_none_or(|account| account.status != AccountStatus::Frozen)
            {
                continue;
            }
            let select = self
                .sql()
                .text("SELECT actor_id FROM account_event WHERE account_id = ")
                .bind(id)
                .text(" AND event = 2 ORDER BY seq DESC LIMIT 1")
                .build();
            if let Some(row) = tx.one::<FreezerRow>(select).await? {
                loaded.freezers.insert(id, row.actor_id.into());
            }
        }
        Ok(())
    }

    /// Seals what this transaction wrote, and moves the head to it.
    fn seal(&self, loaded: &Loaded, head: &Head, writes: &mut Writes) {
        let written = &loaded.written;
        let salt = self.key.block_salt(head.next_block, &head.hash);
        let mut leaves: Vec<_> = written
            .transfers
            .iter()
            .map(|row| (row.seq, chain::transfer_leaf(row, &salt)))
            .collect();
        leaves.extend(
            written
                .events
                .iter()
                .map(|row| (row.seq, chain::account_event_leaf(row, &salt))),
        );
        leaves.sort_unstable_by_key(|(seq, _)| *seq);
        let (Some((first_seq, _)), Some((last_seq, _)), Some(at)) = (leaves.first(), leaves.last(), loaded.at) else {
            return;
        };
        let hashes: Vec<_> = leaves.iter().map(|(_, leaf)| *leaf).collect();
        let header = BlockHeader {
            shard: SHARD,
            number: head.next_block,
            first_seq: *first_seq,
            last_seq: *last_seq,
            prev_hash: head.hash.clone(),
            root: chain::merkle_root(&hashes),
            at,
            key_id: self.key.id().to_owned(),
        };
        let hash = header.hash();
        let sealed = SealedBlock {
            header,
            hash: hash.to_vec(),
            salt: salt.to_vec(),
            signature: self.key.sign(&hash).to_vec(),
        };
        let values = vec![rows::block_values(&sealed)];
        let insert = "INSERT INTO block \
            (shard, number, first_seq, last_seq, prev_hash, root, hash, salt, signature, key_id, at) VALUES ";
        writes.rows(insert, values, "");
        let update = self
            .sql()
            .text("UPDATE ledger_head SET next_seq = ")
            .bind(head.next_seq)
            .text(", next_block = next_block + 1, head_hash = ")
            .bind(sealed.hash)
            .text(", last_at = ")
            .bind(at.0)
            .text(" WHERE shard = ")
            .bind(SHARD);
        writes.push(update);
    }
}

impl Batch for LedgerBatch {
    fn load<'a>(&'a self, tx: &'a Tx, set: &'a mut WorkingSet, now: Micros) -> BoxFuture<'a, Result<(), Fault>> {
        async move {
            let loaded = set.slot::<Loaded>();
            if loaded.wants.is_empty() {
                return Ok(());
            }
            self.lock_head(tx, loaded, now).await?;
            for table in &self.flows {
                table.load(tx, set, self.kind).await?;
            }
            let loaded = set.slot::<Loaded>();
            self.read_groups(tx, loaded).await?;
            ask_cards(set);
            let loaded = set.slot::<Loaded>();
            self.read_expired(tx, loaded).await?;
            self.read_open_amounts(tx, loaded).await?;
            self.read_accounts(tx, loaded).await?;
            self.read_freezers(tx, loaded).await
        }
        .boxed()
    }

    fn write(&self, set: &mut WorkingSet, writes: &mut Writes) {
        if set.slot::<Loaded>().head.is_none() {
            return;
        }
        for table in &self.flows {
            table.write(set, writes);
        }
        let loaded = set.slot::<Loaded>();
        let Some(head) = loaded.head.clone() else { return };
        if loaded.written.transfers.is_empty() && loaded.written.events.is_empty() {
            return;
        }
        write_accounts(loaded, writes);
        write_rows(loaded, writes);
        self.seal(loaded, &head, writes);
    }
}

fn write_accounts(loaded: &Loaded, writes: &mut Writes) {
    let touched = loaded.written.accounts.iter();
    let (opened, moved): (Vec<_>, Vec<_>) = touched
        .filter_map(|(id, fresh)| loaded.accounts.get(id).map(|account| (account, *fresh)))
        .partition(|(_, fresh)| *fresh);
    let values = |accounts: Vec<(&Account, bool)>| -> Vec<_> {
        let accounts = accounts.into_iter();
        accounts.map(|(account, _)| rows::account_values(account)).collect()
    };
    writes.insert("account", &ACCOUNT, values(opened), "");
    writes.insert("account", &ACCOUNT, values(moved), ACCOUNT_MOVES);
}

fn write_rows(loaded: &Loaded, writes: &mut Writes) {
    let written = &loaded.written;
    let events = written.events.iter().map(rows::account_event_values).collect();
    writes.insert("account_event", &ACCOUNT_EVENT, events, "");
    let transfers = written.transfers.iter().map(rows::transfer_values).collect();
    writes.insert("transfer", &TRANSFER, transfers, "");
    let holds = written.holds.values().map(rows::hold_values).collect();
    let tail = " ON CONFLICT (transfer_seq) DO UPDATE SET captured = excluded.captured, state = excluded.state";
    writes.insert("hold", &HOLD, holds, tail);
    let refunds = written.refunds.values().map(rows::refund_values).collect();
    let tail = " ON CONFLICT (transfer_seq) DO UPDATE SET refunded = excluded.refunded";
    writes.insert("refund", &REFUND, refunds, tail);
}
