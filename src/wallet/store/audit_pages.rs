//! The ledger as an audit reads it: one snapshot, in pages, beside whatever is being posted.

use std::collections::HashMap;

use quipu_entity::{account, account_event, block, hold, ledger_head, refund, transfer};
use sea_orm::{
    AccessMode, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, IsolationLevel,
    QueryFilter, QueryOrder, QuerySelect, TransactionTrait,
};

use super::batch::SHARD;
use super::rows::{self, SealedBlock};
use super::{keys, reads};
use crate::clock::Micros;
use crate::db::{Db, Fault, Kind, Sql};
use crate::ids::{ConversationId, FlowId};
use crate::wallet::account::Account;
use crate::wallet::flows::{self, Stored};
use crate::wallet::funding::{self, Funding};
use crate::wallet::keys::KeyInForce;
use crate::wallet::ledger::{AccountEvent, Head, Hold, Refund};
use crate::wallet::transfer::{Card, Transfer, TransferId};
use crate::wallet::wire::{CARDS, FLOW_CARDS};

/// A sealed row of either kind.
#[derive(Debug, Clone)]
pub(in crate::wallet) enum Sealed {
    /// A transfer.
    Transfer(Transfer),
    /// Something about an account itself.
    Event(AccountEvent),
}

impl Sealed {
    /// Its position.
    pub(in crate::wallet) const fn seq(&self) -> i64 {
        match self {
            Self::Transfer(row) => row.seq,
            Self::Event(row) => row.seq,
        }
    }

    /// Its time.
    pub(in crate::wallet) const fn at(&self) -> Micros {
        match self {
            Self::Transfer(row) => row.at,
            Self::Event(row) => row.at,
        }
    }

    /// The transfer, if it is one.
    pub(in crate::wallet) const fn transfer(&self) -> Option<&Transfer> {
        match self {
            Self::Transfer(row) => Some(row),
            Self::Event(_) => None,
        }
    }
}

/// One moment of the ledger, held open.
pub(in crate::wallet) struct AuditSnapshot {
    tx: DatabaseTransaction,
    kind: Kind,
}

impl AuditSnapshot {
    /// Opens the snapshot; nobody waits for it.
    pub(in crate::wallet) async fn open(db: &Db) -> Result<Self, Fault> {
        let tx = match db.kind() {
            Kind::Sqlite => db.reader().begin().await?,
            Kind::Postgres => {
                let (level, mode) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
                let tx = db.reader().begin_with_config(Some(level), Some(mode)).await?;
                // A long ledger is replayed for longer than a commit may stand idle.
                tx.execute_unprepared(
                    "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0",
                )
                .await?;
                tx
            }
        };
        Ok(Self { tx, kind: db.kind() })
    }

    /// Where it is read.
    pub(super) const fn tx(&self) -> &DatabaseTransaction {
        &self.tx
    }

    /// The name by which another session of PostgreSQL sees this moment too, as long as the snapshot is held. SQLite
    /// has none.
    pub(in crate::wallet) async fn exported(&self) -> Result<Option<String>, Fault> {
        if self.kind == Kind::Sqlite {
            return Ok(None);
        }
        let select = Sql::new(self.kind).text("SELECT pg_export_snapshot() AS name").build();
        let row = self.tx.query_one_raw(select).await?;
        Ok(row.map(|row| row.try_get("", "name")).transpose()?)
    }

    /// The ledger's head.
    pub(in crate::wallet) async fn head(&self) -> Result<Option<Head>, Fault> {
        Ok(ledger_head::Entity::find_by_id(SHARD)
            .one(&self.tx)
            .await?
            .map(rows::head))
    }

    /// Blocks after `number`, at most `limit`.
    pub(in crate::wallet) async fn blocks(&self, number: i64, limit: u64) -> Result<Vec<SealedBlock>, Fault> {
        let rows = block::Entity::find()
            .filter(block::Column::Shard.eq(SHARD))
            .filter(block::Column::Number.gt(number))
            .order_by_asc(block::Column::Number)
            .limit(limit)
            .all(&self.tx)
            .await?;
        Ok(rows.into_iter().map(rows::block).collect())
    }

    /// The sealed rows of positions `first` to `last`, in order.
    pub(in crate::wallet) async fn rows(&self, first: i64, last: i64) -> Result<Vec<Sealed>, Fault> {
        let transfers = transfer::Entity::find()
            .filter(transfer::Column::Seq.between(first, last))
            .all(&self.tx)
            .await?;
        let events = account_event::Entity::find()
            .filter(account_event::Column::Seq.between(first, last))
            .all(&self.tx)
            .await?;
        let mut sealed = Vec::with_capacity(transfers.len() + events.len());
        for row in transfers {
            sealed.push(Sealed::Transfer(rows::transfer(row)?));
        }
        for row in &events {
            sealed.push(Sealed::Event(rows::account_event(row)?));
        }
        sealed.sort_unstable_by_key(Sealed::seq);
        Ok(sealed)
    }

    /// A row before the first position or behind `last`, if there is one.
    pub(in crate::wallet) async fn row_outside(&self, last: i64) -> Result<Option<i64>, Fault> {
        let select = Sql::new(self.kind)
            .text("SELECT seq FROM transfer WHERE seq < 1 OR seq > ")
            .bind(last)
            .text(" UNION ALL SELECT seq FROM account_event WHERE seq < 1 OR seq > ")
            .bind(last)
            .text(" ORDER BY seq LIMIT 1")
            .build();
        let row = self.tx.query_one_raw(select).await?;
        Ok(row.map(|row| row.try_get("", "seq")).transpose()?)
    }

    /// A block or a head that is none of this ledger, whose last block is `last`, by what it is; if there is one.
    pub(in crate::wallet) async fn of_another_ledger(&self, last: i64) -> Result<Option<String>, Fault> {
        let select = Sql::new(self.kind)
            .text("SELECT shard, number FROM block WHERE shard <> ")
            .bind(SHARD)
            .text(" OR number < 1 OR number > ")
            .bind(last)
            .text(" UNION ALL SELECT shard, NULL FROM ledger_head WHERE shard <> ")
            .bind(SHARD)
            .text(" LIMIT 1")
            .build();
        let Some(row) = self.tx.query_one_raw(select).await? else {
            return Ok(None);
        };
        let (shard, number): (i64, Option<i64>) = (row.try_get("", "shard")?, row.try_get("", "number")?);
        Ok(Some(match number {
            Some(number) => format!("block {number} of ledger {shard} stands in no chain"),
            None => format!("a head of ledger {shard} stands there, which has no blocks"),
        }))
    }

    /// All accounts as they stand.
    pub(in crate::wallet) async fn accounts(&self) -> Result<Vec<Account>, Fault> {
        account::Entity::find()
            .all(&self.tx)
            .await?
            .iter()
            .map(rows::account)
            .collect()
    }

    /// The keys of the ledger, the first one first.
    pub(in crate::wallet) async fn keys(&self) -> Result<Vec<KeyInForce>, Fault> {
        keys::keys(&self.tx).await
    }

    /// Transfers by their positions.
    pub(in crate::wallet) async fn transfers(&self, seqs: &[i64]) -> Result<HashMap<i64, Transfer>, Fault> {
        let found = transfer::Entity::find()
            .filter(transfer::Column::Seq.is_in(seqs.iter().copied()))
            .all(&self.tx)
            .await?;
        let rows = found.into_iter().map(|row| Ok((row.seq, rows::transfer(row)?)));
        rows.collect()
    }

    /// A transfer by its id.
    pub(in crate::wallet) async fn transfer(&self, id: TransferId) -> Result<Option<Transfer>, Fault> {
        reads::transfer_in(&self.tx, id).await
    }

    /// Holds behind a position.
    pub(in crate::wallet) async fn holds(&self, after: i64, limit: u64) -> Result<Vec<Hold>, Fault> {
        let page = hold::Entity::find()
            .filter(hold::Column::TransferSeq.gt(after))
            .order_by_asc(hold::Column::TransferSeq)
            .limit(limit);
        page.all(&self.tx).await?.iter().map(rows::hold).collect()
    }

    /// Holds by their positions.
    pub(in crate::wallet) async fn holds_of(&self, seqs: &[i64]) -> Result<Vec<Hold>, Fault> {
        let found = hold::Entity::find().filter(hold::Column::TransferSeq.is_in(seqs.iter().copied()));
        found.all(&self.tx).await?.iter().map(rows::hold).collect()
    }

    /// Refunds behind a position.
    pub(in crate::wallet) async fn refunds(&self, after: i64, limit: u64) -> Result<Vec<Refund>, Fault> {
        let page = refund::Entity::find()
            .filter(refund::Column::TransferSeq.gt(after))
            .order_by_asc(refund::Column::TransferSeq)
            .limit(limit);
        Ok(page.all(&self.tx).await?.iter().map(rows::refund).collect())
    }

    /// Refunds by the positions of what they give back.
    pub(in crate::wallet) async fn refunds_of(&self, seqs: &[i64]) -> Result<Vec<Refund>, Fault> {
        let found = refund::Entity::find().filter(refund::Column::TransferSeq.is_in(seqs.iter().copied()));
        Ok(found.all(&self.tx).await?.iter().map(rows::refund).collect())
    }

    /// The cards at these places, of those that are there.
    pub(in crate::wallet) async fn cards(
        &self,
        places: &[Card],
    ) -> Result<HashMap<(ConversationId, i64), ShownCard>, Fault> {
        if places.is_empty() {
            return Ok(HashMap::new());
        }
        let select = any_card_select(self.kind)
            .text(" AND (conversation_id, seq) IN (VALUES ")
            .padded_rows(places.iter().map(|card| [card.conversation.into(), card.seq.into()]))
            .text(")")
            .build();
        let found = CardRow::find_by_statement(select).all(&self.tx).await?;
        let found = found.into_iter().map(|row| {
            let shown = ShownCard {
                kind: row.card_kind,
                id: row.card_id,
                data: row.card_data,
            };
            ((row.conversation_id.into(), row.seq), shown)
        });
        Ok(found.collect())
    }

    /// Flows of one sort behind an id, in the order of ids, with their parties as far as they are read with them.
    pub(in crate::wallet) async fn flows<F: Stored>(&self, after: Option<FlowId>, limit: u64) -> Result<Vec<F>, Fault> {
        flows::page(&self.tx, self.kind, after, limit).await
    }

    /// Top-ups and withdrawals behind an id, in the order of ids.
    pub(in crate::wallet) async fn fundings(&self, after: Option<FlowId>, limit: u64) -> Result<Vec<Funding>, Fault> {
        funding::audit_page(&self.tx, self.kind, after, limit).await
    }

    /// How many cards of flows that are no payments stand in conversations.
    pub(in crate::wallet) async fn flow_card_count(&self) -> Result<i64, Fault> {
        let select = Sql::new(self.kind).text("SELECT COUNT(*) AS cards FROM message WHERE card_kind IN (");
        let select = FLOW_CARDS.into_iter().enumerate().fold(select, |select, (at, kind)| {
            select.text(if at == 0 { "" } else { ", " }).bind(kind)
        });
        let row = self.tx.query_one_raw(select.text(")").build()).await?;
        row.map_or(Ok(0), |row| Ok(row.try_get("", "cards")?))
    }

    /// Cards of the ledger's rows, by their places, behind one.
    pub(in crate::wallet) async fn card_page(
        &self,
        after: Option<(ConversationId, i64)>,
        limit: u64,
    ) -> Result<Vec<(ConversationId, i64, String)>, Fault> {
        let mut select = card_select(self.kind);
        if let Some((conversation, seq)) = after {
            select = select
                .text(" AND (conversation_id, seq) > (")
                .bind(conversation)
                .text(", ")
                .bind(seq)
                .text(")");
        }
        let select = select
            .text(" ORDER BY conversation_id, seq LIMIT ")
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .build();
        let found = CardRow::find_by_statement(select).all(&self.tx).await?;
        let found = found
            .into_iter()
            .map(|row| (row.conversation_id.into(), row.seq, row.card_id));
        Ok(found.collect())
    }

    /// How many cards of the ledger's rows stand in conversations.
    pub(in crate::wallet) async fn card_count(&self) -> Result<i64, Fault> {
        let select = Sql::new(self.kind)
            .text("SELECT COUNT(*) AS cards FROM message WHERE card_kind IN (")
            .bind(CARDS[0])
            .text(", ")
            .bind(CARDS[1])
            .text(")")
            .build();
        let row = self.tx.query_one_raw(select).await?;
        row.map_or(Ok(0), |row| Ok(row.try_get("", "cards")?))
    }
}

/// A card as it stands in its conversation.
#[derive(Debug, Clone)]
pub(in crate::wallet) struct ShownCard {
    pub(in crate::wallet) kind: String,
    /// The id of its transfer.
    pub(in crate::wallet) id: String,
    /// What every member sees of it.
    pub(in crate::wallet) data: String,
}

#[derive(FromQueryResult)]
struct CardRow {
    conversation_id: sea_orm::entity::prelude::Uuid,
    seq: i64,
    card_kind: String,
    card_id: String,
    card_data: String,
}

fn card_select(kind: Kind) -> Sql {
    Sql::new(kind)
        .text(
            "SELECT conversation_id, seq, card_kind, COALESCE(card_id, '') AS card_id, \
             COALESCE(card_data, '') AS card_data FROM message WHERE card_kind IN (",
        )
        .bind(CARDS[0])
        .text(", ")
        .bind(CARDS[1])
        .text(")")
}

/// Cards that rows of the ledger may stand at: their own, and those of flows.
fn any_card_select(kind: Kind) -> Sql {
    let select = Sql::new(kind).text(
        "SELECT conversation_id, seq, card_kind, COALESCE(card_id, '') AS card_id, \
         COALESCE(card_data, '') AS card_data FROM message WHERE card_kind IN (",
    );
    let kinds = CARDS.into_iter().chain(FLOW_CARDS);
    kinds
        .enumerate()
        .fold(select, |select, (at, one)| {
            select.text(if at == 0 { "" } else { ", " }).bind(one)
        })
        .text(")")
}
