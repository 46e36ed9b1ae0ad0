//! The operations, one file a slice: read the request into the slice's own types, ask, show the answer.

pub(super) mod chat;
pub(super) mod people;
pub(super) mod sync;
pub(super) mod wallet;

use crate::protocol::{ErrorCode, WireError};

/// How many rows of a page are wanted: at least one, at most the limit.
fn page(wanted: Option<u32>, most: u32) -> u64 {
    u64::from(wanted.unwrap_or(most).clamp(1, most))
}

/// A cursor that this server gave out.
fn cursor<T: std::str::FromStr>(text: Option<&str>) -> Result<Option<T>, WireError> {
    let parsed = text.map(str::parse).transpose();
    parsed.map_err(|_| WireError::new(ErrorCode::InvalidField).param("cursor"))
}
