//! What chat puts into a lane.

use crate::delivery::ItemChange;
use crate::group_commit::{Moment, Operation, WorkingSet};
use crate::ids::{ClientId, ConversationId, UserId};
use crate::op_receipt::{Fingerprint, Receipt, Receipts};

use super::log::{self, Decision, Draft, Loaded, Opened};
use super::{ChatError, DirectKey, NewGroup};

/// `message.send`.
#[derive(Debug)]
pub(super) struct Post(pub(super) Draft);

impl Operation for Post {
    type Answer = Result<Decision, ChatError>;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<Loaded>()
            .want_post(self.0.conversation, self.0.sender, self.0.client_id);
        set.slot::<Receipts>().want(self.0.client_id, self.0.sender);
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        if Receipts::get(set, self.0.client_id, self.0.sender).is_some() {
            // The id was used for something that is no message.
            return Err(ChatError::IdempotencyConflict);
        }
        log::decide(set, self.0.clone(), moment)
    }
}

/// `conversation.create` for a pair: it sets a state, so it needs no receipt.
#[derive(Debug)]
pub(super) struct OpenDirect {
    pub(super) key: DirectKey,
    pub(super) by: UserId,
    pub(super) id: ConversationId,
}

/// A conversation that was wanted, and what changed in its members' own logs.
pub(super) type OpenedWith = (Opened, Vec<ItemChange>);

impl Operation for OpenDirect {
    type Answer = OpenedWith;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<Loaded>().want_direct(self.key);
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> OpenedWith {
        log::open_direct(set, self.key, self.id, self.by, moment.now)
    }
}

/// `conversation.create` for a group.
#[derive(Debug)]
pub(super) struct OpenGroup {
    pub(super) group: NewGroup,
    pub(super) client_id: ClientId,
    pub(super) id: ConversationId,
}

impl OpenGroup {
    fn fingerprint(&self) -> Fingerprint {
        let people: Vec<u8> = self.group.others.iter().flat_map(|user| user.bytes()).collect();
        Fingerprint::of("conversation.create", &[self.group.title.as_str().as_bytes(), &people])
    }
}

impl Operation for OpenGroup {
    type Answer = Result<OpenedWith, ChatError>;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<Receipts>().want(self.client_id, self.group.owner);
        set.slot::<Loaded>().want_message(self.client_id, self.group.owner);
        let mut people = self.group.others.clone();
        people.push(self.group.owner);
        log::want_people(set, &people);
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        let fingerprint = self.fingerprint();
        if let Some(receipt) = Receipts::get(set, self.client_id, self.group.owner) {
            return match receipt.answer.parse() {
                Ok(id) if receipt.fingerprint == fingerprint => Ok((Opened { id, fresh: false }, Vec::new())),
                _ => Err(ChatError::IdempotencyConflict),
            };
        }
        if set.slot::<Loaded>().posted(self.client_id, self.group.owner).is_some() {
            return Err(ChatError::IdempotencyConflict);
        }
        let opened = log::open_group(set, &self.group, self.id, moment.now);
        let receipt = Receipt {
            fingerprint,
            answer: self.id.to_string(),
        };
        Receipts::give(set, self.client_id, self.group.owner, receipt);
        Ok(opened)
    }
}
