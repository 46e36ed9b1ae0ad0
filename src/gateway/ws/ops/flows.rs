//! What people do with money in several steps: payments that are accepted first, requests, red packets, bills, plans.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{answer_bytes, cursor, page};
use crate::clock::Micros;
use crate::gateway::ws::caller::{Caller, Owed};
use crate::gateway::ws::dispatch::Next;
use crate::identity::Step;
use crate::ids::{ClientId, UserId};
use crate::protocol::{
    ActOnBill, ActOnDispute, ActOnRequest, ActOnSchedule, ActOnTransfer, AnswerDispute, ClaimPacket, Coded, CreateBill,
    CreatePacket, CreateRequest, CreateSchedule, ErrorCode, FlowDone, NetBills, OpenDispute, Page, PayBill, PayRequest,
    ShowPacket, WaitingFlows, WantedShare, WireError, fitting,
};
use crate::reply::Reply;
use crate::wallet::recurrence::{End, Recurrence};
use crate::wallet::{
    self, Asking, Conditions, Consent, Currency, FlowPlace, Money, OfferAnswer, PacketKind, Split, TransferId, Wallet,
    WalletError, every_of,
};

/// Basis points in a per cent have this many decimals.
const PERCENT_DECIMALS: usize = 2;

/// How an answer is given.
type Answer = Reply<Result<FlowDone, WalletError>>;

fn asking(caller: &Caller, client_id: ClientId) -> Asking {
    Asking {
        actor: caller.id(),
        client_id,
        at: caller.state.clock.now(),
        conditions: Conditions::default(),
    }
}

/// The same for what moves money of the caller's: on conditions.
fn paying(caller: &Caller, client_id: ClientId, not_after: Option<Micros>, consent: Consent) -> Asking {
    Asking {
        conditions: Conditions { not_after, consent },
        ..asking(caller, client_id)
    }
}

/// Takes the rate, opens the answer, and lets the wallet do it: at once, or when it had to be looked up first whether
/// the caller's address was confirmed since the socket signed in; then the socket reads on behind it.
fn carry_out(
    caller: &Caller,
    id: u64,
    moves_money: bool,
    work: impl FnOnce(&Wallet, Answer) + Send + 'static,
) -> Result<Next, WireError> {
    caller.state.rates.send(caller.id())?;
    let Some(owed) = caller.owe(id, ErrorCode::OutcomeUnknown) else {
        return Ok(Next::Go);
    };
    let allowed = !moves_money || caller.state.identity.allow(Step::Payment, &caller.user).is_ok();
    if allowed {
        work(&caller.state.wallet, owed.into_reply(|done| done));
        return Ok(Next::Go);
    }
    Ok(Next::Wait(look_up_and(caller.clone(), owed, work)))
}

fn look_up_and(
    caller: Caller,
    owed: Owed,
    work: impl FnOnce(&Wallet, Answer) + Send + 'static,
) -> BoxFuture<'static, ()> {
    async move {
        let (identity, user) = (caller.state.identity.clone(), caller.id());
        let found = caller
            .state
            .db
            .runtime()
            .spawn(async move { identity.user(user).await });
        let allowed = match found.await {
            Ok(Ok(payer)) => caller.state.identity.allow(Step::Payment, &payer),
            Ok(Err(error)) => Err(error),
            // The runtime is going away, and the answer with it.
            Err(_) => return,
        };
        match allowed {
            Ok(()) => work(&caller.state.wallet, owed.into_reply(|done| done)),
            Err(error) => owed.refuse(&error.wire().detail("money", "not_moved")),
        }
    }
    .boxed()
}

fn terms(caller: &Caller, (amount, currency, note): (&str, &str, &str)) -> Result<(Money, String), WireError> {
    let wallet = &caller.state.wallet;
    wallet::parse_terms(wallet.currencies(), amount, currency, note, wallet.note_chars()).map_err(|error| error.wire())
}

/// A fee that was agreed to, before it is known in which currency: without a currency's decimals it is only compared.
fn agreed_fee(caller: &Caller, fee: Option<&str>, currency: Option<&str>) -> Result<Option<i64>, WireError> {
    let currencies = caller.state.wallet.currencies();
    let currency: Currency = match currency {
        Some(code) => currencies.get(code).map_err(|error| error.wire())?,
        None => currencies.default_currency(),
    };
    let fee = fee.map(|fee| currency.parse(fee)).transpose();
    fee.map_err(|error| error.wire().param("fee"))
}

fn transfer_id(text: &str) -> Result<TransferId, WireError> {
    text.parse()
        .map_err(|_| WalletError::TransferNotFound.wire().param("transfer"))
}

pub(in crate::gateway::ws) fn answer_offer(
    caller: &Caller,
    id: u64,
    wanted: &ActOnTransfer,
    answer: OfferAnswer,
) -> Result<Next, WireError> {
    let of = transfer_id(&wanted.transfer)?;
    let asking = asking(caller, wanted.client_id);
    carry_out(caller, id, false, move |wallet, reply| {
        wallet.answer_offer(asking, of, answer, reply);
    })
}

pub(in crate::gateway::ws) fn create_request(
    caller: &Caller,
    id: u64,
    wanted: CreateRequest,
) -> Result<Next, WireError> {
    let money = terms(caller, (&wanted.amount, &wanted.currency, &wanted.note))?;
    let asking = asking(caller, wanted.client_id);
    carry_out(caller, id, false, move |wallet, reply| {
        wallet.create_request(asking, wanted.conversation, &wanted.payers, money, reply);
    })
}

pub(in crate::gateway::ws) fn pay_request(
    caller: &Caller,
    id: u64,
    wanted: &PayRequest,
    consent: Consent,
) -> Result<Next, WireError> {
    let agreed = agreed_fee(caller, wanted.fee.as_deref(), wanted.currency.as_deref())?;
    let asking = paying(caller, wanted.client_id, wanted.not_after, consent);
    let request = wanted.request;
    carry_out(caller, id, true, move |wallet, reply| {
        wallet.pay_request(asking, request, agreed, reply);
    })
}

pub(in crate::gateway::ws) fn end_request(
    caller: &Caller,
    id: u64,
    wanted: &ActOnRequest,
    cancel: bool,
) -> Result<Next, WireError> {
    let (asking, request) = (asking(caller, wanted.client_id), wanted.request);
    carry_out(caller, id, false, move |wallet, reply| {
        wallet.end_request(asking, request, cancel, reply);
    })
}

pub(in crate::gateway::ws) fn create_packet(
    caller: &Caller,
    id: u64,
    wanted: CreatePacket,
    consent: Consent,
) -> Result<Next, WireError> {
    let (total, greeting) = terms(caller, (&wanted.total, &wanted.currency, &wanted.greeting))?;
    let kind = PacketKind::of(&wanted.kind).ok_or_else(|| invalid("kind"))?;
    let content = (kind, total, wanted.count);
    let asking = paying(caller, wanted.client_id, wanted.not_after, consent);
    let seed = rand::random();
    carry_out(caller, id, true, move |wallet, reply| {
        wallet.create_packet(asking, wanted.conversation, content, (greeting, seed), reply);
    })
}

pub(in crate::gateway::ws) fn claim_packet(caller: &Caller, id: u64, wanted: &ClaimPacket) -> Result<Next, WireError> {
    let (asking, packet) = (asking(caller, wanted.client_id), wanted.packet);
    carry_out(caller, id, false, move |wallet, reply| {
        wallet.claim_packet(asking, packet, reply);
    })
}

pub(in crate::gateway::ws) fn show_packet(caller: &Caller, id: u64, wanted: &ShowPacket) -> Result<(), WireError> {
    let after = cursor(wanted.cursor.as_deref())?;
    let limit = page(wanted.limit, caller.state.limits.history_page);
    let (wallet, user, packet) = (caller.state.wallet.clone(), caller.id(), wanted.packet);
    caller.answer_later(id, async move {
        let shown = wallet.show_packet(user, packet, after, limit).await;
        shown.map_err(|error| error.wire())
    });
    Ok(())
}

pub(in crate::gateway::ws) fn create_bill(caller: &Caller, id: u64, wanted: CreateBill) -> Result<Next, WireError> {
    let (total, note) = terms(caller, (&wanted.total, &wanted.currency, &wanted.note))?;
    let split = Split::of(&wanted.split).ok_or_else(|| invalid("split"))?;
    let parts = wanted.shares.iter().enumerate();
    let parts = parts.map(|(at, share)| Ok((share.user, part(share, split, total.currency(), at)?)));
    let parts: Vec<(UserId, i64)> = parts.collect::<Result<_, WireError>>()?;
    let asking = asking(caller, wanted.client_id);
    carry_out(caller, id, false, move |wallet, reply| {
        wallet.create_bill(asking, wanted.conversation, (total, split, note), &parts, reply);
    })
}

/// What somebody's part of a bill is, in the unit of its split.
fn part(share: &WantedShare, split: Split, currency: Currency, at: usize) -> Result<i64, WireError> {
    let missing = |field| invalid(&format!("shares.{at}.{field}"));
    match split {
        Split::Equal => Ok(0),
        Split::Exact => {
            let amount = share.amount.as_deref().ok_or_else(|| missing("amount"))?;
            let parsed = currency.parse(amount);
            parsed.map_err(|error| error.wire().param(format!("shares.{at}.amount")))
        }
        Split::Percent => {
            let percent = share.percent.as_deref().ok_or_else(|| missing("percent"))?;
            basis_points(percent).ok_or_else(|| missing("percent"))
        }
        Split::Weights => share.weight.map(i64::from).ok_or_else(|| missing("weight")),
    }
}

/// Per cent with up to two decimals as basis points.
fn basis_points(percent: &str) -> Option<i64> {
    let (whole, fraction) = percent.split_once('.').unwrap_or((percent, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let fine = (1..=3).contains(&whole.len()) && fraction.len() <= PERCENT_DECIMALS;
    if !fine || !digits(whole) || !digits(fraction) || percent.ends_with('.') {
        return None;
    }
    format!("{whole}{fraction:0<PERCENT_DECIMALS$}").parse().ok()
}

pub(in crate::gateway::ws) fn pay_bill(
    caller: &Caller,
    id: u64,
    wanted: &PayBill,
    consent: Consent,
) -> Result<Next, WireError> {
    let agreed = agreed_fee(caller, wanted.fee.as_deref(), wanted.currency.as_deref())?;
    let asking = paying(caller, wanted.client_id, wanted.not_after, consent);
    let bill = wanted.bill;
    carry_out(caller, id, true, move |wallet, reply| {
        wallet.pay_bill(asking, bill, agreed, reply);
    })
}

pub(in crate::gateway::ws) fn cancel_bill(caller: &Caller, id: u64, wanted: &ActOnBill) -> Result<Next, WireError> {
    let (asking, bill) = (asking(caller, wanted.client_id), wanted.bill);
    carry_out(caller, id, false, move |wallet, reply| {
        wallet.cancel_bill(asking, bill, reply);
    })
}

pub(in crate::gateway::ws) fn net_bills(caller: &Caller, id: u64, wanted: &NetBills) {
    let (wallet, user, conversation) = (caller.state.wallet.clone(), caller.id(), wanted.conversation);
    caller.answer_later(id, async move {
        let netting = wallet.net_bills(user, conversation).await;
        netting.map_err(|error| error.wire())
    });
}

pub(in crate::gateway::ws) fn create_schedule(
    caller: &Caller,
    id: u64,
    wanted: CreateSchedule,
    consent: Consent,
) -> Result<Next, WireError> {
    let (money, note) = terms(caller, (&wanted.amount, &wanted.currency, &wanted.note))?;
    let end = match (wanted.times, wanted.until) {
        (None, None) => End::Never,
        (Some(times), None) => End::Count(times),
        (None, Some(until)) => End::Until(until),
        (Some(_), Some(_)) => return Err(invalid("until")),
    };
    let times = Recurrence {
        first: wanted.first_at,
        every: every_of(&wanted.every).ok_or_else(|| invalid("every"))?,
        end,
    };
    let asking = paying(caller, wanted.client_id, wanted.not_after, consent);
    carry_out(caller, id, true, move |wallet, reply| {
        wallet.create_schedule(asking, wanted.conversation, wanted.to, (money, times, note), reply);
    })
}

pub(in crate::gateway::ws) fn cancel_schedule(
    caller: &Caller,
    id: u64,
    wanted: &ActOnSchedule,
) -> Result<Next, WireError> {
    let (asking, schedule) = (asking(caller, wanted.client_id), wanted.schedule);
    carry_out(caller, id, false, move |wallet, reply| {
        wallet.cancel_schedule(asking, schedule, reply);
    })
}

/// What somebody says in a dispute: something that can be seen, no longer than a note.
fn statement(caller: &Caller, field: &'static str, text: &str) -> Result<String, WireError> {
    let said = wallet::parse_note(text, caller.state.wallet.note_chars());
    let said = said.map_err(|error| error.wire().param(field))?;
    if said.is_empty() { Err(invalid(field)) } else { Ok(said) }
}

pub(in crate::gateway::ws) fn open_dispute(caller: &Caller, id: u64, wanted: &OpenDispute) -> Result<(), WireError> {
    let of = transfer_id(&wanted.transfer)?;
    let reason = statement(caller, "reason", &wanted.reason)?;
    let asking = asking(caller, wanted.client_id);
    caller.state.rates.send(caller.id())?;
    let Some(owed) = caller.owe(id, ErrorCode::OutcomeUnknown) else {
        return Ok(());
    };
    let wallet = caller.state.wallet.clone();
    caller.state.db.runtime().spawn(async move {
        let opened = wallet.open_dispute(asking, of, reason).await;
        owed.give(opened.map_err(|error| not_moved(&error)));
    });
    Ok(())
}

/// A refusal of what moved nothing, even where nothing is said of a payment that somebody looks for.
pub(super) fn not_moved(error: &WalletError) -> WireError {
    match error {
        WalletError::TransferNotFound => error.wire().detail("money", "not_moved"),
        _ => error.wire(),
    }
}

pub(in crate::gateway::ws) fn answer_dispute(
    caller: &Caller,
    id: u64,
    wanted: &AnswerDispute,
) -> Result<Next, WireError> {
    let text = statement(caller, "text", &wanted.text)?;
    let (asking, dispute) = (asking(caller, wanted.client_id), wanted.dispute);
    carry_out(caller, id, false, move |wallet, reply| {
        wallet.answer_dispute(asking, dispute, text, reply);
    })
}

pub(in crate::gateway::ws) fn withdraw_dispute(
    caller: &Caller,
    id: u64,
    wanted: &ActOnDispute,
) -> Result<Next, WireError> {
    let (asking, dispute) = (asking(caller, wanted.client_id), wanted.dispute);
    carry_out(caller, id, false, move |wallet, reply| {
        wallet.withdraw_dispute(asking, dispute, reply);
    })
}

/// What waits for the caller.
pub(in crate::gateway::ws) fn waiting(caller: &Caller, id: u64, wanted: &Page) -> Result<(), WireError> {
    let before: Option<FlowPlace> = cursor(wanted.cursor.as_deref())?;
    let limit = page(wanted.limit, caller.state.limits.history_page);
    let (state, user) = (caller.state.clone(), caller.id());
    caller.answer_later(id, async move {
        let now = state.clock.now();
        let found = state.wallet.waiting(user, now, (before, limit)).await;
        let found = found.map_err(|error| error.wire())?;
        let (places, mut flows): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let whole = usize::try_from(limit).unwrap_or(usize::MAX).min(flows.len());
        let (fit, _) = fitting(&flows[..whole], answer_bytes(&state));
        let next = (fit < flows.len()).then(|| places[fit.saturating_sub(1)].to_string());
        flows.truncate(fit);
        Ok(WaitingFlows { flows, next })
    });
    Ok(())
}

fn invalid(field: &str) -> WireError {
    WireError::new(ErrorCode::InvalidField).param(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn per_cent_with_up_to_two_decimals_are_basis_points() {
        let read = ["33.33", "100", "0.5", "7"].map(basis_points);
        assert_eq!(read, [Some(3333), Some(10_000), Some(50), Some(700)]);
        for wrong in ["", ".5", "5.", "1.234", "-1", "1e2", "1000", "٣"] {
            assert_eq!(basis_points(wrong), None, "{wrong}");
        }
    }
}
