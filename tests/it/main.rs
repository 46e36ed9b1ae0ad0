//! The integration tests: one binary, one harness, real servers on real databases.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_arithmetic)]

mod bench;
mod chat;
mod crash;
mod faults;
mod harness;
mod history;
mod hostile;
mod identity;
mod nodes;
mod operator;
mod payments;
mod protocol_page;
mod refusals;
mod slow_reader;
mod tidy;
mod tls;
