//! Declarations for scripts: each shape, and which of them each operation, push and path has.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::shapes::{Shapes, alternatives, fields, name_of};
use crate::protocol::catalogue::schema_of;
use crate::protocol::http::Problem;
use crate::protocol::{CloseCode, Content, LogId, OPERATIONS, PUSHED, Pushed, ROUTES, TransferCard, WireError};

const HEAD: &str =
    "// Generated from the server's own types: do not edit. `scripts/api-docs` writes it anew, a test compares.\n\n";

pub(super) fn declarations() -> String {
    let mut shapes = Shapes::new();
    shapes.told(schema_of::<WireError>);
    shapes.told(schema_of::<Problem>);
    shapes.told(schema_of::<LogId>);
    shapes.told(schema_of::<TransferCard<'static>>);
    let mut maps = String::new();
    block(
        &mut maps,
        "Every operation: what is asked with, and what a good answer holds.",
        "Ops",
        ops(&mut shapes),
    );
    block(
        &mut maps,
        "Every push, without its `ev`.",
        "Pushes",
        pushes(&mut shapes),
    );
    block(
        &mut maps,
        "Every path of HTTP that takes or gives JSON: its body and its good answer.",
        "Http",
        http(&mut shapes),
    );
    let mut text = HEAD.to_owned();
    for (name, schema) in &shapes.definitions() {
        declare(&mut text, name, schema);
    }
    let close: Vec<_> = CloseCode::ALL.iter().map(|code| code.number().to_string()).collect();
    text += &maps;
    text += "/** A push as it comes. */\nexport type PushFrame = { [E in keyof Pushes]: { ev: E } & Pushes[E] }[keyof Pushes];\n\n";
    text += &format!(
        "/** Why the server closes a socket. */\nexport type CloseCode = {};\n",
        close.join(" | ")
    );
    text
}

type Entries = Vec<(String, String, String)>;

fn ops(shapes: &mut Shapes) -> Entries {
    let entry = |op: &crate::protocol::Operation| {
        let (d, ok) = (type_of(&shapes.asked(op.d)), type_of(&shapes.told(op.ok)));
        (
            op.says.to_owned(),
            op.name.to_owned(),
            format!("{{ d: {d}; ok: {ok} }}"),
        )
    };
    OPERATIONS.iter().map(entry).collect()
}

fn pushes(shapes: &mut Shapes) -> Entries {
    let entry = |push: &Pushed| {
        let mut fields = Vec::new();
        if !push.logs.is_empty() {
            fields.push("log: LogId".to_owned());
        }
        if push.moves {
            fields.push("prev: number".to_owned());
        }
        if !push.logs.is_empty() {
            fields.push("rev: number".to_owned());
        }
        if let Some(d) = push.d {
            fields.push(format!("d: {}", type_of(&shapes.told(d))));
        }
        (
            push.says.to_owned(),
            push.name.to_owned(),
            format!("{{ {} }}", fields.join("; ")),
        )
    };
    PUSHED.iter().map(entry).collect()
}

fn http(shapes: &mut Shapes) -> Entries {
    let mut entries = Vec::new();
    for route in ROUTES {
        let body = match route.body {
            Content::Json(of) => type_of(&shapes.asked(of)),
            _ => "undefined".to_owned(),
        };
        let ok = match route.answers[0] {
            Some((_, Content::Json(of))) => type_of(&shapes.told(of)),
            Some((_, Content::None)) => "undefined".to_owned(),
            _ => continue,
        };
        let name = format!("{} {}", route.method, route.path);
        entries.push((route.says.to_owned(), name, format!("{{ body: {body}; ok: {ok} }}")));
    }
    entries
}

/// An interface whose members are named in quotes.
fn block(text: &mut String, says: &str, name: &str, entries: Entries) {
    *text += &format!("/** {says} */\nexport interface {name} {{\n");
    for (says, name, of) in entries {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "  /** {says} */\n  '{name}': {of};");
    }
    *text += "}\n\n";
}

fn declare(text: &mut String, name: &str, schema: &Value) {
    comment(text, "", schema);
    let members = schema.as_object();
    match members.filter(|members| members.contains_key("properties")) {
        Some(members) => {
            let _ = writeln!(text, "export interface {name} {{");
            for (name, field, always) in fields(members) {
                comment(text, "  ", field);
                let mark = if always { "" } else { "?" };
                let _ = writeln!(text, "  {name}{mark}: {};", type_of(field));
            }
            if members.contains_key("additionalProperties") {
                *text += "  [fact: string]: unknown;\n";
            }
            *text += "}\n\n";
        }
        None => {
            let _ = writeln!(text, "export type {name} = {};\n", type_of(schema));
        }
    }
}

fn comment(text: &mut String, indent: &str, schema: &Value) {
    if let Some(says) = schema["description"].as_str() {
        let says = says.replace("*/", "* /").replace('\n', " ");
        let _ = writeln!(text, "{indent}/** {says} */");
    }
}

/// A schema as a type.
fn type_of(schema: &Value) -> String {
    let Value::Object(members) = schema else {
        return "unknown".to_owned();
    };
    if let Some(Value::String(reference)) = members.get("$ref") {
        return name_of(reference).to_owned();
    }
    if let Some(only) = members.get("const") {
        return literal(only);
    }
    if let Some(Value::Array(words)) = members.get("enum") {
        return union(words.iter().map(literal));
    }
    if let Some(choices) = alternatives(members) {
        return union(choices.iter().map(type_of));
    }
    match members.get("type") {
        Some(Value::String(kind)) => simple(kind, members),
        Some(Value::Array(kinds)) => union(kinds.iter().filter_map(Value::as_str).map(|kind| simple(kind, members))),
        _ => "unknown".to_owned(),
    }
}

fn simple(kind: &str, members: &Map<String, Value>) -> String {
    match kind {
        "integer" | "number" => "number".to_owned(),
        "array" => {
            let item = members.get("items").map_or_else(|| "unknown".to_owned(), type_of);
            format!("Array<{item}>")
        }
        "object" => {
            let fields = fields(members).into_iter().map(|(name, field, always)| {
                let mark = if always { "" } else { "?" };
                format!("{name}{mark}: {}", type_of(field))
            });
            let fields: Vec<_> = fields.collect();
            match fields.as_slice() {
                [] => "{}".to_owned(),
                fields => format!("{{ {} }}", fields.join("; ")),
            }
        }
        other => other.to_owned(),
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::String(word) => format!("'{word}'"),
        other => other.to_string(),
    }
}

fn union(types: impl Iterator<Item = String>) -> String {
    types.collect::<Vec<_>>().join(" | ")
}
