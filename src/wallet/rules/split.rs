//! How a bill is split. What does not divide goes, one minor unit each, to those whose exact share lost most by being
//! rounded down (largest remainder), among equals to the lower id: so shares sum to the total, none is a whole unit off,
//! and the order in which people are named does not matter.

use std::cmp::Reverse;

use crate::ids::UserId;
use crate::wallet::money::MAX_MINOR;

/// The fewest people on a bill, who pays it for the others included.
pub const MIN_PEOPLE: usize = 2;
/// The most people on a bill.
pub const MAX_PEOPLE: usize = 100;
/// The largest weight of a person.
pub const MAX_WEIGHT: i64 = 1_000_000;
/// Basis points in the whole: 10,000 of them are 100 %.
pub const WHOLE: i64 = 10_000;

/// What a person has to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Who.
    pub who: UserId,
    /// Minor units, at least 1.
    pub minor: i64,
}

/// Why a bill cannot be split so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// Not [`MIN_PEOPLE`] to [`MAX_PEOPLE`] people.
    #[error("a bill has {MIN_PEOPLE} to {MAX_PEOPLE} people")]
    PeopleOutOfRange,
    /// Not 1 to [`MAX_MINOR`] minor units.
    #[error("a bill has 1 to {MAX_MINOR} minor units")]
    TotalOutOfRange,
    /// Somebody is named twice.
    #[error("{0} is named twice")]
    NamedTwice(UserId),
    /// Somebody's share comes to nothing: who has nothing to pay is not on the bill.
    #[error("{0} has nothing to pay")]
    NothingToPay(UserId),
    /// Somebody's amount, basis points or weight is below zero or over what there is.
    #[error("the part of {0} is out of range")]
    PartOutOfRange(UserId),
    /// The amounts, or the basis points, do not sum to the whole.
    #[error("the parts are {difference} off the whole")]
    Mismatch {
        /// What the parts are over the whole, below zero if they are under it: minor units, or basis points.
        difference: i64,
    },
}

/// The same for each, as far as it divides. Shares stand in the order of ids.
///
/// # Errors
/// [`SplitError`].
pub fn equal(total: i64, people: &[UserId]) -> Result<Vec<Share>, SplitError> {
    let parts: Vec<_> = people.iter().map(|who| (*who, 1)).collect();
    weights(total, &parts)
}

/// Amounts in minor units as they are given, which must sum to the total. Shares stand in the order of ids.
///
/// # Errors
/// [`SplitError`]; [`SplitError::Mismatch`] tells how many minor units the amounts are off.
pub fn exact(total: i64, amounts: &[(UserId, i64)]) -> Result<Vec<Share>, SplitError> {
    let amounts = parts(total, amounts, MAX_MINOR)?;
    sums_to(total, &amounts)?;
    Ok(amounts.into_iter().map(|(who, minor)| Share { who, minor }).collect())
}

/// By basis points, which must sum to [`WHOLE`]. Shares stand in the order of ids.
///
/// # Errors
/// [`SplitError`]; [`SplitError::Mismatch`] tells how many basis points they are off.
pub fn percent(total: i64, points: &[(UserId, i64)]) -> Result<Vec<Share>, SplitError> {
    let points = parts(total, points, WHOLE)?;
    sums_to(WHOLE, &points)?;
    by_largest_remainder(total, &points)
}

/// By weights of 1 to [`MAX_WEIGHT`]. Shares stand in the order of ids.
///
/// # Errors
/// [`SplitError`].
pub fn weights(total: i64, weights: &[(UserId, i64)]) -> Result<Vec<Share>, SplitError> {
    by_largest_remainder(total, &parts(total, weights, MAX_WEIGHT)?)
}

/// The parts in the order of ids, when there are enough people and not too many, each is named once and each part is
/// from 1 to `most`.
fn parts(total: i64, parts: &[(UserId, i64)], most: i64) -> Result<Vec<(UserId, i64)>, SplitError> {
    if !(1..=MAX_MINOR).contains(&total) {
        return Err(SplitError::TotalOutOfRange);
    }
    if !(MIN_PEOPLE..=MAX_PEOPLE).contains(&parts.len()) {
        return Err(SplitError::PeopleOutOfRange);
    }
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    if let Some(pair) = parts.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(SplitError::NamedTwice(pair[0].0));
    }
    for (who, part) in &parts {
        match *part {
            0 => return Err(SplitError::NothingToPay(*who)),
            part if !(1..=most).contains(&part) => return Err(SplitError::PartOutOfRange(*who)),
            _ => {}
        }
    }
    Ok(parts)
}

/// A hundred amounts can be over the total by more than an `i64` holds: the difference is its largest number then.
fn sums_to(whole: i64, parts: &[(UserId, i64)]) -> Result<(), SplitError> {
    let sum: i128 = parts.iter().map(|(_, part)| i128::from(*part)).sum();
    match sum - i128::from(whole) {
        0 => Ok(()),
        off => Err(SplitError::Mismatch {
            difference: i64::try_from(off).unwrap_or(i64::MAX),
        }),
    }
}

/// `parts` in the order of ids, each above zero.
fn by_largest_remainder(total: i64, parts: &[(UserId, i64)]) -> Result<Vec<Share>, SplitError> {
    // At most 10^8, so that nothing below leaves an i64: a part of the total is at most the total, and what the whole
    // does not divide is below the whole.
    let whole: i64 = parts.iter().map(|(_, part)| *part).sum();
    let (times, rest) = (total / whole, total % whole);
    let mut shares = Vec::with_capacity(parts.len());
    let mut remainders = Vec::with_capacity(parts.len());
    let mut left = total;
    for (place, (who, part)) in parts.iter().enumerate() {
        let minor = times * part + rest * part / whole;
        left -= minor;
        shares.push(Share { who: *who, minor });
        remainders.push((Reverse(rest * part % whole), place));
    }
    // Fewer units are left than people are there. The place breaks ties, and it follows the id.
    remainders.sort_unstable();
    for (_, place) in remainders {
        let one = left.min(1);
        shares[place].minor += one;
        left -= one;
    }
    match shares.iter().find(|share| share.minor == 0) {
        Some(nothing) => Err(SplitError::NothingToPay(nothing.who)),
        None => Ok(shares),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{Index, subsequence};

    use super::*;

    fn person(number: u8) -> UserId {
        UserId::from_bytes([number; 16])
    }

    fn named(parts: &[i64]) -> Vec<(UserId, i64)> {
        (1..).map(person).zip(parts.iter().copied()).collect()
    }

    fn minors(shares: &[Share]) -> Vec<i64> {
        shares.iter().map(|share| share.minor).collect()
    }

    #[test]
    fn what_does_not_divide_goes_to_the_largest_remainders_and_among_equals_to_the_lower_ids() {
        let equal = |total, people: &[u8]| {
            let people: Vec<_> = people.iter().copied().map(person).collect();
            equal(total, &people).map(|shares| minors(&shares))
        };
        assert_eq!(equal(100, &[3, 1, 2]), Ok(vec![34, 33, 33]));
        assert_eq!(equal(101, &[3, 1, 2]), Ok(vec![34, 34, 33]));
        // Exactly 0.9, 4.5 and 3.6.
        let weighed = weights(9, &named(&[1, 5, 4])).expect("shares");
        assert_eq!(minors(&weighed), [1, 4, 4]);
        let halves = percent(5, &named(&[5_000, 5_000])).expect("shares");
        assert_eq!(minors(&halves), [3, 2]);
        assert_eq!(halves[0].who, person(1));
    }

    #[test]
    fn who_has_nothing_to_pay_is_not_on_the_bill() {
        let people = [4, 3, 2, 1].map(person);
        assert_eq!(equal(3, &people), Err(SplitError::NothingToPay(person(4))));
        let nothing = Err(SplitError::NothingToPay(person(2)));
        assert_eq!(exact(10, &named(&[10, 0])), nothing);
        assert_eq!(percent(10, &named(&[10_000, 0])), nothing);
        assert_eq!(weights(10, &named(&[1, 0])), nothing);
        assert_eq!(weights(10, &named(&[1_000, 1])), nothing);
    }

    #[test]
    fn too_few_too_many_the_same_twice_and_parts_out_of_range_are_refused() {
        for parts in [vec![], vec![5], vec![1; MAX_PEOPLE + 1]] {
            assert_eq!(weights(500, &named(&parts)), Err(SplitError::PeopleOutOfRange));
        }
        assert_eq!(
            weights(500, &named(&[1; MAX_PEOPLE])).map(|shares| shares.len()),
            Ok(MAX_PEOPLE)
        );
        for total in [0, -1, MAX_MINOR + 1, i64::MIN] {
            assert_eq!(weights(total, &named(&[1, 1])), Err(SplitError::TotalOutOfRange));
        }
        let twice = [person(7), person(1), person(7)];
        assert_eq!(equal(9, &twice), Err(SplitError::NamedTwice(person(7))));
        let out = Err(SplitError::PartOutOfRange(person(1)));
        for part in [-1, i64::MIN, i64::MAX] {
            assert_eq!(exact(9, &named(&[part, 1])), out);
            assert_eq!(percent(9, &named(&[part, 1])), out);
            assert_eq!(weights(9, &named(&[part, 1])), out);
        }
        assert_eq!(weights(9, &named(&[MAX_WEIGHT + 1, 1])), out);
    }

    #[test]
    fn a_mismatch_tells_how_much_is_missing_or_too_much() {
        let off = |difference| Err(SplitError::Mismatch { difference });
        assert_eq!(exact(100, &named(&[50, 49])), off(-1));
        assert_eq!(exact(100, &named(&[50, 80])), off(30));
        assert_eq!(exact(MAX_MINOR, &named(&[MAX_MINOR; 2])), off(MAX_MINOR));
        assert_eq!(exact(1, &named(&[MAX_MINOR; 100])), off(i64::MAX));
        assert_eq!(percent(100, &named(&[5_000, 4_999])), off(-1));
        assert_eq!(percent(100, &named(&[10_000, 10_000])), off(10_000));
    }

    #[test]
    fn the_largest_bill_with_the_largest_weights_is_exact() {
        let mut parts = [MAX_WEIGHT; MAX_PEOPLE];
        parts[0] = MAX_WEIGHT - 1;
        assert_split(MAX_MINOR, &named(&parts), weights(MAX_MINOR, &named(&parts)));
    }

    /// The sum is the total, each share is less than a unit from the exact one, and who has none is refused.
    fn assert_split(total: i64, parts: &[(UserId, i64)], split: Result<Vec<Share>, SplitError>) {
        let whole: i128 = parts.iter().map(|(_, part)| i128::from(*part)).sum();
        let part_of = |who: UserId| i128::from(parts.iter().find(|(one, _)| *one == who).expect("on the bill").1);
        match split {
            Ok(shares) => {
                assert!(shares.is_sorted_by_key(|share| share.who));
                assert_eq!(shares.len(), parts.len());
                let sum: i128 = shares.iter().map(|share| i128::from(share.minor)).sum();
                assert_eq!(sum, i128::from(total));
                for share in shares {
                    let off = i128::from(share.minor) * whole - i128::from(total) * part_of(share.who);
                    assert!(share.minor >= 1 && off.abs() < whole, "{share:?}");
                }
            }
            // Only whose exact share is below a unit can be left with nothing.
            Err(SplitError::NothingToPay(who)) => assert!(i128::from(total) * part_of(who) < whole),
            Err(other) => panic!("{other}"),
        }
    }

    /// People with ids in any order, and a part of each.
    fn parts_up_to(most: i64) -> impl Strategy<Value = Vec<(UserId, i64)>> {
        let people = subsequence((0..=255_u8).collect::<Vec<_>>(), MIN_PEOPLE..=MAX_PEOPLE).prop_shuffle();
        people.prop_flat_map(move |people| {
            let amounts = prop::collection::vec(prop_oneof![1..=9.min(most), 1..=most], people.len());
            amounts.prop_map(move |amounts| people.iter().copied().map(person).zip(amounts).collect())
        })
    }

    fn any_total() -> impl Strategy<Value = i64> {
        prop_oneof![1..=200_i64, 1..=1_000_000_i64, 1..=MAX_MINOR]
    }

    fn shuffled<T: Clone + std::fmt::Debug>(items: Vec<T>) -> impl Strategy<Value = (Vec<T>, Vec<T>)> {
        (Just(items.clone()), Just(items).prop_shuffle())
    }

    proptest! {
        #[test]
        fn weights_are_exact_whatever_the_order(
            total in any_total(),
            (parts, other) in parts_up_to(MAX_WEIGHT).prop_flat_map(shuffled),
        ) {
            let split = weights(total, &parts);
            prop_assert_eq!(&split, &weights(total, &other));
            assert_split(total, &parts, split);
        }

        #[test]
        fn equal_shares_are_exact_whatever_the_order_and_differ_by_one_at_most(
            total in any_total(),
            (parts, other) in parts_up_to(1).prop_flat_map(shuffled),
        ) {
            let people = |parts: &[(UserId, i64)]| parts.iter().map(|(who, _)| *who).collect::<Vec<_>>();
            let split = equal(total, &people(&parts));
            prop_assert_eq!(&split, &equal(total, &people(&other)));
            if let Ok(shares) = &split {
                let minors = minors(shares);
                // The lower ids have what is more.
                prop_assert!(minors.is_sorted_by(|a, b| a >= b) && minors[0] - minors[minors.len() - 1] <= 1);
            }
            assert_split(total, &parts, split);
        }

        #[test]
        fn percents_are_exact_when_they_sum_to_the_whole_and_refused_otherwise(
            total in any_total(),
            (parts, other) in parts_up_to(WHOLE / 100).prop_flat_map(shuffled),
            at in any::<Index>(),
        ) {
            let sum: i64 = parts.iter().map(|(_, part)| *part).sum();
            if sum != WHOLE {
                prop_assert_eq!(percent(total, &parts), Err(SplitError::Mismatch { difference: sum - WHOLE }));
            }
            // What is missing goes to one of them.
            let who = parts[at.index(parts.len())].0;
            let whole = |parts: Vec<(UserId, i64)>| -> Vec<_> {
                let filled = |(one, part)| (one, if one == who { part + WHOLE - sum } else { part });
                parts.into_iter().map(filled).collect()
            };
            let (parts, other) = (whole(parts), whole(other));
            let split = percent(total, &parts);
            prop_assert_eq!(&split, &percent(total, &other));
            assert_split(total, &parts, split);
        }

        #[test]
        fn exact_amounts_are_what_was_given_and_refused_when_they_are_off(
            (parts, other) in parts_up_to(MAX_MINOR / 128).prop_flat_map(shuffled),
            off in prop_oneof![-9..=-1_i64, 1..=9_i64],
        ) {
            let total: i64 = parts.iter().map(|(_, part)| *part).sum();
            let split = exact(total, &parts).expect("it sums to the total");
            prop_assert_eq!(&split, &exact(total, &other).expect("whatever the order"));
            prop_assert_eq!(split.len(), parts.len());
            for share in split {
                prop_assert!(parts.contains(&(share.who, share.minor)));
            }
            let refused = if total - off < 1 { SplitError::TotalOutOfRange } else { SplitError::Mismatch { difference: off } };
            prop_assert_eq!(exact(total - off, &parts), Err(refused));
        }
    }
}
