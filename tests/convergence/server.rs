//! A server process on data of its own, which is killed and started again on the same data.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::ConnectionTrait as _;
use tempfile::TempDir;

use crate::people::Person;
use crate::process::Process;
use crate::services::{Backend, postgres};
use crate::{START_LIMIT, http::Http};

/// Rates that would refuse what a seed does on purpose, and settings that make what is rare frequent.
const SETTINGS: [(&str, &str); 16] = [
    ("WALLET__REQUIRE_PIN", "false"),
    ("LIMITS__SENDS_PER_SECOND", "0"),
    ("LIMITS__OPS_PER_SECOND", "0"),
    ("LIMITS__CONNECTIONS_PER_IP", "0"),
    ("LIMITS__CONNECTIONS_PER_USER", "0"),
    ("LIMITS__LOGINS_PER_MINUTE_PER_IP", "0"),
    ("LIMITS__REGISTERS_PER_MINUTE_PER_IP", "0"),
    ("LIMITS__LOOKUPS_PER_MINUTE", "0"),
    // Pages of a few rows and answers of a few kilobytes: everything takes several.
    ("LIMITS__HISTORY_PAGE", "12"),
    ("LIMITS__FRAME_BYTES", "8192"),
    ("LIMITS__TEXT_BYTES", "2048"),
    ("LIMITS__OUTBOX_BYTES", "65536"),
    ("ACTORS__IDLE_SECONDS", "1"),
    ("ACTORS__ARBITERS", "2"),
    ("CLUSTER__HINT_POLL_MS", "100"),
    ("LOG__LEVEL", "warn"),
];

/// A database with people in it, of which each seed gets a copy.
pub(crate) struct Template {
    backend: Backend,
    folder: TempDir,
    url: Option<String>,
    /// Who is there.
    pub(crate) people: Vec<Person>,
}

impl Template {
    /// Registers so many people.
    pub(crate) fn with_people(backend: Backend, count: usize) -> Self {
        let folder = new_folder();
        let url = block_on(backend.fresh())
            .into_iter()
            .find_map(|(name, value)| name.ends_with("URL").then_some(value));
        let mut server = Server::start(folder.path(), url.clone());
        let http = Http::new(&format!("http://{}", server.address), None);
        let people = (0..count)
            .map(|i| Person::register(&http, &format!("person{i}")))
            .collect();
        server.process.signal("TERM");
        server.process.wait(START_LIMIT);
        Self {
            backend,
            folder,
            url,
            people,
        }
    }

    /// A copy for one seed.
    pub(crate) fn copy(&self) -> Place {
        let folder = new_folder();
        copy_folder(&self.folder.path().join("data"), &folder.path().join("data"));
        let url = self.url.as_deref().map(copy_database);
        Place { folder, url }
    }
}

impl Drop for Template {
    fn drop(&mut self) {
        if let (Backend::Postgres, Some(url)) = (self.backend, &self.url) {
            drop_database(url);
        }
    }
}

/// Where a seed's data is.
pub(crate) struct Place {
    folder: TempDir,
    url: Option<String>,
}

impl Place {
    pub(crate) fn server(&self) -> Server {
        Server::start(self.folder.path(), self.url.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(url) = &self.url {
            drop_database(url);
        }
    }
}

fn new_folder() -> TempDir {
    tempfile::Builder::new().prefix("quipu-convergence.").tempdir().unwrap()
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    std::fs::set_permissions(to, std::fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (old, new) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            copy_folder(&old, &new);
        } else if kind.is_file() {
            std::fs::copy(old, new).unwrap();
        }
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(work)
}

fn name_in(url: &str) -> &str {
    url.rsplit_once('/')
        .expect("the URL of a database ends with its name")
        .1
}

fn copy_database(url: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let (number, from) = (NEXT.fetch_add(1, Ordering::Relaxed), name_in(url));
    let to = format!("{from}_{number}");
    execute(&format!("CREATE DATABASE {to} TEMPLATE {from}"));
    format!("{}/{to}", url.rsplit_once('/').unwrap().0)
}

fn drop_database(url: &str) {
    execute(&format!("DROP DATABASE {} WITH (FORCE)", name_in(url)));
}

fn execute(statement: &str) {
    block_on(async {
        let connection = postgres(None).await;
        connection.execute_unprepared(statement).await.unwrap();
        connection.close().await.unwrap();
    });
}

/// A running server. Ends with the value.
pub(crate) struct Server {
    folder: PathBuf,
    url: Option<String>,
    process: Process,
    pub(crate) address: SocketAddr,
}

impl Server {
    fn start(folder: &Path, url: Option<String>) -> Self {
        let anywhere = "127.0.0.1:0".parse().unwrap();
        let process = spawn(folder, url.as_deref(), anywhere);
        let mut server = Self {
            folder: folder.to_owned(),
            url,
            process,
            address: anywhere,
        };
        server.wait_until_ready();
        server
    }

    fn wait_until_ready(&mut self) {
        let listening = |line: &str| line.strip_prefix("listening on http://")?.parse().ok();
        self.address = self.process.wait_for_line(START_LIMIT, listening);
    }

    /// Ends it at once and starts it again on the same data, at the same address.
    pub(crate) fn kill_and_restart(&mut self) {
        self.process.kill9();
        self.process = spawn(&self.folder, self.url.as_deref(), self.address);
        self.wait_until_ready();
    }

    /// What it said.
    pub(crate) fn said(&self) -> String {
        self.process.said()
    }
}

fn spawn(folder: &Path, url: Option<&str>, listen: SocketAddr) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quipu"));
    command.current_dir(folder).env_clear();
    for kept in ["PATH", "HOME", "TMPDIR", "RUST_BACKTRACE"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command.envs(SETTINGS.map(|(key, value)| (format!("QUIPU__{key}"), value)));
    if let Some(url) = url {
        command.env("QUIPU__DATABASE__URL", url);
        command.env("QUIPU__LEDGER__SIGNING_KEY", "5a".repeat(32));
        command.env("QUIPU__VAULT__KEY", "a5".repeat(32));
    }
    let listen = listen.to_string();
    let data = folder.join("data");
    command.args(["serve", "--listen", &listen, "--data-dir"]).arg(data);
    Process::start("quipu", &mut command)
}
