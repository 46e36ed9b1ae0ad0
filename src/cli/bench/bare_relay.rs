//! The least that broadcasts: one room on actix-web-actors, which stores nothing and asks nobody who they are. It is what
//! a room of ours is measured against (`quipu bench fanout --bare`). It speaks as much of the protocol as the load tool
//! needs, so that the same client measures both, and what it sends is the same to the byte.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

use actix::{Actor, Addr, AsyncContext as _, Handler, Message, StreamHandler};
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use actix_web::web::{self, Data, Payload};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use actix_web_actors::ws::{self, ProtocolError, WebsocketContext};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::clock::Micros;
use crate::ids::{ConversationId, UserId};
use crate::protocol::{self, LogId, MessageSent, MessageView, Request, SUBPROTOCOL, SendMessage};

/// What it allows: as much as any load asks for.
const ANY: usize = 1 << 20;
/// When everything is said to have been sent: a time is as long as another.
const AT: Micros = Micros(1_700_000_000_000_000);

/// Listens at a port of its own, says where, and relays until it is killed.
pub(super) fn run() -> anyhow::Result<()> {
    let room = Data::from(Arc::new(Room::default()));
    actix_web::rt::System::new().block_on(async {
        let site = move || {
            App::new()
                .app_data(room.clone())
                .route("/ws/v1", web::get().to(upgrade))
        };
        let server = HttpServer::new(site).on_connect(at_once).bind(("127.0.0.1", 0))?;
        for address in server.addrs() {
            println!("listening on http://{address}");
        }
        Ok(server.run().await?)
    })
}

/// What is written leaves at once, as it does from a server of ours: else it would wait 40 ms for the client's
/// acknowledgement of what left before.
fn at_once(connection: &dyn Any, _: &mut Extensions) {
    if let Some(stream) = connection.downcast_ref::<TcpStream>() {
        // A connection without it is slower, and no worse.
        let _ = stream.set_nodelay(true);
    }
}

async fn upgrade(request: HttpRequest, payload: Payload, room: Data<Room>) -> actix_web::Result<HttpResponse> {
    let line = Line {
        room: room.into_inner(),
    };
    ws::WsResponseBuilder::new(line, &request, payload)
        .protocols(&[SUBPROTOCOL])
        .start()
}

/// The room that everybody is in.
struct Room {
    id: ConversationId,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rev: i64,
    lines: Vec<Addr<Line>>,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            id: ConversationId::fresh(),
            state: Mutex::default(),
        }
    }
}

impl Room {
    fn join(&self, line: Addr<Line>) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .lines
            .push(line);
    }

    /// Sends a message to everybody.
    fn post(&self, sent: SendMessage) -> MessageSent {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let prev = state.rev;
        state.rev += 1;
        let view = self.view(sent, state.rev);
        let answer = MessageSent {
            conversation: self.id,
            seq: view.seq,
            rev: view.rev,
            n: view.n,
            at: view.at,
            duplicate: false,
        };
        let json = protocol::log_push("message.posted", LogId::Conversation(self.id), prev, state.rev, &view);
        for line in &state.lines {
            // A line that is closed hears nothing more.
            line.do_send(Push(json.clone()));
        }
        answer
    }

    fn view(&self, sent: SendMessage, rev: i64) -> MessageView {
        MessageView {
            conversation: self.id,
            seq: rev,
            rev,
            n: Some(rev),
            // Whoever it was: an id is as long as another.
            sender: UserId::fresh(),
            client_id: sent.client_id,
            at: AT,
            kind: "text",
            text: Some(sent.text),
            card: None,
            reply_to: None,
            forwarded: None,
            edited_at: None,
            recalled: None,
            pinned: false,
            mentions: Vec::new(),
            attachments: Vec::new(),
            reactions: Vec::new(),
            system: None,
        }
    }
}

/// One socket.
struct Line {
    room: Arc<Room>,
}

/// What everybody is sent.
#[derive(Message)]
#[rtype(result = "()")]
struct Push(Bytes);

impl Actor for Line {
    type Context = WebsocketContext<Self>;
}

impl Handler<Push> for Line {
    type Result = ();

    fn handle(&mut self, push: Push, context: &mut Self::Context) {
        tell(push.0, context);
    }
}

impl StreamHandler<Result<ws::Message, ProtocolError>> for Line {
    fn handle(&mut self, frame: Result<ws::Message, ProtocolError>, context: &mut Self::Context) {
        match frame {
            Ok(ws::Message::Text(text)) => self.hear(&text, context),
            Ok(ws::Message::Ping(payload)) => context.pong(&payload),
            Ok(ws::Message::Close(reason)) => context.close(reason),
            _ => {}
        }
    }
}

impl Line {
    fn hear(&self, frame: &str, context: &mut WebsocketContext<Self>) {
        let Ok(request) = Request::parse(frame) else {
            return context.close(None);
        };
        let ok = match request.op.as_ref() {
            "hello" => {
                self.room.join(context.address());
                welcome()
            }
            "conversation.create" => json!({ "conversation": { "id": self.room.id, "rev": 0, "n": 0 } }),
            "message.send" => {
                return match request.payload() {
                    Ok(sent) => tell(protocol::answer(request.id, &self.room.post(sent)), context),
                    Err(refusal) => tell(protocol::refusal(Some(request.id), &refusal), context),
                };
            }
            // What only a server knows.
            _ => return context.close(None),
        };
        context.text(json!({ "id": request.id, "ok": ok }).to_string());
    }
}

fn welcome() -> Value {
    json!({
        "limits": { "text_bytes": ANY, "note_chars": ANY, "group_members": ANY, "in_flight": ANY },
        "server": { "version": "none" },
        "wallet": { "currencies": [], "default_currency": "" },
    })
}

fn tell(json: Bytes, context: &mut WebsocketContext<Line>) {
    // What the protocol's types write is text.
    if let Ok(text) = json.try_into() {
        context.write_raw(ws::Message::Text(text));
    }
}
