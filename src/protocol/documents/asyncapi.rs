//! The socket as AsyncAPI 3.0, seen from the server: it receives requests, replies, and sends pushes.

use serde_json::{Map, Value, json};

use super::frames::{of_operation, of_push};
use super::shapes::Shapes;
use super::{error_codes, info};
use crate::protocol::catalogue::schema_of;
use crate::protocol::{
    CloseCode, LogId, MAX_REQUEST_ID, OPERATIONS, OPS, Operation, PUSHED, PUSHES, Pushed, SUBPROTOCOL, TransferCard,
    WireError,
};

/// What stands before all of it.
const ABOUT: &str = "One WebSocket carries everything that is live: JSON in text frames. The first frame is `hello`. \
    Answers may come in another order than their requests, and a push may come before the answer to what caused it. \
    Unknown fields and unknown pushes are ignored by both sides; unknown operations are refused. How to resume, how to \
    send again after a lost answer and what the limits are is told in docs/protocol.md.";
const SOCKET: &str = "#/channels/socket";

pub(super) fn document() -> Value {
    let mut shapes = Shapes::new();
    let mut messages = Map::new();
    let mut operations = Map::new();
    for operation in OPERATIONS {
        messages.insert(request_of(operation), request(&mut shapes, operation));
        messages.insert(answer_of(operation), answer(&mut shapes, operation));
        operations.insert(operation.name.to_owned(), asked(operation));
    }
    for push in PUSHED {
        messages.insert(push.name.to_owned(), pushed(&mut shapes, push));
        operations.insert(push.name.to_owned(), told(push));
    }
    messages.insert("refusal".to_owned(), refusal(&mut shapes));
    // A card's data is opaque to the protocol; this is what stands in those there are.
    shapes.told(schema_of::<TransferCard<'static>>);
    let all: Map<_, _> = messages
        .keys()
        .map(|name| (name.clone(), json!({"$ref": format!("#/components/messages/{name}")})))
        .collect();
    let order = [OPS, PUSHES].concat();
    json!({
        "asyncapi": "3.0.0",
        "info": info("Quipu, the socket", ABOUT),
        "defaultContentType": "application/json",
        "servers": {"local": {"host": "localhost:8080", "protocol": "ws", "description": "A server as it is delivered. Behind TLS: wss."}},
        "channels": {"socket": {
            "address": "/ws/v1",
            "title": "The socket",
            "messages": all,
            "bindings": {"ws": {"method": "GET", "headers": upgrade(), "bindingVersion": "0.1.0"}},
        }},
        "operations": operations,
        "components": {"messages": messages, "schemas": shapes.definitions()},
        "x-order": order,
        "x-error-codes": error_codes(),
        "x-close-codes": close_codes(),
    })
}

fn upgrade() -> Value {
    json!({"type": "object", "properties": {
        "Sec-WebSocket-Protocol": {"type": "string", "const": SUBPROTOCOL},
        "Origin": {"type": "string", "description": "The server's own, when the session is in the cookie."},
    }})
}

fn close_codes() -> Value {
    let told = |code: &CloseCode| json!({"code": code.number(), "reason": code.reason(), "comes_back": code.comes_back(), "says": code.says()});
    CloseCode::ALL.iter().map(told).collect()
}

fn request_of(operation: &Operation) -> String {
    format!("{}.request", operation.name)
}

fn answer_of(operation: &Operation) -> String {
    format!("{}.answer", operation.name)
}

fn asked(operation: &Operation) -> Value {
    let message = |name: &str| json!({"$ref": format!("{SOCKET}/messages/{name}")});
    json!({
        "action": "receive",
        "channel": {"$ref": SOCKET},
        "summary": operation.says,
        "messages": [message(&request_of(operation))],
        "reply": {"channel": {"$ref": SOCKET}, "messages": [message(&answer_of(operation)), message("refusal")]},
    })
}

fn told(push: &Pushed) -> Value {
    json!({
        "action": "send",
        "channel": {"$ref": SOCKET},
        "summary": push.says,
        "messages": [{"$ref": format!("{SOCKET}/messages/{}", push.name)}],
    })
}

/// A message with its payload, an object of these fields that all stand there, and how it looks.
fn message(title: &str, fields: Value, required: &[&str], frames: Vec<Value>) -> Value {
    let examples: Vec<_> = frames.into_iter().map(|frame| json!({"payload": frame})).collect();
    let mut message = json!({
        "title": title,
        "payload": {"type": "object", "required": required, "properties": fields},
        "examples": examples,
    });
    if required.contains(&"id") {
        message["correlationId"] = json!({"location": "$message.payload#/id"});
    }
    message
}

fn id() -> Value {
    json!({"type": "integer", "minimum": 0, "maximum": MAX_REQUEST_ID, "description": "The caller's number for the answer."})
}

fn request(shapes: &mut Shapes, operation: &Operation) -> Value {
    let [frames, _] = of_operation(shapes, operation);
    let fields = json!({"id": id(), "op": {"type": "string", "const": operation.name}, "d": shapes.asked(operation.d)});
    message(
        &format!("{}: the request", operation.name),
        fields,
        &["id", "op", "d"],
        frames,
    )
}

fn answer(shapes: &mut Shapes, operation: &Operation) -> Value {
    let [_, frames] = of_operation(shapes, operation);
    let fields = json!({"id": id(), "ok": shapes.told(operation.ok)});
    message(
        &format!("{}: the answer", operation.name),
        fields,
        &["id", "ok"],
        frames,
    )
}

fn refusal(shapes: &mut Shapes) -> Value {
    let mut id = id();
    id["type"] = json!(["integer", "null"]);
    let fields = json!({"id": id, "err": shapes.told(schema_of::<WireError>)});
    message("A refusal", fields, &["id", "err"], Vec::new())
}

fn pushed(shapes: &mut Shapes, push: &Pushed) -> Value {
    let frames = of_push(shapes, push);
    let mut fields = Map::new();
    let mut put = |name: &str, schema: Value| drop(fields.insert(name.to_owned(), schema));
    put("ev", json!({"type": "string", "const": push.name}));
    if !push.logs.is_empty() {
        put("log", shapes.told(schema_of::<LogId>));
        put("rev", json!({"type": "integer", "description": "The log's position."}));
    }
    if push.moves {
        put(
            "prev",
            json!({"type": "integer", "description": "The log's position before it."}),
        );
    }
    if let Some(d) = push.d {
        put("d", shapes.told(d));
    }
    let order = ["ev", "log", "prev", "rev", "d"];
    let required: Vec<_> = order.into_iter().filter(|name| fields.contains_key(*name)).collect();
    message(push.name, Value::Object(fields.clone()), &required, frames)
}
