//! The SQL of the wallet: its part of a group commit, its reads, and the pages that an audit replays.

mod audit_pages;
mod batch;
mod keys;
mod mailing;
mod movements;
mod proof;
mod reads;
mod rows;
mod story;
mod tally;

pub(super) use audit_pages::{AuditSnapshot, Sealed, ShownCard};
pub use batch::LedgerBatch;
pub(super) use keys::{Rotated, rotate};
pub(super) use mailing::{Mailed, mail_page, mail_through, start_mailing, turn_mailing};
pub(super) use movements::movements;
pub use reads::HistoryRow;
pub(super) use reads::{
    account, accounts_of, ensure_head, has_expired, history, owner_of, resolution_of, transfer, transfer_at,
};
pub(super) use rows::SealedBlock;
pub(super) use story::{owners, story};
pub use tally::TallyState;
pub(super) use tally::{add_to_tally, all_with_budgets, budgets, months, tally, with_budgets};
