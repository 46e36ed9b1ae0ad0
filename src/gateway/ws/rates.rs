//! How often an account may do something on this node, over all its sockets.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::config::{LimitSettings, Rate};
use crate::ids::UserId;
use crate::protocol::WireError;

/// How often buckets that are full again are forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(10);

/// The rates of signed-in accounts. 0 in a setting is unlimited.
pub struct OpRates {
    ops: Option<DefaultKeyedRateLimiter<UserId>>,
    sends: Option<DefaultKeyedRateLimiter<UserId>>,
    searches: Option<DefaultKeyedRateLimiter<UserId>>,
    swept_at: Mutex<Instant>,
}

impl OpRates {
    /// The rates that are set.
    #[must_use]
    pub fn new(limits: &LimitSettings) -> Self {
        let keyed = |rate: Rate| RateLimiter::keyed(Quota::per_second(rate.per_second).allow_burst(rate.burst));
        Self {
            ops: limits.ops().map(keyed),
            sends: limits.sends().map(keyed),
            searches: limits.searches().map(keyed),
            swept_at: Mutex::new(Instant::now()),
        }
    }

    /// Any operation of an account.
    ///
    /// # Errors
    /// `rate_limited` with the setting and the time to wait.
    pub(super) fn operation(&self, by: UserId) -> Result<(), WireError> {
        self.sweep();
        check(self.ops.as_ref(), by, "limits.ops_per_second")
    }

    /// A message or a payment of an account.
    ///
    /// # Errors
    /// `rate_limited` with the setting and the time to wait.
    pub(super) fn send(&self, by: UserId) -> Result<(), WireError> {
        check(self.sends.as_ref(), by, "limits.sends_per_second")
    }

    /// A search of an account.
    ///
    /// # Errors
    /// `rate_limited` with the setting and the time to wait.
    pub(super) fn search(&self, by: UserId) -> Result<(), WireError> {
        check(self.searches.as_ref(), by, "limits.searches_per_second")
    }

    fn sweep(&self) {
        // Whoever finds the lock taken leaves the sweeping to the one who has it.
        let Ok(mut swept_at) = self.swept_at.try_lock() else {
            return;
        };
        if swept_at.elapsed() < SWEEP_EVERY {
            return;
        }
        *swept_at = Instant::now();
        for rate in [&self.ops, &self.sends, &self.searches].into_iter().flatten() {
            rate.retain_recent();
        }
    }
}

fn check(rate: Option<&DefaultKeyedRateLimiter<UserId>>, by: UserId, setting: &'static str) -> Result<(), WireError> {
    let Some(rate) = rate else { return Ok(()) };
    rate.check_key(&by).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        WireError::rate_limited(setting, u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1))
    })
}
