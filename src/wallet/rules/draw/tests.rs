//! The draw: exact for every total and count, fair by place, and as `docs/red-packets.md` has it.

#![allow(clippy::float_arithmetic, clippy::cast_precision_loss)]

use proptest::prelude::*;

use super::*;

fn pot(total: i64, count: i64) -> Pot {
    Pot::of(total, count).expect("a pot")
}

/// A seed that follows from a number.
fn seed(number: u64) -> Seed {
    Seed::of(Sha256::digest(number.to_be_bytes()).into())
}

fn is_exact(shares: &[i64], pot: Pot) -> bool {
    let sum: i128 = shares.iter().copied().map(i128::from).sum();
    sum == i128::from(pot.total)
        && i64::try_from(shares.len()) == Ok(pot.count)
        && shares.iter().all(|share| *share >= 1)
}

#[test]
fn what_cannot_fill_its_shares_is_refused() {
    let refused = |total, count| Pot::of(total, count).expect_err("refused");
    for count in [0, -1, MAX_SHARES + 1, i64::MIN, i64::MAX] {
        assert_eq!(refused(100, count), DrawError::CountOutOfRange);
    }
    for total in [0, -1, MAX_MINOR + 1, i64::MIN, i64::MAX] {
        assert_eq!(refused(total, 1), DrawError::TotalOutOfRange);
    }
    assert_eq!(refused(9, 10), DrawError::TooLittle { total: 9, count: 10 });
}

#[test]
fn an_equal_packet_gives_what_does_not_divide_to_the_first() {
    assert_eq!(pot(100, 4).equal(), [25, 25, 25, 25]);
    assert_eq!(pot(102, 4).equal(), [26, 26, 25, 25]);
    assert_eq!(pot(4, 4).equal(), [1, 1, 1, 1]);
    assert_eq!(pot(MAX_MINOR, 1).equal(), [MAX_MINOR]);
}

#[test]
fn every_small_packet_is_exact() {
    for total in 1..=60 {
        for count in 1..=total {
            let pot = pot(total, count);
            assert!(is_exact(&pot.equal(), pot), "{pot:?}");
            for number in 0..4 {
                assert!(is_exact(&pot.lucky(&seed(number)), pot), "{pot:?} {number}");
            }
        }
    }
}

#[test]
fn the_largest_packets_are_exact() {
    for total in [MAX_SHARES, MAX_SHARES + 1, 2 * MAX_SHARES - 1, MAX_MINOR - 1, MAX_MINOR] {
        for count in [1, 2, 3, MAX_SHARES - 1, MAX_SHARES] {
            let pot = pot(total, count);
            assert!(is_exact(&pot.equal(), pot), "{pot:?}");
            assert!(is_exact(&pot.lucky(&seed(1)), pot), "{pot:?}");
        }
    }
}

/// Any count up to the cap with a total barely enough, of any size, or the largest.
fn any_pot() -> impl Strategy<Value = Pot> {
    let count = prop_oneof![1..=20_i64, 1..=MAX_SHARES];
    let total = prop_oneof![0..=100_i64, 0..=1_000_000_i64, 0..=MAX_MINOR - MAX_SHARES];
    (count, total, any::<bool>()).prop_map(|(count, more, largest)| {
        let total = if largest { MAX_MINOR - more } else { count + more };
        pot(total, count)
    })
}

proptest! {
    #[test]
    fn every_packet_is_exact_and_the_same_again(pot in any_pot(), bytes in any::<[u8; 32]>()) {
        let seed = Seed::of(bytes);
        prop_assert!(is_exact(&pot.equal(), pot));
        let shares = pot.lucky(&seed);
        prop_assert!(is_exact(&shares, pot));
        prop_assert_eq!(shares, pot.lucky(&seed));
    }
}

#[test]
fn numbers_beyond_the_last_whole_multiple_are_passed_over() {
    let seed = seed(5);
    let raw = |count: usize| {
        let mut stream = Stream::of(&seed);
        (0..count).map(|_| stream.next()).collect::<Vec<_>>()
    };
    // 2^63 + 1 goes once into 2^64: almost half of all numbers lie beyond.
    for (n, often) in [
        ((1 << 63) + 1, true),
        (u64::MAX / 5 + 1, true),
        (1 << 62, false),
        (3, false),
        (1, false),
    ] {
        let most = (1_u128 << 64) / u128::from(n) * u128::from(n);
        let wanted: Vec<_> = raw(200)
            .into_iter()
            .filter(|x| u128::from(*x) < most)
            .map(|x| x % n)
            .collect();
        let mut stream = Stream::of(&seed);
        let drawn: Vec<_> = wanted.iter().map(|_| stream.below(n)).collect();
        assert_eq!(drawn, wanted, "{n}");
        assert_eq!(wanted.len() < 190, often, "{n}");
    }
}

#[test]
fn of_two_shares_each_way_to_divide_the_total_is_as_likely() {
    let (pot, draws) = (pot(10, 2), 9_000);
    let mut found = [0_i32; 9];
    for number in 0..draws {
        let shares = pot.lucky(&seed(number));
        found[usize::try_from(shares[0] - 1).expect("a share")] += 1;
    }
    // 1,000 each, with a standard error of 30.
    assert!(found.iter().all(|times| (times - 1_000).abs() < 135), "{found:?}");
}

#[test]
fn a_seed_is_bound_to_its_total_and_count_and_is_not_logged() {
    let commitments = [(100, 4, 1), (100, 4, 2), (101, 4, 1), (100, 5, 1)]
        .map(|(total, count, number)| pot(total, count).commitment(&seed(number)));
    for (at, one) in commitments.iter().enumerate() {
        assert!(!commitments[at + 1..].contains(one));
    }
    assert_eq!(format!("{:?}", seed(1)), "Seed(…)");
}

const DRAWS: u64 = 60_000;
const PLACES: usize = 10;
/// How many standard errors a place may be off. Of 30 figures one is so by chance once in 5,000 times; the seeds are
/// fixed, so it is not this time.
const SIGMAS: f64 = 4.5;

/// Sums over many draws of 100.00 in 10, by place: in whole numbers of the distance to the mean.
#[derive(Default)]
struct ByPlace {
    sums: [[i128; 4]; PLACES],
    /// How often a place has the best share, in 2520ths (which up to ten that share it divide).
    best: [i64; PLACES],
}

impl ByPlace {
    fn of(draw: impl Fn(Pot, &Seed) -> Vec<i64>) -> Self {
        let pot = pot(10_000, 10);
        let mut found = Self::default();
        for number in 0..DRAWS {
            let seed = seed(number);
            let shares = draw(pot, &seed);
            let best = shares.iter().copied().max().expect("ten");
            let with = 2_520 / shares.iter().filter(|share| **share == best).map(|_| 1).sum::<i64>();
            for (place, share) in shares.into_iter().enumerate() {
                let off = share - 1_000;
                let squared = off * off;
                for (sum, term) in found.sums[place]
                    .iter_mut()
                    .zip([off, squared, squared * off, squared * squared])
                {
                    *sum += i128::from(term);
                }
                found.best[place] += if share == best { with } else { 0 };
            }
        }
        found
    }

    /// Which figures of which places are further from that of all places than the sampling error.
    fn unfair(&self) -> Vec<(&'static str, usize)> {
        let n = DRAWS as f64;
        let moment = |place: usize, power: usize| self.sums[place][power - 1] as f64 / n;
        let of_all = |power: usize| (0..PLACES).map(|place| moment(place, power)).sum::<f64>() / PLACES as f64;
        // The sum of a draw is fixed, so the mean of all places is 0 off, and a tenth of them has the best share.
        let variance = of_all(2);
        let spread = variance.sqrt();
        let error_of_mean = spread / n.sqrt();
        let error_of_spread = ((of_all(4) - variance * variance) / n).sqrt() / (2.0 * spread);
        let error_of_best = (0.1 * 0.9 / n).sqrt();
        let mut unfair = Vec::new();
        for place in 0..PLACES {
            let mean = moment(place, 1);
            let own_spread = (moment(place, 2) - mean * mean).sqrt();
            let best = self.best[place] as f64 / 2_520.0 / n;
            for (figure, off, error) in [
                ("mean", mean, error_of_mean),
                ("spread", own_spread - spread, error_of_spread),
                ("best", best - 0.1, error_of_best),
            ] {
                if off.abs() > SIGMAS * error {
                    unfair.push((figure, place));
                }
            }
        }
        unfair
    }
}

#[test]
fn by_place_mean_spread_and_the_chance_of_the_best_share_differ_by_less_than_the_sampling_error() {
    assert_eq!(ByPlace::of(Pot::lucky).unfair(), []);
}

#[test]
fn the_statistics_catch_a_draw_that_is_not_shuffled() {
    let unfair = ByPlace::of(|pot, seed| pot.in_turn(&mut Stream::of(seed))).unfair();
    for found in [("spread", 0), ("spread", PLACES - 1), ("best", PLACES - 1)] {
        assert!(unfair.contains(&found), "{found:?}: {unfair:?}");
    }
}

#[test]
fn the_statistics_catch_a_shuffle_that_lets_no_share_stay() {
    let drawn = ByPlace::of(|pot, seed| {
        let mut stream = Stream::of(seed);
        let mut shares = pot.in_turn(&mut stream);
        for last in (1..shares.len()).rev() {
            let other = usize::try_from(stream.below(last as u64)).expect("a place");
            shares.swap(last, other);
        }
        shares
    });
    assert_ne!(drawn.unfair(), []);
}

#[test]
fn the_statistics_catch_a_first_share_that_always_has_a_little_more() {
    // Two in a hundred of the mean, when the second has as much to give.
    let drawn = ByPlace::of(|pot, seed| {
        let mut shares = pot.lucky(seed);
        let given = shares[1].min(21) - 1;
        shares[0] += given;
        shares[1] -= given;
        shares
    });
    let unfair = drawn.unfair();
    assert!(unfair.contains(&("mean", 0)), "{unfair:?}");
}
