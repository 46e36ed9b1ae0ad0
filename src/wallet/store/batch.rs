//! The ledger in a group commit. Its transaction first locks the one row of `ledger_head`, which puts the ledger
//! commits of all nodes in one order with no leader; then everything it reads is as the commit before left it.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use quipu_entity::{account, ledger_head, transfer};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};

use super::rows::{self, SealedBlock};
use crate::clock::Micros;
use crate::db::{self, Fault, Kind, Sql};
use crate::group_commit::{Batch, WorkingSet};
use crate::wallet::chain::{self, BlockHeader};
use crate::wallet::keys::LedgerKey;
use crate::wallet::ledger::{Head, Loaded};

/// The one ledger of this version.
pub(super) const SHARD: i64 = 0;

/// The ledger in a group commit.
#[derive(Debug)]
pub struct LedgerBatch {
    kind: Kind,
    key: LedgerKey,
}

impl LedgerBatch {
    /// For a database of this kind, signing with this key.
    #[must_use]
    pub const fn new(kind: Kind, key: LedgerKey) -> Self {
        Self { kind, key }
    }

    fn sql(&self) -> Sql {
        Sql::new(self.kind)
    }

    async fn lock_head(&self, tx: &DatabaseTransaction, loaded: &mut Loaded, now: Micros) -> Result<(), Fault> {
        let select = self
            .sql()
            .text("SELECT * FROM ledger_head WHERE shard = ")
            .bind(SHARD)
            .postgres(" FOR UPDATE")
            .build();
        let row = ledger_head::Model::find_by_statement(select).one(tx).await?;
        let head = rows::head(row.ok_or_else(|| Fault::Other("the ledger has no head".into()))?);
        loaded.at = Some(now.after(head.last_at));
        loaded.head = Some(head);
        Ok(())
    }

    async fn read_accounts(&self, tx: &DatabaseTransaction, loaded: &mut Loaded) -> Result<(), Fault> {
        if loaded.wanted_accounts.is_empty() {
            return Ok(());
        }
        let wanted = loaded.wanted_accounts.iter();
        let select = self
            .sql()
            .text("SELECT * FROM account WHERE (owner_id, kind, currency) IN (VALUES ")
            .padded_rows(wanted.map(|key| [key.owner.into(), key.kind.code().into(), key.currency.code().into()]))
            .text(")")
            .build();
        for row in account::Model::find_by_statement(select).all(tx).await? {
            let account = rows::account(&row)?;
            loaded.accounts.insert(account.key, account);
        }
        Ok(())
    }

    async fn read_transfers(&self, tx: &DatabaseTransaction, loaded: &mut Loaded) -> Result<(), Fault> {
        let wanted = loaded.wanted_transfers.iter();
        let select = self
            .sql()
            .text("SELECT * FROM transfer WHERE (client_id, actor_id) IN (VALUES ")
            .padded_rows(wanted.map(|(client, actor)| [(*client).into(), (*actor).into()]))
            .text(")")
            .build();
        for row in transfer::Model::find_by_statement(select).all(tx).await? {
            let transfer = rows::transfer(row)?;
            loaded.transfers.insert((transfer.client_id, transfer.actor), transfer);
        }
        Ok(())
    }

    async fn write_accounts(&self, tx: &DatabaseTransaction, loaded: &Loaded) -> Result<(), Fault> {
        let touched = loaded.written.accounts.iter();
        let (opened, moved): (Vec<_>, Vec<_>) = touched
            .filter_map(|(key, fresh)| loaded.accounts.get(key).map(|account| (account, *fresh)))
            .partition(|(_, fresh)| *fresh);
        let values = opened
            .iter()
            .map(|(account, _)| rows::account_values(account))
            .collect();
        let head = "INSERT INTO account \
            (id, owner_id, kind, currency, posted, held, floor, status, last_seq, opened_at) VALUES ";
        db::write_rows(tx, self.kind, head, values, "").await?;
        if moved.is_empty() {
            return Ok(());
        }
        let update = self
            .sql()
            .text("WITH moved (id, posted, held, seq) AS (VALUES ")
            .padded_rows(
                moved
                    .iter()
                    .map(|(a, _)| [a.id.into(), a.posted.into(), a.held.into(), a.last_seq.into()]),
            )
            .text(
                ") UPDATE account SET posted = moved.posted, held = moved.held, last_seq = moved.seq \
                 FROM moved WHERE account.id = moved.id",
            )
            .build();
        tx.execute_raw(update).await?;
        Ok(())
    }

    async fn write_rows(&self, tx: &DatabaseTransaction, loaded: &Loaded) -> Result<(), Fault> {
        let events = loaded.written.events.iter().map(rows::account_event_values).collect();
        let head = "INSERT INTO account_event \
            (seq, account_id, owner_id, account_kind, currency, event, floor, status, prev_seq, at) VALUES ";
        db::write_rows(tx, self.kind, head, events, "").await?;
        let transfers = loaded.written.transfers.iter().map(rows::transfer_values).collect();
        let head = "INSERT INTO transfer (seq, client_id, actor_id, fingerprint, kind, debit_id, credit_id, currency, \
            amount, debit_after, credit_after, debit_prev, credit_prev, note, conversation_id, card_seq, at) VALUES ";
        db::write_rows(tx, self.kind, head, transfers, "").await
    }

    /// Seals what this transaction wrote, and moves the head to it.
    async fn seal(&self, tx: &DatabaseTransaction, loaded: &Loaded, head: &Head) -> Result<(), Fault> {
        let written = &loaded.written;
        let mut leaves: Vec<_> = written
            .transfers
            .iter()
            .map(|row| (row.seq, chain::transfer_leaf(row)))
            .collect();
        leaves.extend(
            written
                .events
                .iter()
                .map(|row| (row.seq, chain::account_event_leaf(row))),
        );
        leaves.sort_unstable_by_key(|(seq, _)| *seq);
        let (Some((first_seq, _)), Some((last_seq, _)), Some(at)) = (leaves.first(), leaves.last(), loaded.at) else {
            return Ok(());
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
            signature: self.key.sign(&hash).to_vec(),
        };
        let values = vec![rows::block_values(&sealed)];
        let insert = "INSERT INTO block \
            (shard, number, first_seq, last_seq, prev_hash, root, hash, signature, key_id, at) VALUES ";
        db::write_rows(tx, self.kind, insert, values, "").await?;
        let update = self
            .sql()
            .text("UPDATE ledger_head SET next_seq = ")
            .bind(head.next_seq)
            .text(", next_block = next_block + 1, head_hash = ")
            .bind(sealed.hash)
            .text(", last_at = ")
            .bind(at.0)
            .text(" WHERE shard = ")
            .bind(SHARD)
            .build();
        tx.execute_raw(update).await?;
        Ok(())
    }
}

impl Batch for LedgerBatch {
    fn load<'a>(
        &'a self,
        tx: &'a DatabaseTransaction,
        set: &'a mut WorkingSet,
        now: Micros,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        async move {
            let loaded = set.slot::<Loaded>();
            if loaded.wanted_transfers.is_empty() {
                return Ok(());
            }
            self.lock_head(tx, loaded, now).await?;
            self.read_accounts(tx, loaded).await?;
            self.read_transfers(tx, loaded).await
        }
        .boxed()
    }

    fn write<'a>(&'a self, tx: &'a DatabaseTransaction, set: &'a mut WorkingSet) -> BoxFuture<'a, Result<(), Fault>> {
        async move {
            let loaded = set.slot::<Loaded>();
            let Some(head) = loaded.head.clone() else { return Ok(()) };
            if loaded.written.transfers.is_empty() {
                return Ok(());
            }
            self.write_accounts(tx, loaded).await?;
            self.write_rows(tx, loaded).await?;
            self.seal(tx, loaded, &head).await
        }
        .boxed()
    }
}
