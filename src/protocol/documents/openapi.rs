//! HTTP as OpenAPI 3.1.

use serde_json::{Map, Value, json};

use super::shapes::Shapes;
use super::{error_codes, info};
use crate::protocol::catalogue::schema_of;
use crate::protocol::http::Problem;
use crate::protocol::{Content, ROUTES, Route};

/// What stands before all of it.
const ABOUT: &str = "Signs people in; everything that is live goes over the socket. A refusal is \
    `application/problem+json` (RFC 9457) with a stable `code`; another verb than a path's own is `not_found`. Every \
    call that changes something with the session in the cookie needs an `Origin` that is exactly the server's own.";

pub(super) fn document() -> Value {
    let mut shapes = Shapes::new();
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.to_lowercase()] = operation(&mut shapes, route);
    }
    let problem = shapes.told(schema_of::<Problem>);
    json!({
        "openapi": "3.1.0",
        "info": info("Quipu over HTTP", ABOUT),
        "servers": [{"url": "http://localhost:8080", "description": "A server as it is delivered."}],
        "paths": paths,
        "components": {
            "schemas": shapes.definitions(),
            "responses": {"Refusal": {
                "description": "Refused; the code says why.",
                "content": {"application/problem+json": {"schema": problem}},
            }},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "The token of a login."},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "quipu", "description": "The same in a browser; `__Host-quipu` under https."},
            },
        },
        "x-error-codes": error_codes(),
    })
}

fn operation(shapes: &mut Shapes, route: &Route) -> Value {
    let mut operation = json!({
        "operationId": operation_id(route),
        "summary": route.says,
        "responses": responses(shapes, route),
    });
    let params = params(route);
    if !params.is_empty() {
        operation["parameters"] = params.into();
    }
    if let Some(content) = content(shapes, route.body, true) {
        operation["requestBody"] = json!({"required": true, "content": content});
    }
    if route.signed_in {
        operation["security"] = json!([{"token": []}, {"cookie": []}]);
    }
    operation
}

/// The verb and the words of the path.
fn operation_id(route: &Route) -> String {
    let path = route.path.trim_start_matches("/api/v1");
    let words = path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let words: Vec<_> = std::iter::once(route.method.to_lowercase())
        .chain(words.map(str::to_owned))
        .collect();
    words.join("_")
}

fn params(route: &Route) -> Vec<Value> {
    let in_path = route.path.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    let in_path =
        in_path.map(|(name, _)| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
    let others = route.params.iter().map(|param| {
        json!({
            "name": param.name,
            "in": param.place,
            "required": param.required,
            "description": param.says,
            "schema": {"type": param.kind},
        })
    });
    in_path.chain(others).collect()
}

fn responses(shapes: &mut Shapes, route: &Route) -> Value {
    let mut responses = json!({"default": {"$ref": "#/components/responses/Refusal"}});
    for (status, body) in route.answers.into_iter().flatten() {
        let mut response = json!({"description": if status < 300 { "Done." } else { "Not now." }});
        if let Some(content) = content(shapes, body, false) {
            response["content"] = content;
        }
        responses[status.to_string()] = response;
    }
    responses
}

fn content(shapes: &mut Shapes, content: Content, asked: bool) -> Option<Value> {
    Some(match content {
        Content::None => return None,
        Content::Json(of) if asked => json!({"application/json": {"schema": shapes.asked(of)}}),
        Content::Json(of) => json!({"application/json": {"schema": shapes.told(of)}}),
        Content::Text => json!({"text/plain": {"schema": {"type": "string"}}}),
        Content::Table => json!({"text/csv": {"schema": {"type": "string"}}}),
        Content::Page => json!({"text/html": {"schema": {"type": "string"}}}),
        Content::Document => json!({"application/json": {"schema": {"type": "object"}}}),
        Content::Bytes => json!({"application/octet-stream": {}}),
    })
}
