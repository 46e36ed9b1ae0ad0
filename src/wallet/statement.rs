//! An account read back: what it holds, and its movements from any position backwards. Both cost the same however long
//! the ledger is: a balance is one row by its key, and each movement names the one before it.

mod csv;
mod sheet;

use super::account::Account;
use super::store::{self, HistoryRow};
use crate::db::{Db, Fault};
use crate::ids::AccountId;

pub use csv::csv;
pub use sheet::{Cutter, Further, Head, Line, MOST_LINES, Sheet};

/// An account as it stands.
///
/// # Errors
/// What the database said.
pub async fn balance(db: &Db, id: AccountId) -> Result<Option<Account>, Fault> {
    store::account(db, id).await
}

/// At most `limit` movements of an account from a position backwards, newest first, and the position at which the next
/// page begins.
///
/// # Errors
/// What the database said.
pub async fn page(db: &Db, account: &Account, from: i64, limit: u64) -> Result<(Vec<HistoryRow>, Option<i64>), Fault> {
    store::history(db, account, from, limit).await
}
