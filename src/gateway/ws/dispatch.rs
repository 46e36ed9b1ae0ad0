//! Which service answers which operation.

use futures_util::future::BoxFuture;

use super::caller::Caller;
use super::ops::{chat, people, sync, wallet};
use crate::protocol::{Ask, ErrorCode, Pong, Request, WireError};

/// What the socket does after a request.
pub(super) enum Next {
    /// Reads on.
    Go,
    /// Reads on after this: what follows must keep its order behind it.
    Wait(BoxFuture<'static, ()>),
}

/// Carries a request out, or refuses it.
pub(super) fn dispatch(caller: &Caller, request: &Request<'_>) -> Next {
    match carry_out(caller, request) {
        Ok(next) => next,
        Err(refusal) => {
            // Whatever is wrong with a payment, it says whether money moved.
            let payment = request.op == "transfer.send";
            let refusal = if payment {
                refusal.detail("money", "not_moved")
            } else {
                refusal
            };
            caller.refuse(request.id, &refusal);
            Next::Go
        }
    }
}

fn carry_out(caller: &Caller, request: &Request<'_>) -> Result<Next, WireError> {
    let id = request.id;
    caller.state.rates.operation(caller.id())?;
    match request.op.as_ref() {
        "ping" => caller.answer(
            id,
            &Pong {
                now: caller.state.clock.now(),
            },
        ),
        "user.find" => people::find(caller, id, read(request)?)?,
        "contact.list" => people::contacts(caller, id, read(request)?)?,
        "conversation.create" => chat::create(caller, id, read(request)?)?,
        "conversation.list" => chat::list(caller, id, read(request)?)?,
        "conversation.get" => chat::get(caller, id, read(request)?),
        "message.send" => chat::send(caller, id, read(request)?)?,
        "message.history" => chat::history(caller, id, read(request)?),
        "sync" => sync::later(caller, id, read(request)?),
        "read.mark" => chat::mark_read(caller, id, read(request)?),
        "wallet.accounts" => wallet::accounts(caller, id),
        "wallet.history" => wallet::history(caller, id, read(request)?)?,
        "transfer.send" => return wallet::send(caller, id, read(request)?),
        "transfer.status" => wallet::status(caller, id, read(request)?),
        "hello" => {
            return Err(WireError::new(ErrorCode::InvalidField)
                .param("op")
                .detail("reason", "said already"));
        }
        _ => return Err(WireError::new(ErrorCode::UnknownOp).param("op")),
    }
    Ok(Next::Go)
}

fn read<T: Ask>(request: &Request<'_>) -> Result<T, WireError> {
    request.payload()
}
