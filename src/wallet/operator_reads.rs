//! What an operator's commands read of the ledger: where it stands at one moment, and what moved on an account.

use super::account::AccountKey;
use super::keys::{KeyInForce, PublicKey};
use super::reconcile::{LedgerEntry, Period};
use super::store::{self, AuditSnapshot};
use crate::db::{Db, Fault};

/// One moment of the database, held open.
pub struct Moment(AuditSnapshot);

/// Where the ledger stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The last block's number; 0 before the first.
    pub head_block: i64,
    /// The last block's hash, in hexadecimal.
    pub head: String,
    /// The key that signs the next block.
    pub key_id: String,
    /// The keys that sign or signed, the first one first.
    pub keys: Vec<KeyInForce>,
}

impl Moment {
    /// Opens it; nobody waits for it.
    ///
    /// # Errors
    /// What the database said.
    pub async fn open(db: &Db) -> Result<Self, Fault> {
        Ok(Self(AuditSnapshot::open(db).await?))
    }

    /// Where the ledger stands; nothing before a server has opened it for the first time.
    ///
    /// # Errors
    /// What the database said.
    pub async fn standing(&self) -> Result<Option<Standing>, Fault> {
        let Some(head) = self.0.head().await? else {
            return Ok(None);
        };
        Ok(Some(Standing {
            head_block: head.next_block - 1,
            head: hex::encode(&head.hash),
            key_id: head.key_id,
            keys: self.0.keys().await?,
        }))
    }

    /// The hash of a block.
    ///
    /// # Errors
    /// What the database said.
    pub async fn block_hash(&self, number: i64) -> Result<Option<Vec<u8>>, Fault> {
        let found = self.0.blocks(number - 1, 1).await?.into_iter().next();
        Ok(found
            .filter(|block| block.header.number == number)
            .map(|block| block.hash))
    }

    /// The name by which another session of PostgreSQL sees this moment too while it is held. SQLite has none.
    ///
    /// # Errors
    /// What the database said.
    pub async fn exported(&self) -> Result<Option<String>, Fault> {
        self.0.exported().await
    }
}

impl Standing {
    /// The public half of the last key, as the ledger itself has it.
    #[must_use]
    pub fn last_public(&self) -> Option<PublicKey> {
        PublicKey::from_bytes(&self.keys.last()?.public)
    }
}

/// The rows that moved money on an account within a period, newest first, and at most one more than `most`.
///
/// # Errors
/// What the database said.
pub async fn account_side(db: &Db, key: AccountKey, period: Period, most: usize) -> Result<Vec<LedgerEntry>, Fault> {
    store::movements(db, key, period, most).await
}
