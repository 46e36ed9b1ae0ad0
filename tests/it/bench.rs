//! `quipu bench`: short runs of every scenario, and what it refuses.

use serde_json::{Value, json};

use crate::harness::{Backend, Server, on_both_databases, run};

/// People of a run, so many that two pairs have something to do.
const PEOPLE: &str = "4";

/// Runs it for a second, which is enough to see that everything is counted; nothing is said here of how fast it is.
fn report(server: &Server, arguments: &[&str]) -> Value {
    let file = server.data_folder().join("report.json");
    let named = file.to_str().unwrap();
    server.expect_quipu(&[&["bench"], arguments, &["--seconds", "1", "--json", named]].concat());
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
            let payments = &report["payments"][phase];
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
