//! What the server says when it is asked afresh, by somebody who knows nothing.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::STEP_LIMIT;
use crate::model::list;

/// Everything that one person is shown.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    /// The position of the own log.
    pub(crate) rev: i64,
    /// Its rows.
    pub(crate) items: BTreeMap<(String, String), Value>,
    /// The conversations that the person is a member of.
    pub(crate) conversations: BTreeMap<String, Told>,
}

/// A conversation as it is told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) view: Value,
    pub(crate) history: BTreeMap<i64, Value>,
    pub(crate) pinned: Vec<i64>,
}

impl Truth {
    /// Whether the person deleted a message for themselves.
    pub(crate) fn hides(&self, id: &str, seq: i64) -> bool {
        self.items.contains_key(&("hidden".to_owned(), format!("{id}:{seq}")))
    }
}

/// Someone who asks one thing after the other.
pub(crate) struct Caller {
    socket: WebSocketStream<TcpStream>,
    asked: u64,
}

impl Caller {
    pub(crate) async fn connect(server: SocketAddr, token: &str) -> Self {
        let stream = TcpStream::connect(server).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut request = format!("ws://{server}/ws/v1").into_client_request().unwrap();
        let protocol = "quipu.v1".parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        let mut caller = Self { socket, asked: 0 };
        let client = json!({ "name": "convergence", "version": "1.0.0" });
        caller.ask("hello", json!({ "token": token, "client": client })).await;
        caller
    }

    /// One request, which must not be refused.
    pub(crate) async fn ask(&mut self, op: &str, d: Value) -> Value {
        self.asked += 1;
        let text = json!({ "id": self.asked, "op": op, "d": d }).to_string();
        self.socket.send(Message::text(text)).await.unwrap();
        let answer = async {
            loop {
                let frame = self.socket.next().await.expect("the connection stays").unwrap();
                let Message::Text(text) = frame else { continue };
                let frame: Value = serde_json::from_str(&text).unwrap();
                if frame["id"] == self.asked {
                    return frame;
                }
            }
        };
        let answer = tokio::time::timeout(STEP_LIMIT, answer).await.expect("an answer");
        answer
            .get("ok")
            .unwrap_or_else(|| panic!("{op} is refused: {answer}"))
            .clone()
    }

    /// Everything that this person is shown.
    pub(crate) async fn everything(&mut self, me: &str) -> Truth {
        let mut truth = Truth::default();
        self.own_log(me, &mut truth).await;
        let mut cursor = Value::Null;
        loop {
            let page = self
                .ask("conversation.list", json!({ "cursor": cursor, "limit": 5 }))
                .await;
            for view in list(&page["conversations"]) {
                let id = view["id"].as_str().unwrap().to_owned();
                let told = self.conversation(&id).await;
                assert_eq!(told.view, *view, "the list shows what the conversation itself shows");
                truth.conversations.insert(id, told);
            }
            cursor = page["next"].clone();
            if cursor.is_null() {
                return truth;
            }
        }
    }

    async fn own_log(&mut self, me: &str, truth: &mut Truth) {
        loop {
            let position = json!({ "log": format!("u:{me}"), "rev": truth.rev });
            let answer = self.ask("sync", json!({ "positions": [position], "limit": 10 })).await;
            let log = &answer["logs"][0];
            for item in list(&log["items"]) {
                let word = |name: &str| item[name].as_str().unwrap().to_owned();
                if !item["value"].is_null() {
                    truth.items.insert((word("kind"), word("key")), item["value"].clone());
                }
            }
            truth.rev = log["through"].as_i64().unwrap();
            if log["more"] == false {
                return;
            }
        }
    }

    async fn conversation(&mut self, id: &str) -> Told {
        let mut told = Told::default();
        let (mut after, mut last) = (json!(0), 0);
        while !after.is_null() {
            let d = json!({ "conversation": id, "after": after, "limit": 9 });
            let page = self.ask("message.history", d).await;
            for message in list(&page["messages"]) {
                let seq = message["seq"].as_i64().unwrap();
                assert!(seq > last, "a history ascends: {seq} behind {last}");
                last = seq;
                told.history.insert(seq, message.clone());
            }
            after = page["next"].clone();
        }
        let pinned = self.ask("message.pinned", json!({ "conversation": id })).await;
        told.pinned = list(&pinned["messages"])
            .iter()
            .filter_map(|row| row["seq"].as_i64())
            .collect();
        told.view = self.ask("conversation.get", json!({ "conversation": id })).await["conversation"].clone();
        told
    }
}
