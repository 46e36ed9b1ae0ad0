//! The key that signs the ledger's head.

use std::path::Path;

use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use sha2::{Digest, Sha256};

use super::chain::{self, Hash};
use crate::clock::Micros;
use crate::key_file::{self, KeyBytes, KeyFileError};

/// Bytes of the public key's hash that name it.
const KEY_ID_BYTES: usize = 8;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[error("the ledger's {0}")]
pub struct KeyError(#[from] KeyFileError);

/// A key that signs blocks.
#[derive(Clone)]
pub struct LedgerKey {
    signing: SigningKey,
    id: String,
}

impl LedgerKey {
    /// The key of 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`KeyError`], when they are none.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        Ok(Self::of(&key_file::from_hex(text)?))
    }

    /// A new random key, in a file of its own for its owner alone. An existing file is left as it is.
    ///
    /// # Errors
    /// [`KeyError`], also when the file is there.
    pub fn make_file(file: &Path) -> Result<Self, KeyError> {
        Ok(Self::of(&key_file::make(file)?))
    }

    /// The key in a file, which is made with a random one, for its owner alone, when it is not there.
    ///
    /// # Errors
    /// When the file cannot be used, holds no key, or others can read it.
    pub fn from_file(file: &Path) -> Result<Self, KeyError> {
        Ok(Self::of(&key_file::find_or_make(file)?))
    }

    fn of(seed: &KeyBytes) -> Self {
        let signing = SigningKey::from_bytes(seed);
        let id = key_id(&signing.verifying_key());
        Self { signing, id }
    }

    /// What names the key: the first 8 bytes of SHA-256 of its public half, in hexadecimal.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Signs a block's hash.
    #[must_use]
    pub fn sign(&self, hash: &Hash) -> [u8; 64] {
        self.signing.sign(hash).to_bytes()
    }

    /// The salt of a block: 32 bytes that nobody without the key can tell, and the key always tells alike. A signature
    /// of Ed25519 is such a value, and this one is of something that is never signed otherwise.
    #[must_use]
    pub fn block_salt(&self, number: i64, prev_hash: &[u8]) -> Hash {
        Sha256::digest(self.sign(&chain::salt_challenge(number, prev_hash))).into()
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.signing.verifying_key())
    }
}

impl std::fmt::Debug for LedgerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LedgerKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The public half of a ledger's key.
#[derive(Debug, Clone)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The key of 32 bytes; none if they are no point of the curve.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        VerifyingKey::from_bytes(bytes.try_into().ok()?).ok().map(Self)
    }

    /// Its 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// What names the key.
    #[must_use]
    pub fn id(&self) -> String {
        key_id(&self.0)
    }

    /// Whether this key signed that hash.
    #[must_use]
    pub fn signed(&self, hash: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.0.verify(hash, &signature).is_ok())
    }
}

/// A key of the ledger's history: from which block on it signs, and who vouches for that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInForce {
    /// What names it.
    pub id: String,
    /// The first block that it signs.
    pub from_block: i64,
    /// Its public half, 32 bytes.
    pub public: Vec<u8>,
    /// The hash of the block before that one.
    pub head_hash: Vec<u8>,
    /// The signature of the key before it over the handover; of the first key its own.
    pub handed_over: Vec<u8>,
    /// Its own signature over the handover.
    pub taken_over: Vec<u8>,
    /// When.
    pub at: Micros,
}

impl KeyInForce {
    /// The handover from `before` to `key`; the first key takes over from itself.
    #[must_use]
    pub fn sign(before: &LedgerKey, key: &LedgerKey, from_block: i64, head_hash: &[u8], at: Micros) -> Self {
        let public = key.public();
        let hash = chain::handover(before.public().bytes(), public.bytes(), from_block, head_hash, at);
        Self {
            id: key.id().to_owned(),
            from_block,
            public: public.bytes().to_vec(),
            head_hash: head_hash.to_vec(),
            handed_over: before.sign(&hash).to_vec(),
            taken_over: key.sign(&hash).to_vec(),
            at,
        }
    }

    /// The key, if both signatures hold; `before` is the key before it, none for the first.
    #[must_use]
    pub fn verified(&self, before: Option<&PublicKey>) -> Option<PublicKey> {
        let own = PublicKey::from_bytes(&self.public).filter(|key| key.id() == self.id)?;
        let before = before.unwrap_or(&own);
        let hash = chain::handover(before.bytes(), own.bytes(), self.from_block, &self.head_hash, self.at);
        let both = before.signed(&hash, &self.handed_over) && own.signed(&hash, &self.taken_over);
        both.then_some(own)
    }
}

fn key_id(key: &VerifyingKey) -> String {
    hex::encode(&Sha256::digest(key.as_bytes())[..KEY_ID_BYTES])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_a_file_signs_as_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ledger.key");
        let made = LedgerKey::from_file(&file).expect("made");
        let found = LedgerKey::from_file(&file).expect("found");
        assert_eq!(made.id(), found.id());
        let hash = [7; 32];
        assert!(made.public().signed(&hash, &found.sign(&hash)));
        assert!(!made.public().signed(&[8; 32], &found.sign(&hash)));
    }
}
