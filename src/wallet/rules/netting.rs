//! Who pays whom so that few payments settle what a group owes each other, in one currency. Up to [`FEWEST_UP_TO`] people
//! the payments are the fewest there can be; finding those is as hard as subset sum, so among more people the largest
//! debtor pays the largest creditor in turn, which takes at most one payment less than there are people.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::ids::UserId;
use crate::wallet::money::MAX_MINOR;

/// The most debts that are settled at once.
pub const MAX_DEBTS: usize = 10_000;
/// Among how many people with something to pay or to get the payments are the fewest there can be.
pub const FEWEST_UP_TO: usize = 12;

/// Somebody owes somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Debt {
    /// Who owes.
    pub debtor: UserId,
    /// To whom.
    pub creditor: UserId,
    /// Minor units, 1 to [`MAX_MINOR`].
    pub minor: i64,
}

/// A payment that is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Payment {
    /// Who pays.
    pub from: UserId,
    /// Whom.
    pub to: UserId,
    /// Minor units, 1 to [`MAX_MINOR`].
    pub minor: i64,
}

/// Why debts cannot be settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NettingError {
    /// More than [`MAX_DEBTS`].
    #[error("more than {MAX_DEBTS} debts")]
    TooManyDebts,
    /// A debt to oneself.
    #[error("{0} owes themselves")]
    OwedToOneself(UserId),
    /// A debt that is not 1 to [`MAX_MINOR`] minor units.
    #[error("a debt of {0} is out of range")]
    DebtOutOfRange(UserId),
    /// Somebody would have more than [`MAX_MINOR`] minor units to pay or to get.
    #[error("what {0} has to pay or to get is out of range")]
    BalanceOutOfRange(UserId),
}

/// What somebody gets in the end, below zero if they pay: minor units, from -[`MAX_MINOR`] to [`MAX_MINOR`], not 0.
type Balance = (UserId, i64);

/// Payments that settle all debts: from those who owe more than they are owed to those who are owed more, each exactly
/// their difference, in the order of ids. The order of the debts does not matter.
///
/// # Errors
/// [`NettingError`].
pub fn settle(debts: &[Debt]) -> Result<Vec<Payment>, NettingError> {
    let balances = balances(debts)?;
    let mut payments = Vec::with_capacity(balances.len());
    if balances.len() <= FEWEST_UP_TO {
        for group in most_groups(&balances) {
            largest_to_largest(&group, &mut payments);
        }
    } else {
        largest_to_largest(&balances, &mut payments);
    }
    payments.sort_unstable();
    Ok(payments)
}

/// The balances that are not zero, in the order of ids. They sum to zero.
fn balances(debts: &[Debt]) -> Result<Vec<Balance>, NettingError> {
    if debts.len() > MAX_DEBTS {
        return Err(NettingError::TooManyDebts);
    }
    // No number of debts that is allowed takes these sums out of range.
    let mut sums: BTreeMap<UserId, i128> = BTreeMap::new();
    for debt in debts {
        if debt.debtor == debt.creditor {
            return Err(NettingError::OwedToOneself(debt.debtor));
        }
        if !(1..=MAX_MINOR).contains(&debt.minor) {
            return Err(NettingError::DebtOutOfRange(debt.debtor));
        }
        *sums.entry(debt.debtor).or_default() -= i128::from(debt.minor);
        *sums.entry(debt.creditor).or_default() += i128::from(debt.minor);
    }
    let in_range = |(who, sum): (UserId, i128)| match i64::try_from(sum) {
        Ok(sum) if sum.unsigned_abs() <= MAX_MINOR.unsigned_abs() => Ok((who, sum)),
        _ => Err(NettingError::BalanceOutOfRange(who)),
    };
    sums.into_iter().filter(|(_, sum)| *sum != 0).map(in_range).collect()
}

/// Divides the people into as many groups as there can be of which each settles among itself: a group of `n` takes
/// `n - 1` payments, so every further group saves one.
///
/// Sets of people are bits. Whoever joins one after another closes a group each time the sum is zero; `best` holds how
/// often that is at most on the way to a set.
fn most_groups(balances: &[Balance]) -> Vec<Vec<Balance>> {
    let sets = 1_usize << balances.len();
    let (mut sums, mut best) = (vec![0_i128; sets], vec![0_u8; sets]);
    for set in 1..sets {
        let lowest = set.trailing_zeros() as usize;
        sums[set] = sums[set & (set - 1)] + i128::from(balances[lowest].1);
        let before = members(set).map(|one| best[set & !(1 << one)]).max();
        best[set] = before.unwrap_or(0) + u8::from(sums[set] == 0);
    }
    // The way back, by the lowest person who can have been the last to join.
    let mut groups: Vec<Vec<Balance>> = Vec::new();
    let mut set = sets - 1;
    while set != 0 {
        let closes = sums[set] == 0;
        if closes {
            groups.push(Vec::new());
        }
        let before = best[set] - u8::from(closes);
        let last = members(set).find(|one| best[set & !(1 << one)] == before);
        // There is one: `best` was made of it.
        let last = last.unwrap_or_else(|| set.trailing_zeros() as usize);
        if let Some(group) = groups.last_mut() {
            group.push(balances[last]);
        }
        set &= !(1 << last);
    }
    groups
}

/// The places of the bits of a set.
fn members(set: usize) -> impl Iterator<Item = usize> {
    (0..FEWEST_UP_TO).filter(move |one| set & (1 << one) != 0)
}

/// The largest debtor pays the largest creditor, among equals the lower ids, until nobody is left. Each payment settles
/// at least one of them, and the last one both. The balances must sum to zero.
fn largest_to_largest(balances: &[Balance], payments: &mut Vec<Payment>) {
    let side = |sign: i64| -> BinaryHeap<(i64, Reverse<UserId>)> {
        let side = balances.iter().filter(|(_, sum)| sum.signum() == sign);
        side.map(|(who, sum)| (sum.abs(), Reverse(*who))).collect()
    };
    let (mut debtors, mut creditors) = (side(-1), side(1));
    while let (Some((owes, from)), Some((gets, to))) = (debtors.pop(), creditors.pop()) {
        let minor = owes.min(gets);
        payments.push(Payment {
            from: from.0,
            to: to.0,
            minor,
        });
        if owes > minor {
            debtors.push((owes - minor, from));
        }
        if gets > minor {
            creditors.push((gets - minor, to));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn person(number: u8) -> UserId {
        UserId::from_bytes([number; 16])
    }

    fn debt(debtor: u8, creditor: u8, minor: i64) -> Debt {
        Debt {
            debtor: person(debtor),
            creditor: person(creditor),
            minor,
        }
    }

    fn payment(from: u8, to: u8, minor: i64) -> Payment {
        Payment {
            from: person(from),
            to: person(to),
            minor,
        }
    }

    #[test]
    fn who_owes_in_a_circle_or_through_another_pays_once_or_not_at_all() {
        assert_eq!(settle(&[]), Ok(vec![]));
        assert_eq!(settle(&[debt(1, 2, 5), debt(2, 3, 5), debt(3, 1, 5)]), Ok(vec![]));
        assert_eq!(settle(&[debt(1, 2, 5), debt(2, 3, 5)]), Ok(vec![payment(1, 3, 5)]));
        assert_eq!(settle(&[debt(1, 2, 5), debt(2, 1, 8)]), Ok(vec![payment(2, 1, 3)]));
    }

    #[test]
    fn groups_that_settle_among_themselves_save_a_payment_that_largest_to_largest_takes() {
        // The largest debtor, with 6, would pay the one who is owed 4, whom the other debtor settles alone.
        let debts = [debt(1, 3, 3), debt(1, 5, 1), debt(2, 5, 3), debt(2, 4, 3)];
        let (balances, mut greedy) = (balances(&debts).expect("balances"), Vec::new());
        largest_to_largest(&balances, &mut greedy);
        assert_eq!(greedy.len(), 4);
        let wanted = [payment(1, 5, 4), payment(2, 3, 3), payment(2, 4, 3)];
        assert_eq!(settle(&debts), Ok(wanted.to_vec()));
    }

    #[test]
    fn debts_out_of_range_and_to_oneself_are_refused() {
        for minor in [0, -1, MAX_MINOR + 1, i64::MIN] {
            assert_eq!(
                settle(&[debt(1, 2, minor)]),
                Err(NettingError::DebtOutOfRange(person(1)))
            );
        }
        assert_eq!(settle(&[debt(1, 1, 5)]), Err(NettingError::OwedToOneself(person(1))));
        let most = [debt(2, 1, MAX_MINOR)];
        assert_eq!(settle(&most), Ok(vec![payment(2, 1, MAX_MINOR)]));
        let over = [debt(2, 1, MAX_MINOR), debt(3, 1, 1)];
        assert_eq!(settle(&over), Err(NettingError::BalanceOutOfRange(person(1))));
        // Only what is left counts.
        let much = [debt(2, 1, MAX_MINOR), debt(3, 1, MAX_MINOR), debt(1, 3, MAX_MINOR)];
        assert_eq!(settle(&much), Ok(vec![payment(2, 1, MAX_MINOR)]));
        let many = vec![debt(1, 2, 1); MAX_DEBTS + 1];
        assert_eq!(settle(&many), Err(NettingError::TooManyDebts));
        assert!(settle(&many[1..]).is_ok());
    }

    /// The fewest payments there can be, by trying all: the first who is not settled clears with each of the others.
    fn fewest(balances: &[i64]) -> usize {
        let Some(first) = balances.iter().position(|sum| *sum != 0) else {
            return 0;
        };
        let others = first + 1..balances.len();
        let opposite = others.filter(|other| balances[*other].signum() == -balances[first].signum());
        let tried = opposite.map(|other| {
            let mut after = balances.to_vec();
            after[other] += after[first];
            after[first] = 0;
            1 + fewest(&after)
        });
        tried.min().expect("they sum to zero")
    }

    fn debts(people: u8, most: usize, minor: i64) -> impl Strategy<Value = Vec<Debt>> {
        let one = (0..people, 1..people, prop_oneof![1..=9_i64, 1..=minor]);
        let one = one.prop_map(move |(debtor, other, minor)| debt(debtor, (debtor + other) % people, minor));
        prop::collection::vec(one, 0..=most)
    }

    /// The payments settle exactly what the debts leave, between debtors and creditors, with one less than people.
    fn assert_settled(debts: &[Debt], payments: &[Payment]) {
        let balances = balances(debts).expect("balances");
        let mut left: BTreeMap<_, _> = balances.iter().copied().collect();
        for payment in payments {
            assert!(payment.minor >= 1);
            let (from, to) = (left[&payment.from] + payment.minor, left[&payment.to] - payment.minor);
            assert!(from <= 0 && to >= 0, "{payment:?} from who owes to who is owed");
            left.extend([(payment.from, from), (payment.to, to)]);
        }
        assert!(left.values().all(|sum| *sum == 0));
        assert!(payments.len() <= balances.len().saturating_sub(1));
        assert!(payments.is_sorted());
    }

    fn shuffled(debts: Vec<Debt>) -> impl Strategy<Value = (Vec<Debt>, Vec<Debt>)> {
        (Just(debts.clone()), Just(debts).prop_shuffle())
    }

    proptest! {
        #[test]
        fn among_seven_the_payments_are_the_fewest_that_trying_all_finds(debts in debts(7, 12, 9)) {
            let payments = settle(&debts).expect("payments");
            let sums: Vec<_> = balances(&debts).expect("balances").into_iter().map(|(_, sum)| sum).collect();
            prop_assert_eq!(payments.len(), fewest(&sums));
        }

        #[test]
        fn among_twelve_they_are_never_more_than_largest_to_largest(debts in debts(12, 24, 20)) {
            let (payments, mut greedy) = (settle(&debts).expect("payments"), Vec::new());
            largest_to_largest(&balances(&debts).expect("balances"), &mut greedy);
            prop_assert!(payments.len() <= greedy.len());
            assert_settled(&debts, &payments);
        }

        #[test]
        fn all_is_settled_exactly_whatever_the_order(
            (debts, other) in (2..=60_u8).prop_flat_map(|people| debts(people, 80, MAX_MINOR / 128)).prop_flat_map(shuffled),
        ) {
            let payments = settle(&debts).expect("payments");
            prop_assert_eq!(&payments, &settle(&other).expect("payments"));
            assert_settled(&debts, &payments);
        }
    }
}
