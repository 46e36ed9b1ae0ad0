//! The door to the database: its pools, its faults by name, and statements that read alike on SQLite and PostgreSQL.
//!
//! SQLite has one writer connection, which everything that writes waits for in turn, and a pool of readers beside it.
//! PostgreSQL has a pool for each. All of it lives on the database's own threads, never on an actor's.

mod checkpoint;
pub mod columns;
mod constraint;
mod fault;
mod row;
mod sql;
mod sqlite;
mod tx;
mod writes;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use fault::Fault;
pub(crate) use row::from_row;
pub use row::{FromRow, Row, Source};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, TransactionTrait,
    Value,
};
pub use sql::Sql;
use tokio::runtime::Handle;
pub use tx::Tx;
pub use writes::Writes;

pub use constraint::{FLOW_TABLES, LEDGER_TABLES, meaning};

use crate::ids::{AccountId, AttachmentId, ClientId, ConversationId, FlowId, MethodId, SessionId, UserId};

/// Statements of a connection that stay prepared.
const SQLITE_STATEMENTS: usize = 256;
/// SQLite's page cache of the connection that writes, in KiB (negative is its notation for KiB).
const SQLITE_CACHE_KIB: &str = "-8192";
/// The same of an index.
const SQLITE_INDEX_CACHE_KIB: &str = "-2048";
/// The same of each connection that reads: the upper pages of the trees. The operating system caches the file as well, and
/// a larger one fills over hours, as if memory leaked.
const SQLITE_READ_CACHE_KIB: &str = "-512";
/// How long a caller waits for a connection before it is told that the database is busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a new connection may take to stand.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// PostgreSQL ends a transaction that its node left idle, so that a stopped node cannot keep the ledger's lock.
const IDLE_IN_TRANSACTION_MS: u32 = 2_000;
/// PostgreSQL gives up waiting for a lock after this, and the batch is tried again.
const LOCK_TIMEOUT_MS: u32 = 5_000;
/// PostgreSQL gives up a statement after this.
const STATEMENT_TIMEOUT_MS: u32 = 15_000;
/// PostgreSQL's side closes a connection whose peer acknowledges nothing for this long.
const TCP_USER_TIMEOUT_MS: u32 = 10_000;
/// What the right to change the schema is called among PostgreSQL's advisory locks: "quipu" in ASCII.
const SCHEMA_LOCK: i64 = 0x71_75_69_70_75;
/// Variables in one statement, by each database's own limit.
const SQLITE_VARIABLES: usize = 32_766;
const POSTGRES_VARIABLES: usize = 65_535;

/// Which database this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One file, one node.
    Sqlite,
    /// A server, any number of nodes.
    Postgres,
}

impl Kind {
    const fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
        }
    }

    const fn max_variables(self) -> usize {
        match self {
            Self::Sqlite => SQLITE_VARIABLES,
            Self::Postgres => POSTGRES_VARIABLES,
        }
    }
}

/// The database of this node.
#[derive(Debug, Clone)]
pub struct Db {
    kind: Kind,
    writer: Writing,
    reader: DatabaseConnection,
    runtime: Handle,
    /// The storage took a write no more, and none since.
    refusing: Arc<AtomicBool>,
}

/// What writes go through.
#[derive(Debug, Clone)]
enum Writing {
    Sqlite(sqlite::Writer),
    Postgres(DatabaseConnection),
    /// A file that is only read.
    Nothing,
}

impl Db {
    /// Opens the SQLite file, making it when it is not there: WAL, `synchronous=FULL`, one writer, `readers` readers.
    ///
    /// # Errors
    /// When the file cannot be opened or made.
    pub async fn open_sqlite(file: &Path, readers: u32, runtime: Handle) -> Result<Self, Fault> {
        Self::open_sqlite_file(file, readers, runtime, ("FULL", SQLITE_CACHE_KIB)).await
    }

    /// Opens a SQLite file of what can be made anew: as [`Self::open_sqlite`], but a commit does not wait for the disk,
    /// and a power cut may undo the last ones.
    ///
    /// # Errors
    /// When the file cannot be opened or made.
    pub async fn open_sqlite_index(file: &Path, readers: u32, runtime: Handle) -> Result<Self, Fault> {
        Self::open_sqlite_file(file, readers, runtime, ("NORMAL", SQLITE_INDEX_CACHE_KIB)).await
    }

    async fn open_sqlite_file(
        file: &Path,
        readers: u32,
        runtime: Handle,
        (synchronous, cache): (&'static str, &'static str),
    ) -> Result<Self, Fault> {
        let manner = sqlite::Manner {
            synchronous,
            cache,
            statements: SQLITE_STATEMENTS,
        };
        let writer = sqlite::Writer::open(file, manner)?;
        let manner = sqlite::Manner {
            cache: SQLITE_READ_CACHE_KIB,
            ..manner
        };
        // The name of the file is given below, as it is: in a URL a percent sign or a question mark would mean something.
        let file = file.to_owned();
        let mut options = ConnectOptions::new("sqlite://database?mode=rw");
        options
            .sqlx_logging(false)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .max_connections(readers.max(1))
            .min_connections(1)
            .map_sqlx_sqlite_opts(move |o| {
                let named = o.filename(&file).statement_cache_capacity(SQLITE_STATEMENTS);
                let each = sqlite::pragmas(manner).into_iter();
                each.fold(named, |o, (name, value)| o.pragma(name, value))
            });
        let reader = Database::connect(options).await?;
        checkpoint::at_start(&writer).await;
        runtime.spawn(checkpoint::now_and_then(writer.clone(), reader.clone()));
        Ok(Self {
            kind: Kind::Sqlite,
            writer: Writing::Sqlite(writer),
            reader,
            runtime,
            refusing: Arc::default(),
        })
    }

    /// Opens a SQLite file that nobody else uses, to read it: the file is not changed, and none is made beside it.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub async fn open_sqlite_copy(file: &Path, runtime: Handle) -> Result<Self, Fault> {
        let file = file.to_owned();
        let mut options = ConnectOptions::new("sqlite://copy?mode=ro");
        options
            .sqlx_logging(false)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .max_connections(1)
            .map_sqlx_sqlite_opts(move |o| o.filename(&file).immutable(true).pragma("cache_size", SQLITE_CACHE_KIB));
        let reader = Database::connect(options).await?;
        Ok(Self {
            kind: Kind::Sqlite,
            writer: Writing::Nothing,
            reader,
            runtime,
            refusing: Arc::default(),
        })
    }

    /// Connects to PostgreSQL with a pool of `writers` for transactions and one of `readers` beside it.
    ///
    /// # Errors
    /// When the server does not answer within 5 s or refuses.
    pub async fn open_postgres(url: &str, writers: u32, readers: u32, runtime: Handle) -> Result<Self, Fault> {
        let mut options = ConnectOptions::new(url);
        options
            .sqlx_logging(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .map_sqlx_postgres_opts(|o| {
                o.application_name("quipu").options([
                    ("synchronous_commit", "on".to_owned()),
                    // Every statement of ours names its rows by an index. On a young table without statistics the
                    // planner would rather read all of it, and a commit would cost more with every row.
                    ("enable_seqscan", "off".to_owned()),
                    ("enable_hashjoin", "off".to_owned()),
                    ("enable_mergejoin", "off".to_owned()),
                    // A scan that is off and done all the same has a cost for which PostgreSQL would compile the
                    // statement first: 0.1 s for what takes a millisecond.
                    ("jit", "off".to_owned()),
                    (
                        "idle_in_transaction_session_timeout",
                        IDLE_IN_TRANSACTION_MS.to_string(),
                    ),
                    ("lock_timeout", LOCK_TIMEOUT_MS.to_string()),
                    ("statement_timeout", STATEMENT_TIMEOUT_MS.to_string()),
                    ("tcp_user_timeout", TCP_USER_TIMEOUT_MS.to_string()),
                ])
            });
        let mut writer = options.clone();
        writer.max_connections(writers.max(1));
        let writer = Database::connect(writer).await?;
        options.max_connections(readers.max(1));
        let reader = Database::connect(options).await?;
        Ok(Self {
            kind: Kind::Postgres,
            writer: Writing::Postgres(writer),
            reader,
            runtime,
            refusing: Arc::default(),
        })
    }

    /// Which database this is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// A connection for reads: it sees what is committed, and never waits for a writer.
    #[must_use]
    pub const fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// The connection that migrations run on.
    #[must_use]
    pub const fn writer(&self) -> &DatabaseConnection {
        match &self.writer {
            Writing::Postgres(pool) => pool,
            // The readers of a file may change it as well: nothing else does while it is migrated.
            Writing::Sqlite(_) | Writing::Nothing => &self.reader,
        }
    }

    /// Begins a transaction that writes: at once the only one on SQLite (`BEGIN IMMEDIATE` on the one writer).
    ///
    /// # Errors
    /// [`Fault::Contention`] when no connection came free in time, else what the database said.
    pub async fn begin(&self) -> Result<Tx, Fault> {
        match &self.writer {
            Writing::Sqlite(writer) => Ok(Tx::sqlite(writer.begin().await?)),
            Writing::Postgres(pool) => Ok(Tx::postgres(pool.begin().await?)),
            Writing::Nothing => Err(Fault::Other("this copy is only read".into())),
        }
    }

    /// Carries a future out on the database's runtime, whatever thread asks. It goes on even if the caller goes away.
    ///
    /// # Errors
    /// [`Fault::Other`] when the work panicked, else its own.
    pub async fn run<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        match self.runtime.spawn(work).await {
            Ok(result) => result,
            Err(error) => Err(Fault::Other(format!("a database task ended: {error}")).into()),
        }
    }

    /// The runtime that lanes, pools and the bus live on.
    #[must_use]
    pub const fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Keeps other nodes from changing the schema until the transaction is dropped. On SQLite there is one node.
    ///
    /// # Errors
    /// What the database said.
    pub async fn lock_schema(&self) -> Result<Option<DatabaseTransaction>, Fault> {
        if self.kind == Kind::Sqlite {
            return Ok(None);
        }
        let tx = self.reader.begin().await?;
        tx.execute_unprepared(
            "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = 0; \
             SET LOCAL statement_timeout = 0",
        )
        .await?;
        let lock = self
            .sql()
            .text("SELECT pg_advisory_xact_lock(")
            .bind(SCHEMA_LOCK)
            .text(")")
            .build();
        tx.execute_raw(lock).await?;
        Ok(Some(tx))
    }

    /// Writes a copy of a SQLite database, as it is at this moment, into a file that is empty or not there. Nobody
    /// waits for it; the file is not synced.
    ///
    /// # Errors
    /// What the database said.
    pub async fn copy_into(&self, file: &str) -> Result<(), Fault> {
        let copy = self.sql().text("VACUUM INTO ").bind(file).build();
        self.reader.execute_raw(copy).await?;
        Ok(())
    }

    /// What SQLite finds wrong with its own file, at most a few sentences; `thorough` looks into every index too.
    ///
    /// # Errors
    /// What the database said; a file may be too broken to be looked through.
    pub async fn file_faults(&self, thorough: bool) -> Result<Vec<String>, Fault> {
        let look = self.sql().text(if thorough {
            "PRAGMA integrity_check(3)"
        } else {
            "PRAGMA quick_check(3)"
        });
        let mut faults = Vec::new();
        for row in self.reader.query_all_raw(look.build()).await? {
            let told: String = row.try_get_by_index(0)?;
            if told != "ok" {
                faults.push(told);
            }
        }
        Ok(faults)
    }

    /// The names of the tables that are there.
    ///
    /// # Errors
    /// What the database said.
    pub async fn tables(&self) -> Result<Vec<String>, Fault> {
        let select = self.sql().text(match self.kind {
            Kind::Sqlite => {
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
            }
            Kind::Postgres => "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
        });
        let rows = self.reader.query_all_raw(select.build()).await?;
        rows.iter().map(|row| Ok(row.try_get("", "name")?)).collect()
    }

    /// The names of the migrations that were applied, in order; none when the database has no list of them.
    ///
    /// # Errors
    /// What the database said.
    pub async fn migrations(&self) -> Result<Vec<String>, Fault> {
        if !self.tables().await?.iter().any(|table| table == "seaql_migrations") {
            return Ok(Vec::new());
        }
        let select = self.sql().text("SELECT version FROM seaql_migrations ORDER BY version");
        let rows = self.reader.query_all_raw(select.build()).await?;
        rows.iter().map(|row| Ok(row.try_get("", "version")?)).collect()
    }

    /// A statement to be written for this database.
    #[must_use]
    pub fn sql(&self) -> Sql {
        Sql::new(self.kind)
    }

    /// Whether the database answers a trivial read.
    ///
    /// # Errors
    /// What the database said.
    pub async fn ping(&self) -> Result<(), Fault> {
        Ok(self.reader.ping().await?)
    }

    /// Notes that the storage refused a write.
    pub fn note_refusal(&self) {
        self.refusing.store(true, Ordering::SeqCst);
    }

    /// Whether the storage refused a write, and no attempt since has found that it takes them again.
    #[must_use]
    pub fn is_refusing(&self) -> bool {
        self.refusing.load(Ordering::SeqCst)
    }

    /// Tries a write that leaves nothing behind, and notes when the storage takes it.
    ///
    /// # Errors
    /// What the database said.
    pub async fn try_write(&self) -> Result<(), Fault> {
        let tx = self.begin().await?;
        // A row of the migrations' own table, which every database has. Nobody sees it: it goes before the commit.
        tx.execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('a write is tried', 0)")
            .await?;
        tx.execute_unprepared("DELETE FROM seaql_migrations WHERE version = 'a write is tried'")
            .await?;
        tx.commit().await?;
        self.refusing.store(false, Ordering::SeqCst);
        Ok(())
    }

    /// Closes all connections, waiting for what is under way.
    pub async fn close(&self) {
        // Nothing can be done about a pool that will not close; the process is ending.
        match &self.writer {
            Writing::Sqlite(writer) => writer.close().await,
            Writing::Postgres(pool) => drop(pool.close_by_ref().await),
            Writing::Nothing => {}
        }
        let _ = self.reader.close_by_ref().await;
    }
}

macro_rules! id_values {
    ($($id:ty),+) => {
        $(impl From<$id> for Value {
            fn from(id: $id) -> Self {
                id.uuid().into()
            }
        })+
    };
}

id_values!(
    AccountId,
    AttachmentId,
    ClientId,
    ConversationId,
    FlowId,
    MethodId,
    SessionId,
    UserId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_sqlite_file_has_the_very_name_that_was_given_and_a_copy_of_it_is_only_read() {
        let folder = tempfile::tempdir().unwrap();
        let (file, copy) = (folder.path().join("a%20b?c=d#e.db"), folder.path().join("%41"));
        let db = Db::open_sqlite(&file, 1, Handle::current()).await.unwrap();
        db.writer().execute_unprepared("CREATE TABLE t (x)").await.unwrap();
        db.copy_into(copy.to_str().unwrap()).await.unwrap();
        db.close().await;
        assert!(file.is_file());
        let db = Db::open_sqlite_copy(&copy, Handle::current()).await.unwrap();
        assert_eq!(db.tables().await.unwrap(), ["t"]);
        assert_eq!(db.file_faults(true).await.unwrap(), [""; 0]);
        assert!(
            db.writer()
                .execute_unprepared("INSERT INTO t VALUES (1)")
                .await
                .is_err()
        );
        db.close().await;
        let names = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(names, 2, "nothing is left beside the two files");
    }
}
