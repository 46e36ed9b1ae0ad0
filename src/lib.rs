//! Quipu: a real-time messaging server in which money moves inside the conversation.

pub mod actor_directory;
pub mod app;
pub mod chat;
pub mod cli;
pub mod clock;
pub mod cluster;
pub mod config;
pub mod db;
pub mod delivery;
pub mod gateway;
pub mod group_commit;
pub mod identity;
pub mod ids;
pub mod metric;
pub mod notify;
pub mod op_receipt;
pub mod protocol;
pub mod reply;
#[cfg(test)]
mod scratch;
pub mod telemetry;
pub mod wallet;
