//! The slot of top-ups and withdrawals in a batch.

use std::collections::{BTreeSet, HashMap};

use super::method::Method;
use super::rules::Funding;
use super::state::FundingState;
use crate::clock::Micros;
use crate::ids::{FlowId, MethodId, UserId};

/// What is loaded of them and of the methods they name, and what was decided.
#[derive(Debug, Default)]
pub struct FundingSlot {
    pub(super) wanted: BTreeSet<FlowId>,
    pub(super) methods_wanted: BTreeSet<MethodId>,
    /// People of whom it is asked how many are under way and how many top-ups failed in the last day, and how many that is.
    pub(super) owners_wanted: BTreeSet<UserId>,
    pub(super) under_way: HashMap<UserId, usize>,
    pub(super) failed: HashMap<UserId, usize>,
    /// Those whose time has come, at most so many.
    pub(super) due: usize,
    pub(super) rows: HashMap<FlowId, Funding>,
    pub(super) methods: HashMap<MethodId, Method>,
    /// Those whose time has come, the earliest first.
    pub(super) due_rows: Vec<FlowId>,
    pub(super) written: BTreeSet<FlowId>,
}

impl FundingSlot {
    /// Asks for one.
    pub fn want(&mut self, id: FlowId) {
        self.wanted.insert(id);
    }

    /// Asks for a payment method.
    pub fn want_method(&mut self, id: MethodId) {
        self.methods_wanted.insert(id);
    }

    /// Asks how many of somebody's are under way, and how many of their top-ups failed in the last day.
    pub fn want_counts(&mut self, owner: UserId) {
        self.owners_wanted.insert(owner);
    }

    /// How many of somebody's are under way, those that this batch began counted.
    #[must_use]
    pub fn under_way(&self, owner: UserId) -> usize {
        self.under_way.get(&owner).copied().unwrap_or(0)
    }

    /// How many top-ups of somebody failed that were begun in the last day.
    #[must_use]
    pub fn failed(&self, owner: UserId) -> usize {
        self.failed.get(&owner).copied().unwrap_or(0)
    }

    /// Asks for those whose time has come, at most `most` of them.
    pub fn want_due(&mut self, most: usize) {
        self.due = self.due.max(most);
    }

    /// Whether nothing is asked for.
    pub(super) fn is_idle(&self) -> bool {
        self.wanted.is_empty() && self.methods_wanted.is_empty() && self.owners_wanted.is_empty() && self.due == 0
    }

    /// One as it stands after what was decided so far.
    #[must_use]
    pub fn get(&self, id: FlowId) -> Option<&Funding> {
        self.rows.get(&id)
    }

    /// A payment method as it was loaded.
    #[must_use]
    pub fn method(&self, id: MethodId) -> Option<&Method> {
        self.methods.get(&id)
    }

    /// Puts one in the place of what it was.
    pub fn put(&mut self, funding: Funding) {
        let before = self.rows.get(&funding.id);
        if funding.state == FundingState::Failed && before.is_some_and(|row| row.state != FundingState::Failed) {
            *self.failed.entry(funding.owner).or_default() += 1;
        }
        let before = before.is_some_and(|row| row.state.is_unfinished());
        let count = self.under_way.entry(funding.owner).or_default();
        match (before, funding.state.is_unfinished()) {
            (false, true) => *count += 1,
            (true, false) => *count = count.saturating_sub(1),
            _ => {}
        }
        self.written.insert(funding.id);
        self.rows.insert(funding.id, funding);
    }

    /// Those whose time has come at `at`, as they stand after what was decided so far.
    #[must_use]
    pub fn due_at(&self, at: Micros) -> Vec<Funding> {
        let due = self.due_rows.iter().filter_map(|id| self.rows.get(id));
        due.filter(|row| row.due_at.is_some_and(|due| due <= at))
            .cloned()
            .collect()
    }
}
