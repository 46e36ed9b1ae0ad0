//! The command line, one file a subcommand. Without one, it serves.

mod admin;
mod allocator;
mod audit;
mod backup;
mod bench;
mod check_config;
mod migrate;
mod postgres_tools;
mod reconcile;
mod restore;
mod rotate_key;
mod serve;
mod unfinished;
mod verify;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Mode, Overrides, Settings};

/// Threads of the runtime that lanes, pools and the bus live on.
const RUNTIME_THREADS: usize = 2;

/// A real-time messaging server in which money moves inside the conversation.
#[derive(Debug, Parser)]
#[command(name = "quipu", version, about)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    serve: serve::ServeArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
struct Common {
    /// The settings' file; without it config.toml in this folder, if it is there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of the database, the ledger's key and the mail.
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// The address and port to listen on; port 0 takes a free one.
    #[arg(long, global = true, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve people: what is done without a command.
    Serve(serve::ServeArgs),
    /// Read the settings and say whether they hold.
    CheckConfig,
    /// Bring the database up to date.
    Migrate,
    /// Replay the ledger and hold everything against it.
    Audit(audit::AuditArgs),
    /// Have the ledger signed with a new key from now on.
    RotateKey(rotate_key::RotateKeyArgs),
    /// Write a copy of the database to a file, also while a server runs on it.
    Backup(backup::BackupArgs),
    /// Put a backup in place where no database is yet.
    Restore(restore::RestoreArgs),
    /// Compare a provider's statement with the ledger.
    Reconcile(reconcile::ReconcileArgs),
    /// Check a receipt, without a server or a database.
    Verify(verify::VerifyArgs),
    /// Make people, give play money, work on the ledger, prepare a load test.
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Measure how fast a server is, and check it while it runs.
    Bench(bench::BenchArgs),
}

impl Common {
    fn settings(&self, mode: Mode) -> anyhow::Result<Settings> {
        let overrides = Overrides {
            listen: self.listen,
            data_dir: self.data_dir.clone(),
            mode,
        };
        Ok(Settings::load(self.config.as_deref(), &overrides)?)
    }
}

/// Does what the command line says.
#[must_use]
pub fn run() -> ExitCode {
    allocator::give_back_what_is_large();
    let cli = Cli::parse();
    let done = match cli.command {
        None => serve::run(&cli.common, &cli.serve),
        Some(Command::Serve(args)) => serve::run(&cli.common, &args),
        Some(Command::CheckConfig) => check_config::run(&cli.common),
        Some(Command::Migrate) => migrate::run(&cli.common),
        Some(Command::Audit(args)) => audit::run(&cli.common, &args),
        Some(Command::RotateKey(args)) => rotate_key::run(&cli.common, &args),
        Some(Command::Backup(args)) => backup::run(&cli.common, &args),
        Some(Command::Restore(args)) => restore::run(&cli.common, &args),
        Some(Command::Reconcile(args)) => reconcile::run(&cli.common, &args),
        Some(Command::Verify(args)) => verify::run(&args),
        Some(Command::Admin(command)) => admin::run(&cli.common, command),
        Some(Command::Bench(args)) => bench::run(&cli.common, args),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("quipu: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The runtime of the database and the bus.
fn runtime() -> anyhow::Result<CommandRuntime> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(RUNTIME_THREADS)
        .enable_all()
        .build()?;
    Ok(CommandRuntime {
        handle: runtime.handle().clone(),
        runtime: Some(runtime),
    })
}

/// The runtime of a command. Its end waits for nothing: what a command does is done when it says so, and a thread of a
/// driver that still waits for something must not keep the process.
struct CommandRuntime {
    handle: tokio::runtime::Handle,
    /// There until it is dropped.
    runtime: Option<tokio::runtime::Runtime>,
}

impl CommandRuntime {
    const fn handle(&self) -> &tokio::runtime::Handle {
        &self.handle
    }

    fn block_on<F: Future>(&self, work: F) -> F::Output {
        self.handle.block_on(work)
    }
}

impl Drop for CommandRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
