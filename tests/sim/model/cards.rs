//! What the cards say: the wire's words, written once more.

use quipu::clock::Micros;
use quipu::ids::UserId;
use quipu::wallet::recurrence::{End, Every};
use quipu::wallet::{FlowState, Money, PacketKind, PartyState, Split};
use serde_json::{Value, json};

use super::flows::{Flow, Part, Terms};
use super::packets;

pub(super) fn of(flow: &Flow) -> Value {
    let (currency, until) = (flow.currency(), flow.expires_at.map(|at| at.to_string()));
    let whole = currency.format(flow.money.minor());
    let (from, code, note, state) = (flow.creator, currency.code(), &flow.note, state(flow));
    let part =
        |part: &Part| json!({ "user": part.user, "state": word(part.state), "amount": currency.format(part.minor) });
    let parties: Vec<_> = flow.parties.iter().map(part).collect();
    match &flow.terms {
        Terms::Offer { payee, .. } => json!({
            "from": from, "to": payee, "amount": whole, "currency": code, "note": note, "state": state,
            "expires_at": until,
        }),
        Terms::Request => json!({
            "from": from, "amount": whole, "currency": code, "note": note, "state": state, "payers": parties,
            "expires_at": until,
        }),
        Terms::Packet { kind, seed, shares } => {
            let count = i64::try_from(shares.len()).unwrap();
            let kind = match kind {
                PacketKind::Equal => "equal",
                PacketKind::Lucky => "lucky",
            };
            let mut card = json!({
                "from": from, "kind": kind, "total": whole, "currency": code, "count": count,
                "claimed": flow.parties.len(), "greeting": note, "state": state, "expires_at": until,
                "commitment": packets::commitment(seed, flow.money.minor(), count),
            });
            // The secret is out once nothing follows from it any more.
            if !flow.is_open() {
                card["seed"] = json!(hex::encode(seed));
            }
            card
        }
        Terms::Bill { split } => {
            let paid = flow.parties.iter().filter(|part| part.state == PartyState::Paid);
            let split = match split {
                Split::Equal => "equal",
                Split::Exact => "exact",
                Split::Percent => "percent",
                Split::Weights => "weights",
            };
            json!({
                "from": from, "total": whole, "paid": currency.format(paid.map(|part| part.minor).sum()),
                "currency": code, "split": split, "note": note, "state": state, "shares": parties,
                "expires_at": until,
            })
        }
        Terms::Schedule { .. } => plan(flow, &whole, state),
        Terms::Dispute {
            payee,
            of,
            answer,
            decision,
        } => json!({
            "from": from, "to": payee, "transfer": of.to_string(), "amount": whole, "currency": code,
            "reason": note, "answer": answer, "decision": decision, "state": state,
        }),
    }
}

fn plan(flow: &Flow, whole: &str, state: &str) -> Value {
    let Terms::Schedule {
        payee,
        times,
        paid,
        skipped,
        failed,
        last,
        ..
    } = &flow.terms
    else {
        panic!("a plan: {flow:?}")
    };
    let every = match times.every {
        Every::Once => "once",
        Every::Day => "day",
        Every::Week => "week",
        Every::Month => "month",
        Every::Year => "year",
    };
    let (count, until) = match times.end {
        End::Never => (None, None),
        End::Count(count) => (Some(count), None),
        End::Until(until) => (None, Some(until.to_string())),
    };
    json!({
        "from": flow.creator, "to": payee, "amount": whole, "currency": flow.currency().code(), "note": flow.note,
        "every": every, "state": state, "next_at": flow.due_at.map(|at: Micros| at.to_string()), "times": count,
        "until": until, "paid": paid, "skipped": skipped, "failed": failed, "last": last,
    })
}

/// The card of a payment.
pub(super) fn of_payment((from, to): (UserId, UserId), money: Money, note: &str) -> Value {
    let currency = money.currency();
    json!({
        "from": from, "to": to, "amount": currency.format(money.minor()), "currency": currency.code(), "note": note,
        "state": "posted",
    })
}

const fn word(state: PartyState) -> &'static str {
    match state {
        PartyState::Open => "open",
        PartyState::Paid => "paid",
        PartyState::Declined => "declined",
        PartyState::Own => "own",
    }
}

fn state(flow: &Flow) -> &'static str {
    match (flow.state, &flow.terms) {
        (FlowState::Open, Terms::Offer { .. }) => "held",
        (FlowState::Open, _) => "open",
        (FlowState::PartlyPaid, _) => "partly_paid",
        (FlowState::Paid, _) => "paid",
        (FlowState::Settled, _) => "settled",
        (FlowState::Accepted, _) => "accepted",
        (FlowState::Declined, _) => "declined",
        (FlowState::Cancelled, _) => "cancelled",
        (FlowState::Expired, _) => "expired",
        (FlowState::Exhausted, _) => "exhausted",
        (FlowState::Ended, _) => "ended",
        (FlowState::Failed, _) => "failed",
        (FlowState::Evidence, _) => "evidence",
        (FlowState::Review, _) => "review",
        (FlowState::Won, _) => "won",
        (FlowState::Lost, _) => "lost",
        (FlowState::Withdrawn, _) => "withdrawn",
    }
}
