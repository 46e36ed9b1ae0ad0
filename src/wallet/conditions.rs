//! On what a request for money is carried out, beside what it is. It is asked after an earlier answer was looked for: what
//! was done stays done, whatever the time is now and whoever confirmed it.

use super::WalletError;
use crate::clock::Micros;
use crate::identity::Lack;

/// Whether whoever pays has confirmed this very request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Consent {
    /// Nobody asks for it.
    #[default]
    NotNeeded,
    /// They have, and it counts before this time.
    Until(Micros),
    /// They have not.
    Lacking(Lack),
}

/// See the module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Refuse it after this time.
    pub not_after: Option<Micros>,
    /// Whether it was confirmed.
    pub consent: Consent,
}

impl Conditions {
    /// Whether they hold.
    ///
    /// # Errors
    /// [`WalletError::NotAfterPassed`], [`WalletError::StepUpRequired`]; neither is final.
    pub fn hold(&self, now: Micros) -> Result<(), WalletError> {
        if self.not_after.is_some_and(|last| now > last) {
            return Err(WalletError::NotAfterPassed);
        }
        match self.consent {
            Consent::Until(end) if now >= end => Err(WalletError::StepUpRequired(Lack::Expired)),
            Consent::NotNeeded | Consent::Until(_) => Ok(()),
            Consent::Lacking(lack) => Err(WalletError::StepUpRequired(lack)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_must_hold() {
        let lacking = Consent::Lacking(Lack::Other);
        let hold = |not_after, consent| Conditions { not_after, consent }.hold(Micros(5));
        assert_eq!(hold(None, Consent::NotNeeded), Ok(()));
        assert_eq!(hold(Some(Micros(5)), Consent::Until(Micros(6))), Ok(()));
        assert_eq!(hold(Some(Micros(4)), lacking), Err(WalletError::NotAfterPassed));
        assert_eq!(hold(None, lacking), Err(WalletError::StepUpRequired(Lack::Other)));
        let passed = hold(None, Consent::Until(Micros(5)));
        assert_eq!(passed, Err(WalletError::StepUpRequired(Lack::Expired)));
    }
}
