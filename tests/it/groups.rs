//! Groups: who comes, who goes, who may what, and what each of them sees.

use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, Client, Person, new_client_id, on_both_databases};

fn with_id(mut d: Value) -> Value {
    d["client_id"] = json!(new_client_id());
    d
}

async fn newest_system(client: &Client, group: &str) -> Value {
    let said = client.newest(group).await;
    let told = said.into_iter().filter(|message| message["kind"] == "system");
    told.max_by_key(|message| message["seq"].as_i64()).unwrap_or_default()["system"].clone()
}

async fn get(client: &Client, group: &str) -> Value {
    client.done("conversation.get", json!({ "conversation": group })).await["conversation"].clone()
}

async fn add(client: &Client, group: &str, people: &[&Person]) -> Value {
    let users: Vec<_> = people.iter().map(|person| person.id.clone()).collect();
    let d = with_id(json!({ "conversation": group, "users": users }));
    client.done("member.add", d).await
}

on_both_databases!(who_is_added_reads_and_who_is_removed_hears_nothing_more, |server| {
    let (ana, ben, eve) = (server.register("ana"), server.register("ben"), server.register("eve"));
    let (on_ana, on_ben, on_eve) = (
        server.connect(&ana).await,
        server.connect(&ben).await,
        server.connect(&eve).await,
    );
    let group = on_ana.group_with("knots", &[&ben.id]).await;
    on_ana.say(&group, "before eve").await;
    let added = add(&on_ana, &group, &[&eve, &ben]).await;
    assert_eq!(added["added"], json!([eve.id]), "ben was there already");
    let is_it = |push: &Value| (push["d"]["items"][0]["key"] == group.as_str()).then_some(());
    on_eve
        .next_push("the group in eve's own log", ANSWER_LIMIT, is_it)
        .await;
    assert_eq!(newest_system(&on_eve, &group).await["what"], "members_added");
    let listed = get(&on_eve, &group).await;
    assert_eq!((&listed["member_count"], &listed["unread"]), (&json!(3), &json!(0)));
    assert!(
        on_eve
            .newest(&group)
            .await
            .iter()
            .any(|message| message["text"] == "before eve")
    );
    on_ana.say(&group, "hello eve").await;
    let hears = |text: &'static str| move |push: &Value| (push["d"]["text"] == text).then_some(());
    on_eve.next_push("hello eve", ANSWER_LIMIT, hears("hello eve")).await;

    let remove = with_id(json!({ "conversation": group, "user": eve.id }));
    on_ana.done("member.remove", remove.clone()).await;
    assert_eq!(on_ana.done("member.remove", remove).await["duplicate"], true);
    on_ana.say(&group, "without eve").await;
    on_ben
        .next_push("without eve", ANSWER_LIMIT, hears("without eve"))
        .await;
    let send = with_id(json!({ "conversation": group, "text": "still here?" }));
    on_eve.refused("message.send", send, "not_a_member").await;
    let state = |push: &Value| {
        let item = &push["d"]["items"][0];
        (item["key"] == group.as_str() && item["value"]["state"] == "removed").then_some(())
    };
    on_eve.next_push("the end in eve's own log", ANSWER_LIMIT, state).await;
    let heard = on_eve.pushes_from(0);
    assert!(
        !heard.iter().any(|push| push["d"]["text"] == "without eve"),
        "{heard:?}"
    );
    let sync = json!({ "positions": [{ "log": format!("c:{group}"), "rev": 0 }] });
    assert_eq!(on_eve.done("sync", sync).await["gone"], json!([format!("c:{group}")]));
});

on_both_databases!(
    history_from_join_shows_nothing_of_before_and_ticks_for_its_changes,
    |server| {
        let (ana, eve) = (server.register("ana"), server.register("eve"));
        let (on_ana, on_eve) = (server.connect(&ana).await, server.connect(&eve).await);
        let ben = server.register("ben");
        let group = on_ana.group_with("knots", &[&ben.id]).await;
        let set = with_id(json!({ "conversation": group, "history": "from_join" }));
        on_ana.done("conversation.update", set).await;
        let old = on_ana.say(&group, "before eve").await;
        add(&on_ana, &group, &[&eve]).await;
        let seen = on_eve.newest(&group).await;
        assert_eq!(seen.len(), 1, "only that she was added: {seen:?}");
        let floor = get(&on_eve, &group).await["from_seq"].clone();
        let sync = json!({ "positions": [{ "log": format!("c:{group}"), "rev": 0 }] });
        let synced = on_eve.done("sync", sync).await;
        assert_eq!(synced["logs"][0]["floor"], floor);
        assert!(!synced.to_string().contains("before eve"));
        let edit = with_id(json!({ "conversation": group, "seq": old["seq"], "text": "before eve, edited" }));
        let rev = on_ana.done("message.edit", edit).await["rev"].clone();
        let is_it = |push: &Value| (push["rev"] == rev).then(|| push.clone());
        let tick = on_eve.next_push("a tick", ANSWER_LIMIT, is_it).await;
        assert_eq!((&tick["ev"], tick.get("d")), (&json!("tick"), None));
        for (op, d) in [
            (
                "reaction.set",
                json!({ "conversation": group, "seq": old["seq"], "emoji": "👍", "on": true }),
            ),
            ("reaction.list", json!({ "conversation": group, "seq": old["seq"] })),
            (
                "message.send",
                with_id(json!({ "conversation": group, "text": "?", "reply_to": old["seq"] })),
            ),
            ("message.hide", json!({ "conversation": group, "seqs": [old["seq"]] })),
        ] {
            on_eve.refused(op, d, "message_not_found").await;
        }
        // Who leaves and comes back begins anew.
        let leave = with_id(json!({ "conversation": group }));
        on_eve.done("conversation.leave", leave).await;
        on_ana.say(&group, "while eve was away").await;
        add(&on_ana, &group, &[&eve]).await;
        let again = get(&on_eve, &group).await;
        assert!(again["from_seq"].as_i64() > floor.as_i64());
        assert_eq!((&again["unread"], on_eve.newest(&group).await.len()), (&json!(0), 1));
    }
);

on_both_databases!(roles_say_who_may_what, |server| {
    let people = ["ana", "ben", "eve", "kim"].map(|handle| server.register(handle));
    let [ana, ben, eve, kim] = &people;
    let mut on = Vec::new();
    for person in &people {
        on.push(server.connect(person).await);
    }
    let group = on[0].group_with("knots", &[&ben.id, &eve.id]).await;
    let on_group = |more: Value| {
        let mut d = with_id(json!({ "conversation": group }));
        d.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        d
    };
    for (op, more) in [
        ("member.add", json!({ "users": [kim.id] })),
        ("member.remove", json!({ "user": eve.id })),
        ("member.role", json!({ "user": ben.id, "role": "admin" })),
        ("conversation.update", json!({ "title": "mine" })),
    ] {
        on[1].refused(op, on_group(more), "forbidden_role").await;
    }
    on[0]
        .done("member.role", on_group(json!({ "user": ben.id, "role": "admin" })))
        .await;
    on[1]
        .done(
            "conversation.update",
            on_group(json!({ "title": "ours", "slow_mode_seconds": 0 })),
        )
        .await;
    assert_eq!(get(&on[2], &group).await["title"], "ours");
    for (op, more) in [
        ("member.remove", json!({ "user": ana.id })),
        ("member.role", json!({ "user": ben.id, "role": "owner" })),
        ("member.role", json!({ "user": eve.id, "role": "admin" })),
        ("member.remove", json!({ "user": ben.id })),
    ] {
        on[1].refused(op, on_group(more), "forbidden_role").await;
    }
    let said = on[2].say(&group, "an admin may recall this").await;
    on[1]
        .done("message.recall", on_group(json!({ "seq": said["seq"] })))
        .await;
    on[0]
        .refused("conversation.leave", on_group(json!({})), "owner_must_hand_over")
        .await;
    on[0]
        .refused(
            "member.role",
            on_group(json!({ "user": kim.id, "role": "owner" })),
            "person_unavailable",
        )
        .await;
    on[0]
        .refused(
            "member.role",
            on_group(json!({ "user": ben.id, "role": "king" })),
            "invalid_field",
        )
        .await;
    on[0]
        .done("member.role", on_group(json!({ "user": ben.id, "role": "owner" })))
        .await;
    assert_eq!(
        (
            &get(&on[0], &group).await["my_role"],
            &get(&on[1], &group).await["my_role"]
        ),
        (&json!("admin"), &json!("owner"))
    );
    on[0].done("conversation.leave", on_group(json!({}))).await;
    assert_eq!(
        newest_system(&on[1], &group).await,
        json!({ "what": "member_left", "users": [ana.id], "by": ana.id })
    );
    let listed = on[1]
        .done("member.list", json!({ "conversation": group, "limit": 1 }))
        .await;
    let rest = on[1]
        .done(
            "member.list",
            json!({ "conversation": group, "cursor": listed["next"] }),
        )
        .await;
    let roles = [&listed, &rest].map(|page| page["members"].as_array().map_or(0, Vec::len));
    assert_eq!(roles, [1, 1]);
    let direct = on[1].direct_with(&eve.id).await;
    for (op, more) in [
        ("member.add", json!({ "users": [kim.id] })),
        ("conversation.leave", json!({})),
    ] {
        let mut d = on_group(more);
        d["conversation"] = json!(direct);
        on[1].refused(op, d, "wrong_kind").await;
    }
});

on_both_databases!(
    a_group_takes_as_many_as_it_may,
    |plan| plan.set("limits.group_members", "3"),
    |server| {
        let people = ["ana", "ben", "eve", "kim"].map(|handle| server.register(handle));
        let on_ana = server.connect(&people[0]).await;
        let group = on_ana.group_with("knots", &[&people[1].id]).await;
        let both = with_id(json!({ "conversation": group, "users": [people[2].id, people[3].id] }));
        on_ana.refused("member.add", both, "too_many").await;
        add(&on_ana, &group, &[&people[2]]).await;
        assert_eq!(get(&on_ana, &group).await["member_count"], 3);
        let nobody = with_id(json!({ "conversation": group, "users": ["0197b2c4-0000-7000-8000-000000000001"] }));
        on_ana.refused("member.add", nobody, "members_invalid").await;
    }
);

on_both_databases!(under_slow_mode_a_member_waits_and_an_admin_does_not, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let group = on_ana.group_with("knots", &[&ben.id]).await;
    let slow = with_id(json!({ "conversation": group, "slow_mode_seconds": 3600 }));
    on_ana.done("conversation.update", slow).await;
    let first = with_id(json!({ "conversation": group, "text": "one" }));
    on_ben.done("message.send", first.clone()).await;
    assert_eq!(
        on_ben.done("message.send", first).await["duplicate"],
        true,
        "a repetition is no second message"
    );
    let second = with_id(json!({ "conversation": group, "text": "two" }));
    let refusal = on_ben.refused("message.send", second, "slow_mode").await;
    let wait = refusal.whole["retry_after_ms"].as_u64().unwrap_or_default();
    assert!((1..=3_600_001).contains(&wait), "{wait}");
    on_ana.say(&group, "three").await;
    on_ana.say(&group, "four").await;
    let over = with_id(json!({ "conversation": group, "slow_mode_seconds": 86401 }));
    on_ana.refused("conversation.update", over, "invalid_field").await;
});

on_both_databases!(a_message_races_a_removal_and_is_never_posted_behind_it, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    for round in 0..10 {
        let group = on_ana.group_with(&format!("round {round}"), &[&ben.id]).await;
        let remove = with_id(json!({ "conversation": group, "user": ben.id }));
        let sends = (0..8).map(|i| {
            let d = with_id(json!({ "conversation": group, "text": format!("{i}") }));
            on_ben.call("message.send", d)
        });
        let (removed, sent) = tokio::join!(
            on_ana.done("member.remove", remove),
            futures_util::future::join_all(sends)
        );
        let end = removed["rev"].as_i64().unwrap_or_default();
        for answer in sent {
            match answer {
                Ok(ok) => assert!(ok["seq"].as_i64() < Some(end), "posted behind the removal: {ok}"),
                Err(refusal) => assert_eq!(refusal.code, "not_a_member"),
            }
        }
    }
});
