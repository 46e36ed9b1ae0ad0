//! Values that a schema allows: with everything that may stand there, or with as little as must.

use serde_json::{Map, Value, json};

use super::shapes::{alternatives, fields, resolve};

/// How deep a sample goes at most.
const MOST_DEEP: usize = 16;

/// The id of everything.
pub(super) const SAMPLE_ID: &str = "01a2096e-c441-7451-a557-d845361cb7ee";

/// What texts say that have no format, by the name of their field.
const TEXTS: &[(&str, &str)] = &[
    ("amount", "12.50"),
    ("available", "987.50"),
    ("balance", "1000.00"),
    ("code", "CNY"),
    ("currency", "CNY"),
    ("cursor", "42"),
    ("default_currency", "CNY"),
    ("device", "phone"),
    ("display_name", "Bob"),
    ("emoji", "👍"),
    ("fee", "0.12"),
    ("handle", "bob"),
    ("held", "0.00"),
    ("id", "AaIJbsgsdFGlV"),
    ("message", "The sentence for a person."),
    ("min_client", "0.1.0"),
    ("name", "doc"),
    ("next", "42"),
    ("note", "for tea"),
    ("query", "tea"),
    ("text", "Tea?"),
    ("title", "Tea"),
    ("token", "…"),
    ("version", "1.0.0"),
];

/// What numbers are, by the name of their field.
const NUMBERS: &[(&str, u32)] = &[
    ("exponent", 2),
    ("frame_bytes", 65_536),
    ("heartbeat_ms", 25_000),
    ("limit", 50),
    ("reconnect_after_ms", 1_500),
    ("retry_after_ms", 250),
    ("sync_positions", 500),
    ("text_bytes", 8_192),
];

/// How much a sample has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// All that may be there.
    Full,
    /// What must be there alone.
    Bare,
}

/// A value of this schema.
pub(super) fn sample(schema: &Value, definitions: &Map<String, Value>, size: Size) -> Value {
    Sampler { definitions, size }.value("", schema, 0)
}

struct Sampler<'a> {
    definitions: &'a Map<String, Value>,
    size: Size,
}

impl Sampler<'_> {
    fn value(&self, name: &str, schema: &Value, depth: usize) -> Value {
        let Value::Object(members) = schema else {
            return json!({});
        };
        if depth > MOST_DEEP {
            return Value::Null;
        }
        if let Some(Value::String(reference)) = members.get("$ref") {
            let found = resolve(reference, self.definitions);
            return found.map_or(Value::Null, |found| self.value(name, found, depth + 1));
        }
        if let Some(only) = members.get("const") {
            return only.clone();
        }
        if let Some(Value::Array(given)) = members.get("examples")
            && let Some(first) = given.first()
            && (self.size == Size::Full || !may_be_null(members))
        {
            return first.clone();
        }
        if let Some(Value::Array(words)) = members.get("enum") {
            return words.first().cloned().unwrap_or_default();
        }
        if let Some(choices) = alternatives(members) {
            return self.value(name, self.choice(choices), depth + 1);
        }
        match self.kind(members) {
            Some("object") => self.object(members, depth),
            Some("array") => self.array(name, members, depth),
            Some("string") => text(name, members),
            Some("integer" | "number") => json!(by_name(NUMBERS, name).unwrap_or(3)),
            Some("boolean") => json!(self.size == Size::Full),
            Some(_) => Value::Null,
            None => json!({}),
        }
    }

    /// The first alternative; for as little as possible none, or else the last one.
    fn choice<'a>(&self, choices: &'a [Value]) -> &'a Value {
        let none = choices.iter().find(|choice| choice["type"] == "null");
        let chosen = match self.size {
            Size::Full => choices.iter().find(|choice| choice["type"] != "null"),
            Size::Bare => none.or(choices.last()),
        };
        chosen.unwrap_or(&Value::Null)
    }

    fn kind<'a>(&self, members: &'a Map<String, Value>) -> Option<&'a str> {
        match members.get("type")? {
            Value::String(kind) => Some(kind),
            Value::Array(kinds) => {
                let mut kinds = kinds.iter().filter_map(Value::as_str);
                match self.size {
                    Size::Full => kinds.find(|kind| *kind != "null"),
                    Size::Bare => kinds.next_back(),
                }
            }
            _ => None,
        }
    }

    fn object(&self, members: &Map<String, Value>, depth: usize) -> Value {
        let wanted = fields(members)
            .into_iter()
            .filter(|(.., always)| *always || self.size == Size::Full);
        wanted
            .map(|(name, schema, _)| (name.to_owned(), self.value(name, schema, depth + 1)))
            .collect()
    }

    fn array(&self, name: &str, members: &Map<String, Value>, depth: usize) -> Value {
        match (self.size, members.get("items")) {
            (Size::Full, Some(items)) => json!([self.value(name, items, depth + 1)]),
            _ => json!([]),
        }
    }
}

fn text(name: &str, members: &Map<String, Value>) -> Value {
    let pattern = members.get("pattern").and_then(Value::as_str).unwrap_or_default();
    match members.get("format").and_then(Value::as_str) {
        Some("uuid") => json!(SAMPLE_ID),
        Some("date-time") => json!("2026-11-23T17:23:04.886Z"),
        _ if pattern.starts_with("^[cau]:") => json!(format!("c:{SAMPLE_ID}")),
        _ => {
            json!(by_name(TEXTS, name).unwrap_or("words"))
        }
    }
}

fn by_name<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

fn may_be_null(members: &Map<String, Value>) -> bool {
    let kinds = members.get("type").and_then(Value::as_array);
    let choices = alternatives(members);
    kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"))
        || choices.is_some_and(|choices| choices.iter().any(|choice| choice["type"] == "null"))
}
