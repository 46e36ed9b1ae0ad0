//! The ledger as an audit reads it: one snapshot, in pages, beside whatever is being posted.

use std::collections::HashMap;

use quipu_entity::{account, account_event, block, ledger_head, transfer};
use sea_orm::{
    AccessMode, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, IsolationLevel,
    QueryFilter, QueryOrder, QuerySelect, TransactionTrait,
};

use super::batch::SHARD;
use super::rows::{self, SealedBlock};
use crate::db::{Db, Fault, Kind, Sql};
use crate::ids::ConversationId;
use crate::wallet::account::Account;
use crate::wallet::ledger::{AccountEvent, Head};
use crate::wallet::transfer::{Transfer, TransferId};

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

    /// How many sealed rows there are in all.
    pub(in crate::wallet) async fn count(&self) -> Result<i64, Fault> {
        let select = Sql::new(self.kind)
            .text("SELECT (SELECT COUNT(*) FROM transfer) + (SELECT COUNT(*) FROM account_event) AS rows")
            .build();
        let row = self.tx.query_one_raw(select).await?;
        row.map_or(Ok(0), |row| Ok(row.try_get("", "rows")?))
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

    /// Where the cards of these transfers stand, of those that have one.
    pub(in crate::wallet) async fn cards(
        &self,
        transfers: &[Transfer],
    ) -> Result<HashMap<TransferId, (ConversationId, i64, String)>, Fault> {
        #[derive(FromQueryResult)]
        struct CardRow {
            client_id: sea_orm::entity::prelude::Uuid,
            sender_id: sea_orm::entity::prelude::Uuid,
            conversation_id: sea_orm::entity::prelude::Uuid,
            seq: i64,
            card_id: String,
        }
        if transfers.is_empty() {
            return Ok(HashMap::new());
        }
        let select = Sql::new(self.kind)
            .text(
                "SELECT client_id, sender_id, conversation_id, seq, card_id FROM message \
                 WHERE card_kind = 'transfer' AND (client_id, sender_id) IN (VALUES ",
            )
            .padded_rows(transfers.iter().map(|row| [row.client_id.into(), row.actor.into()]))
            .text(")")
            .build();
        let rows = CardRow::find_by_statement(select).all(&self.tx).await?;
        let found = rows.into_iter().map(|row| {
            let id = TransferId {
                client_id: row.client_id.into(),
                actor: row.sender_id.into(),
            };
            (id, (row.conversation_id.into(), row.seq, row.card_id))
        });
        Ok(found.collect())
    }

    /// How many cards of transfers stand in conversations.
    pub(in crate::wallet) async fn card_count(&self) -> Result<i64, Fault> {
        let select = Sql::new(self.kind)
            .text("SELECT COUNT(*) AS cards FROM message WHERE card_kind = 'transfer'")
            .build();
        let row = self.tx.query_one_raw(select).await?;
        row.map_or(Ok(0), |row| Ok(row.try_get("", "cards")?))
    }
}
