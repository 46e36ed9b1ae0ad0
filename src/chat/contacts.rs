//! Contacts, requests for them and blocks: rows of two people's own logs. They set states, so they need no receipts.

use crate::delivery::{ItemChange, UserLog};
use crate::group_commit::{Moment, Operation, WorkingSet};
use crate::ids::UserId;
use crate::protocol::item::{self, ContactState};

use super::log::{self, Loaded};
use super::{ChatError, DirectKey};

/// Makes pairs of people contacts of each other, without asking them: for demonstrations and load tests.
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
        let value = item::contact(ContactState::Accepted, moment.now);
        let both = self.0.iter().flat_map(|(one, other)| [(*one, *other), (*other, *one)]);
        both.map(|(user, contact)| put(set, user, contact, value.clone()))
            .collect()
    }
}

/// What somebody does about another person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactAct {
    /// Asks them to be a contact; says yes when they asked before.
    Request,
    /// Answers their request.
    Answer {
        /// Yes or no.
        accept: bool,
    },
    /// They are no contacts of each other any more.
    Remove,
    /// Blocks them, or does not any more.
    Block {
        /// Whether they are blocked from now on.
        on: bool,
    },
}

/// `contact.request`, `contact.answer`, `contact.remove` and `contact.block`.
#[derive(Debug)]
pub struct ChangeContact {
    /// Who.
    pub actor: UserId,
    /// About whom.
    pub other: UserId,
    /// The two of them.
    pub key: DirectKey,
    /// What.
    pub act: ContactAct,
}

/// How the actor stands to the other now, and what changed in both their own logs.
pub type ContactChanged = (Option<ContactState>, Vec<ItemChange>);

impl Operation for ChangeContact {
    type Answer = Result<ContactChanged, ChatError>;

    fn wants(&self, set: &mut WorkingSet) {
        if matches!(self.act, ContactAct::Block { .. }) {
            // Its row says who has blocked whom, and locks out what is being posted there.
            set.slot::<Loaded>().want_direct(self.key);
        }
        log::want_people(set, &[self.actor, self.other]);
        for (user, about) in [(self.actor, self.other), (self.other, self.actor)] {
            log::want_block(set, user, about);
            let key = item::person_key(about);
            set.slot::<UserLog>().want_value(user, item::CONTACT, key);
        }
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        let mine = state(set, self.actor, self.other);
        let theirs = state(set, self.other, self.actor);
        let accepted = item::contact(ContactState::Accepted, moment.now);
        if self.act == ContactAct::Request && log::has_blocked(set, self.actor, self.other) {
            // Whoever blocks takes the block back first, also when the other had asked meanwhile.
            return Err(ChatError::Blocked);
        }
        match (self.act, mine) {
            (ContactAct::Request, Some(ContactState::Accepted | ContactState::Requested)) => Ok((mine, Vec::new())),
            (ContactAct::Request | ContactAct::Answer { accept: true }, Some(ContactState::Pending)) => {
                // Who took the request back, or was blocked since, is no contact again by it.
                let items = vec![
                    put(set, self.actor, self.other, accepted.clone()),
                    put(set, self.other, self.actor, accepted),
                ];
                Ok((Some(ContactState::Accepted), items))
            }
            (ContactAct::Request, None) if theirs == Some(ContactState::Requested) => {
                // They had asked, and were declined: now both want it.
                let items = vec![
                    put(set, self.actor, self.other, accepted.clone()),
                    put(set, self.other, self.actor, accepted),
                ];
                Ok((Some(ContactState::Accepted), items))
            }
            (ContactAct::Request, None) => Ok(self.request(set, theirs, moment)),
            (ContactAct::Answer { accept: false }, Some(ContactState::Pending)) => {
                // Who asked is not told: their request stays as it is.
                Ok((None, vec![put(set, self.actor, self.other, item::NOTHING.to_owned())]))
            }
            (ContactAct::Answer { .. }, _) => Err(ChatError::PersonUnavailable { user: self.other }),
            (ContactAct::Remove, _) => Ok((None, self.part(set, mine, theirs))),
            (ContactAct::Block { on }, _) => Ok(self.block(set, on, mine, theirs, moment)),
        }
    }
}

impl ChangeContact {
    fn request(&self, set: &mut WorkingSet, theirs: Option<ContactState>, moment: Moment) -> ContactChanged {
        let asked = item::contact(ContactState::Requested, moment.now);
        let mut items = vec![put(set, self.actor, self.other, asked)];
        // Whoever is blocked learns nothing of it: the request goes nowhere.
        if !log::has_blocked(set, self.other, self.actor) && theirs.is_none() {
            let pending = item::contact(ContactState::Pending, moment.now);
            items.push(put(set, self.other, self.actor, pending));
        }
        (Some(ContactState::Requested), items)
    }

    /// Takes away what stands between the two.
    fn part(&self, set: &mut WorkingSet, mine: Option<ContactState>, theirs: Option<ContactState>) -> Vec<ItemChange> {
        let sides = [(self.actor, self.other, mine), (self.other, self.actor, theirs)];
        sides
            .into_iter()
            .filter(|(.., standing)| standing.is_some())
            .map(|(user, about, _)| put(set, user, about, item::NOTHING.to_owned()))
            .collect()
    }

    fn block(
        &self,
        set: &mut WorkingSet,
        on: bool,
        mine: Option<ContactState>,
        theirs: Option<ContactState>,
        moment: Moment,
    ) -> ContactChanged {
        if log::has_blocked(set, self.actor, self.other) == on {
            return (mine, Vec::new());
        }
        let mut items = if on { self.part(set, mine, theirs) } else { Vec::new() };
        let value = if on {
            item::block(moment.now)
        } else {
            item::NOTHING.to_owned()
        };
        let key = item::person_key(self.other);
        items.push(UserLog::put(set, self.actor, item::BLOCK, key, value));
        let loaded = set.slot::<Loaded>();
        if let Some(id) = loaded.direct(self.key)
            && let Some(conversation) = loaded.conversations.get_mut(&id)
        {
            conversation.blocked = conversation.blocked.set(self.key, self.actor, on);
            loaded.written.altered.insert(id);
        }
        (if on { None } else { mine }, items)
    }
}

fn state(set: &mut WorkingSet, user: UserId, about: UserId) -> Option<ContactState> {
    let value = UserLog::value(set, user, item::CONTACT, &item::person_key(about))?;
    item::read_contact(&value).map(|(state, _)| state)
}

fn put(set: &mut WorkingSet, user: UserId, about: UserId, value: String) -> ItemChange {
    UserLog::put(set, user, item::CONTACT, item::person_key(about), value)
}
