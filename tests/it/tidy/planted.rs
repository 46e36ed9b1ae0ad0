//! The checker counts only because it catches these.

use super::rules::{Sources, faults};

fn sources(files: &[(&str, &str)]) -> Sources {
    files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect()
}

/// A house of `src/lib.rs` that declares these modules, each with its text.
fn house(files: &[(&str, &str)]) -> Vec<String> {
    let mut all = sources(files);
    let mut lib = String::new();
    for (path, _) in files {
        let inner = path
            .trim_start_matches("src/")
            .trim_end_matches("/mod.rs")
            .trim_end_matches(".rs");
        let parts: Vec<_> = inner.split('/').collect();
        for depth in 0..parts.len() - 1 {
            let parent = format!("src/{}/mod.rs", parts[..=depth].join("/"));
            let text = all.entry(parent).or_default();
            text.push_str(&format!("mod {};\n", parts[depth + 1]));
        }
        lib.push_str(&format!("mod {};\n", parts[0]));
    }
    all.insert("src/lib.rs".to_owned(), lib);
    faults(&all)
}

#[track_caller]
fn caught(files: &[(&str, &str)], part: &str) {
    let found = house(files);
    assert!(
        found.iter().any(|fault| fault.contains(part)),
        "{part:?} is to be found among {found:?}"
    );
}

#[track_caller]
fn clean(files: &[(&str, &str)]) {
    assert_eq!(house(files), Vec::<String>::new());
}

#[test]
fn an_import_outside_of_its_place_is_caught_however_it_is_written() {
    for text in [
        "use redis::Client;",
        "use {std::fmt, redis::aio};",
        "fn f() { redis::go(); }",
        "fn f(x: ::redis::Client) {}",
        "extern crate redis;",
        "pub(crate) use redis as r;",
        "mod inner { use redis::Client; }",
        "fn f() { let x: Vec<redis::Client> = vec![]; }",
    ] {
        caught(
            &[("src/clock.rs", text)],
            "src/clock.rs:1: redis is imported only in cluster/redis.rs",
        );
    }
}

#[test]
fn what_only_looks_like_an_import_is_let_pass() {
    for text in [
        "// use redis::Client;",
        "/* redis::go() */",
        "const X: &str = \"redis::go()\";",
        "fn f() { self::redis::go(); crate::redis::go(); }",
        "fn redis() { let redis = 1; redis; }",
        "#[cfg(test)] mod tests { use redis::Client; fn f() { x.unwrap(); } }",
        "use serde_json::Value;",
    ] {
        clean(&[("src/clock.rs", text)]);
    }
}

#[test]
fn each_row_of_the_table_is_held() {
    for (crate_name, inside, outside) in [
        ("actix_web", "src/gateway/http/routes.rs", "src/chat/mod.rs"),
        ("actix_web", "src/app/server.rs", "src/cli/serve.rs"),
        (
            "actix_web_actors",
            "src/gateway/ws/connection.rs",
            "src/gateway/ws/dispatch.rs",
        ),
        ("actix", "src/chat/actor.rs", "src/chat/mod.rs"),
        ("actix", "src/wallet/commands.rs", "src/wallet/transfer.rs"),
        ("actix", "src/gateway/ws/dispatch.rs", "src/gateway/http/routes.rs"),
        ("sea_orm", "src/chat/store.rs", "src/chat/actor.rs"),
        (
            "sea_orm",
            "src/wallet/ledger/store/load.rs",
            "src/wallet/ledger/restore.rs",
        ),
        ("quipu_entity", "src/db.rs", "src/clock.rs"),
        ("serde", "src/protocol/frame.rs", "src/chat/wire.rs"),
        (
            "serde",
            "src/wallet/providers/stripe/wire.rs",
            "src/wallet/providers/stripe.rs",
        ),
        ("serde", "src/config.rs", "src/configuration.rs"),
        ("redis", "src/cluster/redis.rs", "src/cluster/mod.rs"),
        ("lettre", "src/notify/email.rs", "src/notify/sms.rs"),
        ("argon2", "src/identity/password.rs", "src/identity/session.rs"),
        (
            "image",
            "src/chat/attachments/picture.rs",
            "src/chat/attachments/upload.rs",
        ),
        (
            "infer",
            "src/chat/attachments/media.rs",
            "src/gateway/http/attachments.rs",
        ),
    ] {
        let text = format!("use {crate_name}::X;");
        clean(&[(inside, &text)]);
        caught(
            &[(outside, &text)],
            &format!("{outside}:1: {crate_name} is imported only in"),
        );
    }
}

#[test]
fn an_import_against_the_direction_is_caught() {
    let empty = ("src/wallet/mod.rs", "");
    for text in [
        "use crate::wallet::Money;",
        "use crate::{clock, wallet};",
        "fn f() { super::wallet::go(); }",
    ] {
        caught(&[("src/chat.rs", text), empty], "chat must not know wallet");
    }
    caught(
        &[("src/chat/log.rs", "use super::super::wallet::X;"), empty],
        "chat must not know wallet",
    );
    caught(
        &[("src/clock.rs", "use crate::wallet::X;"), empty],
        "clock must not know wallet",
    );
    caught(
        &[("src/chat.rs", "use crate::identity::X;"), ("src/identity.rs", "")],
        "chat must not know identity",
    );
    clean(&[
        ("src/gateway.rs", "use crate::wallet::X; use crate::clock::Y;"),
        empty,
        ("src/clock.rs", ""),
    ]);
    clean(&[(
        "src/wallet/split/mod.rs",
        "use super::transfer; use super::super::wallet;",
    )]);
}

#[test]
fn panicking_calls_outside_of_tests_are_caught() {
    caught(
        &[("src/clock.rs", "fn f() { x.unwrap(); }")],
        "src/clock.rs:1: .unwrap( outside of tests",
    );
    caught(
        &[("src/clock.rs", "fn f() {\n x\n .expect(\"y\"); }")],
        "src/clock.rs:3: .expect( outside of tests",
    );
    clean(&[("src/clock.rs", "fn f() { x.unwrap_or(1); x.expect_err; }")]);
}

#[test]
fn a_whole_file_of_tests_may_panic() {
    let files = [
        ("src/lib.rs", "mod clock;"),
        ("src/clock.rs", "#[cfg(test)]\nmod tests;"),
        (
            "src/clock/tests.rs",
            "use redis::Client; mod deeper; fn f() { x.unwrap(); }",
        ),
        ("src/clock/tests/deeper.rs", "fn f() { x.unwrap(); }"),
    ];
    assert_eq!(faults(&sources(&files)), Vec::<String>::new());
}

#[test]
fn a_file_that_no_mod_leads_to_is_caught() {
    let dead = |files: &[(&str, &str)]| faults(&sources(files));
    let lib = ("src/lib.rs", "mod a; mod inline { mod c; } // mod d;");
    assert_eq!(
        dead(&[lib, ("src/a.rs", "mod b;"), ("src/a/b.rs", ""), ("src/inline/c.rs", "")]),
        Vec::<String>::new()
    );
    assert_eq!(dead(&[lib, ("src/d.rs", "")]), ["src/d.rs: no mod leads here"]);
    assert_eq!(
        dead(&[lib, ("src/a/mod.rs", ""), ("src/a/b.rs", "")]),
        ["src/a/b.rs: no mod leads here"]
    );
    assert_eq!(
        dead(&[("entity/src/lib.rs", ""), ("entity/src/x.rs", "")]),
        ["entity/src/x.rs: no mod leads here"]
    );
    assert_eq!(
        dead(&[("tests/it/main.rs", ""), ("tests/it/x.rs", "")]),
        ["tests/it/x.rs: no mod leads here"]
    );
}

#[test]
fn a_function_over_seventy_lines_is_caught() {
    let function = |lines: usize| {
        format!(
            "impl X {{\nfn long(a: [u8; 2]) -> u8 {{\n{}}}\n}}",
            "a;\n".repeat(lines - 2)
        )
    };
    clean(&[("src/clock.rs", &function(70))]);
    caught(
        &[("src/clock.rs", &function(71))],
        "src/clock.rs:2: fn long has 71 lines",
    );
    clean(&[(
        "src/clock.rs",
        &format!(
            "trait T {{ fn f(&self); }}\ntype F = fn(u8);\n{}",
            "const A: u8 = 1;\n".repeat(90)
        ),
    )]);
}

#[test]
fn a_name_that_says_nothing_is_caught() {
    caught(&[("src/chat/utils.rs", "")], "src/chat/utils.rs: utils.rs says nothing");
    caught(&[("src/manager/mod.rs", "")], "manager says nothing");
}

#[test]
fn a_main_that_is_more_than_a_door_is_caught() {
    let lines = |n: usize| faults(&sources(&[("src/main.rs", &"// x\n".repeat(n))]));
    assert_eq!(lines(59), Vec::<String>::new());
    assert_eq!(lines(60), ["src/main.rs: 60 lines; it is a door and has under 60"]);
}
