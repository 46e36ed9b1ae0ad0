//! A flow is opened: its card is posted, and what it begins with is moved, as one.

use super::super::ledger::{Loaded, Order, Step};
use super::super::operations::{Moved, advanced};
use super::super::transfer::Card;
use super::act::{self, first_answer};
use super::{Flow, Slot, Stepped};
use crate::chat::Body;
use crate::chat::log::{self, Draft};
use crate::group_commit::{Moment, Operation, WorkingSet};
use crate::ids::UserId;
use crate::op_receipt::Receipts;
use crate::wallet::flow::FlowRef;
use crate::wallet::{Conditions, WalletError};

/// See the module.
#[derive(Debug)]
pub struct Open<F> {
    order: Order,
    /// As it will stand, but for the place of its card and the time at which the ledger took it.
    flow: F,
    steps: Vec<Step>,
    /// Whose part in it is to be written.
    parties: Vec<UserId>,
    conditions: Conditions,
}

impl<F: Flow> Open<F> {
    /// The flow with what it begins with, and whose part in it is known from the start.
    #[must_use]
    pub fn new(flow: F, steps: Vec<Step>, parties: Vec<UserId>) -> Self {
        let head = flow.head();
        let order = Order {
            client_id: head.client_id,
            actor: head.creator,
            fingerprint: head.fingerprint,
            flow: Some(FlowRef {
                kind: F::KIND,
                id: head.id,
            }),
        };
        Self {
            order,
            flow,
            steps,
            parties,
            conditions: Conditions::default(),
        }
    }

    /// The same on these conditions.
    #[must_use]
    pub fn on(mut self, conditions: Conditions) -> Self {
        self.conditions = conditions;
        self
    }

    /// Whether everybody of it may be there.
    fn place(&self, set: &mut WorkingSet) -> Result<(), WalletError> {
        let (head, chat) = (self.flow.head(), set.slot::<log::Loaded>());
        let conversation = head.card.conversation;
        if self.flow.needs_to_speak() {
            chat.may_post(conversation, head.creator)?;
        } else {
            chat.member(conversation, head.creator)?;
        }
        for user in self.flow.invited() {
            chat.member(conversation, user)
                .map_err(|_| WalletError::PayeeUnavailable)?;
        }
        Ok(())
    }

    fn carry_out(&self, set: &mut WorkingSet, moment: Moment) -> Result<Stepped<F>, WalletError> {
        let plan = act::plan(set, self.order, self.steps.clone())?;
        let at = plan
            .as_ref()
            .map_or_else(|| act::ledger_time(set), |plan| Ok(plan.at()))?;
        let mut flow = self.flow.clone();
        flow.head_mut().at = at;
        let head = flow.head();
        let draft = Draft {
            conversation: head.card.conversation,
            sender: head.creator,
            client_id: head.client_id,
            fingerprint: head.fingerprint,
            body: Body::Card {
                kind: F::KIND.as_str().to_owned(),
                id: flow.card_id(),
                data: flow.card(),
            },
            extra: crate::protocol::MessageExtra::default(),
            attachments: Vec::new(),
        };
        let posted = log::append(set, draft, at.max(moment.now))?;
        let card = Card {
            conversation: posted.message.conversation,
            seq: posted.message.seq,
        };
        flow.head_mut().card = card;
        let legs = plan.map(|plan| plan.apply(set.slot::<Loaded>(), Some(card)).0);
        set.slot::<Slot<F>>().put(flow.clone(), self.parties.clone());
        act::keep(set, self.order, act::DONE);
        let moved = Moved {
            legs: legs.unwrap_or_default(),
            cards: vec![posted],
            ..Moved::default()
        };
        Ok(Stepped {
            flow,
            moved: advanced(set, moved),
            duplicate: false,
        })
    }
}

impl<F: Flow> Operation for Open<F> {
    type Answer = Result<Stepped<F>, WalletError>;

    fn wants(&self, set: &mut WorkingSet) {
        let (client_id, creator) = (self.order.client_id, self.order.actor);
        set.slot::<Receipts>().want(client_id, creator);
        set.slot::<Slot<F>>().want_opening(self.flow.clone());
        let ledger = set.slot::<Loaded>();
        ledger.want_group(client_id, creator);
        for step in &self.steps {
            step.want(ledger);
        }
        let conversation = self.flow.head().card.conversation;
        let chat = set.slot::<log::Loaded>();
        chat.want_post(conversation, creator, client_id);
        for user in self.flow.invited() {
            chat.want_member(conversation, user);
        }
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        if let Some(answer) = first_answer(set, self.order, self.flow.head().id, moment) {
            return answer;
        }
        self.conditions.hold(moment.now)?;
        if set.slot::<Slot<F>>().get(self.flow.head().id).is_some() {
            // Only of what is named by something else than the request can there be another one.
            return Err(WalletError::DisputeExists);
        }
        let at = act::ledger_time(set)?;
        self.flow.may_open(at)?;
        self.place(set)?;
        self.carry_out(set, moment)
    }
}
