//! Bills: one paid, several share; each pays their share once.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use quipu::clock::Micros;
use quipu::ids::UserId;
use quipu::wallet::{FlowState, Money, PartyState, Purpose, Split, WalletError};

use super::flows::{By, Flow, Next, Part, Terms, Timers, payment};
use super::requests;
use crate::call::{Call, FlowCall};

/// Whose share is how much, by who they are. What does not divide goes to whoever lost most of a unit, among equals
/// to the lower id.
pub(super) fn shares(total: i64, split: Split, parts: &[(UserId, i64)]) -> Result<Vec<(UserId, i64)>, WalletError> {
    let people: BTreeSet<_> = parts.iter().map(|(user, _)| *user).collect();
    if !(2..=100).contains(&parts.len()) || people.len() < parts.len() {
        return Err(WalletError::PayersInvalid);
    }
    let mut parts: Vec<_> = parts
        .iter()
        .map(|(user, part)| (*user, if split == Split::Equal { 1 } else { i128::from(*part) }))
        .collect();
    parts.sort_unstable();
    let most = match split {
        Split::Equal => 1,
        Split::Exact => i128::from(quipu::wallet::MAX_MINOR),
        Split::Percent => 10_000,
        Split::Weights => 1_000_000,
    };
    if parts.iter().any(|(_, part)| *part < 1 || *part > most) {
        return Err(WalletError::PayersInvalid);
    }
    let (sum, total) = (parts.iter().map(|(_, part)| *part).sum::<i128>(), i128::from(total));
    let whole = match split {
        Split::Exact => total,
        Split::Percent => 10_000,
        Split::Equal | Split::Weights => sum,
    };
    if sum != whole {
        let difference = i64::try_from(sum - whole).unwrap_or(i64::MAX);
        return Err(WalletError::ShareMismatch { difference });
    }
    let mut each: Vec<_> = parts.iter().map(|(user, part)| (*user, total * part / whole)).collect();
    let mut lost: Vec<_> = parts
        .iter()
        .map(|(user, part)| (Reverse(total * part % whole), *user))
        .collect();
    lost.sort_unstable();
    let rest = total - each.iter().map(|(_, minor)| *minor).sum::<i128>();
    for (_, user) in lost.into_iter().take(usize::try_from(rest).unwrap()) {
        each.iter_mut().find(|(one, _)| *one == user).unwrap().1 += 1;
    }
    if each.iter().any(|(_, minor)| *minor == 0) {
        return Err(WalletError::PayersInvalid);
    }
    Ok(each
        .into_iter()
        .map(|(user, minor)| (user, i64::try_from(minor).unwrap()))
        .collect())
}

pub(super) fn open(call: &Call, wanted: &FlowCall, at: Micros, timers: &Timers) -> Next {
    let FlowCall::Bill {
        conversation,
        total,
        split,
        parts,
        note,
    } = wanted
    else {
        panic!("a bill: {wanted:?}")
    };
    let named = wanted.flow(call.client_id, call.actor);
    let terms = Terms::Bill { split: *split };
    let mut flow = Flow::new(call, named, (*conversation, *total, note), (at, terms));
    flow.expires_at = Some(Micros(call.asked.0 + timers.bill));
    flow.wait(call.asked, timers.bill_reminder, requests::REMINDERS);
    let part = |(user, minor): (UserId, i64)| Part {
        user,
        state: if user == call.actor {
            PartyState::Own
        } else {
            PartyState::Open
        },
        minor,
        client_id: None,
        at: call.asked,
    };
    let shares = shares(total.minor(), *split, parts).unwrap();
    flow.parties = shares.into_iter().map(part).collect();
    Next::shown(flow, Vec::new())
}

pub(super) fn pay(mut flow: Flow, fee: Option<i64>, by: By) -> Result<Next, WalletError> {
    let part = flow.parties.iter().find(|part| part.user == by.actor);
    let part = part.ok_or(WalletError::NotYours)?;
    match part.state {
        PartyState::Open => {}
        PartyState::Own => return Err(WalletError::SelfTransfer),
        state => return Err(WalletError::AlreadyAnswered { state }),
    }
    flow.must_be_open(by.at)?;
    let money = Money::of_minor(part.minor, flow.currency()).unwrap();
    let people = (by.actor, flow.creator);
    let steps = payment(people, (money, Purpose::Bill), fee, &flow.note)?;
    let part = flow.parties.iter_mut().find(|part| part.user == by.actor).unwrap();
    (part.state, part.client_id, part.at) = (PartyState::Paid, Some(by.client_id), by.at);
    flow.state = FlowState::PartlyPaid;
    if flow.count(PartyState::Open) == 0 {
        flow.end(FlowState::Settled);
    }
    Ok(Next::shown(flow, steps))
}

pub(super) fn due(flow: Flow, by: By, timers: &Timers) -> Next {
    requests::remind_or_end(flow, by, timers.bill_reminder)
}
