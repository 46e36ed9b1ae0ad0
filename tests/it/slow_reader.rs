//! A client that never reads costs its budget and no more, and is cut; others notice nothing.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::harness::{ANSWER_LIMIT, Client, Server, eventually, on_both_databases};

/// A text as long as they may be.
const TEXT_BYTES: usize = 8_192;
/// What is pumped past the one who does not read, in texts: far more than any socket buffer keeps.
const TEXTS: usize = 3_000;
/// Requests under way at once.
const AT_ONCE: usize = 32;
/// Its budget of 1 MiB, and a few MiB.
const GROWTH: u64 = (1 + 4) << 20;

/// What a server may grow by in a round that counts as quiet, how many such rounds in a row are enough, and how many
/// there are at most.
const ROUND: u64 = 512 << 10;
const QUIET_ROUNDS: usize = 3;
const MOST_ROUNDS: usize = 30;

async fn pump(from: &Client, group: &str, texts: usize) {
    let text = "x".repeat(TEXT_BYTES);
    for _ in 0..texts / AT_ONCE {
        join_all((0..AT_ONCE).map(|_| from.say(group, &text))).await;
    }
}

/// Pumps until the server's caches and buffers have their size, which is told.
async fn settled(server: &Server, from: &Client, group: &str) -> u64 {
    let (mut before, mut quiet) = (server.resident_bytes(), 0);
    for _ in 0..MOST_ROUNDS {
        pump(from, group, TEXTS / 6).await;
        let after = server.resident_bytes();
        quiet = if after <= before + ROUND { quiet + 1 } else { 0 };
        before = before.max(after);
        if quiet == QUIET_ROUNDS {
            return before;
        }
    }
    panic!("the server grew for as long as it was watched");
}

on_both_databases!(
    who_never_reads_is_cut_within_the_budget_and_nobody_else_notices,
    |plan| plan
        .set("limits.slow_seconds", "3")
        .set("database.read_connections", "1"),
    |server| {
        let people = ["ana", "ben", "eve"].map(|handle| server.register(handle));
        let [ana, ben, eve] = &people;
        let (on_ana, on_ben, on_eve) = (
            server.connect(ana).await,
            server.connect(ben).await,
            server.connect(eve).await,
        );
        let group = on_ana.group_with("knots", &[&ben.id, &eve.id]).await;
        let before = settled(&server, &on_ana, &group).await;
        on_eve.stop_reading();

        let start = Instant::now();
        let mut largest = before;
        let mut pumped = 0;
        while server.metric("quipu_slow_consumer_cuts_total", "") < 1.0 {
            assert!(start.elapsed() < ANSWER_LIMIT * 4, "who never reads is cut");
            pump(&on_ana, &group, AT_ONCE * 4).await;
            pumped += AT_ONCE * 4;
            largest = largest.max(server.resident_bytes());
        }
        while pumped < TEXTS {
            pump(&on_ana, &group, AT_ONCE * 4).await;
            pumped += AT_ONCE * 4;
            largest = largest.max(server.resident_bytes());
        }
        let growth = largest.saturating_sub(before);
        assert!(
            growth <= GROWTH,
            "grew by {} KiB past a client that does not read",
            growth / 1024
        );
        eventually("the log says why", ANSWER_LIMIT, async || {
            server.said().contains("reads too slowly").then_some(())
        })
        .await;

        let last = on_ana.say(&group, "the last").await;
        let heard = |push: &serde_json::Value| (push["d"]["seq"] == last["seq"]).then_some(());
        on_ben
            .next_push("the last message, by the one who reads", ANSWER_LIMIT, heard)
            .await;
        assert!(on_ana.is_open() && on_ben.is_open());
        // And comes back to find everything.
        let again = server.connect(eve).await;
        let newest = again.newest(&group).await;
        assert_eq!(newest.last().unwrap()["seq"], last["seq"]);
    }
);

on_both_databases!(
    who_answers_no_heartbeat_is_gone,
    |plan| plan
        .set("limits.heartbeat_seconds", "1")
        .set("limits.heartbeat_timeout_seconds", "2"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        // Who does not read does not answer a ping either.
        on_ana.stop_reading();
        eventually("the silent socket is gone", ANSWER_LIMIT, async || {
            (server.metric("quipu_sockets_closed_total", "heartbeat_timeout") >= 1.0).then_some(())
        })
        .await;
        eventually("one socket is left", Duration::from_secs(20), async || {
            (server.metric("quipu_connections", "") < 1.5).then_some(())
        })
        .await;
        assert!(on_ben.is_open(), "who answers stays");
    }
);
