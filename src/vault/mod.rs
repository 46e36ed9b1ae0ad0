//! The keys of what is secret at rest. One master key stands outside of the database and wraps the data keys, which stand
//! in it: whoever has the database alone has none of them, and another master key means to wrap them anew and nothing
//! else.
//!
//! A key belongs to somebody (the system, or a person) and a purpose, and is made when it is first asked for.

mod mac;
mod master;
mod seal;
mod store;

use std::sync::Arc;

pub use mac::{MAC_BYTES, MacKey};
pub use master::{MasterKey, MasterKeyError};
pub use seal::{DoesNotOpen, SealKey};

use crate::clock::Clock;
use crate::db::{Db, Fault};
use crate::ids::UserId;
use crate::key_file::KeyBytes;

/// Why a key is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// It was wrapped by another master key, or by one that is not here.
    #[error(
        "what is secret in the database was sealed with the vault's key {0}, which is not the one here: put it back \
         (vault.key_file, vault.key), since without it no PIN can be checked and no card used"
    )]
    OtherMaster(String),
    /// The row was changed, or belongs to something else.
    #[error("the key for {0} cannot be unwrapped: its row was changed")]
    Broken(&'static str),
    /// The database did not do it.
    #[error(transparent)]
    Database(#[from] Fault),
}

/// The keys of a node. Clones are the same.
#[derive(Clone)]
pub struct Vault {
    db: Db,
    master: Arc<MasterKey>,
    clock: Arc<dyn Clock>,
}

impl Vault {
    /// The keys that stand in this database under this master key.
    #[must_use]
    pub fn new(db: Db, master: MasterKey, clock: Arc<dyn Clock>) -> Self {
        Self {
            db,
            master: Arc::new(master),
            clock,
        }
    }

    /// What names the master key that wrapped what stands in a database; none when nothing does yet.
    ///
    /// # Errors
    /// What the database said.
    pub async fn wrapped_by(db: &Db) -> Result<Option<String>, Fault> {
        store::any_master(db).await
    }

    /// The system's key by which it knows again what it gave out, for a purpose. All nodes on the database have the same.
    ///
    /// # Errors
    /// [`VaultError`].
    pub async fn mac_key(&self, purpose: &'static str) -> Result<MacKey, VaultError> {
        Ok(MacKey::new(self.data_key(UserId::SYSTEM, purpose).await?))
    }

    /// The key that seals what is secret of somebody, for a purpose. All nodes on the database have the same.
    ///
    /// # Errors
    /// [`VaultError`].
    pub async fn seal_key(&self, owner: UserId, purpose: &'static str) -> Result<SealKey, VaultError> {
        let key = self.data_key(owner, purpose).await?;
        Ok(SealKey::new(key, b"quipu.data_key.id.v1"))
    }

    async fn data_key(&self, owner: UserId, purpose: &'static str) -> Result<KeyBytes, VaultError> {
        let row = match store::find(&self.db, owner, purpose).await? {
            Some(row) => row,
            None => {
                let row = self.master.wrap(owner, purpose, &rand::random())?;
                store::insert(&self.db, owner, purpose, &row, self.clock.now()).await?;
                // Another node may have been first.
                let found = store::find(&self.db, owner, purpose).await?;
                found.ok_or_else(|| Fault::Other(format!("the key for {purpose} is gone")))?
            }
        };
        self.master.open(owner, purpose, &row)
    }
}

/// A key for tests of what stands on it.
#[cfg(test)]
pub(crate) fn mac_key_of(bytes: [u8; 32]) -> MacKey {
    MacKey::new(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, Micros};
    use crate::scratch::on_both_databases;

    fn vault(db: &Db, master: [u8; 32]) -> Vault {
        let clock = Arc::new(ManualClock::at(Micros(1)));
        Vault::new(db.clone(), MasterKey::of(master.into()), clock)
    }

    on_both_databases!(all_nodes_have_the_same_key_and_another_master_has_none, |scratch| {
        let (one, other) = (vault(&scratch.db, [1; 32]), vault(&scratch.db, [1; 32]));
        let (a, b) = tokio::join!(one.mac_key("test"), other.mac_key("test"));
        let (a, b) = (a.unwrap(), b.unwrap());
        assert_eq!(a.of(&[b"x"]), b.of(&[b"x"]));
        assert_eq!(one.mac_key("test").await.unwrap().of(&[b"x"]), a.of(&[b"x"]));
        assert_ne!(one.mac_key("else").await.unwrap().of(&[b"x"]), a.of(&[b"x"]));
        let person = UserId::fresh();
        let sealed = one.seal_key(person, "test").await.unwrap().seal(b"x", b"y").unwrap();
        assert_eq!(
            other
                .seal_key(person, "test")
                .await
                .unwrap()
                .open(b"x", &sealed)
                .unwrap()
                .as_slice(),
            b"y"
        );
        assert!(
            other
                .seal_key(UserId::fresh(), "test")
                .await
                .unwrap()
                .open(b"x", &sealed)
                .is_err()
        );
        let stranger = vault(&scratch.db, [2; 32]).mac_key("test").await;
        assert!(matches!(stranger, Err(VaultError::OtherMaster(_))), "{stranger:?}");
    });
}
