//! What people search by. On PostgreSQL these tables stand beside the others; on SQLite in a file of their own, so that
//! indexing never waits for a commit and no commit for it. All of it can be made anew from the messages.

use sea_orm_migration::prelude::*;

use crate::ddl::Ddl;

/// The step of the main database: on SQLite the tables are elsewhere.
#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        if ddl.is_sqlite() { Ok(()) } else { tables(&ddl).await }
    }
}

/// The step of SQLite's own file.
pub(crate) struct FileStep;

impl MigrationName for FileStep {
    fn name(&self) -> &str {
        "m0008_search"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for FileStep {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tables(&Ddl::new(manager)).await
    }
}

async fn tables(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    // A short number of its own for each conversation: it stands in every row below.
    let (number, collation, in_key_order) = if ddl.is_sqlite() {
        ("n INTEGER PRIMARY KEY", "", " WITHOUT ROWID")
    } else {
        // The order of terms is that of their bytes: a beginning is a range.
        (
            "n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            " COLLATE \"C\"",
            "",
        )
    };
    let (conversation, rev) = (ddl.id("conversation_id"), ddl.number("rev"));
    ddl.run(&format!(
        "CREATE TABLE search_log ({number}, {conversation} UNIQUE, {rev})"
    ))
    .await?;
    let (log, at, seq) = (ddl.number("log"), ddl.number("at"), ddl.number("seq"));
    ddl.run(&format!(
        "CREATE TABLE search_term ({log}, term TEXT{collation} NOT NULL, {at}, {seq}, \
         PRIMARY KEY (log, term, at, seq)){in_key_order}"
    ))
    .await?;
    // All terms of a message in one text: what to take away when it changes, and what else it holds.
    ddl.run(&format!(
        "CREATE TABLE search_message ({log}, {seq}, {at}, terms TEXT NOT NULL, PRIMARY KEY (log, seq)){in_key_order}"
    ))
    .await
}
