//! Flows: what people do with money in several steps, a table for each sort, and who takes part in them.

use sea_orm_migration::prelude::*;

use crate::ddl::Ddl;

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        flow(
            &ddl,
            "offer",
            [
                ddl.id("payee_id"),
                ddl.money("amount"),
                ddl.money("fee"),
                ddl.text("note"),
                "CONSTRAINT offer_amount CHECK (amount > 0 AND fee >= 0)".into(),
            ],
        )
        .await?;
        // What its payee has not answered.
        ddl.run("CREATE INDEX offer_open ON offer (payee_id, at, id) WHERE state = 0")
            .await?;
        flow(
            &ddl,
            "request",
            [
                ddl.money("amount"),
                ddl.text("note"),
                "CONSTRAINT request_amount CHECK (amount > 0)".into(),
            ],
        )
        .await?;
        packets(&ddl).await?;
        bills(&ddl).await?;
        disputes(&ddl).await?;
        schedules(&ddl).await?;
        parties(&ddl).await
    }
}

/// A table of one sort of flow: what all of them have, and its own.
async fn flow<const N: usize>(ddl: &Ddl<'_>, table: &str, own: [String; N]) -> Result<(), DbErr> {
    let head = [
        ddl.id("id"),
        ddl.id("client_id"),
        ddl.id("creator_id"),
        ddl.bytes("fingerprint"),
        ddl.id("conversation_id"),
        ddl.number("card_seq"),
        ddl.text("currency"),
        ddl.code("state"),
        ddl.number("at"),
        ddl.optional_number("expires_at"),
        ddl.optional_number("due_at"),
        ddl.code("reminded"),
        // Not before this time, since what was due could not be done.
        ddl.optional_number("retry_at"),
    ];
    let tail = [
        "PRIMARY KEY (id)".to_owned(),
        format!("CONSTRAINT {table}_state CHECK (state BETWEEN 0 AND 15)"),
        // Only what may still change has a time at which it does.
        format!("CONSTRAINT {table}_due CHECK (due_at IS NULL OR state IN (0, 1, 11, 12))"),
    ];
    let parts: Vec<String> = head.into_iter().chain(own).chain(tail).collect();
    ddl.run(&format!("CREATE TABLE {table} (\n  {}\n)", parts.join(",\n  ")))
        .await?;
    ddl.run(&format!(
        "CREATE INDEX {table}_due_at ON {table} (due_at) WHERE due_at IS NOT NULL"
    ))
    .await
}

async fn packets(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    flow(
        ddl,
        "packet",
        [
            ddl.code("kind"),
            ddl.money("total"),
            ddl.number("count"),
            ddl.number("claimed"),
            ddl.money("claimed_minor"),
            ddl.bytes("seed"),
            ddl.text("greeting"),
            "CONSTRAINT packet_shares CHECK (claimed BETWEEN 0 AND count AND count <= total)".into(),
            "CONSTRAINT packet_claimed CHECK (claimed_minor BETWEEN claimed AND total AND \
             (claimed < count OR claimed_minor = total))"
                .into(),
        ],
    )
    .await
}

async fn bills(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    flow(
        ddl,
        "bill",
        [
            ddl.money("total"),
            ddl.code("split"),
            ddl.text("note"),
            "CONSTRAINT bill_total CHECK (total > 0)".into(),
        ],
    )
    .await?;
    // What a group owes each other.
    ddl.run("CREATE INDEX bill_open ON bill (conversation_id, id) WHERE state IN (0, 1)")
        .await
}

async fn disputes(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    flow(
        ddl,
        "dispute",
        [
            ddl.id("payee_id"),
            ddl.id("payment_client_id"),
            ddl.id("payment_actor_id"),
            ddl.code("payment_leg"),
            ddl.id("of_client_id"),
            ddl.id("of_actor_id"),
            ddl.code("of_leg"),
            ddl.money("amount"),
            ddl.text("reason"),
            ddl.text("answer"),
            ddl.text("decision"),
            "CONSTRAINT dispute_amount CHECK (amount > 0)".into(),
        ],
    )
    .await?;
    // What the payee has not answered.
    ddl.run("CREATE INDEX dispute_unanswered ON dispute (payee_id, at, id) WHERE answer = ''")
        .await?;
    // What an operator looks at.
    ddl.run("CREATE INDEX dispute_open ON dispute (at, id) WHERE state IN (0, 11, 12)")
        .await
}

async fn schedules(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    flow(
        ddl,
        "schedule",
        [
            ddl.id("payee_id"),
            ddl.money("amount"),
            ddl.text("note"),
            ddl.number("first_at"),
            ddl.code("every"),
            ddl.optional_number("times"),
            ddl.optional_number("until"),
            ddl.number("next"),
            ddl.number("paid"),
            ddl.number("skipped"),
            ddl.number("failed"),
            ddl.text("last"),
            "CONSTRAINT schedule_amount CHECK (amount > 0)".into(),
            "CONSTRAINT schedule_end CHECK (times IS NULL OR until IS NULL)".into(),
            "CONSTRAINT schedule_runs CHECK (paid >= 0 AND skipped >= 0 AND failed >= 0 AND \
             paid + skipped + failed = next)"
                .into(),
        ],
    )
    .await
}

async fn parties(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.table(
        "flow_party",
        [
            ddl.id("flow_id"),
            ddl.id("user_id"),
            ddl.code("kind"),
            ddl.code("state"),
            ddl.money("minor"),
            ddl.number("place"),
            ddl.optional_id("client_id"),
            ddl.number("at"),
            "PRIMARY KEY (flow_id, user_id)".into(),
            "CONSTRAINT flow_party_minor CHECK (minor > 0)".into(),
            "CONSTRAINT flow_party_state CHECK (state BETWEEN 0 AND 3)".into(),
            "CONSTRAINT flow_party_paid CHECK ((state = 1) = (client_id IS NOT NULL))".into(),
        ],
    )
    .await?;
    // A share of a packet is taken once.
    ddl.run("CREATE UNIQUE INDEX flow_party_place ON flow_party (flow_id, place)")
        .await?;
    // What waits for somebody.
    ddl.run("CREATE INDEX flow_party_open ON flow_party (user_id, flow_id) WHERE state = 0")
        .await
}
