//! The slot of one sort of flow in a batch.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Flow;
use crate::clock::Micros;
use crate::ids::{FlowId, UserId};

/// What is loaded of one sort of flow, and what was decided of it.
#[derive(Debug)]
pub struct Slot<F: Flow> {
    /// Flows by id, each with what is asked of it and by whom.
    pub(super) wanted: BTreeMap<FlowId, Vec<(UserId, F::Command)>>,
    /// Flows that this batch may open, as they will stand: what is asked of them in the same batch needs the same.
    pub(super) opening: HashMap<FlowId, F>,
    /// Flows whose time has come, at most so many.
    pub(super) due: usize,
    pub(super) rows: HashMap<FlowId, F>,
    /// Those whose time has come, the earliest first.
    pub(super) due_rows: Vec<FlowId>,
    pub(super) written: BTreeSet<FlowId>,
    /// Parties that changed.
    pub(super) parties: HashSet<(FlowId, UserId)>,
}

impl<F: Flow> Default for Slot<F> {
    fn default() -> Self {
        Self {
            wanted: BTreeMap::new(),
            opening: HashMap::new(),
            due: 0,
            rows: HashMap::new(),
            due_rows: Vec::new(),
            written: BTreeSet::new(),
            parties: HashSet::new(),
        }
    }
}

impl<F: Flow> Slot<F> {
    /// Asks for a flow of which `actor` wants something.
    pub fn want(&mut self, id: FlowId, actor: UserId, command: F::Command) {
        self.wanted.entry(id).or_default().push((actor, command));
    }

    /// Asks for a flow that is to be opened, should it be there already.
    pub fn want_opening(&mut self, flow: F) {
        let id = flow.head().id;
        self.wanted.entry(id).or_default();
        self.opening.insert(id, flow);
    }

    /// Asks for flows whose time has come, at most `most` of them.
    pub fn want_due(&mut self, most: usize) {
        self.due = self.due.max(most);
    }

    /// Whether nothing is asked for.
    pub(super) fn is_idle(&self) -> bool {
        self.wanted.is_empty() && self.due == 0
    }

    /// A flow as it stands after what was decided so far.
    #[must_use]
    pub fn get(&self, id: FlowId) -> Option<&F> {
        self.rows.get(&id)
    }

    /// Puts a flow in the place of what it was, with those whose part in it changed.
    pub fn put(&mut self, flow: F, touched: Vec<UserId>) {
        let id = flow.head().id;
        self.parties.extend(touched.into_iter().map(|user| (id, user)));
        self.rows.insert(id, flow);
        self.written.insert(id);
    }

    /// The flows whose time has come at `at`, as they stand after what was decided so far, the earliest first.
    #[must_use]
    pub fn due_at(&self, at: Micros) -> Vec<F> {
        let due = self.due_rows.iter().filter_map(|id| self.rows.get(id));
        let due = due.filter(|flow| flow.head().is_due(at));
        let mut due: Vec<_> = due.cloned().collect();
        // An earlier decision of this batch may have moved some of them on.
        due.sort_by_key(|flow| (flow.head().due_at, flow.head().id));
        due
    }

    /// There may be more whose time has come than were loaded.
    #[must_use]
    pub fn may_have_more(&self) -> bool {
        self.due > 0 && self.due_rows.len() >= self.due
    }
}
