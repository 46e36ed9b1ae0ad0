//! Disputes: who paid says that they did not get what they paid for; an operator decides.

use quipu::clock::Micros;
use quipu::ids::UserId;
use quipu::wallet::{FlowState, PartyState, WalletError};

use super::Step;
use super::flows::{By, Flow, Next, Terms, Timers};
use crate::call::{Call, FlowCall};

pub(super) fn open(call: &Call, wanted: &FlowCall, at: Micros, timers: &Timers) -> Next {
    let FlowCall::Dispute {
        conversation,
        of,
        payee,
        money,
        reason,
    } = wanted
    else {
        panic!("a dispute: {wanted:?}")
    };
    let named = wanted.flow(call.client_id, call.actor);
    let terms = Terms::Dispute {
        payee: *payee,
        of: *of,
        answer: String::new(),
        decision: String::new(),
    };
    let mut flow = Flow::new(call, named, (*conversation, *money, reason), (at, terms));
    flow.due_at = Some(Micros(call.asked.0 + timers.dispute_review));
    Next::shown(flow, Vec::new())
}

/// Who may ask for something: the payee answers, the payer withdraws, an operator does the rest.
fn whose(flow: &Flow, wanted: &FlowCall) -> UserId {
    match (wanted, &flow.terms) {
        (FlowCall::Say { .. }, Terms::Dispute { payee, .. }) => *payee,
        (FlowCall::Withdraw(_), _) => flow.creator,
        _ => UserId::SYSTEM,
    }
}

pub(super) fn ask(mut flow: Flow, wanted: &FlowCall, by: By) -> Result<Next, WalletError> {
    if by.actor != whose(&flow, wanted) {
        return Err(WalletError::NotYours);
    }
    flow.must_be_open(by.at)?;
    let state = flow.state;
    let Terms::Dispute {
        of, answer, decision, ..
    } = &mut flow.terms
    else {
        panic!("a dispute: {flow:?}")
    };
    let of = *of;
    match wanted {
        FlowCall::Say { text, .. } => {
            if !answer.is_empty() {
                let state = PartyState::Paid;
                return Err(WalletError::AlreadyAnswered { state });
            }
            text.clone_into(answer);
            if state == FlowState::Open {
                flow.state = FlowState::Evidence;
            }
        }
        FlowCall::Withdraw(_) => flow.end(FlowState::Withdrawn),
        FlowCall::Review(_) => return Ok(due(flow)),
        FlowCall::Decide { won: false, why, .. } => {
            why.clone_into(decision);
            flow.end(FlowState::Lost);
        }
        FlowCall::Decide { won: true, why, .. } => {
            why.clone_into(decision);
            flow.end(FlowState::Won);
            let back = Step::Reverse(of, None, why.clone());
            return Ok(Next::shown(flow, vec![back]));
        }
        other => panic!("nobody asks this of a dispute: {other:?}"),
    }
    Ok(Next::shown(flow, Vec::new()))
}

/// An operator looks at it, or nobody did for too long.
pub(super) fn due(mut flow: Flow) -> Next {
    flow.end(FlowState::Review);
    Next::shown(flow, Vec::new())
}
