//! `[vault]`: the key of what is secret at rest.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::check::{Check, optional_secret};

/// `[vault]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VaultSettings {
    /// The key that wraps the keys in the database, 32 bytes in 64 hexadecimal digits. With PostgreSQL every node needs the
    /// same one, here or in `key_file`.
    #[serde(deserialize_with = "optional_secret")]
    pub key: Option<SecretString>,
    /// A file with that key; absent: `vault.key` in the data folder, made at the first start with SQLite.
    pub key_file: Option<PathBuf>,
}

impl VaultSettings {
    pub(super) fn check(&self, check: &mut Check) {
        if let Some(key) = &self.key {
            let key = key.expose_secret();
            if key.len() != 64 || !key.bytes().all(|b| b.is_ascii_hexdigit()) {
                check.refuse("vault.key", "must be 64 hexadecimal digits (32 bytes)");
            }
            if self.key_file.is_some() {
                check.refuse("vault.key_file", "the key stands in vault.key already: set one of them");
            }
        }
    }
}
