//! What a request meant, in 32 bytes.

use sha2::{Digest, Sha256};

/// SHA-256 of an operation's name and the parts of its intent, each with its length before it, so that no two
/// intents share a byte string. PINs, codes and acknowledgements are no part of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of `op` with these parts.
    #[must_use]
    pub fn of(op: &str, parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in std::iter::once(op.as_bytes()).chain(parts.iter().copied()) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// The bytes, as the database holds them.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// Reads them back. A row of another length matches no request.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.try_into().unwrap_or([0; 32]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_border_between_two_parts_counts() {
        assert_ne!(
            Fingerprint::of("x", &[b"ab", b"c"]),
            Fingerprint::of("x", &[b"a", b"bc"])
        );
        assert_eq!(Fingerprint::of("x", &[b"ab"]), Fingerprint::of("x", &[b"ab"]));
    }
}
