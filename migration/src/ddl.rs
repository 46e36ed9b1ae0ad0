//! Tables with each database's own column types and checks. SQLite keeps any value in any column unless a check says
//! otherwise, so every id and every money column says what PostgreSQL takes for granted.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// The largest amount of money that a column holds, in minor units: sums of a few of them still fit 64 bits.
const MONEY_BOUND: i64 = 1 << 62;

/// Renders and runs statements for one of the two databases.
pub(crate) struct Ddl<'a> {
    manager: &'a SchemaManager<'a>,
    sqlite: bool,
}

impl<'a> Ddl<'a> {
    pub(crate) fn new(manager: &'a SchemaManager<'a>) -> Self {
        Self {
            manager,
            sqlite: manager.get_database_backend() == DbBackend::Sqlite,
        }
    }

    pub(crate) const fn is_sqlite(&self) -> bool {
        self.sqlite
    }

    /// A 16-byte id.
    pub(crate) fn id(&self, name: &str) -> String {
        if self.sqlite {
            format!("{name} BLOB NOT NULL CHECK (typeof({name}) = 'blob' AND length({name}) = 16)")
        } else {
            format!("{name} UUID NOT NULL")
        }
    }

    /// A 16-byte id or nothing.
    pub(crate) fn optional_id(&self, name: &str) -> String {
        if self.sqlite {
            format!("{name} BLOB CHECK ({name} IS NULL OR (typeof({name}) = 'blob' AND length({name}) = 16))")
        } else {
            format!("{name} UUID")
        }
    }

    /// A 64-bit number: a position, an ordinal, a time in microseconds.
    pub(crate) fn number(&self, name: &str) -> String {
        if self.sqlite {
            format!("{name} INTEGER NOT NULL CHECK (typeof({name}) = 'integer')")
        } else {
            format!("{name} BIGINT NOT NULL")
        }
    }

    /// A 64-bit number or nothing.
    pub(crate) fn optional_number(&self, name: &str) -> String {
        if self.sqlite {
            format!("{name} INTEGER CHECK ({name} IS NULL OR typeof({name}) = 'integer')")
        } else {
            format!("{name} BIGINT")
        }
    }

    /// A small number that stands for a kind, a role or a state.
    pub(crate) fn code(&self, name: &str) -> String {
        if self.sqlite {
            format!("{name} INTEGER NOT NULL CHECK (typeof({name}) = 'integer')")
        } else {
            format!("{name} SMALLINT NOT NULL")
        }
    }

    /// An amount in minor units.
    pub(crate) fn money(&self, name: &str) -> String {
        let range = format!("{name} BETWEEN -{MONEY_BOUND} AND {MONEY_BOUND}");
        if self.sqlite {
            format!("{name} INTEGER NOT NULL CHECK (typeof({name}) = 'integer' AND {range})")
        } else {
            format!("{name} BIGINT NOT NULL CHECK ({range})")
        }
    }

    pub(crate) fn text(&self, name: &str) -> String {
        format!("{name} TEXT NOT NULL")
    }

    pub(crate) fn optional_text(&self, name: &str) -> String {
        format!("{name} TEXT")
    }

    pub(crate) fn bytes(&self, name: &str) -> String {
        if self.sqlite {
            format!("{name} BLOB NOT NULL CHECK (typeof({name}) = 'blob')")
        } else {
            format!("{name} BYTEA NOT NULL")
        }
    }

    pub(crate) fn optional_bytes(&self, name: &str) -> String {
        if self.sqlite {
            format!("{name} BLOB CHECK ({name} IS NULL OR typeof({name}) = 'blob')")
        } else {
            format!("{name} BYTEA")
        }
    }

    /// Makes a table of these columns and constraints.
    pub(crate) async fn table<const N: usize>(&self, name: &str, parts: [String; N]) -> Result<(), DbErr> {
        self.run(&format!("CREATE TABLE {name} (\n  {}\n)", parts.join(",\n  ")))
            .await
    }

    /// Runs a statement that reads alike on both databases.
    pub(crate) async fn run(&self, statement: &str) -> Result<(), DbErr> {
        self.manager
            .get_connection()
            .execute_unprepared(statement)
            .await
            .map(drop)
    }

    /// Lets rows be inserted and read, and nothing else: who changes history has to remove the guard first.
    pub(crate) async fn append_only(&self, table: &str) -> Result<(), DbErr> {
        if self.sqlite {
            for verb in ["UPDATE", "DELETE"] {
                self.run(&format!(
                    "CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} \
                     BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                ))
                .await?;
            }
            return Ok(());
        }
        self.run(
            "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001'; END $$",
        )
        .await?;
        self.run(&format!(
            "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} \
             FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        ))
        .await
    }
}
