//! Golden frames: what each operation, each push and a refusal look like, with everything and with as little as can be.
//! They are the examples in the documents, and the tests of both sides read them.

use std::fmt::Write as _;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::sample::{SAMPLE_ID, Size, sample};
use super::shapes::Shapes;
use crate::protocol::{
    ErrorCode, LogId, OPERATIONS, Operation, PUSHED, Pushed, WireError, answer, head, log_push, push, refusal,
};

/// The request's number in every example.
const ID: u64 = 7;
/// Positions of the log in every example.
const PREV: i64 = 5;
const REV: i64 = 7;

/// The frames of all operations: `{<op>: {requests, answers}}`.
pub(super) fn operations() -> String {
    let mut shapes = Shapes::new();
    let frames = OPERATIONS.iter().map(|operation| {
        let [requests, answers] = of_operation(&mut shapes, operation);
        let frames = format!(
            "\"requests\": {},\n    \"answers\": {}",
            lines(&requests),
            lines(&answers)
        );
        (operation.name, format!("{{\n    {frames}\n  }}"))
    });
    file(frames)
}

/// The frames of all pushes: `{<ev>: [frame]}`.
pub(super) fn pushes() -> String {
    let mut shapes = Shapes::new();
    file(
        PUSHED
            .iter()
            .map(|push| (push.name, lines(&of_push(&mut shapes, push)))),
    )
}

/// Some refusals: `{<code>: [frame]}`.
pub(super) fn refusals() -> String {
    let told = [
        (Some(ID), WireError::new(ErrorCode::NotAMember)),
        (None, WireError::new(ErrorCode::MalformedFrame)),
        (Some(ID), WireError::rate_limited("limits.ops_per_second", 250)),
        (
            Some(ID),
            WireError::new(ErrorCode::InvalidField)
                .param("positions[1].rev")
                .detail("reason", "missing field `rev`"),
        ),
        (
            Some(ID),
            WireError::new(ErrorCode::OutcomeUnknown).detail("money", "unknown"),
        ),
    ];
    file(
        told.iter()
            .map(|(id, error)| (error.code.as_str(), lines(&[read(&refusal(*id, error))]))),
    )
}

/// The requests and the answers of an operation.
pub(super) fn of_operation(shapes: &mut Shapes, operation: &Operation) -> [Vec<Value>; 2] {
    let (d, ok) = (shapes.asked(operation.d), shapes.told(operation.ok));
    let definitions = shapes.definitions();
    let request = |d: Value| json!({"id": ID, "op": operation.name, "d": d});
    let requests = sizes(&d, &definitions).into_iter().map(request).collect();
    let told = |ok: Value| read(&answer(ID, &ok));
    [requests, sizes(&ok, &definitions).into_iter().map(told).collect()]
}

/// The frames of a push.
pub(super) fn of_push(shapes: &mut Shapes, pushed: &Pushed) -> Vec<Value> {
    let d = pushed.d.map(|d| shapes.told(d));
    let definitions = shapes.definitions();
    let log = pushed.logs.first().and_then(|letter| sample_log(letter));
    match (d, log) {
        (Some(d), Some(log)) => {
            let frame = |d: Value| read(&log_push(pushed.name, log, PREV, REV, &d));
            sizes(&d, &definitions).into_iter().map(frame).collect()
        }
        (Some(d), None) => {
            let frame = |d: Value| read(&push(pushed.name, &d));
            sizes(&d, &definitions).into_iter().map(frame).collect()
        }
        (None, Some(log)) if pushed.moves => {
            vec![json!({"ev": pushed.name, "log": log.to_string(), "prev": PREV, "rev": REV})]
        }
        (None, Some(log)) => vec![read(&head(log, REV))],
        (None, None) => vec![json!({"ev": pushed.name})],
    }
}

fn sample_log(letter: &str) -> Option<LogId> {
    format!("{letter}:{SAMPLE_ID}").parse().ok()
}

/// Full and bare, once where they are the same.
fn sizes(schema: &Value, definitions: &Map<String, Value>) -> Vec<Value> {
    let mut both = vec![
        sample(schema, definitions, Size::Full),
        sample(schema, definitions, Size::Bare),
    ];
    both.dedup();
    both
}

/// A frame as it was written.
fn read(frame: &Bytes) -> Value {
    serde_json::from_slice(frame).unwrap_or_default()
}

/// One frame a line, so that a change shows as one.
fn lines(frames: &[Value]) -> String {
    let frames: Vec<_> = frames.iter().map(|frame| format!("\n      {frame}")).collect();
    format!("[{}]", frames.join(","))
}

fn file<'a>(entries: impl Iterator<Item = (&'a str, String)>) -> String {
    let mut text = "{".to_owned();
    for (at, (name, value)) in entries.enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Writing into a string cannot fail.
        let _ = write!(text, "{comma}\n  \"{name}\": {value}");
    }
    text.push_str("\n}\n");
    text
}
