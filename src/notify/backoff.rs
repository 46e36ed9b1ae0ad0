//! When a mail is tried again, and when it is given up.

use std::time::Duration;

/// The wait after the first attempt; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_secs(15);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// Attempts in all. With the waits between them, a mail server may be away for half a day.
const MAX_ATTEMPTS: u32 = 20;

/// The wait after so many attempts have failed; `None` when that was the last one.
pub(super) fn wait_after(attempts: u32) -> Option<Duration> {
    if attempts >= MAX_ATTEMPTS {
        return None;
    }
    let doubled = FIRST_WAIT.saturating_mul(1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX));
    Some(doubled.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour_and_end() {
        let seconds = |attempts| wait_after(attempts).map(|wait| wait.as_secs());
        assert_eq!([1, 2, 3].map(seconds), [Some(15), Some(30), Some(60)]);
        assert_eq!(seconds(19), Some(3_600));
        assert_eq!(seconds(20), None);
        let total: u64 = (1..20).filter_map(seconds).sum();
        assert!((10 * 3_600..13 * 3_600).contains(&total), "{total}");
    }
}
