//! The SQL of people and sessions. Reads go to the readers, each write is one transaction.

mod email_tokens;
mod pins;
mod sessions;
mod users;

use std::time::Duration;

use tokio::runtime::Handle as Runtime;

use crate::db::Db;

pub(super) use email_tokens::TokenMail;
#[cfg(test)]
pub(super) use sessions::MAX_SESSIONS;
pub(super) use sessions::NewSession;
pub(super) use users::NewRow;

/// Ids in one `IN (…)`, below SQLite's bound on variables.
const IDS_IN_ONE_QUERY: usize = 16_384;

/// The tables of identity.
#[derive(Clone)]
pub(super) struct Store {
    db: Db,
    session_lifetime: Duration,
}

impl Store {
    pub(super) const fn new(db: Db, session_lifetime: Duration) -> Self {
        Self { db, session_lifetime }
    }

    pub(super) const fn runtime(&self) -> &Runtime {
        self.db.runtime()
    }
}

/// Repeats the last id up to a power of two, so that few texts of a statement exist and stay prepared.
fn padded(mut ids: Vec<uuid::Uuid>) -> Vec<uuid::Uuid> {
    if let Some(last) = ids.last().copied() {
        ids.resize(ids.len().next_power_of_two(), last);
    }
    ids
}
