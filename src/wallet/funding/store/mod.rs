//! The SQL of payment methods, top-ups and withdrawals.

mod fundings;
mod methods;
mod reads;

pub(in crate::wallet) use fundings::FundingTable;
pub(in crate::wallet) use methods::Inserted;
pub(super) use methods::{find, insert, of_owner as methods_of, prefer, remove, try_once, update};
pub(in crate::wallet) use reads::{audit_page, find_funding, has_due, in_review, of_owner, unfinished};
