//! `[wallet]` and `[ledger]`: currencies, and the key that seals the books.

use std::collections::HashSet;
use std::path::PathBuf;

use iso_currency::Currency;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::check::{Check, optional_secret};

/// `[wallet]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WalletSettings {
    /// Currencies in which accounts can be held, ISO 4217 codes, 1 to 64 of them, with 0 to 4 decimals.
    pub currencies: Vec<String>,
    /// The currency that a new wallet shows; one of `currencies`.
    pub default_currency: String,
}

impl Default for WalletSettings {
    fn default() -> Self {
        Self {
            currencies: ["CNY", "USD", "EUR", "JPY", "KWD"].map(str::to_owned).to_vec(),
            default_currency: "CNY".to_owned(),
        }
    }
}

impl WalletSettings {
    pub(super) fn check(&self, check: &mut Check) {
        check.within("wallet.currencies", self.currencies.len(), 1..=64);
        let mut seen = HashSet::new();
        for code in &self.currencies {
            let exponent = Currency::from_code(code).and_then(Currency::exponent);
            if exponent.is_none_or(|decimals| decimals > 4) {
                check.refuse(
                    "wallet.currencies",
                    format!("{code:?} is no ISO 4217 currency with 0 to 4 decimals"),
                );
            }
            if !seen.insert(code) {
                check.refuse("wallet.currencies", format!("{code:?} stands there twice"));
            }
        }
        if !self.currencies.contains(&self.default_currency) {
            let message = format!("{:?} is not one of wallet.currencies", self.default_currency);
            check.refuse("wallet.default_currency", message);
        }
    }
}

/// `[ledger]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LedgerSettings {
    /// The Ed25519 key that signs the ledger's head, 32 bytes in 64 hexadecimal digits. With PostgreSQL every node
    /// needs the same one, here or in `signing_key_file`.
    #[serde(deserialize_with = "optional_secret")]
    pub signing_key: Option<SecretString>,
    /// A file with that key; absent: `ledger.key` in the data folder, made at the first start with SQLite.
    pub signing_key_file: Option<PathBuf>,
}

impl LedgerSettings {
    pub(super) fn check(&self, check: &mut Check) {
        if let Some(key) = &self.signing_key {
            let key = key.expose_secret();
            if key.len() != 64 || !key.bytes().all(|b| b.is_ascii_hexdigit()) {
                check.refuse("ledger.signing_key", "must be 64 hexadecimal digits (32 bytes)");
            }
            if self.signing_key_file.is_some() {
                check.refuse(
                    "ledger.signing_key_file",
                    "the key stands in ledger.signing_key already: set one of them",
                );
            }
        }
    }
}
