//! The schemas of all types that the documents name, under the names that clients know.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use crate::protocol::catalogue::SchemaOf;

/// Where both kinds of documents keep their schemas.
const PLACE: &str = "#/components/schemas/";

/// Schemas by what they are for: a field that may be left out of a request may always stand in an answer.
pub(super) struct Shapes {
    asked: SchemaGenerator,
    told: SchemaGenerator,
}

impl Shapes {
    pub(super) fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            asked: settings().for_deserialize().into_generator(),
            told: settings().for_serialize().into_generator(),
        }
    }

    /// What a client sends.
    pub(super) fn asked(&mut self, of: SchemaOf) -> Value {
        public(of(&mut self.asked).to_value())
    }

    /// What the server tells.
    pub(super) fn told(&mut self, of: SchemaOf) -> Value {
        public(of(&mut self.told).to_value())
    }

    /// All that was named so far, and what it consists of. A type that goes both ways is told as it is asked.
    pub(super) fn definitions(&mut self) -> Map<String, Value> {
        let mut told = self.told.definitions().clone();
        told.values_mut().for_each(absent_not_null);
        let asked = self.asked.definitions().clone();
        let both = told.into_iter().chain(asked);
        both.map(|(name, schema)| (public_name(&name).to_owned(), public(schema)))
            .collect()
    }
}

/// The schema that a reference leads to.
pub(super) fn resolve<'a>(reference: &str, definitions: &'a Map<String, Value>) -> Option<&'a Value> {
    definitions.get(name_of(reference))
}

/// The name that a reference leads to.
pub(super) fn name_of(reference: &str) -> &str {
    reference.strip_prefix(PLACE).unwrap_or(reference)
}

/// The properties of an object as its type declares them, with whether each always stands there. What may be missing
/// comes last.
pub(super) fn fields(schema: &Map<String, Value>) -> Vec<(&str, &Value, bool)> {
    let Some(Value::Object(properties)) = schema.get("properties") else {
        return Vec::new();
    };
    let required = schema.get("required").and_then(Value::as_array);
    let required: Vec<_> = required.into_iter().flatten().filter_map(Value::as_str).collect();
    let always = required
        .iter()
        .filter_map(|name| Some((*name, properties.get(*name)?, true)));
    let sometimes = properties
        .iter()
        .filter(|(name, _)| !required.contains(&name.as_str()))
        .map(|(name, schema)| (name.as_str(), schema, false));
    always.chain(sometimes).collect()
}

/// The alternatives of a schema that has some.
pub(super) fn alternatives(schema: &Map<String, Value>) -> Option<&Vec<Value>> {
    schema
        .get("anyOf")
        .or_else(|| schema.get("oneOf"))
        .and_then(Value::as_array)
}

/// `MessageView` is the server's word for what it shows; on the wire it is a `Message`.
fn public_name(name: &str) -> &str {
    name.strip_suffix("View").unwrap_or(name)
}

fn public(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get_mut("$ref") {
                *reference = format!("{PLACE}{}", public_name(name_of(reference)));
            }
            // How wide an integer of the server is tells a client nothing, and the formats are not the standard's.
            if members
                .get("format")
                .and_then(Value::as_str)
                .is_some_and(|format| format.starts_with("uint"))
            {
                members.remove("format");
            }
            for member in members.values_mut() {
                *member = public(member.take());
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = public(item.take());
            }
        }
        _ => {}
    }
    schema
}

/// In what the server tells, a field that may be missing is missing instead of being null.
fn absent_not_null(schema: &mut Value) {
    if let Value::Object(members) = schema {
        let always: Vec<String> = fields(members)
            .into_iter()
            .filter(|(.., always)| *always)
            .map(|(name, ..)| name.to_owned())
            .collect();
        if let Some(Value::Object(properties)) = members.get_mut("properties") {
            for (_, property) in properties.iter_mut().filter(|(name, _)| !always.contains(name)) {
                without_null(property);
            }
        }
    }
    match schema {
        Value::Object(members) => members.values_mut().for_each(absent_not_null),
        Value::Array(items) => items.iter_mut().for_each(absent_not_null),
        _ => {}
    }
}

fn without_null(property: &mut Value) {
    let Value::Object(members) = property else { return };
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            members.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = members.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            members.remove("anyOf");
            for (name, value) in only {
                members.entry(name).or_insert(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Content, OPERATIONS, PUSHED, ROUTES};

    #[test]
    fn no_name_stands_for_two_shapes() {
        let mut shapes = Shapes::new();
        for operation in OPERATIONS {
            shapes.asked(operation.d);
            shapes.told(operation.ok);
        }
        PUSHED
            .iter()
            .filter_map(|push| push.d)
            .for_each(|d| drop(shapes.told(d)));
        let json = |content: &Content| match content {
            Content::Json(of) => Some(*of),
            _ => None,
        };
        for route in ROUTES {
            json(&route.body).map(|of| shapes.asked(of));
            let answers = route.answers.iter().flatten();
            answers
                .filter_map(|(_, content)| json(content))
                .for_each(|of| drop(shapes.told(of)));
        }
        let mut known = Map::new();
        let (asked, mut told) = (shapes.asked.definitions().clone(), shapes.told.definitions().clone());
        told.values_mut().for_each(absent_not_null);
        for (name, schema) in told.into_iter().chain(asked) {
            let schema = public(schema);
            let before = known.insert(public_name(&name).to_owned(), schema.clone());
            assert!(before.is_none_or(|before| before == schema), "{name} is two things");
        }
    }

    #[test]
    fn what_may_be_missing_in_an_answer_is_never_null() {
        #[derive(serde::Serialize, schemars::JsonSchema)]
        struct Told {
            #[serde(skip_serializing_if = "Option::is_none")]
            missing: Option<String>,
            null: Option<String>,
        }
        let mut shapes = Shapes::new();
        shapes.told(crate::protocol::catalogue::schema_of::<Told>);
        let told = &shapes.definitions()["Told"];
        assert_eq!(told["properties"]["missing"]["type"], "string");
        assert_eq!(
            told["properties"]["null"]["type"],
            serde_json::json!(["string", "null"])
        );
        assert_eq!(told["required"], serde_json::json!(["null"]));
    }
}
