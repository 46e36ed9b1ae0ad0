//! How flows are opened, what may be asked of them, and what their time brings.

use quipu::clock::Micros;
use quipu::ids::{FlowId, UserId};
use quipu::wallet::{FlowKind, TransferId, WalletError};

use super::flows::{By, Flow, Next, Terms, cancel};
use super::{Answer, Became, Model, Stepped, Under, bills, cards, disputes, offers, packets, requests, schedules};
use crate::call::{Call, FlowCall};

/// Flows that one look at the time does something to, at most.
const AT_ONCE: usize = 64;

/// What can be said of something wanted before anybody looks at the ledger.
pub(super) fn refused_at_the_door(call: &Call, wanted: &FlowCall) -> Option<WalletError> {
    match wanted {
        FlowCall::Request { payers, .. } => requests::refused(call.actor, payers),
        FlowCall::Packet { total, count, .. } => packets::refused(*total, *count),
        FlowCall::Bill {
            total, split, parts, ..
        } => bills::shares(total.minor(), *split, parts).err(),
        FlowCall::Schedule { to, times, .. } => schedules::refused(call, *to, *times),
        _ => None,
    }
}

impl Model {
    /// A flow is opened, or somebody wants something of it.
    pub(super) fn flow(
        &mut self,
        call: &Call,
        wanted: &FlowCall,
        at: Micros,
        now: Micros,
    ) -> Result<(Became, Answer), WalletError> {
        let opened = match wanted {
            FlowCall::Request { .. } => Some(requests::open(call, wanted, at, &self.timers)),
            FlowCall::Packet { .. } => Some(packets::open(call, wanted, at, &self.timers)),
            FlowCall::Bill { .. } => Some(bills::open(call, wanted, at, &self.timers)),
            FlowCall::Schedule { .. } => Some(schedules::open(call, wanted, at)?),
            FlowCall::Dispute { .. } => Some(disputes::open(call, wanted, at, &self.timers)),
            _ => None,
        };
        let next = match opened {
            Some(next) => self.may_open(next)?,
            None => self.asked(call, wanted, at, now)?,
        };
        let under = Under {
            id: TransferId::first(call.client_id, call.actor),
            flow: Some(next.flow.named()),
            at,
        };
        let stepped = self.become_next(under, next)?;
        let seqs = stepped.rows.iter().map(|row| row.seq).collect();
        let became = Became::Flow(stepped.flow.id, seqs);
        Ok((became, Answer::Stepped(Box::new(stepped))))
    }

    /// Who opens it may speak there, and whom it names is there.
    fn may_open(&self, next: Next) -> Result<Next, WalletError> {
        let Flow {
            conversation, creator, ..
        } = next.flow;
        if self.flows.contains_key(&next.flow.id) {
            return Err(WalletError::DisputeExists);
        }
        if !self.places.is_member(conversation, creator) {
            return Err(WalletError::NotAMember);
        }
        let named = match &next.flow.terms {
            Terms::Schedule { payee, .. } | Terms::Offer { payee, .. } | Terms::Dispute { payee, .. } => vec![*payee],
            _ => next.flow.parties.iter().map(|part| part.user).collect(),
        };
        let here = |user: &UserId| self.places.is_member(conversation, *user);
        // Whoever was blocked by the other may still say that they were cheated.
        let speaks = next.flow.kind == FlowKind::Dispute || self.places.may_speak(conversation, creator);
        if !speaks || !named.iter().all(here) {
            return Err(WalletError::PayeeUnavailable);
        }
        Ok(next)
    }

    /// Something is asked of one that stands. Whoever is not there learns nothing of it.
    fn asked(&self, call: &Call, wanted: &FlowCall, at: Micros, now: Micros) -> Result<Next, WalletError> {
        if let FlowCall::Pay {
            not_after: Some(last), ..
        } = wanted
            && now > *last
        {
            return Err(WalletError::NotAfterPassed);
        }
        let id = wanted.flow(call.client_id, call.actor).id;
        let flow = self.flows.get(&id).ok_or(WalletError::NotAMember)?;
        // An operator stands outside of all conversations.
        if call.actor != UserId::SYSTEM && !self.places.is_member(flow.conversation, call.actor) {
            return Err(WalletError::NotAMember);
        }
        if let FlowCall::Pay { .. } = wanted {
            let speaks = |user| self.places.may_speak(flow.conversation, user);
            if !speaks(call.actor) || !speaks(flow.creator) {
                return Err(WalletError::PayeeUnavailable);
            }
        }
        let by = By {
            actor: call.actor,
            client_id: call.client_id,
            at,
        };
        let flow = flow.clone();
        match (flow.kind, wanted) {
            (FlowKind::Offer, FlowCall::Answer { answer, .. }) => offers::answer(flow, *answer, by),
            (FlowKind::Request, FlowCall::Pay { fee, .. }) => requests::pay(flow, *fee, by),
            (FlowKind::Request, FlowCall::Decline(_)) => requests::decline(flow, by),
            (FlowKind::Bill, FlowCall::Pay { fee, .. }) => bills::pay(flow, *fee, by),
            (FlowKind::Packet, FlowCall::Claim(_)) => packets::claim(flow, by),
            (FlowKind::Request | FlowKind::Bill | FlowKind::Schedule, FlowCall::Cancel(_)) => cancel(flow, by),
            (FlowKind::Dispute, wanted) => disputes::ask(flow, wanted, by),
            other => panic!("nobody asks this: {other:?}"),
        }
    }

    /// The ledger does the steps, or nothing becomes of it.
    fn become_next(&mut self, under: Under, next: Next) -> Result<Stepped, WalletError> {
        let rows = if next.steps.is_empty() {
            Vec::new()
        } else {
            self.ledger.carry_out(under, &next.steps)?
        };
        let mut flow = next.flow;
        if next.shown {
            flow.shown = cards::of(&flow);
        }
        let of_offer = TransferId::first(flow.client_id, flow.creator);
        let card = match &next.receipt {
            Some((id, _)) => Some(*id),
            None => (flow.kind == FlowKind::Offer).then_some(of_offer),
        };
        self.payments.placed(&rows, card);
        self.payments.cards.extend(next.receipt);
        // Who is not there is not reminded, and nobody is in the name of somebody who may not speak.
        let here = |user: &UserId| self.places.is_member(flow.conversation, *user);
        let people: Vec<_> = next.remind.into_iter().filter(here).collect();
        if !people.is_empty() && self.places.may_speak(flow.conversation, flow.creator) {
            flow.reminders.push(people);
        }
        let seen = flow.seen();
        self.flows.insert(flow.id, flow);
        self.told_of(&rows);
        Ok(Stepped {
            flow: seen,
            rows,
            duplicate: false,
        })
    }

    /// What its time brings to each flow of a sort whose time has come, the earliest first.
    pub(super) fn run_due(&mut self, kind: FlowKind, at: Micros) -> Vec<Stepped> {
        let due = self.flows.values().filter(|flow| flow.kind == kind);
        let due = due.filter_map(|flow| flow.due_at.filter(|due| *due <= at).map(|due| (due, flow.id)));
        let mut due: Vec<_> = due.collect();
        due.sort_unstable();
        assert!(due.len() < AT_ONCE, "so many are due that it depends on the batch");
        due.into_iter().filter_map(|(_, id)| self.time_of(id, at)).collect()
    }

    fn time_of(&mut self, id: FlowId, at: Micros) -> Option<Stepped> {
        let flow = self.flows[&id].clone();
        let client_id = flow.named().act_id("due", flow.due_at.unwrap().0);
        let by = By {
            actor: UserId::SYSTEM,
            client_id,
            at,
        };
        let under = Under {
            id: TransferId::first(client_id, UserId::SYSTEM),
            flow: Some(flow.named()),
            at,
        };
        let timers = self.timers;
        let next = match &flow.terms {
            Terms::Offer { .. } => offers::due(flow, by, &timers),
            Terms::Request => requests::due(flow, by, &timers),
            Terms::Bill { .. } => bills::due(flow, by, &timers),
            Terms::Dispute { .. } => disputes::due(flow),
            Terms::Packet { .. } => {
                let otherwise = packets::to_suspense(flow.clone());
                let next = self.become_next(under, packets::due(flow));
                return next.or_else(|_| self.become_next(under, otherwise)).ok();
            }
            Terms::Schedule { payee, .. } => {
                let speaks = |user| self.places.may_speak(flow.conversation, user);
                if !speaks(flow.creator) || !speaks(*payee) {
                    let failed = schedules::failed(flow, &WalletError::PayeeUnavailable);
                    return self.become_next(under, failed).ok();
                }
                let next = self.become_next(under, schedules::due(flow.clone(), by, &timers));
                return next
                    .or_else(|refusal| self.become_next(under, schedules::failed(flow, &refusal)))
                    .ok();
            }
        };
        self.become_next(under, next).ok()
    }
}
