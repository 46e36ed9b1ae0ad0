//! The SQL of attachments: uploads, who may read what, what can go, and their part of a group commit.

mod batch;
mod collect;
mod reads;
mod rows;
mod uploads;

pub use batch::AttachmentBatch;
pub(super) use collect::{keys_in_use, loose};
pub use reads::of_messages;
pub(super) use reads::{find, parts, readable};
pub(super) use uploads::{Part, Ready, Removal, add_part, begin, finish, remove};
