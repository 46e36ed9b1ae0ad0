//! The SQL of chat: its part of a group commit, and its reads.

mod batch;
mod marks;
mod reads;
mod rows;

pub use batch::ChatBatch;
pub(super) use marks::{Marks, raise_read_marks};
pub use reads::{ListCursor, MemberRow};
pub(super) use reads::{
    changed_since, conversations_of, history, last_messages, listed, members, members_listed, membership, unread,
};
