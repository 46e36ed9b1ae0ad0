//! What is wanted of flows, as the wallet puts it into the lane.

use std::fmt;

use quipu::group_commit::{Operation, Outcome};
use quipu::reply::Reply;
use quipu::wallet::flows::{
    self, Bill, BillCommand, Dispute, DisputeCommand, Due, Flow, Offer, OfferCommand, Open, Packet, PacketCommand,
    Request, RequestCommand, RunDue, Schedule, ScheduleCommand, Stepped, Terms, terms,
};
use quipu::wallet::{Conditions, FlowKind, OfferAnswer, PlacedLeg, WalletError};
use tokio::sync::oneshot;

use super::{Nodes, Told, give};
use crate::call::{Call, FlowCall};

/// A flow after something was decided of it, of whatever sort it is.
#[derive(Debug, Clone)]
pub(crate) struct ToldFlow {
    pub(crate) head: flows::Head,
    pub(crate) card: String,
    pub(crate) legs: Vec<PlacedLeg>,
    pub(crate) duplicate: bool,
}

impl<F: Flow> From<Stepped<F>> for ToldFlow {
    fn from(stepped: Stepped<F>) -> Self {
        Self {
            head: stepped.flow.head().clone(),
            card: stepped.flow.card(),
            legs: stepped.moved.legs,
            duplicate: stepped.duplicate,
        }
    }
}

/// Something for the lane, and how its answer is told.
pub(super) trait Wanted {
    fn put<O: Operation>(self, operation: O, told: impl Fn(O::Answer) -> Told + Send + 'static);
}

/// A place in a lane for one operation, and for its answer.
pub(super) struct Slot<'a> {
    pub(super) nodes: &'a Nodes,
    pub(super) lane: usize,
    pub(super) decided: super::Decisions,
    pub(super) sender: oneshot::Sender<Outcome<Told>>,
}

impl fmt::Debug for Slot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a place in lane {}", self.lane)
    }
}

impl Wanted for Slot<'_> {
    fn put<O: Operation>(self, operation: O, told: impl Fn(O::Answer) -> Told + Send + 'static) {
        let sender = self.sender;
        let reply = Reply::new(move |outcome: Option<Outcome<O::Answer>>| {
            give(sender, outcome.map(|outcome| outcome.map(&told)));
        });
        self.nodes.put(self.lane, operation, &self.decided, reply);
    }
}

impl Slot<'_> {
    fn step<F: Flow, O: Operation<Answer = Result<Stepped<F>, WalletError>>>(self, operation: O) {
        self.put(operation, |told: O::Answer| {
            Told::Flow(told.map(|stepped| Box::new(stepped.into())))
        });
    }

    /// What their time brings.
    pub(super) fn due(self, kind: FlowKind, by: Terms) {
        match kind {
            FlowKind::Offer => self.due_of::<Offer>(by),
            FlowKind::Request => self.due_of::<Request>(by),
            FlowKind::Packet => self.due_of::<Packet>(by),
            FlowKind::Bill => self.due_of::<Bill>(by),
            FlowKind::Schedule => self.due_of::<Schedule>(by),
            FlowKind::Dispute => self.due_of::<Dispute>(by),
            FlowKind::TopUp | FlowKind::Withdrawal => panic!("no conversation has a {kind:?}"),
        }
    }

    fn due_of<F: Flow>(self, by: Terms) {
        self.put(RunDue::<F>::new(by), |told: Result<Due<F>, WalletError>| {
            Told::Due(told.map(|due| due.stepped.into_iter().map(ToldFlow::from).collect()))
        });
    }

    /// Opens a flow, or asks something of one.
    ///
    /// # Errors
    /// What the door refuses.
    pub(super) fn flow(self, call: &Call, wanted: &FlowCall, by: Terms) -> Result<(), WalletError> {
        let opening = |conversation| terms::Opening {
            client_id: call.client_id,
            creator: call.actor,
            conversation,
            at: call.asked,
            timers: by.timers,
        };
        match wanted.clone() {
            FlowCall::Request {
                conversation,
                payers,
                money,
                note,
            } => {
                let flow = terms::request(&opening(conversation), &payers, money, note)?;
                self.step(Open::new(flow, Vec::new(), payers));
            }
            FlowCall::Packet {
                conversation,
                kind,
                total,
                count,
                greeting,
                seed,
            } => {
                let (flow, steps) = terms::packet(&opening(conversation), (kind, total, count), greeting, seed)?;
                self.step(Open::new(flow, steps, Vec::new()));
            }
            FlowCall::Bill {
                conversation,
                total,
                split,
                parts,
                note,
            } => {
                let flow = terms::bill(&opening(conversation), (total, split), &parts, note)?;
                let parties = flow.told();
                self.step(Open::new(flow, Vec::new(), parties));
            }
            FlowCall::Schedule {
                conversation,
                to,
                money,
                times,
                note,
            } => {
                let flow = terms::schedule(&opening(conversation), to, (money, times), note)?;
                self.step(Open::new(flow, Vec::new(), Vec::new()));
            }
            FlowCall::Dispute {
                conversation,
                of,
                payee,
                money,
                reason,
            } => {
                let flow = terms::dispute(&opening(conversation), (of, of), (payee, money), reason);
                self.step(Open::new(flow, Vec::new(), Vec::new()));
            }
            asked => self.ask(call, &asked, by),
        }
        Ok(())
    }

    fn ask(self, call: &Call, asked: &FlowCall, by: Terms) {
        let who = (call.client_id, call.actor);
        let flow = asked.flow(call.client_id, call.actor);
        let id = flow.id;
        match (flow.kind, asked) {
            (FlowKind::Offer, FlowCall::Answer { answer, .. }) => {
                let (command, meaning): (_, &[u8]) = match answer {
                    OfferAnswer::Accept => (OfferCommand::Accept, b"accept"),
                    OfferAnswer::Decline => (OfferCommand::Decline, b"decline"),
                    OfferAnswer::Cancel => (OfferCommand::Cancel, b"cancel"),
                };
                self.step(flows::Act::<Offer>::new(who, id, (command, meaning), by));
            }
            (FlowKind::Request, FlowCall::Pay { fee, not_after, .. }) => {
                let act = flows::Act::<Request>::new(who, id, (RequestCommand::Pay(*fee), b"pay"), by);
                self.step(act.on(Conditions {
                    not_after: *not_after,
                    ..Conditions::default()
                }));
            }
            (FlowKind::Request, FlowCall::Decline(_)) => {
                self.step(flows::Act::<Request>::new(
                    who,
                    id,
                    (RequestCommand::Decline, b"decline"),
                    by,
                ));
            }
            (FlowKind::Request, FlowCall::Cancel(_)) => {
                self.step(flows::Act::<Request>::new(
                    who,
                    id,
                    (RequestCommand::Cancel, b"cancel"),
                    by,
                ));
            }
            (FlowKind::Packet, FlowCall::Claim(_)) => {
                self.step(flows::Act::<Packet>::new(who, id, (PacketCommand::Claim, b"claim"), by));
            }
            (FlowKind::Bill, FlowCall::Pay { fee, not_after, .. }) => {
                let act = flows::Act::<Bill>::new(who, id, (BillCommand::Pay(*fee), b"pay"), by);
                self.step(act.on(Conditions {
                    not_after: *not_after,
                    ..Conditions::default()
                }));
            }
            (FlowKind::Bill, FlowCall::Cancel(_)) => {
                self.step(flows::Act::<Bill>::new(who, id, (BillCommand::Cancel, b"cancel"), by));
            }
            (FlowKind::Schedule, FlowCall::Cancel(_)) => {
                self.step(flows::Act::<Schedule>::new(
                    who,
                    id,
                    (ScheduleCommand::Cancel, b"cancel"),
                    by,
                ));
            }
            (FlowKind::Dispute, asked) => self.ask_of_dispute(call, asked, by),
            other => panic!("nobody asks this: {other:?}"),
        }
    }

    fn ask_of_dispute(self, call: &Call, asked: &FlowCall, by: Terms) {
        let (command, meaning) = match asked.clone() {
            FlowCall::Say { text, .. } => {
                let meaning = format!("answer {text}");
                (DisputeCommand::Answer(text), meaning)
            }
            FlowCall::Withdraw(_) => (DisputeCommand::Withdraw, "withdraw".to_owned()),
            FlowCall::Review(_) => (DisputeCommand::Review, String::new()),
            FlowCall::Decide { won, why, .. } => {
                let meaning = format!("{} {why}", if won { "won" } else { "lost" });
                (DisputeCommand::Decide(won, why), meaning)
            }
            other => panic!("nobody asks this of a dispute: {other:?}"),
        };
        let who = (call.client_id, call.actor);
        let id = asked.flow(call.client_id, call.actor).id;
        self.step(flows::Act::<Dispute>::new(who, id, (command, meaning.as_bytes()), by));
    }
}
