//! Quipu: a real-time messaging server in which money moves inside the conversation.

pub mod clock;
pub mod db;
pub mod group_commit;
pub mod ids;
pub mod metric;
pub mod protocol;
pub mod reply;
