//! What becomes of a message after it was sent, and who may do it.

use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, Client, new_client_id, on_both_databases};

/// A request with a fresh id.
fn with_id(mut d: Value) -> Value {
    d["client_id"] = json!(new_client_id());
    d
}

/// The next change of the message at `seq`.
async fn change(client: &Client, seq: &Value) -> Value {
    let is_it = |push: &Value| (push["ev"] == "message.changed" && push["d"]["seq"] == *seq).then(|| push.clone());
    client.next_push("a change", ANSWER_LIMIT, is_it).await["d"].clone()
}

/// The message at `seq` as the history shows it.
async fn at(client: &Client, conversation: &str, seq: &Value) -> Value {
    let said = client.newest(conversation).await;
    said.into_iter()
        .find(|message| message["seq"] == *seq)
        .unwrap_or_default()
}

on_both_databases!(
    an_edit_is_seen_by_everybody_once_and_a_late_repetition_undoes_nothing,
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let place = on_ana.direct_with(&ben.id).await;
        let sent = on_ana.say(&place, "see you at 8").await;
        let first = with_id(json!({ "conversation": place, "seq": sent["seq"], "text": "see you at 9" }));
        let done = on_ana.done("message.edit", first.clone()).await;
        assert_eq!((&done["seq"], &done["duplicate"]), (&sent["seq"], &json!(false)));
        for client in [&on_ana, &on_ben] {
            let seen = change(client, &sent["seq"]).await;
            assert_eq!((&seen["text"], &seen["rev"]), (&json!("see you at 9"), &done["rev"]));
            assert_eq!(seen["n"], sent["n"], "it stays the message that it was");
            assert!(seen["edited_at"].is_string());
        }
        let second = with_id(json!({ "conversation": place, "seq": sent["seq"], "text": "see you at 10" }));
        on_ana.done("message.edit", second).await;
        let again = on_ana.done("message.edit", first.clone()).await;
        assert_eq!((&again["rev"], &again["duplicate"]), (&done["rev"], &json!(true)));
        assert_eq!(at(&on_ben, &place, &sent["seq"]).await["text"], "see you at 10");
        let mut other = first;
        other["text"] = json!("never");
        on_ana.refused("message.edit", other, "idempotency_conflict").await;
    }
);

on_both_databases!(only_ones_own_words_can_be_edited, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    server.fund(&ana, "10", "CNY");
    let place = on_ana.direct_with(&ben.id).await;
    let sent = on_ana.say(&place, "mine").await;
    let edit = |seq: &Value| with_id(json!({ "conversation": place, "seq": seq, "text": "changed" }));
    on_ben.refused("message.edit", edit(&sent["seq"]), "not_editable").await;
    let paid = on_ana
        .done("transfer.send", crate::harness::payment(&ben.id, "1"))
        .await;
    on_ana.refused("message.edit", edit(&paid["seq"]), "not_editable").await;
    let forward = with_id(json!({ "conversation": place, "from": { "conversation": place, "seq": sent["seq"] } }));
    let forwarded = on_ben.done("message.forward", forward).await;
    on_ben
        .refused("message.edit", edit(&forwarded["seq"]), "not_editable")
        .await;
    on_ana
        .refused("message.edit", edit(&json!(99)), "message_not_found")
        .await;
    on_ana
        .refused("message.edit", edit(&json!(-1)), "message_not_found")
        .await;
    for (text, code) in [("  ", "text_empty"), (&*"x".repeat(8_193), "text_too_long")] {
        let d = with_id(json!({ "conversation": place, "seq": sent["seq"], "text": text }));
        on_ana.refused("message.edit", d, code).await;
    }
    let recall = with_id(json!({ "conversation": place, "seq": sent["seq"] }));
    on_ana.done("message.recall", recall).await;
    on_ana.refused("message.edit", edit(&sent["seq"]), "recalled").await;
});

on_both_databases!(
    after_its_time_a_message_stays_as_it_is,
    |plan| plan.set("limits.edit_seconds", "0").set("limits.recall_seconds", "0"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let on_ana = server.connect(&ana).await;
        let place = on_ana.direct_with(&ben.id).await;
        let seq = on_ana.say(&place, "for ever").await["seq"].clone();
        let edit = with_id(json!({ "conversation": place, "seq": seq, "text": "not" }));
        on_ana.refused("message.edit", edit, "too_late").await;
        let recall = with_id(json!({ "conversation": place, "seq": seq }));
        on_ana.refused("message.recall", recall, "too_late").await;
        let group = on_ana.group_with("ours", &[&ben.id]).await;
        let seq = on_ana.say(&group, "an owner keeps order").await["seq"].clone();
        let recall = with_id(json!({ "conversation": group, "seq": seq }));
        on_ana.done("message.recall", recall).await;
    }
);

on_both_databases!(what_is_recalled_is_gone_for_everybody_and_moves_no_money, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    server.fund(&ana, "10", "CNY");
    let place = on_ana.direct_with(&ben.id).await;
    let sent = on_ana.say(&place, "a secret that slipped").await;
    let seq = sent["seq"].clone();
    let like = json!({ "conversation": place, "seq": seq, "emoji": "👍", "on": true });
    on_ben.done("reaction.set", like.clone()).await;
    on_ana
        .done(
            "message.pin",
            with_id(json!({ "conversation": place, "seq": seq, "on": true })),
        )
        .await;
    let recall = with_id(json!({ "conversation": place, "seq": seq }));
    on_ben
        .refused("message.recall", with_id(recall.clone()), "forbidden_role")
        .await;
    let done = on_ana.done("message.recall", recall.clone()).await;
    let again = on_ana.done("message.recall", recall).await;
    assert_eq!((&again["rev"], &again["duplicate"]), (&done["rev"], &json!(true)));
    let left = at(&on_ben, &place, &seq).await;
    assert_eq!(
        (&left["text"], &left["n"], &left["recalled"]["by"]),
        (&Value::Null, &sent["n"], &json!(ana.id))
    );
    for gone in ["reactions", "pinned", "edited_at", "mentions"] {
        assert!(left.get(gone).is_none(), "{gone} is gone: {left}");
    }
    let pinned = on_ben.done("message.pinned", json!({ "conversation": place })).await;
    assert_eq!(pinned["messages"], json!([]));
    let sync = json!({ "positions": [{ "log": format!("c:{place}"), "rev": 0 }] });
    assert!(!on_ben.done("sync", sync).await.to_string().contains("slipped"));
    for (op, d) in [
        ("reaction.set", like),
        (
            "message.pin",
            with_id(json!({ "conversation": place, "seq": seq, "on": true })),
        ),
    ] {
        on_ben.refused(op, d, "recalled").await;
    }
    let forward = with_id(json!({ "conversation": place, "from": { "conversation": place, "seq": seq } }));
    on_ana.refused("message.forward", forward, "not_forwardable").await;

    let paid = on_ana
        .done("transfer.send", crate::harness::payment(&ben.id, "4"))
        .await;
    on_ana
        .done(
            "message.recall",
            with_id(json!({ "conversation": place, "seq": paid["seq"] })),
        )
        .await;
    assert_eq!(at(&on_ben, &place, &paid["seq"]).await["card"], Value::Null);
    assert_eq!(on_ana.account("CNY").await["available"], "6.00");
    assert_eq!(on_ben.account("CNY").await["available"], "4.00");
    server.expect_quipu(&["audit"]);
});

on_both_databases!(
    a_forward_names_who_wrote_it_and_shows_nothing_that_could_not_be_read,
    |server| {
        let (ana, ben, eve) = (server.register("ana"), server.register("ben"), server.register("eve"));
        let (on_ana, on_ben, on_eve) = (
            server.connect(&ana).await,
            server.connect(&ben).await,
            server.connect(&eve).await,
        );
        server.fund(&ana, "10", "CNY");
        let (first, second) = (on_ana.direct_with(&ben.id).await, on_ben.direct_with(&eve.id).await);
        let seq = on_ana.say(&first, "ana's words").await["seq"].clone();
        let forward = with_id(json!({ "conversation": second, "from": { "conversation": first, "seq": seq } }));
        let done = on_ben.done("message.forward", forward.clone()).await;
        assert_eq!(
            on_ben.done("message.forward", forward).await["seq"],
            done["seq"],
            "once"
        );
        let seen = at(&on_eve, &second, &done["seq"]).await;
        assert_eq!(
            (&seen["text"], &seen["sender"]),
            (&json!("ana's words"), &json!(ben.id))
        );
        assert_eq!(seen["forwarded"]["sender"], ana.id.as_str());
        // Forwarded on, it still names who wrote it.
        let third = on_eve.direct_with(&ana.id).await;
        let on = with_id(json!({ "conversation": third, "from": { "conversation": second, "seq": done["seq"] } }));
        let on = on_eve.done("message.forward", on).await;
        assert_eq!(
            at(&on_ana, &third, &on["seq"]).await["forwarded"]["sender"],
            ana.id.as_str()
        );
        // What one may not read one cannot forward: for a stranger it is not there.
        for from in [
            json!({ "conversation": first, "seq": seq }),
            json!({ "conversation": first, "seq": 77 }),
        ] {
            let stolen = with_id(json!({ "conversation": third, "from": from }));
            on_eve.refused("message.forward", stolen, "message_not_found").await;
        }
        let card = on_ana
            .done("transfer.send", crate::harness::payment(&ben.id, "1"))
            .await;
        let forged = with_id(json!({ "conversation": second, "from": { "conversation": first, "seq": card["seq"] } }));
        on_ben.refused("message.forward", forged, "not_forwardable").await;
    }
);

on_both_databases!(reactions_count_each_person_once, |server| {
    let people = ["ana", "ben", "eve"].map(|handle| server.register(handle));
    let mut on = Vec::new();
    for person in &people {
        on.push(server.connect(person).await);
    }
    let group = on[0].group_with("knots", &[&people[1].id, &people[2].id]).await;
    let seq = on[0].say(&group, "well done").await["seq"].clone();
    let react = |emoji: &str, on: bool| json!({ "conversation": group, "seq": seq, "emoji": emoji, "on": on });
    let gives = (0..3).flat_map(|i| [0; 4].map(|_| on[i].done("reaction.set", react("👍", true))));
    futures_util::future::join_all(gives).await;
    on[1].done("reaction.set", react("❤", true)).await;
    let seen = at(&on[2], &group, &seq).await;
    assert_eq!(
        (&seen["reactions"][0]["emoji"], &seen["reactions"][0]["count"]),
        (&json!("👍"), &json!(3))
    );
    assert_eq!(seen["reactions"][1]["users"], json!([people[1].id]));
    let all = on[0]
        .done("reaction.list", json!({ "conversation": group, "seq": seq }))
        .await;
    assert_eq!(all["reactions"].as_array().map(Vec::len), Some(4));
    let page = json!({ "conversation": group, "seq": seq, "limit": 3 });
    let page = on[0].done("reaction.list", page).await;
    let rest = json!({ "conversation": group, "seq": seq, "cursor": page["next"] });
    assert_eq!(
        on[0].done("reaction.list", rest).await["reactions"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    for client in &on {
        client.done("reaction.set", react("👍", false)).await;
        client.done("reaction.set", react("👍", false)).await;
    }
    let seen = at(&on[2], &group, &seq).await;
    assert_eq!(seen["reactions"].as_array().map(Vec::len), Some(1), "{seen}");
    for bad in ["", "ok", "👍👍", "<img>"] {
        on[0].refused("reaction.set", react(bad, true), "emoji_invalid").await;
    }
    let many = [
        "😀", "😃", "😄", "😁", "😆", "😅", "🤣", "😂", "🙂", "🙃", "😉", "😊", "😇", "🥰", "😍", "🤩", "😘", "😗",
        "😚",
    ];
    for emoji in many {
        on[0].done("reaction.set", react(emoji, true)).await;
    }
    on[0].refused("reaction.set", react("🐙", true), "too_many").await;
});

on_both_databases!(
    a_pin_is_told_in_the_conversation_and_asks_for_a_role_in_groups,
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let group = on_ana.group_with("knots", &[&ben.id]).await;
        let seq = on_ben.say(&group, "the address").await["seq"].clone();
        let pin = |on: bool| with_id(json!({ "conversation": group, "seq": seq, "on": on }));
        on_ben.refused("message.pin", pin(true), "forbidden_role").await;
        let first = pin(true);
        on_ana.done("message.pin", first.clone()).await;
        assert_eq!(on_ana.done("message.pin", first).await["duplicate"], true);
        assert_eq!(change(&on_ben, &seq).await["pinned"], true);
        let told = on_ben.newest(&group).await;
        let told: Vec<_> = told.iter().filter(|message| message["kind"] == "system").collect();
        assert_eq!(told.len(), 1);
        assert_eq!(
            told[0]["system"],
            json!({ "what": "message_pinned", "seq": seq, "on": true, "by": ana.id })
        );
        assert_eq!(told[0]["n"], Value::Null);
        let pinned = on_ben.done("message.pinned", json!({ "conversation": group })).await;
        assert_eq!(pinned["messages"][0]["seq"], seq);
        let row = told[0]["seq"].clone();
        for (op, d) in [
            (
                "message.pin",
                with_id(json!({ "conversation": group, "seq": row, "on": true })),
            ),
            ("message.recall", with_id(json!({ "conversation": group, "seq": row }))),
            (
                "reaction.set",
                json!({ "conversation": group, "seq": row, "emoji": "👍", "on": true }),
            ),
        ] {
            on_ana.refused(op, d, "message_not_found").await;
        }
        on_ana.done("message.pin", pin(false)).await;
        let pinned = on_ben.done("message.pinned", json!({ "conversation": group })).await;
        assert_eq!(pinned["messages"], json!([]));
    }
);

on_both_databases!(
    deleted_for_oneself_is_gone_on_every_device_and_stays_for_the_others,
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let (on_ana, other_device, on_ben) = (
            server.connect(&ana).await,
            server.connect(&ana).await,
            server.connect(&ben).await,
        );
        let place = on_ana.direct_with(&ben.id).await;
        let kept = on_ben.say(&place, "kept").await;
        let gone = on_ben.say(&place, "gone for ana").await;
        let hide = json!({ "conversation": place, "seqs": [gone["seq"]] });
        on_ana.done("message.hide", hide.clone()).await;
        on_ana.done("message.hide", hide).await;
        let key = format!("{place}:{}", gone["seq"]);
        let is_it =
            |push: &Value| (push["d"]["items"][0]["key"] == key.as_str()).then(|| push["d"]["items"][0].clone());
        let item = other_device.next_push("the item", ANSWER_LIMIT, is_it).await;
        assert_eq!(item["kind"], "hidden");
        let seen = on_ana.newest(&place).await;
        assert_eq!(
            seen.iter().map(|message| message["seq"].clone()).collect::<Vec<_>>(),
            [kept["seq"].clone()]
        );
        let listed = on_ana.done("conversation.list", json!({})).await["conversations"][0].clone();
        assert_eq!(
            (&listed["last_message"]["seq"], &listed["unread"]),
            (&kept["seq"], &json!(1))
        );
        assert_eq!(on_ben.newest(&place).await.len(), 2);
        let sync = json!({ "positions": [{ "log": format!("c:{place}"), "rev": 0 }] });
        let synced = on_ana.done("sync", sync).await;
        assert_eq!(synced["logs"][0]["messages"].as_array().map(Vec::len), Some(1));
        assert_eq!(synced["logs"][0]["through"], gone["rev"]);
        on_ana
            .refused(
                "message.hide",
                json!({ "conversation": place, "seqs": [50] }),
                "message_not_found",
            )
            .await;
        on_ana
            .refused(
                "message.hide",
                json!({ "conversation": place, "seqs": [] }),
                "invalid_field",
            )
            .await;
    }
);

on_both_databases!(a_reply_and_a_mention_stand_with_the_message, |server| {
    let (ana, ben, eve) = (server.register("ana"), server.register("ben"), server.register("eve"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let group = on_ana.group_with("knots", &[&ben.id]).await;
    let asked = on_ana.say(&group, "who has the rope?").await;
    let d = with_id(
        json!({ "conversation": group, "text": "@ana @eve me", "reply_to": asked["seq"],
        "mentions": [ana.id, eve.id, ana.id] }),
    );
    let sent = on_ben.done("message.send", d.clone()).await;
    let seen = at(&on_ana, &group, &sent["seq"]).await;
    assert_eq!(
        (&seen["reply_to"], &seen["mentions"]),
        (&asked["seq"], &json!([ana.id])),
        "eve is no member"
    );
    let mut other = d.clone();
    other["reply_to"] = json!(null);
    on_ben.refused("message.send", other, "idempotency_conflict").await;
    let nowhere = with_id(json!({ "conversation": group, "text": "?", "reply_to": 99 }));
    on_ben.refused("message.send", nowhere, "message_not_found").await;
    let many: Vec<_> = (0..51).map(|_| new_client_id()).collect();
    let many = with_id(json!({ "conversation": group, "text": "?", "mentions": many }));
    on_ben.refused("message.send", many, "invalid_field").await;
});

on_both_databases!(who_wrote_is_named_by_their_id_wherever_they_are_now, |server| {
    let (ana, ben, eve) = (server.register("ana"), server.register("ben"), server.register("eve"));
    let on_eve = server.connect(&eve).await;
    let nobody = new_client_id();
    let asked = json!({ "users": [ana.id, ben.id, nobody, ana.id] });
    let told = on_eve.done("user.get", asked).await["users"].clone();
    let mut names: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|user| (&user["id"], &user["handle"]))
        .collect();
    names.sort_by_key(|(_, handle)| handle.to_string());
    assert_eq!(
        names,
        [(&json!(ana.id), &json!("ana")), (&json!(ben.id), &json!("ben"))]
    );
});

on_both_databases!(what_happened_to_a_group_cannot_be_deleted_for_oneself, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let on_ana = server.connect(&ana).await;
    let group = on_ana.group_with("knots", &[&ben.id]).await;
    let title = with_id(json!({ "conversation": group, "title": "cords" }));
    on_ana.done("conversation.update", title).await;
    let row = on_ana.newest(&group).await[0].clone();
    assert_eq!(row["kind"], "system");
    // Another device would never learn what it says.
    let hide = json!({ "conversation": group, "seqs": [row["seq"]] });
    on_ana.refused("message.hide", hide, "message_not_found").await;
});
