//! Somebody turns the machine's clock. Money goes on, nothing ends before its time, and the node says what it sees.
//!
//! The server runs under libfaketime, which shows it a wall clock beside the real one; its monotonic clock is real.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use quipu::clock::{Clock as _, Micros, SystemClock};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{ANSWER_LIMIT, Backend, Client, Plan, Server, eventually, posted, run};

/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);
/// The server looks for holds whose time has passed every second: in this time it has looked.
const LOOKED: Duration = Duration::from_secs(3);
/// How far the time in an answer may be from the real one. Less than the drift that a clock is believed with.
const NEAR: Duration = Duration::from_secs(30);
/// A day in microseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The wall clock of a server.
struct Wall {
    folder: TempDir,
}

impl Wall {
    /// A clock that shows the time.
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("quipu-it.").tempdir().unwrap();
        let wall = Self { folder };
        wall.turn("+0");
        wall
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("time")
    }

    /// Turns it so far from the real time, such as `+1d`.
    fn turn(&self, by: &str) {
        let fresh = self.folder.path().join("next");
        std::fs::write(&fresh, by).unwrap();
        // At once, or the server might read half of it.
        std::fs::rename(fresh, self.file()).unwrap();
    }

    fn over(&self, plan: Plan) -> Plan {
        plan.variable("LD_PRELOAD", &libfaketime())
            .variable("FAKETIME_TIMESTAMP_FILE", &self.file().display().to_string())
            .variable("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .variable("FAKETIME_NO_CACHE", "1")
    }
}

/// Where Debian's package of that name puts it.
fn libfaketime() -> String {
    let found = std::fs::read_dir("/usr/lib").unwrap().find_map(|entry| {
        let file = entry.ok()?.path().join("faketime/libfaketime.so.1");
        file.is_file().then(|| file.display().to_string())
    });
    found.expect("libfaketime is installed: scripts/test does it")
}

/// What is warned of beside the guard that the tests have off.
fn warnings(server: &Server) -> Value {
    let told = server.http().get("/readyz").expect(200).json();
    let told = told["warnings"].as_array().unwrap().iter();
    told.filter(|warning| **warning != "wallet.require_pin")
        .cloned()
        .collect()
}

async fn warned(server: &Server, expected: &Value) {
    let seen = async || (warnings(server) == *expected).then_some(());
    eventually(&format!("/readyz warns of {expected}"), ANSWER_LIMIT, seen).await;
}

/// Pays; the time that the answer gives.
async fn paid_at(client: &Client, to: &str) -> Micros {
    at(&client.pay(to, "1.00").await)
}

fn at(shown: &Value) -> Micros {
    Micros::parse(shown["at"].as_str().expect("a time")).expect("a time")
}

#[track_caller]
fn is_near(shown: Micros, expected: Micros) {
    let apart = Duration::from_micros(shown.0.abs_diff(expected.0));
    assert!(apart < NEAR, "{shown} is {apart:?} from {expected}");
}

async fn pass(what: &str, until: Micros) {
    let passed = async || (SystemClock.now() > until).then_some(());
    eventually(what, ANSWER_LIMIT, passed).await;
}

#[test]
fn a_clock_turned_a_day_ahead_ends_no_hold_and_stops_no_payment() {
    run(async {
        let wall = Wall::new();
        let server = wall.over(Server::plan(Backend::Sqlite)).start().await;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let on_ana = server.connect(&ana).await;
        assert_eq!(warnings(&server), json!([]));
        let first = paid_at(&on_ana, &ben.id).await;

        posted(&server, &["hold", "ana", "5.00", "CNY", "--seconds", "8"]);
        let history = on_ana.done("wallet.history", json!({})).await;
        let ends = Micros::parse(history["transfers"][0]["expires_at"].as_str().unwrap()).unwrap();
        wall.turn("+1d");
        warned(&server, &json!(["clock_jump"])).await;
        let second = paid_at(&on_ana, &ben.id).await;
        assert!(second > first);
        is_near(second, SystemClock.now());
        let turned = Instant::now();
        let looked = async || (turned.elapsed() > LOOKED).then_some(());
        eventually("holds were looked for", ANSWER_LIMIT, looked).await;
        assert_eq!(on_ana.account("CNY").await["held"], "5.00", "a day has not passed");
        pass("the hold's own time", ends.plus(LOOKED)).await;
        assert_eq!(
            on_ana.account("CNY").await["held"],
            "5.00",
            "nothing ends by a clock that is not believed"
        );

        wall.turn("+0");
        warned(&server, &json!([])).await;
        let expired = async || {
            let history = on_ana.done("wallet.history", json!({})).await;
            let rows = history["transfers"].as_array().unwrap().clone();
            rows.into_iter().find(|row| row["state"] == "expired")
        };
        let expired = eventually("the hold expires", ANSWER_LIMIT, expired).await;
        assert!(at(&expired) >= ends);
        is_near(at(&expired), SystemClock.now());
        assert_eq!(on_ana.account("CNY").await["held"], "0.00");

        // And one that nobody turns a clock over ends at its time.
        posted(&server, &["hold", "ana", "5.00", "CNY", "--seconds", "1"]);
        let free = async || (on_ana.account("CNY").await["held"] == "0.00").then_some(());
        eventually("a hold of a second ends", ANSWER_LIMIT, free).await;
        server.expect_quipu(&["audit"]);
    });
}

#[test]
fn a_clock_turned_a_day_back_stops_no_payment_and_ledger_time_keeps_rising() {
    run(async {
        let wall = Wall::new();
        let mut server = wall.over(Server::plan(Backend::Sqlite)).start().await;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let on_ana = server.connect(&ana).await;
        let mut times = vec![paid_at(&on_ana, &ben.id).await];
        for (by, expected) in [
            ("-1d", json!(["clock_jump"])),
            ("+0", json!([])),
            ("-2h", json!(["clock_jump"])),
        ] {
            wall.turn(by);
            warned(&server, &expected).await;
            for _ in 0..3 {
                times.push(paid_at(&on_ana, &ben.id).await);
                is_near(*times.last().unwrap(), SystemClock.now());
            }
        }
        let said = on_ana.say(&on_ana.direct_with(&ben.id).await, "what time is it?").await;
        is_near(at(&said), SystemClock.now());
        assert!(times.is_sorted(), "{times:?}");
        assert!(server.sigterm(STOP_LIMIT).success());
        server.expect_quipu(&["audit"]);
    });
}

#[test]
fn a_ledger_from_tomorrow_is_continued_and_the_node_says_so() {
    run(async {
        let wall = Wall::new();
        wall.turn("+1d");
        let mut server = wall.over(Server::plan(Backend::Sqlite)).start().await;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let on_ana = server.connect(&ana).await;
        assert_eq!(warnings(&server), json!([]), "nothing to hold the clock against");
        let last = paid_at(&on_ana, &ben.id).await;
        is_near(last, Micros(SystemClock.now().0 + DAY));
        assert!(server.sigterm(STOP_LIMIT).success());

        wall.turn("+0");
        server.restart();
        warned(&server, &json!(["clock_jump"])).await;
        let on_ana = server.connect(&ana).await;
        let next = paid_at(&on_ana, &ben.id).await;
        assert!(next > last, "{next} after {last}");
        is_near(next, last);
        posted(&server, &["hold", "ana", "5.00", "CNY", "--seconds", "1"]);
        let held = Instant::now();
        let looked = async || (held.elapsed() > LOOKED).then_some(());
        eventually("holds were looked for", ANSWER_LIMIT, looked).await;
        assert_eq!(on_ana.account("CNY").await["held"], "5.00", "expiries pause");
        assert!(server.sigterm(STOP_LIMIT).success());
        server.expect_quipu(&["audit"]);

        // The day has come: the same ledger by a clock that is right.
        wall.turn("+1d");
        server.restart();
        assert_eq!(warnings(&server), json!([]));
        let on_ana = server.connect(&ana).await;
        let free = async || (on_ana.account("CNY").await["held"] == "0.00").then_some(());
        eventually("the hold ends", ANSWER_LIMIT, free).await;
    });
}
