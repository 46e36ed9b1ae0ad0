//! The key that stands outside of the database and wraps those in it.

use std::path::Path;

use zeroize::Zeroizing;

use super::VaultError;
use super::seal::SealKey;
use super::store::Wrapped;
use crate::ids::UserId;
use crate::key_file::{self, KeyBytes, KeyFileError};

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
#[error("the vault's {0}")]
pub struct MasterKeyError(#[from] KeyFileError);

/// See the module.
pub struct MasterKey(SealKey);

impl MasterKey {
    /// The key of 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`MasterKeyError`], when they are none.
    pub fn from_hex(text: &str) -> Result<Self, MasterKeyError> {
        Ok(Self::of(key_file::from_hex(text)?))
    }

    /// The key in a file, which is made with a random one, for its owner alone, when it is not there.
    ///
    /// # Errors
    /// When the file cannot be used, holds no key, or others can read it.
    pub fn from_file(file: &Path) -> Result<Self, MasterKeyError> {
        Ok(Self::of(key_file::find_or_make(file)?))
    }

    pub(super) fn of(key: KeyBytes) -> Self {
        Self(SealKey::new(key, b"quipu.vault.key.v1"))
    }

    /// What names the key.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.id()
    }

    /// Wraps a data key; it can be unwrapped for the same owner and purpose alone.
    ///
    /// # Errors
    /// [`VaultError::Broken`], which no key of 32 bytes causes.
    pub(super) fn wrap(&self, owner: UserId, purpose: &'static str, key: &[u8; 32]) -> Result<Wrapped, VaultError> {
        let sealed = self.0.seal(&bound_to(owner, purpose), key);
        Ok(Wrapped {
            master: self.id().to_owned(),
            bytes: sealed.map_err(|_| VaultError::Broken(purpose))?,
        })
    }

    pub(super) fn open(&self, owner: UserId, purpose: &'static str, row: &Wrapped) -> Result<KeyBytes, VaultError> {
        if row.master != self.id() {
            return Err(VaultError::OtherMaster(row.master.clone()));
        }
        let key = self.0.open(&bound_to(owner, purpose), &row.bytes).ok();
        let key: Option<[u8; 32]> = key.and_then(|key| key.as_slice().try_into().ok());
        key.map(Zeroizing::new).ok_or(VaultError::Broken(purpose))
    }
}

fn bound_to(owner: UserId, purpose: &str) -> Vec<u8> {
    [b"quipu.data_key.v1".as_slice(), &owner.bytes(), purpose.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_unwrapped_for_whom_it_was_wrapped_and_for_nothing_else() {
        let master = MasterKey::of(Zeroizing::new([7; 32]));
        let wrapped = master.wrap(UserId::SYSTEM, "a", &[9; 32]).unwrap();
        let key = master.open(UserId::SYSTEM, "a", &wrapped).unwrap();
        assert_eq!(*key, [9; 32]);
        assert!(!wrapped.bytes.windows(32).any(|part| part == [9; 32]));
        for (owner, purpose) in [(UserId::SYSTEM, "b"), (UserId::fresh(), "a")] {
            let moved = master.open(owner, purpose, &wrapped);
            assert!(matches!(moved, Err(VaultError::Broken(_))));
        }
        for at in [0, 30] {
            let mut changed = wrapped.clone();
            changed.bytes[at] ^= 1;
            assert!(master.open(UserId::SYSTEM, "a", &changed).is_err());
        }
        let short = Wrapped {
            bytes: vec![1; 5],
            ..wrapped
        };
        assert!(master.open(UserId::SYSTEM, "a", &short).is_err());
    }
}
