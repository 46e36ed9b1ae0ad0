//! Opaque tokens: 256 random bits that mean nothing, shown once, kept only as their hash.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroize as _;

/// Bytes of a token.
const BYTES: usize = 32;
/// Characters of a token as it is written: base64 for URLs, without padding.
const CHARS: usize = 43;

/// A token of a session or of a mail. It has no `Display`; [`Token::reveal`] names the places where it leaves.
pub struct Token([u8; BYTES]);

impl Token {
    /// A new token of the machine's own randomness.
    #[must_use]
    pub fn fresh() -> Self {
        Self(rand::random())
    }

    /// Reads a token as it is written; `None` when it cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != CHARS {
            return None;
        }
        let mut token = Self([0; BYTES]);
        match URL_SAFE_NO_PAD.decode_slice(text, &mut token.0) {
            Ok(BYTES) => Some(token),
            _ => None,
        }
    }

    /// The token as it is written, for its owner alone.
    #[must_use]
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What is kept of it. Looking a hash up leaks nothing of the token through time: a guess that shares the
    /// hash's first bytes is as far from the token as any other.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// SHA-256 of a token. No salt is needed: what is hashed is random itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash as the database holds it.
    #[must_use]
    pub fn to_vec(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_as_it_was_written() {
        let token = Token::fresh();
        let text = token.reveal();
        assert_eq!(text.len(), CHARS);
        assert_eq!(Token::parse(&text).unwrap().hash(), token.hash());
    }

    #[test]
    fn what_cannot_be_a_token_is_none() {
        let text = Token::fresh().reveal();
        for wrong in ["", &text[1..], &format!("{text}="), &"!".repeat(CHARS), &"é".repeat(21)] {
            assert!(Token::parse(wrong).is_none());
        }
    }

    #[test]
    fn one_token_has_one_spelling() {
        // The last character carries two bits that no byte uses; another value of them must not be the same token.
        let mut text = Token([0; BYTES]).reveal();
        text.pop();
        text.push('B');
        assert!(Token::parse(&text).is_none());
    }

    #[test]
    fn nothing_of_a_token_is_printed() {
        let token = Token::fresh();
        assert_eq!(format!("{token:?} {:?}", token.hash()), "Token(…) TokenHash(…)");
    }
}
