//! A person's own log: one row a key, which keeps its last state, and a position that each change advances.

use std::collections::{BTreeSet, HashMap};

use crate::group_commit::{Advanced, WorkingSet};
use crate::ids::UserId;
use crate::protocol::LogId;

/// A row of a person's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What sort of thing.
    pub kind: String,
    /// Which one.
    pub key: String,
    /// The position of its last change.
    pub rev: i64,
    /// Its state, as JSON.
    pub value: String,
}

/// A change of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemChange {
    /// Whose log.
    pub user: UserId,
    /// Its position before.
    pub prev: i64,
    /// The row after; its `rev` is the log's position.
    pub item: Item,
}

/// A page of a person's log.
pub type Items = Vec<Item>;

/// A row of somebody's log: whose, its kind, its key.
pub(super) type ItemKey = (UserId, String, String);

/// The slot of the users' logs in a batch.
#[derive(Debug, Default)]
pub struct UserLog {
    pub(super) wanted: BTreeSet<UserId>,
    pub(super) wanted_values: BTreeSet<ItemKey>,
    pub(super) values: HashMap<ItemKey, String>,
    pub(super) heads: HashMap<UserId, i64>,
    pub(super) changes: Vec<ItemChange>,
}

impl UserLog {
    /// Asks for a person's log to be locked.
    pub fn want(&mut self, user: UserId) {
        self.wanted.insert(user);
    }

    /// Asks for the value of a row, in a log that is locked as well.
    pub fn want_value(&mut self, user: UserId, kind: &str, key: String) {
        self.wanted.insert(user);
        self.wanted_values.insert((user, kind.to_owned(), key));
    }

    /// The value of a row that was asked for, as it stands now; none when there is no such row.
    #[must_use]
    pub fn value(set: &mut WorkingSet, user: UserId, kind: &str, key: &str) -> Option<String> {
        let values = &set.slot::<Self>().values;
        values.get(&(user, kind.to_owned(), key.to_owned())).cloned()
    }

    /// Sets the row of a key in a log that was asked for.
    pub fn put(set: &mut WorkingSet, user: UserId, kind: &str, key: String, value: String) -> ItemChange {
        let log = set.slot::<Self>();
        let head = log.heads.entry(user).or_insert(0);
        let prev = *head;
        *head += 1;
        let item = Item {
            kind: kind.to_owned(),
            key,
            rev: *head,
            value,
        };
        log.values
            .insert((user, item.kind.clone(), item.key.clone()), item.value.clone());
        let change = ItemChange { user, prev, item };
        log.changes.push(change.clone());
        set.slot::<Advanced>().0.push((LogId::User(user), change.item.rev));
        change
    }
}
