//! What their time brings to flows: reminders, ends, planned payments. One operation of the ledger's lane looks at those
//! of one sort, so nothing races it, and what is due is found in the database, whatever node or restart comes first.

use std::marker::PhantomData;

use super::super::ledger::{Loaded, Order};
use super::act::{Terms, carry_out, ledger_time};
use super::{By, Flow, Slot, Stepped};
use crate::chat::Body;
use crate::chat::log::{self, Draft, Posted};
use crate::clock::Micros;
use crate::group_commit::{Failure, Moment, Operation, WorkingSet};
use crate::ids::{FlowId, UserId};
use crate::op_receipt::Fingerprint;
use crate::protocol::{self, ReminderCard};
use crate::wallet::WalletError;
use crate::wallet::flow::FlowRef;

/// Flows looked at by one operation at most: few enough to fit a commit beside payments.
const AT_ONCE: usize = 64;
/// The kind of a reminder's card.
pub(in crate::wallet) const REMINDER_CARD: &str = "reminder";

/// See the module.
#[derive(Debug)]
pub struct RunDue<F> {
    terms: Terms,
    most: usize,
    /// Put off what is due first, and do nothing else.
    put_off: bool,
    sort: PhantomData<fn() -> F>,
}

/// What became of flows whose time had come.
#[derive(Debug)]
pub struct Due<F> {
    /// Each with what it moved.
    pub stepped: Vec<Stepped<F>>,
    /// There may be more.
    pub more: bool,
}

impl<F: Flow> RunDue<F> {
    /// Under what holds on this node.
    #[must_use]
    pub const fn new(terms: Terms) -> Self {
        Self {
            terms,
            most: AT_ONCE,
            put_off: false,
            sort: PhantomData,
        }
    }

    /// The same for the one that is due first.
    #[must_use]
    pub const fn first(terms: Terms) -> Self {
        Self {
            most: 1,
            ..Self::new(terms)
        }
    }

    /// Instead of doing it, puts off the one that is due first.
    #[must_use]
    pub const fn put_off_first(terms: Terms) -> Self {
        Self {
            put_off: true,
            ..Self::first(terms)
        }
    }

    fn run(&self, set: &mut WorkingSet, mut flow: F) -> Result<Stepped<F>, WalletError> {
        flow.head_mut().retry_at = None;
        let head = flow.head().clone();
        let named = FlowRef {
            kind: F::KIND,
            id: head.id,
        };
        // Which of its times this is follows from when it was due, so no node and no retry does it twice.
        let due = head.due_at.map_or(0, |due| due.0);
        let client_id = named.act_id("due", due);
        let by = By {
            actor: UserId::SYSTEM,
            client_id,
            at: ledger_time(set)?,
            fee: self.terms.fee,
            timers: self.terms.timers,
        };
        let order = Order {
            client_id,
            actor: UserId::SYSTEM,
            fingerprint: Fingerprint::of("flow.due", &[&head.id.bytes(), &due.to_be_bytes()]),
            flow: Some(named),
        };
        let chat = set.slot::<log::Loaded>();
        let needed = flow.due_needs();
        let may = |user: &UserId| chat.may_post(head.card.conversation, *user).is_ok();
        if !needed.iter().all(may) {
            let change = flow.due_refused(&by, &WalletError::PayeeUnavailable);
            return carry_out(set, order, change);
        }
        let change = flow.clone().due(&by);
        let people = change.remind.clone();
        let mut stepped = match carry_out(set, order, change) {
            Err(refusal) if !matches!(refusal, WalletError::Failed(_)) => {
                carry_out(set, order, flow.due_refused(&by, &refusal))?
            }
            other => other?,
        };
        let reminder = remind(set, order, &stepped.flow, &people)?;
        stepped.moved.cards.extend(reminder);
        Ok(stepped)
    }
}

/// Puts off what could not be done, as it stands now.
fn put_off<F: Flow>(set: &mut WorkingSet, id: FlowId, at: Micros) {
    let slot = set.slot::<Slot<F>>();
    if let Some(mut flow) = slot.get(id).cloned() {
        flow.head_mut().put_off(at);
        slot.put(flow, Vec::new());
    }
}

/// Reminds people by a message in the conversation, as long as who asks may speak there.
fn remind<F: Flow>(
    set: &mut WorkingSet,
    order: Order,
    flow: &F,
    people: &[UserId],
) -> Result<Option<Posted>, WalletError> {
    let head = flow.head();
    let chat = set.slot::<log::Loaded>();
    let here = |user: &UserId| chat.member(head.card.conversation, *user).is_ok();
    let people: Vec<_> = people.iter().copied().filter(here).collect();
    if people.is_empty() || chat.may_post(head.card.conversation, head.creator).is_err() {
        return Ok(None);
    }
    let data = protocol::to_json(&ReminderCard {
        kind: F::KIND.as_str(),
        of: &flow.card_id(),
        seq: head.card.seq,
        people: &people,
    });
    let draft = Draft {
        conversation: head.card.conversation,
        sender: head.creator,
        client_id: order.client_id,
        fingerprint: order.fingerprint,
        body: Body::Card {
            kind: REMINDER_CARD.to_owned(),
            id: order.client_id.to_string(),
            data,
        },
        extra: protocol::MessageExtra::default(),
        attachments: Vec::new(),
    };
    let at = ledger_time(set)?;
    Ok(Some(log::append(set, draft, at)?))
}

impl<F: Flow> Operation for RunDue<F> {
    type Answer = Result<Due<F>, WalletError>;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<Slot<F>>().want_due(self.most);
        set.slot::<Loaded>().want_head();
    }

    fn decide(&self, set: &mut WorkingSet, _: Moment) -> Self::Answer {
        let at = ledger_time(set)?;
        let slot = set.slot::<Slot<F>>();
        let (due, more) = (slot.due_at(at), slot.may_have_more());
        let mut stepped = Vec::with_capacity(due.len());
        for flow in due.into_iter().take(self.most) {
            let id = flow.head().id;
            let done = if self.put_off {
                Err(WalletError::Failed(Failure::Internal))
            } else {
                self.run(set, flow)
            };
            match done {
                Ok(done) => stepped.push(done),
                Err(error) => {
                    // Others of its sort do not wait for it.
                    tracing::error!(kind = F::KIND.as_str(), flow = %id, %error, "what was due could not be done");
                    put_off::<F>(set, id, at);
                }
            }
        }
        Ok(Due { stepped, more })
    }
}
