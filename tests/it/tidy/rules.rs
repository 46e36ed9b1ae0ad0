//! The rules of the house, over sources as (path, text) pairs.

use std::collections::{BTreeMap, BTreeSet};

use super::lexer::{Kind, Token, behind_bracket, is_test_attribute, tokens, without_tests};
use super::paths::{Named, paths};

/// Sources by their path from the root of the checkout.
pub(crate) type Sources = BTreeMap<String, String>;

/// A function may have this many lines, its signature and its closing brace included.
const FUNCTION_LINES: usize = 70;
/// `src/main.rs` has fewer lines than this.
const MAIN_LINES: usize = 60;
/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 8] = [
    "utils", "util", "helpers", "helper", "common", "manager", "managers", "misc",
];

/// What may import a crate: folders end in `/`, others are file names or whole paths, all below `src/`.
const IMPORTS: &[(&[&str], &[&str])] = &[
    (
        &["actix_web", "actix_http", "actix_tls"],
        &["gateway/", "app/", "cli/bench/bare_relay.rs"],
    ),
    (
        &["actix_codec", "actix_service"],
        &["gateway/listen.rs", "gateway/ws/line.rs"],
    ),
    (
        &["actix_web_actors"],
        &["gateway/ws/connection.rs", "cli/bench/bare_relay.rs"],
    ),
    (
        &["actix", "actix_rt"],
        &[
            "**/actor.rs",
            "**/actor/",
            "**/commands.rs",
            "actor_directory.rs",
            "gateway/ws/",
            "app/",
            "cli/bench/bare_relay.rs",
        ],
    ),
    (
        &["sea_orm", "entity", "quipu_entity"],
        &[
            "**/store.rs",
            "**/store/",
            "db.rs",
            "db/",
            "group_commit.rs",
            "group_commit/",
        ],
    ),
    (
        &["serde"],
        &[
            "protocol/",
            "config.rs",
            "config/",
            "cluster/",
            "wallet/providers/*/wire.rs",
            "cli/",
        ],
    ),
    (&["schemars"], &["protocol/"]),
    (&["rusqlite"], &["db/"]),
    (&["redis"], &["cluster/redis.rs"]),
    (&["lettre"], &["notify/email.rs"]),
    (&["argon2"], &["identity/password.rs", "identity/password/"]),
    (&["chacha20poly1305"], &["vault/seal.rs"]),
    (&["hmac"], &["vault/mac.rs"]),
    (&["iban"], &["wallet/funding/bank.rs"]),
    (&["libc"], &["cli/allocator.rs"]),
    (&["image"], &["chat/attachments/picture.rs"]),
    (&["infer"], &["chat/attachments/media.rs"]),
];

/// Modules on their storeys. What stands on one may import what stands on lower ones; those beside each other do not
/// know each other. Modules that are not named here are leaves that all may import.
const STOREYS: &[&[&str]] = &[
    &["cli"],
    &["app"],
    &["gateway"],
    &["support"],
    &["wallet"],
    &["risk", "chat", "identity"],
    &["notify"],
    &["delivery"],
    &["cluster"],
];

/// Everything that is wrong, one sentence each.
pub(crate) fn faults(sources: &Sources) -> Vec<String> {
    let mut faults = Vec::new();
    let tests = test_files(sources);
    for (path, text) in sources {
        let all = tokens(text);
        long_functions(path, &all, &mut faults);
        empty_name(path, &mut faults);
        if let Some(inner) = path.strip_prefix("src/").filter(|_| !tests.contains(path)) {
            let code = without_tests(&all);
            let named = paths(&code);
            imports(path, inner, &named, &mut faults);
            direction(path, inner, &named, &mut faults);
            panicking(path, &code, &mut faults);
        }
    }
    dead_files(sources, &mut faults);
    main_is_a_door(sources, &mut faults);
    faults
}

fn imports(path: &str, inner: &str, named: &[Named], faults: &mut Vec<String>) {
    for Named { segments, line } in named {
        let rule = IMPORTS
            .iter()
            .find(|(crates, _)| crates.contains(&segments[0].as_str()));
        if let Some((_, places)) = rule
            && !places.iter().any(|place| is_at(inner, place))
        {
            faults.push(format!(
                "{path}:{line}: {} is imported only in {}",
                segments[0],
                places.join(", ")
            ));
        }
    }
}

/// True when the path below `src/` is at the place of a rule. `**/` stands for any folders, `*` for one.
fn is_at(inner: &str, place: &str) -> bool {
    if let Some(rest) = place.strip_prefix("**/") {
        let file = inner.rsplit('/').next().unwrap_or(inner);
        let inside = rest.ends_with('/') && (inner.starts_with(rest) || inner.contains(&format!("/{rest}")));
        return file == rest || inside;
    }
    if place.ends_with('/') {
        return inner.starts_with(place);
    }
    let (mut inner, mut place) = (inner.split('/'), place.split('/'));
    loop {
        match (inner.next(), place.next()) {
            (None, None) => return true,
            (Some(have), Some(want)) if want == "*" || have == want => {}
            _ => return false,
        }
    }
}

fn direction(path: &str, inner: &str, named: &[Named], faults: &mut Vec<String>) {
    let module = inner.split(['/', '.']).next().unwrap_or(inner);
    let depth = inner
        .trim_end_matches("/mod.rs")
        .trim_end_matches(".rs")
        .split('/')
        .count();
    let storey = |name: &str| STOREYS.iter().position(|names| names.contains(&name));
    for Named { segments, line } in named {
        let supers = segments.iter().take_while(|s| *s == "super").count();
        // A path out of the top module by way of `super` is one into a neighbour too.
        let target = match segments[0].as_str() {
            "crate" | "quipu" => segments.get(1),
            "super" if supers >= depth => segments.get(supers),
            _ => None,
        };
        let Some(target) = target.map(String::as_str).filter(|target| *target != module) else {
            continue;
        };
        let allowed = match (storey(module), storey(target)) {
            // lib.rs and main.rs may name everything; everybody may name a leaf.
            _ if matches!(module, "lib" | "main") => true,
            (_, None) => true,
            (Some(from), Some(to)) => from < to,
            (None, Some(_)) => false,
        };
        if !allowed {
            faults.push(format!("{path}:{line}: {module} must not know {target}"));
        }
    }
}

fn panicking(path: &str, code: &[Token], faults: &mut Vec<String>) {
    for window in code.windows(3) {
        let method = window[1].word().filter(|word| matches!(*word, "unwrap" | "expect"));
        if let Some(method) = method.filter(|_| window[0].is_mark('.') && window[2].is_mark('(')) {
            faults.push(format!("{path}:{}: .{method}( outside of tests", window[1].line));
        }
    }
}

fn long_functions(path: &str, all: &[Token], faults: &mut Vec<String>) {
    for (at, token) in all.iter().enumerate() {
        let Some(name) = all.get(at + 1).and_then(Token::word).filter(|_| token.is_word("fn")) else {
            continue;
        };
        let Some(open) = body_of(all, at) else { continue };
        let end = behind_bracket(all, open);
        let lines = all[end - 1].line + 1 - token.line;
        if lines > FUNCTION_LINES {
            faults.push(format!(
                "{path}:{}: fn {name} has {lines} lines, more than {FUNCTION_LINES}",
                token.line
            ));
        }
    }
}

/// The opening brace of a function's body; none when it only has a signature.
fn body_of(all: &[Token], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        match all.get(at)?.kind {
            Kind::Mark('{') => return Some(at),
            Kind::Mark(';') => return None,
            Kind::Mark('(' | '[') => at = behind_bracket(all, at),
            _ => at += 1,
        }
    }
}

fn empty_name(path: &str, faults: &mut Vec<String>) {
    for part in path.split('/') {
        if EMPTY_NAMES.contains(&part.trim_end_matches(".rs")) {
            faults.push(format!("{path}: {part} says nothing of what is inside"));
        }
    }
}

fn main_is_a_door(sources: &Sources, faults: &mut Vec<String>) {
    let lines = sources.get("src/main.rs").map_or(0, |text| text.lines().count());
    if lines >= MAIN_LINES {
        faults.push(format!(
            "src/main.rs: {lines} lines; it is a door and has under {MAIN_LINES}"
        ));
    }
}

/// A `mod name;` of a source, and whether only tests compile it.
struct Declared {
    file: [String; 2],
    for_tests: bool,
}

/// The files that a source declares, both ways they may be called.
fn declared(path: &str, text: &str) -> Vec<Declared> {
    let all = tokens(text);
    let mut folders = vec![folder_of_children(path)];
    let mut depths: Vec<usize> = Vec::new();
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut for_tests = false;
    for (at, token) in all.iter().enumerate() {
        for_tests |= is_test_attribute(&all, at);
        match &token.kind {
            Kind::Mark('{') => depth += 1,
            Kind::Mark('}') => {
                depth -= 1;
                if depths.last() == Some(&depth) {
                    depths.pop();
                    folders.pop();
                }
                for_tests = false;
            }
            Kind::Mark(';') => for_tests = false,
            Kind::Word(word) if word == "mod" => {
                let Some(name) = all.get(at + 1).and_then(Token::word) else {
                    continue;
                };
                let base = format!("{}/{name}", folders.last().map_or("", String::as_str));
                if all.get(at + 2).is_some_and(|t| t.is_mark('{')) {
                    depths.push(depth);
                    folders.push(base);
                } else {
                    found.push(Declared {
                        file: [format!("{base}.rs"), format!("{base}/mod.rs")],
                        for_tests,
                    });
                }
            }
            _ => {}
        }
    }
    found
}

fn folder_of_children(path: &str) -> String {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    match file {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        _ => path.trim_end_matches(".rs").to_owned(),
    }
}

/// Files that are compiled for tests only.
fn test_files(sources: &Sources) -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    let mut pending: Vec<(String, bool)> = roots(sources).map(|root| (root, false)).collect();
    while let Some((path, inside_tests)) = pending.pop() {
        let Some(text) = sources.get(&path) else { continue };
        if inside_tests {
            tests.insert(path.clone());
        }
        for child in declared(&path, text) {
            for file in child.file {
                pending.push((file, inside_tests || child.for_tests));
            }
        }
    }
    tests
}

/// The test binaries that are folders.
fn is_suite(path: &str) -> bool {
    matches!(
        path,
        "tests/it/main.rs" | "tests/sim/main.rs" | "tests/convergence/main.rs" | "benches/postings/main.rs"
    )
}

fn roots(sources: &Sources) -> impl Iterator<Item = String> {
    let is_root = |path: &&String| {
        let alone = path.matches('/').count() == 1 && (path.starts_with("benches/") || path.starts_with("tests/"));
        path.ends_with("src/lib.rs") || path.ends_with("src/main.rs") || is_suite(path) || alone
    };
    sources.keys().filter(is_root).cloned()
}

fn dead_files(sources: &Sources, faults: &mut Vec<String>) {
    let mut alive = BTreeSet::new();
    let mut pending: Vec<String> = roots(sources).collect();
    while let Some(path) = pending.pop() {
        if let Some(text) = sources.get(&path).filter(|_| !alive.contains(&path)) {
            pending.extend(declared(&path, text).into_iter().flat_map(|child| child.file));
            alive.insert(path);
        }
    }
    for path in sources.keys().filter(|path| !alive.contains(*path)) {
        faults.push(format!("{path}: no mod leads here"));
    }
}
