//! Who hears of a conversation on this node, and what each of them may see of it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ids::UserId;

/// The members of a conversation as they were read. Which row of the log changed them is known, so that whatever
/// stands behind that row is addressed by who is a member then.
#[derive(Debug, Clone, Default)]
pub(super) struct Members {
    everybody: Arc<[UserId]>,
    /// Those who may not read everything, with the position up to which they may not.
    from: Arc<HashMap<UserId, i64>>,
}

impl Members {
    pub(super) fn of(rows: Vec<(UserId, i64)>) -> Self {
        let from = rows.iter().filter(|(_, from)| *from > 0).copied().collect();
        Self {
            everybody: rows.into_iter().map(|(user, _)| user).collect(),
            from: Arc::new(from),
        }
    }

    /// All of them.
    pub(super) fn everybody(&self) -> &Arc<[UserId]> {
        &self.everybody
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.everybody.len()
    }

    /// Whether somebody is one of them.
    pub(super) fn has(&self, user: UserId) -> bool {
        // They are read in the order of their ids.
        self.everybody.binary_search(&user).is_ok()
    }

    /// Those who may see the message at `seq`, and those who may not.
    pub(super) fn split(&self, seq: i64) -> Audience {
        if self.from.values().all(|from| seq > *from) {
            return Audience::Everybody;
        }
        let sees = |user: &&UserId| self.from.get(user).is_none_or(|from| seq > *from);
        let (sees, not): (Vec<_>, Vec<_>) = self.everybody.iter().partition(sees);
        Audience::Some { sees, not }
    }
}

/// Who may see a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Audience {
    /// Every member.
    Everybody,
    /// Not every member.
    Some {
        /// These may.
        sees: Vec<UserId>,
        /// These may not, and learn only that the log moved.
        not: Vec<UserId>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_joined_later_does_not_see_what_stood_before() {
        let mut people = [UserId::fresh(), UserId::fresh()];
        people.sort();
        let [old, new] = people;
        let members = Members::of(vec![(old, 0), (new, 7)]);
        let split = members.split(7);
        assert_eq!(
            split,
            Audience::Some {
                sees: vec![old],
                not: vec![new]
            }
        );
        assert_eq!(members.split(8), Audience::Everybody);
        assert!(members.has(new) && !members.has(UserId::fresh()));
    }
}
