//! Red packets.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::schedules::in_ms;
use super::{card, fresh};
use crate::harness::{ANSWER_LIMIT, eventually, on_both_databases};

/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);

on_both_databases!(a_lucky_packet_is_shared_out_once_and_exactly, |server| {
    let mut server = server;
    let people = ["ana", "ben", "eve", "mia"].map(|handle| server.register(handle));
    let [ana, ben, eve, mia] = &people;
    server.fund(ana, "50.00", "CNY");
    let mut clients = Vec::new();
    for person in [ana, ben, eve, mia] {
        clients.push(server.connect(person).await);
    }
    let group = clients[0].group_with("knots", &[&ben.id, &eve.id, &mia.id]).await;
    let mut wanted = json!({ "conversation": group, "total": "10.00", "currency": "CNY", "count": 3,
        "kind": "lucky", "greeting": "good luck" });
    // What an outbox kept too long is not given any more.
    wanted["not_after"] = json!(in_ms(-1));
    clients[0]
        .refused("packet.create", fresh(wanted.clone()), "not_after_passed")
        .await;
    wanted["not_after"] = json!(in_ms(60_000));
    let made = clients[0].done("packet.create", fresh(wanted)).await;
    assert_eq!(made["transfer"]["balance"], "40.00");
    let packet = json!({ "packet": made["flow"]["id"] });
    let claims = clients
        .iter()
        .map(|client| client.call("packet.claim", fresh(packet.clone())));
    let answers: Vec<_> = join_all(claims).await;
    let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((done.len(), refused.len()), (3, 1));
    assert_eq!(refused[0].as_ref().unwrap_err().code, "packet_empty");
    let cents = |text: &serde_json::Value| text.as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    let sum: i64 = done
        .iter()
        .map(|done| cents(&done.as_ref().unwrap()["transfer"]["amount"]))
        .sum();
    assert_eq!(sum, 1000);
    let shown = card(&clients[1], &made["flow"]).await;
    assert_eq!(
        (&shown["data"]["state"], &shown["data"]["claimed"]),
        (&json!("exhausted"), &json!(3))
    );
    assert_eq!(shown["data"]["commitment"], made["flow"]["data"]["commitment"]);
    assert!(made["flow"]["data"]["seed"].is_null() && shown["data"]["seed"].is_string());
    let seen = clients[0].done("packet.show", packet).await;
    assert_eq!(seen["claims"].as_array().unwrap().len(), 3);
    assert!(server.sigterm(STOP_LIMIT).success());
    server.expect_quipu(&["audit"]);
});

/// People who want the last share at once; `tests/sim` lets a thousand of them into the lanes themselves.
const CROWD: usize = 60;

on_both_databases!(the_last_share_goes_to_one_of_a_crowd, |server| {
    let mut server = server;
    let ana = server.register("ana");
    server.fund(&ana, "50.00", "CNY");
    let on_ana = server.connect(&ana).await;
    let crowd: Vec<_> = (0..CROWD)
        .map(|number| server.register(&format!("eve{number}")))
        .collect();
    let ids: Vec<_> = crowd.iter().map(|person| person.id.as_str()).collect();
    let group = on_ana.group_with("knots", &ids).await;
    let wanted =
        fresh(json!({ "conversation": group, "total": "10.00", "currency": "CNY", "count": 2, "kind": "lucky" }));
    let made = on_ana.done("packet.create", wanted).await;
    let packet = json!({ "packet": made["flow"]["id"] });
    on_ana.done("packet.claim", fresh(packet.clone())).await;
    let mut clients = Vec::with_capacity(CROWD);
    for person in &crowd {
        clients.push(server.connect(person).await);
    }
    let claims = clients
        .iter()
        .map(|client| client.call("packet.claim", fresh(packet.clone())));
    let (took, refused): (Vec<_>, Vec<_>) = join_all(claims).await.into_iter().partition(Result::is_ok);
    assert_eq!((took.len(), refused.len()), (1, CROWD - 1));
    for told in refused {
        assert_eq!(told.unwrap_err().code, "packet_empty");
    }
    assert_eq!(card(&on_ana, &made["flow"]).await["data"]["state"], "exhausted");
    assert!(server.sigterm(STOP_LIMIT).success());
    server.expect_quipu(&["audit"]);
});

on_both_databases!(
    what_is_left_of_a_packet_goes_back_once,
    |plan| plan.set("flows.packet_seconds", "2"),
    |server| {
        let mut server = server;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "50.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let direct = on_ana.direct_with(&ben.id).await;
        let wanted = fresh(
            json!({ "conversation": direct, "total": "10.00", "currency": "CNY", "count": 3,
            "kind": "equal" }),
        );
        let made = on_ana.done("packet.create", wanted).await;
        let packet = json!({ "packet": made["flow"]["id"] });
        let took = on_ben.done("packet.claim", fresh(packet.clone())).await;
        assert_eq!(took["transfer"]["amount"], "3.34");
        on_ben
            .refused("packet.claim", fresh(packet.clone()), "already_claimed")
            .await;
        let back = async || (on_ana.available("CNY").await == "46.66").then_some(());
        eventually("the rest comes back", ANSWER_LIMIT, back).await;
        assert_eq!(card(&on_ben, &made["flow"]).await["data"]["state"], "expired");
        on_ana.refused("packet.claim", fresh(packet), "packet_expired").await;
        assert!(server.sigterm(STOP_LIMIT).success());
        server.expect_quipu(&["audit"]);
    }
);
