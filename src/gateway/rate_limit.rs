//! Rates that hold before anybody is known to be anyone: sign-ins and registrations of one address, look-ups of one
//! account. A bucket fills evenly and holds a minute's worth.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::config::LimitSettings;
use crate::ids::UserId;
use crate::protocol::WireError;

/// Buckets of one rate. Beyond it, those who come share the common ones: a flood of addresses costs no memory.
const MAX_BUCKETS: usize = 65_536;
/// The common ones.
const SHARED_BUCKETS: u64 = 256;
/// The least time between two looks for buckets that are full again.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// The rates of this node. 0 in a setting is unlimited.
pub struct RateLimits {
    logins: Option<PerMinute<Neighbourhood>>,
    registers: Option<PerMinute<Neighbourhood>>,
    lookups: Option<PerMinute<UserId>>,
    records: Option<PerMinute<UserId>>,
    uploads: Option<PerMinute<UserId>>,
}

impl RateLimits {
    /// The rates that are set.
    #[must_use]
    pub fn new(limits: &LimitSettings) -> Self {
        Self {
            logins: PerMinute::new("limits.logins_per_minute_per_ip", limits.logins_per_minute_per_ip),
            registers: PerMinute::new("limits.registers_per_minute_per_ip", limits.registers_per_minute_per_ip),
            lookups: PerMinute::new("limits.lookups_per_minute", limits.lookups_per_minute),
            records: PerMinute::new("limits.records_per_minute", limits.records_per_minute),
            uploads: None,
        }
    }

    /// The same with a rate of uploads that one user begins.
    #[must_use]
    pub fn with_uploads(mut self, per_minute: u32) -> Self {
        self.uploads = PerMinute::new("attachments.uploads_per_minute", per_minute);
        self
    }

    /// Somebody tries to sign in.
    ///
    /// # Errors
    /// `rate_limited` with the setting and the time to wait.
    pub fn login(&self, from: Option<IpAddr>) -> Result<(), WireError> {
        check(self.logins.as_ref(), from.map(Neighbourhood::of))
    }

    /// Somebody registers.
    ///
    /// # Errors
    /// `rate_limited` with the setting and the time to wait.
    pub fn register(&self, from: Option<IpAddr>) -> Result<(), WireError> {
        check(self.registers.as_ref(), from.map(Neighbourhood::of))
    }

    /// Somebody looks a person up by handle.
    ///
    /// # Errors
    /// `rate_limited` with the setting and the time to wait.
    pub fn lookup(&self, by: UserId) -> Result<(), WireError> {
        check(self.lookups.as_ref(), Some(by))
    }

    /// Somebody asks for a receipt or a statement.
    ///
    /// # Errors
    /// `rate_limited` with the setting and the time to wait.
    pub fn record(&self, by: UserId) -> Result<(), WireError> {
        check(self.records.as_ref(), Some(by))
    }

    /// Somebody begins an upload.
    ///
    /// # Errors
    /// `rate_limited` with the setting and the time to wait.
    pub fn upload(&self, by: UserId) -> Result<(), WireError> {
        check(self.uploads.as_ref(), Some(by))
    }
}

fn check<K: Hash + Eq + Clone>(rate: Option<&PerMinute<K>>, key: Option<K>) -> Result<(), WireError> {
    match (rate, key) {
        (Some(rate), Some(key)) => rate.check(key),
        _ => Ok(()),
    }
}

/// An address as far as one person has it: a network of IPv6 is given out whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::gateway) struct Neighbourhood(IpAddr);

impl Neighbourhood {
    pub(in crate::gateway) fn of(address: IpAddr) -> Self {
        const V6_PREFIX: u32 = 64;
        match address.to_canonical() {
            IpAddr::V6(v6) => Self(IpAddr::V6((v6.to_bits() >> V6_PREFIX << V6_PREFIX).into())),
            v4 => Self(v4),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Bucket<K> {
    Own(K),
    Shared(u64),
}

struct PerMinute<K: Hash + Eq + Clone> {
    setting: &'static str,
    buckets: DefaultKeyedRateLimiter<Bucket<K>>,
    max_buckets: usize,
    hasher: RandomState,
    clock: DefaultClock,
    swept_at: Mutex<Instant>,
}

impl<K: Hash + Eq + Clone> PerMinute<K> {
    fn new(setting: &'static str, per_minute: u32) -> Option<Self> {
        let quota = Quota::per_minute(NonZeroU32::new(per_minute)?);
        Some(Self {
            setting,
            buckets: RateLimiter::keyed(quota),
            max_buckets: MAX_BUCKETS,
            hasher: RandomState::new(),
            clock: DefaultClock::default(),
            swept_at: Mutex::new(Instant::now()),
        })
    }

    fn check(&self, key: K) -> Result<(), WireError> {
        let bucket = if self.has_room() {
            Bucket::Own(key)
        } else {
            Bucket::Shared(self.hasher.hash_one(key) % SHARED_BUCKETS)
        };
        self.buckets.check_key(&bucket).map_err(|early| {
            let wait = early.wait_time_from(self.clock.now());
            // Rounded up, so that who waits exactly this long is let in.
            let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
            WireError::rate_limited(self.setting, ms)
        })
    }

    fn has_room(&self) -> bool {
        if self.buckets.len() < self.max_buckets {
            return true;
        }
        let mut swept_at = self.swept_at.lock().unwrap_or_else(PoisonError::into_inner);
        if swept_at.elapsed() >= SWEEP_EVERY {
            *swept_at = Instant::now();
            self.buckets.retain_recent();
        }
        self.buckets.len() < self.max_buckets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ErrorCode;

    fn limits(per_minute: u32) -> RateLimits {
        RateLimits::new(&LimitSettings {
            logins_per_minute_per_ip: per_minute,
            lookups_per_minute: per_minute,
            ..LimitSettings::default()
        })
    }

    fn ip(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[test]
    fn the_setting_and_the_wait_are_named() {
        let limits = limits(2);
        assert!(limits.login(ip("203.0.113.1")).is_ok() && limits.login(ip("203.0.113.1")).is_ok());
        let refused = limits.login(ip("203.0.113.1")).unwrap_err();
        assert_eq!(refused.code, ErrorCode::RateLimited);
        assert_eq!(refused.detail.unwrap()["setting"], "limits.logins_per_minute_per_ip");
        assert!((1..=30_001).contains(&refused.retry_after_ms.unwrap()));
        assert!(limits.login(ip("203.0.113.2")).is_ok(), "another address");
    }

    #[test]
    fn a_network_of_ipv6_is_one_neighbour() {
        let limits = limits(1);
        assert!(limits.login(ip("2001:db8::1")).is_ok());
        assert!(limits.login(ip("2001:db8::2")).is_err());
        assert!(limits.login(ip("2001:db8:0:1::1")).is_ok());
        assert!(limits.login(ip("::ffff:203.0.113.1")).is_ok());
        assert!(limits.login(ip("203.0.113.1")).is_err());
    }

    #[test]
    fn zero_is_unlimited() {
        let limits = limits(0);
        let user = UserId::fresh();
        assert!((0..1_000).all(|_| limits.login(ip("203.0.113.1")).is_ok() && limits.lookup(user).is_ok()));
    }

    #[test]
    fn a_flood_of_keys_costs_no_memory() {
        let mut rate = PerMinute::<u32>::new("limits.x", 1).unwrap();
        rate.max_buckets = 100;
        let taken = (0..10_000).filter(|key| rate.check(*key).is_ok()).count();
        let most = 100 + usize::try_from(SHARED_BUCKETS).unwrap();
        assert!(rate.buckets.len() <= most && taken <= most, "{taken}");
    }
}
