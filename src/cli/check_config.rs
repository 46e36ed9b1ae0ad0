//! `quipu check-config`.

use std::process::ExitCode;

use super::Common;
use crate::config::Mode;

pub(super) fn run(common: &Common) -> anyhow::Result<ExitCode> {
    let settings = common.settings(Mode::default())?;
    let database = if settings.is_postgres() { "PostgreSQL" } else { "SQLite" };
    let bus = if settings.redis.url.is_some() {
        "Redis"
    } else {
        "in-process"
    };
    println!(
        "the settings hold: {database}, {bus} bus, listening on {}",
        settings.http.listen
    );
    Ok(ExitCode::SUCCESS)
}
