//! `[wallet]` and `[ledger]`: currencies, and the key that seals the books.

use std::collections::{BTreeMap, HashSet};
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
    /// What a payment costs its payer on top, in hundredths of a per cent of the amount, 0 to 10000; rounded down to
    /// whole minor units.
    pub fee_basis_points: u16,
    /// Whether whoever pays confirms it by their PIN; see [`super::Settings::requires_pin`]. When it is off, whoever has
    /// an open session can send its money anywhere.
    pub require_pin: Option<bool>,
    /// Whether both sides of a payment get a receipt by e-mail.
    pub receipt_mail: bool,
    /// What a person may send, by currency; a currency that is not named has no limit.
    pub limits: BTreeMap<String, PaymentLimits>,
    /// Above which amount a payment is held until its payee accepts it, by currency: decimal strings; a currency that
    /// is not named has no such bound.
    pub accept_first_above: BTreeMap<String, String>,
}

/// What a person may send in one currency: decimal strings, each without limit when it is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PaymentLimits {
    /// In one payment.
    pub single: Option<String>,
    /// In a day (UTC).
    pub day: Option<String>,
    /// In a year (UTC).
    pub year: Option<String>,
}

impl Default for WalletSettings {
    fn default() -> Self {
        Self {
            currencies: ["CNY", "USD", "EUR", "JPY", "KWD"].map(str::to_owned).to_vec(),
            default_currency: "CNY".to_owned(),
            fee_basis_points: 0,
            require_pin: None,
            receipt_mail: false,
            limits: BTreeMap::new(),
            accept_first_above: BTreeMap::new(),
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
        check.within("wallet.fee_basis_points", self.fee_basis_points, 0..=10_000);
        for (code, limits) in &self.limits {
            let amounts = [&limits.single, &limits.day, &limits.year];
            self.check_amounts(check, "wallet.limits", code, amounts.into_iter().flatten());
        }
        for (code, most) in &self.accept_first_above {
            self.check_amounts(check, "wallet.accept_first_above", code, [most]);
        }
    }

    /// Amounts of a currency in which accounts can be held.
    fn check_amounts<'a>(
        &self,
        check: &mut Check,
        key: &'static str,
        code: &str,
        amounts: impl IntoIterator<Item = &'a String>,
    ) {
        if !self.currencies.iter().any(|known| known == code) {
            check.refuse(key, format!("{code:?} is not one of wallet.currencies"));
        }
        let decimals = Currency::from_code(code).and_then(Currency::exponent).unwrap_or(0);
        for amount in amounts {
            if !is_amount(amount, usize::from(decimals)) {
                check.refuse(key, format!("{amount:?} is no amount of {code}"));
            }
        }
    }
}

/// Digits, at most 15 of them before the point and `decimals` behind it.
fn is_amount(text: &str, decimals: usize) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits =
        |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole, 15) && (digits(fraction, decimals) || !text.contains('.'))
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
