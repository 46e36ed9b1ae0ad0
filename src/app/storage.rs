//! Where a node's data is: its folder, its database and how the schema stands, the key of its ledger.

use std::path::PathBuf;

use quipu_migration::{Migrator, MigratorTrait};
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::Handle;

use super::services::StartError;
use crate::config::Settings;
use crate::db::{Db, Fault};
use crate::vault::{MasterKey, MasterKeyError};
use crate::wallet::{KeyError, LedgerKey};

/// The file of the SQLite database in the data folder.
const DATABASE_FILE: &str = "quipu.db";

/// Opens the database of the settings and brings it up to date.
///
/// # Errors
/// [`StartError`].
pub async fn open_database(settings: &Settings, runtime: &Handle) -> Result<Db, StartError> {
    let db = match &settings.database.url {
        Some(url) => open_postgres(settings, url, runtime).await?,
        None => {
            let file = database_file(settings);
            Db::open_sqlite(&file, settings.database.read_connections, runtime.clone()).await?
        }
    };
    // Several nodes may start at once on one fresh database.
    let alone = db.lock_schema().await?;
    let done = Migrator::up(db.writer(), None).await;
    drop(alone);
    done.map_err(|error| StartError::Migration(of_another_version(&error.to_string())))?;
    Ok(db)
}

/// What the migrations said, and what it means when the database has steps that are not known here.
fn of_another_version(said: &str) -> String {
    if said.contains("has been applied but its file is missing") {
        return format!("it was made by another version of quipu, whose steps this one does not know ({said})");
    }
    said.to_owned()
}

/// Opens the database of the settings as it is; makes nothing.
///
/// # Errors
/// [`StartError`].
pub async fn open_database_unchanged(settings: &Settings, runtime: &Handle) -> Result<Db, StartError> {
    Ok(match &settings.database.url {
        Some(url) => open_postgres(settings, url, runtime).await?,
        None => {
            has_database(settings)?;
            let file = database_file(settings);
            Db::open_sqlite(&file, settings.database.read_connections, runtime.clone()).await?
        }
    })
}

/// The file of the SQLite database.
#[must_use]
pub fn database_file(settings: &Settings) -> PathBuf {
    settings.data.dir.join(DATABASE_FILE)
}

/// Whether there is a database to open.
///
/// # Errors
/// [`StartError::NoDatabase`] when there is no file in the data folder. PostgreSQL answers for itself.
pub fn has_database(settings: &Settings) -> Result<(), StartError> {
    let folder = &settings.data.dir;
    if settings.is_postgres() || database_file(settings).is_file() {
        return Ok(());
    }
    Err(StartError::NoDatabase(
        std::path::absolute(folder).unwrap_or_else(|_| folder.clone()),
    ))
}

async fn open_postgres(settings: &Settings, url: &SecretString, runtime: &Handle) -> Result<Db, Fault> {
    let (writers, readers) = (settings.database.write_connections, settings.database.read_connections);
    Db::open_postgres(url.expose_secret(), writers, readers, runtime.clone()).await
}

/// The key that signs the ledger: the one that is set, or that of the file.
///
/// # Errors
/// [`KeyError`].
pub fn ledger_key(settings: &Settings) -> Result<LedgerKey, KeyError> {
    match &settings.ledger.signing_key {
        Some(key) => LedgerKey::from_hex(key.expose_secret()),
        None => LedgerKey::from_file(&settings.signing_key_file()),
    }
}

/// The key that wraps what is secret at rest: the one that is set, or that of the file.
///
/// # Errors
/// [`MasterKeyError`].
pub fn vault_key(settings: &Settings) -> Result<MasterKey, MasterKeyError> {
    match &settings.vault.key {
        Some(key) => MasterKey::from_hex(key.expose_secret()),
        None => MasterKey::from_file(&settings.vault_key_file()),
    }
}

/// The vault's key if there is one; makes none.
///
/// # Errors
/// [`MasterKeyError`].
pub fn present_vault_key(settings: &Settings) -> Result<Option<MasterKey>, MasterKeyError> {
    if settings.vault.key.is_none() && !settings.vault_key_file().exists() {
        return Ok(None);
    }
    vault_key(settings).map(Some)
}

/// The ledger's key if there is one; makes none.
///
/// # Errors
/// [`KeyError`].
pub fn present_ledger_key(settings: &Settings) -> Result<Option<LedgerKey>, KeyError> {
    if settings.ledger.signing_key.is_none() && !settings.signing_key_file().exists() {
        return Ok(None);
    }
    ledger_key(settings).map(Some)
}

/// How the schema of a database stands to the one that this version makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// It is the same.
    Current,
    /// Migrations are still to come.
    Older,
    /// This version does not know the migration of that name.
    Newer(String),
    /// It was not made by Quipu.
    Foreign,
}

/// What schema a database has; changes nothing.
///
/// # Errors
/// What the database said.
pub async fn schema_of(db: &Db) -> Result<Schema, Fault> {
    let known: Vec<_> = Migrator::migrations()
        .iter()
        .map(|step| step.name().to_owned())
        .collect();
    let applied = db.migrations().await?;
    if applied.first().is_none_or(|first| known.first() != Some(first)) {
        return Ok(Schema::Foreign);
    }
    if let Some(unknown) = applied.iter().find(|name| !known.contains(name)) {
        return Ok(Schema::Newer(unknown.clone()));
    }
    let all = applied.len() == known.len();
    Ok(if all { Schema::Current } else { Schema::Older })
}

/// Makes the data folder, for its owner alone.
///
/// # Errors
/// [`StartError::DataFolder`].
pub fn make_data_folder(settings: &Settings) -> Result<(), StartError> {
    use std::os::unix::fs::DirBuilderExt;
    let folder = &settings.data.dir;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| StartError::DataFolder(folder.display().to_string(), error))
}
