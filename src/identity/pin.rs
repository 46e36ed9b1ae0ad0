//! The PIN by which whoever pays confirms it. It is kept as a password is, over a code that only this deployment's vault
//! makes of it: whoever has the database alone cannot try the million there are.

use secrecy::{ExposeSecret, SecretString};

use super::guess::{Locked, Secret};
use super::{Identity, IdentityError};
use crate::ids::UserId;

/// Digits of a PIN.
const DIGITS: usize = 6;
/// Digits that follow each other like this are on every list of what is guessed first.
const RUN: &str = "01234567890123456789";

/// A PIN that is good enough to be set. It is not shown.
pub struct Pin(SecretString);

impl Pin {
    /// Takes six digits.
    ///
    /// # Errors
    /// [`IdentityError::PinWeak`] for anything else, and for what is guessed first: a run up or down, one, two or three
    /// digits again and again.
    pub fn parse(text: SecretString) -> Result<Self, IdentityError> {
        let digits = text.expose_secret();
        if !is_six_digits(digits) || is_guessed(digits) {
            return Err(IdentityError::PinWeak);
        }
        Ok(Self(text))
    }
}

fn is_six_digits(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_guessed(digits: &str) -> bool {
    let backwards: String = digits.chars().rev().collect();
    let repeats = |part: usize| {
        digits
            .get(..part)
            .is_some_and(|start| digits == start.repeat(DIGITS / part))
    };
    RUN.contains(digits) || RUN.contains(&backwards) || [1, 2, 3].into_iter().any(repeats)
}

/// How somebody's PIN stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PinState {
    /// There is one.
    pub set: bool,
    /// It was guessed wrongly too often, and is of no use until it is reset.
    pub locked: bool,
    /// Wrong guesses until then.
    pub left: i16,
}

impl Identity {
    /// Sets somebody's first PIN. The password is asked for, since whoever found an open session could set one otherwise.
    ///
    /// # Errors
    /// [`IdentityError::PinWeak`], [`IdentityError::PinExists`], [`IdentityError::PasswordWrong`],
    /// [`IdentityError::TooManyTries`], [`IdentityError::Busy`], or the database's fault.
    pub async fn set_pin(&self, user: UserId, password: SecretString, pin: SecretString) -> Result<(), IdentityError> {
        let pin = Pin::parse(pin)?;
        if self.store.pin_of(user).await?.is_some() {
            return Err(IdentityError::PinExists);
        }
        self.confirm_password(user, password).await?;
        let hash = self.passwords.hash_text(self.peppered(user, &pin.0)).await?;
        match self.store.insert_pin(user, hash, self.clock.now()).await? {
            true => Ok(()),
            false => Err(IdentityError::PinExists),
        }
    }

    /// Sets another PIN in place of the old one.
    ///
    /// # Errors
    /// As [`Self::confirm_pin`]; [`IdentityError::PinWeak`].
    pub async fn change_pin(&self, user: UserId, old: SecretString, new: SecretString) -> Result<(), IdentityError> {
        let new = Pin::parse(new)?;
        self.confirm_pin(user, old).await?;
        let hash = self.passwords.hash_text(self.peppered(user, &new.0)).await?;
        self.store.replace_pin(user, hash, self.clock.now()).await
    }

    /// Whether it is their PIN. A guess counts before it is looked at.
    ///
    /// # Errors
    /// [`IdentityError::PinNotSet`], [`IdentityError::PinWrong`], [`IdentityError::PinLocked`], [`IdentityError::Busy`],
    /// or the database's fault.
    pub async fn confirm_pin(&self, user: UserId, pin: SecretString) -> Result<(), IdentityError> {
        let hash = self.store.pin_of(user).await?.ok_or(IdentityError::PinNotSet)?;
        if !is_six_digits(pin.expose_secret()) {
            // It is nobody's, so nothing was guessed.
            return Err(IdentityError::NotAPin);
        }
        let locked = |_: Locked| IdentityError::PinLocked;
        let guess = self
            .store
            .take_guess(user, Secret::Pin, self.clock.now(), locked)
            .await?;
        match self.passwords.verify(self.peppered(user, &pin), Some(hash)).await {
            Ok(true) => self.store.forget_guesses(user, Secret::Pin).await,
            Ok(false) if guess.left() == 0 => Err(IdentityError::PinLocked),
            Ok(false) => Err(IdentityError::PinWrong { left: guess.left() }),
            Err(error) => {
                self.store.give_guess_back(user, Secret::Pin).await?;
                Err(error)
            }
        }
    }

    /// How somebody's PIN stands.
    ///
    /// # Errors
    /// The database's fault.
    pub async fn pin_state(&self, user: UserId) -> Result<PinState, IdentityError> {
        let set = self.store.pin_of(user).await?.is_some();
        let left = self.store.guesses(user, Secret::Pin).await?.left();
        Ok(PinState {
            set,
            locked: set && left == 0,
            left,
        })
    }

    /// Forgets somebody's PIN and how often it was guessed, by an operator who knows whom they talk to. Whether there was
    /// one.
    ///
    /// # Errors
    /// The database's fault.
    pub async fn remove_pin(&self, user: UserId) -> Result<bool, IdentityError> {
        self.store.remove_pin(user).await
    }

    /// Whether it is the password of somebody who is signed in.
    async fn confirm_password(&self, user: UserId, password: SecretString) -> Result<(), IdentityError> {
        let found = self.store.by_id(user).await?;
        let (_, hash) = found.ok_or(IdentityError::UserNotFound)?;
        let now = self.clock.now();
        let locked = move |locked: Locked| {
            let wait = locked.until.map_or(0, |until| until.0.saturating_sub(now.0));
            IdentityError::TooManyTries {
                retry_after_ms: u64::try_from(wait / 1_000).unwrap_or(0).saturating_add(1),
            }
        };
        self.store.take_guess(user, Secret::Password, now, locked).await?;
        match self.passwords.verify(password, Some(hash)).await {
            Ok(true) => self.store.forget_guesses(user, Secret::Password).await,
            Ok(false) => Err(IdentityError::PasswordWrong),
            Err(error) => {
                self.store.give_guess_back(user, Secret::Password).await?;
                Err(error)
            }
        }
    }

    /// What is hashed in place of a PIN.
    fn peppered(&self, user: UserId, pin: &SecretString) -> SecretString {
        let code = self.keys.pin.of(&[&user.bytes(), pin.expose_secret().as_bytes()]);
        SecretString::from(hex::encode(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_that_are_not_guessed_first_are_taken() {
        for text in ["246813", "100001", "314159", "902104"] {
            assert!(Pin::parse(text.into()).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_pin_or_guessed_first_is_refused() {
        for text in [
            "",
            "12345",
            "1234567",
            "12a456",
            "１２３４５６",
            "-12345",
            "000000",
            "123456",
            "654321",
            "890123",
            "321098",
            "121212",
            "123123",
            "909090",
        ] {
            assert!(Pin::parse(text.into()).is_err(), "{text}");
        }
    }
}
