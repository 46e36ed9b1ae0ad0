//! `[limits]`: every rate, size and time that bounds a client. What is over a limit is refused by its name.

use std::num::NonZeroU32;

use serde::Deserialize;

use super::check::Check;

/// The longest time in which a message may still be changed: ten years.
const CHANGE_SECONDS: u32 = 10 * 366 * 24 * 60 * 60;

/// `[limits]`. In a rate or a number of connections 0 is unlimited; in sizes and times it is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Messages and payments a second of one user, 0 to 1,000,000.
    pub sends_per_second: u32,
    /// How many of them may come at once, 0 to 1,000,000.
    pub sends_burst: u32,
    /// Operations of any kind a second of one user, 0 to 1,000,000.
    pub ops_per_second: u32,
    /// How many of them may come at once, 0 to 1,000,000.
    pub ops_burst: u32,
    /// Searches a second of one user, 0 to 1,000,000.
    pub searches_per_second: u32,
    /// How many of them may come at once, 0 to 1,000,000.
    pub searches_burst: u32,
    /// Sockets from one address, 0 to 1,000,000.
    pub connections_per_ip: u32,
    /// Sockets of one user on one node, 0 to 1,000,000.
    pub connections_per_user: u32,
    /// Sign-ins a minute from one address, 0 to 1,000,000.
    pub logins_per_minute_per_ip: u32,
    /// Registrations a minute from one address, 0 to 1,000,000.
    pub registers_per_minute_per_ip: u32,
    /// Look-ups of people by handle a minute of one user, 0 to 1,000,000.
    pub lookups_per_minute: u32,
    /// Receipts and statements a minute of one account, 0 to 1,000,000. 0 is unlimited.
    pub records_per_minute: u32,
    /// A frame from a client, in bytes, 1,024 to 1,048,576.
    pub frame_bytes: usize,
    /// The body of an HTTP request, in bytes, 1,024 to 1,048,576.
    pub body_bytes: usize,
    /// The text of a message, in bytes of UTF-8, 1 to `frame_bytes`.
    pub text_bytes: usize,
    /// The note of a payment, in characters, 1 to 1,000.
    pub note_chars: usize,
    /// What may wait for one socket, in bytes, at least twice `frame_bytes`, to 1 GiB. At half of it ephemeral pushes
    /// are dropped, at three quarters messages collapse into `head`, at all of it the socket is cut.
    pub outbox_bytes: usize,
    /// How long a socket may take nothing of what waits for it before it is cut, in seconds, 1 to 3,600.
    pub slow_seconds: u64,
    /// How long a socket may stay without `hello`, in seconds, 1 to 3,600.
    pub hello_seconds: u64,
    /// How often a silent client is pinged, in seconds, 1 to 3,600.
    pub heartbeat_seconds: u64,
    /// Silence after which a client is gone, in seconds, more than `heartbeat_seconds`, to 7,200.
    pub heartbeat_timeout_seconds: u64,
    /// Messages in one page of history, 1 to 1,000.
    pub history_page: u32,
    /// Logs in one `sync`, 1 to 10,000.
    pub sync_positions: usize,
    /// Members of a group, 2 to 100,000.
    pub group_members: usize,
    /// Members of a conversation up to which everybody in it hears what others have read and who types, 2 to 10,000.
    pub receipt_members: usize,
    /// Members of a conversation from which on a socket that does not look at it is only told how far it has come, 2 to
    /// 1,000,000.
    pub head_mode_members: usize,
    /// How long a message may be edited by who wrote it, in seconds, 0 to 10 years. 0 forbids it.
    pub edit_seconds: u32,
    /// How long a message may be recalled by who wrote it, in seconds, 0 to 10 years. 0 forbids it.
    pub recall_seconds: u32,
    /// Requests of one socket under way at once, 1 to 10,000.
    pub in_flight: usize,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            sends_per_second: 10,
            sends_burst: 30,
            ops_per_second: 50,
            ops_burst: 100,
            searches_per_second: 5,
            searches_burst: 20,
            connections_per_ip: 256,
            connections_per_user: 16,
            logins_per_minute_per_ip: 30,
            registers_per_minute_per_ip: 30,
            lookups_per_minute: 60,
            records_per_minute: 60,
            frame_bytes: 65_536,
            body_bytes: 65_536,
            text_bytes: 8_192,
            note_chars: 200,
            outbox_bytes: 1_048_576,
            slow_seconds: 15,
            hello_seconds: 5,
            heartbeat_seconds: 20,
            heartbeat_timeout_seconds: 45,
            history_page: 100,
            sync_positions: 500,
            group_members: 5_000,
            receipt_members: 100,
            head_mode_members: 1_001,
            edit_seconds: 172_800,
            recall_seconds: 172_800,
            in_flight: 64,
        }
    }
}

/// A token bucket: so many a second, so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How fast the bucket fills.
    pub per_second: NonZeroU32,
    /// How much it holds.
    pub burst: NonZeroU32,
}

impl LimitSettings {
    /// The bucket of `sends_per_second` and `sends_burst`; `None` is unlimited.
    pub fn sends(&self) -> Option<Rate> {
        rate(self.sends_per_second, self.sends_burst)
    }

    /// The bucket of `ops_per_second` and `ops_burst`; `None` is unlimited.
    pub fn ops(&self) -> Option<Rate> {
        rate(self.ops_per_second, self.ops_burst)
    }

    /// The bucket of `searches_per_second` and `searches_burst`; `None` is unlimited.
    pub fn searches(&self) -> Option<Rate> {
        rate(self.searches_per_second, self.searches_burst)
    }

    pub(super) fn lift_rates(&mut self) {
        for rate in [
            &mut self.sends_per_second,
            &mut self.sends_burst,
            &mut self.ops_per_second,
            &mut self.ops_burst,
            &mut self.searches_per_second,
            &mut self.searches_burst,
            &mut self.connections_per_ip,
            &mut self.connections_per_user,
            &mut self.logins_per_minute_per_ip,
            &mut self.registers_per_minute_per_ip,
            &mut self.lookups_per_minute,
            &mut self.records_per_minute,
        ] {
            *rate = 0;
        }
    }

    pub(super) fn check(&self, check: &mut Check) {
        for (key, rate) in [
            ("limits.sends_per_second", self.sends_per_second),
            ("limits.sends_burst", self.sends_burst),
            ("limits.ops_per_second", self.ops_per_second),
            ("limits.ops_burst", self.ops_burst),
            ("limits.searches_per_second", self.searches_per_second),
            ("limits.searches_burst", self.searches_burst),
            ("limits.connections_per_ip", self.connections_per_ip),
            ("limits.connections_per_user", self.connections_per_user),
            ("limits.logins_per_minute_per_ip", self.logins_per_minute_per_ip),
            ("limits.registers_per_minute_per_ip", self.registers_per_minute_per_ip),
            ("limits.lookups_per_minute", self.lookups_per_minute),
            ("limits.records_per_minute", self.records_per_minute),
        ] {
            check.within(key, rate, 0..=1_000_000);
        }
        check.within("limits.frame_bytes", self.frame_bytes, 1_024..=1_048_576);
        check.within("limits.body_bytes", self.body_bytes, 1_024..=1_048_576);
        check.within("limits.text_bytes", self.text_bytes, 1..=self.frame_bytes);
        check.within("limits.note_chars", self.note_chars, 1..=1_000);
        check.within(
            "limits.outbox_bytes",
            self.outbox_bytes,
            self.frame_bytes.saturating_mul(2)..=1 << 30,
        );
        check.within("limits.slow_seconds", self.slow_seconds, 1..=3_600);
        check.within("limits.hello_seconds", self.hello_seconds, 1..=3_600);
        check.within("limits.heartbeat_seconds", self.heartbeat_seconds, 1..=3_600);
        let past_heartbeat = self.heartbeat_seconds.saturating_add(1);
        check.within(
            "limits.heartbeat_timeout_seconds",
            self.heartbeat_timeout_seconds,
            past_heartbeat..=7_200,
        );
        check.within("limits.history_page", self.history_page, 1..=1_000);
        check.within("limits.sync_positions", self.sync_positions, 1..=10_000);
        check.within("limits.group_members", self.group_members, 2..=100_000);
        check.within("limits.receipt_members", self.receipt_members, 2..=10_000);
        check.within("limits.head_mode_members", self.head_mode_members, 2..=1_000_000);
        check.within("limits.edit_seconds", self.edit_seconds, 0..=CHANGE_SECONDS);
        check.within("limits.recall_seconds", self.recall_seconds, 0..=CHANGE_SECONDS);
        check.within("limits.in_flight", self.in_flight, 1..=10_000);
    }
}

fn rate(per_second: u32, burst: u32) -> Option<Rate> {
    Some(Rate {
        per_second: NonZeroU32::new(per_second)?,
        burst: NonZeroU32::new(burst)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_or_burst_of_zero_is_unlimited() {
        let mut limits = LimitSettings::default();
        assert_eq!(
            limits.sends().map(|r| (r.per_second.get(), r.burst.get())),
            Some((10, 30))
        );
        limits.sends_per_second = 0;
        assert_eq!(limits.sends(), None);
        limits.ops_burst = 0;
        assert_eq!(limits.ops(), None);
    }

    #[test]
    fn a_load_test_lifts_rates_and_keeps_sizes() {
        let mut limits = LimitSettings::default();
        limits.lift_rates();
        assert_eq!((limits.connections_per_ip, limits.lookups_per_minute), (0, 0));
        assert_eq!((limits.sends(), limits.ops()), (None, None));
        assert_eq!(limits.outbox_bytes, LimitSettings::default().outbox_bytes);
    }
}
