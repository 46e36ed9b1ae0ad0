//! Databases for tests: real ones, of a test's own, gone afterwards.

use sea_orm::ConnectionTrait as _;
use tempfile::TempDir;
use tokio::runtime::Handle;

use quipu_migration::{Migrator, MigratorTrait as _};

use crate::db::{Db, Kind};

/// A migrated, empty database.
pub(crate) struct Scratch {
    /// The database.
    pub(crate) db: Db,
    /// The folder of its file, when it has one.
    pub(crate) folder: TempDir,
    created: Option<(Db, String)>,
}

impl Scratch {
    /// A database of this kind. PostgreSQL's server is the one that `QUIPU_TEST_POSTGRES` names.
    pub(crate) async fn make(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (db, created) = match kind {
            Kind::Sqlite => {
                let file = folder.path().join("quipu.db");
                (Db::open_sqlite(&file, 2, Handle::current()).await.unwrap(), None)
            }
            Kind::Postgres => {
                let (db, admin, name) = create().await;
                (db, Some((admin, name)))
            }
        };
        Migrator::up(db.writer(), None).await.unwrap();
        Self { db, folder, created }
    }

    /// Drops it.
    pub(crate) async fn end(self) {
        self.db.close().await;
        if let Some((admin, name)) = self.created {
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            admin.writer().execute_unprepared(&drop).await.unwrap();
        }
    }
}

async fn create() -> (Db, Db, String) {
    let url = std::env::var("QUIPU_TEST_POSTGRES").expect(
        "QUIPU_TEST_POSTGRES is not set: run scripts/test, \
         or set it to the URL of a database of a PostgreSQL superuser",
    );
    let admin = Db::open_postgres(&url, 1, 1, Handle::current()).await.unwrap();
    // PostgreSQL may be busy with the databases of other tests.
    let patient = "SET statement_timeout = 0";
    admin.writer().execute_unprepared(patient).await.unwrap();
    let name = format!("quipu_scratch_{:016x}", rand::random::<u64>());
    let statement = format!("CREATE DATABASE {name}");
    admin.writer().execute_unprepared(&statement).await.unwrap();
    let (server, query) = url.split_once('?').unwrap_or((&url, ""));
    let (server, _) = server.rsplit_once('/').unwrap();
    let own = format!("{server}/{name}?{query}");
    let db = Db::open_postgres(&own, 4, 4, Handle::current()).await.unwrap();
    (db, admin, name)
}

/// Runs a test on each database: `on_both_databases!(name, |scratch| { … })`.
macro_rules! on_both_databases {
    ($name:ident, |$scratch:ident| $body:block) => {
        mod $name {
            use super::*;

            async fn on(kind: $crate::db::Kind) {
                let $scratch = $crate::scratch::Scratch::make(kind).await;
                $body
                $scratch.end().await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                on($crate::db::Kind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                on($crate::db::Kind::Postgres).await;
            }
        }
    };
}
pub(crate) use on_both_databases;
