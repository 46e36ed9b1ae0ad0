//! SQLite on a disk that fails: writes that are refused, an fsync that fails, a death at an fsync.

use std::collections::HashSet;

use serde_json::json;

use super::{Pair, RECOVERY_LIMIT, assert_not_moved, assert_readiness, end, pay_in_the_end};
use crate::crash::crowd::Crowd;
use crate::harness::{Backend, Call, Seed, Server, Strace, eventually, new_client_id, payment, run};

/// Sockets that pay while the server dies.
const WRITERS: usize = 12;
/// At which of the writer's fsyncs it dies, in turn.
const DEATHS: [usize; 4] = [1, 2, 7, 20];
/// The exit code of a process whose disk lost what it was given.
const SYNC_FAILED_EXIT: i32 = 74;
/// Single payments whose order of calls is looked at.
const LOOKED_AT: usize = 10;

async fn server() -> Server {
    Server::plan(Backend::Sqlite).start().await
}

#[test]
fn a_death_at_any_fsync_loses_nothing_acknowledged_and_doubles_nothing() {
    run(async {
        let mut server = server().await;
        let mut seed = Seed::new();
        let crowd = Crowd::gather(&server);
        for death in DEATHS {
            let sockets = crowd.connect(&server, WRITERS).await;
            let before = crowd.answered();
            let inject = format!("inject=fdatasync,fsync:signal=SIGKILL:when={death}");
            let strace = Strace::attach(&[server.process_id()], &["-e", "trace=fdatasync,fsync", "-e", &inject]);
            crowd.pay_until_lost(&sockets, &mut seed).await;
            assert!(!server.ends(RECOVERY_LIMIT).success());
            strace.detach();
            assert!(death == 1 || crowd.answered() > before, "it died under load");
            server.restart();
            crowd.settle(&server).await;
        }
        crowd.check(&server).await;
        end(server);
    });
}

/// A system call of `strace -f -y`'s output.
enum Seen {
    /// Something went into the log of the database.
    Wrote,
    /// A sync of it came back.
    Synced,
    /// A frame went to a socket.
    Sent(String),
}

fn seen(trace: &str) -> Vec<Seen> {
    const SENDS: [&str; 4] = ["write(", "writev(", "sendto(", "sendmsg("];
    let mut syncing = HashSet::new();
    let mut all = Vec::new();
    for line in trace.lines() {
        let Some((thread, call)) = line.split_once(' ').map(|(thread, call)| (thread, call.trim_start())) else {
            continue;
        };
        let is_sync = call.starts_with("fdatasync(") || call.starts_with("fsync(");
        let resumed = call.starts_with("<... fdatasync resumed") || call.starts_with("<... fsync resumed");
        if call.starts_with("pwrite64(") && call.contains("quipu.db-wal") {
            all.push(Seen::Wrote);
        } else if is_sync && call.contains("quipu.db-wal") && call.contains("<unfinished ...>") {
            syncing.insert(thread);
        } else if (is_sync && call.contains("quipu.db-wal") || resumed && syncing.remove(thread))
            && call.ends_with("= 0")
        {
            all.push(Seen::Synced);
        } else if SENDS.iter().any(|send| call.starts_with(send)) {
            all.push(Seen::Sent(call.to_owned()));
        }
    }
    all
}

/// Which of these were told to somebody although what was written was not synced, or before anything was written for
/// them.
fn told_too_early<'a>(trace: &str, ids: &[&'a str]) -> Vec<&'a str> {
    let mut early = Vec::new();
    let seen = seen(trace);
    for id in ids {
        let (mut commits, mut unsynced, mut told) = (0, false, false);
        let mut others = HashSet::new();
        for call in &seen {
            match call {
                Seen::Wrote => unsynced = true,
                Seen::Synced => {
                    commits += usize::from(unsynced);
                    unsynced = false;
                }
                // Whoever is told later is told while the next one may be written already.
                Seen::Sent(frame) if frame.contains(id) => {
                    if !told && (unsynced || commits == 0) {
                        early.push(*id);
                    }
                    told = true;
                }
                // That another one is told for the first time says when its commit was: this one's is to come after it.
                Seen::Sent(frame) if !told => {
                    let told = ids.iter().filter(|other| frame.contains(**other));
                    if told.filter(|other| others.insert(**other)).count() > 0 {
                        commits = 0;
                    }
                }
                Seen::Sent(_) => {}
            }
        }
        assert!(told, "{id} was told to nobody that the trace shows");
    }
    early
}

#[test]
fn the_look_at_the_order_of_calls_sees_an_answer_that_came_too_early() {
    let wrote = r#"7 pwrite64(12</d/quipu.db-wal>, "..", 4096, 24) = 4096"#;
    let (begun, synced) = (
        "7 fdatasync(12</d/quipu.db-wal> <unfinished ...>",
        "7 <... fdatasync resumed>) = 0",
    );
    let failed = "7 <... fdatasync resumed>) = -1 EIO (Input/output error)";
    let [a, b] = ["a1", "b2"].map(|id| format!(r#"9 sendto(20<socket:[1]>, "\"id\":\"{id}\"", 9, 0, NULL, 0) = 9"#));
    let early = |lines: &[&str]| told_too_early(&lines.join("\n"), &["a1", "b2"]).len();
    let right = [wrote, begun, synced, &a, wrote, begun, synced, &b];
    assert_eq!(early(&right), 0);
    let late = [wrote, begun, synced, &a, wrote, &a, begun, synced, &a, &b];
    assert_eq!(early(&late), 0, "somebody is told late of the first one");
    assert_eq!(
        early(&[wrote, begun, &a, synced, wrote, begun, synced, &b]),
        1,
        "while it was synced"
    );
    assert_eq!(early(&[wrote, begun, synced, &a, &b]), 1, "without a commit");
    assert_eq!(early(&[wrote, begun, synced, &a, wrote, &b]), 1, "without a sync");
    assert_eq!(
        early(&[wrote, begun, synced, &a, wrote, begun, failed, &b]),
        1,
        "the sync failed"
    );
}

#[test]
fn no_payment_is_told_to_anybody_before_its_fsync_returned() {
    run(async {
        let server = server().await;
        let (pair, _) = Pair::meet(&server).await;
        let calls = "trace=fdatasync,fsync,pwrite64,write,writev,sendto,sendmsg";
        let strace = Strace::attach(&[server.process_id()], &["-e", calls]);
        let mut paid = Vec::new();
        for _ in 0..LOOKED_AT {
            paid.push(pair.on_ana.pay(&pair.ben.id, "1.00").await);
        }
        let trace = strace.detach();
        let ids: Vec<_> = paid.iter().map(|payment| payment["id"].as_str().unwrap()).collect();
        let early = told_too_early(&trace, &ids);
        assert!(early.is_empty(), "{early:?} in\n{trace:.20000}");
        end(server);
    });
}

#[test]
fn an_fsync_that_fails_behind_the_commits_ends_the_process_too() {
    run(async {
        let mut server = server().await;
        let (mut pair, _) = Pair::meet(&server).await;
        // The file itself, into which the log is moved; the log is synced as ever, and so payments are answered.
        let file = server.data_folder().join("quipu.db");
        let inject = ["-e", "inject=fdatasync,fsync:error=EIO", "-P", file.to_str().unwrap()];
        let strace = Strace::attach(&[server.process_id()], &inject);
        let mut paid = 0;
        eventually("the process ends", RECOVERY_LIMIT, async || {
            let d = payment(&pair.ben.id, "0.01");
            match pair.on_ana.try_call("transfer.send", d).await {
                Call::Lost(_) => Some(()),
                answer => {
                    assert!(matches!(answer, Call::Done(_)), "{answer:?}");
                    paid += 1;
                    None
                }
            }
        })
        .await;
        assert_eq!(server.ends(RECOVERY_LIMIT).code(), Some(SYNC_FAILED_EXIT));
        strace.detach();
        server.restart();
        pair.come_back(&server).await;
        let cents: usize = pair.on_ben.available("CNY").await.replace('.', "").parse().unwrap();
        // The last one was lost before its answer, and may have been paid.
        assert!(
            (100 + paid..=101 + paid).contains(&cents),
            "{cents} and {paid} payments"
        );
        end(server);
    });
}

/// The disk takes no writes, for this reason, and then does again.
fn a_disk_that_refuses(reason: &str) {
    run(async {
        let server = server().await;
        let (pair, first) = Pair::meet(&server).await;
        assert_readiness(&server, "ok").await;
        let inject = format!("inject=pwrite64:error={reason}");
        let strace = Strace::attach(&[server.process_id()], &["-e", "trace=pwrite64", "-e", &inject]);

        let d = payment(&pair.ben.id, "1.00");
        // More than once: the first refusal must not spoil what comes after it.
        for _ in 0..3 {
            let refusal = pair.on_ana.call("transfer.send", d.clone()).await.unwrap_err();
            assert_not_moved(&refusal, "storage_unavailable");
            let said = json!({ "client_id": new_client_id(), "conversation": first["conversation"], "text": "full?" });
            let refusal = pair.on_ben.refused("message.send", said, "storage_unavailable").await;
            assert_eq!(refusal.whole["retryable"], true);
        }
        let conversation = first["conversation"].as_str().unwrap();
        assert_eq!(pair.on_ben.newest(conversation).await.len(), 1, "reads are served");
        pair.have("99.00", "1.00").await;
        assert_readiness(&server, "storage_refused").await;

        strace.detach();
        // By itself: nobody sends payments to a node that is not ready.
        assert_readiness(&server, "ok").await;
        let paid = pay_in_the_end(&pair.on_ana, &d, "storage_unavailable").await;
        assert_eq!(paid["duplicate"], false);
        pair.hear(&[&first, &paid]).await;
        pair.have("98.00", "2.00").await;
        end(server);
    });
}

#[test]
fn a_full_disk_refuses_writes_by_name_serves_reads_and_is_recovered_from() {
    a_disk_that_refuses("ENOSPC");
}

#[test]
fn a_disk_that_only_reads_refuses_writes_by_name_serves_reads_and_is_recovered_from() {
    a_disk_that_refuses("EROFS");
}

#[test]
fn a_failed_fsync_ends_the_process_and_nothing_acknowledged_is_missing() {
    run(async {
        let mut server = server().await;
        let (mut pair, _) = Pair::meet(&server).await;
        let inject = "inject=fdatasync,fsync:error=EIO";
        let strace = Strace::attach(&[server.process_id()], &["-e", "trace=fdatasync,fsync", "-e", inject]);
        let d = payment(&pair.ben.id, "1.00");
        let answer = pair.on_ana.try_call("transfer.send", d.clone()).await;
        assert!(
            matches!(answer, Call::Lost(_)),
            "not synced and yet answered: {answer:?}"
        );
        assert_eq!(server.ends(RECOVERY_LIMIT).code(), Some(SYNC_FAILED_EXIT));
        assert!(
            server.said().contains("fsync failed: the process ends"),
            "the log names it"
        );
        strace.detach();

        server.restart();
        pair.come_back(&server).await;
        pair.on_ana.done("transfer.send", d).await;
        pair.have("98.00", "2.00").await;
        end(server);
    });
}
