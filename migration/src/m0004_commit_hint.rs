//! What each PostgreSQL commit moved, for the nodes that missed its publish. SQLite has one node and needs none.

use sea_orm_migration::prelude::*;

use crate::ddl::Ddl;

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        if ddl.is_sqlite() {
            return Ok(());
        }
        ddl.run("CREATE TABLE commit_hint (id BIGSERIAL PRIMARY KEY, at BIGINT NOT NULL, logs TEXT NOT NULL)")
            .await?;
        ddl.run("CREATE INDEX commit_hint_at ON commit_hint (at)").await
    }
}
