//! Becoming somebody: registering, and confirming the address.

use secrecy::SecretString;

use super::password::UNUSABLE;
use super::store::{NewRow, TokenMail};
use super::{DisplayName, Email, Handle, Identity, IdentityError, NewPassword, Step, Token, User, verify_email};
use crate::config::EmailVerification;
use crate::ids::UserId;

/// Somebody who registers.
#[derive(Debug)]
pub struct Registration {
    /// The unique name that is wanted.
    pub handle: String,
    /// Where mail reaches the person.
    pub email: String,
    /// The password.
    pub password: SecretString,
    /// The name to show.
    pub display_name: String,
}

/// Somebody whom an operator makes: no mail is sent, the address counts as confirmed.
#[derive(Debug)]
pub struct NewUser {
    /// The unique name; reserved ones are allowed.
    pub handle: String,
    /// Without one, the address is one that reaches nobody.
    pub email: Option<String>,
    /// Without one, nobody signs in by password.
    pub password: Option<SecretString>,
    /// The name to show.
    pub display_name: String,
}

impl Identity {
    /// Makes a person and mails them a link that confirms the address.
    ///
    /// # Errors
    /// What is wrong with a field, [`IdentityError::HandleTaken`], [`IdentityError::EmailTaken`],
    /// [`IdentityError::Busy`], or the database's fault.
    pub async fn register(&self, form: Registration) -> Result<User, IdentityError> {
        let handle = Handle::parse(&form.handle)?;
        let email = Email::parse(&form.email)?;
        let display_name = DisplayName::parse(&form.display_name)?;
        if handle.is_reserved() {
            return Err(IdentityError::HandleTaken);
        }
        let password = NewPassword::parse(form.password, &handle, &email)?;
        // The database decides; this only spares the hash, and names the handle when both it and the address are taken.
        if self.store.by_handle(handle.clone()).await?.is_some() {
            return Err(IdentityError::HandleTaken);
        }
        let user = User {
            id: UserId::fresh(),
            handle,
            display_name,
            email,
            email_verified_at: None,
        };
        let mail = self.token_mail(&user);
        let row = NewRow {
            user: user.clone(),
            password_hash: self.passwords.hash(password).await?,
            created_at: self.clock.now(),
        };
        self.store.insert_user(row, mail).await?;
        self.outbox.wake();
        Ok(user)
    }

    /// Makes a person for an operator.
    ///
    /// # Errors
    /// As [`Identity::register`].
    pub async fn create_user(&self, new: NewUser) -> Result<User, IdentityError> {
        let handle = Handle::parse(&new.handle)?;
        let email = match &new.email {
            Some(email) => Email::parse(email)?,
            None => Email::nobody(&handle),
        };
        let now = self.clock.now();
        let user = User {
            id: UserId::fresh(),
            display_name: DisplayName::parse(&new.display_name)?,
            email_verified_at: Some(now),
            handle,
            email,
        };
        let password_hash = match new.password {
            Some(password) => {
                let password = NewPassword::parse(password, &user.handle, &user.email)?;
                self.passwords.hash(password).await?
            }
            None => UNUSABLE.to_owned(),
        };
        let row = NewRow {
            user: user.clone(),
            password_hash,
            created_at: now,
        };
        self.store.insert_user(row, None).await?;
        Ok(user)
    }

    /// Confirms the address that a token was mailed to. A token works once.
    ///
    /// # Errors
    /// [`IdentityError::TokenInvalid`], or the database's fault.
    pub async fn verify_email(&self, token: &str) -> Result<UserId, IdentityError> {
        let token = Token::parse(token.trim()).ok_or(IdentityError::TokenInvalid)?;
        self.store.use_email_token(token.hash(), self.clock.now()).await
    }

    /// Mails another link, unless the address is confirmed.
    ///
    /// # Errors
    /// [`IdentityError::MailTooSoon`], or the database's fault.
    pub async fn resend_verification(&self, user: &User) -> Result<(), IdentityError> {
        if user.is_verified() {
            return Ok(());
        }
        if let Some(mail) = self.token_mail(user) {
            self.store.add_email_token(user, mail, self.clock.now()).await?;
            self.outbox.wake();
        }
        Ok(())
    }

    /// Whether the person may take a step that may have to wait for a confirmed address.
    ///
    /// # Errors
    /// [`IdentityError::EmailUnverified`].
    pub fn allow(&self, step: Step, user: &User) -> Result<(), IdentityError> {
        verify_email::allow(self.rules.email_verification, step, user)
    }

    /// When an address must be confirmed.
    #[must_use]
    pub fn email_verification(&self) -> EmailVerification {
        self.rules.email_verification
    }

    /// A mail with a fresh token. `None` when the address cannot be written into one, which its own rule prevents.
    fn token_mail(&self, user: &User) -> Option<TokenMail> {
        let token = Token::fresh();
        match verify_email::mail(&self.rules.public_origin, user, &token) {
            Ok(mail) => Some(TokenMail {
                hash: token.hash(),
                mail,
            }),
            Err(error) => {
                tracing::error!(%error, user = %user.id, "a mail could not be written");
                None
            }
        }
    }
}
