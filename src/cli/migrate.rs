//! `quipu migrate`.

use std::process::ExitCode;

use super::Common;
use crate::app::{lock_data, make_data_folder, open_database};
use crate::config::Mode;

pub(super) fn run(common: &Common) -> anyhow::Result<ExitCode> {
    let settings = common.settings(Mode::default())?;
    make_data_folder(&settings)?;
    // On PostgreSQL other nodes may be serving; the migrations take their own lock there.
    let _lock = if settings.is_postgres() {
        None
    } else {
        Some(lock_data(&settings)?)
    };
    let runtime = super::runtime()?;
    let db = runtime.block_on(open_database(&settings, runtime.handle()))?;
    runtime.block_on(db.close());
    println!("the database is up to date");
    Ok(ExitCode::SUCCESS)
}
