//! Red packets: each member takes a share once, as long as there are some; the rest goes back when the time has passed.
//! The shares are drawn as `docs/red-packets.md` says.

use quipu::clock::Micros;
use quipu::wallet::{AccountKind, FlowState, Money, PacketKind, PartyState, Purpose, TransferId, WalletError};
use sha2::{Digest as _, Sha256};

use super::Step;
use super::flows::{By, Flow, Next, Part, Terms, Timers, house, person};
use crate::call::{Call, FlowCall};

/// Shares of one at most.
const SHARES: u32 = 10_000;
/// A card tells of each share that is taken, up to so many.
const EACH: usize = 100;
/// Of more it tells so often in all.
const TOLD: usize = 20;

pub(super) fn refused(total: Money, count: u32) -> Option<WalletError> {
    let fine = (1..=SHARES).contains(&count) && total.minor() >= i64::from(count);
    (!fine).then_some(WalletError::PacketInvalid)
}

pub(super) fn open(call: &Call, wanted: &FlowCall, at: Micros, timers: &Timers) -> Next {
    let FlowCall::Packet {
        conversation,
        kind,
        total,
        count,
        greeting,
        seed,
    } = wanted
    else {
        panic!("a packet: {wanted:?}")
    };
    let named = wanted.flow(call.client_id, call.actor);
    let shares = match kind {
        PacketKind::Equal => equal(total.minor(), i64::from(*count)),
        PacketKind::Lucky => lucky(seed, total.minor(), i64::from(*count)),
    };
    let (kind, seed) = (*kind, *seed);
    let terms = Terms::Packet { kind, seed, shares };
    let mut flow = Flow::new(call, named, (*conversation, *total, greeting), (at, terms));
    flow.expires_at = Some(Micros(call.asked.0 + timers.packet));
    flow.due_at = flow.expires_at;
    let (from, escrow) = (person(call.actor, flow.currency()), escrow(&flow));
    let fill = Step::Post(from, escrow, *total, Purpose::Packet, greeting.clone());
    Next::shown(flow, vec![fill])
}

fn escrow(flow: &Flow) -> quipu::wallet::AccountRef {
    house(AccountKind::Escrow, flow.currency())
}

fn shares(flow: &Flow) -> &[i64] {
    let Terms::Packet { shares, .. } = &flow.terms else {
        panic!("a packet: {flow:?}")
    };
    shares
}

/// In which of its steps the card is.
fn told(flow: &Flow) -> usize {
    let count = shares(flow).len();
    let steps = if count <= EACH { count } else { TOLD };
    flow.parties.len() * steps / count
}

pub(super) fn claim(mut flow: Flow, by: By) -> Result<Next, WalletError> {
    if flow.parties.iter().any(|part| part.user == by.actor) {
        return Err(WalletError::AlreadyClaimed);
    }
    if flow.state == FlowState::Exhausted {
        return Err(WalletError::PacketEmpty);
    }
    flow.must_be_open(by.at)?;
    let (place, before) = (flow.parties.len(), told(&flow));
    let minor = shares(&flow)[place];
    flow.parties.push(Part {
        user: by.actor,
        state: PartyState::Paid,
        minor,
        client_id: Some(by.client_id),
        at: by.at,
    });
    let (currency, escrow) = (flow.currency(), escrow(&flow));
    let share = Money::of_minor(minor, currency).unwrap();
    let to = person(by.actor, currency);
    let steps = vec![Step::Post(escrow, to, share, Purpose::Packet, flow.note.clone())];
    if flow.parties.len() == shares(&flow).len() {
        flow.end(FlowState::Exhausted);
    }
    let shown = told(&flow) > before;
    Ok(Next {
        shown,
        ..Next::shown(flow, steps)
    })
}

/// What is left goes back the way it came.
pub(super) fn due(mut flow: Flow) -> Next {
    let left = Money::of_minor(flow.set_aside(), flow.currency()).unwrap();
    let filled = TransferId::first(flow.client_id, flow.creator);
    let back = Step::Reverse(filled, Some(left), flow.note.clone());
    flow.end(FlowState::Expired);
    Next::shown(flow, vec![back])
}

/// It cannot go back: somebody has to find out whose it is.
pub(super) fn to_suspense(mut flow: Flow) -> Next {
    let currency = flow.currency();
    let left = Money::of_minor(flow.set_aside(), currency).unwrap();
    let (from, to) = (escrow(&flow), house(AccountKind::Suspense, currency));
    let aside = Step::Post(from, to, left, Purpose::Packet, flow.note.clone());
    flow.end(FlowState::Expired);
    Next::shown(flow, vec![aside])
}

fn equal(total: i64, count: i64) -> Vec<i64> {
    (0..count)
        .map(|place| total / count + i64::from(place < total % count))
        .collect()
}

/// What is promised of the seed, in hexadecimal digits.
pub(super) fn commitment(seed: &[u8; 32], total: i64, count: i64) -> String {
    let hash = Sha256::new().chain_update("quipu.draw.commit.v1").chain_update(seed);
    let hash = hash.chain_update(total.to_be_bytes()).chain_update(count.to_be_bytes());
    hex::encode(hash.finalize())
}

fn lucky(seed: &[u8; 32], total: i64, count: i64) -> Vec<i64> {
    let mut used = 0_u64;
    let mut next = || {
        let (block, place) = (used / 4, usize::try_from(used % 4).unwrap() * 8);
        used += 1;
        let hash = Sha256::new().chain_update("quipu.draw.v1").chain_update(seed);
        let hash = hash.chain_update(block.to_be_bytes()).finalize();
        u64::from_be_bytes(hash[place..place + 8].try_into().unwrap())
    };
    let mut below = |n: i128| loop {
        let number = i128::from(next());
        if number < (1 << 64) - (1 << 64) % n {
            return number % n;
        }
    };
    let mut left = i128::from(total);
    let mut shares = Vec::new();
    for k in (2..=i128::from(count)).rev() {
        let share = 1 + below((2 * left / k).min(left - (k - 1)));
        left -= share;
        shares.push(share);
    }
    shares.push(left);
    for i in (1..shares.len()).rev() {
        let other = below(i128::try_from(i + 1).unwrap());
        shares.swap(i, usize::try_from(other).unwrap());
    }
    shares.into_iter().map(|share| i64::try_from(share).unwrap()).collect()
}
