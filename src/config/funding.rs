//! `[funding]`: how money comes in and goes out.

use serde::Deserialize;

use super::check::Check;

/// `[funding]`, in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FundingSettings {
    /// Money goes to a new payment method only after so long, 0 to 2592000; 0 lets whoever stole a session empty the
    /// account at once, as far as the PIN does not keep them from it.
    pub cooling_off_seconds: u32,
    /// A provider that told nothing is asked after so long, 1 to 3600, and then after twice as long each time,
    pub poll_seconds: u32,
    /// at most so long, 1 to 86400.
    pub poll_most_seconds: u32,
    /// What is not decided after so long is put before the operator, 60 to 2592000; the provider is asked for so long
    /// whether something that was finished was called back.
    pub review_seconds: u32,
    /// What takes a while in the sandbox takes so long, 1 to 3600.
    pub sandbox_seconds: u32,
}

impl Default for FundingSettings {
    fn default() -> Self {
        Self {
            cooling_off_seconds: 12 * 3600,
            poll_seconds: 10,
            poll_most_seconds: 3600,
            review_seconds: 72 * 3600,
            sandbox_seconds: 20,
        }
    }
}

impl FundingSettings {
    pub(super) fn check(&self, check: &mut Check) {
        check.within("funding.cooling_off_seconds", self.cooling_off_seconds, 0..=2_592_000);
        check.within("funding.poll_seconds", self.poll_seconds, 1..=3_600);
        check.within("funding.poll_most_seconds", self.poll_most_seconds, 1..=86_400);
        check.within("funding.review_seconds", self.review_seconds, 60..=2_592_000);
        check.within("funding.sandbox_seconds", self.sandbox_seconds, 1..=3_600);
        if self.poll_most_seconds < self.poll_seconds {
            check.refuse("funding.poll_most_seconds", "is less than funding.poll_seconds");
        }
    }
}
