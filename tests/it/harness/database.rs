//! The database of a server from behind: what somebody could do who has its file or its password.

use quipu::db::{Db, Fault};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::runtime::Handle;

use super::{Backend, Server};

/// A connection of its own, beside the server's.
pub(crate) struct Database {
    /// The database as the program opens it.
    pub(crate) db: Db,
    backend: Backend,
}

/// A column, as the database's own catalogue has it.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: String,
    /// `uuid`, `bytea`, `bigint`, `smallint` and `text` on PostgreSQL, `BLOB`, `INTEGER` and `TEXT` on SQLite.
    pub(crate) kind: String,
    /// Whether it may be empty.
    pub(crate) nullable: bool,
}

impl Column {
    /// Whether it holds a number.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self.kind.as_str(), "bigint" | "smallint" | "INTEGER")
    }

    /// Whether it holds bytes, which are written in hexadecimal here.
    pub(crate) fn is_bytes(&self) -> bool {
        matches!(self.kind.as_str(), "uuid" | "bytea" | "BLOB")
    }

    /// A value as SQL writes it.
    fn literal(&self, value: Option<&str>) -> String {
        let Some(value) = value else { return "NULL".to_owned() };
        match self.kind.as_str() {
            "uuid" => format!("'{value}'::uuid"),
            "bytea" => format!("decode('{value}', 'hex')"),
            "BLOB" => format!("X'{value}'"),
            "TEXT" | "text" => format!("'{}'", value.replace('\'', "''")),
            _ => value.to_owned(),
        }
    }

    /// SQL that gives the value as text.
    fn as_text(&self) -> String {
        let name = &self.name;
        match self.kind.as_str() {
            "uuid" => format!("replace({name}::text, '-', '')"),
            "bytea" => format!("encode({name}, 'hex')"),
            "BLOB" => format!("CASE WHEN {name} IS NULL THEN NULL ELSE lower(hex({name})) END"),
            _ => format!("CAST({name} AS TEXT)"),
        }
    }
}

impl Database {
    /// The database of a server.
    pub(crate) async fn of(server: &Server) -> Self {
        let runtime = Handle::current();
        let db = match server.setting("database.url") {
            Some(url) => Db::open_postgres(&url, 1, 1, runtime).await,
            None => Db::open_sqlite(&server.data_folder().join("quipu.db"), 1, runtime).await,
        };
        Self {
            db: db.expect("the server's database opens"),
            backend: server.backend(),
        }
    }

    /// Which database it is.
    pub(crate) fn backend(&self) -> Backend {
        self.backend
    }

    /// Runs statements; their refusal as the program understands it.
    pub(crate) async fn run(&self, sql: &str) -> Result<(), Fault> {
        self.db.writer().execute_unprepared(sql).await.map_err(Fault::from)?;
        Ok(())
    }

    /// Runs statements that must pass.
    pub(crate) async fn done(&self, sql: &str) {
        self.run(sql).await.unwrap_or_else(|fault| panic!("{fault}: {sql}"));
    }

    /// The rows of a query for `N` texts.
    pub(crate) async fn texts<const N: usize>(&self, sql: &str) -> Vec<[Option<String>; N]> {
        self.try_texts(sql)
            .await
            .unwrap_or_else(|fault| panic!("{fault}: {sql}"))
    }

    async fn try_texts<const N: usize>(&self, sql: &str) -> Result<Vec<[Option<String>; N]>, Fault> {
        let backend = match self.backend {
            Backend::Sqlite => DbBackend::Sqlite,
            Backend::Postgres => DbBackend::Postgres,
        };
        let statement = Statement::from_string(backend, sql);
        let rows = self.db.writer().query_all_raw(statement).await?;
        let text = |row: &sea_orm::QueryResult, at| row.try_get_by_index::<Option<String>>(at).unwrap();
        Ok(rows.iter().map(|row| std::array::from_fn(|at| text(row, at))).collect())
    }

    /// The one text that a query gives.
    pub(crate) async fn text(&self, sql: &str) -> String {
        let rows = self.texts::<1>(sql).await;
        let [Some(text)] = &rows[0] else {
            panic!("nothing: {sql}")
        };
        text.clone()
    }

    /// The columns of a table.
    pub(crate) async fn columns(&self, table: &str) -> Vec<Column> {
        let sql = match self.backend {
            Backend::Sqlite => format!(
                "SELECT name, type, CASE WHEN \"notnull\" = 0 THEN 'YES' ELSE 'NO' END FROM pragma_table_info('{table}')"
            ),
            Backend::Postgres => format!(
                "SELECT column_name::text, data_type::text, is_nullable::text FROM information_schema.columns \
                 WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position"
            ),
        };
        let columns = self.texts::<3>(&sql).await.into_iter().map(|row| {
            let [name, kind, nullable] = row.map(Option::unwrap_or_default);
            Column {
                name,
                kind,
                nullable: nullable == "YES",
            }
        });
        columns.collect()
    }

    /// Where the rows of a table are, each by what `at` takes.
    pub(crate) async fn places(&self, table: &str) -> Vec<String> {
        let place = self.place();
        let rows = self.texts::<1>(&format!("SELECT {place} FROM {table}")).await;
        rows.into_iter().flatten().flatten().collect()
    }

    fn place(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite => "CAST(rowid AS TEXT)",
            Backend::Postgres => "ctid::text",
        }
    }

    /// The condition that a row is the one at a place.
    pub(crate) fn at(&self, place: &str) -> String {
        match self.backend {
            Backend::Sqlite => format!("rowid = {place}"),
            Backend::Postgres => format!("ctid = '{place}'::tid"),
        }
    }

    /// A value of a row, as text.
    pub(crate) async fn value(&self, table: &str, place: &str, column: &Column) -> Option<String> {
        let sql = format!("SELECT {} FROM {table} WHERE {}", column.as_text(), self.at(place));
        let [value] = self.texts::<1>(&sql).await.remove(0);
        value
    }

    /// Sets a value of a row; the place where the row is then.
    pub(crate) async fn set(
        &self,
        table: &str,
        place: &str,
        column: &Column,
        value: Option<&str>,
    ) -> Result<String, Fault> {
        let (literal, at) = (column.literal(value), self.at(place));
        let sql = format!(
            "UPDATE {table} SET {} = {literal} WHERE {at} RETURNING {}",
            column.name,
            self.place()
        );
        let mut rows = self.try_texts::<1>(&sql).await?;
        let [place] = rows.remove(0);
        Ok(place.expect("a row has a place"))
    }

    /// Removes what keeps the rows of these tables as they must be: triggers and checks. What is unique stays so, since
    /// the program finds rows by it.
    pub(crate) async fn unguard(&self, tables: &[&str]) {
        let named = tables
            .iter()
            .map(|table| format!("'{table}'"))
            .collect::<Vec<_>>()
            .join(", ");
        match self.backend {
            Backend::Sqlite => {
                self.done("PRAGMA ignore_check_constraints = ON").await;
                // What is written here is thrown away: it need not survive a power cut.
                self.done("PRAGMA synchronous = OFF").await;
                let drops = format!(
                    "SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({named})"
                );
                self.run_all(&drops).await;
            }
            Backend::Postgres => {
                self.done("SET synchronous_commit = off").await;
                let of = format!("IN (SELECT oid FROM pg_class WHERE relname IN ({named}))");
                for drops in [
                    format!(
                        "SELECT 'DROP TRIGGER ' || tgname || ' ON ' || tgrelid::regclass FROM pg_trigger \
                         WHERE NOT tgisinternal AND tgrelid {of}"
                    ),
                    format!(
                        "SELECT 'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || conname \
                         FROM pg_constraint WHERE contype = 'c' AND conrelid {of}"
                    ),
                ] {
                    self.run_all(&drops).await;
                }
            }
        }
    }

    async fn run_all(&self, query: &str) {
        for statement in self.texts::<1>(query).await.into_iter().flatten().flatten() {
            self.done(&statement).await;
        }
    }
}
