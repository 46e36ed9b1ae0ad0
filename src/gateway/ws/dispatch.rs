//! Which service answers which operation.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::caller::Caller;
use super::consent;
use super::ops::{budgets, chat, flows, funding, groups, messages, people, presence, search, security, sync, wallet};
use crate::chat::MarkKind;
use crate::group_commit::Lane;
use crate::protocol::{Ask, ErrorCode, Pong, Request, WireError};
use crate::wallet::OfferAnswer;
use crate::wallet::funding::Direction;

/// What the socket does after a request.
pub(super) enum Next {
    /// Reads on.
    Go,
    /// Reads on after this: what follows must keep its order behind it.
    Wait(BoxFuture<'static, ()>),
}

impl Next {
    fn and_room_in(self, lane: Lane) -> Self {
        Self::Wait(
            async move {
                if let Self::Wait(work) = self {
                    work.await;
                }
                lane.room().await;
            }
            .boxed(),
        )
    }
}

/// Carries a request out, or refuses it.
pub(super) fn dispatch(caller: &Caller, request: &Request<'_>) -> Next {
    match carry_out(caller, request) {
        Ok(next) => match crowded(caller, &request.op).filter(|_| caller.ends_turn()) {
            Some(lane) => next.and_room_in(lane.clone()),
            None => next,
        },
        Err(refusal) => {
            // Whatever is wrong with a payment, it says whether money moved.
            let refusal = if is_about_money(&request.op) {
                refusal.detail("money", "not_moved")
            } else {
                refusal
            };
            caller.refuse(request.id, &refusal);
            Next::Go
        }
    }
}

/// The queue in which what an operation writes waits, when it is crowded. Those that mostly read have none.
fn crowded<'a>(caller: &'a Caller, op: &str) -> Option<&'a Lane> {
    if is_about_money(op) {
        return caller.state.wallet.crowded_lane();
    }
    let writes = (op.starts_with("message.") && op != "message.history") || op == "reaction.set";
    writes.then(|| caller.state.chat.crowded_lane()).flatten()
}

/// Whether an operation is a step of something in which money moves.
fn is_about_money(op: &str) -> bool {
    let noun = op.split('.').next().unwrap_or(op);
    let asks = matches!(op, "transfer.status" | "packet.show" | "bill.netting");
    !asks
        && matches!(
            noun,
            "transfer" | "request" | "packet" | "bill" | "schedule" | "dispute" | "topup" | "withdraw"
        )
}

fn carry_out(caller: &Caller, request: &Request<'_>) -> Result<Next, WireError> {
    let id = request.id;
    caller.state.rates.operation(caller.id())?;
    if !caller.may_pay() && is_about_money(&request.op) {
        return Err(WireError::new(ErrorCode::ClientTooOld));
    }
    match request.op.as_ref() {
        "ping" => caller.answer(
            id,
            &Pong {
                now: caller.state.clock.now(),
            },
        ),
        "user.find" => people::find(caller, id, read(request)?)?,
        "user.get" => people::get(caller, id, read(request)?)?,
        "contact.list" => people::contacts(caller, id, read(request)?)?,
        "contact.request" => people::request(caller, id, read(request)?)?,
        "contact.answer" => people::answer(caller, id, &read(request)?),
        "contact.remove" => people::remove(caller, id, &read(request)?),
        "contact.block" => people::block(caller, id, &read(request)?),
        "contact.blocked" => people::blocked(caller, id),
        "conversation.create" => chat::create(caller, id, read(request)?)?,
        "conversation.list" => chat::list(caller, id, read(request)?)?,
        "conversation.get" => chat::get(caller, id, read(request)?),
        "conversation.update" => groups::update(caller, id, read(request)?)?,
        "conversation.leave" => groups::leave(caller, id, &read(request)?)?,
        "conversation.set" => chat::set(caller, id, read(request)?),
        "conversation.focus" => return Ok(chat::focus(caller, id, &read(request)?)),
        "member.list" => groups::list(caller, id, read(request)?)?,
        "member.add" => groups::add(caller, id, read(request)?)?,
        "member.remove" => groups::remove(caller, id, &read(request)?)?,
        "member.role" => groups::set_role(caller, id, &read(request)?)?,
        "message.send" => messages::send(caller, id, read(request)?)?,
        "message.forward" => messages::forward(caller, id, &read(request)?)?,
        "message.edit" => messages::edit(caller, id, read(request)?)?,
        "message.recall" => messages::recall(caller, id, &read(request)?)?,
        "message.hide" => messages::hide(caller, id, read(request)?)?,
        "message.pin" => messages::pin(caller, id, &read(request)?)?,
        "message.pinned" => messages::pinned(caller, id, read(request)?),
        "message.history" => messages::history(caller, id, read(request)?),
        "reaction.set" => messages::react(caller, id, &read(request)?)?,
        "reaction.list" => messages::reactions(caller, id, read(request)?)?,
        "draft.set" => chat::draft(caller, id, read(request)?)?,
        "typing.set" => chat::typing(caller, id, &read(request)?),
        "presence.watch" => presence::watch(caller, id, read(request)?)?,
        "presence.count" => presence::count(caller, id, read(request)?),
        "settings.set" => presence::set(caller, id, &read(request)?)?,
        "search.messages" => search::messages(caller, id, read(request)?)?,
        "search.people" => search::people(caller, id, read(request)?)?,
        "search.conversations" => search::conversations(caller, id, &read(request)?)?,
        "sync" => sync::later(caller, id, read(request)?),
        "device.list" => security::devices(caller, id),
        "device.revoke" => security::revoke(caller, id, &read(request)?)?,
        "read.mark" => chat::mark(caller, id, MarkKind::Read, read(request)?),
        "delivered.mark" => chat::mark(caller, id, MarkKind::Delivered, read(request)?),
        "hello" => {
            return Err(WireError::new(ErrorCode::InvalidField)
                .param("op")
                .detail("reason", "said already"));
        }
        _ => return move_money(caller, request),
    }
    Ok(Next::Go)
}

/// What is asked of the wallet.
fn move_money(caller: &Caller, request: &Request<'_>) -> Result<Next, WireError> {
    let id = request.id;
    match request.op.as_ref() {
        "wallet.accounts" => wallet::accounts(caller, id),
        "wallet.history" => wallet::history(caller, id, read(request)?)?,
        "wallet.transaction" => wallet::transaction(caller, id, &read(request)?)?,
        "wallet.waiting" => flows::waiting(caller, id, &read(request)?)?,
        "wallet.summary" => budgets::summary(caller, id, &read(request)?)?,
        "budget.set" => budgets::set(caller, id, &read(request)?)?,
        "budget.list" => budgets::list(caller, id),
        "wallet.freeze" => wallet::freeze(caller, id, &read(request)?),
        "wallet.unfreeze" => wallet::unfreeze(caller, id, &read(request)?, consent::of(caller, request)),
        "limits.show" => security::limits(caller, id, &read(request)?)?,
        "factor.list" => security::factors(caller, id),
        "pin.set" => security::set_pin(caller, id, read(request)?),
        "pin.change" => security::change_pin(caller, id, read(request)?),
        "step_up.begin" => security::begin(caller, id, read(request)?)?,
        "step_up.confirm" => security::confirm(caller, id, read(request)?)?,
        "transfer.send" => return wallet::send(caller, id, read(request)?, consent::of(caller, request)),
        "transfer.accept" => return flows::answer_offer(caller, id, &read(request)?, OfferAnswer::Accept),
        "transfer.decline" => return flows::answer_offer(caller, id, &read(request)?, OfferAnswer::Decline),
        "transfer.cancel" => return flows::answer_offer(caller, id, &read(request)?, OfferAnswer::Cancel),
        "transfer.refund" => wallet::refund(caller, id, read(request)?, consent::of(caller, request))?,
        "request.create" => return flows::create_request(caller, id, read(request)?),
        "request.pay" => return flows::pay_request(caller, id, &read(request)?, consent::of(caller, request)),
        "request.decline" => return flows::end_request(caller, id, &read(request)?, false),
        "request.cancel" => return flows::end_request(caller, id, &read(request)?, true),
        "packet.create" => return flows::create_packet(caller, id, read(request)?, consent::of(caller, request)),
        "packet.claim" => return flows::claim_packet(caller, id, &read(request)?),
        "packet.show" => flows::show_packet(caller, id, &read(request)?)?,
        "bill.create" => return flows::create_bill(caller, id, read(request)?),
        "bill.pay" => return flows::pay_bill(caller, id, &read(request)?, consent::of(caller, request)),
        "bill.cancel" => return flows::cancel_bill(caller, id, &read(request)?),
        "bill.netting" => flows::net_bills(caller, id, &read(request)?),
        "schedule.create" => return flows::create_schedule(caller, id, read(request)?, consent::of(caller, request)),
        "schedule.cancel" => return flows::cancel_schedule(caller, id, &read(request)?),
        "dispute.open" => flows::open_dispute(caller, id, &read(request)?)?,
        "dispute.answer" => return flows::answer_dispute(caller, id, &read(request)?),
        "dispute.withdraw" => return flows::withdraw_dispute(caller, id, &read(request)?),
        "transfer.status" => wallet::status(caller, id, read(request)?),
        _ => return fund(caller, request),
    }
    Ok(Next::Go)
}

/// What comes in and goes out, and where from and to.
fn fund(caller: &Caller, request: &Request<'_>) -> Result<Next, WireError> {
    let id = request.id;
    let consent = || consent::of(caller, request);
    match request.op.as_ref() {
        "method.list" => funding::methods(caller, id),
        "method.add" => funding::add(caller, id, read(request)?, consent())?,
        "method.update" => funding::update(caller, id, read(request)?)?,
        "method.default" => funding::prefer(caller, id, &read(request)?),
        "method.remove" => funding::remove(caller, id, &read(request)?),
        "topup.create" => funding::begin(caller, id, &read(request)?, Direction::In, consent())?,
        "withdraw.create" => funding::begin(caller, id, &read(request)?, Direction::Out, consent())?,
        "funding.list" => funding::list(caller, id, &read(request)?)?,
        _ => return Err(WireError::new(ErrorCode::UnknownOp).param("op")),
    }
    Ok(Next::Go)
}

fn read<T: Ask>(request: &Request<'_>) -> Result<T, WireError> {
    request.payload()
}
