//! Cards and bank accounts of people, what comes in and goes out through them, and the orders of the sandbox.

use sea_orm_migration::prelude::*;

use crate::ddl::Ddl;

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        methods(&ddl).await?;
        fundings(&ddl).await?;
        // The sandbox is a bank of its own: nothing else reads or writes this.
        ddl.table(
            "sandbox_order",
            [
                ddl.id("id"),
                ddl.code("direction"),
                ddl.text("scenario"),
                ddl.text("currency"),
                ddl.money("amount"),
                ddl.code("answer"),
                ddl.number("made_at"),
                "PRIMARY KEY (id)".into(),
                "CONSTRAINT sandbox_order_amount CHECK (amount > 0)".into(),
            ],
        )
        .await
    }
}

async fn methods(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.table(
        "payment_method",
        [
            ddl.id("id"),
            ddl.id("owner_id"),
            ddl.bytes("fingerprint"),
            ddl.text("provider"),
            ddl.code("kind"),
            ddl.text("brand"),
            ddl.code("credit"),
            ddl.text("last_four"),
            ddl.text("label"),
            ddl.optional_number("expires"),
            ddl.bytes("number_mac"),
            // The provider's token and the holder's name; empty once it is removed and nothing is under way with it.
            ddl.bytes("sealed"),
            ddl.text("key_id"),
            ddl.code("preferred"),
            ddl.number("added_at"),
            ddl.optional_number("removed_at"),
            "PRIMARY KEY (id)".into(),
            "CONSTRAINT payment_method_kind CHECK (kind IN (0, 1))".into(),
        ],
    )
    .await?;
    // How often a provider was asked to look at one, for a day.
    ddl.table(
        "method_try",
        [
            ddl.id("id"),
            ddl.id("owner_id"),
            ddl.number("at"),
            "PRIMARY KEY (id)".into(),
        ],
    )
    .await?;
    ddl.run("CREATE INDEX method_try_owner ON method_try (owner_id, at)")
        .await?;
    // Nobody has a number twice,
    ddl.run(
        "CREATE UNIQUE INDEX payment_method_number ON payment_method (owner_id, number_mac) WHERE removed_at IS NULL",
    )
    .await?;
    // and one of theirs at most is preferred.
    ddl.run(
        "CREATE UNIQUE INDEX payment_method_preferred ON payment_method (owner_id) \
         WHERE preferred = 1 AND removed_at IS NULL",
    )
    .await?;
    ddl.run("CREATE INDEX payment_method_owner ON payment_method (owner_id, added_at)")
        .await
}

async fn fundings(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.table(
        "funding",
        [
            ddl.id("id"),
            ddl.id("client_id"),
            ddl.id("owner_id"),
            ddl.bytes("fingerprint"),
            ddl.code("direction"),
            ddl.id("method_id"),
            ddl.text("provider"),
            ddl.text("brand"),
            ddl.text("last_four"),
            ddl.text("currency"),
            ddl.money("amount"),
            ddl.code("state"),
            ddl.code("reason"),
            ddl.optional_text("action"),
            ddl.optional_text("reference"),
            ddl.code("late"),
            ddl.code("review"),
            ddl.code("looks"),
            ddl.number("at"),
            ddl.number("changed_at"),
            ddl.optional_number("due_at"),
            "PRIMARY KEY (id)".into(),
            "CONSTRAINT funding_amount CHECK (amount > 0)".into(),
            // A top-up has the states 0 to 5, a withdrawal 6 to 10.
            "CONSTRAINT funding_state CHECK ((direction = 0 AND state BETWEEN 0 AND 5) OR \
             (direction = 1 AND state BETWEEN 6 AND 10))"
                .into(),
        ],
    )
    .await?;
    ddl.run("CREATE INDEX funding_due_at ON funding (due_at) WHERE due_at IS NOT NULL")
        .await?;
    ddl.run("CREATE INDEX funding_owner ON funding (owner_id, at, id)")
        .await?;
    // What somebody has to look at.
    ddl.run("CREATE INDEX funding_review ON funding (at, id) WHERE review <> 0")
        .await?;
    // What is under way of somebody,
    ddl.run("CREATE INDEX funding_open ON funding (owner_id) WHERE state IN (0, 1, 2, 6, 7)")
        .await?;
    // and with a method.
    ddl.run("CREATE INDEX funding_unfinished ON funding (method_id) WHERE state IN (0, 1, 2, 6, 7)")
        .await
}
