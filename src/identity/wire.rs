//! People and sessions as the protocol writes them.

use super::{Session, User};
use crate::config::EmailVerification;
use crate::ids::SessionId;
use crate::protocol::UserView;
use crate::protocol::http::{OwnUserView, SessionView};

impl User {
    /// The person, as others see them.
    #[must_use]
    pub fn view(&self) -> UserView {
        UserView {
            id: self.id,
            handle: self.handle.as_str().to_owned(),
            display_name: self.display_name.as_str().to_owned(),
        }
    }

    /// The person, as they see themselves.
    #[must_use]
    pub fn own_view(&self) -> OwnUserView {
        OwnUserView {
            id: self.id,
            handle: self.handle.as_str().to_owned(),
            display_name: self.display_name.as_str().to_owned(),
            email: self.email.as_str().to_owned(),
            email_verified: self.is_verified(),
        }
    }
}

impl Session {
    /// The session, as its owner sees it from the session `current`.
    #[must_use]
    pub fn view(&self, current: SessionId) -> SessionView {
        SessionView {
            id: self.id,
            device: self.device.as_str().to_owned(),
            created_at: self.created_at,
            last_seen_at: self.last_seen_at,
            current: self.id == current,
        }
    }
}

/// The word for when an address must be confirmed.
#[must_use]
pub const fn verification_word(rule: EmailVerification) -> &'static str {
    match rule {
        EmailVerification::Never => "never",
        EmailVerification::BeforePayment => "before_payment",
        EmailVerification::BeforeSignIn => "before_sign_in",
    }
}
