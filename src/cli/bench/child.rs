//! A server of this very program in a temporary folder: rate limits off, everything else as it comes, commits to disk
//! included. It ends with the value, and the folder goes with it.

use std::fs::{DirBuilder, File};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use super::usage::Reading;
use crate::ids::ClientId;

/// How long the server may take until it listens.
const START: Duration = Duration::from_secs(60);
/// Where the settings of the environment begin. They are of another server.
const SETTINGS: &str = "QUIPU__";
/// Bytes of the server's log that are shown when it fails.
const SHOWN: usize = 4_096;

/// A folder of its own, removed with the value.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn make() -> anyhow::Result<Self> {
        // The random part of the id makes it a name that nobody can have laid in wait.
        let path = std::env::temp_dir().join(format!("quipu-bench-{}", ClientId::fresh()));
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("quipu: {} could not be removed: {error}", self.0.display());
        }
    }
}

/// The process, ended with the value.
#[derive(Debug)]
pub(super) struct Process(std::process::Child);

impl Process {
    /// Ends `child` with the value.
    pub(super) const fn of(child: std::process::Child) -> Self {
        Self(child)
    }

    /// What it says from now on.
    pub(super) fn take_output(&mut self) -> anyhow::Result<ChildStdout> {
        self.0.stdout.take().context("the process's output")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Either fails only when it has ended already, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running server, which may be killed and started again. Fields in the order in which they end: first the process,
/// then its folder.
#[derive(Debug)]
pub(super) struct Child {
    running: Mutex<Running>,
    folder: Folder,
    settings: Vec<(&'static str, String)>,
}

/// The present process.
#[derive(Debug)]
struct Running {
    process: Process,
    origin: String,
    /// What the processes before it used.
    spent: Option<Reading>,
}

impl Child {
    /// Makes people, then starts the server, so that its memory is not that of making them. `settings` are those that
    /// differ from the defaults, as the environment names them.
    pub(super) fn start(
        people: usize,
        fund: Option<&str>,
        settings: Vec<(&'static str, String)>,
    ) -> anyhow::Result<Self> {
        let folder = Folder::make()?;
        warn_of_memory(&folder.0);
        seed(&folder.0, &people_file(&folder.0), people, fund)?;
        let (process, origin) = serve(&folder.0, "127.0.0.1:0", &settings)?;
        Ok(Self {
            running: Mutex::new(Running {
                process,
                origin,
                spent: None,
            }),
            folder,
            settings,
        })
    }

    /// Where it listens.
    pub(super) fn origin(&self) -> String {
        self.running().origin.clone()
    }

    /// The file of its people.
    pub(super) fn people(&self) -> PathBuf {
        people_file(&self.folder.0)
    }

    /// What it has used so far, with those before it; none while it is being started again.
    pub(super) fn reading(&self) -> anyhow::Result<Option<Reading>> {
        let Ok(running) = self.running.try_lock() else {
            return Ok(None);
        };
        let now = Reading::of(Some(running.process.0.id())).context("the server has ended")?;
        Ok(Some(running.spent.map_or(now, |spent| now.with(&spent))))
    }

    /// Kills it as a power cut does, and starts it again at the same address.
    pub(super) fn kill_and_start(&self) -> anyhow::Result<()> {
        let mut running = self.running();
        let spent = Reading::of(Some(running.process.0.id())).context("the server has ended")?;
        running.spent = Some(running.spent.map_or(spent, |before| spent.with(&before)));
        running.process.0.kill().context("the server cannot be killed")?;
        running.process.0.wait()?;
        let address = running.origin.trim_start_matches("http://").to_owned();
        let (process, origin) = serve(&self.folder.0, &address, &self.settings)?;
        running.process = process;
        running.origin = origin;
        Ok(())
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replays its ledger; the first sentence of what the audit says of it.
    pub(super) fn audit(&self) -> anyhow::Result<String> {
        let output = command(&self.folder.0)?.arg("audit").output().context("quipu audit")?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let faults = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(
            output.status.success(),
            "quipu audit: {} {}",
            said.trim(),
            faults.trim()
        );
        let counted = said.lines().find(|line| line.contains("replayed"));
        Ok(counted.unwrap_or("the ledger holds").to_owned())
    }
}

fn people_file(folder: &Path) -> PathBuf {
    folder.join("people.jsonl")
}

/// Starts the server and waits until it listens; where.
fn serve(folder: &Path, listen: &str, settings: &[(&'static str, String)]) -> anyhow::Result<(Process, String)> {
    let log = folder.join("server.log");
    let mut process = Process(
        command(folder)?
            .args(["serve", "--load-test", "--listen", listen])
            .envs(settings.iter().map(|(name, value)| (*name, value)))
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .context("the server cannot be started")?,
    );
    let lines = lines(process.take_output()?);
    let origin = listening(&lines).with_context(|| tail(&log))?;
    Ok((process, origin))
}

/// This program on the folder, with none of the caller's settings.
fn command(folder: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe().context("this program's own file")?);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with(SETTINGS) {
            command.env_remove(name);
        }
    }
    // A config.toml of the caller's folder must not speak into the measurement.
    command
        .current_dir(folder)
        .arg("--data-dir")
        .arg(folder.join("data"))
        .stdin(Stdio::null());
    Ok(command)
}

fn seed(folder: &Path, file: &Path, people: usize, fund: Option<&str>) -> anyhow::Result<()> {
    let mut command = command(folder)?;
    command
        .args(["admin", "seed", "--users", &people.to_string(), "--out"])
        .arg(file);
    if let Some(fund) = fund {
        command.args(["--fund", fund]);
    }
    let output = command.output().context("quipu admin seed")?;
    ensure!(
        output.status.success(),
        "quipu admin seed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

/// What it says, line by line; read to the end, so that it never waits for us.
pub(super) fn lines(out: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (to, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            // Once it listens, nobody wants to know any more.
            let _ = to.send(line);
        }
    });
    lines
}

/// Waits until it says where it listens.
pub(super) fn listening(lines: &Receiver<String>) -> anyhow::Result<String> {
    let until = Instant::now() + START;
    loop {
        match lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                if let Some(origin) = line.strip_prefix("listening on ") {
                    return Ok(origin.to_owned());
                }
            }
            Err(_) => bail!("the server did not listen within {} s", START.as_secs()),
        }
    }
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let from = text.ceil_char_boundary(text.len().saturating_sub(SHOWN));
    text[from..].trim().to_owned()
}

/// A commit to a disk that is none costs nothing, and its figure would promise what no server keeps.
fn warn_of_memory(folder: &Path) {
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    let kind = mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            let (place, kind) = (words.next()?, words.next()?);
            folder.starts_with(place).then_some((place.len(), kind))
        })
        .max()
        .map(|(_, kind)| kind);
    if matches!(kind, Some("tmpfs" | "ramfs")) {
        eprintln!(
            "quipu: {} is in memory, where commits cost nothing: set TMPDIR to a folder on a disk",
            folder.display()
        );
    }
}
