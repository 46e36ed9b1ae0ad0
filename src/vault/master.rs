//! The key that stands outside of the database and wraps those in it.

use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::VaultError;
use super::store::Wrapped;
use crate::ids::UserId;
use crate::key_file::{self, KeyBytes, KeyFileError};

/// Bytes of the key's hash that name it.
const KEY_ID_BYTES: usize = 8;
/// Bytes of a nonce of XChaCha20, long enough to be drawn at random for each wrapping.
const NONCE_BYTES: usize = 24;

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
#[error("the vault's {0}")]
pub struct MasterKeyError(#[from] KeyFileError);

/// See the module.
pub struct MasterKey {
    cipher: XChaCha20Poly1305,
    id: String,
}

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

    #[allow(clippy::needless_pass_by_value)] // The bytes end here.
    pub(super) fn of(key: KeyBytes) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"quipu.vault.key.v1");
        hash.update(key.as_slice());
        Self {
            cipher: XChaCha20Poly1305::new(&(*key).into()),
            id: hex::encode(&hash.finalize()[..KEY_ID_BYTES]),
        }
    }

    /// What names the key.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Wraps a data key; it can be unwrapped for the same owner and purpose alone.
    ///
    /// # Errors
    /// [`VaultError::Broken`], which no key of 32 bytes causes.
    pub(super) fn wrap(&self, owner: UserId, purpose: &'static str, key: &[u8; 32]) -> Result<Wrapped, VaultError> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let aad = bound_to(owner, purpose);
        let payload = Payload { msg: key, aad: &aad };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| VaultError::Broken(purpose))?;
        Ok(Wrapped {
            master: self.id.clone(),
            bytes: [nonce.as_slice(), &sealed].concat(),
        })
    }

    pub(super) fn open(&self, owner: UserId, purpose: &'static str, row: &Wrapped) -> Result<KeyBytes, VaultError> {
        if row.master != self.id {
            return Err(VaultError::OtherMaster(row.master.clone()));
        }
        let broken = VaultError::Broken(purpose);
        let Some((nonce, sealed)) = row.bytes.split_first_chunk::<NONCE_BYTES>() else {
            return Err(broken);
        };
        let aad = bound_to(owner, purpose);
        let payload = Payload { msg: sealed, aad: &aad };
        let key = self.cipher.decrypt(&XNonce::from(*nonce), payload).map(Zeroizing::new);
        let key: Option<[u8; 32]> = key.ok().and_then(|key| key.as_slice().try_into().ok());
        key.map(Zeroizing::new).ok_or(broken)
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
