//! The SQL of chat: its part of a group commit, and its reads.

mod batch;
mod found;
mod marks;
mod present;
mod reads;
mod rows;
mod write;

pub use batch::ChatBatch;
pub(super) use found::messages_at;
pub(super) use marks::{MarksOf, Raised, Wanted, marks_since, raise_marks};
pub use present::large_conversations;
pub(super) use present::{Present, members};
pub use reads::{Given, ListCursor, MemberRow};
pub(super) use reads::{
    Reader, Sight, Unread, changed_since, conversations_of, history, last_messages, listed, member_page,
    members_listed, membership, online_members, pinned, reactions, sight, unread,
};
