//! The draw of a red packet: what each share of it holds. `docs/red-packets.md` tells a stranger how to redo it, and
//! `static/sdk/draw.js` does so from that page alone; `tests/golden/draw.json` holds both together.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::wallet::money::MAX_MINOR;

/// The most shares of one packet.
pub const MAX_SHARES: i64 = 10_000;

const STREAM_DOMAIN: &[u8] = b"quipu.draw.v1";
const COMMIT_DOMAIN: &[u8] = b"quipu.draw.commit.v1";

/// Why a packet cannot be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// Not 1 to [`MAX_SHARES`] shares.
    #[error("a packet has 1 to {MAX_SHARES} shares")]
    CountOutOfRange,
    /// Not 1 to [`MAX_MINOR`] minor units.
    #[error("a packet holds 1 to {MAX_MINOR} minor units")]
    TotalOutOfRange,
    /// Less than one minor unit a share.
    #[error("{total} minor units do not fill {count} shares")]
    TooLittle {
        /// Minor units.
        total: i64,
        /// Shares.
        count: i64,
    },
}

/// What a lucky draw follows from: 32 random bytes, secret until the packet has ended.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The seed of these bytes, which nobody can have guessed.
    #[must_use]
    pub const fn of(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Says nothing: whoever sees the seed of a running packet knows every share.
impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(…)")
    }
}

/// A total and the number of its shares that can be drawn: at least one minor unit a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pot {
    total: i64,
    count: i64,
}

impl Pot {
    /// `total` minor units in `count` shares.
    ///
    /// # Errors
    /// [`DrawError`] unless `count` is 1 to [`MAX_SHARES`] and `total` is `count` to [`MAX_MINOR`].
    pub fn of(total: i64, count: i64) -> Result<Self, DrawError> {
        if !(1..=MAX_SHARES).contains(&count) {
            return Err(DrawError::CountOutOfRange);
        }
        if !(1..=MAX_MINOR).contains(&total) {
            return Err(DrawError::TotalOutOfRange);
        }
        if total < count {
            return Err(DrawError::TooLittle { total, count });
        }
        Ok(Self { total, count })
    }

    /// What is shown when the packet is made, so that its seed cannot be exchanged afterwards.
    #[must_use]
    pub fn commitment(self, seed: &Seed) -> [u8; 32] {
        let hash = Sha256::new().chain_update(COMMIT_DOMAIN).chain_update(seed.0);
        let hash = hash.chain_update(self.total.to_be_bytes());
        hash.chain_update(self.count.to_be_bytes()).finalize().into()
    }

    /// The shares of an equal packet in the order in which they are claimed. What does not divide goes to the first
    /// ones, one minor unit each.
    #[must_use]
    pub fn equal(self) -> Vec<i64> {
        let (each, more) = (self.total / self.count, self.total % self.count);
        (0..self.count).map(|place| each + i64::from(place < more)).collect()
    }

    /// The shares of a lucky packet in the order in which they are claimed, as they follow from the seed.
    #[must_use]
    pub fn lucky(self, seed: &Seed) -> Vec<i64> {
        let mut stream = Stream::of(seed);
        let mut shares = self.in_turn(&mut stream);
        shuffle(&mut shares, &mut stream);
        shares
    }

    /// Each share in turn: uniform from one minor unit to twice the mean of what is left, at most so much that every
    /// later share can have one. The later a share, the more it scatters: not yet fair by place.
    fn in_turn(self, stream: &mut Stream<'_>) -> Vec<i64> {
        let mut left = self.total;
        let mut drawn = |others: i64| {
            // At most 2 * MAX_MINOR, which is 2^63: in range of a u64. `left` holds one unit for each share still.
            let twice_the_mean = left.unsigned_abs() * 2 / (others + 1).unsigned_abs();
            let bound = twice_the_mean.min((left - others).unsigned_abs());
            let share = if others == 0 {
                left
            } else {
                1 + stream.below(bound).cast_signed()
            };
            left -= share;
            share
        };
        (0..self.count).rev().map(&mut drawn).collect()
    }
}

/// Puts the shares in an order of which each is as likely as any other (Fisher and Yates).
fn shuffle(shares: &mut [i64], stream: &mut Stream<'_>) {
    for last in (1..shares.len()).rev() {
        // Below `last + 1`, which is a place.
        #[allow(clippy::cast_possible_truncation)]
        let other = stream.below(last as u64 + 1) as usize;
        shares.swap(last, other);
    }
}

/// The numbers that follow from a seed: SHA-256 over domain, seed and a counter from 0, four numbers a block.
struct Stream<'a> {
    seed: &'a Seed,
    counter: u64,
    block: [u64; 4],
    /// How many of the block's numbers were taken.
    taken: usize,
}

impl<'a> Stream<'a> {
    const fn of(seed: &'a Seed) -> Self {
        Self {
            seed,
            counter: 0,
            block: [0; 4],
            taken: 4,
        }
    }

    fn next(&mut self) -> u64 {
        if self.taken == self.block.len() {
            let hash = Sha256::new().chain_update(STREAM_DOMAIN).chain_update(self.seed.0);
            let hash = hash.chain_update(self.counter.to_be_bytes()).finalize();
            let (numbers, _) = hash.as_chunks::<8>();
            for (number, bytes) in self.block.iter_mut().zip(numbers) {
                *number = u64::from_be_bytes(*bytes);
            }
            // 2^64 blocks are more than a packet can take.
            self.counter += 1;
            self.taken = 0;
        }
        self.taken += 1;
        self.block[self.taken - 1]
    }

    /// Uniform from 0 to `n - 1`, for `n` of at least 1. Numbers from the highest multiple of `n` on are passed over,
    /// since the remainders of a part of a multiple would favour the low ones.
    fn below(&mut self, n: u64) -> u64 {
        // What is left of 2^64 beyond that multiple.
        let odd = (u64::MAX % n + 1) % n;
        loop {
            let number = self.next();
            if number <= u64::MAX - odd {
                return number % n;
            }
        }
    }
}

#[cfg(test)]
mod tests;
