//! `quipu restore`.

mod check;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use secrecy::SecretString;
use tokio::runtime::Handle;

use super::Common;
use super::postgres_tools::{Target, find};
use super::unfinished::Unfinished;
use crate::app::{database_file, lock_data, make_data_folder, open_database_unchanged, remove_index};
use crate::config::{Mode, Settings};
use crate::db::Db;
use check::{HeadArg, Judged, judge};

/// How a SQLite database begins.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";
/// How a file of pg_dump's custom format begins.
const POSTGRES_MAGIC: &[u8] = b"PGDMP";
/// What SQLite may have left of another database; beside a new one it would be taken for its own.
const SQLITE_SIDES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// What to put in place, and how far to believe it.
#[derive(Debug, Clone, Args)]
pub(super) struct RestoreArgs {
    /// What `quipu backup` wrote.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replay the ledger of the backup; a broken one is named. On SQLite nothing is put in place then.
    #[arg(long)]
    verify: bool,
    /// A block and its hash that were kept elsewhere, as an audit or a backup said them; the backup must have them.
    #[arg(long, value_name = "BLOCK:HASH", requires = "verify")]
    head: Option<HeadArg>,
}

/// What kind of backup a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Sqlite,
    Postgres,
}

pub(super) fn run(common: &Common, args: &RestoreArgs) -> anyhow::Result<ExitCode> {
    let settings = common.settings(Mode::default())?;
    let form = form_of(&args.file)?;
    make_data_folder(&settings)?;
    let _lock = lock_data(&settings)?;
    let runtime = super::runtime()?;
    runtime.block_on(async {
        match (&settings.database.url, form) {
            (None, Form::Sqlite) => restore_file(&settings, args, runtime.handle()).await,
            (Some(url), Form::Postgres) => restore_dump(&settings, args, url, runtime.handle()).await,
            (None, Form::Postgres) => bail!("this is a backup of a PostgreSQL: set database.url to an empty database"),
            (Some(_), Form::Sqlite) => {
                bail!("this is a backup of a SQLite database, and database.url names PostgreSQL")
            }
        }
    })
}

fn form_of(file: &Path) -> anyhow::Result<Form> {
    let mut begin = Vec::new();
    let opened = File::open(file).and_then(|opened| opened.take(16).read_to_end(&mut begin));
    opened.with_context(|| file.display().to_string())?;
    if begin.starts_with(SQLITE_MAGIC) {
        Ok(Form::Sqlite)
    } else if begin.starts_with(POSTGRES_MAGIC) {
        Ok(Form::Postgres)
    } else {
        bail!("{} is no backup of a database", file.display())
    }
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

async fn restore_file(settings: &Settings, args: &RestoreArgs, runtime: &Handle) -> anyhow::Result<ExitCode> {
    let place = database_file(settings);
    for side in SQLITE_SIDES {
        let left = with_ending(&place, side);
        ensure!(
            !left.exists(),
            "{} is there: it belongs to another database",
            left.display()
        );
        let with_file = with_ending(&args.file, side);
        ensure!(
            with_file.metadata().is_ok_and(|file| file.len() == 0) || !with_file.exists(),
            "{} is beside the backup, which is not whole without it: this is the file of a server; make a backup with \
             quipu backup",
            with_file.display()
        );
    }
    // Nobody else works in the folder, so what lies there is of a restore that was ended.
    let _ = std::fs::remove_file(Unfinished::part_of(&place));
    let copy = Unfinished::begin(&place)?;
    let written = File::open(&args.file).and_then(|mut from| {
        let mut to = File::options().write(true).open(copy.part())?;
        std::io::copy(&mut from, &mut to)?;
        to.sync_all()
    });
    written.with_context(|| {
        format!(
            "{} could not be copied to {}",
            args.file.display(),
            copy.part().display()
        )
    })?;
    let db = Db::open_sqlite_copy(copy.part(), runtime.clone()).await;
    let db = db.context("the backup does not open; nothing was put in place")?;
    let judged = judge_file(settings, args, &db).await;
    db.close().await;
    match judged.context("nothing was put in place")? {
        Judged::Broken(what) => {
            println!("BROKEN: {what}\nnothing was put in place");
            Ok(ExitCode::FAILURE)
        }
        Judged::Holds(told) => {
            // What is left of another database's messages is found no more.
            remove_index(settings).context("the index of the search that lies there could not be removed")?;
            let place = copy.place().to_owned();
            let bytes = copy.finish()?;
            print!("restored {}, {bytes} bytes\n{told}", place.display());
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn judge_file(settings: &Settings, args: &RestoreArgs, db: &Db) -> anyhow::Result<Judged> {
    let faults = db.file_faults(args.verify).await.context("the file is damaged")?;
    if !faults.is_empty() {
        return Ok(Judged::Broken(format!("the file is damaged: {}", faults.join("; "))));
    }
    judge(settings, db, args.verify, args.head.as_ref()).await
}

async fn restore_dump(
    settings: &Settings,
    args: &RestoreArgs,
    url: &SecretString,
    runtime: &Handle,
) -> anyhow::Result<ExitCode> {
    let program = find("pg_restore")?;
    has_ledger(&program, &args.file)?;
    let db = open_database_unchanged(settings, runtime).await?;
    // A node that starts meanwhile waits, and finds the schema there.
    let alone = db.lock_schema().await?;
    let tables = db.tables().await?;
    ensure!(
        tables.is_empty(),
        "the database is not empty: it has the table {}; name an empty one in database.url",
        tables[0]
    );
    Target::of(url)
        .run(&program, |command| {
            command.args([
                "--single-transaction",
                "--exit-on-error",
                "--no-owner",
                "--no-privileges",
            ]);
            command.arg(&args.file);
        })
        .context("nothing was restored")?;
    drop(alone);
    let judged = judge(settings, &db, args.verify, args.head.as_ref()).await;
    db.close().await;
    match judged.context("the backup is in the database, and could not be judged")? {
        Judged::Broken(what) => {
            println!("BROKEN: {what}\nthe backup is in the database, to be looked at: start no server on it");
            Ok(ExitCode::FAILURE)
        }
        Judged::Holds(told) => {
            print!("restored into the database of database.url\n{told}");
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Refuses what some other program's database was dumped into.
fn has_ledger(program: &Path, file: &Path) -> anyhow::Result<()> {
    let listed = Command::new(program)
        .arg("--list")
        .arg(file)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output();
    let listed = listed.with_context(|| format!("{} cannot be started", program.display()))?;
    ensure!(listed.status.success(), "{} cannot be read", file.display());
    let list = String::from_utf8_lossy(&listed.stdout);
    let has = |table: &str| list.contains(&format!(" TABLE public {table} "));
    ensure!(
        has("ledger_head") && has("seaql_migrations"),
        "{} is no backup of Quipu",
        file.display()
    );
    Ok(())
}
