//! The envelope: `{"id","op","d"}` in, `{"id","ok"}`, `{"id","err"}` and `{"ev","log","prev","rev","d"}` out.

use std::borrow::Cow;

use bytes::Bytes;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{ErrorCode, LogId, WireError};

/// What can stand in an answer or a push: the documents know its schema.
pub trait Tell: Serialize + JsonSchema {}

impl<T: Serialize + JsonSchema> Tell for T {}

/// What can be read from a request: the documents know its schema.
pub trait Ask: DeserializeOwned + JsonSchema {}

impl<T: DeserializeOwned + JsonSchema> Ask for T {}

/// The largest request id: what a JavaScript number holds exactly.
pub const MAX_REQUEST_ID: u64 = (1 << 53) - 1;

/// A request whose `d` is still text.
#[derive(Debug, Deserialize)]
pub struct Request<'a> {
    /// The caller's number for the answer.
    pub id: u64,
    /// The operation's name.
    #[serde(borrow)]
    pub op: Cow<'a, str>,
    #[serde(borrow, default)]
    d: Option<&'a RawValue>,
}

/// Only the id, from a frame that is otherwise no request.
#[derive(Deserialize)]
struct IdOnly {
    id: Option<u64>,
}

/// A frame that is no request, with its id as far as it could be read.
#[derive(Debug, PartialEq)]
pub struct Malformed {
    /// The id, when one could be read.
    pub id: Option<u64>,
}

impl<'a> Request<'a> {
    /// Reads the envelope of a text frame.
    ///
    /// # Errors
    /// [`Malformed`] when it is not JSON, or `id` or `op` is missing, of another type or out of range.
    pub fn parse(frame: &'a str) -> Result<Self, Malformed> {
        match serde_json::from_str::<Request<'a>>(frame) {
            Ok(request) if request.id <= MAX_REQUEST_ID => Ok(request),
            _ => Err(Malformed {
                id: serde_json::from_str::<IdOnly>(frame)
                    .ok()
                    .and_then(|only| only.id)
                    .filter(|id| *id <= MAX_REQUEST_ID),
            }),
        }
    }

    /// The text of `d`; a missing one is an empty object.
    #[must_use]
    pub fn content(&self) -> &str {
        self.d.map_or("{}", RawValue::get)
    }

    /// Reads `d` as an operation's own type; a missing `d` is an empty object.
    ///
    /// # Errors
    /// `invalid_field` with the path of the field.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, WireError> {
        let mut json = serde_json::Deserializer::from_str(self.content());
        serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let (path, reason) = (error.path().to_string(), error.inner().to_string());
            WireError::new(ErrorCode::InvalidField)
                .param(field_of(&path, &reason))
                .detail("reason", reason)
        })
    }
}

/// The path of the field that is meant. A missing one is named by the reason alone, after the path of what it is
/// missing in.
fn field_of(path: &str, reason: &str) -> String {
    let missing = reason
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split_once('`'));
    match (path, missing) {
        (".", Some((name, _))) => name.to_owned(),
        (within, Some((name, _))) => format!("{within}.{name}"),
        (".", None) => "d".to_owned(),
        (path, None) => path.to_owned(),
    }
}

#[derive(Serialize)]
struct Answer<'a, T> {
    id: u64,
    ok: &'a T,
}

#[derive(Serialize)]
struct Refusal<'a> {
    id: Option<u64>,
    err: &'a WireError,
}

#[derive(Serialize)]
struct Push<'a, T> {
    ev: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<LogId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rev: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    d: Option<&'a T>,
}

/// Writes an answer.
#[must_use]
pub fn answer<T: Tell>(id: u64, ok: &T) -> Bytes {
    encode(&Answer { id, ok })
}

/// Writes a refusal.
#[must_use]
pub fn refusal(id: Option<u64>, err: &WireError) -> Bytes {
    encode(&Refusal { id, err })
}

/// Writes a push of a log, which moved from `prev` to `rev`.
#[must_use]
pub fn log_push<T: Tell>(ev: &str, log: LogId, prev: i64, rev: i64, d: &T) -> Bytes {
    encode(&Push {
        ev,
        log: Some(log),
        prev: Some(prev),
        rev: Some(rev),
        d: Some(d),
    })
}

/// Writes `head`: the log has reached `rev`, and nothing more.
#[must_use]
pub fn head(log: LogId, rev: i64) -> Bytes {
    encode(&Push::<()> {
        ev: "head",
        log: Some(log),
        prev: None,
        rev: Some(rev),
        d: None,
    })
}

/// Writes `tick`: the log moved from `prev` to `rev` by something that this reader may not see.
#[must_use]
pub fn tick(log: LogId, prev: i64, rev: i64) -> Bytes {
    encode(&Push::<()> {
        ev: "tick",
        log: Some(log),
        prev: Some(prev),
        rev: Some(rev),
        d: None,
    })
}

/// Writes a push without a log.
#[must_use]
pub fn push<T: Tell>(ev: &str, d: &T) -> Bytes {
    encode(&Push {
        ev,
        log: None,
        prev: None,
        rev: None,
        d: Some(d),
    })
}

/// How many of these fit `most` bytes of an answer, at least one, so that a reader always gets on.
pub fn fitting<'a, T: Serialize + 'a>(items: impl IntoIterator<Item = &'a T>, most: usize) -> (usize, usize) {
    let (mut count, mut bytes) = (0, 0);
    for item in items {
        let more = encode(item).len() + 1;
        if count > 0 && bytes + more > most {
            break;
        }
        count += 1;
        bytes += more;
    }
    (count, bytes)
}

/// Writes a value as JSON text, for a column that holds what the wire will show.
#[must_use]
pub fn to_json<T: Serialize>(value: &T) -> String {
    String::from_utf8_lossy(&encode(value)).into_owned()
}

/// Whether two texts of JSON say the same.
#[must_use]
pub fn same_json(one: &str, other: &str) -> bool {
    let read = |text| serde_json::from_str::<serde_json::Value>(text).ok();
    one == other || read(one).is_some_and(|one| read(other) == Some(one))
}

/// Whether an object says everything that another says.
#[must_use]
pub fn says_all_of(object: &str, other: &str) -> bool {
    let read = |text| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).ok();
    let (Some(object), Some(other)) = (read(object), read(other)) else {
        return false;
    };
    other.iter().all(|(name, value)| object.get(name) == Some(value))
}

/// JSON text that we wrote ourselves, to stand in an answer as it is.
#[must_use]
pub fn raw_json(text: String) -> Box<RawValue> {
    RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// Our own types always serialise: string keys, no failing implementations. Should one ever not, the caller gets an
/// empty object instead of a panic in its actor.
fn encode<T: Serialize>(value: &T) -> Bytes {
    match serde_json::to_vec(value) {
        Ok(bytes) => bytes.into(),
        Err(error) => {
            tracing::error!(%error, "a frame could not be written");
            Bytes::from_static(b"{}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_request_is_malformed_with_the_id_as_far_as_it_was_read() {
        let malformed = |frame| Request::parse(frame).map(|r| r.id).unwrap_err().id;
        assert_eq!(malformed("{"), None);
        assert_eq!(malformed("[]"), None);
        assert_eq!(malformed(r#"{"id":5}"#), Some(5));
        assert_eq!(malformed(r#"{"id":-5,"op":"ping"}"#), None);
        assert_eq!(malformed(r#"{"id":"5","op":"ping"}"#), None);
        assert_eq!(malformed(r#"{"id":9007199254740992,"op":"ping"}"#), None);
    }

    #[test]
    fn a_wrong_type_is_named_by_its_path() {
        #[derive(Debug, Deserialize)]
        struct Inner {
            #[allow(dead_code)]
            b: u8,
        }
        #[derive(Debug, Deserialize)]
        struct Outer {
            #[allow(dead_code)]
            a: Vec<Inner>,
        }
        let frame = r#"{"id":1,"op":"x","d":{"a":[{"b":1},{"b":"no"}]}}"#;
        let error = Request::parse(frame).map(|r| r.payload::<Outer>().unwrap_err()).ok();
        assert_eq!(error.and_then(|e| e.param), Some("a[1].b".to_owned()));
        let frame = r#"{"id":1,"op":"x","d":{"a":[{}]}}"#;
        let error = Request::parse(frame).map(|r| r.payload::<Outer>().unwrap_err()).ok();
        assert_eq!(error.and_then(|e| e.param), Some("a[0].b".to_owned()));
    }
}
