//! A key by which a node knows again what a node gave out: HMAC-SHA-256 (RFC 2104).

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::key_file::KeyBytes;

/// Bytes of a code.
pub const MAC_BYTES: usize = 32;
/// Bytes of a block of SHA-256.
const BLOCK_BYTES: usize = 64;

/// See the module. It is not shown.
#[derive(Clone)]
pub struct MacKey(Hmac<Sha256>);

impl MacKey {
    #[allow(clippy::needless_pass_by_value)] // The bytes end here.
    pub(super) fn new(key: KeyBytes) -> Self {
        // As RFC 2104 has it, a key that is shorter than a block is filled up with zeros.
        let mut block = Zeroizing::new([0; BLOCK_BYTES]);
        block[..key.len()].copy_from_slice(key.as_slice());
        Self(Hmac::new(&(*block).into()))
    }

    fn over(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in parts {
            // With its length before it, no two lists of parts are the same bytes.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }

    /// The code of these parts.
    #[must_use]
    pub fn of(&self, parts: &[&[u8]]) -> [u8; MAC_BYTES] {
        self.over(parts).finalize().into_bytes().into()
    }

    /// Whether `code` is that of these parts. Takes as long wherever the two differ.
    #[must_use]
    pub fn made(&self, code: &[u8], parts: &[&[u8]]) -> bool {
        self.over(parts).verify_slice(code).is_ok()
    }
}

impl std::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MacKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_of_its_parts_and_their_borders() {
        let key = MacKey::new([3; 32].into());
        let code = key.of(&[b"ab", b"c"]);
        assert!(key.made(&code, &[b"ab", b"c"]));
        assert!(!key.made(&code, &[b"a", b"bc"]));
        assert!(!key.made(&code[..31], &[b"ab", b"c"]));
        assert!(!MacKey::new([4; 32].into()).made(&code, &[b"ab", b"c"]));
        assert_eq!(format!("{key:?}"), "MacKey(…)");
    }
}
