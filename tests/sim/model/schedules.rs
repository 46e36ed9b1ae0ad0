//! Plans: each due time is paid once, skipped when it is long past, or failed.

use quipu::clock::Micros;
use quipu::ids::UserId;
use quipu::wallet::recurrence::{End, Recurrence};
use quipu::wallet::{FlowState, Purpose, TransferId, WalletError};

use super::cards;
use super::flows::{By, Flow, Next, Terms, Timers, due_of, payment};
use crate::call::{Call, FlowCall};

/// Due times of one plan at most.
const TIMES: u32 = 10_000;

pub(super) fn refused(call: &Call, to: UserId, times: Recurrence) -> Option<WalletError> {
    if to == call.actor {
        return Some(WalletError::SelfTransfer);
    }
    let ends = match times.end {
        End::Never => true,
        End::Count(count) => (1..=TIMES).contains(&count),
        End::Until(until) => until >= times.first,
    };
    (!ends).then_some(WalletError::ScheduleInvalid)
}

/// One whose first time has passed is refused, unless it stands already.
pub(super) fn open(call: &Call, wanted: &FlowCall, at: Micros) -> Result<Next, WalletError> {
    let FlowCall::Schedule {
        conversation,
        to,
        money,
        times,
        note,
    } = wanted
    else {
        panic!("a plan: {wanted:?}")
    };
    if times.first <= at {
        return Err(WalletError::ScheduleInvalid);
    }
    let named = wanted.flow(call.client_id, call.actor);
    let terms = Terms::Schedule {
        payee: *to,
        times: *times,
        next: 0,
        paid: 0,
        skipped: 0,
        failed: 0,
        last: String::new(),
    };
    let mut flow = Flow::new(call, named, (*conversation, *money, note), (at, terms));
    flow.due_at = Some(times.first);
    Ok(Next::shown(flow, Vec::new()))
}

/// The last due time ended so; the next one comes, or there is none.
fn ran(mut flow: Flow, word: &str) -> Flow {
    let Terms::Schedule {
        times,
        next,
        paid,
        skipped,
        failed,
        last,
        ..
    } = &mut flow.terms
    else {
        panic!("a plan: {flow:?}")
    };
    match word {
        "paid" => *paid += 1,
        "skipped" => *skipped += 1,
        _ => *failed += 1,
    }
    word.clone_into(last);
    *next += 1;
    let (nothing, coming) = (*paid == 0 && *failed > 0, due_of(*times, *next));
    match coming {
        Some(coming) => flow.due_at = Some(coming),
        None => flow.end(if nothing { FlowState::Failed } else { FlowState::Ended }),
    }
    flow
}

/// The ledger refused.
pub(super) fn failed(flow: Flow, refusal: &WalletError) -> Next {
    Next::shown(ran(flow, refusal.word()), Vec::new())
}

pub(super) fn due(flow: Flow, by: By, timers: &Timers) -> Next {
    if by.at.0 - flow.due_at.unwrap().0 > timers.schedule_late {
        return Next::shown(ran(flow, "skipped"), Vec::new());
    }
    let Terms::Schedule { payee, .. } = flow.terms else {
        panic!("a plan: {flow:?}")
    };
    let people = (flow.creator, payee);
    let steps = payment(people, (flow.money, Purpose::Schedule), None, &flow.note).unwrap();
    let receipt = (
        TransferId::first(by.client_id, by.actor),
        cards::of_payment(people, flow.money, &flow.note),
    );
    Next {
        receipt: Some(receipt),
        ..Next::shown(ran(flow, "paid"), steps)
    }
}
