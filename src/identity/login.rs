//! Signing in, being known by a token, signing out.

use std::collections::HashSet;

use secrecy::SecretString;

use super::store::NewSession;
use super::{Authenticated, DeviceName, Email, Handle, Identity, IdentityError, Session, SignedIn, Step, Token, User};
use crate::ids::{SessionId, UserId};

/// Somebody who signs in.
#[derive(Debug)]
pub struct Login {
    /// The handle or the e-mail address.
    pub login: String,
    /// The password.
    pub password: SecretString,
    /// What the person calls the device.
    pub device: String,
}

impl Identity {
    /// Signs a person in by password. It takes as long for somebody who is not there.
    ///
    /// # Errors
    /// [`IdentityError::CredentialsInvalid`], [`IdentityError::EmailUnverified`] (another mail is sent then),
    /// [`IdentityError::Busy`], or the database's fault.
    pub async fn login(&self, login: Login) -> Result<SignedIn, IdentityError> {
        let found = self.by_login(&login.login).await?;
        let (user, hash) = found.unzip();
        let verified = self.passwords.verify(login.password, hash).await?;
        let user = user.filter(|_| verified).ok_or(IdentityError::CredentialsInvalid)?;
        if let Err(refusal) = self.allow(Step::SignIn, &user) {
            // Whoever lost the mail cannot sign in to ask for another one.
            if let Err(error) = self.resend_verification(&user).await {
                tracing::info!(%error, user = %user.id, "no other mail was sent");
            }
            return Err(refusal);
        }
        self.open_session(user, &login.device).await
    }

    /// Signs a person in who proved themselves otherwise, or needs no proof, such as the people of the demonstration.
    ///
    /// # Errors
    /// The database's fault.
    pub async fn open_session(&self, user: User, device: &str) -> Result<SignedIn, IdentityError> {
        let token = Token::fresh();
        let session = self.new_session(user.id, DeviceName::from_text(device));
        let new = NewSession {
            session: session.clone(),
            hash: token.hash(),
        };
        let ended = self.store.insert_session(new).await?;
        Ok(SignedIn {
            token,
            user,
            session,
            ended,
        })
    }

    /// Who is behind a token.
    ///
    /// # Errors
    /// [`IdentityError::Unauthenticated`] when the session is over or never was, or the database's fault.
    pub async fn authenticate(&self, token: &str) -> Result<Authenticated, IdentityError> {
        let token = Token::parse(token).ok_or(IdentityError::Unauthenticated)?;
        let found = self.store.by_token(token.hash(), self.clock.now()).await?;
        let (session, user) = found.ok_or(IdentityError::Unauthenticated)?;
        self.last_seen.note(session.id, session.last_seen_at);
        Ok(Authenticated { user, session })
    }

    /// Notes that a session is in use, for sockets that stay open: to be called every few minutes at most.
    pub fn note_use(&self, session: &Session) {
        self.last_seen.note(session.id, session.last_seen_at);
    }

    /// Ends the own session. That it was over already is no error.
    ///
    /// # Errors
    /// The database's fault.
    pub async fn logout(&self, session: &Session) -> Result<(), IdentityError> {
        self.store.revoke(session.user, session.id, self.clock.now()).await?;
        Ok(())
    }

    /// The sessions of a person that can be used, the one used last first.
    ///
    /// # Errors
    /// The database's fault.
    pub async fn sessions(&self, user: UserId) -> Result<Vec<Session>, IdentityError> {
        self.store.sessions(user, self.clock.now()).await
    }

    /// Ends a session of a person, whichever device it is on.
    ///
    /// # Errors
    /// [`IdentityError::SessionNotFound`] when the person has no such session, or the database's fault.
    pub async fn revoke(&self, user: UserId, session: SessionId) -> Result<(), IdentityError> {
        match self.store.revoke(user, session, self.clock.now()).await? {
            true => Ok(()),
            false => Err(IdentityError::SessionNotFound),
        }
    }

    /// Ends all sessions of a person but one; which those were.
    ///
    /// # Errors
    /// The database's fault.
    pub async fn revoke_others(&self, user: UserId, session: SessionId) -> Result<Vec<SessionId>, IdentityError> {
        self.store.revoke_others(user, session, self.clock.now()).await
    }

    /// Which of these sessions can no longer be used: ended, expired, or gone. One query.
    ///
    /// # Errors
    /// The database's fault: then nothing is known of any of them.
    pub async fn revoked_among(&self, sessions: &[SessionId]) -> Result<Vec<SessionId>, IdentityError> {
        if sessions.is_empty() {
            return Ok(Vec::new());
        }
        let live = self.store.live_among(sessions.to_vec(), self.clock.now()).await?;
        let live: HashSet<SessionId> = live.into_iter().collect();
        Ok(sessions.iter().copied().filter(|id| !live.contains(id)).collect())
    }

    async fn by_login(&self, login: &str) -> Result<Option<(User, String)>, IdentityError> {
        // A handle may be written with an @ before it; an address has something there.
        if login.trim().find('@').is_some_and(|at| at > 0) {
            match Email::parse(login) {
                Ok(email) => self.store.by_email(email).await,
                Err(_) => Ok(None),
            }
        } else {
            match Handle::parse(login) {
                Ok(handle) => self.store.by_handle(handle).await,
                Err(_) => Ok(None),
            }
        }
    }

    pub(super) fn new_session(&self, user: UserId, device: DeviceName) -> Session {
        let now = self.clock.now();
        Session {
            id: SessionId::fresh(),
            user,
            device,
            created_at: now,
            last_seen_at: now,
        }
    }
}
