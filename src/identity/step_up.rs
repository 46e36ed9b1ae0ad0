//! Confirming one request: what is confirmed is what is done. A challenge names the request by its digest, and so does what
//! is given for it, beside the person and the login; both are codes that only this deployment's vault makes, so nothing is
//! kept of them. Another payee, amount, transfer or login is another digest, and the code is of no use for it; that it
//! has its effect once is the caller's id in the request.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::IdentityError;
use crate::clock::Micros;
use crate::ids::{SessionId, UserId};
use crate::vault::{MAC_BYTES, MacKey};

/// How long somebody may take to confirm.
const CHALLENGE_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// How long a confirmation can be used.
const GRANT_LIFETIME: Duration = Duration::from_secs(2 * 60);
/// Bytes of a digest.
const DIGEST_BYTES: usize = 32;
/// Bytes of a time.
const TIME_BYTES: usize = 8;

/// What names a request: SHA-256 over all that it says.
pub type RequestDigest = [u8; DIGEST_BYTES];

/// What is confirmed, by whom, on which login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirming {
    /// Who.
    pub user: UserId,
    /// On which login.
    pub session: SessionId,
    /// What.
    pub digest: RequestDigest,
}

/// What was given out, and until when it can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// As it is written.
    pub text: String,
    /// Its end.
    pub expires_at: Micros,
}

/// What a request lacks that has to be confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// Nothing was confirmed.
    Missing,
    /// Something else was: another request, or on another login.
    Other,
    /// It was confirmed too long ago.
    Expired,
}

impl Lack {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Other => "other",
            Self::Expired => "expired",
        }
    }
}

/// Gives out challenges and confirmations, and knows them again. Clones are the same.
#[derive(Debug, Clone)]
pub struct StepUp(MacKey);

impl StepUp {
    /// By the vault's key for it.
    #[must_use]
    pub(super) const fn new(key: MacKey) -> Self {
        Self(key)
    }

    /// Asks to confirm something.
    #[must_use]
    pub fn challenge(&self, what: &Confirming, now: Micros) -> Issued {
        let expires_at = now.plus(CHALLENGE_LIFETIME);
        let mac = self.code(b"challenge", what, expires_at);
        issued(&[&expires_at.0.to_be_bytes(), &what.digest, &mac], expires_at)
    }

    /// What a challenge asked this person to confirm on this login.
    ///
    /// # Errors
    /// [`IdentityError::ConfirmationInvalid`] when it is none, somebody else's, another login's, or too old.
    pub fn answered(
        &self,
        challenge: &str,
        (user, session): (UserId, SessionId),
        now: Micros,
    ) -> Result<Confirming, IdentityError> {
        let read = read::<{ TIME_BYTES + DIGEST_BYTES + MAC_BYTES }>(challenge);
        let bytes = read.ok_or(IdentityError::ConfirmationInvalid)?;
        let (expires_at, rest) = time(&bytes);
        let (digest, mac) = rest.split_at(DIGEST_BYTES);
        let digest = digest.try_into().map_err(|_| IdentityError::ConfirmationInvalid)?;
        let what = Confirming { user, session, digest };
        if !self.made(mac, b"challenge", &what, expires_at) || now >= expires_at {
            return Err(IdentityError::ConfirmationInvalid);
        }
        Ok(what)
    }

    /// What the request is sent with, once it is confirmed.
    #[must_use]
    pub fn grant(&self, what: &Confirming, now: Micros) -> Issued {
        let expires_at = now.plus(GRANT_LIFETIME);
        let mac = self.code(b"grant", what, expires_at);
        issued(&[&expires_at.0.to_be_bytes(), &mac], expires_at)
    }

    /// Until when a request is confirmed by what it is sent with; none if it is not.
    #[must_use]
    pub fn check(&self, grant: &str, what: &Confirming) -> Option<Micros> {
        let bytes = read::<{ TIME_BYTES + MAC_BYTES }>(grant)?;
        let (expires_at, mac) = time(&bytes);
        self.made(mac, b"grant", what, expires_at).then_some(expires_at)
    }

    fn code(&self, kind: &[u8], what: &Confirming, expires_at: Micros) -> [u8; MAC_BYTES] {
        let (user, session) = (what.user.bytes(), what.session.bytes());
        self.0
            .of(&[kind, &user, &session, &what.digest, &expires_at.0.to_be_bytes()])
    }

    fn made(&self, mac: &[u8], kind: &[u8], what: &Confirming, expires_at: Micros) -> bool {
        let (user, session) = (what.user.bytes(), what.session.bytes());
        let parts: [&[u8]; 5] = [kind, &user, &session, &what.digest, &expires_at.0.to_be_bytes()];
        self.0.made(mac, &parts)
    }
}

fn issued(parts: &[&[u8]], expires_at: Micros) -> Issued {
    Issued {
        text: URL_SAFE_NO_PAD.encode(parts.concat()),
        expires_at,
    }
}

fn read<const N: usize>(text: &str) -> Option<[u8; N]> {
    // Longer than it could be is not decoded at all.
    if text.len() > N.div_ceil(3) * 4 {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// The time at the beginning, and the rest.
fn time(bytes: &[u8]) -> (Micros, &[u8]) {
    match bytes.split_first_chunk::<TIME_BYTES>() {
        Some((time, rest)) => (Micros(i64::from_be_bytes(*time)), rest),
        None => (Micros(0), bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::mac_key_of;

    const NOW: Micros = Micros(1_000_000_000);

    fn step_up() -> StepUp {
        StepUp::new(mac_key_of([5; 32]))
    }

    fn what() -> Confirming {
        Confirming {
            user: UserId::fresh(),
            session: SessionId::fresh(),
            digest: [8; 32],
        }
    }

    #[test]
    fn a_confirmation_is_of_one_request_of_one_person_on_one_login() {
        let (step_up, what) = (step_up(), what());
        let grant = step_up.grant(&what, NOW);
        assert_eq!(step_up.check(&grant.text, &what), Some(grant.expires_at));
        let user = UserId::fresh();
        let session = SessionId::fresh();
        for other in [
            Confirming { user, ..what },
            Confirming { session, ..what },
            Confirming {
                digest: [9; 32],
                ..what
            },
        ] {
            assert_eq!(step_up.check(&grant.text, &other), None);
        }
    }

    #[test]
    fn a_challenge_is_answered_by_whom_it_was_given_in_time() {
        let (step_up, what) = (step_up(), what());
        let given = step_up.challenge(&what, NOW);
        let answered = |user, session, at| step_up.answered(&given.text, (user, session), at);
        assert_eq!(answered(what.user, what.session, NOW).unwrap(), what);
        assert!(answered(UserId::fresh(), what.session, NOW).is_err());
        assert!(answered(what.user, SessionId::fresh(), NOW).is_err());
        assert!(answered(what.user, what.session, given.expires_at).is_err());
    }

    #[test]
    fn nothing_that_was_changed_or_is_something_else_counts() {
        let (step_up, what) = (step_up(), what());
        let (challenge, grant) = (step_up.challenge(&what, NOW), step_up.grant(&what, NOW));
        let by = (what.user, what.session);
        for text in ["", "x", &grant.text, &challenge.text[1..], &challenge.text.repeat(9)] {
            assert!(step_up.answered(text, by, NOW).is_err(), "{text}");
        }
        for text in ["", "x", &challenge.text, &grant.text[1..], &grant.text.repeat(9)] {
            assert_eq!(step_up.check(text, &what), None, "{text}");
        }
        for at in 0..grant.text.len() - 1 {
            let mut changed = grant.text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(step_up.check(&changed, &what), None, "at {at}");
        }
        let stranger = StepUp::new(mac_key_of([6; 32])).grant(&what, NOW);
        assert_eq!(step_up.check(&stranger.text, &what), None);
    }
}
