//! Requests for money.

use std::time::Duration;

use serde_json::json;

use super::{card, fresh};
use crate::harness::on_both_databases;

/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);

on_both_databases!(several_people_answer_one_request_each_once, |server| {
    let mut server = server;
    let people = ["ana", "ben", "eve", "mia"].map(|handle| server.register(handle));
    let [ana, ben, eve, mia] = &people;
    server.fund(ben, "50.00", "CNY");
    let (on_ana, on_ben, on_eve, on_mia) = (
        server.connect(ana).await,
        server.connect(ben).await,
        server.connect(eve).await,
        server.connect(mia).await,
    );
    let group = on_ana.group_with("knots", &[&ben.id, &eve.id]).await;
    let asked = fresh(
        json!({ "conversation": group, "payers": [ben.id, eve.id], "amount": "20.00",
        "currency": "CNY", "note": "rope" }),
    );
    let made = on_ana.done("request.create", asked.clone()).await;
    assert_eq!(made["flow"]["state"], "open");
    let again = on_ana.done("request.create", asked).await;
    assert_eq!(
        (&again["duplicate"], &again["flow"]["id"]),
        (&json!(true), &made["flow"]["id"])
    );
    let request = json!({ "request": made["flow"]["id"] });
    on_mia
        .refused("request.pay", fresh(request.clone()), "not_a_member")
        .await;
    on_ana.refused("request.pay", fresh(request.clone()), "not_yours").await;
    on_eve
        .refused("request.pay", fresh(request.clone()), "insufficient_funds")
        .await;
    let paid = on_ben.done("request.pay", fresh(request.clone())).await;
    assert_eq!(
        (&paid["flow"]["state"], &paid["transfer"]["balance"]),
        (&json!("partly_paid"), &json!("30.00"))
    );
    on_ben
        .refused("request.pay", fresh(request.clone()), "already_resolved")
        .await;
    let declined = on_eve.done("request.decline", fresh(request.clone())).await;
    assert_eq!(declined["flow"]["state"], "paid");
    let shown = card(&on_ana, &made["flow"]).await;
    assert_eq!(shown["data"], declined["flow"]["data"]);
    let states: Vec<_> = shown["data"]["payers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["state"].clone())
        .collect();
    assert_eq!(states, ["paid", "declined"]);
    on_ana
        .refused("request.cancel", fresh(request), "request_not_open")
        .await;
    assert_eq!(on_ana.available("CNY").await, "20.00");
    assert!(server.sigterm(STOP_LIMIT).success());
    server.expect_quipu(&["audit"]);
});
