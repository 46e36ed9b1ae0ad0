//! Sealing: XChaCha20-Poly1305 with a nonce drawn at random for each time, and with what the sealed bytes belong to bound
//! in, so that a row that is moved to another place opens there no more.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::key_file::KeyBytes;

/// Bytes of a nonce of XChaCha20, long enough to be drawn at random.
const NONCE_BYTES: usize = 24;
/// Bytes of a key's hash that name it.
const KEY_ID_BYTES: usize = 8;

/// The sealed bytes were changed, belong elsewhere, or are of another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed bytes do not open")]
pub struct DoesNotOpen;

/// A key that seals. It is not shown.
#[derive(Clone)]
pub struct SealKey {
    cipher: XChaCha20Poly1305,
    id: String,
}

impl SealKey {
    /// `domain` keeps the names of keys of different uses apart.
    #[allow(clippy::needless_pass_by_value)] // The bytes end here.
    pub(super) fn new(key: KeyBytes, domain: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(domain);
        hash.update(key.as_slice());
        Self {
            cipher: XChaCha20Poly1305::new(&(*key).into()),
            id: hex::encode(&hash.finalize()[..KEY_ID_BYTES]),
        }
    }

    /// What names the key; it stands beside what was sealed with it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Seals a secret of what `bound` names.
    ///
    /// # Errors
    /// [`DoesNotOpen`], which nothing shorter than 256 GiB causes.
    pub fn seal(&self, bound: &[u8], secret: &[u8]) -> Result<Vec<u8>, DoesNotOpen> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let payload = Payload {
            msg: secret,
            aad: bound,
        };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| DoesNotOpen)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for the same.
    ///
    /// # Errors
    /// [`DoesNotOpen`].
    pub fn open(&self, bound: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(DoesNotOpen)?;
        let payload = Payload {
            msg: sealed,
            aad: bound,
        };
        let secret = self.cipher.decrypt(&XNonce::from(*nonce), payload);
        secret.map(Zeroizing::new).map_err(|_| DoesNotOpen)
    }
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealKey({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_in_its_place_alone() {
        let key = SealKey::new([7; 32].into(), b"test");
        let sealed = key.seal(b"here", b"a secret of mine").unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_eq!(key.open(b"here", &sealed).unwrap().as_slice(), b"a secret of mine");
        assert_ne!(key.seal(b"here", b"a secret of mine").unwrap(), sealed);
        assert_eq!(key.open(b"there", &sealed), Err(DoesNotOpen));
        assert_eq!(key.open(b"here", &sealed[..20]), Err(DoesNotOpen));
        let mut changed = sealed.clone();
        changed[30] ^= 1;
        assert_eq!(key.open(b"here", &changed), Err(DoesNotOpen));
        let other = SealKey::new([8; 32].into(), b"test");
        assert_eq!(other.open(b"here", &sealed), Err(DoesNotOpen));
        assert_ne!(key.id(), other.id());
        assert!(!format!("{key:?}").contains("7, 7"));
    }
}
