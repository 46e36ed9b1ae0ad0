//! Large groups: who looks hears everything, who does not hears how far it is, and nothing is written for each member.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{
    ANSWER_LIMIT, Backend, Client, Database, Person, Server, eventually, new_client_id, on_both_databases,
};

/// As many members as a group may have.
const MEMBERS: usize = 5_000;
/// Words of what is said there: search may keep a row for each.
const WORDS: i64 = 4;

async fn look(client: &Client, conversation: Option<&str>) {
    let d = json!({ "conversation": conversation });
    assert_eq!(client.done("conversation.focus", d.clone()).await, d);
}

/// Waits for a text in a push of its own.
async fn hears(client: &Client, text: &str) {
    let is_it = |push: &Value| (push["ev"] == "message.posted" && push["d"]["text"] == text).then_some(());
    client.next_push(text, ANSWER_LIMIT, is_it).await;
}

/// Waits until it is told that a message stands, and hears that it was told without its words.
async fn learns(client: &Client, said: &Value, text: &str) {
    let log = format!("c:{}", said["conversation"].as_str().unwrap());
    let is_it =
        |push: &Value| (push["ev"] == "head" && push["log"] == *log && push["rev"] == said["rev"]).then_some(());
    client.next_push("the head", ANSWER_LIMIT, is_it).await;
    let words = client.pushes_from(0).into_iter().find(|push| push["d"]["text"] == text);
    assert_eq!(words, None);
}

on_both_databases!(
    who_looks_hears_everything_and_who_does_not_hears_how_far_it_is,
    |plan| plan.set("limits.head_mode_members", "3"),
    |server| {
        let (ana, ben, eve) = (server.register("ana"), server.register("ben"), server.register("eve"));
        let on_ana = server.connect(&ana).await;
        let phone = Client::open(&server).await;
        let welcome = phone.hello(&ben.token).await;
        assert_eq!(welcome["limits"]["head_mode_members"], 3);
        let desk = server.connect(&ben).await;
        let group = on_ana.group_with("knots", &[&ben.id, &eve.id]).await;
        let pair = on_ana.direct_with(&ben.id).await;

        look(&phone, Some(&group)).await;
        let said = on_ana.say(&group, "one").await;
        hears(&phone, "one").await;
        learns(&desk, &said, "one").await;
        learns(&on_ana, &said, "one").await;
        let edit =
            json!({ "client_id": new_client_id(), "conversation": group, "seq": said["seq"], "text": "one, edited" });
        let edited = on_ana.done("message.edit", edit).await;
        assert_eq!(phone.next_event("message.changed").await["rev"], edited["rev"]);
        learns(&desk, &edited, "one, edited").await;

        on_ana.say(&pair, "a small one").await;
        hears(&phone, "a small one").await;
        hears(&desk, "a small one").await;

        look(&phone, Some(&pair)).await;
        learns(&phone, &on_ana.say(&group, "two").await, "two").await;
        look(&phone, Some(&group)).await;
        on_ana.say(&group, "three").await;
        hears(&phone, "three").await;
        look(&phone, None).await;
        learns(&phone, &on_ana.say(&group, "four").await, "four").await;

        // A new socket looks at nothing, and what came before its focus is read.
        look(&desk, Some(&group)).await;
        drop(desk);
        let desk = server.connect(&ben).await;
        learns(&desk, &on_ana.say(&group, "five").await, "five").await;
        look(&desk, Some(&group)).await;
        let sync = json!({ "positions": [{ "log": format!("c:{group}"), "rev": 0 }] });
        let synced = desk.done("sync", sync).await;
        let read: Vec<_> = synced["logs"][0]["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["text"])
            .collect();
        assert_eq!(read, ["one, edited", "two", "three", "four", "five"]);
        on_ana.say(&group, "six").await;
        hears(&desk, "six").await;
    }
);

on_both_databases!(
    one_looks_only_where_one_is_a_member_and_the_last_word_counts,
    |plan| plan.set("limits.head_mode_members", "3"),
    |server| {
        let people = ["ana", "ben", "eve", "kim"].map(|handle| server.register(handle));
        let [ana, ben, eve, kim] = &people;
        let (on_ana, on_ben, on_eve) = (
            server.connect(ana).await,
            server.connect(ben).await,
            server.connect(eve).await,
        );
        let group = on_ana.group_with("knots", &[&ben.id, &eve.id, &kim.id]).await;
        let foreign = on_ana.direct_with(&kim.id).await;
        look(&on_ben, Some(&group)).await;
        for other in [foreign, new_client_id()] {
            let d = json!({ "conversation": other });
            on_ben.refused("conversation.focus", d, "not_a_member").await;
        }
        on_ben
            .refused(
                "conversation.focus",
                json!({ "conversation": "knots" }),
                "invalid_field",
            )
            .await;
        on_ana.say(&group, "still there").await;
        hears(&on_ben, "still there").await;

        // Asked in one go, the last one counts.
        let from = on_ben.frame_count();
        for id in 1..=20 {
            let conversation = (id % 2 == 1).then_some(&group);
            let d = json!({ "conversation": conversation });
            let frame = json!({ "id": 1_000 + id, "op": "conversation.focus", "d": d });
            on_ben.send_raw(frame.to_string()).await;
        }
        let last = |frame: &Value| (frame["id"] == 1_020).then_some(());
        on_ben.frame("the last answer", from, last).await;
        learns(&on_ben, &on_ana.say(&group, "away").await, "away").await;

        look(&on_eve, Some(&group)).await;
        let d = json!({ "client_id": new_client_id(), "conversation": group, "user": eve.id });
        on_ana.done("member.remove", d).await;
        on_eve
            .refused("conversation.focus", json!({ "conversation": group }), "not_a_member")
            .await;
        let said = on_ana.say(&group, "without eve").await;
        learns(&on_ben, &said, "without eve").await;
        let log = format!("c:{group}");
        let heard = on_eve.pushes_from(0);
        assert!(
            !heard
                .iter()
                .any(|push| push["log"] == *log && push["rev"] == said["rev"])
        );
    }
);

/// People of the database, made at once.
pub(crate) fn seeded(server: &Server, count: usize) -> Vec<Person> {
    let file = server.data_folder().join("people.jsonl").display().to_string();
    server.expect_quipu(&["admin", "seed", "--users", &count.to_string(), "--out", &file]);
    let lines = std::fs::read_to_string(file).unwrap();
    let person = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        Person {
            handle: text("handle"),
            password: String::new(),
            token: text("token"),
            id: text("id"),
        }
    };
    lines.lines().map(person).collect()
}

/// How many rows each table has.
async fn rows(database: &Database) -> BTreeMap<String, i64> {
    let tables = match database.backend() {
        Backend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        Backend::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
    };
    let mut rows = BTreeMap::new();
    for [table] in database.texts::<1>(tables).await {
        let table = table.unwrap();
        let count = database
            .text(&format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}"))
            .await;
        rows.insert(table, count.parse().unwrap());
    }
    rows
}

on_both_databases!(
    a_group_of_five_thousand_is_told_and_nothing_is_written_for_each,
    |plan| plan
        .set("limits.frame_bytes", "1048576")
        .set("limits.outbox_bytes", "4194304"),
    |server| {
        let people = seeded(&server, MEMBERS);
        let mut sockets = Vec::new();
        for person in people.iter().take(9) {
            sockets.push(server.connect(person).await);
        }
        let others: Vec<_> = people.iter().skip(1).map(|person| person.id.as_str()).collect();
        let group = sockets[0].group_with("the whole valley", &others).await;
        let get = json!({ "conversation": group });
        let listed = sockets[8].done("conversation.get", get).await;
        assert_eq!(listed["conversation"]["member_count"], MEMBERS);
        let (looking, away) = sockets.split_at(5);
        for socket in looking {
            look(socket, Some(&group)).await;
        }
        looking[0].say(&group, "the first").await;
        hears(&looking[1], "the first").await;

        let database = Database::of(&server).await;
        // The rows that say who is online are written a moment after they came.
        eventually("all sockets are counted", ANSWER_LIMIT, async || {
            let counted = away[0].done("presence.count", json!({ "conversation": group })).await;
            (counted["online"] == sockets.len()).then_some(())
        })
        .await;
        let before = rows(&database).await;
        let said = looking[0].say(&group, "hello, all of you").await;
        for socket in looking {
            hears(socket, "hello, all of you").await;
        }
        for socket in away {
            learns(socket, &said, "hello, all of you").await;
        }
        let after = rows(&database).await;
        assert_eq!(after["message"], before["message"] + 1);
        let grown = |(table, count): (&String, &i64)| (*count > before[table] + WORDS).then(|| table.clone());
        let grown: Vec<_> = after.iter().filter_map(grown).collect();
        assert!(grown.is_empty(), "{grown:?} grew by more than one row a word");

        // Nobody hears who types or has read; the own other devices hear the mark.
        let elsewhere = server.connect(&people[1]).await;
        let mark = json!({ "conversation": group, "seq": said["seq"] });
        looking[2]
            .done("typing.set", json!({ "conversation": group, "on": true }))
            .await;
        looking[1].done("read.mark", mark).await;
        elsewhere.next_event("read.marked").await;
        looking[0].say(&group, "the last").await;
        for socket in [&looking[0], &looking[3]] {
            hears(socket, "the last").await;
            let told = |push: &Value| push["ev"] == "typing" || push["ev"] == "read.marked";
            assert!(!socket.pushes_from(0).iter().any(told));
        }
    }
);
