//! The SQL of the wallet: its part of a group commit, its reads, and the pages that an audit replays.

mod audit_pages;
mod batch;
mod reads;
mod rows;

pub(super) use audit_pages::{AuditSnapshot, Sealed};
pub use batch::LedgerBatch;
pub(super) use reads::{accounts_of, ensure_head, history, owner_of};
pub(super) use rows::SealedBlock;
