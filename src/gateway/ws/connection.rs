//! `Connection`: the actor of one socket, and the only file that knows actix-web-actors, which is deprecated upstream.
//! It reads frames, keeps the heartbeat and hands requests on. What it says goes through the outbox, which others
//! fill and bound: a client that stops reading freezes this actor, its timers included.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, StreamHandler, WrapFuture};
use actix_http::ws::{Codec, Item, ProtocolError};
use actix_web::{Error, HttpRequest, HttpResponse, web};
use actix_web_actors::ws::{self, Message, WebsocketContext};
use bytes::{Bytes, BytesMut};
use futures_util::Stream;

use super::SocketState;
use super::caller::Caller;
use super::dispatch::{self, Next};
use super::greeting;
use crate::delivery::Outbox;
use crate::gateway::auth::Credentials;
use crate::metric;
use crate::protocol::{self, CloseCode, ErrorCode, Malformed, Request, SUBPROTOCOL, WireError};

/// Frames that are no requests, or come before `hello`, until the socket is closed.
const MAX_MALFORMED: u32 = 10;
/// Fragments of one message: a client has no reason to send more, and each costs as much as a frame.
const MAX_FRAGMENTS: u32 = 256;

/// See the module.
pub(super) struct Connection {
    state: Arc<SocketState>,
    outbox: Arc<Outbox>,
    credentials: Credentials,
    caller: Option<Caller>,
    malformed: u32,
    heard_at: Instant,
    fragments: Option<(BytesMut, u32)>,
}

/// What the actor's own context writes. The actor runs while it is polled.
pub(super) type Frames = Pin<Box<dyn Stream<Item = Result<Bytes, Error>>>>;

/// Answers the upgrade with a body that `wrap` makes around the actor's own stream.
pub(super) fn respond<S>(
    request: &HttpRequest,
    payload: web::Payload,
    actor: Connection,
    frame_bytes: usize,
    wrap: impl FnOnce(Frames) -> S,
) -> Result<HttpResponse, Error>
where
    S: Stream<Item = Result<Bytes, Error>> + 'static,
{
    let mut response = ws::handshake_with_protocols(request, &[SUBPROTOCOL])?;
    // One byte more than is taken, so that a frame at the limit passes.
    let codec = Codec::new().max_size(frame_bytes.saturating_add(1));
    let context = WebsocketContext::with_codec(actor, payload, codec);
    Ok(response.streaming(wrap(Box::pin(context))))
}

impl Connection {
    pub(super) fn new(state: Arc<SocketState>, outbox: Arc<Outbox>, credentials: Credentials) -> Self {
        Self {
            state,
            outbox,
            credentials,
            caller: None,
            malformed: 0,
            heard_at: Instant::now(),
            fragments: None,
        }
    }

    fn text(&mut self, frame: &str, context: &mut WebsocketContext<Self>) {
        if !self.outbox.is_open() {
            // A session that is over, or a socket that is being closed, asks for nothing more.
            return;
        }
        if frame.len() > self.state.limits.frame_bytes {
            return self.too_large();
        }
        let request = match Request::parse(frame) {
            Ok(request) => request,
            Err(malformed) => return self.malformed(&malformed),
        };
        match &self.caller {
            None if request.op == "hello" => self.greet(&request, context),
            None => {
                self.refuse(request.id, &WireError::new(ErrorCode::HelloRequired));
                self.strike();
            }
            Some(caller) => match dispatch::dispatch(caller, &request) {
                Next::Go => {}
                Next::Wait(work) => context.wait(work.into_actor(self)),
            },
        }
    }

    /// Signs the socket in. What the client sends meanwhile waits, in order.
    fn greet(&mut self, request: &Request<'_>, context: &mut WebsocketContext<Self>) {
        let id = request.id;
        let hello = match request.payload() {
            Ok(hello) => hello,
            Err(refusal) => return self.refuse(id, &refusal),
        };
        let cookie = self.credentials.token().cloned();
        let greeting = greeting::greet(self.state.clone(), self.outbox.clone(), cookie, hello, id);
        context.wait(greeting.into_actor(self).map(|caller, actor: &mut Self, _| {
            if caller.is_some() {
                // Nothing of it is asked for again.
                actor.credentials = Credentials::None;
            }
            actor.caller = caller;
        }));
    }

    fn refuse(&self, id: u64, refusal: &WireError) {
        metric::refused(refusal.code.as_str());
        self.outbox.answer(&protocol::refusal(Some(id), refusal));
    }

    fn malformed(&mut self, frame: &Malformed) {
        let refusal = WireError::new(ErrorCode::MalformedFrame);
        metric::refused(refusal.code.as_str());
        self.outbox.answer(&protocol::refusal(frame.id, &refusal));
        self.strike();
    }

    /// One more frame that no client of ours would send.
    fn strike(&mut self) {
        self.malformed += 1;
        if self.malformed >= MAX_MALFORMED {
            self.outbox.close(CloseCode::Malformed);
        }
    }

    fn too_large(&self) {
        let refusal = WireError::new(ErrorCode::FrameTooLarge).detail("most_bytes", self.state.limits.frame_bytes);
        metric::refused(refusal.code.as_str());
        self.outbox.answer(&protocol::refusal(None, &refusal));
        self.outbox.close(CloseCode::FrameTooLarge);
    }

    /// Gathers a fragmented message, bounded in bytes and in pieces.
    fn fragment(&mut self, item: Item, context: &mut WebsocketContext<Self>) {
        let (piece, last) = match item {
            Item::FirstText(piece) => {
                self.fragments = Some((BytesMut::new(), 0));
                (piece, false)
            }
            Item::Continue(piece) => (piece, false),
            Item::Last(piece) => (piece, true),
            Item::FirstBinary(_) => return self.malformed(&Malformed { id: None }),
        };
        let Some((gathered, count)) = &mut self.fragments else {
            // The rest of a binary message that was refused at its first fragment.
            return;
        };
        gathered.extend_from_slice(&piece);
        *count += 1;
        if gathered.len() > self.state.limits.frame_bytes || *count > MAX_FRAGMENTS {
            self.fragments = None;
            return self.too_large();
        }
        if last && let Some((gathered, _)) = self.fragments.take() {
            match std::str::from_utf8(&gathered) {
                Ok(frame) => self.text(frame, context),
                Err(_) => self.malformed(&Malformed { id: None }),
            }
        }
    }

    fn heartbeat(&mut self, context: &mut WebsocketContext<Self>) {
        if self.heard_at.elapsed() >= self.state.times.heartbeat_timeout {
            self.outbox.close(CloseCode::HeartbeatTimeout);
        } else {
            context.ping(b"");
        }
    }
}

impl Actor for Connection {
    type Context = WebsocketContext<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.run_later(self.state.times.hello, |actor, _| {
            if actor.caller.is_none() {
                actor.outbox.close(CloseCode::HelloTimeout);
            }
        });
        context.run_interval(self.state.times.heartbeat, Self::heartbeat);
    }
}

impl StreamHandler<Result<Message, ProtocolError>> for Connection {
    fn handle(&mut self, frame: Result<Message, ProtocolError>, context: &mut Self::Context) {
        self.heard_at = Instant::now();
        match frame {
            Ok(Message::Text(text)) => self.text(&text, context),
            Ok(Message::Ping(payload)) => context.pong(&payload),
            Ok(Message::Pong(_) | Message::Nop) => {}
            Ok(Message::Binary(_)) => self.malformed(&Malformed { id: None }),
            Ok(Message::Continuation(item)) => self.fragment(item, context),
            Ok(Message::Close(reason)) => {
                context.close(reason);
                context.stop();
            }
            Err(ProtocolError::Overflow) => self.too_large(),
            Err(error) => {
                tracing::debug!(%error, "a client broke the framing");
                context.close(Some(ws::CloseCode::Protocol.into()));
                context.stop();
            }
        }
    }

    fn finished(&mut self, context: &mut Self::Context) {
        context.stop();
    }
}
