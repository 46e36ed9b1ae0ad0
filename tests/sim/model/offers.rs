//! Payments that their payee accepts first: held; accepted, declined, taken back, or given back when their time passed.

use quipu::clock::Micros;
use quipu::ids::{ConversationId, UserId};
use quipu::wallet::{AccountKind, FlowKind, FlowRef, FlowState, OfferAnswer, Purpose, TransferId, WalletError};

use super::Step;
use super::flows::{By, Flow, Next, Terms, Timers, house, person};
use crate::call::{Call, Pay};

/// The payee is reminded once.
const REMINDERS: i16 = 1;

/// The offer that a payment is.
pub(super) fn named(call: &Call) -> FlowRef {
    FlowRef::of(FlowKind::Offer, call.client_id, call.actor)
}

/// What a payment does: it is posted, or held until the payee accepts it.
pub(super) fn steps(payer: UserId, pay: &Pay, until: Option<Micros>) -> Vec<Step> {
    let currency = pay.money.currency();
    let from = person(payer, currency);
    let step = |to, money, purpose, note: &str| match until {
        Some(until) => Step::Hold(from, to, money, purpose, note.to_owned(), until),
        None => Step::Post(from, to, money, purpose, note.to_owned()),
    };
    let mut steps = vec![step(person(pay.to, currency), pay.money, Purpose::Payment, &pay.note)];
    if let Some(fee) = pay.fee {
        steps.push(step(house(AccountKind::Fees, currency), fee, Purpose::Fee, ""));
    }
    steps
}

/// What stands beside the held money.
pub(super) fn open(call: &Call, pay: &Pay, place: ConversationId, at: Micros, timers: &Timers) -> Flow {
    let fee = pay.fee.map_or(0, |fee| fee.minor());
    let terms = Terms::Offer { payee: pay.to, fee };
    let mut flow = Flow::new(call, named(call), (place, pay.money, &pay.note), (at, terms));
    flow.expires_at = Some(Micros(at.0 + timers.offer));
    flow.wait(at, timers.offer_reminder, REMINDERS);
    flow.shown = super::cards::of(&flow);
    flow
}

/// The held money: the amount, and the fee behind it.
fn holds(flow: &Flow) -> Vec<TransferId> {
    let first = TransferId::first(flow.client_id, flow.creator);
    match flow.terms {
        Terms::Offer { fee, .. } if fee > 0 => vec![first, TransferId { leg: 1, ..first }],
        _ => vec![first],
    }
}

fn payee(flow: &Flow) -> UserId {
    let Terms::Offer { payee, .. } = flow.terms else {
        panic!("an offer: {flow:?}")
    };
    payee
}

pub(super) fn answer(mut flow: Flow, answer: OfferAnswer, by: By) -> Result<Next, WalletError> {
    let who = match answer {
        OfferAnswer::Accept | OfferAnswer::Decline => payee(&flow),
        OfferAnswer::Cancel => flow.creator,
    };
    if by.actor != who {
        return Err(WalletError::NotYours);
    }
    flow.must_be_open(by.at)?;
    let holds = holds(&flow).into_iter();
    let (state, steps) = match answer {
        OfferAnswer::Accept => {
            let capture = |of| Step::Capture(of, None, String::new());
            (FlowState::Accepted, holds.map(capture).collect())
        }
        OfferAnswer::Decline => (
            FlowState::Declined,
            holds.map(|of| Step::Void(of, String::new())).collect(),
        ),
        OfferAnswer::Cancel => (
            FlowState::Cancelled,
            holds.map(|of| Step::Void(of, String::new())).collect(),
        ),
    };
    flow.end(state);
    Ok(Next::shown(flow, steps))
}

/// The end gives back whatever is held still.
pub(super) fn due(mut flow: Flow, by: By, timers: &Timers) -> Next {
    if flow.is_over(by.at) {
        let steps = holds(&flow).into_iter().map(Step::Lapse).collect();
        flow.end(FlowState::Expired);
        return Next::shown(flow, steps);
    }
    flow.reminded += 1;
    flow.wait(by.at, timers.offer_reminder, REMINDERS);
    let remind = vec![payee(&flow)];
    Next {
        shown: false,
        remind,
        ..Next::shown(flow, Vec::new())
    }
}
