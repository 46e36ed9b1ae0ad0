//! The integration tests: one binary, one harness, real servers on real databases.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_arithmetic)]

mod harness;
mod tidy;
