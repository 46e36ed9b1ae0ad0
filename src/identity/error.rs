//! What can go wrong with people and their sessions, and what each is on the wire.

use crate::db::Fault;
use crate::protocol::{Coded, ErrorCode, WireError};

/// Why identity did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Not a handle.
    #[error("not a handle")]
    HandleInvalid,
    /// Somebody has it, or nobody may have it.
    #[error("the handle is taken")]
    HandleTaken,
    /// Not an address.
    #[error("not an e-mail address")]
    EmailInvalid,
    /// Somebody has it.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The address is to be confirmed first.
    #[error("the e-mail address is not confirmed")]
    EmailUnverified,
    /// Too short, too long or easily guessed.
    #[error("the password is weak")]
    PasswordWeak,
    /// Not a name that can be shown.
    #[error("not a name to show")]
    DisplayNameInvalid,
    /// No such person, or another password: which of the two is not said.
    #[error("the login or the password is wrong")]
    CredentialsInvalid,
    /// The session is over, or there never was one.
    #[error("not signed in")]
    Unauthenticated,
    /// The mailed token is unknown, used or too old.
    #[error("the mailed token is unknown, used or too old")]
    TokenInvalid,
    /// No such session of this person.
    #[error("no such session")]
    SessionNotFound,
    /// Nobody has this handle.
    #[error("no such user")]
    UserNotFound,
    /// Not six digits, or among the first to be guessed.
    #[error("the PIN is weak")]
    PinWeak,
    /// Not what a PIN looks like, so nobody's; which field it stood in, the caller knows.
    #[error("not a PIN")]
    NotAPin,
    /// There is one already.
    #[error("a PIN is set")]
    PinExists,
    /// There is none yet.
    #[error("no PIN is set")]
    PinNotSet,
    /// Another one is.
    #[error("the PIN is wrong")]
    PinWrong {
        /// Wrong guesses until it is locked.
        left: i16,
    },
    /// It was guessed wrongly too often.
    #[error("the PIN is locked")]
    PinLocked,
    /// Somebody who is signed in gave another password.
    #[error("the password is wrong")]
    PasswordWrong,
    /// A secret was guessed wrongly too often for now.
    #[error("a secret was guessed wrongly too often")]
    TooManyTries {
        /// When it may be tried again, in milliseconds from now.
        retry_after_ms: u64,
    },
    /// A challenge that is none of this login, or too old.
    #[error("the challenge is none of this login, or too old")]
    ConfirmationInvalid,
    /// Mails were asked for too quickly.
    #[error("mails were asked for too quickly")]
    MailTooSoon {
        /// When the next one may be asked for, in milliseconds from now.
        retry_after_ms: u64,
    },
    /// Too many passwords wait to be checked.
    #[error("too many passwords wait to be checked")]
    Busy,
    /// A password could not be hashed: a fault of ours.
    #[error("a password could not be hashed: {0}")]
    Hashing(String),
    /// The database did not do it.
    #[error(transparent)]
    Database(#[from] Fault),
}

impl IdentityError {
    /// Reads a refused constraint as what it means to the caller. PostgreSQL names the constraint, SQLite its columns.
    pub(super) fn of_new_user(fault: Fault) -> Self {
        match &fault {
            Fault::Constraint(name) => match name.as_str() {
                "app_user_handle" | "app_user.handle" => Self::HandleTaken,
                "app_user_email" | "app_user.email" => Self::EmailTaken,
                _ => Self::Database(fault),
            },
            _ => Self::Database(fault),
        }
    }
}

impl Coded for IdentityError {
    fn wire(&self) -> WireError {
        let (code, param) = match self {
            Self::HandleInvalid => (ErrorCode::HandleInvalid, Some("handle")),
            Self::HandleTaken => (ErrorCode::HandleTaken, Some("handle")),
            Self::EmailInvalid => (ErrorCode::EmailInvalid, Some("email")),
            Self::EmailTaken => (ErrorCode::EmailTaken, Some("email")),
            Self::EmailUnverified => (ErrorCode::EmailUnverified, None),
            Self::PasswordWeak => (ErrorCode::PasswordWeak, Some("password")),
            Self::DisplayNameInvalid => (ErrorCode::DisplayNameInvalid, Some("display_name")),
            Self::CredentialsInvalid => (ErrorCode::CredentialsInvalid, None),
            Self::Unauthenticated => (ErrorCode::Unauthenticated, None),
            Self::TokenInvalid => (ErrorCode::TokenInvalid, Some("token")),
            Self::SessionNotFound => (ErrorCode::SessionNotFound, None),
            Self::UserNotFound => (ErrorCode::UserNotFound, Some("handle")),
            Self::PinWeak => (ErrorCode::PinWeak, Some("pin")),
            Self::NotAPin => (ErrorCode::PinWeak, None),
            Self::PinExists => (ErrorCode::PinExists, None),
            Self::PinNotSet => (ErrorCode::PinNotSet, None),
            Self::PinWrong { left } => return WireError::new(ErrorCode::PinWrong).detail("left", *left),
            Self::PinLocked => (ErrorCode::PinLocked, None),
            Self::PasswordWrong => (ErrorCode::CredentialsInvalid, Some("password")),
            Self::TooManyTries { retry_after_ms } => {
                return WireError::new(ErrorCode::TooManyTries).retry_after_ms(*retry_after_ms);
            }
            Self::ConfirmationInvalid => (ErrorCode::ConfirmationInvalid, Some("challenge")),
            // A rule of the house that no setting changes, so none is named.
            Self::MailTooSoon { retry_after_ms } => {
                return WireError::new(ErrorCode::RateLimited).retry_after_ms(*retry_after_ms);
            }
            Self::Busy => (ErrorCode::Busy, None),
            Self::Hashing(_) => (ErrorCode::Internal, None),
            Self::Database(Fault::Contention(_) | Fault::Lost(_)) => (ErrorCode::Busy, None),
            Self::Database(Fault::Storage(_)) => (ErrorCode::StorageUnavailable, None),
            Self::Database(_) => (ErrorCode::Internal, None),
        };
        let error = WireError::new(code);
        match param {
            Some(param) => error.param(param),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_names_of_a_constraint_mean_the_same() {
        for (name, code) in [
            ("app_user.handle", ErrorCode::HandleTaken),
            ("app_user_handle", ErrorCode::HandleTaken),
            ("app_user.email", ErrorCode::EmailTaken),
            ("app_user_email", ErrorCode::EmailTaken),
            ("app_user_pkey", ErrorCode::Internal),
        ] {
            let error = IdentityError::of_new_user(Fault::Constraint(name.to_owned()));
            assert_eq!(error.wire().code, code, "{name}");
        }
    }

    #[test]
    fn a_cause_is_never_told() {
        let error = IdentityError::Database(Fault::Other("SELECT canary".into()));
        assert!(!format!("{:?}", error.wire()).contains("canary"));
    }
}
