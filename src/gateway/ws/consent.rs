//! Which requests are confirmed by whoever pays, and whether one was.

use super::caller::Caller;
use crate::identity::{Confirming, Lack};
use crate::protocol::{Request, Said};
use crate::wallet::Consent;

/// Operations by which money leaves its owner or their bank because they want it, or may leave again or to somewhere else.
pub(super) const CONFIRMED: [&str; 10] = [
    "transfer.send",
    "transfer.refund",
    "request.pay",
    "packet.create",
    "bill.pay",
    "schedule.create",
    "wallet.unfreeze",
    "method.add",
    "topup.create",
    "withdraw.create",
];

/// Whether a request was confirmed, on this login, as it stands.
pub(super) fn of(caller: &Caller, request: &Request<'_>) -> Consent {
    if !caller.state.wallet.requires_pin() {
        return Consent::NotNeeded;
    }
    let said = Said::read(&request.op, request.content());
    let Some((said, grant)) = said.and_then(|mut said| said.step_up.take().map(|grant| (said, grant))) else {
        return Consent::Lacking(Lack::Missing);
    };
    let confirming = Confirming {
        user: caller.id(),
        session: caller.session(),
        digest: said.digest,
    };
    let step_up = caller.state.identity.step_up();
    // Whether its time has passed is decided where the payment is: what waits in a queue grows old.
    match step_up.check(&grant, &confirming) {
        Some(until) => Consent::Until(until),
        None => Consent::Lacking(Lack::Other),
    }
}
