//! How often a secret of a person may be guessed. A guess is counted in the database before it is looked at, so that many
//! at once, on whatever nodes, are as few as they would be one after the other.

use std::time::Duration;

use crate::clock::Micros;

/// Wrong guesses until something happens.
const FREE: i16 = 5;
/// The first pause between guesses of a password beyond them; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(15 * 60);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// What is guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secret {
    /// The password, by somebody who is signed in.
    Password,
    /// The PIN of payments.
    Pin,
}

impl Secret {
    /// The number in the database.
    pub(super) const fn code(self) -> i16 {
        match self {
            Self::Password => 0,
            Self::Pin => 1,
        }
    }
}

/// Why a guess is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Locked {
    /// When there may be another one; none until somebody resets the secret.
    pub(super) until: Option<Micros>,
}

/// Guesses that were wrong since the last right one, or are being looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Guesses {
    /// How many.
    pub(super) failures: i16,
    /// When the last one was.
    pub(super) last_at: Micros,
}

impl Default for Guesses {
    fn default() -> Self {
        Self {
            failures: 0,
            last_at: Micros(0),
        }
    }
}

impl Guesses {
    /// Counts one more, if there may be one at `now`. A PIN has so few that its are counted for good: 5 of 10^6. A password
    /// has a pause after as many, of 15 minutes, then twice as long each time, up to a day.
    pub(super) fn take(self, secret: Secret, now: Micros) -> Result<Self, Locked> {
        if self.failures >= FREE {
            match secret {
                Secret::Pin => return Err(Locked { until: None }),
                Secret::Password => {
                    let until = self.last_at.plus(self.pause());
                    if now < until {
                        return Err(Locked { until: Some(until) });
                    }
                }
            }
        }
        Ok(Self {
            failures: self.failures.saturating_add(1),
            last_at: now,
        })
    }

    /// How many more there may be before it is locked.
    pub(super) fn left(self) -> i16 {
        (FREE - self.failures).max(0)
    }

    fn pause(self) -> Duration {
        let beyond = u32::try_from(self.failures - FREE).unwrap_or(0);
        let pause = 2_u32
            .checked_pow(beyond)
            .and_then(|times| FIRST_PAUSE.checked_mul(times));
        pause.map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;

    #[test]
    fn a_pin_is_locked_for_good_after_five() {
        let mut guesses = Guesses::default();
        for left in [4, 3, 2, 1, 0] {
            guesses = guesses.take(Secret::Pin, Micros(1)).unwrap();
            assert_eq!(guesses.left(), left);
        }
        let later = Micros(i64::MAX);
        assert_eq!(guesses.take(Secret::Pin, later), Err(Locked { until: None }));
    }

    #[test]
    fn a_password_has_pauses_that_double_up_to_a_day() {
        let mut guesses = Guesses::default();
        for _ in 0..FREE {
            guesses = guesses.take(Secret::Password, Micros(0)).unwrap();
        }
        let mut waited = Vec::new();
        for _ in 0..9 {
            let Err(Locked { until: Some(until) }) = guesses.take(Secret::Password, guesses.last_at) else {
                panic!("{guesses:?} may be guessed at once");
            };
            waited.push((until.0 - guesses.last_at.0) / MINUTE);
            assert!(guesses.take(Secret::Password, Micros(until.0 - 1)).is_err());
            guesses = guesses.take(Secret::Password, until).unwrap();
        }
        assert_eq!(waited, [15, 30, 60, 120, 240, 480, 960, 1_440, 1_440]);
        let many = Guesses {
            failures: i16::MAX,
            last_at: Micros(0),
        };
        assert_eq!(many.pause(), LONGEST_PAUSE);
    }
}
