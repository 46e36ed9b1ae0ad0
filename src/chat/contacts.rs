//! Contacts: rows of two people's own logs.

use crate::delivery::{ItemChange, UserLog};
use crate::group_commit::{Moment, Operation, WorkingSet};
use crate::ids::UserId;
use crate::protocol;

use super::log;

/// The kind of a contact's row in a person's own log.
const CONTACT_ITEM: &str = "contact";

/// Makes pairs of people contacts of each other: it sets a state, so it needs no receipt.
#[derive(Debug)]
pub(super) struct MakeContacts(pub(super) Vec<(UserId, UserId)>);

impl Operation for MakeContacts {
    type Answer = Vec<ItemChange>;

    fn wants(&self, set: &mut WorkingSet) {
        for (one, other) in &self.0 {
            log::want_people(set, &[*one, *other]);
        }
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        let value = protocol::contact_item(moment.now);
        let both = self.0.iter().flat_map(|(one, other)| [(*one, *other), (*other, *one)]);
        both.map(|(user, contact)| UserLog::put(set, user, CONTACT_ITEM, contact.to_string(), value.clone()))
            .collect()
    }
}
