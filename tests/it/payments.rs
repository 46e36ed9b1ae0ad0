//! Money that moves inside the conversation.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, Client, WireError, new_client_id, on_both_databases, payment};

/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);

on_both_databases!(a_payment_moves_money_and_lays_its_card_in_the_conversation, |server| {
    let mut server = server;
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "100.00", "CNY");
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let conversation = on_ana.direct_with(&ben.id).await;
    let mut d = payment(&ben.id, "12.5");
    d["conversation"] = json!(conversation);
    let paid = on_ana.done("transfer.send", d.clone()).await;
    assert_eq!(paid["state"], "posted");
    assert_eq!(paid["balance"], "87.50");
    assert_eq!(
        (&paid["conversation"], &paid["duplicate"]),
        (&json!(conversation), &json!(false))
    );

    for client in [&on_ana, &on_ben] {
        let push = client.next_event("message.posted").await;
        let card = &push["d"]["card"];
        assert_eq!((&push["d"]["kind"], &push["d"]["seq"]), (&json!("card"), &paid["seq"]));
        assert_eq!((&card["kind"], &card["id"]), (&json!("transfer"), &paid["id"]));
        let shown = json!({ "from": ana.id, "to": ben.id, "amount": "12.50", "currency": "CNY", "note": "for tea",
            "state": "posted" });
        assert_eq!(card["data"], shown);
        assert!(!push.to_string().contains("87.50"), "a card shows nobody's balance");
    }
    assert_eq!(on_ana.available("CNY").await, "87.50");
    assert_eq!(on_ben.available("CNY").await, "12.50");
    let status = on_ana
        .done("transfer.status", json!({ "client_id": d["client_id"] }))
        .await;
    assert_eq!((&status["id"], &status["state"]), (&paid["id"], &json!("posted")));
    on_ben
        .refused(
            "transfer.status",
            json!({ "client_id": d["client_id"] }),
            "transfer_not_found",
        )
        .await;

    let history = |client| async move { Client::done(client, "wallet.history", json!({})).await };
    let of_ben = history(&on_ben).await["transfers"][0].clone();
    assert_eq!(
        (&of_ben["direction"], &of_ben["amount"]),
        (&json!("in"), &json!("12.50"))
    );
    assert_eq!(
        (&of_ben["balance"], &of_ben["counterparty"]["id"]),
        (&json!("12.50"), &json!(ana.id))
    );
    let of_ana = history(&on_ana).await;
    let kinds: Vec<_> = of_ana["transfers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["kind"].clone())
        .collect();
    assert_eq!(kinds, ["payment", "funding"], "newest first");
    assert_eq!(of_ana["transfers"][1]["counterparty"], Value::Null);

    assert!(server.sigterm(STOP_LIMIT).success());
    server.expect_quipu(&["audit"]);
});

on_both_databases!(
    a_payment_without_a_conversation_finds_or_makes_the_direct_one,
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "10.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let first = on_ana.pay(&ben.id, "1").await;
        let second = on_ana.pay(&ben.id, "1").await;
        assert_eq!(first["conversation"], second["conversation"]);
        assert_eq!(
            on_ben.direct_with(&ana.id).await,
            first["conversation"].as_str().unwrap()
        );
    }
);

on_both_databases!(a_payment_shows_at_once_on_every_screen_of_both, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "10.00", "CNY");
    server.fund(&ben, "10.00", "CNY");
    let people = [&ana, &ana, &ben, &ben];
    let mut clients = Vec::new();
    for person in people {
        clients.push(server.connect(person).await);
    }
    let paid = clients[0].pay(&ben.id, "2.50").await;
    for (client, balance) in clients.iter().zip(["7.50", "7.50", "12.50", "12.50"]) {
        let changed = client.next_event("account.changed").await;
        assert_eq!(changed["d"]["account"]["balance"], balance);
        assert_eq!(changed["d"]["transfer"]["id"], paid["id"]);
    }
    for client in &clients {
        let is_it = |push: &Value| (push["ev"] == "transfer.changed").then(|| push["d"].clone());
        let all = client.pushes_from(0);
        let told = all.iter().find_map(is_it);
        let told = match told {
            Some(told) => told,
            None => client.next_push("transfer.changed", ANSWER_LIMIT, is_it).await,
        };
        assert_eq!((&told["id"], &told["state"]), (&paid["id"], &json!("posted")));
    }
});

on_both_databases!(
    of_a_hundred_payments_at_once_exactly_the_covered_ones_happen,
    |server| {
        let mut server = server;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "60.00", "CNY");
        let mut sockets = Vec::new();
        for _ in 0..4 {
            sockets.push(server.connect(&ana).await);
        }
        let sends = (0..100).map(|i| sockets[i % sockets.len()].call("transfer.send", payment(&ben.id, "1.00")));
        let answers: Vec<Result<Value, WireError>> = join_all(sends).await;
        let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(done.len(), 60);
        for refusal in refused.into_iter().filter_map(Result::err) {
            assert_eq!(refusal.code, "insufficient_funds");
            assert_eq!(refusal.whole["detail"]["available"], "0.00", "{}", refusal.whole);
            assert_eq!(refusal.whole["detail"]["money"], "not_moved");
            assert_eq!(refusal.whole["retryable"], false);
        }
        assert_eq!(sockets[0].available("CNY").await, "0.00");
        assert_eq!(server.connect(&ben).await.available("CNY").await, "60.00");
        assert!(server.sigterm(STOP_LIMIT).success());
        server.expect_quipu(&["audit"]);
    }
);

on_both_databases!(one_payment_sent_a_hundred_times_is_one_payment, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "60.00", "CNY");
    let mut sockets = Vec::new();
    for _ in 0..4 {
        sockets.push(server.connect(&ana).await);
    }
    let d = payment(&ben.id, "1.00");
    let sends = (0..100).map(|i| sockets[i % sockets.len()].done("transfer.send", d.clone()));
    let answers = join_all(sends).await;
    let first: Vec<_> = answers.iter().filter(|answer| answer["duplicate"] == false).collect();
    assert_eq!(first.len(), 1);
    for mut answer in answers.iter().cloned() {
        answer["duplicate"] = json!(false);
        assert_eq!(&answer, first[0], "all answers are equal but for duplicate");
    }
    assert_eq!(sockets[0].available("CNY").await, "59.00");
    let mut other = d.clone();
    other["amount"] = json!("2.00");
    let conflict = sockets[0].refused("transfer.send", other, "idempotency_conflict").await;
    assert_eq!(conflict.whole["detail"]["money"], "not_moved");
    // Written otherwise it is still the same intent.
    let mut same = d;
    same["amount"] = json!("1");
    assert_eq!(sockets[0].done("transfer.send", same).await["duplicate"], true);
});

on_both_databases!(a_refused_payment_is_refused_again_and_stays_so, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let client = server.connect(&ana).await;
    let d = payment(&ben.id, "1.00");
    client.refused("transfer.send", d.clone(), "insufficient_funds").await;
    let status = client
        .done("transfer.status", json!({ "client_id": d["client_id"] }))
        .await;
    assert_eq!(
        (&status["state"], &status["error"]["code"]),
        (&json!("refused"), &json!("insufficient_funds"))
    );
    server.fund(&ana, "5.00", "CNY");
    client.refused("transfer.send", d, "insufficient_funds").await;
    assert_eq!(client.available("CNY").await, "5.00");
    client
        .refused(
            "transfer.status",
            json!({ "client_id": new_client_id() }),
            "transfer_not_found",
        )
        .await;
});

on_both_databases!(an_account_opens_at_its_first_credit_in_any_currency, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let new = on_ben.account("CNY").await;
    assert_eq!(
        (&new["balance"], &new["id"], &new["log"]),
        (&json!("0.00"), &Value::Null, &Value::Null)
    );
    for (amount, currency, half) in [("10", "JPY", "5"), ("1.000", "KWD", "0.500"), ("3.00", "EUR", "1.50")] {
        server.fund(&ana, amount, currency);
        let mut d = payment(&ben.id, half);
        d["currency"] = json!(currency);
        assert_eq!(on_ana.done("transfer.send", d).await["balance"], half);
        assert_eq!(on_ben.available(currency).await, half);
    }
});

on_both_databases!(nobody_pays_in_a_conversation_that_is_not_theirs, |server| {
    let (ana, ben, eve) = (server.register("ana"), server.register("ben"), server.register("eve"));
    server.fund(&eve, "10.00", "CNY");
    let (on_ana, on_eve) = (server.connect(&ana).await, server.connect(&eve).await);
    let theirs = on_ana.direct_with(&ben.id).await;
    let mut d = payment(&ben.id, "1.00");
    d["conversation"] = json!(theirs);
    let refusal = on_eve.refused("transfer.send", d, "not_a_member").await;
    assert_eq!(refusal.whole["detail"]["money"], "not_moved");
    assert_eq!(on_eve.available("CNY").await, "10.00");
    assert_eq!(
        on_ana
            .newest(&theirs)
            .await
            .iter()
            .filter(|m| m["kind"] == "card")
            .count(),
        0
    );
});
