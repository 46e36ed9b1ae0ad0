//! `hello`: who is there, with which client, and what they are told.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::SocketState;
use super::caller::{Caller, Login};
use super::ops;
use crate::delivery::Outbox;
use crate::identity::Authenticated;
use crate::metric;
use crate::protocol::http::ServerView;
use crate::protocol::{self, CloseCode, Coded, ErrorCode, Hello, HelloServer, LimitsView, Synced, Welcome, WireError};
use crate::reply::Reply;
use crate::wallet::wallet_view;

/// The name by which the web client is held to its own minimum.
const WEB_CLIENT: &str = "quipu-web";

/// Signs a socket in and answers its `hello`. `None` when it was refused; the socket is closed then if no second
/// `hello` could help.
pub(super) async fn greet(
    state: Arc<SocketState>,
    outbox: Arc<Outbox>,
    cookie: Option<SecretString>,
    hello: Hello,
    id: u64,
) -> Option<Caller> {
    let work = {
        let (state, outbox) = (state.clone(), outbox.clone());
        // On the database's runtime: an actor's thread waits for nothing.
        async move { admit(&state, &outbox, cookie, hello).await }
    };
    let admitted = match state.db.runtime().spawn(work).await {
        Ok(admitted) => admitted,
        Err(_) => Err((WireError::new(ErrorCode::Internal), None)),
    };
    match admitted {
        Ok((caller, welcome)) => {
            outbox.answer(&protocol::answer(id, &welcome));
            Some(caller)
        }
        Err((refusal, close)) => {
            metric::refused(refusal.code.as_str());
            outbox.answer(&protocol::refusal(Some(id), &refusal));
            if let Some(code) = close {
                outbox.close(code);
            }
            None
        }
    }
}

type Refused = (WireError, Option<CloseCode>);

async fn admit(
    state: &Arc<SocketState>,
    outbox: &Arc<Outbox>,
    cookie: Option<SecretString>,
    hello: Hello,
) -> Result<(Caller, Welcome), Refused> {
    if !is_new_enough(state, &hello) {
        return Err((WireError::new(ErrorCode::ClientTooOld), Some(CloseCode::ClientTooOld)));
    }
    let may_pay = may_pay(state, &hello);
    if let Some(resume) = &hello.resume {
        ops::sync::check(state, resume).map_err(|refusal| (refusal, None))?;
    }
    let Some(token) = hello.token.map(SecretString::from).or(cookie) else {
        return Err((WireError::new(ErrorCode::Unauthenticated), Some(CloseCode::SessionOver)));
    };
    let Authenticated { user, session } =
        state
            .identity
            .authenticate(token.expose_secret())
            .await
            .map_err(|error| {
                let refusal = error.wire();
                let close = (refusal.code == ErrorCode::Unauthenticated).then_some(CloseCode::SessionOver);
                (refusal, close)
            })?;
    if !outbox.sign_in(user.id, session.id) {
        return Err((WireError::new(ErrorCode::Internal), Some(CloseCode::Resync)));
    }
    let (reply, attached) = Reply::channel();
    state.users.attach(user.id, outbox.clone(), reply);
    match attached.await {
        Ok(Ok(())) => {}
        Ok(Err(())) => {
            let refusal = WireError::new(ErrorCode::TooManyConnections);
            let refusal = refusal.detail("setting", "limits.connections_per_user");
            return Err((refusal, Some(CloseCode::TooManyConnections)));
        }
        Err(_) => return Err((WireError::new(ErrorCode::Busy), Some(CloseCode::Resync))),
    }
    let login = Login {
        session: session.id,
        may_pay,
    };
    let caller = Caller::new(user, login, state.clone(), outbox.clone());
    // What is announced from here on lies in the outbox, so nothing falls between the resume and the pushes. A socket
    // that is attached is never left without its answer: it comes back and resumes anew.
    let resume = match hello.resume {
        Some(resume) => Some(
            ops::sync::sync(&caller, resume)
                .await
                .map_err(|refusal| (refusal, Some(CloseCode::Resync)))?,
        ),
        None => None,
    };
    let welcome = welcome(&caller, session.id, resume);
    Ok((caller, welcome))
}

/// Whether a client is new enough to move money: of the web client alone there are some that are not.
fn may_pay(state: &SocketState, hello: &Hello) -> bool {
    let version = hello.client.version.parse::<crate::config::Version>();
    hello.client.name != WEB_CLIENT || version.is_ok_and(|version| version >= state.minimum.pay)
}

/// The web client is held to its own version, everybody else to the protocol's: there is one, at this path.
fn is_new_enough(state: &SocketState, hello: &Hello) -> bool {
    if hello.client.name != WEB_CLIENT {
        return protocol::VERSION
            .parse::<u32>()
            .is_ok_and(|version| version >= state.minimum.protocol);
    }
    hello
        .client
        .version
        .parse::<crate::config::Version>()
        .is_ok_and(|version| version >= state.minimum.web)
}

fn welcome(caller: &Caller, session: crate::ids::SessionId, resume: Option<Synced>) -> Welcome {
    let state = &caller.state;
    Welcome {
        user: caller.user.own_view(),
        session,
        now: state.clock.now(),
        limits: LimitsView { ..state.limits },
        heartbeat_ms: u64::try_from(state.times.heartbeat.as_millis()).unwrap_or(u64::MAX),
        server: HelloServer {
            name: ServerView::THIS.name,
            version: ServerView::THIS.version,
            min_client: state.minimum.web.to_string(),
            min_pay: state.minimum.pay.to_string(),
        },
        wallet: wallet_view(
            state.wallet.currencies(),
            state.wallet.fee_rate(),
            state.wallet.accept_above(),
        ),
        resume,
    }
}
