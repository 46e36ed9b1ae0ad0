//! Clients that try what no client of ours would, and what the others notice of it: nothing.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, Client, eventually, hello, new_client_id, on_both_databases, payment};

/// More positions than a `sync` may have.
fn too_many_positions() -> Value {
    let log = format!("c:{}", uuid::Uuid::now_v7());
    json!({ "positions": vec![json!({ "log": log, "rev": 0 }); 501] })
}

on_both_databases!(
    a_socket_whose_hello_was_refused_belongs_to_whoever_signs_in_and_to_nobody_else,
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let (on_ana, both) = (server.connect(&ana).await, Client::open(&server).await);
        let conversation = on_ana.direct_with(&ben.id).await;
        let mut resuming = hello(Some(&ana.token));
        resuming["resume"] = too_many_positions();
        both.refused("hello", resuming, "invalid_field").await;
        both.hello(&ben.token).await;
        on_ana.say(&conversation, "once").await;
        both.next_event("message.posted").await;
        on_ana.say(&conversation, "the end").await;
        let last = |push: &Value| (push["d"]["text"] == "the end").then_some(());
        both.next_push("the end", ANSWER_LIMIT, last).await;
        let heard = both.pushes_from(0);
        let posted = heard.iter().filter(|push| push["ev"] == "message.posted").count();
        assert_eq!(posted, 2, "each message once: {heard:?}");
        // And the socket ends with the session that it belongs to.
        server
            .http()
            .as_bearer(&ben.token, "POST", "/api/v1/logout", None)
            .expect(204);
        assert_eq!(both.closed(ANSWER_LIMIT).await.code, Some(4501));
        eventually("only the other socket is left", ANSWER_LIMIT, async || {
            (server.metric("quipu_connections", "") < 1.5).then_some(())
        })
        .await;
    }
);

on_both_databases!(a_session_that_is_over_pays_nothing_more, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "10.00", "CNY");
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    server
        .http()
        .as_bearer(&ana.token, "POST", "/api/v1/logout", None)
        .expect(204);
    // The close frame is on its way; what is sent behind it is not carried out.
    let frame = json!({ "id": 77, "op": "transfer.send", "d": payment(&ben.id, "7.00") });
    on_ana.send_raw(frame.to_string()).await;
    assert_eq!(on_ana.closed(ANSWER_LIMIT).await.code, Some(4501));
    on_ben.done("ping", json!({})).await;
    assert_eq!(on_ben.available("CNY").await, "0.00");
});

on_both_databases!(texts_that_grow_on_the_wire_lock_nobody_out, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let conversation = on_ana.direct_with(&ben.id).await;
    // Each of these bytes is six on the wire.
    let text = format!("x{}", "\u{1}".repeat(8_000));
    const TEXTS: usize = 120;
    for _ in 0..TEXTS / 10 {
        join_all((0..10).map(|_| on_ana.say(&conversation, &text))).await;
    }
    let again = server.connect(&ben).await;
    assert_eq!(again.whole_history(&conversation).await.len(), TEXTS);
    let log = format!("c:{conversation}");
    let (mut rev, mut seen) = (0, 0);
    loop {
        let positions = vec![json!({ "log": log, "rev": rev }); 500];
        let synced = again.done("sync", json!({ "positions": positions })).await;
        assert_eq!(synced["logs"].as_array().map(Vec::len), Some(1), "a log is told once");
        let told = &synced["logs"][0];
        seen += told["messages"].as_array().map_or(0, Vec::len);
        rev = told["through"].as_i64().unwrap();
        if told["more"] == false {
            break;
        }
    }
    assert_eq!((seen, rev), (TEXTS, TEXTS as i64));
    assert!(again.is_open() && on_ben.is_open());
});

on_both_databases!(one_impossible_text_fails_alone, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let conversation = on_ana.direct_with(&ben.id).await;
    let bad = (0..40).map(|_| {
        let d = json!({ "client_id": new_client_id(), "conversation": conversation, "text": "a\u{0}b" });
        on_ben.call("message.send", d)
    });
    let good = (0..40).map(|_| {
        let d = json!({ "client_id": new_client_id(), "conversation": conversation, "text": "fine" });
        on_ana.call("message.send", d)
    });
    let (bad, good) = tokio::join!(join_all(bad), join_all(good));
    assert!(good.iter().all(Result::is_ok), "{good:?}");
    assert!(bad.iter().all(|answer| {
        answer
            .as_ref()
            .is_err_and(|e| e.code == "invalid_field" && e.param() == "text")
    }));
});

on_both_databases!(an_id_means_one_thing_only, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let on_ana = server.connect(&ana).await;
    let conversation = on_ana.direct_with(&ben.id).await;
    let refused = payment(&ben.id, "1.00");
    on_ana
        .refused("transfer.send", refused.clone(), "insufficient_funds")
        .await;
    let message = |id: &Value| json!({ "client_id": id, "conversation": conversation, "text": "hi" });
    on_ana
        .refused("message.send", message(&refused["client_id"]), "idempotency_conflict")
        .await;
    server.fund(&ana, "5.00", "CNY");
    let paid = payment(&ben.id, "1.00");
    on_ana.done("transfer.send", paid.clone()).await;
    on_ana
        .refused("message.send", message(&paid["client_id"]), "idempotency_conflict")
        .await;
    let said = json!(new_client_id());
    on_ana.done("message.send", message(&said)).await;
    let mut posing = payment(&ben.id, "1.00");
    posing["client_id"] = said;
    on_ana.refused("transfer.send", posing, "idempotency_conflict").await;
    assert_eq!(on_ana.available("CNY").await, "4.00");
});

on_both_databases!(
    idle_actors_leave_and_come_back,
    |plan| plan.set("actors.idle_seconds", "1"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "5.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let conversation = on_ana.direct_with(&ben.id).await;
        for round in 1..=3 {
            on_ana.pay(&ben.id, "1.00").await;
            on_ana.say(&conversation, "still here?").await;
            let newest = |push: &Value| (push["d"]["seq"] == 2 * round).then_some(());
            on_ben.next_push("both, in order", ANSWER_LIMIT, newest).await;
            eventually("the actors are gone", Duration::from_secs(20), async || {
                let live = |kind| server.metric("quipu_actors", kind);
                (live("conversation") < 0.5 && live("wallet") < 0.5).then_some(())
            })
            .await;
        }
        assert_eq!(on_ben.available("CNY").await, "3.00");
    }
);
