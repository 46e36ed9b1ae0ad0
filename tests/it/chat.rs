//! Conversations and messages between people who are there.

use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, new_client_id, on_both_databases};

/// The next `message.posted` with this text.
async fn hears(client: &crate::harness::Client, text: &str) -> Value {
    let is_it = |push: &Value| (push["ev"] == "message.posted" && push["d"]["text"] == text).then(|| push.clone());
    client.next_push(text, ANSWER_LIMIT, is_it).await
}

on_both_databases!(two_people_find_each_other_and_chat, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let found = on_ana.done("user.find", json!({ "handle": "@BEN" })).await;
    assert_eq!(found["user"]["id"], ben.id.as_str());
    assert!(
        found["user"].get("email").is_none(),
        "an address is nobody else's business"
    );

    let conversation = on_ana.direct_with(&ben.id).await;
    let sent = on_ana.say(&conversation, "你好, ben 🧶").await;
    assert_eq!((&sent["n"], &sent["duplicate"]), (&json!(1), &json!(false)));
    for client in [&on_ana, &on_ben] {
        let push = hears(client, "你好, ben 🧶").await;
        assert_eq!(push["log"], format!("c:{conversation}"));
        assert_eq!(
            (&push["rev"], &push["d"]["seq"], &push["d"]["n"]),
            (&sent["rev"], &sent["seq"], &sent["n"])
        );
        assert_eq!(push["d"]["sender"], ana.id.as_str());
        assert!(push["prev"].as_i64() < push["rev"].as_i64());
    }
    assert_eq!(
        on_ben.direct_with(&ana.id).await,
        conversation,
        "a pair has one direct conversation"
    );
    let answer = on_ben.say(&conversation, "hello, ana").await;
    assert_eq!(hears(&on_ana, "hello, ana").await["d"]["seq"], answer["seq"]);

    let listed = on_ben.done("conversation.list", json!({})).await;
    assert_eq!(listed["conversations"][0]["id"], conversation.as_str());
    assert_eq!(listed["conversations"][0]["last_message"]["text"], "hello, ana");
    assert_eq!(listed["next"], Value::Null);
});

on_both_databases!(both_open_their_conversation_at_once_and_get_the_same_one, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let (one, other) = tokio::join!(on_ana.direct_with(&ben.id), on_ben.direct_with(&ana.id));
    assert_eq!(one, other);
});

on_both_databases!(a_group_hears_everything_in_one_order, |server| {
    let people = ["ana", "ben", "eve"].map(|handle| server.register(handle));
    let mut clients = Vec::new();
    for person in &people {
        clients.push(server.connect(person).await);
    }
    let group = clients[0].group_with("knots", &[&people[1].id, &people[2].id]).await;
    let sends = (0..60).map(|i| {
        let (client, group) = (&clients[i % 3], &group);
        async move { client.say(group, &format!("message {i}")).await }
    });
    futures_util::future::join_all(sends).await;
    for client in &clients {
        let mut heard = Vec::new();
        while heard.len() < 60 {
            let message = client.next_event("message.posted").await;
            heard.extend(message["d"]["n"].as_i64());
        }
        assert_eq!(heard, (1..=60).collect::<Vec<_>>(), "in order, once, without a hole");
    }
});

on_both_databases!(a_message_sent_again_is_one_message, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let conversation = on_ana.direct_with(&ben.id).await;
    let d = json!({ "client_id": new_client_id(), "conversation": conversation, "text": "once" });
    let answers = futures_util::future::join_all((0..20).map(|_| on_ana.done("message.send", d.clone()))).await;
    let first: Vec<_> = answers.iter().filter(|answer| answer["duplicate"] == false).collect();
    assert_eq!(first.len(), 1, "one of them was the first");
    for mut answer in answers.iter().cloned() {
        answer["duplicate"] = json!(false);
        assert_eq!(&answer, first[0], "all answers are equal but for duplicate");
    }
    let other_text = json!({ "client_id": d["client_id"], "conversation": conversation, "text": "twice" });
    on_ana.refused("message.send", other_text, "idempotency_conflict").await;
    // The id is the caller's own: someone else's is another one.
    on_ben.done("message.send", d).await;
    let said = on_ben.newest(&conversation).await;
    assert_eq!(said.iter().filter(|message| message["text"] == "once").count(), 2);
});

on_both_databases!(who_is_not_a_member_reads_and_writes_nothing, |server| {
    let (ana, ben, eve) = (server.register("ana"), server.register("ben"), server.register("eve"));
    let (on_ana, on_eve) = (server.connect(&ana).await, server.connect(&eve).await);
    let conversation = on_ana.direct_with(&ben.id).await;
    on_ana.say(&conversation, "between us").await;
    let send = json!({ "client_id": new_client_id(), "conversation": conversation, "text": "me too" });
    on_eve.refused("message.send", send, "not_a_member").await;
    for op in ["message.history", "conversation.get"] {
        let refusal = on_eve
            .refused(op, json!({ "conversation": conversation }), "not_a_member")
            .await;
        assert!(!refusal.whole.to_string().contains("between us"));
    }
    on_eve
        .refused(
            "read.mark",
            json!({ "conversation": conversation, "seq": 1 }),
            "not_a_member",
        )
        .await;
    let log = format!("c:{conversation}");
    let answer = on_eve
        .done("sync", json!({ "positions": [{ "log": log, "rev": 0 }] }))
        .await;
    assert_eq!(answer["gone"], json!([log]));
    assert!(!answer.to_string().contains("between us"));
    let listed = on_eve.done("conversation.list", json!({})).await;
    assert_eq!(listed["conversations"], json!([]));
});

on_both_databases!(texts_and_groups_that_cannot_be_are_refused_by_name, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let on_ana = server.connect(&ana).await;
    let conversation = on_ana.direct_with(&ben.id).await;
    for (text, code) in [
        ("", "text_empty"),
        (" \n\t ", "text_empty"),
        ("\u{200b}\u{2060}", "text_empty"),
        (&"x".repeat(8193), "text_too_long"),
        (&"你".repeat(2731), "text_too_long"),
    ] {
        let d = json!({ "client_id": new_client_id(), "conversation": conversation, "text": text });
        on_ana.refused("message.send", d, code).await;
    }
    on_ana.say(&conversation, &"x".repeat(8192)).await;

    let nobody = uuid::Uuid::now_v7().to_string();
    for (kind, members, title, code) in [
        ("group", vec![ben.id.as_str()], json!(" "), "title_invalid"),
        ("group", vec![ben.id.as_str()], json!("x".repeat(101)), "title_invalid"),
        ("direct", vec![], json!(null), "members_invalid"),
        ("direct", vec![ana.id.as_str()], json!(null), "members_invalid"),
        ("direct", vec![nobody.as_str()], json!(null), "members_invalid"),
        ("group", vec![nobody.as_str()], json!("ghosts"), "members_invalid"),
        ("party", vec![ben.id.as_str()], json!("x"), "invalid_field"),
    ] {
        let d = json!({ "client_id": new_client_id(), "kind": kind, "members": members, "title": title });
        on_ana.refused("conversation.create", d, code).await;
    }
});

on_both_databases!(read_marks_grow_clear_the_count_and_reach_the_others, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let conversation = on_ana.direct_with(&ben.id).await;
    let mut seqs = Vec::new();
    for i in 0..5 {
        seqs.push(
            on_ana.say(&conversation, &format!("{i}")).await["seq"]
                .as_i64()
                .unwrap(),
        );
    }
    let get = json!({ "conversation": conversation });
    assert_eq!(
        on_ben.done("conversation.get", get.clone()).await["conversation"]["unread"],
        5
    );
    assert_eq!(
        on_ana.done("conversation.get", get.clone()).await["conversation"]["unread"],
        0
    );

    let marked = on_ben
        .done("read.mark", json!({ "conversation": conversation, "seq": seqs[2] }))
        .await;
    assert_eq!(marked["seq"], seqs[2]);
    let told = on_ana.next_event("read.marked").await;
    assert_eq!(
        (&told["d"]["user"], &told["d"]["seq"]),
        (&json!(ben.id), &json!(seqs[2]))
    );
    assert!(told.get("log").is_none(), "a mark takes no position");
    assert_eq!(
        on_ben.done("conversation.get", get.clone()).await["conversation"]["unread"],
        2
    );

    let back = on_ben
        .done("read.mark", json!({ "conversation": conversation, "seq": seqs[0] }))
        .await;
    assert_eq!(back["seq"], seqs[2], "a mark only grows");
    on_ben
        .done("read.mark", json!({ "conversation": conversation, "seq": seqs[4] }))
        .await;
    let after = on_ben.done("conversation.get", get).await["conversation"].clone();
    assert_eq!((&after["unread"], &after["read_seq"]), (&json!(0), &json!(seqs[4])));
});

on_both_databases!(unread_counts_to_a_hundred, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let conversation = on_ana.direct_with(&ben.id).await;
    let texts: Vec<_> = (0..110).map(|i| i.to_string()).collect();
    // Not more at once than one socket may have under way.
    for some in texts.chunks(32) {
        futures_util::future::join_all(some.iter().map(|text| on_ana.say(&conversation, text))).await;
    }
    let listed = on_ben.done("conversation.list", json!({})).await;
    assert_eq!(listed["conversations"][0]["unread"], 100);
});
