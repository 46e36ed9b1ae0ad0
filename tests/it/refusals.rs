//! What is malformed is refused by its name, and harms nobody.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{ANSWER_LIMIT, Client, hello, new_client_id, on_both_databases, payment};

/// The next refusal after frame number `from`: its id and its code.
async fn refusal(client: &Client, from: usize) -> (Value, String) {
    let pick = |frame: &Value| {
        let code = frame["err"]["code"].as_str()?;
        Some((frame["id"].clone(), code.to_owned()))
    };
    client.frame("a refusal", from, pick).await
}

on_both_databases!(a_frame_that_is_no_request_is_answered_and_the_tenth_closes, |server| {
    let ana = server.register("ana");
    let client = server.connect(&ana).await;
    let deep = "[".repeat(20_000);
    let frames: [(&str, Value); 9] = [
        ("{", Value::Null),
        ("", Value::Null),
        ("[]", Value::Null),
        ("\"ping\"", Value::Null),
        (&deep, Value::Null),
        (r#"{"op":"ping","d":{}}"#, Value::Null),
        (r#"{"id":-1,"op":"ping","d":{}}"#, Value::Null),
        (r#"{"id":9007199254740993,"op":"ping","d":{}}"#, Value::Null),
        (r#"{"id":7,"d":{}}"#, json!(7)),
    ];
    for (frame, id) in frames {
        let from = client.frame_count();
        client.send_raw(frame).await;
        assert_eq!(
            refusal(&client, from).await,
            (id, "malformed_frame".to_owned()),
            "{frame:.80}"
        );
    }
    // A connection that erred nine times still works.
    client.done("ping", json!({})).await;
    let from = client.frame_count();
    client
        .send_message(Message::binary(b"{\"id\":1,\"op\":\"ping\",\"d\":{}}".to_vec()))
        .await;
    assert_eq!(
        refusal(&client, from).await,
        (Value::Null, "malformed_frame".to_owned()),
        "binary"
    );
    assert_eq!(client.closed(ANSWER_LIMIT).await.code, Some(4500));
    server.connect(&ana).await.done("ping", json!({})).await;
});

on_both_databases!(a_frame_over_the_limit_is_answered_and_closes, |server| {
    let ana = server.register("ana");
    let (big, other) = (server.connect(&ana).await, server.connect(&ana).await);
    let request = |size: usize| {
        let frame = json!({ "id": 5, "op": "ping", "d": { "pad": "" } }).to_string();
        frame.replace(
            "\"pad\":\"\"",
            &format!("\"pad\":\"{}\"", "x".repeat(size - frame.len())),
        )
    };
    big.send_raw(request(65_536)).await;
    big.frame("an answer to the largest frame", 0, |frame| {
        (frame["id"] == 5).then_some(())
    })
    .await;
    let from = big.frame_count();
    big.send_raw(request(65_537)).await;
    assert_eq!(refusal(&big, from).await.1, "frame_too_large");
    assert_eq!(big.closed(ANSWER_LIMIT).await.code, Some(1009));
    other.done("ping", json!({})).await;
});

on_both_databases!(
    operations_and_fields_that_cannot_be_are_refused_and_close_nothing,
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let client = server.connect(&ana).await;
        let conversation = client.direct_with(&ben.id).await;
        client.refused("message.sned", json!({}), "unknown_op").await;
        client.refused("", json!({}), "unknown_op").await;
        let id = new_client_id();
        for (op, d, param) in [
            ("message.send", json!({}), "client_id"),
            (
                "message.send",
                json!({ "client_id": 7, "conversation": conversation, "text": "x" }),
                "client_id",
            ),
            (
                "message.send",
                json!({ "client_id": "7", "conversation": conversation, "text": "x" }),
                "client_id",
            ),
            (
                "message.send",
                json!({ "client_id": id, "conversation": "x", "text": "x" }),
                "conversation",
            ),
            (
                "message.send",
                json!({ "client_id": id, "conversation": conversation, "text": ["x"] }),
                "text",
            ),
            (
                "message.history",
                json!({ "conversation": conversation, "before": "1" }),
                "before",
            ),
            (
                "message.history",
                json!({ "conversation": conversation, "limit": -1 }),
                "limit",
            ),
            ("read.mark", json!({ "conversation": conversation, "seq": 1.5 }), "seq"),
            ("sync", json!({ "positions": {} }), "positions"),
            ("user.find", json!({ "handle": null }), "handle"),
        ] {
            let refusal = client.refused(op, d.clone(), "invalid_field").await;
            assert_eq!(refusal.param(), param, "{op} {d}: {}", refusal.whole);
            assert_eq!(refusal.whole["retryable"], false);
            assert!(refusal.whole["message"].as_str().is_some_and(|m| !m.is_empty()));
        }
        for d in [json!([]), json!("x"), json!(7)] {
            client.refused("message.send", d, "invalid_field").await;
        }
        // What is unknown beside what is known is ignored.
        client.done("ping", json!({ "colour": "red" })).await;
        client
            .refused("user.find", json!({ "handle": "nobody" }), "user_not_found")
            .await;
    }
);

on_both_databases!(amounts_that_are_none_are_refused_and_move_nothing, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "100.00", "CNY");
    let client = server.connect(&ana).await;
    for amount in [
        "-1",
        "1e3",
        "0",
        "0.00",
        "0.001",
        "NaN",
        "Infinity",
        "99999999999999999999",
        "9223372036854775807",
        "92233720368547758.08",
        "１２",
        "",
        " ",
        "+1",
        " 1",
        "1 ",
        "1.",
        ".5",
        "1,000",
        "1_000",
        "0x10",
        "1.2.3",
        "1\u{0}",
        "--1",
        "٣",
    ] {
        let refusal = client
            .refused("transfer.send", payment(&ben.id, amount), "amount_invalid")
            .await;
        assert_eq!(refusal.param(), "amount", "{amount:?}");
        assert_eq!(
            refusal.whole["detail"]["money"], "not_moved",
            "{amount:?}: {}",
            refusal.whole
        );
    }
    for amount in [json!(1), json!(1.5), json!(null), json!(["1"])] {
        let mut d = payment(&ben.id, "1");
        d["amount"] = amount.clone();
        let refusal = client.refused("transfer.send", d, "invalid_field").await;
        assert_eq!(refusal.param(), "amount", "{amount}");
    }
    let mut yen = payment(&ben.id, "1.5");
    yen["currency"] = json!("JPY");
    client.refused("transfer.send", yen, "amount_invalid").await;
    let mut unknown = payment(&ben.id, "1");
    unknown["currency"] = json!("XXX");
    client.refused("transfer.send", unknown, "currency_unsupported").await;
    client
        .refused("transfer.send", payment(&ana.id, "1"), "self_transfer")
        .await;
    let nobody = uuid::Uuid::now_v7().to_string();
    client
        .refused("transfer.send", payment(&nobody, "1"), "payee_unavailable")
        .await;
    let mut long = payment(&ben.id, "1");
    long["note"] = json!("x".repeat(201));
    client.refused("transfer.send", long, "note_too_long").await;
    let mut late = payment(&ben.id, "1");
    late["not_after"] = json!("2020-01-01T00:00:00.000Z");
    client.refused("transfer.send", late, "not_after_passed").await;
    assert_eq!(client.available("CNY").await, "100.00");
});

on_both_databases!(nothing_is_done_before_hello, |server| {
    let ana = server.register("ana");
    let client = Client::open(&server).await;
    client.refused("wallet.accounts", json!({}), "hello_required").await;
    let mut old = hello(Some(&ana.token));
    old["client"] = json!({ "name": "quipu-web", "version": "0.0.1" });
    let too_old = Client::open(&server).await;
    too_old.refused("hello", old, "client_too_old").await;
    assert_eq!(too_old.closed(ANSWER_LIMIT).await.code, Some(4502));
    let stranger = Client::open(&server).await;
    stranger
        .refused("hello", hello(Some("nonsense")), "unauthenticated")
        .await;
    assert_eq!(stranger.closed(ANSWER_LIMIT).await.code, Some(4501));
});

on_both_databases!(
    a_socket_that_says_nothing_is_closed,
    |plan| plan.set("limits.hello_seconds", "1"),
    |server| {
        let client = Client::open(&server).await;
        assert_eq!(client.closed(ANSWER_LIMIT).await.code, Some(4003));
    }
);

on_both_databases!(
    sends_over_the_limit_are_refused_by_its_name,
    |plan| plan.set("limits.sends_per_second", "1").set("limits.sends_burst", "2"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let client = server.connect(&ana).await;
        let conversation = client.direct_with(&ben.id).await;
        let sends = (0..6).map(|i| {
            let d = json!({ "client_id": new_client_id(), "conversation": conversation, "text": i.to_string() });
            client.call("message.send", d)
        });
        let answers = futures_util::future::join_all(sends).await;
        let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
        assert!(
            (3..=4).contains(&refused.len()),
            "two at once, and one a second: {refused:?}"
        );
        for refusal in refused {
            assert_eq!(refusal.code, "rate_limited");
            assert!(
                refusal.whole.to_string().contains("limits.sends_per_second"),
                "{}",
                refusal.whole
            );
            assert!(refusal.whole["retry_after_ms"].as_u64() > Some(0), "{}", refusal.whole);
            assert_eq!(refusal.whole["retryable"], true);
        }
    }
);

on_both_databases!(
    a_connection_too_many_is_refused,
    |plan| plan.set("limits.connections_per_user", "2"),
    |server| {
        let ana = server.register("ana");
        let (one, two) = (server.connect(&ana).await, server.connect(&ana).await);
        let three = Client::open(&server).await;
        three
            .refused("hello", hello(Some(&ana.token)), "too_many_connections")
            .await;
        assert_eq!(three.closed(ANSWER_LIMIT).await.code, Some(4503));
        assert!(one.is_open() && two.is_open());
    }
);
