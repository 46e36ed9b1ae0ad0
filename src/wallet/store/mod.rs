//! The SQL of the wallet: its part of a group commit, its reads, and the pages that an audit replays.

mod audit_pages;
mod batch;
mod keys;
mod movements;
mod reads;
mod rows;

pub(super) use audit_pages::{AuditSnapshot, Sealed, ShownCard};
pub use batch::LedgerBatch;
pub(super) use keys::{Rotated, rotate};
pub(super) use movements::movements;
pub use reads::HistoryRow;
pub(super) use reads::{account, accounts_of, ensure_head, has_expired, history, owner_of, resolution_of, transfer};
pub(super) use rows::SealedBlock;
