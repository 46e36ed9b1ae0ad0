//! Passwords: which are taken, and how they are hashed without stopping anything else.
//!
//! argon2id with 19 MiB and two passes takes about 30 ms of a core. Hashing runs on blocking threads, a few at once;
//! a bounded number waits for them, and whoever comes after those is told `busy`: a flood of sign-ins stops sign-ins
//! for a while, and never chat.

mod hasher;

use std::sync::Arc;

use argon2::Params;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::Handle as Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::hasher::Hasher;
use super::{Email, Handle, IdentityError};

/// Memory of one hash, in KiB: OWASP's first choice for argon2id.
const MEMORY_KIB: u32 = 19 * 1_024;
/// Passes over that memory.
const PASSES: u32 = 2;
/// Lanes of one hash; each hash has one thread.
const LANES: u32 = 1;
/// Bytes of salt and of the hash for people who are not there.
const SALT_BYTES: usize = 16;
const DUMMY_HASH_BYTES: usize = 32;
/// Characters of the shortest password.
const MIN_CHARS: usize = 10;
/// Characters of the longest password: hashing reads all of them.
const MAX_CHARS: usize = 128;
/// Runs on keyboards and in the alphabet. A password that follows them has at most this many jumps beside.
const MAX_JUMPS: usize = 1;
const RUNS: &[&str] = &[
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
];
/// What is left of the commonest passwords when digits and signs at their end are taken off.
const COMMON: &[&str] = &[
    "password",
    "passw0rd",
    "p@ssword",
    "p@ssw0rd",
    "passwort",
    "qwerty",
    "letmein",
    "welcome",
    "iloveyou",
    "administrator",
    "admin",
    "changeme",
    "football",
    "baseball",
    "princess",
    "sunshine",
    "superman",
    "trustno",
    "woaini",
    "quipu",
];
/// Stands where a hash belongs, for accounts that nobody signs in to by password. It is no PHC string, so nothing
/// ever verifies against it.
pub(super) const UNUSABLE: &str = "!";

/// A password that is good enough to be set.
#[derive(Debug)]
pub struct NewPassword(SecretString);

impl NewPassword {
    /// Takes a password for somebody of this handle and address.
    ///
    /// # Errors
    /// [`IdentityError::PasswordWeak`] when its length is wrong or it would be among the first to be guessed.
    pub fn parse(text: SecretString, handle: &Handle, email: &Email) -> Result<Self, IdentityError> {
        let plain = text.expose_secret();
        let long_enough = plain.chars().nth(MIN_CHARS - 1).is_some();
        if !long_enough || is_too_long(plain) || is_guessed(plain, handle, email) {
            return Err(IdentityError::PasswordWeak);
        }
        Ok(Self(text))
    }
}

fn is_too_long(plain: &str) -> bool {
    plain.chars().nth(MAX_CHARS).is_some()
}

/// Whether a guesser would begin with it: the person's own names, a common word with digits behind it, one character
/// again and again, a walk along the keyboard.
fn is_guessed(plain: &str, handle: &Handle, email: &Email) -> bool {
    let folded = plain.to_lowercase();
    let stem = folded.trim_end_matches(|c: char| !c.is_alphabetic());
    let own = [handle.as_str(), email.as_str(), email.local_part()];
    own.iter()
        .any(|name| folded == *name || stem == *name || is_repetition_of(&folded, name))
        || COMMON
            .iter()
            .any(|word| stem == *word || is_repetition_of(&folded, word))
        || jumps(&folded) <= MAX_JUMPS
}

fn is_repetition_of(text: &str, part: &str) -> bool {
    !part.is_empty() && text.len() > part.len() && text.replace(part, "").is_empty()
}

/// How often the next character is neither the same as the last nor its neighbour on a run.
fn jumps(text: &str) -> usize {
    text.chars()
        .zip(text.chars().skip(1))
        .filter(|(a, b)| a != b && !are_neighbours(*a, *b))
        .count()
}

fn are_neighbours(a: char, b: char) -> bool {
    RUNS.iter().any(|run| {
        run.chars()
            .zip(run.chars().skip(1))
            .any(|pair| pair == (a, b) || pair == (b, a))
    })
}

/// Hashes and checks passwords. Clones share the threads and the queue.
#[derive(Clone)]
pub(super) struct Passwords {
    hasher: Hasher,
    dummy: Arc<str>,
    at_once: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    runtime: Runtime,
}

impl Passwords {
    /// `at_once` hashes run on the runtime's blocking threads while at most `queue` wait.
    pub(super) fn new(at_once: usize, queue: usize, runtime: Runtime) -> Result<Self, IdentityError> {
        let at_once = at_once.clamp(1, Semaphore::MAX_PERMITS);
        let admitted = at_once.saturating_add(queue).min(Semaphore::MAX_PERMITS);
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| IdentityError::Hashing(e.to_string()))?;
        let hasher = Hasher::new(params);
        // Made from what nobody knows, so that no password verifies against it, at the price of a real one.
        let dummy = hash_with(&hasher, &rand::random::<[u8; DUMMY_HASH_BYTES]>())?;
        Ok(Self {
            hasher,
            dummy: dummy.into(),
            at_once: Arc::new(Semaphore::new(at_once)),
            admitted: Arc::new(Semaphore::new(admitted)),
            runtime,
        })
    }

    /// The hash to keep for a new password.
    pub(super) async fn hash(&self, password: NewPassword) -> Result<String, IdentityError> {
        self.hash_text(password.0).await
    }

    /// The hash to keep for a text that is secret itself, such as what stands for a PIN.
    pub(super) async fn hash_text(&self, text: SecretString) -> Result<String, IdentityError> {
        let hasher = self.hasher.clone();
        self.run(move || hash_with(&hasher, text.expose_secret().as_bytes()))
            .await?
    }

    /// Whether the password is the one behind `hash`. Without a hash, or with one that cannot be read, it takes as
    /// long and is never: whoever watches the clock learns nothing about who is registered.
    pub(super) async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<bool, IdentityError> {
        let hasher = self.hasher.clone();
        let dummy = self.dummy.clone();
        self.run(move || {
            let plain = password.expose_secret();
            let known = hash.as_deref().and_then(|hash| PasswordHash::new(hash).ok());
            // No password of this length was ever set; what is hashed instead keeps the time.
            let plain = if is_too_long(plain) { "" } else { plain };
            match known {
                Some(known) => hasher.verify_password(plain.as_bytes(), &known).is_ok(),
                None => {
                    if let Ok(dummy) = PasswordHash::new(&dummy) {
                        // Only the time that this takes is wanted.
                        let _ = hasher.verify_password(plain.as_bytes(), &dummy);
                    }
                    false
                }
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, IdentityError> {
        let admitted = self
            .admitted
            .clone()
            .try_acquire_owned()
            .map_err(|_| IdentityError::Busy)?;
        let turn = self
            .at_once
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| IdentityError::Busy)?;
        // The permits go with the work: a caller that hangs up leaves its hash running, and that still counts.
        let permits: [OwnedSemaphorePermit; 2] = [admitted, turn];
        let task = self.runtime.spawn_blocking(move || {
            let result = work();
            drop(permits);
            result
        });
        task.await.map_err(|error| IdentityError::Hashing(error.to_string()))
    }
}

fn hash_with(hasher: &Hasher, password: &[u8]) -> Result<String, IdentityError> {
    let salt: [u8; SALT_BYTES] = rand::random();
    hasher
        .hash_password_with_salt(password, &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| IdentityError::Hashing(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn parse(text: &str) -> Result<NewPassword, IdentityError> {
        let handle = Handle::parse("ada.lovelace").unwrap();
        let email = Email::parse("countess.of.l@example.com").unwrap();
        NewPassword::parse(text.into(), &handle, &email)
    }

    fn passwords(at_once: usize, queue: usize) -> Passwords {
        Passwords::new(at_once, queue, Runtime::current()).unwrap()
    }

    #[test]
    fn ordinary_passwords_are_taken() {
        for text in [
            "correct horse",
            "tr0ub4dor&3x",
            "我的密码是一句很长的话",
            "x7#kQ9!mZp",
            "horse battery 12345",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
        assert!(parse(&"xk9 ".repeat(32)).is_ok());
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for text in [
            "",
            "short pw",
            &"xk9 ".repeat(33),
            "ada.lovelace",
            "ADA.Lovelace2024",
            "ada.lovelaceada.lovelace",
            "countess.of.l@example.com",
            "countess.of.l",
            "aaaaaaaaaaaa",
            "1234567890",
            "0987654321",
            "abcdefghijkl",
            "qwertyuiop",
            "qwertyuiop123",
            "1111122222",
            "password123",
            "Passw0rd!!!!",
            "passwordpassword",
            "welcome2024!",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_and_no_other() {
        let passwords = passwords(1, 4);
        let hash = passwords.hash(parse("correct horse").unwrap()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let verify = |text: &str, hash: &str| passwords.verify(text.into(), Some(hash.to_owned()));
        assert!(verify("correct horse", &hash).await.unwrap());
        assert!(!verify("correct horsf", &hash).await.unwrap());
        assert!(!verify("", &hash).await.unwrap());
        for unusable in [UNUSABLE, ""] {
            assert!(!verify(UNUSABLE, unusable).await.unwrap());
            assert!(!verify("", unusable).await.unwrap());
        }
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn an_unknown_login_takes_as_long_as_a_known_one() {
        let passwords = passwords(1, 4);
        let hash = passwords.hash(parse("correct horse").unwrap()).await.unwrap();
        let mut fastest = [Duration::MAX; 2];
        for _ in 0..5 {
            for (slot, hash) in [Some(hash.clone()), None].into_iter().enumerate() {
                let started = Instant::now();
                passwords.verify("another horse".into(), hash).await.unwrap();
                fastest[slot] = fastest[slot].min(started.elapsed());
            }
        }
        let [known, unknown] = fastest;
        assert!(known < unknown * 2 && unknown < known * 2, "{known:?} {unknown:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn beyond_the_queue_the_answer_is_busy() {
        let passwords = passwords(1, 1);
        let verify = || passwords.verify("x".into(), None);
        let (a, b, c) = tokio::join!(verify(), verify(), verify());
        let busy = [&a, &b, &c]
            .iter()
            .filter(|r| matches!(r, Err(IdentityError::Busy)))
            .count();
        assert_eq!(busy, 1);
        assert!(verify().await.is_ok(), "the queue is free again");
    }
}
