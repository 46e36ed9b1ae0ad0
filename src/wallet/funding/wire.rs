//! Payment methods, top-ups and withdrawals as the wire shows them.

use secrecy::ExposeSecret as _;

use super::method::Method;
use super::rules::{Funding, FundingTimes};
use super::service::{KnownMethod, Submitted};
use super::{Direction, MethodKind};
use crate::clock::Micros;
use crate::protocol::{FundingDone, FundingView, MethodView};
use crate::wallet::flow::FlowKind;
use crate::wallet::providers::Reason;

/// A payment method as its owner sees it.
#[must_use]
pub fn method_view(known: &KnownMethod, now: Micros, times: FundingTimes) -> MethodView {
    let method = &known.method;
    MethodView {
        id: method.id,
        kind: method.kind.as_str(),
        brand: method.brand.clone(),
        funding: credit_word(method),
        last_four: method.last_four.clone(),
        holder: known.holder.expose_secret().to_owned(),
        label: method.label.clone(),
        expires: method.expires.map(|month| month.to_string()),
        state: method.expiry(now).as_str(),
        default: method.preferred,
        top_up: method.allows(Direction::In),
        withdraw: method.allows(Direction::Out),
        withdraw_from: method
            .allows(Direction::Out)
            .then(|| method.withdraw_from(times.cooling_off))
            .filter(|from| now < *from),
        unfinished: known.unfinished,
        added_at: method.added_at,
    }
}

fn credit_word(method: &Method) -> Option<&'static str> {
    match method.kind {
        MethodKind::Card if method.is_credit => Some("credit"),
        MethodKind::Card => Some("debit"),
        MethodKind::Bank => None,
    }
}

/// A top-up or a withdrawal as its owner sees it.
#[must_use]
pub fn funding_view(funding: &Funding) -> FundingView {
    FundingView {
        id: funding.id,
        client_id: funding.client_id,
        kind: match funding.direction {
            Direction::In => FlowKind::TopUp.as_str(),
            Direction::Out => FlowKind::Withdrawal.as_str(),
        },
        state: funding.state.as_str(),
        method: funding.method,
        brand: funding.brand.clone(),
        last_four: funding.last_four.clone(),
        amount: funding.money.to_string(),
        currency: funding.money.currency().code().to_owned(),
        reason: funding.reason.map(Reason::as_str),
        action: funding.action.clone(),
        late: funding.late,
        review: funding.review.is_some(),
        at: funding.at,
        changed_at: funding.changed_at,
    }
}

/// The answer to `topup.create` and `withdraw.create`.
#[must_use]
pub fn funding_done(submitted: &Submitted) -> FundingDone {
    FundingDone {
        funding: funding_view(&submitted.funding),
        duplicate: submitted.duplicate,
    }
}
