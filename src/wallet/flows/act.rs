//! Something is asked of a flow that stands: its next state, the money it moves and its card are one.

use super::super::ledger::{self, Loaded, Order, Plan, Step};
use super::super::operations::{self, Moved, advanced, given_back, refused};
use super::super::transfer::Card;
use super::{By, Change, Flow, FlowState, PaymentCard, Slot, Stepped};
use crate::chat::Body;
use crate::chat::log::{self, Draft, Posted};
use crate::clock::Micros;
use crate::group_commit::{Failure, Moment, Operation, WorkingSet};
use crate::ids::{ClientId, ConversationId, FlowId, UserId};
use crate::op_receipt::{Fingerprint, Receipts};
use crate::wallet::fee::FeeRate;
use crate::wallet::flow::FlowRef;
use crate::wallet::flows::Timers;
use crate::wallet::wire;
use crate::wallet::{Conditions, WalletError};

/// The kept answer of what was done to a flow: what it is told with stands in the flow itself.
pub(super) const DONE: &str = "done";

/// See the module.
#[derive(Debug)]
pub struct Act<F: Flow> {
    order: Order,
    id: FlowId,
    command: F::Command,
    fee: FeeRate,
    timers: Timers,
    conditions: Conditions,
}

/// What holds on this node.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// What a payment costs its payer.
    pub fee: FeeRate,
    /// How long flows last.
    pub timers: Timers,
}

impl<F: Flow> Act<F> {
    /// A command of `actor` under their own id; `meaning` is what of it beside the flow would make it another request.
    #[must_use]
    pub fn new(
        (client_id, actor): (ClientId, UserId),
        id: FlowId,
        (command, meaning): (F::Command, &[u8]),
        terms: Terms,
    ) -> Self {
        let order = Order {
            client_id,
            actor,
            fingerprint: Fingerprint::of(F::KIND.as_str(), &[&id.bytes(), meaning]),
            flow: Some(FlowRef { kind: F::KIND, id }),
        };
        Self {
            order,
            id,
            command,
            fee: terms.fee,
            timers: terms.timers,
            conditions: Conditions::default(),
        }
    }

    /// The same on these conditions.
    #[must_use]
    pub fn on(mut self, conditions: Conditions) -> Self {
        self.conditions = conditions;
        self
    }

    /// Who has to be there for it, is there.
    fn place(&self, set: &mut WorkingSet, flow: &F) -> Result<(), WalletError> {
        let (conversation, actor) = (flow.head().card.conversation, self.order.actor);
        if actor == UserId::SYSTEM {
            // An operator stands outside of all conversations.
            return Ok(());
        }
        let chat = set.slot::<log::Loaded>();
        // A stranger is told the same as whoever names a flow that there is not.
        chat.member(conversation, actor).map_err(|_| WalletError::NotAMember)?;
        for user in flow.members(&self.command, actor) {
            chat.may_post(conversation, user)
                .map_err(|_| WalletError::PayeeUnavailable)?;
        }
        Ok(())
    }
}

impl<F: Flow> Operation for Act<F> {
    type Answer = Result<Stepped<F>, WalletError>;

    fn wants(&self, set: &mut WorkingSet) {
        let (client_id, actor) = (self.order.client_id, self.order.actor);
        set.slot::<Receipts>().want(client_id, actor);
        set.slot::<Loaded>().want_group(client_id, actor);
        set.slot::<log::Loaded>().want_message(client_id, actor);
        set.slot::<Slot<F>>().want(self.id, actor, self.command.clone());
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        if let Some(answer) = first_answer(set, self.order, self.id, moment) {
            return answer;
        }
        self.conditions.hold(moment.now)?;
        let flow = set.slot::<Slot<F>>().get(self.id).cloned();
        let flow = flow.ok_or(WalletError::NotAMember)?;
        self.place(set, &flow)?;
        let by = By {
            actor: self.order.actor,
            client_id: self.order.client_id,
            at: ledger_time(set)?,
            fee: self.fee,
            timers: self.timers,
        };
        let change = flow.step(&self.command, &by)?;
        let stepped = carry_out(set, self.order, change)?;
        keep(set, self.order, DONE);
        Ok(stepped)
    }
}

/// The ledger's time in this batch.
///
/// # Errors
/// When the head was not loaded: a fault of ours.
pub(super) fn ledger_time(set: &mut WorkingSet) -> Result<Micros, WalletError> {
    let at = set.slot::<Loaded>().at();
    at.ok_or(WalletError::Failed(Failure::Internal))
}

/// The plan of these steps, none of none. A refusal that is final is kept.
pub(super) fn plan(set: &mut WorkingSet, order: Order, steps: Vec<Step>) -> Result<Option<Plan>, WalletError> {
    if steps.is_empty() {
        return Ok(None);
    }
    let planned = ledger::plan(set.slot::<Loaded>(), order, steps);
    planned.map(Some).map_err(|refusal| {
        if order.actor == UserId::SYSTEM {
            // Nobody repeats it: what its time brings instead is decided at once.
            return refusal;
        }
        refused(set, order, refusal)
    })
}

pub(super) fn keep(set: &mut WorkingSet, order: Order, answer: &str) {
    operations::keep(set, order, answer.to_owned());
}

/// Moves what a change moves, shows what it shows, and puts the flow in its place.
pub(super) fn carry_out<F: Flow>(
    set: &mut WorkingSet,
    order: Order,
    change: Change<F>,
) -> Result<Stepped<F>, WalletError> {
    let Change {
        flow,
        steps,
        touched,
        shown,
        receipt,
        ..
    } = change;
    let targets: Vec<_> = steps.iter().filter_map(Step::target).collect();
    let plan = plan(set, order, steps)?;
    let mut card = flow.head().card;
    let mut cards = Vec::new();
    // Before the money is applied, since this could still fail.
    if shown {
        cards.push(log::change_card(set, card.conversation, card.seq, flow.card())?);
    }
    if let Some(receipt) = receipt {
        let posted = post_receipt(set, order, card.conversation, receipt)?;
        card.seq = posted.message.seq;
        cards.push(posted);
    }
    if let Some(plan) = &plan {
        for of in targets {
            cards.extend(given_back::tell(set, of, plan)?);
        }
    }
    let legs = plan.map(|plan| plan.apply(set.slot::<Loaded>(), Some(card)).0);
    set.slot::<Slot<F>>().put(flow.clone(), touched);
    let moved = Moved {
        legs: legs.unwrap_or_default(),
        cards,
        ..Moved::default()
    };
    Ok(Stepped {
        flow,
        moved: advanced(set, moved),
        duplicate: false,
    })
}

fn post_receipt(
    set: &mut WorkingSet,
    order: Order,
    conversation: ConversationId,
    receipt: PaymentCard,
) -> Result<Posted, WalletError> {
    let draft = Draft {
        conversation,
        sender: receipt.sender,
        client_id: order.client_id,
        fingerprint: order.fingerprint,
        body: Body::Card {
            kind: wire::PAYMENT_CARD.to_owned(),
            id: receipt.id.to_string(),
            data: receipt.data,
        },
        extra: crate::protocol::MessageExtra::default(),
        attachments: Vec::new(),
    };
    let at = ledger_time(set)?;
    Ok(log::append(set, draft, at)?)
}

/// The first answer again, if the id of `order` was used before: what was done, as the flow stands now, the refusal, or
/// a conflict.
pub(super) fn first_answer<F: Flow>(
    set: &mut WorkingSet,
    order: Order,
    id: FlowId,
    moment: Moment,
) -> Option<Result<Stepped<F>, WalletError>> {
    let (client_id, actor) = (order.client_id, order.actor);
    let Some(receipt) = Receipts::get(set, client_id, actor) else {
        let moved = set.slot::<Loaded>().group(client_id, actor).next().is_some();
        let posted = set.slot::<log::Loaded>().posted(client_id, actor).is_some();
        return (moved || posted).then_some(Err(WalletError::IdempotencyConflict));
    };
    if receipt.fingerprint != order.fingerprint {
        return Some(Err(WalletError::IdempotencyConflict));
    }
    if receipt.answer != DONE {
        let refusal = WalletError::from_receipt(&receipt.answer);
        return Some(Err(refusal.unwrap_or(WalletError::IdempotencyConflict)));
    }
    let flow = set.slot::<Slot<F>>().get(id).cloned();
    let Some(flow) = flow else {
        return Some(Err(WalletError::Failed(Failure::Internal)));
    };
    Some(found(set, order, flow, moment))
}

/// What stands already. After a COMMIT of unknown outcome it may be what that COMMIT wrote, of which nobody was told yet.
fn found<F: Flow>(set: &mut WorkingSet, order: Order, flow: F, moment: Moment) -> Result<Stepped<F>, WalletError> {
    let (client_id, actor) = (order.client_id, order.actor);
    let rows: Vec<_> = set.slot::<Loaded>().group(client_id, actor).cloned().collect();
    let mut moved = operations::as_they_stand(set, rows)?;
    if moment.after_unknown {
        let Card { conversation, seq } = flow.head().card;
        let card = set.slot::<log::Loaded>().message(conversation, seq).cloned();
        moved.cards = card.map(Posted::standing).into_iter().collect();
        moved = advanced(set, moved);
    }
    Ok(Stepped {
        flow,
        moved,
        duplicate: !moment.after_unknown,
    })
}

/// Whether a flow that is open may still be changed by people.
///
/// # Errors
/// [`WalletError::FlowClosed`] with how it ended, or that its time has passed.
pub(super) fn must_be_open<F: Flow>(flow: &F, at: Micros) -> Result<(), WalletError> {
    let head = flow.head();
    let state = if head.state.is_open() && head.is_over(at) {
        FlowState::Expired
    } else {
        head.state
    };
    if state.is_open() {
        return Ok(());
    }
    Err(WalletError::FlowClosed { kind: F::KIND, state })
}
