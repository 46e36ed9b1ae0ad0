//! Search: on PostgreSQL its index stands beside everything else, on SQLite in a file that can be made anew.

use std::path::{Path, PathBuf};

use quipu_migration::{MigratorTrait as _, SearchFileMigrator};
use tokio::runtime::Handle;

use crate::config::Settings;
use crate::db::{Db, Fault, Kind};

/// The file of the index in the data folder.
const INDEX_FILE: &str = "search.db";
/// What SQLite keeps beside it.
const SIDES: [&str; 3] = ["", "-wal", "-shm"];
/// Connections that read the index.
const READERS: u32 = 4;

/// The database that has the index.
pub(super) async fn open_index(settings: &Settings, db: &Db, runtime: &Handle) -> Result<Db, Fault> {
    if db.kind() == Kind::Postgres {
        return Ok(db.clone());
    }
    let file = index_file(settings);
    match open_file(&file, runtime).await {
        Ok(index) => Ok(index),
        Err(error) => {
            tracing::warn!(%error, file = %file.display(), "the index of the search cannot be used; it is made anew");
            remove_index(settings).map_err(|error| Fault::Other(format!("{}: {error}", file.display())))?;
            open_file(&file, runtime).await
        }
    }
}

/// Removes the file of the index, if there is one: the next start makes it anew from the messages.
///
/// # Errors
/// What the file system said.
pub fn remove_index(settings: &Settings) -> std::io::Result<()> {
    for side in SIDES {
        let mut path = index_file(settings).into_os_string();
        path.push(side);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn index_file(settings: &Settings) -> PathBuf {
    settings.data.dir.join(INDEX_FILE)
}

async fn open_file(file: &Path, runtime: &Handle) -> Result<Db, Fault> {
    let index = Db::open_sqlite_index(file, READERS, runtime.clone()).await?;
    match SearchFileMigrator::up(index.writer(), None).await {
        Ok(()) => Ok(index),
        Err(error) => {
            index.close().await;
            Err(error.into())
        }
    }
}
