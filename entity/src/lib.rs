//! The rows of Quipu's database, one module a table. Ids are UUIDs of 16 bytes, times microseconds since 1970,
//! money minor units. What a number stands for is said by the slice that owns the table.

// The derives write items that need no documentation of their own.
#![allow(missing_docs)]

pub mod account;
pub mod account_event;
pub mod attachment;
pub mod attachment_part;
pub mod attachment_ref;
pub mod block;
pub mod conversation;
pub mod email_token;
pub mod hold;
pub mod ledger_head;
pub mod ledger_key;
pub mod mail;
pub mod member;
pub mod message;
pub mod op_receipt;
pub mod refund;
pub mod session;
pub mod transfer;
pub mod user;
pub mod user_head;
pub mod user_item;
