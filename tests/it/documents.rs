//! What is made from the protocol's types is as it stands in the checkout, and tells what the code does.

use std::collections::BTreeSet;
use std::path::Path;

use quipu::protocol::{OPERATIONS, OPS, PUSHES, ROUTES, Request, documents};
use serde_json::{Map, Value, json};

use crate::harness::{contract, on_both_databases};

/// Set to write the files instead of comparing them.
const WRITE: &str = "QUIPU_WRITE_DOCUMENTS";
const DISPATCH: &str = include_str!("../../src/gateway/ws/dispatch.rs");
const HTTP: &str = include_str!("../../src/gateway/http/mod.rs");

#[test]
fn every_file_is_as_the_code_makes_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut stale = Vec::new();
    for made in documents::all() {
        let path = root.join(made.path);
        if std::fs::read_to_string(&path).is_ok_and(|text| text == made.text) {
            continue;
        }
        if std::env::var_os(WRITE).is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, made.text).unwrap();
        } else {
            stale.push(made.path);
        }
    }
    assert!(
        stale.is_empty(),
        "scripts/api-docs writes anew what is stale: {stale:?}"
    );
}

#[test]
fn dispatch_knows_exactly_the_operations_of_the_table() {
    let arms: BTreeSet<_> = DISPATCH
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" =>"))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(arms, OPS.iter().copied().collect());
}

#[test]
fn no_operation_has_the_name_of_a_push() {
    assert!(OPS.iter().all(|op| !PUSHES.contains(op)));
    assert_eq!(OPS.iter().collect::<BTreeSet<_>>().len(), OPS.len());
    assert_eq!(PUSHES.iter().collect::<BTreeSet<_>>().len(), PUSHES.len());
}

/// The verbs on each path, as `gateway/http/mod.rs` adds them.
fn routes_of_the_code() -> BTreeSet<(String, String)> {
    let configure = HTTP.split("#[cfg(test)]").last().unwrap();
    let mut found = BTreeSet::new();
    // A piece begins with a path in quotes and has the verbs on it.
    let mut pieces = configure.split("resource(\"").chain(configure.split("probe(\""));
    let pieces = pieces.by_ref().filter(|piece| piece.starts_with('/'));
    for piece in pieces {
        let (path, rest) = piece.split_once('"').unwrap();
        let own = rest.split(".service(").next().unwrap();
        let verbs = ["get", "post", "patch", "put", "delete"];
        let mut verbs: Vec<_> = verbs
            .into_iter()
            .filter(|verb| own.contains(&format!("web::{verb}()")))
            .collect();
        if verbs.is_empty() {
            verbs.push("get");
        }
        let is_api = !["/healthz", "/readyz", "/metrics", "/help", "/docs"]
            .iter()
            .any(|root| path.starts_with(root));
        let path = if is_api {
            format!("/api/v1{path}")
        } else {
            path.to_owned()
        };
        found.extend(verbs.into_iter().map(|verb| (verb.to_uppercase(), path.clone())));
    }
    found
}

#[test]
fn the_table_of_routes_is_that_of_the_code() {
    let table = ROUTES
        .iter()
        .map(|route| (route.method.to_owned(), route.path.to_owned()));
    assert_eq!(table.collect::<BTreeSet<_>>(), routes_of_the_code());
}

/// Puts a field that nobody knows into each object.
fn with_unknown_fields(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Map<_, _> = members.into_iter().map(|(k, v)| (k, with_unknown_fields(v))).collect();
            members.insert("of_a_later_version".to_owned(), json!({"a": [1]}));
            Value::Object(members)
        }
        Value::Array(items) => items.into_iter().map(with_unknown_fields).collect(),
        other => other,
    }
}

fn golden(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn every_golden_frame_is_as_its_schema_says_and_one_with_another_field_or_type_is_not() {
    let (operations, pushes) = (golden("operations.json"), golden("pushes.json"));
    let mut frames = 0;
    let mut hold = |frame: &Value, content: &str, fault: &dyn Fn(&Value) -> Option<String>| {
        frames += 1;
        assert_eq!(fault(frame), None, "{frame}");
        if frame[content].as_object().is_some_and(|members| !members.is_empty()) {
            let (mut more, mut other) = (frame.clone(), frame.clone());
            more[content]["of_nobody"] = json!(1);
            other[content] = json!("a text");
            assert!(fault(&more).is_some() && fault(&other).is_some(), "{frame}");
        }
    };
    for op in OPS {
        for frame in operations[op]["requests"].as_array().unwrap() {
            hold(frame, "d", &contract::fault_of_request);
        }
        for frame in operations[op]["answers"].as_array().unwrap() {
            hold(frame, "ok", &|frame| contract::fault_of_answer(op, frame));
        }
    }
    for ev in PUSHES {
        for frame in pushes[ev].as_array().unwrap() {
            hold(frame, "d", &contract::fault_of_push);
        }
    }
    for frame in golden("refusals.json").as_object().unwrap().values() {
        hold(&frame[0], "err", &|frame| contract::fault_of_answer("ping", frame));
    }
    assert!(frames > OPS.len() * 2 + PUSHES.len());
}

#[test]
fn every_golden_request_is_read_into_its_type_whatever_else_stands_in_it() {
    let golden = golden("operations.json");
    for operation in OPERATIONS {
        let requests = golden[operation.name]["requests"].as_array().unwrap();
        assert!(!requests.is_empty(), "{} has a golden request", operation.name);
        for frame in requests {
            for frame in [frame.clone(), with_unknown_fields(frame.clone())] {
                let text = frame.to_string();
                let request = Request::parse(&text).unwrap();
                assert_eq!(request.op, operation.name);
                let read = (operation.reads)(&request);
                assert!(read.is_ok(), "{text}: {read:?}");
            }
        }
    }
}

on_both_databases!(every_path_of_the_table_is_there_for_whom_it_says, |server| {
    let http = server.http();
    for route in ROUTES {
        let answer = http.call(
            route.method,
            &route.path.replace("{id}", "none").replace("{code}", "busy"),
            &[],
            None,
        );
        let wanted = match (route.signed_in, route.method) {
            (true, _) => 401,
            // Without a body.
            (false, "POST") => 400,
            (false, _) => 200,
        };
        assert_eq!(
            answer.status, wanted,
            "{} {}: {}",
            route.method, route.path, answer.text
        );
    }
});

on_both_databases!(
    the_documents_are_served_as_they_are_made_and_kept_by_who_has_them,
    |server| {
        let http = server.http();
        for (path, made) in [
            ("/docs/asyncapi.json", documents::asyncapi()),
            ("/docs/openapi.json", documents::openapi()),
        ] {
            let answer = http.get(path).expect(200);
            assert_eq!(answer.text, made);
            assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
            let known = [("if-none-match", answer.header("etag"))];
            http.call("GET", path, &known, None).expect(304);
        }
        let page = http.get("/docs").expect(200);
        assert!(page.header("content-security-policy").contains("script-src 'self'"));
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    }
);
