//! Holds what a server says against the documents that are made from its types: every answer and every push that any
//! test hears.

use std::sync::LazyLock;

use quipu::protocol::documents;
use serde_json::{Map, Value};

use super::Answer;

static SOCKET: LazyLock<Document> = LazyLock::new(|| Document::read(&documents::asyncapi()));
static HTTP: LazyLock<Document> = LazyLock::new(|| Document::read(&documents::openapi()));

/// What is wrong with an answer's frame; nothing when its operation is in no document, which is another test's business.
pub(crate) fn fault_of_answer(op: &str, frame: &Value) -> Option<String> {
    let message = match frame.get("err") {
        Some(_) => "refusal".to_owned(),
        None => format!("{op}.answer"),
    };
    fault_of(&message, frame)
}

/// What is wrong with a push's frame.
pub(crate) fn fault_of_push(frame: &Value) -> Option<String> {
    fault_of(frame["ev"].as_str()?, frame)
}

/// What is wrong with a request's frame.
pub(crate) fn fault_of_request(frame: &Value) -> Option<String> {
    fault_of(&format!("{}.request", frame["op"].as_str()?), frame)
}

fn fault_of(message: &str, frame: &Value) -> Option<String> {
    let schema = SOCKET.0["components"]["messages"].get(message)?.get("payload")?;
    SOCKET.fault(schema, frame, message)
}

/// What is wrong with an answer over HTTP. Paths that are in no document, such as the page's files, may say anything.
pub(crate) fn fault_of_http(method: &str, path: &str, answer: &Answer) -> Option<String> {
    let path = path.split('?').next().unwrap_or(path);
    let at = format!("{method} {path}: {}", answer.status);
    if answer.header("content-type").starts_with("application/problem+json") {
        let schema = &HTTP.0["components"]["schemas"]["Problem"];
        return HTTP.fault(schema, &answer.json(), &at);
    }
    let verb = method.to_lowercase();
    let verbs = HTTP.0["paths"].as_object()?.iter();
    let (_, verbs) = verbs.into_iter().find(|(template, _)| is_path_of(path, template))?;
    // A probe may be asked by HEAD, which answers nothing.
    let response = match verbs.get(verb)?["responses"].get(answer.status.to_string()) {
        Some(response) => response,
        // Not modified.
        None if answer.status == 304 => return None,
        None => return Some(format!("{at}: no such answer is documented")),
    };
    match response.get("content") {
        Some(content) => {
            let schema = content.get("application/json")?.get("schema")?;
            HTTP.fault(schema, &answer.json(), &at)
        }
        None => (!answer.text.is_empty()).then(|| format!("{at}: an answer without a body has one")),
    }
}

fn is_path_of(path: &str, template: &str) -> bool {
    let (path, template): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
    path.len() == template.len()
        && path
            .iter()
            .zip(&template)
            .all(|(have, want)| have == want || want.starts_with('{'))
}

/// A document with its schemas.
struct Document(Value);

impl Document {
    fn read(text: &str) -> Self {
        Self(serde_json::from_str(text).expect("the document is JSON"))
    }

    /// The first place at which a value is not what its schema says. Knows the words of JSON Schema that the documents
    /// use, and fails at others: what is not understood would hold nothing.
    fn fault(&self, schema: &Value, value: &Value, at: &str) -> Option<String> {
        let words = match schema {
            Value::Bool(true) => return None,
            Value::Object(words) => words,
            other => panic!("{at}: {other} is no schema"),
        };
        words
            .iter()
            .find_map(|(word, rule)| self.broken(word, rule, words, value, at))
    }

    fn broken(&self, word: &str, rule: &Value, words: &Map<String, Value>, value: &Value, at: &str) -> Option<String> {
        let unless = |holds: bool| (!holds).then(|| format!("{at}: {value} is not {word} {rule}"));
        match word {
            "$ref" => {
                let place = rule.as_str()?.trim_start_matches('#');
                self.fault(self.0.pointer(place).expect(place), value, at)
            }
            "type" => match rule {
                Value::Array(kinds) => unless(kinds.iter().any(|kind| is(kind, value))),
                kind => unless(is(kind, value)),
            },
            "const" => unless(rule == value),
            "enum" => unless(rule.as_array()?.contains(value)),
            "anyOf" => unless(rule.as_array()?.iter().any(|one| self.fault(one, value, at).is_none())),
            "oneOf" => unless(
                rule.as_array()?
                    .iter()
                    .filter(|one| self.fault(one, value, at).is_none())
                    .count()
                    == 1,
            ),
            "minimum" => unless(value.as_f64().is_none_or(|value| Some(value) >= rule.as_f64())),
            "maximum" => unless(value.as_f64().is_none_or(|value| Some(value) <= rule.as_f64())),
            "required" => {
                let mut names = rule.as_array()?.iter().filter_map(Value::as_str);
                let missing = names.find(|name| value.is_object() && value.get(name).is_none());
                missing.map(|name| format!("{at}: {name} is missing"))
            }
            "properties" => {
                let known = rule.as_object()?;
                value
                    .as_object()?
                    .iter()
                    .find_map(|(name, value)| match known.get(name) {
                        Some(schema) => self.fault(schema, value, &format!("{at}.{name}")),
                        // The server tells nothing that its types do not name.
                        None if words.contains_key("additionalProperties") => None,
                        None => Some(format!("{at}: nothing is known of {name}")),
                    })
            }
            "items" => {
                let mut items = value.as_array()?.iter().enumerate();
                items.find_map(|(n, value)| self.fault(rule, value, &format!("{at}[{n}]")))
            }
            "pattern" => unless(value.as_str().is_none_or(|text| is_id(rule, text))),
            "format" | "description" | "default" | "examples" | "title" | "additionalProperties" => None,
            other => panic!("{at}: nobody here knows the word {other}"),
        }
    }
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => panic!("{kind} is no type"),
    }
}

/// The only patterns are those of ids, with or without the letter of a log.
fn is_id(pattern: &Value, text: &str) -> bool {
    let pattern = pattern.as_str().unwrap_or_default();
    let id = match pattern.strip_prefix("^[cau]:") {
        Some(_) => match text.split_once(':') {
            Some(("c" | "a" | "u", id)) => id,
            _ => return false,
        },
        None => text,
    };
    assert!(
        pattern.contains("[0-9a-fA-F]{12}$"),
        "a pattern that nobody here knows: {pattern}"
    );
    uuid::Uuid::try_parse(id).is_ok()
}
