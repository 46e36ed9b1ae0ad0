//! Bills that several people share.

use std::time::Duration;

use serde_json::json;

use super::{card, fresh};
use crate::harness::on_both_databases;

/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);

on_both_databases!(a_bill_of_ten_by_three_is_settled_exactly, |server| {
    let mut server = server;
    let people = ["ana", "ben", "eve"].map(|handle| server.register(handle));
    let [ana, ben, eve] = &people;
    server.fund(ben, "50.00", "CNY");
    server.fund(eve, "50.00", "CNY");
    let (on_ana, on_ben, on_eve) = (
        server.connect(ana).await,
        server.connect(ben).await,
        server.connect(eve).await,
    );
    let group = on_ana.group_with("knots", &[&ben.id, &eve.id]).await;
    let wanted = json!({ "conversation": group, "total": "10.00", "currency": "CNY", "split": "equal",
        "shares": [{ "user": ana.id }, { "user": ben.id }, { "user": eve.id }], "note": "dinner" });
    let made = on_ana.done("bill.create", fresh(wanted.clone())).await;
    let shares = made["flow"]["data"]["shares"].as_array().unwrap().clone();
    let amounts: Vec<_> = shares.iter().map(|share| share["amount"].as_str().unwrap()).collect();
    assert_eq!(amounts, ["3.34", "3.33", "3.33"]);
    let bill = json!({ "bill": made["flow"]["id"] });
    let other = json!({ "conversation": group, "total": "6.66", "currency": "CNY", "split": "equal",
        "shares": [{ "user": ana.id }, { "user": ben.id }] });
    let other = on_ben.done("bill.create", fresh(other)).await;
    // What ana owes ben and ben owes her is the same.
    let netting = on_eve.done("bill.netting", json!({ "conversation": group })).await;
    let proposed = json!([{ "currency": "CNY", "bills": 2, "shares": 3,
        "payments": [{ "from": eve.id, "to": ana.id, "amount": "3.33" }] }]);
    assert_eq!((&netting["currencies"], &netting["more"]), (&proposed, &json!(false)));
    let closed = fresh(json!({ "bill": other["flow"]["id"] }));
    assert_eq!(on_ben.done("bill.cancel", closed).await["flow"]["state"], "cancelled");
    on_ana.refused("bill.pay", fresh(bill.clone()), "self_transfer").await;
    let first = on_ben.done("bill.pay", fresh(bill.clone())).await;
    assert_eq!(first["flow"]["state"], "partly_paid");
    on_ben
        .refused("bill.pay", fresh(bill.clone()), "already_resolved")
        .await;
    let last = on_eve.done("bill.pay", fresh(bill.clone())).await;
    assert_eq!(last["flow"]["state"], "settled");
    assert_eq!(card(&on_ben, &made["flow"]).await["data"], last["flow"]["data"]);
    on_ana.refused("bill.cancel", fresh(bill), "bill_not_open").await;

    let mut wrong = wanted;
    wrong["split"] = json!("exact");
    wrong["shares"] = json!([{ "user": ben.id, "amount": "4.00" }, { "user": eve.id, "amount": "5.99" }]);
    let refusal = on_ana.refused("bill.create", fresh(wrong), "share_mismatch").await;
    assert_eq!(refusal.whole["detail"]["difference"], -1);
    assert!(server.sigterm(STOP_LIMIT).success());
    server.expect_quipu(&["audit"]);
});
