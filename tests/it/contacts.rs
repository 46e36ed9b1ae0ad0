//! Contacts, requests for them, and blocks.

use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, Client, new_client_id, on_both_databases};

async fn standing(client: &Client, user: &str) -> Value {
    let listed = client.done("contact.list", json!({})).await["contacts"].clone();
    let found = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["user"]["id"] == user)
        .cloned();
    found.map_or(Value::Null, |one| one["state"].clone())
}

on_both_databases!(a_request_is_answered_and_both_know, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let to = |id: &str| json!({ "user": id });
    assert_eq!(on_ana.done("contact.request", to(&ben.id)).await["state"], "requested");
    assert_eq!(
        on_ana.done("contact.request", to(&ben.id)).await["state"],
        "requested",
        "asked once"
    );
    let is_it = |push: &Value| (push["d"]["items"][0]["kind"] == "contact").then(|| push["d"]["items"][0].clone());
    let asked = on_ben.next_push("the request", ANSWER_LIMIT, is_it).await;
    assert_eq!(
        (&asked["key"], &asked["value"]["state"]),
        (&json!(ana.id), &json!("pending"))
    );
    assert_eq!(standing(&on_ben, &ana.id).await, "pending");
    let yes = json!({ "user": ana.id, "accept": true });
    assert_eq!(on_ben.done("contact.answer", yes.clone()).await["state"], "accepted");
    assert_eq!(standing(&on_ana, &ben.id).await, "accepted");
    on_ben.refused("contact.answer", yes, "person_unavailable").await;
    on_ana.done("contact.remove", to(&ben.id)).await;
    assert_eq!(
        (standing(&on_ana, &ben.id).await, standing(&on_ben, &ana.id).await),
        (Value::Null, Value::Null)
    );
    on_ana.refused("contact.request", to(&ana.id), "members_invalid").await;
    on_ana
        .refused("contact.request", to(&new_client_id()), "person_unavailable")
        .await;
});

on_both_databases!(two_who_ask_each_other_are_contacts_and_a_no_is_not_told, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    on_ana.done("contact.request", json!({ "user": ben.id })).await;
    on_ben
        .done("contact.answer", json!({ "user": ana.id, "accept": false }))
        .await;
    assert_eq!(
        (standing(&on_ana, &ben.id).await, standing(&on_ben, &ana.id).await),
        (json!("requested"), Value::Null)
    );
    on_ana.done("contact.request", json!({ "user": ben.id })).await;
    assert_eq!(
        standing(&on_ben, &ana.id).await,
        Value::Null,
        "who was declined does not ask again"
    );
    assert_eq!(
        on_ben.done("contact.request", json!({ "user": ana.id })).await["state"],
        "accepted"
    );
    assert_eq!(standing(&on_ana, &ben.id).await, "accepted");
});

on_both_databases!(who_blocks_is_no_contact_of_who_asks_meanwhile, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let block = |on: bool| json!({ "user": ben.id, "on": on });
    on_ana.done("contact.block", block(true)).await;
    on_ben.done("contact.request", json!({ "user": ana.id })).await;
    on_ana
        .refused("contact.request", json!({ "user": ben.id }), "blocked")
        .await;
    assert_eq!(standing(&on_ben, &ana.id).await, "requested");
    on_ana.done("contact.block", block(false)).await;
    assert_eq!(
        on_ana.done("contact.request", json!({ "user": ben.id })).await["state"],
        "accepted"
    );
});

on_both_databases!(a_block_stops_messages_requests_and_invitations, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    server.fund(&ana, "10", "CNY");
    let direct = on_ana.direct_with(&ben.id).await;
    let said = on_ana.say(&direct, "hello").await;
    on_ana.done("contact.request", json!({ "user": ben.id })).await;
    on_ben
        .done("contact.block", json!({ "user": ana.id, "on": true }))
        .await;
    assert_eq!(standing(&on_ana, &ben.id).await, Value::Null);
    let blocked = on_ben.done("contact.blocked", json!({})).await;
    assert_eq!(blocked["users"][0]["user"]["id"], ana.id.as_str());
    let with_id = |mut d: Value| {
        d["client_id"] = json!(new_client_id());
        d["conversation"] = json!(direct);
        d
    };
    for (client, other) in [(&on_ana, "by_them"), (&on_ben, "by_me")] {
        let one = client.done("conversation.get", json!({ "conversation": direct })).await;
        assert_eq!(one["conversation"]["blocked"], other);
        client
            .refused("message.send", with_id(json!({ "text": "x" })), "blocked")
            .await;
        let like = json!({ "conversation": direct, "seq": said["seq"], "emoji": "👍", "on": true });
        client.refused("reaction.set", like, "blocked").await;
    }
    on_ana
        .refused(
            "message.edit",
            with_id(json!({ "seq": said["seq"], "text": "x" })),
            "blocked",
        )
        .await;
    let refusal = on_ana
        .refused(
            "transfer.send",
            crate::harness::payment(&ben.id, "1"),
            "payee_unavailable",
        )
        .await;
    assert_eq!(refusal.whole["detail"]["money"], "not_moved");
    // Who is blocked is not told by a request: it goes nowhere.
    assert_eq!(
        on_ana.done("contact.request", json!({ "user": ben.id })).await["state"],
        "requested"
    );
    assert_eq!(standing(&on_ben, &ana.id).await, Value::Null);
    let group = json!({ "client_id": new_client_id(), "kind": "group", "members": [ben.id], "title": "come" });
    on_ana.refused("conversation.create", group, "person_unavailable").await;

    on_ben
        .done("contact.block", json!({ "user": ana.id, "on": false }))
        .await;
    on_ana.say(&direct, "thank you").await;
    server.expect_quipu(&["audit"]);
});

on_both_databases!(nobody_opens_a_conversation_with_who_has_blocked_them, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    server.fund(&ana, "10", "CNY");
    on_ben
        .done("contact.block", json!({ "user": ana.id, "on": true }))
        .await;
    let open = |user: &str| json!({ "client_id": new_client_id(), "kind": "direct", "members": [user] });
    on_ana.refused("conversation.create", open(&ben.id), "blocked").await;
    on_ben.refused("conversation.create", open(&ana.id), "blocked").await;
    on_ana
        .refused(
            "transfer.send",
            crate::harness::payment(&ben.id, "1"),
            "payee_unavailable",
        )
        .await;
    assert_eq!(
        on_ben.done("conversation.list", json!({})).await["conversations"],
        json!([])
    );
    on_ben
        .done("contact.block", json!({ "user": ana.id, "on": false }))
        .await;
    on_ana.direct_with(&ben.id).await;
});

on_both_databases!(a_block_races_messages_and_none_is_posted_behind_it, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let direct = on_ana.direct_with(&ben.id).await;
    let sends = (0..20).map(|i| {
        let d = json!({ "client_id": new_client_id(), "conversation": direct, "text": format!("{i}") });
        on_ana.call("message.send", d)
    });
    let (_, sent) = tokio::join!(
        on_ben.done("contact.block", json!({ "user": ana.id, "on": true })),
        futures_util::future::join_all(sends)
    );
    let posted = sent.iter().filter(|answer| answer.is_ok()).count();
    assert!(
        sent.iter()
            .all(|answer| answer.as_ref().err().is_none_or(|refusal| refusal.code == "blocked"))
    );
    assert_eq!(on_ben.newest(&direct).await.len(), posted);
    let late = json!({ "client_id": new_client_id(), "conversation": direct, "text": "late" });
    on_ana.refused("message.send", late, "blocked").await;
});

on_both_databases!(who_is_blocked_types_unseen, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let direct = on_ana.direct_with(&ben.id).await;
    let types = |on: bool| json!({ "conversation": direct, "on": on });
    let block = |on: bool| json!({ "user": ben.id, "on": on });
    // Until its members are read, who types is told to say so again.
    on_ben.say(&direct, "hello").await;
    on_ana.next_event("message.posted").await;
    on_ben.done("typing.set", types(true)).await;
    assert_eq!(on_ana.next_event("typing").await["d"]["on"], true);
    on_ana.done("contact.block", block(true)).await;
    // The answer is the one that everybody gets.
    let answer = on_ben.done("typing.set", types(false)).await;
    assert_eq!(answer["conversation"], direct.as_str());
    on_ana.done("typing.set", types(true)).await;
    on_ana.done("contact.block", block(false)).await;
    on_ben.done("typing.set", types(true)).await;
    assert_eq!(on_ana.next_push("typing of ben", ANSWER_LIMIT, by(&ben.id)).await, true);
    on_ana.done("typing.set", types(false)).await;
    assert_eq!(
        on_ben.next_push("typing of ana", ANSWER_LIMIT, by(&ana.id)).await,
        false,
        "who blocks types unseen too"
    );
});

/// What somebody's typing was told to be.
fn by(user: &str) -> impl Fn(&Value) -> Option<Value> {
    move |push| (push["ev"] == "typing" && push["d"]["user"] == user).then(|| push["d"]["on"].clone())
}
