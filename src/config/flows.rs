//! `[flows]`: how long what people agree on with money stays open.

use serde::Deserialize;

use super::check::Check;

/// `[flows]`, in seconds; each 1 to 31536000.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlowSettings {
    /// A payment that was not accepted goes back after so long.
    pub accept_seconds: u32,
    /// Its payee is reminded after so long.
    pub accept_reminder_seconds: u32,
    /// A request ends after so long.
    pub request_seconds: u32,
    /// Who has not answered it is reminded after so long, three times at most.
    pub request_reminder_seconds: u32,
    /// What is left of a red packet goes back after so long.
    pub packet_seconds: u32,
    /// A bill ends after so long.
    pub bill_seconds: u32,
    /// Who has not paid their share is reminded after so long, three times at most.
    pub bill_reminder_seconds: u32,
    /// A planned payment that could not be made for so long, since no server ran, is skipped.
    pub schedule_late_seconds: u32,
    /// A dispute that no operator has taken up is put before them after so long.
    pub dispute_review_seconds: u32,
}

impl Default for FlowSettings {
    fn default() -> Self {
        Self {
            accept_seconds: 24 * 3600,
            accept_reminder_seconds: 20 * 3600,
            request_seconds: 7 * 24 * 3600,
            request_reminder_seconds: 24 * 3600,
            packet_seconds: 24 * 3600,
            bill_seconds: 30 * 24 * 3600,
            bill_reminder_seconds: 3 * 24 * 3600,
            schedule_late_seconds: 24 * 3600,
            dispute_review_seconds: 24 * 3600,
        }
    }
}

impl FlowSettings {
    pub(super) fn check(&self, check: &mut Check) {
        for (name, seconds) in [
            ("flows.accept_seconds", self.accept_seconds),
            ("flows.accept_reminder_seconds", self.accept_reminder_seconds),
            ("flows.request_seconds", self.request_seconds),
            ("flows.request_reminder_seconds", self.request_reminder_seconds),
            ("flows.packet_seconds", self.packet_seconds),
            ("flows.bill_seconds", self.bill_seconds),
            ("flows.bill_reminder_seconds", self.bill_reminder_seconds),
            ("flows.schedule_late_seconds", self.schedule_late_seconds),
            ("flows.dispute_review_seconds", self.dispute_review_seconds),
        ] {
            check.within(name, seconds, 1..=31_536_000);
        }
    }
}
