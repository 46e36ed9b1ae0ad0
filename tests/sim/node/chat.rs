//! Who comes and goes and blocks whom, in the same lane.

use quipu::chat::log::{self, Changer, GroupChange};
use quipu::chat::{ChangeContact, ChatError, ContactAct, DirectKey, NewGroup, Title};
use quipu::group_commit::{Moment, Operation, WorkingSet};
use quipu::ids::{ConversationId, UserId};
use quipu::wallet::LedgerSlot;

use crate::call::{Call, ChatCall};

/// Members of a group at most.
const MOST: usize = 1_000;

/// A group is made.
pub(crate) struct Gather {
    pub(crate) group: ConversationId,
    pub(crate) keeper: UserId,
    pub(crate) others: Vec<UserId>,
}

impl Operation for Gather {
    type Answer = ();

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<LedgerSlot>().want_head();
        log::want_people(set, &self.others);
        log::want_people(set, &[self.keeper]);
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) {
        let group = NewGroup {
            owner: self.keeper,
            others: self.others.clone(),
            title: Title::parse("knots").unwrap(),
        };
        log::open_group(set, &group, self.group, moment.now);
    }
}

/// Tells whether it could be.
pub(super) struct InChat(pub(super) Call);

impl InChat {
    fn change(&self) -> Result<(ConversationId, GroupChange), ChangeContact> {
        let actor = self.0.actor;
        match &self.0.what {
            crate::call::What::Chat(ChatCall::Add(group, user)) => Ok((*group, GroupChange::Add(vec![*user]))),
            crate::call::What::Chat(ChatCall::Leave(group)) => Ok((*group, GroupChange::Leave)),
            crate::call::What::Chat(ChatCall::Block(whom, on)) => Err(ChangeContact {
                actor,
                other: *whom,
                key: DirectKey::of(actor, *whom).unwrap(),
                act: ContactAct::Block { on: *on },
            }),
            other => panic!("nothing of chat: {other:?}"),
        }
    }
}

impl Operation for InChat {
    type Answer = Result<(), ChatError>;

    fn wants(&self, set: &mut WorkingSet) {
        match self.change() {
            Ok((group, change)) => change.want(set, group, self.0.actor),
            Err(contact) => contact.wants(set),
        }
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        match self.change() {
            Ok((conversation, change)) => {
                let who = Changer {
                    conversation,
                    seq: 0,
                    actor: self.0.actor,
                    client_id: self.0.client_id,
                    now: moment.now,
                };
                log::alter(set, who, &change, MOST).map(drop)
            }
            Err(contact) => contact.decide(set, moment).map(drop),
        }
    }
}
