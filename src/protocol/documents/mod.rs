//! What is made from the tables of the protocol: an AsyncAPI file of the socket, an OpenAPI file of HTTP, declarations
//! for scripts, and golden frames. The committed copies are compared with these by the tests; `scripts/api-docs` writes
//! them anew.
//!
//! Both documents share one derivation: `schemars` makes the schemas from the types themselves, the rest is put together
//! here. A generator with annotations on each route would have to be told all of it a second time.

mod asyncapi;
mod frames;
mod openapi;
mod sample;
mod shapes;
mod typescript;

use serde_json::{Value, json};

use super::ErrorCode;

/// A file that is made from the protocol's types.
#[derive(Debug, Clone)]
pub struct Made {
    /// Where its copy stands, from the root of the checkout.
    pub path: &'static str,
    /// All of it.
    pub text: String,
}

/// Every file that is made.
#[must_use]
pub fn all() -> Vec<Made> {
    let made = |path, text| Made { path, text };
    vec![
        made("docs/asyncapi.json", asyncapi()),
        made("docs/openapi.json", openapi()),
        made("static/sdk/protocol.d.ts", typescript::declarations()),
        made("tests/golden/operations.json", frames::operations()),
        made("tests/golden/pushes.json", frames::pushes()),
        made("tests/golden/refusals.json", frames::refusals()),
    ]
}

/// The socket, as an AsyncAPI 3.0 document.
#[must_use]
pub fn asyncapi() -> String {
    pretty(&asyncapi::document())
}

/// The HTTP API, as an OpenAPI 3.1 document.
#[must_use]
pub fn openapi() -> String {
    pretty(&openapi::document())
}

fn pretty(document: &Value) -> String {
    format!("{document:#}\n")
}

/// What the two documents say of themselves.
fn info(title: &str, description: &str) -> Value {
    json!({
        "title": title,
        "version": super::VERSION,
        "description": description,
        "license": {"name": "MIT OR Apache-2.0"},
    })
}

/// Every code with which something may be refused.
fn error_codes() -> Value {
    let told = |code: &ErrorCode| {
        json!({
            "code": code.as_str(),
            "status": code.status(),
            "retryable": code.retryable(),
            "says": code.message(),
        })
    };
    ErrorCode::ALL.iter().map(told).collect()
}
