//! What every message of the load begins with: its number and when it left, so that whoever receives it knows whether
//! it came in order and how long it took, without a table that all sockets would share.

/// Bytes of the longest stamp: two numbers of up to 15 digits, a space between and one behind.
pub(super) const BYTES: usize = 32;

/// A message's number and the microseconds of the timeline at which it left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) number: u64,
    pub(super) sent_at: u64,
}

impl Stamp {
    /// The stamp, filled up to `size` bytes.
    pub(super) fn write(self, size: usize) -> String {
        let mut text = format!("{} {} ", self.number, self.sent_at);
        // Words, as people write them: neither what compresses to nothing nor what must be escaped.
        const FILLER: &str = "knots on a cord carry news and accounts alike; ";
        while text.len() < size {
            let missing = size - text.len();
            text.push_str(&FILLER[..missing.min(FILLER.len())]);
        }
        // A text that ends in spaces might be trimmed, and would then have another size.
        if text.ends_with(' ') {
            text.pop();
            text.push('.');
        }
        text
    }

    /// Reads it back; none when the message is not of this load.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut words = text.splitn(3, ' ');
        let number = words.next()?.parse().ok()?;
        let sent_at = words.next()?.trim_end_matches('.').parse().ok()?;
        Some(Self { number, sent_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_has_the_size_that_is_asked_for_and_is_read_back() {
        for size in [BYTES, 33, 79, 80, 200, 8_192] {
            let stamp = Stamp {
                number: 999_999_999_999_999,
                sent_at: 3_600_000_000,
            };
            let text = stamp.write(size);
            assert_eq!(text.len(), size);
            assert_eq!(Stamp::read(&text), Some(stamp));
        }
        assert_eq!(Stamp::read("hello"), None);
    }
}
