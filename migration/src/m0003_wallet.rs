//! The ledger: accounts, transfers with the holds and refunds that they make, what happened to accounts, the chain of
//! sealed blocks and the keys that sign it.

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
        open_amounts(&ddl).await?;
        chain(&ddl).await?;
        for table in ["transfer", "account_event", "block", "ledger_key"] {
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
            ddl.number("out_day"),
            ddl.money("out_day_minor"),
            ddl.number("out_year"),
            ddl.money("out_year_minor"),
            "PRIMARY KEY (id)".into(),
            "CONSTRAINT account_owner UNIQUE (owner_id, kind, currency)".into(),
            "CONSTRAINT account_floor CHECK (posted - held >= floor)".into(),
            "CONSTRAINT account_held CHECK (held >= 0)".into(),
            "CONSTRAINT account_status CHECK (status BETWEEN 0 AND 2)".into(),
            "CONSTRAINT account_empty CHECK (status <> 2 OR (posted = 0 AND held = 0))".into(),
            "CONSTRAINT account_out CHECK (out_day_minor >= 0 AND out_year_minor >= 0)".into(),
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
            ddl.id("client_id"),
            ddl.id("actor_id"),
            ddl.text("reason"),
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
            ddl.code("purpose"),
            ddl.code("leg"),
            ddl.code("legs"),
            ddl.id("debit_id"),
            ddl.id("credit_id"),
            ddl.text("currency"),
            ddl.money("amount"),
            ddl.optional_number("of_seq"),
            ddl.optional_number("expires_at"),
            ddl.money("debit_after"),
            ddl.money("debit_held"),
            ddl.money("credit_after"),
            ddl.number("debit_prev"),
            ddl.number("credit_prev"),
            ddl.text("note"),
            ddl.optional_id("conversation_id"),
            ddl.optional_number("card_seq"),
            ddl.optional_number("flow_kind"),
            ddl.optional_id("flow_id"),
            ddl.number("at"),
            "PRIMARY KEY (seq)".into(),
            "CONSTRAINT transfer_amount CHECK (amount > 0)".into(),
            "CONSTRAINT transfer_sides CHECK (debit_id <> credit_id)".into(),
            "CONSTRAINT transfer_kind CHECK (kind BETWEEN 0 AND 5)".into(),
            "CONSTRAINT transfer_leg CHECK (leg >= 0 AND leg < legs)".into(),
            "CONSTRAINT transfer_of CHECK ((kind IN (0, 1)) = (of_seq IS NULL) AND (of_seq IS NULL OR of_seq < seq))"
                .into(),
            "CONSTRAINT transfer_expires CHECK ((kind = 1) = (expires_at IS NOT NULL))".into(),
            "CONSTRAINT transfer_held CHECK (debit_held >= 0)".into(),
            "CONSTRAINT transfer_card CHECK ((conversation_id IS NULL) = (card_seq IS NULL))".into(),
            "CONSTRAINT transfer_flow CHECK ((flow_kind IS NULL) = (flow_id IS NULL))".into(),
        ],
    )
    .await?;
    // The legs of one group share the caller's id, so the first one stands for all of them.
    ddl.run("CREATE UNIQUE INDEX transfer_client_id ON transfer (client_id, actor_id) WHERE leg = 0")
        .await?;
    // What gives something back is found from what it gives back. Other rows write nothing into this index either.
    ddl.run("CREATE INDEX transfer_reversal ON transfer (of_seq) WHERE kind = 5")
        .await?;
    // A hold is captured, voided or expired once. Other rows write nothing into this index.
    ddl.run("CREATE UNIQUE INDEX transfer_resolution ON transfer (of_seq) WHERE kind IN (2, 3, 4)")
        .await
}

/// What of a transfer is still open: derived from the rows, rebuilt and compared by the audit.
async fn open_amounts(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.table(
        "hold",
        [
            ddl.number("transfer_seq"),
            ddl.money("amount"),
            ddl.money("captured"),
            ddl.code("state"),
            ddl.number("expires_at"),
            "PRIMARY KEY (transfer_seq)".into(),
            "CONSTRAINT hold_amount CHECK (amount > 0)".into(),
            "CONSTRAINT hold_captured CHECK (captured BETWEEN 0 AND amount)".into(),
            "CONSTRAINT hold_state CHECK (state BETWEEN 0 AND 3 AND (state = 1) = (captured > 0))".into(),
        ],
    )
    .await?;
    ddl.run("CREATE INDEX hold_expiry ON hold (expires_at) WHERE state = 0")
        .await?;
    ddl.table(
        "refund",
        [
            ddl.number("transfer_seq"),
            ddl.money("amount"),
            ddl.money("refunded"),
            "PRIMARY KEY (transfer_seq)".into(),
            "CONSTRAINT refund_amount CHECK (refunded > 0 AND refunded <= amount)".into(),
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
            ddl.bytes("salt"),
            ddl.bytes("signature"),
            ddl.text("key_id"),
            ddl.number("at"),
            "PRIMARY KEY (shard, number)".into(),
            "CONSTRAINT block_prev_hash UNIQUE (shard, prev_hash)".into(),
        ],
    )
    .await?;
    ddl.table(
        "ledger_key",
        [
            ddl.text("key_id"),
            ddl.number("from_block"),
            ddl.bytes("public_key"),
            ddl.bytes("head_hash"),
            ddl.bytes("handed_over"),
            ddl.bytes("taken_over"),
            ddl.number("at"),
            "PRIMARY KEY (key_id)".into(),
            "CONSTRAINT ledger_key_from UNIQUE (from_block)".into(),
        ],
    )
    .await
}
