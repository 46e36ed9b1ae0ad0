//! Who is online, and who may know.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, Client, Cluster, new_client_id, on_both_databases, run};

/// A dead node counts as alive for 45 s, and who watches looks every 30 s.
const DEAD_LIMIT: Duration = Duration::from_secs(120);

async fn watch(client: &Client, users: &[&str]) -> Vec<(String, String)> {
    let answer = client.done("presence.watch", json!({ "users": users })).await;
    let one = |one: &Value| {
        (
            one["user"].as_str().unwrap().to_owned(),
            one["state"].as_str().unwrap().to_owned(),
        )
    };
    answer["presence"].as_array().unwrap().iter().map(one).collect()
}

async fn hears(client: &Client, user: &str, state: &str, limit: Duration) -> Value {
    let is_it = |push: &Value| {
        let d = &push["d"];
        (push["ev"] == "presence.changed" && d["user"] == user && d["state"] == state).then(|| d.clone())
    };
    client.next_push(&format!("{user} is {state}"), limit, is_it).await
}

on_both_databases!(coming_and_going_are_seen_by_those_who_may, |server| {
    let (ana, ben, eve) = (server.register("ana"), server.register("ben"), server.register("eve"));
    let (on_ana, on_eve) = (server.connect(&ana).await, server.connect(&eve).await);
    let place = on_ana.direct_with(&ben.id).await;
    let nobody = new_client_id();
    let seen = watch(&on_ana, &[&ben.id, &eve.id, &nobody]).await;
    let state = |who: &str| {
        seen.iter()
            .find(|(user, _)| user == who)
            .map(|(_, state)| state.as_str())
    };
    assert_eq!(state(&ben.id), Some("offline"));
    assert_eq!(
        (state(&eve.id), state(&nobody)),
        (Some("hidden"), Some("hidden")),
        "strangers"
    );
    let on_ben = server.connect(&ben).await;
    hears(&on_ana, &ben.id, "online", ANSWER_LIMIT).await;
    crate::harness::eventually("both are counted", ANSWER_LIMIT, async || {
        let counted = on_ana.done("presence.count", json!({ "conversation": place })).await;
        (counted["online"] == 2).then_some(())
    })
    .await;
    on_eve
        .refused("presence.count", json!({ "conversation": place }), "not_a_member")
        .await;
    drop(on_ben);
    let gone = hears(&on_ana, &ben.id, "offline", ANSWER_LIMIT).await;
    assert!(gone["last_seen"].is_string(), "{gone}");
    let many: Vec<_> = (0..201).map(|_| new_client_id()).collect();
    on_ana
        .refused("presence.watch", json!({ "users": many }), "invalid_field")
        .await;
});

on_both_databases!(who_does_not_wish_to_be_seen_is_hidden_at_once, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    on_ana.direct_with(&ben.id).await;
    assert_eq!(watch(&on_ana, &[&ben.id]).await[0].1, "online");
    on_ben.done("settings.set", json!({ "presence": "contacts" })).await;
    hears(&on_ana, &ben.id, "hidden", ANSWER_LIMIT).await;
    assert_eq!(watch(&on_ana, &[&ben.id]).await[0].1, "hidden");
    on_ben.done("contact.request", json!({ "user": ana.id })).await;
    on_ana
        .done("contact.answer", json!({ "user": ben.id, "accept": true }))
        .await;
    assert_eq!(watch(&on_ana, &[&ben.id]).await[0].1, "online");
    on_ben
        .done("contact.block", json!({ "user": ana.id, "on": true }))
        .await;
    hears(&on_ana, &ben.id, "hidden", ANSWER_LIMIT).await;
    assert_eq!(watch(&on_ana, &[&ben.id]).await[0].1, "hidden");
    on_ben
        .refused("settings.set", json!({ "presence": "cats" }), "invalid_field")
        .await;
});

#[test]
fn presence_crosses_nodes_and_ends_with_a_node_that_dies() {
    run(async {
        let Cluster {
            one,
            mut two,
            redis: _redis,
        } = Cluster::start(|plan| plan).await;
        let (ana, ben) = (one.register("ana"), one.register("ben"));
        let on_ana = one.connect(&ana).await;
        on_ana.direct_with(&ben.id).await;
        assert_eq!(watch(&on_ana, &[&ben.id]).await[0].1, "offline");
        let _on_ben = two.connect(&ben).await;
        hears(&on_ana, &ben.id, "online", ANSWER_LIMIT).await;
        two.kill9();
        hears(&on_ana, &ben.id, "offline", DEAD_LIMIT).await;
    });
}
