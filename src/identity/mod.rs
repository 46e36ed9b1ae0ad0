//! People: who they are, how they prove it, and the sessions that follow from it.
//!
//! The door is [`Identity`]. A session is an opaque token, kept as its hash, that can be ended at any moment: every
//! node asks [`Identity::revoked_among`] about its open sockets, so that no cache has to be told.

mod display_name;
mod email;
mod error;
mod guess;
mod handle;
mod last_seen;
mod login;
mod password;
mod pin;
mod register;
mod seed;
mod session;
mod step_up;
mod store;
mod token;
mod user;
mod verify_email;
mod wire;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::config::{EmailVerification, Settings};
use crate::db::Db;
use crate::ids::UserId;
use crate::notify::Outbox;
use crate::vault::{MacKey, Vault, VaultError};

pub use display_name::{DeviceName, DisplayName};
pub use email::Email;
pub use error::IdentityError;
pub use handle::Handle;
pub use login::Login;
pub use password::NewPassword;
pub use pin::{Pin, PinState};
pub use register::{NewUser, Registration};
pub use session::{Authenticated, SeededUser, Session, SignedIn};
pub use step_up::{Confirming, Issued, Lack, RequestDigest, StepUp};
pub use token::Token;
pub use user::User;
pub use verify_email::Step;
pub use wire::verification_word;

use last_seen::LastSeen;
use password::Passwords;
use store::Store;

/// What identity needs to know of the settings.
#[derive(Debug, Clone)]
pub struct Rules {
    /// How long a session lives without being used.
    pub session_lifetime: Duration,
    /// What must wait for a confirmed address.
    pub email_verification: EmailVerification,
    /// Passwords hashed at once.
    pub hashes_at_once: usize,
    /// Passwords that may wait for that.
    pub hash_queue: usize,
    /// Where the links of mails lead, such as `https://chat.example.com`.
    pub public_origin: String,
}

impl Rules {
    /// The rules that the settings make. The origin is the public one, or that of the address listened on.
    #[must_use]
    pub fn new(settings: &Settings, public_origin: String) -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self {
            session_lifetime: DAY * settings.identity.session_days,
            email_verification: settings.email_verification(),
            hashes_at_once: settings.identity.hashers(),
            hash_queue: settings.identity.password_hash_queue,
            public_origin,
        }
    }
}

/// The keys of the vault that identity works with.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Makes what is hashed in place of a PIN.
    pin: MacKey,
    /// Knows again what was confirmed.
    step_up: StepUp,
}

impl Keys {
    /// The keys that the vault has for it; they are made at the first start.
    ///
    /// # Errors
    /// [`VaultError`].
    pub async fn of(vault: &Vault) -> Result<Self, VaultError> {
        Ok(Self {
            pin: vault.mac_key("pin").await?,
            step_up: StepUp::new(vault.mac_key("step_up").await?),
        })
    }
}

#[cfg(test)]
impl Keys {
    /// Keys for tests that nobody keeps.
    pub(crate) fn for_tests() -> Self {
        Self {
            pin: crate::vault::mac_key_of([1; 32]),
            step_up: StepUp::new(crate::vault::mac_key_of([2; 32])),
        }
    }
}

/// People and their sessions. Clones are the same service.
#[derive(Clone)]
pub struct Identity {
    rules: Arc<Rules>,
    keys: Keys,
    store: Store,
    passwords: Passwords,
    last_seen: LastSeen,
    outbox: Outbox,
    clock: Arc<dyn Clock>,
}

impl Identity {
    /// The service over this database. Hashing and writing run on the database's runtime.
    ///
    /// # Errors
    /// [`IdentityError::Hashing`] when not even one password can be hashed.
    pub fn new(rules: Rules, keys: Keys, db: Db, outbox: Outbox, clock: Arc<dyn Clock>) -> Result<Self, IdentityError> {
        let passwords = Passwords::new(rules.hashes_at_once, rules.hash_queue, db.runtime().clone())?;
        let store = Store::new(db, rules.session_lifetime);
        Ok(Self {
            last_seen: LastSeen::new(store.clone(), clock.clone()),
            rules: Arc::new(rules),
            keys,
            store,
            passwords,
            outbox,
            clock,
        })
    }

    /// Gives out challenges and confirmations.
    #[must_use]
    pub const fn step_up(&self) -> &StepUp {
        &self.keys.step_up
    }

    /// The person with this handle, in any case, with or without an `@`.
    ///
    /// # Errors
    /// [`IdentityError::UserNotFound`], or the database's fault.
    pub async fn find_by_handle(&self, handle: &str) -> Result<User, IdentityError> {
        let handle = Handle::parse(handle).map_err(|_| IdentityError::UserNotFound)?;
        let found = self.store.by_handle(handle).await?;
        found.map(|(user, _)| user).ok_or(IdentityError::UserNotFound)
    }

    /// The person with this id.
    ///
    /// # Errors
    /// [`IdentityError::UserNotFound`], or the database's fault.
    pub async fn user(&self, id: UserId) -> Result<User, IdentityError> {
        let found = self.store.by_id(id).await?;
        found.map(|(user, _)| user).ok_or(IdentityError::UserNotFound)
    }

    /// Those of the people that there are. One query.
    ///
    /// # Errors
    /// The database's fault.
    pub async fn users(&self, ids: &[UserId]) -> Result<HashMap<UserId, User>, IdentityError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        self.store.by_ids(ids.to_vec()).await
    }
}
