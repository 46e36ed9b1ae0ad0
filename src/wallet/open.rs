//! Opening the ledger with its key, and exchanging the key for a new one.

use super::keys::LedgerKey;
use super::ledger::Head;
use super::store::{self, Rotated};
use crate::clock::Micros;
use crate::db::{Db, Fault};

/// Why the ledger cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The ledger is signed with another key.
    #[error("the ledger is signed with the key {ledger}, this node has {node}: give it the ledger's own key")]
    AnotherKey {
        /// The key of the ledger's head.
        ledger: String,
        /// The key of this node.
        node: String,
    },
    /// The database could not be read.
    #[error(transparent)]
    Unread(#[from] Fault),
}

/// Makes the ledger's head when there is none, and refuses a key that is not the ledger's.
///
/// # Errors
/// [`OpenError`].
pub async fn open_ledger(db: &Db, key: &LedgerKey, now: Micros) -> Result<Head, OpenError> {
    let head = store::ensure_head(db, key, now).await?;
    if head.key_id == key.id() {
        Ok(head)
    } else {
        Err(OpenError::AnotherKey {
            ledger: head.key_id,
            node: key.id().to_owned(),
        })
    }
}

/// Why the key cannot be exchanged. It was not.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The key that signs now has to hand over.
    #[error("the ledger is signed with the key {ledger}, and {given} cannot hand over: give the ledger's own key")]
    AnotherKey {
        /// The key of the ledger's head.
        ledger: String,
        /// The one that was to hand over.
        given: String,
    },
    /// There is nothing to hand over.
    #[error("the key {0} has signed nothing yet: there is nothing to hand over")]
    Unused(String),
    /// The new key is the old one.
    #[error("the key {0} signs already")]
    SameKey(String),
    /// The database could not be written.
    #[error(transparent)]
    Unwritten(#[from] Fault),
}

/// Has the ledger signed with another key from the next block on, whose number is the answer. Both keys sign the
/// handover, so that whoever knows the new key can follow it back to the first. Nodes that still have the old key
/// refuse to write from then on.
///
/// # Errors
/// [`RotateError`].
pub async fn rotate_key(db: &Db, before: &LedgerKey, key: &LedgerKey, now: Micros) -> Result<i64, RotateError> {
    if before.id() == key.id() {
        return Err(RotateError::SameKey(key.id().to_owned()));
    }
    match store::rotate(db, before, key, now).await? {
        Rotated::From(block) => Ok(block),
        Rotated::AnotherKey(ledger) => Err(RotateError::AnotherKey {
            ledger,
            given: before.id().to_owned(),
        }),
        Rotated::Unused => Err(RotateError::Unused(before.id().to_owned())),
    }
}
