//! What is unread, after everything that can happen to it.

use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, Client, eventually, new_client_id, on_both_databases};

fn with_id(mut d: Value) -> Value {
    d["client_id"] = json!(new_client_id());
    d
}

/// Unread messages and mentions of a conversation, as the list and the conversation itself tell them.
async fn unread(client: &Client, conversation: &str) -> (i64, i64) {
    let listed = client.done("conversation.list", json!({})).await;
    let listed = listed["conversations"].as_array().unwrap().clone();
    let listed = listed
        .into_iter()
        .find(|one| one["id"] == conversation)
        .unwrap_or_default();
    let got = client
        .done("conversation.get", json!({ "conversation": conversation }))
        .await["conversation"]
        .clone();
    assert_eq!(
        (&listed["unread"], &listed["mentions"]),
        (&got["unread"], &got["mentions"])
    );
    (got["unread"].as_i64().unwrap(), got["mentions"].as_i64().unwrap())
}

on_both_databases!(unread_follows_everything_that_happens, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let group = on_ana.group_with("knots", &[&ben.id]).await;
    let mention = |text: &str| with_id(json!({ "conversation": group, "text": text, "mentions": [ben.id] }));
    let first = on_ana.say(&group, "one").await;
    let second = on_ana.done("message.send", mention("two @ben")).await;
    let third = on_ana.done("message.send", mention("three @ben")).await;
    assert_eq!(unread(&on_ben, &group).await, (3, 2));
    assert_eq!(unread(&on_ana, &group).await, (0, 0), "one's own words are read");

    // An edit, a reaction, a pin and what the system tells count for nothing.
    let edit = with_id(json!({ "conversation": group, "seq": first["seq"], "text": "one, edited" }));
    on_ana.done("message.edit", edit).await;
    let like = json!({ "conversation": group, "seq": first["seq"], "emoji": "👍", "on": true });
    on_ana.done("reaction.set", like).await;
    on_ana
        .done(
            "message.pin",
            with_id(json!({ "conversation": group, "seq": first["seq"], "on": true })),
        )
        .await;
    on_ana
        .done(
            "conversation.update",
            with_id(json!({ "conversation": group, "title": "ropes" })),
        )
        .await;
    assert_eq!(unread(&on_ben, &group).await, (3, 2));
    assert_eq!(unread(&on_ana, &group).await, (0, 0));

    // An edit takes a mention back, and gives one.
    let plain = with_id(json!({ "conversation": group, "seq": second["seq"], "text": "two" }));
    on_ana.done("message.edit", plain).await;
    assert_eq!(unread(&on_ben, &group).await, (3, 1));
    let named = with_id(json!({ "conversation": group, "seq": first["seq"], "text": "@ben", "mentions": [ben.id] }));
    on_ana.done("message.edit", named).await;
    assert_eq!(unread(&on_ben, &group).await, (3, 2));

    // What is recalled is not there to be read; what one deleted for oneself neither.
    on_ana
        .done(
            "message.recall",
            with_id(json!({ "conversation": group, "seq": third["seq"] })),
        )
        .await;
    assert_eq!(unread(&on_ben, &group).await, (2, 1));
    on_ben
        .done("message.hide", json!({ "conversation": group, "seqs": [first["seq"]] }))
        .await;
    assert_eq!(unread(&on_ben, &group).await, (1, 0));

    // A mark on one device is a mark on the other.
    let other_device = server.connect(&ben).await;
    on_ben
        .done("read.mark", json!({ "conversation": group, "seq": third["seq"] }))
        .await;
    let is_it = |push: &Value| (push["ev"] == "read.marked" && push["d"]["user"] == ben.id.as_str()).then_some(());
    other_device.next_push("the mark", ANSWER_LIMIT, is_it).await;
    assert_eq!(unread(&other_device, &group).await, (0, 0));
    on_ana.say(&group, "four").await;
    assert_eq!(unread(&other_device, &group).await, (1, 0));
    // Who writes has read what stands above.
    on_ben.say(&group, "five").await;
    assert_eq!(unread(&other_device, &group).await, (0, 0));
    assert_eq!(unread(&on_ana, &group).await, (1, 0));
    // What one wrote and deleted for oneself counts for nothing: a device that comes later does not know of it.
    let six = on_ben.say(&group, "six").await;
    on_ana.say(&group, "seven").await;
    on_ben.say(&group, "eight").await;
    let newest = on_ben.newest(&group).await;
    let eight = newest.last().expect("eight").clone();
    on_ben
        .done(
            "message.hide",
            json!({ "conversation": group, "seqs": [eight["seq"], six["seq"]] }),
        )
        .await;
    assert_eq!(unread(&on_ben, &group).await, (1, 0), "seven stands behind five");
});

on_both_databases!(who_joins_in_the_middle_or_comes_back_has_nothing_unread, |server| {
    let (ana, ben, eve) = (server.register("ana"), server.register("ben"), server.register("eve"));
    let (on_ana, on_eve) = (server.connect(&ana).await, server.connect(&eve).await);
    let group = on_ana.group_with("knots", &[&ben.id]).await;
    for i in 0..5 {
        on_ana.say(&group, &format!("before {i}")).await;
    }
    let add = || with_id(json!({ "conversation": group, "users": [eve.id] }));
    on_ana.done("member.add", add()).await;
    assert_eq!(unread(&on_eve, &group).await, (0, 0));
    on_ana.say(&group, "after").await;
    assert_eq!(unread(&on_eve, &group).await, (1, 0));
    on_eve
        .done("conversation.leave", with_id(json!({ "conversation": group })))
        .await;
    on_ana.say(&group, "away").await;
    on_ana.done("member.add", add()).await;
    assert_eq!(unread(&on_eve, &group).await, (0, 0));
    on_ana.say(&group, "back").await;
    assert_eq!(unread(&on_eve, &group).await, (1, 0));
});

on_both_databases!(a_block_hides_no_group_messages_and_leaves_what_was_unread, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let (group, direct) = (
        on_ana.group_with("knots", &[&ben.id]).await,
        on_ana.direct_with(&ben.id).await,
    );
    on_ana.say(&direct, "before").await;
    on_ben
        .done("contact.block", json!({ "user": ana.id, "on": true }))
        .await;
    on_ana.say(&group, "in the group").await;
    assert_eq!(unread(&on_ben, &group).await, (1, 0));
    assert_eq!(unread(&on_ben, &direct).await, (1, 0));
});

on_both_databases!(more_than_a_hundred_is_a_hundred, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let group = on_ana.group_with("knots", &[&ben.id]).await;
    let says = (0..120).map(|i| {
        let d = with_id(json!({ "conversation": group, "text": format!("{i} @ben"), "mentions": [ben.id] }));
        let on_ana = &on_ana;
        async move {
            eventually("sent", ANSWER_LIMIT, async || {
                match on_ana.call("message.send", d.clone()).await {
                    Ok(sent) => Some(sent),
                    Err(refusal) if refusal.code == "rate_limited" || refusal.code == "busy" => None,
                    Err(refusal) => panic!("{}", refusal.whole),
                }
            })
            .await
        }
    });
    futures_util::future::join_all(says).await;
    assert_eq!(unread(&on_ben, &group).await, (100, 100));
});

on_both_databases!(marks_reach_the_others_and_a_sync_tells_only_what_is_new, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let place = on_ana.direct_with(&ben.id).await;
    let seq = on_ana.say(&place, "are you there?").await["seq"].clone();
    let mark = json!({ "conversation": place, "seq": seq });
    on_ben.done("delivered.mark", mark.clone()).await;
    assert_eq!(
        on_ana.next_event("delivered.marked").await["d"]["user"],
        ben.id.as_str()
    );
    let sync =
        |mark_rev: &Value| json!({ "positions": [{ "log": format!("c:{place}"), "rev": seq, "mark_rev": mark_rev }] });
    let first = on_ana.done("sync", sync(&json!(0))).await["logs"][0].clone();
    let of_ben = |log: &Value| {
        let marks = log["marks"].as_array().unwrap().clone();
        marks.into_iter().find(|mark| mark["user"] == ben.id.as_str())
    };
    let delivered = of_ben(&first).unwrap();
    assert_eq!((&delivered["delivered_seq"], &delivered["seq"]), (&seq, &json!(0)));
    let again = on_ana.done("sync", sync(&first["mark_rev"])).await["logs"][0].clone();
    assert_eq!(again["marks"], json!([]), "nothing is new");
    on_ben.done("read.mark", mark).await;
    assert_eq!(on_ana.next_event("read.marked").await["d"]["seq"], seq);
    let last = on_ana.done("sync", sync(&first["mark_rev"])).await["logs"][0].clone();
    assert_eq!(of_ben(&last).unwrap()["seq"], seq);
    // No mark goes back, and none beyond the end.
    let back = on_ben
        .done("read.mark", json!({ "conversation": place, "seq": 0 }))
        .await;
    assert_eq!(back["seq"], seq);
    let beyond = on_ben
        .done("read.mark", json!({ "conversation": place, "seq": 1_000_000 }))
        .await;
    assert_eq!(beyond["seq"], seq);
});

on_both_databases!(who_types_is_seen_by_the_others, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let place = on_ana.direct_with(&ben.id).await;
    let typing = json!({ "conversation": place, "on": true });
    eventually("ana types", ANSWER_LIMIT, async || {
        on_ana.call("typing.set", typing.clone()).await.ok()
    })
    .await;
    let seen = on_ben.next_event("typing").await["d"].clone();
    assert_eq!(seen, json!({ "conversation": place, "user": ana.id, "on": true }));
});

on_both_databases!(drafts_and_preferences_are_the_same_on_every_device, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, other_device, on_ben) = (
        server.connect(&ana).await,
        server.connect(&ana).await,
        server.connect(&ben).await,
    );
    let place = on_ana.direct_with(&ben.id).await;
    let item = async |kind: &str| {
        let is_it = |push: &Value| (push["d"]["items"][0]["kind"] == kind).then(|| push["d"]["items"][0].clone());
        other_device.next_push(kind, ANSWER_LIMIT, is_it).await
    };
    on_ana
        .done("draft.set", json!({ "conversation": place, "text": "dear b" }))
        .await;
    let draft = item("draft").await;
    assert_eq!(
        (&draft["key"], &draft["value"]["text"]),
        (&json!(place), &json!("dear b"))
    );
    on_ana
        .done("draft.set", json!({ "conversation": place, "text": "" }))
        .await;
    assert_eq!(item("draft").await["value"], Value::Null);
    let set =
        json!({ "conversation": place, "muted_until": "9999-01-01T00:00:00Z", "archived": true, "pinned": false });
    on_ana.done("conversation.set", set).await;
    let preferences = item("preferences").await["value"].clone();
    assert_eq!(
        (&preferences["archived"], &preferences["pinned"]),
        (&json!(true), &json!(false))
    );
    assert!(
        on_ben
            .pushes_from(0)
            .iter()
            .all(|push| push["d"]["items"][0]["kind"] != "draft"),
        "nobody else's business"
    );
    let long = json!({ "conversation": place, "text": "x".repeat(8_193) });
    on_ana.refused("draft.set", long, "text_too_long").await;
});
