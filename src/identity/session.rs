//! A login of a person on a device.

use super::{DeviceName, Handle, Token, User};
use crate::clock::Micros;
use crate::ids::{SessionId, UserId};

/// A login of a person on a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The id.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// What the person calls the device.
    pub device: DeviceName,
    /// When it began.
    pub created_at: Micros,
    /// When it was last used, to about a minute.
    pub last_seen_at: Micros,
}

/// What a login gives: the only time that the token is known.
#[derive(Debug)]
pub struct SignedIn {
    /// The token of the new session.
    pub token: Token,
    /// Who signed in.
    pub user: User,
    /// The new session.
    pub session: Session,
    /// Older sessions that had to end for it, since a person has a bounded number of them.
    pub ended: Vec<SessionId>,
}

/// Who is behind a token.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// The person.
    pub user: User,
    /// The session.
    pub session: Session,
}

/// One of many people made for a load test.
#[derive(Debug)]
pub struct SeededUser {
    /// The id.
    pub id: UserId,
    /// The unique name.
    pub handle: Handle,
    /// The session's id.
    pub session: SessionId,
    /// The token of the session.
    pub token: Token,
}
