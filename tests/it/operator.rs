//! What an operator does: settings, health, money out of the sandbox, stopping.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, Backend, Server, on_both_databases, run};

/// The promise: a stop takes no longer, whatever is open.
const DRAIN_LIMIT: Duration = Duration::from_secs(30);

on_both_databases!(a_running_server_tells_how_it_is, |server| {
    let http = server.http();
    http.get("/healthz").expect(200);
    http.get("/readyz").expect(200);
    let about = http.get("/api/v1/about").expect(200).json();
    assert_eq!(about["server"]["name"], "quipu");
    assert_eq!(about["server"]["version"], env!("CARGO_PKG_VERSION"));
    let ana = server.register("ana");
    let client = server.connect(&ana).await;
    client.refused("nonsense", json!({}), "unknown_op").await;
    assert!(server.metric("quipu_connections", "") >= 1.0);
    assert!(server.metric("quipu_refusals_total", "unknown_op") >= 1.0);
    server.fund(&ana, "1.00", "CNY");
    assert!(server.metric("quipu_commit_seconds_count", "") >= 1.0);
    http.get("/nowhere").expect(404);
});

on_both_databases!(the_page_is_served_with_strict_headers, |server| {
    let page = server.http().get("/").expect(200);
    assert!(page.header("content-type").starts_with("text/html"));
    let policy = page.header("content-security-policy");
    for part in ["default-src", "frame-ancestors 'none'", "script-src"] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert!(
        !policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"),
        "{policy}"
    );
    assert_eq!(page.header("x-content-type-options"), "nosniff");
});

on_both_databases!(money_given_by_the_operator_shows_at_once_on_an_open_screen, |server| {
    let ana = server.register("ana");
    let client = server.connect(&ana).await;
    server.fund(&ana, "12.50", "CNY");
    let changed = client.next_event("account.changed").await;
    assert_eq!(changed["d"]["account"]["balance"], "12.50");
    assert_eq!(changed["d"]["transfer"]["kind"], "funding");
    for wrong in [
        ["nobody", "1.00", "CNY"],
        ["ana", "-1", "CNY"],
        ["ana", "1.001", "CNY"],
        ["ana", "1", "XXX"],
    ] {
        let (status, said) = server.quipu(&[&["admin", "fund"], wrong.as_slice()].concat());
        assert!(!status.success(), "{wrong:?}: {said}");
    }
    assert_eq!(client.available("CNY").await, "12.50");
});

on_both_databases!(the_command_line_works_without_a_running_server, |server| {
    let mut server = server;
    server.register("ana");
    assert!(server.sigterm(DRAIN_LIMIT).success());
    server.expect_quipu(&["admin", "fund", "ana", "3.00", "EUR"]);
    server.expect_quipu(&["audit"]);
    server.restart();
    let password = "knots of ana 7421";
    let body = json!({ "login": "ana", "password": password, "device": "x" });
    let token = server.http().post("/api/v1/login", &body).expect(200).json();
    let client = crate::harness::Client::open(&server).await;
    client.hello(token["token"].as_str().unwrap()).await;
    assert_eq!(client.available("EUR").await, "3.00");
});

on_both_databases!(
    people_for_load_tests_are_made_signed_in_funded_and_acquainted,
    |server| {
        let out = server.data_folder().join("people.jsonl").display().to_string();
        let arguments = [
            "admin",
            "seed",
            "--users",
            "4",
            "--fund",
            "5.00",
            "--currency",
            "CNY",
            "--out",
            &out,
        ];
        server.expect_quipu(&arguments);
        let text = std::fs::read_to_string(&out).unwrap();
        let people: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(people.len(), 4);
        for person in &people {
            let token = person["token"].as_str().unwrap();
            let me = server
                .http()
                .as_bearer(token, "GET", "/api/v1/me", None)
                .expect(200)
                .json();
            assert_eq!(
                (&me["user"]["id"], &me["user"]["handle"]),
                (&person["id"], &person["handle"])
            );
        }
        let client = crate::harness::Client::open(&server).await;
        client.hello(people[0]["token"].as_str().unwrap()).await;
        assert_eq!(client.available("CNY").await, "5.00");
        let contacts = client.done("contact.list", json!({})).await;
        assert_eq!(
            contacts["contacts"].as_array().map(Vec::len),
            Some(1),
            "pairs know each other"
        );
    }
);

on_both_databases!(
    a_stop_tells_everyone_finishes_what_was_accepted_and_ends_in_time,
    |server| {
        let mut server = server;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let conversation = on_ana.direct_with(&ben.id).await;
        let said = on_ana.say(&conversation, "before the end").await;
        assert!(server.sigterm(DRAIN_LIMIT).success());
        for client in [&on_ana, &on_ben] {
            assert!(client.next_event("drain").await["d"]["reconnect_after_ms"].is_u64());
            assert_eq!(client.closed(ANSWER_LIMIT).await.code, Some(4000));
        }
        server.restart();
        let newest = server.connect(&ben).await.newest(&conversation).await;
        assert_eq!(newest.last().unwrap()["seq"], said["seq"]);
    }
);

#[test]
fn settings_that_cannot_be_are_refused_by_name_before_anything_starts() {
    run(async {
        let server = Server::plan(Backend::Sqlite).start().await;
        let said = server.expect_quipu(&["check-config"]);
        assert!(!said.is_empty(), "it says what it looked at");
        let folder = tempfile::tempdir().unwrap();
        for (text, told) in [
            ("[http]\nlistn = 1\n", ":2: http.listn: unknown key"),
            (
                "[limits]\n\nops_burst = \"many\"\n",
                ":3: limits.ops_burst: invalid type",
            ),
            (
                "[redis]\nurl = \"redis://127.0.0.1\"\n",
                ":2: redis.url: several nodes need PostgreSQL",
            ),
            ("[http]\nlisten = \"0.0.0.0:0\"\n", "http.listen"),
        ] {
            let file = folder.path().join("quipu.toml");
            std::fs::write(&file, text).unwrap();
            let name = file.display().to_string();
            for command in [["check-config", "--config", &name], ["serve", "--config", &name]] {
                let (status, said) = server.quipu(&command);
                assert!(!status.success() && said.contains(told), "{command:?} said {said:?}");
            }
        }
    });
}

#[test]
fn a_demo_signs_its_people_in_by_one_click_and_nobody_else() {
    run(async {
        let server = Server::plan(Backend::Sqlite).argument("--demo").start().await;
        let about = server.http().get("/api/v1/about").expect(200).json();
        let people = about["demo"].as_array().unwrap().clone();
        assert_eq!(people.len(), 2);
        let handle = |i: usize| people[i]["handle"].as_str().unwrap().to_owned();
        let sign_in = |handle: &str| {
            let body = json!({ "handle": handle, "device": "x" });
            server.http().post("/api/v1/demo/login", &body)
        };
        let client = crate::harness::Client::open(&server).await;
        client
            .hello(sign_in(&handle(0)).expect(200).json()["token"].as_str().unwrap())
            .await;
        assert_eq!(client.available("CNY").await, "1000.00");
        let contacts = client.done("contact.list", json!({})).await;
        assert_eq!(contacts["contacts"][0]["user"]["handle"], handle(1).as_str());
        server.register("ana");
        assert!(sign_in("ana").status >= 400, "only the two of the demo");
    });
    run(async {
        let server = Server::plan(Backend::Sqlite).start().await;
        let body = json!({ "handle": "ana", "device": "x" });
        server.http().post("/api/v1/demo/login", &body).expect(404);
    });
}

#[test]
fn two_servers_never_share_one_sqlite_folder() {
    run(async {
        let server = Server::plan(Backend::Sqlite).start().await;
        let (status, said) = server.quipu(&["serve", "--listen", "127.0.0.1:0"]);
        assert!(!status.success(), "{said}");
        server.http().get("/healthz").expect(200);
    });
}
