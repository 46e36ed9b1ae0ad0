//! The ledger: accounts, transfers, what happened to accounts, and the chain of sealed blocks.

use sea_orm_migration::prelude::*;

use crate::ddl::Ddl;

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        accounts(&ddl).await?;
        transfers(&ddl).await?;
        chain(&ddl).await?;
        for table in ["transfer", "account_event", "block"] {
            ddl.append_only(table).await?;
        }
        Ok(())
    }
}

async fn accounts(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.table(
        "account",
        [
            ddl.id("id"),
            ddl.id("owner_id"),
            ddl.code("kind"),
            ddl.text("currency"),
            ddl.money("posted"),
            ddl.money("held"),
            ddl.money("floor"),
            ddl.code("status"),
            ddl.number("last_seq"),
            ddl.number("opened_at"),
            "PRIMARY KEY (id)".into(),
            "CONSTRAINT account_owner UNIQUE (owner_id, kind, currency)".into(),
            "CONSTRAINT account_floor CHECK (posted - held >= floor)".into(),
            "CONSTRAINT account_held CHECK (held >= 0)".into(),
        ],
    )
    .await?;
    ddl.table(
        "account_event",
        [
            ddl.number("seq"),
            ddl.id("account_id"),
            ddl.id("owner_id"),
            ddl.code("account_kind"),
            ddl.text("currency"),
            ddl.code("event"),
            ddl.money("floor"),
            ddl.code("status"),
            ddl.number("prev_seq"),
            ddl.number("at"),
            "PRIMARY KEY (seq)".into(),
        ],
    )
    .await
}

async fn transfers(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.table(
        "transfer",
        [
            ddl.number("seq"),
            ddl.id("client_id"),
            ddl.id("actor_id"),
            ddl.bytes("fingerprint"),
            ddl.code("kind"),
            ddl.id("debit_id"),
            ddl.id("credit_id"),
            ddl.text("currency"),
            ddl.money("amount"),
            ddl.money("debit_after"),
            ddl.money("credit_after"),
            ddl.number("debit_prev"),
            ddl.number("credit_prev"),
            ddl.text("note"),
            ddl.optional_id("conversation_id"),
            ddl.optional_number("card_seq"),
            ddl.number("at"),
            "PRIMARY KEY (seq)".into(),
            "CONSTRAINT transfer_client_id UNIQUE (client_id, actor_id)".into(),
            "CONSTRAINT transfer_amount CHECK (amount > 0)".into(),
            "CONSTRAINT transfer_sides CHECK (debit_id <> credit_id)".into(),
            "CONSTRAINT transfer_card CHECK ((conversation_id IS NULL) = (card_seq IS NULL))".into(),
        ],
    )
    .await
}

async fn chain(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.table(
        "ledger_head",
        [
            ddl.number("shard"),
            ddl.number("next_seq"),
            ddl.number("next_block"),
            ddl.bytes("head_hash"),
            ddl.text("key_id"),
            ddl.number("last_at"),
            "PRIMARY KEY (shard)".into(),
        ],
    )
    .await?;
    ddl.table(
        "block",
        [
            ddl.number("shard"),
            ddl.number("number"),
            ddl.number("first_seq"),
            ddl.number("last_seq"),
            ddl.bytes("prev_hash"),
            ddl.bytes("root"),
            ddl.bytes("hash"),
            ddl.bytes("signature"),
            ddl.text("key_id"),
            ddl.number("at"),
            "PRIMARY KEY (shard, number)".into(),
            "CONSTRAINT block_prev_hash UNIQUE (shard, prev_hash)".into(),
        ],
    )
    .await
}
