//! `quipu backup`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use tokio::runtime::Handle;

use super::Common;
use super::postgres_tools::{Target, find};
use super::unfinished::Unfinished;
use crate::app::open_database_unchanged;
use crate::config::{Mode, Settings};
use crate::db::Db;
use crate::wallet::{Moment, Standing};

/// Where to.
#[derive(Debug, Clone, Args)]
pub(super) struct BackupArgs {
    /// The file to write; what people attached is in a folder beside the database, and not in it. One that is there already is refused.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(common: &Common, args: &BackupArgs) -> anyhow::Result<ExitCode> {
    let settings = common.settings(Mode::default())?;
    let runtime = super::runtime()?;
    let (copy, standing) = runtime.block_on(async {
        // The database first: without one there is nothing to make a file for.
        let db = open_database_unchanged(&settings, runtime.handle()).await?;
        let copy = Unfinished::begin(&args.file)?;
        let standing = match &settings.database.url {
            None => copy_sqlite(&db, copy.part(), runtime.handle()).await,
            Some(url) => dump_postgres(&db, copy.part(), &Target::of(url)).await,
        };
        db.close().await;
        anyhow::Ok((copy, standing?))
    })?;
    let place = copy.place().to_owned();
    let bytes = copy.finish()?;
    print!("{}", told(&settings, &place, bytes, standing.as_ref()));
    Ok(ExitCode::SUCCESS)
}

/// Copies the file as it is at this moment, and reads in the copy where its ledger stands.
async fn copy_sqlite(db: &Db, part: &Path, runtime: &Handle) -> anyhow::Result<Option<Standing>> {
    let name = part.to_str();
    let name = name.with_context(|| format!("{}: SQLite needs a name in UTF-8", part.display()))?;
    db.copy_into(name).await.context("the database could not be copied")?;
    let copy = Db::open_sqlite_copy(part, runtime.clone()).await?;
    let moment = Moment::open(&copy).await?;
    let standing = moment.standing().await?;
    drop(moment);
    copy.close().await;
    Ok(standing)
}

/// Has PostgreSQL's own program write what this process sees, and reads where the ledger stands at that moment.
async fn dump_postgres(db: &Db, part: &Path, target: &Target) -> anyhow::Result<Option<Standing>> {
    let program = find("pg_dump")?;
    let moment = Moment::open(db).await?;
    let standing = moment.standing().await?;
    let seen = moment
        .exported()
        .await?
        .context("PostgreSQL did not name its snapshot")?;
    // The moment is held until the program has ended, which sees it as long as that.
    target.run(&program, |command| {
        command.args(["--format=custom", "--snapshot"]).arg(seen);
        command.arg("--file").arg(part);
    })?;
    drop(moment);
    Ok(standing)
}

fn told(settings: &Settings, place: &Path, bytes: u64, standing: Option<&Standing>) -> String {
    let mut text = format!("wrote {}, {bytes} bytes\n", place.display());
    match standing {
        None => text += "the ledger has not begun\n",
        Some(standing) => {
            text += &format!("head {}:{}\n", standing.head_block, standing.head);
            text += "inside are the public halves of the ledger's keys:\n";
            for key in &standing.keys {
                let public = hex::encode(&key.public);
                text += &format!("  {} signs from block {} on: {public}\n", key.id, key.from_block);
            }
            let signing = if settings.ledger.signing_key.is_some() {
                "ledger.signing_key".to_owned()
            } else {
                settings.signing_key_file().display().to_string()
            };
            text += &format!(
                "not inside, and to be kept elsewhere: the signing key {} ({signing}), without which no server goes on \
                 writing this ledger\n",
                standing.key_id
            );
        }
    }
    let vault = if settings.vault.key.is_some() {
        "vault.key".to_owned()
    } else {
        settings.vault_key_file().display().to_string()
    };
    text += &format!(
        "not inside, and to be kept elsewhere: the vault's key ({vault}), without which nothing that is secret in it can \
         be read\n"
    );
    text += &format!(
        "not inside: the bytes of attachments in {}, to be copied after this file was written\n",
        settings.attachments_folder().display()
    );
    if settings.mail.smtp_url.is_none() {
        text += &format!("not inside: the mail in {}\n", settings.mail_folder().display());
    }
    text
}
