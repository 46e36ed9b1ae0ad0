//! The ledger of the bench: a database of its own, pools and one lane with all slices.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use quipu::chat::ChatBatch;
use quipu::clock::{Clock, SystemClock};
use quipu::cluster::HintBatch;
use quipu::db::Db;
use quipu::delivery::UserLogBatch;
use quipu::group_commit::{Batch, Lane, LaneSettings};
use quipu::ids::{ClientId, UserId};
use quipu::op_receipt::ReceiptBatch;
use quipu::wallet::{
    AccountKey, AccountKind, AccountRef, Act, AuditReport, Currency, Instruct, LedgerBatch, LedgerKey, Leg, LimitTable,
    Money, Purpose, audit, open_ledger,
};
use quipu_migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait, Database};
use tokio::runtime::Handle;

/// Who pays and is paid.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) account: AccountRef,
}

/// A fresh database.
pub(crate) enum Place {
    Sqlite(PathBuf),
    Postgres { server: String, url: String, name: String },
}

impl Place {
    pub(crate) async fn make(server: Option<&str>, folder: &Path) -> Self {
        let Some(server) = server else {
            return Self::Sqlite(folder.join("quipu.db"));
        };
        let name = format!("quipu_bench_{:016x}", rand::random::<u64>());
        let admin = Database::connect(server).await.expect("--postgres can be connected to");
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        admin.close().await.unwrap();
        let (base, _) = server.rsplit_once('/').expect("--postgres ends with /database");
        let url = format!("{base}/{name}");
        let server = server.to_owned();
        Self::Postgres { server, url, name }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite, synchronous=FULL",
            Self::Postgres { .. } => "PostgreSQL",
        }
    }

    pub(crate) async fn open(&self) -> Db {
        let runtime = Handle::current();
        let db = match self {
            Self::Sqlite(file) => Db::open_sqlite(file, 2, runtime).await,
            Self::Postgres { url, .. } => Db::open_postgres(url, 2, 2, runtime).await,
        };
        db.unwrap()
    }

    /// Drops what was made on a server.
    pub(crate) async fn end(self) {
        if let Self::Postgres { server, name, .. } = self {
            let admin = Database::connect(&server).await.unwrap();
            admin
                .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
                .await
                .unwrap();
        }
    }
}

/// The ledger, open.
pub(crate) struct Node {
    pub(crate) db: Db,
    pub(crate) lane: Lane,
    key: LedgerKey,
}

impl Node {
    pub(crate) async fn open(place: &Place, batch: usize) -> Self {
        let db = place.open().await;
        Migrator::up(db.writer(), None).await.unwrap();
        let key = LedgerKey::from_hex(&"5a".repeat(32)).unwrap();
        open_ledger(&db, &key, SystemClock.now()).await.unwrap();
        let kind = db.kind();
        let slices: Arc<[Box<dyn Batch>]> = Arc::new([
            Box::new(LedgerBatch::new(kind, key.clone(), LimitTable::default())),
            Box::new(ChatBatch::new(kind)),
            Box::new(UserLogBatch::new(kind)),
            Box::new(ReceiptBatch::new(kind)),
            Box::new(HintBatch::new(kind)),
        ]);
        let settings = LaneSettings {
            queue: 16_384,
            batch,
            retries: 5,
        };
        let lane = Lane::start("ledger", settings, db.clone(), Arc::new(SystemClock), slices).unwrap();
        Self { db, lane, key }
    }

    /// People with plenty of money.
    pub(crate) async fn fund(&self, count: usize) -> Vec<Person> {
        let currency = cny();
        let person = |_| {
            let id = UserId::fresh();
            let account = AccountKey::person(id, currency).into();
            Person { id, account }
        };
        let people: Vec<Person> = (0..count).map(person).collect();
        for some in people.chunks(quipu::wallet::MAX_LEGS) {
            let leg = |person: &Person| Leg {
                debit: AccountKey::system(AccountKind::ProviderCash, currency).into(),
                credit: person.account,
                money: Money::of_minor(1_000_000_000, currency).unwrap(),
                purpose: Purpose::Funding,
                note: String::new(),
            };
            let act = Act::Post(some.iter().map(leg).collect());
            let funded = self
                .lane
                .ask(Instruct::new(ClientId::fresh(), UserId::SYSTEM, act))
                .await;
            funded.unwrap().unwrap();
        }
        people
    }

    pub(crate) async fn audit(&self) -> AuditReport {
        audit(&self.db, &self.key.public(), None, |_, _| {}).await.unwrap()
    }

    pub(crate) async fn close(&self) {
        self.lane.flush().await;
        self.db.close().await;
    }
}

pub(crate) fn cny() -> Currency {
    Currency::of("CNY").unwrap()
}
