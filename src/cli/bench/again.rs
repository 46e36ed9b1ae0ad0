//! Pairs that work in several parts of a run, one after another.

use std::collections::HashMap;

use super::continuity::Faults;
use super::pair_loop::Outcome;
use super::pairs::Pair;
use crate::ids::UserId;

/// What pairs did in an earlier part of the run, by who sends.
pub(super) type Earlier = HashMap<UserId, (Faults, u64)>;

/// The pairs, to go on with.
pub(super) fn once_more(outcomes: Vec<Outcome>) -> (Vec<Pair>, Earlier) {
    let parts = outcomes.into_iter().map(|outcome| {
        let did = (outcome.pair.sender.id, (outcome.faults, outcome.acknowledged));
        (outcome.pair, did)
    });
    parts.unzip()
}

/// What they did in both parts.
pub(super) fn together(outcomes: Vec<Outcome>, earlier: &Earlier) -> Vec<Outcome> {
    let both = outcomes.into_iter().map(|mut outcome| {
        if let Some((faults, acknowledged)) = earlier.get(&outcome.pair.sender.id) {
            outcome.faults.add(*faults);
            outcome.acknowledged += acknowledged;
        }
        outcome
    });
    both.collect()
}
