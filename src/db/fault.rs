//! What a database refuses, by what a caller can do about it.

use sea_orm::{DbErr, RuntimeErr};

/// The exit code of a process whose disk lost what it was given: EX_IOERR of sysexits.h.
const SYNC_FAILED_EXIT: i32 = 74;

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A constraint refused; it is named as the schema names it (on SQLite a unique one by its columns).
    #[error("constraint {0} refused")]
    Constraint(String),
    /// Another transaction was in the way: the same again may pass.
    #[error("contention: {0}")]
    Contention(String),
    /// The connection broke or the server went away. After a COMMIT this says nothing of its outcome.
    #[error("connection lost: {0}")]
    Lost(String),
    /// No room is left, the disk failed, or the file cannot be written. At a COMMIT on SQLite nothing is written then; on
    /// PostgreSQL its outcome is unknown.
    #[error("storage refused: {0}")]
    Storage(String),
    /// The disk did not keep what it had taken. The system may have forgotten it since, so nothing that this process
    /// knows of its files is certain any more: it ends where this fault arises.
    #[error("fsync failed: {0}")]
    SyncFailed(String),
    /// A row that no rule of ours could have written.
    #[error("{0}")]
    Corrupt(String),
    /// Anything else: a fault of ours.
    #[error("database: {0}")]
    Other(String),
}

impl Fault {
    /// Whether the same operation may succeed if it is simply tried again.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Contention(_) | Self::Lost(_))
    }

    fn of(error: &DbErr) -> Self {
        let text = error.to_string();
        match error {
            DbErr::ConnectionAcquire(_) => Self::Contention(text),
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => classify(cause, text),
            DbErr::Conn(_) => Self::Lost(text),
            _ => Self::Other(text),
        }
    }
}

impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        ending(Self::of(&error))
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        ending(match error {
            rusqlite::Error::SqliteFailure(cause, message) => {
                let code = u32::try_from(cause.extended_code).unwrap_or_default();
                classify_sqlite(code, message.as_deref().unwrap_or_default(), text)
            }
            _ => Self::Other(text),
        })
    }
}

/// Every error of a database comes through here, so this is where a failed fsync ends the process: nobody may go on
/// and acknowledge what a later fsync, which then succeeds, has not written either.
fn ending(fault: Fault) -> Fault {
    if let Fault::SyncFailed(reason) = &fault {
        tracing::error!(%reason, "fsync failed: the process ends, and what it had not acknowledged is uncertain");
        std::process::exit(SYNC_FAILED_EXIT);
    }
    fault
}

/// Sorts a driver's error by what a caller can do about it. PostgreSQL: Appendix A of its manual; SQLite: its
/// extended result codes, of which the low byte is the primary one.
fn classify(cause: &sea_orm::SqlxError, text: String) -> Fault {
    use sea_orm::SqlxError as E;
    match cause {
        E::Io(_) | E::Tls(_) | E::Protocol(_) | E::WorkerCrashed => Fault::Lost(text),
        E::PoolTimedOut | E::PoolClosed => Fault::Contention(text),
        E::Database(error) => {
            let code = error.code().unwrap_or_default();
            // PostgreSQL's codes have five characters, of which all may be digits; SQLite's are smaller numbers.
            if code.len() < 5
                && let Ok(code) = code.parse::<u32>()
            {
                return classify_sqlite(code, error.message(), text);
            }
            classify_postgres(&code, error.constraint().unwrap_or(error.message()), text)
        }
        _ => Fault::Other(text),
    }
}

fn classify_postgres(code: &str, constraint: &str, text: String) -> Fault {
    match (code.get(..2).unwrap_or_default(), code) {
        ("23", _) => Fault::Constraint(constraint.to_owned()),
        (_, "40001" | "40P01" | "53300" | "55P03" | "57014") => Fault::Contention(text),
        ("08", _) | (_, "57P01" | "57P02" | "57P03" | "25P03") => Fault::Lost(text),
        ("53", _) | (_, "58030" | "25006") => Fault::Storage(text),
        _ => Fault::Other(text),
    }
}

fn classify_sqlite(code: u32, message: &str, text: String) -> Fault {
    const BUSY: u32 = 5;
    const LOCKED: u32 = 6;
    const READONLY: u32 = 8;
    const IOERR: u32 = 10;
    const FULL: u32 = 13;
    const CANTOPEN: u32 = 14;
    const CONSTRAINT: u32 = 19;
    /// A value that cannot be a row's own number.
    const MISMATCH: u32 = 20;
    const IOERR_FSYNC: u32 = IOERR | 4 << 8;
    const IOERR_DIR_FSYNC: u32 = IOERR | 5 << 8;
    // The memory that connections share. It is extended behind a commit that stands in the file already, where the
    // next start would find it: so these say nothing of its outcome.
    const IOERR_SHMOPEN: u32 = IOERR | 18 << 8;
    const IOERR_SHMSIZE: u32 = IOERR | 19 << 8;
    const IOERR_SHMMAP: u32 = IOERR | 21 << 8;
    match (code, code & 0xff) {
        (IOERR_FSYNC | IOERR_DIR_FSYNC, _) => Fault::SyncFailed(text),
        (IOERR_SHMOPEN | IOERR_SHMSIZE | IOERR_SHMMAP, _) => Fault::Lost(text),
        (_, BUSY | LOCKED) => Fault::Contention(text),
        (_, READONLY | IOERR | FULL | CANTOPEN) => Fault::Storage(text),
        (_, CONSTRAINT | MISMATCH) => Fault::Constraint(message.rsplit(": ").next().unwrap_or(message).to_owned()),
        _ => Fault::Other(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite(code: u32) -> Fault {
        classify_sqlite(code, "UNIQUE constraint failed: transfer.client_id", String::new())
    }

    #[test]
    fn of_sqlites_faults_a_failed_fsync_is_told_from_a_refused_write() {
        // SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC; SQLITE_IOERR_WRITE, SQLITE_FULL, SQLITE_READONLY.
        for code in [1034, 1290] {
            assert!(matches!(sqlite(code), Fault::SyncFailed(_)), "{code}");
        }
        for code in [778, 13, 8] {
            assert!(matches!(sqlite(code), Fault::Storage(_)), "{code}");
        }
        // SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_SHMMAP.
        for code in [4874, 5386] {
            assert!(matches!(sqlite(code), Fault::Lost(_)), "{code}");
        }
        assert!(matches!(sqlite(5), Fault::Contention(_)));
        assert!(matches!(sqlite(2067), Fault::Constraint(name) if name == "transfer.client_id"));
    }

    #[test]
    fn of_postgresqls_faults_each_says_what_can_be_done() {
        let of = |code| classify_postgres(code, "account_funds", String::new());
        assert!(matches!(of("23514"), Fault::Constraint(name) if name == "account_funds"));
        assert!(matches!(of("40P01"), Fault::Contention(_)));
        assert!(matches!(of("25P03"), Fault::Lost(_)));
        assert!(matches!(of("53100"), Fault::Storage(_)));
        assert!(matches!(of("25006"), Fault::Storage(_)));
        assert!(matches!(of("42601"), Fault::Other(_)));
    }
}
