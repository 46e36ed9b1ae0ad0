//! A person, as the rest of the house knows them.

use super::{DisplayName, Email, Handle};
use crate::clock::Micros;
use crate::ids::UserId;

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The unique name.
    pub handle: Handle,
    /// The name to show.
    pub display_name: DisplayName,
    /// Where mail reaches them; nobody else's business.
    pub email: Email,
    /// When that address was confirmed.
    pub email_verified_at: Option<Micros>,
}

impl User {
    /// Whether the address was confirmed.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        self.email_verified_at.is_some()
    }
}
