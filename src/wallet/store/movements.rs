//! What moved on one account, for whoever compares it with somebody else's books.

use super::reads::{account, history};
use crate::db::{Db, Fault};
use crate::wallet::account::AccountKey;
use crate::wallet::reconcile::{LedgerEntry, Period};

/// Positions of the account's chain that are read at once.
const PAGE: u64 = 512;

/// The rows that moved money on an account within a period, newest first, and at most one more than `most`. The chain
/// of the account's own positions is followed backwards, so the other accounts' rows cost nothing. Rows never change,
/// so what is read is the account as it was when its newest position was.
pub(in crate::wallet) async fn movements(
    db: &Db,
    key: AccountKey,
    period: Period,
    most: usize,
) -> Result<Vec<LedgerEntry>, Fault> {
    let mut found = Vec::new();
    let Some(account) = account(db, key.id()).await? else {
        return Ok(found);
    };
    let mut from = Some(account.last_seq);
    while let Some(at) = from {
        let (page, next) = history(db, &account, at, PAGE).await?;
        from = next;
        for row in page {
            // Ledger time grows with the position: behind this row all are earlier.
            if period.is_before(row.transfer.at) {
                return Ok(found);
            }
            let entry = LedgerEntry::of(&row.transfer, account.id);
            found.extend(entry.filter(|entry| period.has(entry.at)));
            if found.len() > most {
                return Ok(found);
            }
        }
    }
    Ok(found)
}
