//! A socket of the protocol: requests, answers and pushes, all of them kept.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

use super::server::Server;
use super::{ANSWER_LIMIT, contract, new_client_id};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A refusal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WireError {
    /// The word.
    pub(crate) code: String,
    /// All of it.
    pub(crate) whole: Value,
}

impl WireError {
    /// The field that is meant.
    pub(crate) fn param(&self) -> &str {
        self.whole["param"].as_str().unwrap_or_default()
    }
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Closed {
    /// The code of the close frame; none at a bare end of file.
    pub(crate) code: Option<u16>,
    /// The reason of the close frame, or what the transport said.
    pub(crate) reason: String,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Call {
    /// `ok`.
    Done(Value),
    /// `err`.
    Refused(WireError),
    /// The connection ended before an answer came: nothing is known.
    Lost(Closed),
}

#[derive(Default)]
struct Heard {
    /// All frames, in order.
    frames: Vec<Value>,
    /// Answers that nobody has taken yet.
    answers: HashMap<u64, Value>,
    /// Indices into `frames` of those with `ev`.
    pushes: Vec<usize>,
    /// How many pushes `next_push` has looked at.
    looked_at: usize,
    /// A push that is not as the documents say.
    fault: Option<String>,
    closed: Option<Closed>,
}

/// A connection.
pub(crate) struct Client {
    writer: tokio::sync::Mutex<SplitSink<Socket, Message>>,
    heard: Arc<Mutex<Heard>>,
    changed: watch::Receiver<()>,
    reader: JoinHandle<()>,
    next_id: AtomicU64,
}

impl Client {
    /// Connects without saying `hello`.
    pub(crate) async fn open(server: &Server) -> Self {
        Self::open_with(server, &[])
            .await
            .unwrap_or_else(|e| panic!("the socket opens: {e}"))
    }

    /// Connects with more headers; an error is the server's refusal of the upgrade.
    pub(crate) async fn open_with(server: &Server, headers: &[(&str, &str)]) -> Result<Self, Box<Error>> {
        let stream = TcpStream::connect(server.address())
            .await
            .map_err(|e| Box::new(Error::Io(e)))?;
        let connector = server
            .root()
            .map_or(Connector::Plain, |root| Connector::Rustls(tls(root)));
        let opening = client_async_tls_with_config(upgrade(server, headers), stream, None, Some(connector));
        let (socket, _) = tokio::time::timeout(ANSWER_LIMIT, opening)
            .await
            .expect("an answer to the upgrade")?;
        Ok(Self::over(socket))
    }

    fn over(socket: Socket) -> Self {
        let (writer, frames) = socket.split();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let (change, changed) = watch::channel(());
        let reader = tokio::spawn(read(frames, Arc::clone(&heard), change));
        Self {
            writer: tokio::sync::Mutex::new(writer),
            heard,
            changed,
            reader,
            next_id: AtomicU64::new(1),
        }
    }

    /// Says who is there, and fails the test if that is refused.
    pub(crate) async fn hello(&self, token: &str) -> Value {
        let answer = self.call("hello", hello(Some(token))).await;
        answer.unwrap_or_else(|e| panic!("hello is refused: {e:?}"))
    }

    /// One request and its answer; a connection that ends before fails the test.
    #[track_caller]
    pub(crate) fn call<'a>(
        &'a self,
        op: &'a str,
        d: Value,
    ) -> impl Future<Output = Result<Value, WireError>> + Send + use<'a> {
        let caller = std::panic::Location::caller();
        async move {
            match self.try_call(op, d).await {
                Call::Done(ok) => Ok(ok),
                Call::Refused(err) => Err(err),
                Call::Lost(closed) => panic!("{caller}: {op}: the connection ended: {closed:?}"),
            }
        }
    }

    /// One request that must be done.
    #[track_caller]
    pub(crate) fn done<'a>(&'a self, op: &'a str, d: Value) -> impl Future<Output = Value> + Send + use<'a> {
        let caller = std::panic::Location::caller();
        let call = self.call(op, d);
        async move {
            call.await
                .unwrap_or_else(|e| panic!("{caller}: {op} is refused: {}", e.whole))
        }
    }

    /// One request that must be refused with this code.
    #[track_caller]
    pub(crate) fn refused<'a>(
        &'a self,
        op: &'a str,
        d: Value,
        code: &'a str,
    ) -> impl Future<Output = WireError> + Send + use<'a> {
        let caller = std::panic::Location::caller();
        let call = self.call(op, d);
        async move {
            match call.await {
                Err(refusal) if refusal.code == code => refusal,
                other => panic!("{caller}: {op} is to be refused with {code}: {other:?}"),
            }
        }
    }

    /// One request and what became of it.
    pub(crate) async fn try_call(&self, op: &str, d: Value) -> Call {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        self.send_raw(json!({ "id": id, "op": op, "d": d }).to_string()).await;
        let what = format!("the answer to {op}");
        self.wait(&what, ANSWER_LIMIT, |heard| {
            if let Some(answer) = heard.answers.remove(&id) {
                let fault = contract::fault_of_answer(op, &answer);
                assert_eq!(fault, None, "{op}: not as the documents say: {answer}");
                return Some(outcome(&answer));
            }
            heard.closed.clone().map(Call::Lost)
        })
        .await
    }

    /// A text frame as it stands. That the connection is gone shows in what is heard, not here.
    pub(crate) async fn send_raw(&self, text: impl Into<String>) {
        let _ = self.writer.lock().await.send(Message::text(text.into())).await;
    }

    /// Any frame.
    pub(crate) async fn send_message(&self, message: Message) {
        let _ = self.writer.lock().await.send(message).await;
    }

    /// The next push, in order of arrival, of which `pick` makes something. Those before it are passed over.
    pub(crate) async fn next_push<T>(&self, what: &str, limit: Duration, pick: impl Fn(&Value) -> Option<T>) -> T {
        self.wait(what, limit, |heard| {
            while let Some(index) = heard.pushes.get(heard.looked_at) {
                heard.looked_at += 1;
                if let Some(found) = pick(&heard.frames[*index]) {
                    return Some(found);
                }
            }
            None
        })
        .await
    }

    /// The next push of this kind.
    pub(crate) async fn next_event(&self, ev: &str) -> Value {
        self.next_push(ev, ANSWER_LIMIT, |push| (push["ev"] == ev).then(|| push.clone()))
            .await
    }

    /// All pushes from number `from` on.
    pub(crate) fn pushes_from(&self, from: usize) -> Vec<Value> {
        let heard = self.heard.lock().unwrap();
        heard
            .pushes
            .iter()
            .skip(from)
            .map(|index| heard.frames[*index].clone())
            .collect()
    }

    /// A frame, answer or push, from number `from` on, of which `pick` makes something.
    pub(crate) async fn frame<T>(&self, what: &str, from: usize, pick: impl Fn(&Value) -> Option<T>) -> T {
        self.wait(what, ANSWER_LIMIT, |heard| {
            heard.frames.iter().skip(from).find_map(&pick)
        })
        .await
    }

    /// How many frames were heard.
    pub(crate) fn frame_count(&self) -> usize {
        self.heard.lock().unwrap().frames.len()
    }

    /// How the connection ended.
    pub(crate) async fn closed(&self, limit: Duration) -> Closed {
        self.wait("the connection ends", limit, |heard| heard.closed.clone())
            .await
    }

    /// True while the connection is open.
    pub(crate) fn is_open(&self) -> bool {
        self.heard.lock().unwrap().closed.is_none()
    }

    /// Never reads again; the connection stays open.
    pub(crate) fn stop_reading(&self) {
        self.reader.abort();
    }

    async fn wait<T>(&self, what: &str, limit: Duration, mut look: impl FnMut(&mut Heard) -> Option<T>) -> T {
        let mut changed = self.changed.clone();
        let waiting = async {
            loop {
                changed.mark_unchanged();
                {
                    let mut heard = self.heard.lock().unwrap();
                    assert_eq!(heard.fault, None, "a push is not as the documents say");
                    if let Some(found) = look(&mut heard) {
                        return found;
                    }
                }
                if changed.changed().await.is_err() {
                    // The reader is gone; nothing more will be heard.
                    std::future::pending::<()>().await;
                }
            }
        };
        match tokio::time::timeout(limit, waiting).await {
            Ok(found) => found,
            Err(_) => panic!(
                "{what}: not within {limit:?}; the last frames were\n{}",
                self.last_frames()
            ),
        }
    }

    fn last_frames(&self) -> String {
        let heard = self.heard.lock().unwrap();
        let shown = heard.frames.iter().rev().take(8).rev();
        let lines: Vec<_> = shown.map(|frame| format!("  {:.400}", frame.to_string())).collect();
        format!("{}\n  closed: {:?}", lines.join("\n"), heard.closed)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Operations that tests repeat.
impl Client {
    /// The direct conversation with someone; its id.
    pub(crate) async fn direct_with(&self, user: &str) -> String {
        let d = json!({ "client_id": new_client_id(), "kind": "direct", "members": [user] });
        let answer = self.done("conversation.create", d).await;
        answer["conversation"]["id"]
            .as_str()
            .expect("a conversation has an id")
            .to_owned()
    }

    /// A new group; its id.
    pub(crate) async fn group_with(&self, title: &str, members: &[&str]) -> String {
        let d = json!({ "client_id": new_client_id(), "kind": "group", "members": members, "title": title });
        let answer = self.done("conversation.create", d).await;
        answer["conversation"]["id"]
            .as_str()
            .expect("a conversation has an id")
            .to_owned()
    }

    /// Sends a text; the answer.
    pub(crate) async fn say(&self, conversation: &str, text: &str) -> Value {
        let d = json!({ "client_id": new_client_id(), "conversation": conversation, "text": text });
        self.done("message.send", d).await
    }

    /// The account of a currency, as `wallet.accounts` tells it.
    pub(crate) async fn account(&self, currency: &str) -> Value {
        let answer = self.done("wallet.accounts", json!({})).await;
        let accounts = answer["accounts"].as_array().expect("accounts is a list");
        accounts
            .iter()
            .find(|account| account["currency"] == currency)
            .cloned()
            .unwrap_or_default()
    }

    /// What is available in a currency.
    pub(crate) async fn available(&self, currency: &str) -> String {
        self.account(currency).await["available"]
            .as_str()
            .unwrap_or("none")
            .to_owned()
    }

    /// Pays in the direct conversation, in the default currency; the answer.
    pub(crate) async fn pay(&self, to: &str, amount: &str) -> Value {
        self.done("transfer.send", payment(to, amount)).await
    }

    /// The newest messages of a conversation.
    pub(crate) async fn newest(&self, conversation: &str) -> Vec<Value> {
        let answer = self
            .done("message.history", json!({ "conversation": conversation }))
            .await;
        answer["messages"].as_array().expect("messages is a list").clone()
    }

    /// All messages of a conversation, read in pages from the beginning.
    pub(crate) async fn whole_history(&self, conversation: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut after = json!(0);
        while !after.is_null() {
            let d = json!({ "conversation": conversation, "after": after, "limit": 100 });
            let answer = self.done("message.history", d).await;
            all.extend(
                answer["messages"]
                    .as_array()
                    .expect("messages is a list")
                    .iter()
                    .cloned(),
            );
            after = answer["next"].clone();
        }
        all
    }
}

/// The content of a `transfer.send` in the default currency.
pub(crate) fn payment(to: &str, amount: &str) -> Value {
    json!({ "client_id": new_client_id(), "to": to, "amount": amount, "currency": "CNY", "note": "for tea" })
}

/// The content of a `hello`.
pub(crate) fn hello(token: Option<&str>) -> Value {
    json!({ "token": token, "device": "test", "client": { "name": "quipu-it", "version": "1.0.0" } })
}

fn outcome(answer: &Value) -> Call {
    match (answer.get("ok"), answer.get("err")) {
        (Some(ok), None) => Call::Done(ok.clone()),
        (None, Some(err)) => Call::Refused(WireError {
            code: err["code"].as_str().unwrap_or_default().to_owned(),
            whole: err.clone(),
        }),
        _ => panic!("an answer has either ok or err: {answer}"),
    }
}

async fn read(mut frames: SplitStream<Socket>, heard: Arc<Mutex<Heard>>, change: watch::Sender<()>) {
    let mut code = None;
    let mut reason = "end of file".to_owned();
    while let Some(frame) = frames.next().await {
        match frame {
            Ok(Message::Text(text)) => {
                let frame = serde_json::from_str::<Value>(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
                keep(&mut heard.lock().unwrap(), frame);
                let _ = change.send(());
            }
            Ok(Message::Close(Some(frame))) => {
                code = Some(u16::from(frame.code));
                reason = frame.reason.to_string();
            }
            Ok(_) => {}
            Err(e) => {
                if code.is_none() {
                    reason = e.to_string();
                }
                break;
            }
        }
    }
    heard.lock().unwrap().closed = Some(Closed { code, reason });
    let _ = change.send(());
}

fn keep(heard: &mut Heard, frame: Value) {
    let index = heard.frames.len();
    if frame.get("ev").is_some() {
        heard.pushes.push(index);
        heard.fault = heard.fault.take().or_else(|| contract::fault_of_push(&frame));
    } else if let Some(id) = frame["id"].as_u64() {
        let before = heard.answers.insert(id, frame.clone());
        assert!(before.is_none(), "two answers to request {id}");
    }
    heard.frames.push(frame);
}

fn upgrade(server: &Server, headers: &[(&str, &str)]) -> Request {
    let address = format!("{}/ws/v1", server.origin().replacen("http", "ws", 1));
    let mut request = address.into_client_request().unwrap();
    request
        .headers_mut()
        .insert("sec-websocket-protocol", "quipu.v1".parse().unwrap());
    for (name, value) in headers {
        let name: tokio_tungstenite::tungstenite::http::HeaderName = name.parse().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    request
}

fn tls(root: &[u8]) -> Arc<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(root.to_vec().into()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    Arc::new(config.with_root_certificates(roots).with_no_client_auth())
}
