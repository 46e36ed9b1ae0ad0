//! `quipu bench`: short runs of every scenario, and what it refuses.

use serde_json::{Value, json};

use crate::harness::{Backend, Server, on_both_databases, run};

/// People of a run, so many that two pairs have something to do.
const PEOPLE: &str = "4";

/// Runs it for a second, which is enough to see that everything is counted; nothing is said here of how fast it is.
fn report(server: &Server, arguments: &[&str]) -> Value {
    report_of(server, arguments, "1")
}

/// The same for so many seconds.
fn report_of(server: &Server, arguments: &[&str], seconds: &str) -> Value {
    let file = server.data_folder().join("report.json");
    let named = file.to_str().unwrap();
    server.expect_quipu(&[&["bench"], arguments, &["--seconds", seconds, "--json", named]].concat());
    let report: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert!(report["per_s"].as_u64().unwrap() > 0, "{report}");
    assert!(report["ack_ms"]["p50"].as_f64().unwrap() > 0.0, "{report}");
    assert!(report["client"]["rss_bytes"].as_u64().unwrap() > 0, "{report}");
    let checks = report["checks"].as_array().unwrap();
    assert!(
        !checks.is_empty() && checks.iter().all(|check| check["passed"] == true),
        "{report}"
    );
    report
}

fn people(server: &Server) -> String {
    let file = server.data_folder().join("people.jsonl").display().to_string();
    server.expect_quipu(&["admin", "seed", "--users", PEOPLE, "--fund", "100.00", "--out", &file]);
    file
}

on_both_databases!(a_server_that_is_named_is_measured_and_checked, |server| {
    let (url, people) = (server.origin(), people(&server));
    for scenario in ["chat", "wallet"] {
        let load = ["--pairs", "2", "--window", "4", "--warm-up", "0"];
        let named = ["--url", &url, "--users", &people];
        let report = report(&server, &[&[scenario], load.as_slice(), &named].concat());
        assert!(report["receipt_ms"]["max"].as_f64().unwrap() > 0.0, "{report}");
        assert!(report["server"]["note"].is_string(), "{report}");
    }
});

#[test]
fn a_server_of_its_own_is_measured_with_its_memory() {
    run(async {
        // It lends its folder; what is measured is another one.
        let server = Server::plan(Backend::Sqlite).start().await;
        let room = report(&server, &["fanout", "--room", "5", "--window", "2", "--warm-up", "0"]);
        assert!(room["server"]["rss_bytes"].as_u64().unwrap() > 0, "{room}");
        let steady = report(&server, &["chat", "--pairs", "2", "--rate", "100", "--warm-up", "0"]);
        assert!(
            steady["per_s"].as_u64().unwrap() <= 110,
            "more than was asked for: {steady}"
        );
        let idle = report(&server, &["idle", "--connections", "20"]);
        assert!(idle["server"]["rss_per_connection_bytes"].is_u64(), "{idle}");
    });
}

/// Shares of a packet and pairs who pay meanwhile: so many that a claim has others beside it.
const PACKET: [&str; 13] = [
    "bench",
    "packet",
    "--shares",
    "40",
    "--pairs",
    "2",
    "--rate",
    "40",
    "--seconds",
    "2",
    "--warm-up",
    "0",
    "--json",
];

#[test]
fn a_packet_is_claimed_beside_payments_and_checked() {
    run(async {
        // It lends its folder; what is measured is another one.
        let server = Server::plan(Backend::Sqlite).start().await;
        let file = server.data_folder().join("packet.json");
        let (status, said) = server.quipu(&[PACKET.as_slice(), &[file.to_str().unwrap()]].concat());
        let report: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).expect(&said);
        assert_eq!(
            (&report["load"]["shares"], &report["unit"]),
            (&json!(40), &json!("claims"))
        );
        assert!(report["ack_ms"]["p50"].as_f64().unwrap() > 0.0, "{report}");
        for (phase, name) in ["alone", "beside claims"].into_iter().enumerate() {
            let payments = &report["phases"][phase];
            assert_eq!(payments["name"], name);
            assert!(payments["ack_ms"]["p99"].as_f64().unwrap() > 0.0, "{report}");
            assert!(payments["receipt_ms"]["p99"].as_f64().unwrap() > 0.0, "{report}");
        }
        let ratio = report["ratios"][0]["ratio"].as_f64().unwrap();
        let checks = report["checks"].as_array().unwrap();
        let (of_time, others): (Vec<_>, Vec<_>) =
            checks.iter().partition(|check| check["name"] == "other people's p99");
        // How fast it is, is not for a test to say; that what was measured decides, is.
        assert_eq!(of_time[0]["passed"], json!(ratio <= 2.0), "{report}");
        assert_eq!(status.success(), ratio <= 2.0, "{said}");
        let held = others.iter().filter(|check| check["passed"] == true).count();
        assert_eq!((held, others.len()), (9, 9), "{report}");
    });
}

/// Two loads, small enough for a second of a debug build.
const SCENARIO: &str = r#"
[[load]]
kind = "chat"
pairs = 2
think_ms = 20
[[load]]
kind = "wallet"
pairs = 2
rate = 20
[[load]]
kind = "fanout"
room = 4
rate = 10
[[load]]
kind = "idle"
connections = 2
[[load]]
kind = "storm"
rate = 5
people = 2
stands_s = 0
"#;

#[test]
fn several_loads_run_at_once_while_their_server_is_killed_and_sockets_are_cut() {
    run(async {
        // It lends its folder; what is measured is another one.
        let server = Server::plan(Backend::Sqlite).start().await;
        let file = server.data_folder().join("scenario.toml");
        std::fs::write(&file, SCENARIO).unwrap();
        let page = server.data_folder().join("report.html");
        let (named, page_named) = (file.to_str().unwrap(), page.to_str().unwrap());
        let chaos = [
            "mixed",
            "--scenario",
            named,
            "--warm-up",
            "0",
            "--html",
            page_named,
            "--chaos",
            "kill=2s,cut=700ms",
        ];
        let report = report_of(&server, &chaos, "5");
        let verdict = &report["chaos"];
        assert_eq!(
            (&verdict["kills"], &verdict["cuts"]),
            (&json!(2), &json!(7)),
            "{report}"
        );
        assert!(verdict["acknowledged"].as_u64().unwrap() > 0, "{report}");
        assert_eq!(verdict["acknowledged"], verdict["found"], "{report}");
        assert!(report["recovery_ms"]["p99"].as_f64().unwrap() > 0.0, "{report}");
        let parts: Vec<_> = report["parts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| part["name"].as_str().unwrap())
            .collect();
        assert_eq!(parts, ["chat", "wallet", "fanout", "idle", "storm"]);
        let page = std::fs::read_to_string(page).unwrap();
        assert!(
            page.contains("<svg role=\"img\"") && page.contains("what was acknowledged stands, once"),
            "{page}"
        );
        assert!(!page.contains("<script"), "{page}");
    });
}

#[test]
fn one_payee_is_measured_beside_many_a_room_beside_a_bare_one_and_new_connections_beside_messages() {
    run(async {
        // It lends its folder; what is measured is another one.
        let server = Server::plan(Backend::Sqlite).start().await;
        let hot = report(&server, &["hot", "--pairs", "3", "--window", "2", "--warm-up", "0"]);
        assert!(hot["rates"][0]["ratio"].as_f64().unwrap() > 0.0, "{hot}");
        assert_eq!(hot["phases"][1]["name"], "to one payee");
        let bare = ["fanout", "--bare", "--room", "4", "--window", "2", "--warm-up", "0"];
        let bare = report(&server, &bare);
        assert!(bare["rates"][0]["ratio"].as_f64().unwrap() > 0.0, "{bare}");
        assert_eq!(bare["phases"][0]["name"], "by a bare relay");
        assert!(bare["phases"][0]["per_s"].as_u64().unwrap() > 0, "{bare}");
        let storm = [
            "storm",
            "--rate",
            "20",
            "--pairs",
            "2",
            "--messages-rate",
            "20",
            "--warm-up",
            "0",
        ];
        let storm = report(&server, &storm);
        assert_eq!(storm["unit"], "connections signed in");
        assert!(storm["parts"][1]["ack_ms"]["p99"].as_f64().unwrap() > 0.0, "{storm}");
    });
}

#[test]
fn more_than_there_is_room_for_is_measured_between_as_much_as_there_is() {
    run(async {
        // It lends its folder; what is measured is another one.
        let server = Server::plan(Backend::Sqlite).start().await;
        let overload = ["overload", "--pairs", "8", "--times", "3", "--warm-up", "0"];
        let overload = report(&server, &overload);
        let names: Vec<_> = (0..3).map(|at| overload["phases"][at]["name"].clone()).collect();
        assert_eq!(names, ["at its most", "in overload", "afterwards"]);
        for at in 0..2 {
            assert!(overload["rates"][at]["ratio"].as_f64().unwrap() > 0.0, "{overload}");
        }
        let wanted = overload["load"]["rate"].as_u64().unwrap();
        assert_eq!(wanted, 3 * overload["phases"][0]["per_s"].as_u64().unwrap());
    });
}

#[test]
fn what_is_expected_decides_the_end_and_two_reports_are_compared() {
    run(async {
        // It lends its folder; what is measured is another one.
        let server = Server::plan(Backend::Sqlite).start().await;
        let chat = [
            "chat",
            "--pairs",
            "2",
            "--warm-up",
            "0",
            "--expect",
            "ack.p99<60s",
            "--expect",
            "errors=0",
        ];
        report(&server, &chat);
        let file = server.data_folder().join("report.json");
        let named = file.to_str().unwrap();
        server.expect_quipu(&["bench", "compare", named, named]);
        let mut slower: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        slower["per_s"] = json!(1);
        let other = server.data_folder().join("slower.json");
        std::fs::write(&other, slower.to_string()).unwrap();
        let (status, said) = server.quipu(&["bench", "compare", named, other.to_str().unwrap()]);
        assert!(!status.success() && said.contains("WORSE"), "{said}");
        let in_vain = [
            "bench",
            "chat",
            "--pairs",
            "2",
            "--warm-up",
            "0",
            "--seconds",
            "1",
            "--expect",
            "per_s>1000000",
        ];
        let (status, said) = server.quipu(&in_vain);
        assert!(!status.success() && said.contains("expected per_s>1000000"), "{said}");
    });
}

#[test]
fn the_highest_rate_that_holds_is_searched_for() {
    run(async {
        // It lends its folder; what is measured is another one.
        let server = Server::plan(Backend::Sqlite).start().await;
        let search = [
            "chat",
            "--pairs",
            "2",
            "--rate",
            "20",
            "--warm-up",
            "0",
            "--search",
            "--expect",
            "per_s<75",
        ];
        let found = report(&server, &search);
        let rate = found["load"]["rate"].as_u64().unwrap();
        assert!((40..80).contains(&rate), "{found}");
    });
}

#[test]
fn a_limit_ends_the_run_with_the_setting_to_change() {
    run(async {
        let plan = Server::plan(Backend::Sqlite);
        let plan = plan.set("limits.sends_per_second", "1").set("limits.sends_burst", "1");
        let server = plan.start().await;
        let (url, people) = (server.origin(), people(&server));
        let (status, said) = server.quipu(&["bench", "chat", "--pairs", "2", "--url", &url, "--users", &people]);
        assert!(!status.success(), "{said}");
        assert!(said.contains("limits.sends_per_second"), "{said}");
    });
}

#[test]
fn what_would_make_a_figure_a_lie_is_refused() {
    run(async {
        let server = Server::plan(Backend::Sqlite).start().await;
        for (arguments, word) in [
            (["chat", "--room", "5"].as_slice(), "--room"),
            (&["wallet", "--shares", "5"], "--shares"),
            (&["packet", "--shares", "10001"], "--shares"),
            (&["chat", "--window", "0"], "--window"),
            (&["chat", "--expect", "ack.p98<5ms"], "ack.p98"),
            (&["chat", "--chaos", "burn=3s"], "burn"),
            (&["idle", "--chaos", "cut=3s"], "--chaos"),
            (&["chat", "--search", "--expect", "errors=0"], "--rate"),
            (&["mixed", "--scenario", "/nowhere.toml"], "nowhere"),
            (
                &[
                    "chat",
                    "--url",
                    "http://127.0.0.1:1",
                    "--users",
                    "none",
                    "--chaos",
                    "kill=3s",
                ],
                "kill",
            ),
            (
                &["chat", "--url", "http://192.0.2.1:80", "--users", "none"],
                "--allow-remote",
            ),
        ] {
            let (status, said) = server.quipu(&[&["bench"], arguments].concat());
            assert!(!status.success() && said.contains(word), "{arguments:?}: {said}");
        }
    });
}
