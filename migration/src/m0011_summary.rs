//! What came and went on each account in each month, counted behind the account's log, what finds people's budgets, and how far receipts were
//! mailed.

use sea_orm_migration::prelude::*;

use crate::ddl::Ddl;

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        // All rows up to `through` are counted, and those between `next` and `upper`; `next` is 0 when there is no gap.
        ddl.table(
            "account_tally",
            [
                ddl.id("account_id"),
                ddl.number("through"),
                ddl.number("upper"),
                ddl.number("next"),
                "PRIMARY KEY (account_id)".into(),
            ],
        )
        .await?;
        ddl.table(
            "account_month",
            [
                ddl.id("account_id"),
                ddl.number("month"),
                ddl.code("purpose"),
                ddl.code("direction"),
                ddl.money("minor"),
                ddl.number("rows"),
                "PRIMARY KEY (account_id, month, purpose, direction)".into(),
            ],
        )
        .await?;
        // Up to which row of the ledger receipts were queued.
        ddl.table(
            "receipt_mail",
            [ddl.number("shard"), ddl.number("through"), "PRIMARY KEY (shard)".into()],
        )
        .await?;
        ddl.run("CREATE INDEX user_item_budget ON user_item (user_id) WHERE kind = 'budget'")
            .await
    }
}
