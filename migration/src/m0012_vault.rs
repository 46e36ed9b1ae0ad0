//! The keys of what is secret at rest, payment PINs, how often somebody guessed wrongly, and what finds who froze an
//! account.

use sea_orm_migration::prelude::*;

use crate::ddl::Ddl;

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        // Who froze an account last (event 2).
        ddl.run("CREATE INDEX account_event_freeze ON account_event (account_id, seq) WHERE event = 2")
            .await?;
        ddl.table(
            "data_key",
            [
                ddl.id("owner_id"),
                ddl.text("purpose"),
                ddl.text("master"),
                ddl.bytes("wrapped"),
                ddl.number("created_at"),
                "PRIMARY KEY (owner_id, purpose)".into(),
            ],
        )
        .await?;
        ddl.table(
            "pin",
            [
                ddl.id("user_id"),
                ddl.text("hash"),
                ddl.number("set_at"),
                "PRIMARY KEY (user_id)".into(),
            ],
        )
        .await?;
        // Wrong guesses of one secret of a person since the last right one.
        ddl.table(
            "guess",
            [
                ddl.id("user_id"),
                ddl.code("secret"),
                ddl.code("failures"),
                ddl.number("last_at"),
                "PRIMARY KEY (user_id, secret)".into(),
                "CONSTRAINT guess_failures CHECK (failures >= 0)".into(),
            ],
        )
        .await
    }
}
