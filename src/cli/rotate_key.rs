//! `quipu rotate-key`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::Common;
use crate::app::{ledger_key, lock_data, open_database_unchanged};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Mode, Settings};
use crate::wallet::{LedgerKey, RotateError, rotate_key};

/// Which key takes over.
#[derive(Debug, Clone, Args)]
pub(super) struct RotateKeyArgs {
    /// The file of the new key, made with a random one if it is not there; without it the key's own file, whose old
    /// content is kept beside it under the old key's name.
    #[arg(long, value_name = "FILE")]
    new_key_file: Option<PathBuf>,
}

pub(super) fn run(common: &Common, args: &RotateKeyArgs) -> anyhow::Result<ExitCode> {
    let settings = common.settings(Mode::default())?;
    let _lock = lock_data(&settings)?;
    let runtime = super::runtime()?;
    runtime.block_on(async {
        let db = open_database_unchanged(&settings, runtime.handle()).await?;
        let before = ledger_key(&settings)?;
        let place = Place::of(&settings, args)?;
        let key = place.new_key()?;
        let block = rotate_key(&db, &before, &key, SystemClock.now()).await;
        db.close().await;
        let block = match block {
            Ok(block) => block,
            // An earlier rotation was interrupted behind its commit: what is left is to put the file in its place.
            Err(RotateError::AnotherKey { ledger, .. }) if ledger == key.id() => {
                println!("the key {ledger} signs already");
                return place.take(&before);
            }
            Err(error) => {
                place.undo();
                return Err(error.into());
            }
        };
        println!(
            "the key {} signs from block {block} on; {} signed until then",
            key.id(),
            before.id()
        );
        place.take(&before)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Where the new key is, and where it has to go.
struct Place {
    new: PathBuf,
    /// The file that the server reads, when the new key is to stand there.
    read: Option<PathBuf>,
    fresh: bool,
}

impl Place {
    fn of(settings: &Settings, args: &RotateKeyArgs) -> anyhow::Result<Self> {
        if let Some(file) = &args.new_key_file {
            return Ok(Self {
                new: file.clone(),
                read: None,
                fresh: !file.exists(),
            });
        }
        if settings.ledger.signing_key.is_some() {
            anyhow::bail!("the key stands in ledger.signing_key: name a file for the new one with --new-key-file");
        }
        let read = settings.signing_key_file();
        let new = beside(&read, "new");
        let fresh = !new.exists();
        Ok(Self {
            new,
            read: Some(read),
            fresh,
        })
    }

    fn new_key(&self) -> anyhow::Result<LedgerKey> {
        Ok(LedgerKey::from_file(&self.new)?)
    }

    /// Nothing was rotated: a key that was made for it is of no use.
    fn undo(&self) {
        if self.fresh {
            // What is left is a key that signs nothing.
            let _ = std::fs::remove_file(&self.new);
        }
    }

    fn take(&self, before: &LedgerKey) -> anyhow::Result<()> {
        let Some(read) = &self.read else {
            println!(
                "start every node with ledger.signing_key_file = {:?}, or with that key in ledger.signing_key; until \
                 then they take no payments",
                self.new
            );
            return Ok(());
        };
        let kept = beside(read, before.id());
        let moved = std::fs::rename(read, &kept).and_then(|()| std::fs::rename(&self.new, read));
        moved.with_context(|| {
            format!(
                "the new key is in {}: move it to {} before the next start",
                self.new.display(),
                read.display()
            )
        })?;
        println!(
            "the new key is in {}, the old one in {}",
            read.display(),
            kept.display()
        );
        Ok(())
    }
}

/// The file of the same name with something behind it.
fn beside(file: &Path, behind: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(behind);
    name.into()
}
