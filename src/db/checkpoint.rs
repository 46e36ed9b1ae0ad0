//! SQLite's checkpoints: what was committed moves from the log (`-wal`) into the file itself.
//!
//! SQLite would do it by itself at the end of a commit, and would keep its failures to itself as well: then a later
//! checkpoint, whose fsync succeeds although the system has forgotten what the failed one lost, gives the log up.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::time::MissedTickBehavior;

use super::sqlite::Writer;

/// Between two checkpoints.
const PAUSE: Duration = Duration::from_secs(2);
/// Pages in the log beyond which its writer waits for the checkpoint. Below, it goes on beside it; but then the log
/// begins anew only if the checkpoint finds a moment in which nothing was written.
const MOST_PAGES: i64 = 16_384;

/// One checkpoint before anything is written: of a log that a failed fsync left behind nobody knows how much of it the
/// disk has.
pub(super) async fn at_start(writer: &Writer) {
    if let Err(error) = writer.checkpoint().await {
        tracing::warn!(%error, "the log of the database could not be moved into its file");
    }
}

/// Does so now and then until the database is closed.
pub(super) async fn now_and_then(writer: Writer, reader: DatabaseConnection) {
    let mut tick = tokio::time::interval(PAUSE);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let done = match beside_the_writer(&reader).await {
            Ok(pages) if pages > MOST_PAGES => writer.checkpoint().await.map(drop),
            Ok(_) => Ok(()),
            Err(DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::ConnectionClosed)) => return,
            Err(error) => Err(error.into()),
        };
        // A failed fsync has ended the process. Whatever else it was: the log is still there.
        if let Err(error) = done {
            tracing::warn!(%error, "the log of the database was not moved into its file");
        }
    }
}

/// Moves what is in the log. How many pages were in it.
async fn beside_the_writer(reader: &DatabaseConnection) -> Result<i64, DbErr> {
    let statement = Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(PASSIVE)");
    let row = reader.query_one_raw(statement).await?;
    row.map_or(Ok(0), |row| row.try_get_by_index(1))
}
