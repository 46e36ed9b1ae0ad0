//! Reading back: history in pages, and coming back after an absence.

use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, Follower, eventually, new_client_id, on_both_databases};

fn texts(messages: &Value) -> Vec<&str> {
    messages
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|message| message["text"].as_str())
        .collect()
}

on_both_databases!(history_is_read_in_pages_both_ways, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let client = server.connect(&ana).await;
    let conversation = client.direct_with(&ben.id).await;
    for i in 0..25 {
        client.say(&conversation, &format!("{i:02}")).await;
    }
    let mut back = Vec::new();
    let mut d = json!({ "conversation": conversation, "limit": 10 });
    loop {
        let page = client.done("message.history", d.clone()).await;
        let seqs: Vec<_> = page["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["seq"].as_i64().unwrap())
            .collect();
        assert!(
            seqs.len() <= 10 && seqs.is_sorted(),
            "a page is ascending and no longer than asked: {seqs:?}"
        );
        let mut page_texts: Vec<_> = texts(&page["messages"]).into_iter().map(str::to_owned).collect();
        page_texts.append(&mut back);
        back = page_texts;
        if page["next"].is_null() {
            break;
        }
        d["before"] = page["next"].clone();
    }
    let wanted: Vec<_> = (0..25).map(|i| format!("{i:02}")).collect();
    assert_eq!(back, wanted);
    let forward = json!(client.whole_history(&conversation).await);
    assert_eq!(texts(&forward), wanted);
});

on_both_databases!(who_comes_back_reads_exactly_what_was_missed, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let on_ana = server.connect(&ana).await;
    let conversation = on_ana.direct_with(&ben.id).await;
    let log = format!("c:{conversation}");
    let mut follower = Follower::default();
    follower.follow(&log, 0);
    let on_ben = server.connect(&ben).await;
    on_ana.say(&conversation, "before").await;
    eventually("the first message is known", ANSWER_LIMIT, async || {
        follower.listen(&on_ben).await;
        (!follower.messages(&conversation).is_empty()).then_some(())
    })
    .await;
    drop(on_ben);

    for i in 0..250 {
        on_ana.say(&conversation, &format!("while away {i}")).await;
    }
    let on_ben = server.connect(&ben).await;
    follower.reconnected(&on_ben).await;
    follower.assert_gapless(&conversation);
    let known: Vec<_> = follower.messages(&conversation).into_iter().cloned().collect();
    assert_eq!(known, on_ana.whole_history(&conversation).await);
    assert_eq!(known.iter().filter(|m| m["n"].is_i64()).count(), 251);
});

on_both_databases!(hello_resumes_in_the_same_round_trip, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let on_ana = server.connect(&ana).await;
    let conversation = on_ana.direct_with(&ben.id).await;
    let rev = on_ana.say(&conversation, "seen").await["rev"].clone();
    on_ana.say(&conversation, "not seen").await;

    let on_ben = crate::harness::Client::open(&server).await;
    let mut hello = crate::harness::hello(Some(&ben.token));
    hello["resume"] = json!({ "positions": [{ "log": format!("c:{conversation}"), "rev": rev }] });
    let answer = on_ben.done("hello", hello).await;
    let log = &answer["resume"]["logs"][0];
    assert_eq!(texts(&log["messages"]), ["not seen"]);
    assert_eq!(log["more"], false);
    assert!(log["through"].as_i64() > rev.as_i64());
});

on_both_databases!(
    a_new_conversation_is_told_to_everyone_in_it_by_their_own_log,
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let conversation = on_ana.group_with("knots", &[&ben.id]).await;
        on_ana.say(&conversation, "welcome").await;
        let told = on_ben
            .next_push("item.changed", ANSWER_LIMIT, |push| {
                let items = push["d"]["items"].as_array()?;
                let is_it = |item: &&Value| item["kind"] == "conversation" && item["key"] == conversation.as_str();
                (push["ev"] == "item.changed")
                    .then(|| items.iter().find(is_it).cloned())
                    .flatten()
            })
            .await;
        assert!(told["rev"].is_i64());
        let log = format!("u:{}", ben.id);
        let answer = on_ben
            .done("sync", json!({ "positions": [{ "log": log, "rev": 0 }] }))
            .await;
        let items = answer["logs"][0]["items"].as_array().unwrap();
        assert!(
            items.iter().any(|item| item["key"] == conversation.as_str()),
            "{answer}"
        );
    }
);

on_both_databases!(asking_for_too_much_at_once_is_refused_by_name, |server| {
    let ana = server.register("ana");
    let client = server.connect(&ana).await;
    let position = || json!({ "log": format!("c:{}", new_client_id()), "rev": 0 });
    let many: Vec<_> = (0..501).map(|_| position()).collect();
    let refusal = client
        .refused("sync", json!({ "positions": many }), "invalid_field")
        .await;
    assert_eq!(refusal.param(), "positions");
    let wrong = json!({ "positions": [{ "log": "x:1", "rev": 0 }] });
    let refusal = client.refused("sync", wrong, "invalid_field").await;
    assert!(refusal.param().starts_with("positions"), "{refusal:?}");
});
