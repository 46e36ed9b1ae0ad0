//! The two databases, and where the PostgreSQL and the Redis of the tests come from.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection};

/// Which database a server keeps its truth in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// A file in the data folder.
    Sqlite,
    /// A fresh database on the tests' PostgreSQL.
    Postgres,
}

impl Backend {
    /// The settings, as environment variables, of a fresh database.
    pub(crate) async fn fresh(self) -> Vec<(String, String)> {
        match self {
            Self::Sqlite => Vec::new(),
            Self::Postgres => vec![
                ("QUIPU__DATABASE__URL".to_owned(), fresh_postgres_database().await),
                ("QUIPU__LEDGER__SIGNING_KEY".to_owned(), "5a".repeat(32)),
                ("QUIPU__VAULT__KEY".to_owned(), "a5".repeat(32)),
            ],
        }
    }
}

async fn fresh_postgres_database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let server = service("QUIPU_TEST_POSTGRES");
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("it_{}_{number}", std::process::id());
    let connection = Database::connect(&server)
        .await
        .expect("QUIPU_TEST_POSTGRES can be connected to");
    connection
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .expect("a database can be created");
    connection.close().await.expect("the connection closes");
    let (base, _) = server
        .rsplit_once('/')
        .expect("QUIPU_TEST_POSTGRES ends with /database");
    format!("{base}/{name}")
}

/// A connection of an operator to a database of the tests' PostgreSQL, by its URL or else the one that is always there.
pub(crate) async fn postgres(url: Option<&str>) -> DatabaseConnection {
    let url = url.map_or_else(|| service("QUIPU_TEST_POSTGRES"), str::to_owned);
    Database::connect(url).await.expect("PostgreSQL can be connected to")
}

/// What `scripts/test` exported, or else what `scripts/services` started for this run.
pub(crate) fn service(variable: &str) -> String {
    if let Ok(value) = std::env::var(variable) {
        return value;
    }
    let started = own_services();
    started
        .get(variable)
        .cloned()
        .unwrap_or_else(|| panic!("scripts/services does not say {variable}"))
}

fn own_services() -> &'static HashMap<String, String> {
    static STARTED: OnceLock<HashMap<String, String>> = OnceLock::new();
    // The services end when this end of the pipe closes, which it does with this process, however that ends.
    static KEPT: Mutex<Option<Child>> = Mutex::new(None);
    STARTED.get_or_init(|| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/services");
        let mut child = Command::new(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{script} cannot be started: {e}; run the tests through scripts/test"));
        let mut found = HashMap::new();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        *KEPT.lock().unwrap() = Some(child);
        // The script has its own time limit, after which it ends and so do its lines.
        for line in lines.map_while(Result::ok) {
            match line.split_once('=') {
                Some((name, value)) => drop(found.insert(name.to_owned(), value.to_owned())),
                None if line == "READY" => return found,
                None => {}
            }
        }
        panic!("scripts/services did not start PostgreSQL and Redis; it says above what is missing");
    })
}
