//! The wallet: accounts, the ledger that moves them, its chain, and the payments that stand in conversations.

mod account;
mod actor;
mod audit;
mod chain;
mod commands;
mod error;
mod keys;
mod ledger;
mod money;
mod operations;
mod service;
mod store;
mod transfer;
mod wire;

pub use account::{Account, AccountKey, AccountKind, AccountStatus};
pub use audit::{AuditError, AuditReport, Break, audit};
pub use error::WalletError;
pub use keys::{KeyError, LedgerKey, PublicKey};
pub use money::{Currencies, Currency, MAX_MINOR, Money};
pub use service::{OpenError, TransferFound, Wallet, WalletSettings, open_ledger};
pub use store::LedgerBatch;
pub use transfer::{Card, Instruction, Transfer, TransferId, TransferKind, parse_terms};
pub use wire::{account_view, sent, transfer_view, unopened_view};

use crate::ids::UserId;

/// A page of an account's movements.
#[derive(Debug, Clone, Default)]
pub struct HistoryPage {
    /// The account, once it has opened.
    pub account: Option<Account>,
    /// Each movement with the owner of the other account.
    pub rows: Vec<(Transfer, UserId)>,
    /// The cursor of the next page.
    pub next: Option<i64>,
}
