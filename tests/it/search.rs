//! What people find again, and that nobody finds what they may not read.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, Client, new_client_id, on_both_databases};

fn with_id(mut d: Value) -> Value {
    d["client_id"] = json!(new_client_id());
    d
}

/// What is found once the index holds everything that the caller may search.
async fn found(client: &Client, d: Value) -> Value {
    let until = Instant::now() + ANSWER_LIMIT;
    loop {
        let page = client.done("search.messages", d.clone()).await;
        if page["behind"] == 0 {
            return page;
        }
        assert!(Instant::now() < until, "the index stays behind: {page}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn texts(client: &Client, query: &str) -> Vec<String> {
    let page = found(client, json!({ "query": query })).await;
    text_of(&page)
}

fn text_of(page: &Value) -> Vec<String> {
    let messages = page["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message["text"].as_str().unwrap_or_default().to_owned())
        .collect()
}

on_both_databases!(
    words_are_found_in_english_and_chinese_the_newest_first,
    |plan| plan.set("limits.searches_per_second", "0"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let place = on_ana.direct_with(&ben.id).await;
        let group = on_ben.group_with("market day", &[&ana.id]).await;
        for (conversation, text) in [
            (&place, "Shall we meet at the Café tomorrow?"),
            (&group, "the farmers' market opens at nine"),
            (&place, "我们明天见吧"),
            (&place, "明天,天见"),
            (&group, "marketing is something else"),
        ] {
            on_ana.say(conversation, text).await;
        }
        for reader in [&on_ana, &on_ben] {
            assert_eq!(texts(reader, "cafe").await, ["Shall we meet at the Café tomorrow?"]);
            assert_eq!(
                texts(reader, "market").await,
                ["marketing is something else", "the farmers' market opens at nine"]
            );
            assert_eq!(texts(reader, "market ").await, ["the farmers' market opens at nine"]);
            assert_eq!(
                texts(reader, "nine MARKET").await,
                ["the farmers' market opens at nine"]
            );
            assert_eq!(texts(reader, "明天").await, ["明天,天见", "我们明天见吧"]);
            assert_eq!(texts(reader, "明天见").await, ["我们明天见吧"]);
            assert_eq!(texts(reader, "见").await, ["明天,天见", "我们明天见吧"]);
            assert_eq!(texts(reader, "arket").await, [""; 0]);
            assert_eq!(texts(reader, "meet market").await, [""; 0]);
            assert_eq!(texts(reader, " 🙂 ").await, [""; 0]);
            let here = found(reader, json!({ "query": "market", "conversation": place })).await;
            assert_eq!(here["messages"], json!([]));
        }
    }
);

on_both_databases!(
    nobody_finds_what_they_may_not_read,
    |plan| plan.set("limits.searches_per_second", "0"),
    |server| {
        let (ana, ben, eve) = (server.register("ana"), server.register("ben"), server.register("eve"));
        let on_ana = server.connect(&ana).await;
        let (on_ben, on_eve) = (server.connect(&ben).await, server.connect(&eve).await);
        let group = on_ana.group_with("knots", &[&ben.id]).await;
        let update = with_id(json!({ "conversation": group, "history": "from_join" }));
        on_ana.done("conversation.update", update).await;
        on_ana.say(&group, "pelican before eve").await;
        assert_eq!(texts(&on_eve, "pelican").await, [""; 0]);
        let inside = json!({ "query": "pelican", "conversation": group });
        on_eve.refused("search.messages", inside.clone(), "not_a_member").await;
        let nowhere = json!({ "query": "pelican", "conversation": new_client_id() });
        on_eve.refused("search.messages", nowhere, "not_a_member").await;

        let add = with_id(json!({ "conversation": group, "users": [eve.id] }));
        on_ana.done("member.add", add).await;
        assert_eq!(texts(&on_eve, "pelican").await, [""; 0], "said before her time");
        let sent = on_ana.say(&group, "pelican with eve").await;
        assert_eq!(texts(&on_eve, "pelican").await, ["pelican with eve"]);
        assert_eq!(
            texts(&on_ben, "pelican").await,
            ["pelican with eve", "pelican before eve"]
        );

        let hide = json!({ "conversation": group, "seqs": [sent["seq"]] });
        on_ben.done("message.hide", hide).await;
        assert_eq!(texts(&on_ben, "pelican").await, ["pelican before eve"]);
        assert_eq!(texts(&on_eve, "pelican").await, ["pelican with eve"]);

        let remove = with_id(json!({ "conversation": group, "user": eve.id }));
        on_ana.done("member.remove", remove).await;
        assert_eq!(texts(&on_eve, "pelican").await, [""; 0], "no member any more");
        on_eve.refused("search.messages", inside, "not_a_member").await;
    }
);

on_both_databases!(
    what_was_changed_is_found_as_it_is_now,
    |plan| plan.set("limits.searches_per_second", "0"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let place = on_ana.direct_with(&ben.id).await;
        let first = on_ana.say(&place, "the heron stands still").await;
        let second = on_ana.say(&place, "another heron").await;
        assert_eq!(
            texts(&on_ben, "heron").await,
            ["another heron", "the heron stands still"]
        );
        let edit = with_id(json!({ "conversation": place, "seq": first["seq"], "text": "the stork stands still" }));
        on_ana.done("message.edit", edit).await;
        // At once, wherever the index is: what is told was read a moment ago.
        let page = on_ben.done("search.messages", json!({ "query": "heron" })).await;
        assert_eq!(text_of(&page), ["another heron"]);
        assert_eq!(texts(&on_ben, "stork").await, ["the stork stands still"]);
        let recall = with_id(json!({ "conversation": place, "seq": second["seq"] }));
        on_ana.done("message.recall", recall).await;
        let page = on_ben.done("search.messages", json!({ "query": "heron" })).await;
        assert_eq!(page["messages"], json!([]));
        assert_eq!(texts(&on_ana, "another").await, [""; 0]);
    }
);

on_both_databases!(
    pages_go_on_where_the_one_before_ended_and_tell_each_message_once,
    |plan| plan
        .set("limits.searches_per_second", "0")
        .set("limits.sends_per_second", "0"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let on_ana = server.connect(&ana).await;
        let direct = on_ana.direct_with(&ben.id).await;
        let group = on_ana.group_with("herd", &[&ben.id]).await;
        let mut said = Vec::new();
        for number in 0..60 {
            let text = format!(
                "sheep number {number} {}",
                if number % 3 == 0 { "black" } else { "white" }
            );
            on_ana.say(if number % 2 == 0 { &direct } else { &group }, &text).await;
            said.insert(0, text);
        }
        for (query, want) in [
            ("sheep", ""),
            ("she", ""),
            ("black sheep", "black"),
            ("sheep bla", "black"),
        ] {
            let (mut seen, mut cursor) = (Vec::new(), Value::Null);
            loop {
                let page = found(&on_ana, json!({ "query": query, "limit": 7, "cursor": cursor })).await;
                seen.extend(text_of(&page));
                cursor = page["next"].clone();
                if cursor.is_null() {
                    break;
                }
            }
            let wanted: Vec<_> = said.iter().filter(|text| text.contains(want)).cloned().collect();
            assert_eq!(seen, wanted, "{query}");
        }
        let bad = json!({ "query": "sheep", "cursor": "somewhere" });
        on_ana.refused("search.messages", bad, "invalid_field").await;
    }
);

on_both_databases!(
    what_a_node_had_not_indexed_when_it_died_is_indexed_by_the_next,
    |plan| plan
        .set("limits.searches_per_second", "0")
        .set("limits.sends_per_second", "0"),
    |mut server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let on_ana = server.connect(&ana).await;
        let place = on_ana.direct_with(&ben.id).await;
        for number in 0..200 {
            on_ana.say(&place, &format!("ibis {number}")).await;
        }
        server.kill9();
        drop(on_ana);
        if server.backend() == Backend::Sqlite {
            // All of it can be made anew.
            for side in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(server.data_folder().join(format!("search.db{side}")));
            }
        }
        server.restart();
        let on_ben = server.connect(&ben).await;
        let mut numbers = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let page = found(&on_ben, json!({ "query": "ibis", "cursor": cursor })).await;
            numbers.extend(text_of(&page));
            cursor = page["next"].clone();
            if cursor.is_null() {
                break;
            }
        }
        let wanted: Vec<_> = (0..200).rev().map(|number| format!("ibis {number}")).collect();
        assert_eq!(numbers, wanted);
    }
);

on_both_databases!(
    people_are_found_by_name_and_strangers_by_their_whole_handle_alone,
    |server| {
        let (ana, ben, eve) = (
            server.register("ana"),
            server.register("benjamin"),
            server.register("evelyn"),
        );
        let on_ana = server.connect(&ana).await;
        let on_eve = server.connect(&eve).await;
        let place = on_ana.direct_with(&ben.id).await;
        let found = |query: &'static str| {
            let on_ana = &on_ana;
            async move {
                let found = on_ana.done("search.people", json!({ "query": query })).await;
                let users = found["users"].as_array().unwrap().clone();
                users
                    .iter()
                    .map(|user| user["handle"].as_str().unwrap().to_owned())
                    .collect::<Vec<_>>()
            }
        };
        assert_eq!(found("benj").await, ["benjamin"], "whom one talks to");
        assert_eq!(found("@ben").await, ["benjamin"]);
        assert_eq!(found("evel").await, [""; 0], "a stranger is not found by a part");
        assert_eq!(found("@evelyn").await, ["evelyn"]);
        assert_eq!(found("@nobody_here").await, [""; 0]);
        on_ana.done("contact.request", json!({ "user": eve.id })).await;
        on_eve
            .done("contact.answer", json!({ "user": ana.id, "accept": true }))
            .await;
        assert_eq!(found("evel").await, ["evelyn"], "a contact is");

        let group = on_ana.group_with("Knots and cords", &[&ben.id, &eve.id]).await;
        for (query, wanted) in [
            ("cord", vec![&group]),
            ("benj", vec![&place]),
            ("evel", vec![]),
            ("zzz", vec![]),
        ] {
            let found = on_ana.done("search.conversations", json!({ "query": query })).await;
            let ids: Vec<_> = found["conversations"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| &one["id"])
                .collect();
            assert_eq!(ids, wanted, "{query}");
        }
        let found = on_eve.done("search.conversations", json!({ "query": "benj" })).await;
        assert_eq!(found["conversations"], json!([]), "others' conversations are not found");
    }
);

on_both_databases!(
    too_long_a_query_and_too_many_searches_are_refused_by_name,
    |plan| plan
        .set("limits.searches_per_second", "1")
        .set("limits.searches_burst", "2"),
    |server| {
        let ana = server.register("ana");
        let on_ana = server.connect(&ana).await;
        let long = json!({ "query": "字".repeat(201) });
        for op in ["search.messages", "search.people", "search.conversations"] {
            let refusal = on_ana.refused(op, long.clone(), "invalid_field").await;
            assert_eq!(refusal.param(), "query");
            on_ana.refused(op, json!({}), "invalid_field").await;
        }
        for _ in 0..2 {
            on_ana.done("search.people", json!({ "query": "a" })).await;
        }
        let refusal = on_ana
            .refused("search.messages", json!({ "query": "a" }), "rate_limited")
            .await;
        assert!(refusal.whole.to_string().contains("limits.searches_per_second"));
    }
);
