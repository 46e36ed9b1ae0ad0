//! Requests: each of those who are asked pays or declines once; who asks may take it back.

use std::collections::BTreeSet;

use quipu::clock::Micros;
use quipu::ids::UserId;
use quipu::wallet::{FlowState, PartyState, Purpose, WalletError};

use super::flows::{By, Flow, Next, Part, Terms, Timers, payment};
use crate::call::{Call, FlowCall};

/// Reminders of one at most.
pub(super) const REMINDERS: i16 = 3;
/// People who are asked at once, at most.
const PAYERS: usize = 100;

pub(super) fn refused(creator: UserId, payers: &[UserId]) -> Option<WalletError> {
    let each: BTreeSet<_> = payers.iter().collect();
    let wrong = payers.is_empty() || payers.len() > PAYERS || each.len() < payers.len() || each.contains(&creator);
    wrong.then_some(WalletError::PayersInvalid)
}

pub(super) fn open(call: &Call, wanted: &FlowCall, at: Micros, timers: &Timers) -> Next {
    let FlowCall::Request {
        conversation,
        payers,
        money,
        note,
    } = wanted
    else {
        panic!("a request: {wanted:?}")
    };
    let named = wanted.flow(call.client_id, call.actor);
    let mut flow = Flow::new(call, named, (*conversation, *money, note), (at, Terms::Request));
    flow.expires_at = Some(Micros(call.asked.0 + timers.request));
    flow.wait(call.asked, timers.request_reminder, REMINDERS);
    let part = |user: &UserId| Part {
        user: *user,
        state: PartyState::Open,
        minor: money.minor(),
        client_id: None,
        at: call.asked,
    };
    flow.parties = payers.iter().map(part).collect();
    Next::shown(flow, Vec::new())
}

/// The part of whoever answers, who has not yet.
fn part<'a>(flow: &'a mut Flow, by: &By) -> Result<&'a mut Part, WalletError> {
    let part = flow.parties.iter_mut().find(|part| part.user == by.actor);
    let part = part.ok_or(WalletError::NotYours)?;
    match part.state {
        PartyState::Open => Ok(part),
        state => Err(WalletError::AlreadyAnswered { state }),
    }
}

/// Where it stands once somebody has answered: paid when nobody is left of whom some paid.
fn after_an_answer(flow: &mut Flow) {
    let (open, paid) = (flow.count(PartyState::Open), flow.count(PartyState::Paid));
    if open > 0 {
        flow.state = if paid > 0 {
            FlowState::PartlyPaid
        } else {
            FlowState::Open
        };
    } else {
        flow.end(if paid > 0 { FlowState::Paid } else { FlowState::Declined });
    }
}

pub(super) fn pay(mut flow: Flow, fee: Option<i64>, by: By) -> Result<Next, WalletError> {
    part(&mut flow, &by)?;
    flow.must_be_open(by.at)?;
    let people = (by.actor, flow.creator);
    let steps = payment(people, (flow.money, Purpose::Request), fee, &flow.note)?;
    let part = part(&mut flow, &by)?;
    (part.state, part.client_id, part.at) = (PartyState::Paid, Some(by.client_id), by.at);
    after_an_answer(&mut flow);
    Ok(Next::shown(flow, steps))
}

pub(super) fn decline(mut flow: Flow, by: By) -> Result<Next, WalletError> {
    part(&mut flow, &by)?;
    flow.must_be_open(by.at)?;
    let part = part(&mut flow, &by)?;
    (part.state, part.at) = (PartyState::Declined, by.at);
    after_an_answer(&mut flow);
    Ok(Next::shown(flow, Vec::new()))
}

pub(super) fn due(flow: Flow, by: By, timers: &Timers) -> Next {
    remind_or_end(flow, by, timers.request_reminder)
}

/// Its end, or a reminder of those who have not answered.
pub(super) fn remind_or_end(mut flow: Flow, by: By, every: i64) -> Next {
    if flow.is_over(by.at) {
        flow.end(FlowState::Expired);
        return Next::shown(flow, Vec::new());
    }
    flow.reminded += 1;
    flow.wait(by.at, every, REMINDERS);
    let remind = flow.waits_for();
    Next {
        shown: false,
        remind,
        ..Next::shown(flow, Vec::new())
    }
}
