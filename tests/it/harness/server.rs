//! A real server process with a database of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::client::Client;
use super::http::Http;
use super::people::Person;
use super::process::Process;
use super::{Backend, COMMAND_LIMIT, START_LIMIT};

/// The program under test.
const BINARY: &str = env!("CARGO_BIN_EXE_quipu");

/// Rates that would refuse what a test does on purpose; a test about one of them sets it back.
const UNLIMITED: [&str; 8] = [
    "SENDS_PER_SECOND",
    "OPS_PER_SECOND",
    "CONNECTIONS_PER_IP",
    "CONNECTIONS_PER_USER",
    "LOGINS_PER_MINUTE_PER_IP",
    "REGISTERS_PER_MINUTE_PER_IP",
    "LOOKUPS_PER_MINUTE",
    "RECORDS_PER_MINUTE",
];

/// How a server is to be started.
#[derive(Clone)]
pub(crate) struct Plan {
    backend: Backend,
    name: String,
    environment: Vec<(String, String)>,
    variables: Vec<(String, String)>,
    arguments: Vec<String>,
    root: Option<Vec<u8>>,
}

impl Plan {
    /// Sets `section.key`.
    pub(crate) fn set(mut self, key: &str, value: &str) -> Self {
        let variable = format!("QUIPU__{}", key.replace('.', "__").to_ascii_uppercase());
        self.environment.retain(|(known, _)| *known != variable);
        self.environment.push((variable, value.to_owned()));
        self
    }

    /// Sets a variable of the environment that is no setting, for every command.
    pub(crate) fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The database's URL, where it has one.
    pub(crate) fn database_url(&self) -> Option<&str> {
        let found = self.environment.iter().find(|(name, _)| name == "QUIPU__DATABASE__URL");
        found.map(|(_, url)| url.as_str())
    }

    /// Forgets what was set for `section.key`.
    pub(crate) fn unset(mut self, key: &str) -> Self {
        let variable = format!("QUIPU__{}", key.replace('.', "__").to_ascii_uppercase());
        self.environment.retain(|(known, _)| *known != variable);
        self
    }

    /// Sets a variable of the server's own environment, as it stands. Other commands do not see it.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What `section.key` was set to.
    pub(crate) fn setting(&self, key: &str) -> &str {
        let variable = format!("QUIPU__{}", key.replace('.', "__").to_ascii_uppercase());
        let set = self.environment.iter().find(|(known, _)| *known == variable);
        set.map_or_else(|| panic!("{key} is not set"), |(_, value)| value)
    }

    /// Adds an argument of the command line.
    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Expects https, believed by this certificate (DER).
    pub(crate) fn https(mut self, root: Vec<u8>) -> Self {
        self.root = Some(root);
        self
    }

    /// Gives the process a name in the output of failing tests.
    pub(crate) fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Makes the database. Servers started from clones of the result share it.
    pub(crate) async fn with_database(mut self) -> Self {
        for (variable, value) in self.backend.fresh().await {
            self.environment.push((variable, value));
        }
        self
    }

    /// Makes the database and starts a server on it.
    pub(crate) async fn start(self) -> Server {
        self.with_database().await.start_here()
    }

    /// Starts a server on the database that was made.
    pub(crate) fn start_here(self) -> Server {
        self.start_in(new_folder())
    }

    /// Starts a server on the database that was made, with its files in this folder.
    pub(super) fn start_in(self, folder: Arc<TempDir>) -> Server {
        let listen = "127.0.0.1:0".parse().unwrap();
        let process = spawn(&self, folder.path(), listen);
        let mut server = Server {
            plan: self,
            folder,
            process,
            address: listen,
        };
        server.wait_until_ready();
        server
    }
}

/// A folder for a server's files.
pub(super) fn new_folder() -> Arc<TempDir> {
    Arc::new(tempfile::Builder::new().prefix("quipu-it.").tempdir().unwrap())
}

/// Runs a `quipu` with the plan's settings to its end. Returns how it ended and all that it said.
pub(super) fn run_quipu(plan: &Plan, folder: &Path, arguments: &[&str]) -> (ExitStatus, String) {
    let mut process = Process::start("quipu", &mut command(plan, folder, arguments));
    let status = process.wait(COMMAND_LIMIT);
    (status, process.said())
}

fn command(plan: &Plan, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    // A config.toml of the checkout must not speak into a test, nor may the caller's environment.
    command.current_dir(folder).env_clear();
    for kept in ["PATH", "HOME", "TMPDIR", "RUST_BACKTRACE", "LD_LIBRARY_PATH"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command.envs(plan.environment.iter().map(|(k, v)| (k, v)));
    command.env("QUIPU__DATA__DIR", folder.join("data"));
    command.args(arguments);
    command
}

fn spawn(plan: &Plan, folder: &Path, listen: SocketAddr) -> Process {
    let listen = listen.to_string();
    let data = folder.join("data").display().to_string();
    let mut arguments = vec!["serve", "--listen", &listen, "--data-dir", &data];
    arguments.extend(plan.arguments.iter().map(String::as_str));
    let mut command = command(plan, folder, &arguments);
    command.envs(plan.variables.iter().map(|(k, v)| (k, v)));
    Process::start(&plan.name, &mut command)
}

/// A running server. Ends with the value.
pub(crate) struct Server {
    plan: Plan,
    folder: Arc<TempDir>,
    process: Process,
    address: SocketAddr,
}

impl Server {
    /// A plan with every rate unlimited, in which payments need no PIN.
    pub(crate) fn plan(backend: Backend) -> Plan {
        let environment = UNLIMITED
            .iter()
            .map(|key| (format!("QUIPU__LIMITS__{key}"), "0".to_owned()))
            // A test about the PIN sets it back.
            .chain([("QUIPU__WALLET__REQUIRE_PIN".to_owned(), "false".to_owned())])
            .collect::<Vec<_>>();
        Plan {
            backend,
            name: format!("quipu on {backend:?}"),
            environment,
            variables: Vec::new(),
            arguments: Vec::new(),
            root: None,
        }
    }

    fn wait_until_ready(&mut self) {
        let scheme = self.scheme();
        let start = format!("listening on {scheme}://");
        self.address = self
            .process
            .wait_for_line(START_LIMIT, |line| line.strip_prefix(&start)?.parse().ok());
    }

    fn scheme(&self) -> &'static str {
        if self.plan.root.is_some() { "https" } else { "http" }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its origin, as a browser would name it.
    pub(crate) fn origin(&self) -> String {
        // A certificate names localhost, not the number.
        let host = if self.plan.root.is_some() {
            "localhost"
        } else {
            "127.0.0.1"
        };
        format!("{}://{host}:{}", self.scheme(), self.address.port())
    }

    /// Where its files are.
    pub(crate) fn data_folder(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// How it was started.
    pub(crate) fn started_as(&self) -> &Plan {
        &self.plan
    }

    /// The certificate that it is believed by, if it speaks https.
    pub(crate) fn root(&self) -> Option<&[u8]> {
        self.plan.root.as_deref()
    }

    /// Believes another certificate (DER) from now on.
    pub(crate) fn believe(&mut self, root: Vec<u8>) {
        self.plan.root = Some(root);
    }

    /// Calls to it.
    pub(crate) fn http(&self) -> Http {
        Http::new(&self.origin(), self.root())
    }

    /// Someone registered and signed in.
    pub(crate) fn register(&self, handle: &str) -> Person {
        Person::register(&self.http(), handle)
    }

    /// Gives money out of the sandbox's account, through the command line of an operator.
    pub(crate) fn fund(&self, person: &Person, amount: &str, currency: &str) {
        let (status, said) = self.quipu(&["admin", "fund", &person.handle, amount, currency]);
        assert!(status.success(), "admin fund: {status}\n{said}");
    }

    /// A socket, signed in by `hello`.
    pub(crate) async fn connect(&self, person: &Person) -> Client {
        let client = Client::open(self).await;
        client.hello(&person.token).await;
        client
    }

    /// Runs another `quipu` on the same settings to its end. Returns how it ended and all that it said.
    pub(crate) fn quipu(&self, arguments: &[&str]) -> (ExitStatus, String) {
        run_quipu(&self.plan, self.folder.path(), arguments)
    }

    /// The same, expecting that it ends well.
    pub(crate) fn expect_quipu(&self, arguments: &[&str]) -> String {
        let (status, said) = self.quipu(arguments);
        assert!(status.success(), "quipu {arguments:?}: {status}\n{said}");
        said
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn kill9(&mut self) {
        self.process.kill9();
    }

    /// Asks it to stop and waits until it has.
    pub(crate) fn sigterm(&mut self, limit: Duration) -> ExitStatus {
        self.process.signal("TERM");
        self.process.wait(limit)
    }

    /// The operating system's id of its process.
    pub(crate) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Sends its process a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// Waits until it ends by itself.
    pub(crate) fn ends(&mut self, limit: Duration) -> ExitStatus {
        self.process.wait(limit)
    }

    /// The settings that it was started with.
    pub(crate) fn started_with(&self) -> &Plan {
        &self.plan
    }

    /// Starts it again, on the same address and the same data.
    pub(crate) fn restart(&mut self) {
        self.process = spawn(&self.plan, self.folder.path(), self.address);
        self.wait_until_ready();
    }

    /// Is planned otherwise from the next start on.
    pub(crate) fn replan(&mut self, change: impl FnOnce(Plan) -> Plan) {
        self.plan = change(self.plan.clone());
    }

    /// Which database it is on.
    pub(crate) fn backend(&self) -> Backend {
        self.plan.backend
    }

    /// What is set for `section.key` in its environment.
    pub(crate) fn setting(&self, key: &str) -> Option<String> {
        let variable = format!("QUIPU__{}", key.replace('.', "__").to_ascii_uppercase());
        let mut all = self.plan.environment.iter();
        all.find_map(|(known, value)| (*known == variable).then(|| value.clone()))
    }

    /// Everything it said so far.
    pub(crate) fn said(&self) -> String {
        self.process.said()
    }

    /// Memory that it holds, in bytes.
    pub(crate) fn resident_bytes(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The most memory that it ever held since `forget_peak`, in bytes.
    pub(crate) fn peak_bytes(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// Lets the peak begin at what it holds now.
    pub(crate) fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.process.id()), "5").unwrap();
    }

    fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .expect("a process has a size");
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// The sum of a metric over all its labels that contain `label`; 0 when it is not there yet.
    pub(crate) fn metric(&self, name: &str, label: &str) -> f64 {
        let text = self.http().get("/metrics").expect(200).text;
        let value = |line: &str| {
            let rest = line.strip_prefix(name)?;
            let (labels, value) = rest.rsplit_once(' ')?;
            let is_this = labels.is_empty() || labels.starts_with('{');
            (is_this && labels.contains(label))
                .then(|| value.parse::<f64>().ok())
                .flatten()
        };
        text.lines().filter_map(value).sum()
    }
}
