//! The operations, one file a slice: read the request into the slice's own types, ask, show the answer.

pub(super) mod budgets;
pub(super) mod chat;
pub(super) mod flows;
pub(super) mod funding;
pub(super) mod groups;
pub(super) mod messages;
pub(super) mod people;
pub(super) mod presence;
pub(super) mod search;
pub(super) mod security;
pub(super) mod sync;
pub(super) mod wallet;

use super::SocketState;
use crate::protocol::{ErrorCode, WireError};

/// How many rows of a page are wanted: at least one, at most the limit.
fn page(wanted: Option<u32>, most: u32) -> u64 {
    u64::from(wanted.unwrap_or(most).clamp(1, most))
}

/// Bytes that one answer may have: a few of them fit the outbox together, however long the texts are.
fn answer_bytes(state: &SocketState) -> usize {
    state.outbox.bytes / 4
}

/// A cursor that this server gave out.
fn cursor<T: std::str::FromStr>(text: Option<&str>) -> Result<Option<T>, WireError> {
    let parsed = text.map(str::parse).transpose();
    parsed.map_err(|_| WireError::new(ErrorCode::InvalidField).param("cursor"))
}
