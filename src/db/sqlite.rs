//! The one connection that writes a SQLite file.
//!
//! It works on the thread of whoever uses it. A driver with a thread of its own is handed each statement and hands back
//! each answer, and where a transaction has ten small ones, waking threads costs more than all of them.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, ToSql};
use sea_orm::{Statement, Value};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

use super::row::{FromRow, Row};
use super::{ACQUIRE_TIMEOUT, Fault};

/// How the file is opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// What a commit waits for: `FULL` or `NORMAL`.
    pub(super) synchronous: &'static str,
    /// The page cache, in SQLite's notation.
    pub(super) cache: &'static str,
    /// Statements that stay prepared.
    pub(super) statements: usize,
}

/// What is set on each connection to a file, by name.
pub(super) const fn pragmas(manner: Manner) -> [(&'static str, &'static str); 7] {
    [
        ("journal_mode", "WAL"),
        ("synchronous", manner.synchronous),
        ("foreign_keys", "ON"),
        ("busy_timeout", "5000"),
        // See `checkpoint`.
        ("wal_autocheckpoint", "0"),
        ("cache_size", manner.cache),
        ("temp_store", "MEMORY"),
    ]
}

/// The connection, for one at a time.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    file: Arc<Path>,
    manner: Manner,
    connection: Arc<tokio::sync::Mutex<State>>,
}

#[derive(Debug)]
enum State {
    Open(Connection),
    /// It could not be brought out of a transaction: the next one opens it anew.
    Broken,
    Closed,
}

impl Writer {
    /// Opens the file, making it when it is not there.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn open(file: &Path, manner: Manner) -> Result<Self, Fault> {
        let connection = on_this_thread(|| connect(file, manner))?;
        Ok(Self {
            file: file.into(),
            manner,
            connection: Arc::new(tokio::sync::Mutex::new(State::Open(connection))),
        })
    }

    /// Waits for its turn.
    async fn lock(&self) -> Result<OwnedMutexGuard<State>, Fault> {
        let mut state = match self.connection.clone().try_lock_owned() {
            Ok(state) => state,
            Err(_) => timeout(ACQUIRE_TIMEOUT, self.connection.clone().lock_owned())
                .await
                .map_err(|_| Fault::Contention("the writing connection did not come free in time".into()))?,
        };
        if matches!(*state, State::Broken) {
            *state = State::Open(on_this_thread(|| connect(&self.file, self.manner))?);
        }
        Ok(state)
    }

    /// Begins a transaction that may write at once.
    ///
    /// # Errors
    /// [`Fault::Contention`] when its turn did not come, or another process writes, for too long.
    pub(super) async fn begin(&self) -> Result<Transaction, Fault> {
        let transaction = Transaction(Mutex::new(self.lock().await?));
        transaction.with(|connection| {
            connection.prepare_cached("BEGIN IMMEDIATE")?.raw_execute()?;
            Ok(())
        })?;
        Ok(transaction)
    }

    /// Moves what is in the log into the file, while nothing is written. How many pages were in it.
    pub(super) async fn checkpoint(&self) -> Result<i64, Fault> {
        let state = self.lock().await?;
        let State::Open(connection) = &*state else {
            return Err(closed());
        };
        on_this_thread(|| Ok(connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))?))
    }

    /// Closes it behind what is under way.
    pub(super) async fn close(&self) {
        let mut state = self.connection.lock().await;
        on_this_thread(|| *state = State::Closed);
    }
}

fn closed() -> Fault {
    Fault::Contention("the database is closed".into())
}

fn connect(file: &Path, manner: Manner) -> Result<Connection, Fault> {
    // Without the flag for URIs the name of the file is taken as it is.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.set_prepared_statement_cache_capacity(manner.statements);
    for (name, value) in pragmas(manner) {
        connection.execute_batch(&format!("PRAGMA {name} = {value}"))?;
    }
    Ok(connection)
}

/// Does what may wait for a disk. The other tasks of a thread that has some go on elsewhere.
fn on_this_thread<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// A transaction on the connection. Dropped without a commit it is rolled back.
#[derive(Debug)]
pub(super) struct Transaction(Mutex<OwnedMutexGuard<State>>);

impl Transaction {
    fn state(&self) -> MutexGuard<'_, OwnedMutexGuard<State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let state = self.state();
        let State::Open(connection) = &**state else {
            return Err(closed());
        };
        on_this_thread(|| work(connection))
    }

    /// The same within the transaction. A disk that is full or broken makes SQLite roll back by itself: what came
    /// behind it would be committed statement by statement.
    fn within<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        self.with(|connection| {
            if connection.is_autocommit() {
                return Err(Fault::Other("the database has ended the transaction".into()));
            }
            work(connection)
        })
    }

    pub(super) fn execute(&self, statement: &Statement) -> Result<u64, Fault> {
        self.within(|connection| {
            let mut prepared = prepare(connection, statement)?;
            Ok(u64::try_from(prepared.raw_execute()?).unwrap_or(u64::MAX))
        })
    }

    /// Several at once.
    pub(super) fn execute_all(&self, statements: &[Statement]) -> Result<(), Fault> {
        self.within(|connection| {
            for statement in statements {
                prepare(connection, statement)?.raw_execute()?;
            }
            Ok(())
        })
    }

    pub(super) fn unprepared(&self, text: &str) -> Result<(), Fault> {
        self.within(|connection| Ok(connection.execute_batch(text)?))
    }

    /// At most `limit` rows of a query.
    pub(super) fn rows<T: FromRow>(&self, select: &Statement, limit: usize) -> Result<Vec<T>, Fault> {
        self.within(|connection| {
            let mut prepared = prepare(connection, select)?;
            let mut rows = prepared.raw_query();
            let mut read = Vec::new();
            while read.len() < limit
                && let Some(row) = rows.next()?
            {
                read.push(T::from_row(&Row::Sqlite(row))?);
            }
            Ok(read)
        })
    }

    pub(super) fn commit(self) -> Result<(), Fault> {
        self.within(|connection| {
            connection.prepare_cached("COMMIT")?.raw_execute()?;
            Ok(())
        })
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let state = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let State::Open(connection) = &**state else { return };
        if connection.is_autocommit() {
            return;
        }
        let ended = on_this_thread(|| connection.execute_batch("ROLLBACK"));
        if let Err(error) = ended.map_err(Fault::from) {
            tracing::warn!(%error, "a transaction could not be rolled back");
        }
        if !connection.is_autocommit() {
            **state = State::Broken;
        }
    }
}

fn prepare<'a>(connection: &'a Connection, statement: &Statement) -> Result<CachedStatement<'a>, Fault> {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    let values = statement.values.iter().flat_map(|values| &values.0);
    let mut bound = 0;
    for value in values {
        bound += 1;
        prepared.raw_bind_parameter(bound, Bound(value))?;
    }
    if bound != prepared.parameter_count() {
        return Err(Fault::Other(format!("{bound} values are bound in: {}", statement.sql)));
    }
    Ok(prepared)
}

/// A value as SQLite stores it.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let integer = |value: Option<i64>| value.map_or(ValueRef::Null, ValueRef::Integer);
        let stored = match self.0 {
            Value::Bool(value) => integer(value.map(i64::from)),
            Value::TinyInt(value) => integer(value.map(i64::from)),
            Value::SmallInt(value) => integer(value.map(i64::from)),
            Value::Int(value) => integer(value.map(i64::from)),
            Value::BigInt(value) => integer(*value),
            Value::BigUnsigned(value) => {
                let value = value.map(i64::try_from).transpose();
                integer(value.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?)
            }
            Value::String(value) => value
                .as_ref()
                .map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes())),
            Value::Bytes(value) => value.as_ref().map_or(ValueRef::Null, |bytes| ValueRef::Blob(bytes)),
            Value::Uuid(value) => value
                .as_ref()
                .map_or(ValueRef::Null, |id| ValueRef::Blob(id.as_bytes())),
            other => {
                let told = format!("no column of ours holds {other:?}");
                return Err(rusqlite::Error::ToSqlConversionFailure(told.into()));
            }
        };
        Ok(ToSqlOutput::Borrowed(stored))
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;
    use uuid::Uuid;

    use super::super::{Db, Source as _, Tx, from_row};
    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Kept {
        small: i16,
        large: i64,
        text: String,
        bytes: Vec<u8>,
        id: Uuid,
        none_small: Option<i16>,
        none_id: Option<Uuid>,
        some_text: Option<String>,
    }

    from_row!(Kept {
        small,
        large,
        text,
        bytes,
        id,
        none_small,
        none_id,
        some_text
    });

    #[derive(Debug)]
    struct Small {
        large: i16,
    }

    from_row!(Small { large });

    fn statement(text: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(DbBackend::Sqlite, text, values)
    }

    const INSERT: &str = "INSERT INTO kept VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

    fn kept() -> (Kept, Vec<Value>) {
        let kept = Kept {
            small: -3,
            large: i64::MAX,
            text: "a word".into(),
            bytes: vec![0, 255],
            id: Uuid::from_u128(7),
            none_small: None,
            none_id: None,
            some_text: Some(String::new()),
        };
        let of = kept.clone();
        let values = vec![
            of.small.into(),
            of.large.into(),
            of.text.into(),
            of.bytes.into(),
            of.id.into(),
            of.none_small.into(),
            of.none_id.into(),
            of.some_text.into(),
        ];
        (kept, values)
    }

    async fn with_table() -> (tempfile::TempDir, Db) {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("t.db"), 1, Handle::current())
            .await
            .unwrap();
        let tx = db.begin().await.unwrap();
        let table = "CREATE TABLE kept (small INTEGER, large INTEGER, text TEXT, bytes BLOB, id BLOB, \
                     none_small INTEGER, none_id BLOB, some_text TEXT)";
        tx.execute_unprepared(table).await.unwrap();
        tx.commit().await.unwrap();
        (folder, db)
    }

    async fn all(tx: &Tx) -> Vec<Kept> {
        tx.all(statement("SELECT * FROM kept", [])).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_written_is_read_by_both_drivers() {
        let (_folder, db) = with_table().await;
        let (kept, values) = kept();
        let tx = db.begin().await.unwrap();
        assert_eq!(tx.execute(statement(INSERT, values)).await.unwrap(), 1);
        assert_eq!(all(&tx).await, std::slice::from_ref(&kept));
        tx.commit().await.unwrap();
        let select = statement("SELECT * FROM kept", []);
        assert_eq!(db.reader().one::<Kept>(select).await.unwrap(), Some(kept));
        db.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_value_of_another_type_is_a_fault_and_never_nothing() {
        let (_folder, db) = with_table().await;
        let tx = db.begin().await.unwrap();
        tx.execute(statement(INSERT, kept().1)).await.unwrap();
        tx.one::<Small>(statement("SELECT large FROM kept", []))
            .await
            .unwrap_err();
        tx.one::<Small>(statement("SELECT small FROM kept", []))
            .await
            .unwrap_err();
        // An id that is none would be read as one.
        tx.execute(statement("UPDATE kept SET none_id = 'text'", []))
            .await
            .unwrap();
        tx.one::<Kept>(statement("SELECT * FROM kept", [])).await.unwrap_err();
        tx.execute(statement(INSERT, [1_i64.into()])).await.unwrap_err();
        let small = tx.one::<Small>(statement("SELECT 4 AS large", [])).await.unwrap();
        assert_eq!(small.unwrap().large, 4);
        drop(tx);
        db.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_dropped_is_rolled_back_and_the_next_begins() {
        let (_folder, db) = with_table().await;
        let tx = db.begin().await.unwrap();
        tx.execute(statement(INSERT, kept().1)).await.unwrap();
        drop(tx);
        let tx = db.begin().await.unwrap();
        assert_eq!(all(&tx).await, []);
        tx.rollback().await.unwrap();
        db.close().await;
        assert!(matches!(db.begin().await, Err(Fault::Contention(_))), "it is closed");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nothing_is_written_in_a_transaction_that_the_database_has_ended() {
        let (_folder, db) = with_table().await;
        let tx = db.begin().await.unwrap();
        tx.execute_unprepared("ROLLBACK").await.unwrap();
        tx.execute(statement(INSERT, kept().1)).await.unwrap_err();
        tx.commit().await.unwrap_err();
        let tx = db.begin().await.unwrap();
        assert_eq!(all(&tx).await, []);
        drop(tx);
        db.close().await;
    }
}
