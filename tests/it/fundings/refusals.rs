//! What top-ups and withdrawals refuse, and that nothing moved then.

use serde_json::{Value, json};

use super::{add, card, debit_card, now, order, quick};
use crate::harness::{Database, new_client_id, on_both_databases, payment};

fn with(mut d: Value, field: &str, value: Value) -> Value {
    d[field] = value;
    d
}

on_both_databases!(every_refusal_is_told_by_its_name_and_moves_nothing, quick, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "5.00", "CNY");
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let (credit, debit) = (
        add(&on_ana, card("4242424242424242")).await,
        add(&on_ana, debit_card()).await,
    );
    let removed = add(&on_ana, card("5555555555554444")).await;
    on_ana.done("method.remove", json!({ "method": removed })).await;
    let of_ben = add(&on_ben, debit_card()).await;
    for op in ["topup.create", "withdraw.create"] {
        for (d, code, param) in [
            (order(&of_ben, "1.00"), "method_not_found", "method"),
            (order(&removed, "1.00"), "method_not_found", "method"),
            (order(&new_client_id(), "1.00"), "method_not_found", "method"),
            (order(&debit, "0"), "amount_invalid", "amount"),
            (order(&debit, "-1.00"), "amount_invalid", "amount"),
            (order(&debit, "1.001"), "amount_invalid", "amount"),
            (order(&debit, "1e2"), "amount_invalid", "amount"),
            (
                with(order(&debit, "1.00"), "currency", json!("XXX")),
                "currency_unsupported",
                "currency",
            ),
            (
                with(order(&debit, "1.00"), "not_after", json!("2020-01-01T00:00:00Z")),
                "not_after_passed",
                "not_after",
            ),
            (
                with(order(&debit, "1.00"), "method", json!("x")),
                "invalid_field",
                "method",
            ),
            (
                with(order(&debit, "1.00"), "client_id", json!("x")),
                "invalid_field",
                "client_id",
            ),
        ] {
            let refusal = on_ana.refused(op, d.clone(), code).await;
            assert_eq!(refusal.param(), param, "{op} {d}");
            assert_eq!(refusal.whole["detail"]["money"], "not_moved", "{op} {d}");
        }
    }
    on_ana
        .refused("withdraw.create", order(&credit, "1.00"), "method_unusable")
        .await;
    let too_much = order(&debit, "5.01");
    let refusal = on_ana
        .refused("withdraw.create", too_much.clone(), "insufficient_funds")
        .await;
    assert_eq!(refusal.whole["detail"]["available"], "5.00");
    // It was refused for good.
    server.fund(&ana, "1.00", "CNY");
    on_ana.refused("withdraw.create", too_much, "insufficient_funds").await;
    assert_eq!(on_ana.available("CNY").await, "6.00");
    assert_eq!(on_ana.done("funding.list", json!({})).await["fundings"], json!([]));
    on_ana
        .refused("funding.list", json!({ "cursor": "nonsense" }), "invalid_field")
        .await;
    server.expect_quipu(&["audit"]);
});

on_both_databases!(an_id_stands_for_one_thing, quick, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "50.00", "CNY");
    let on_ana = server.connect(&ana).await;
    let method = add(&on_ana, debit_card()).await;
    let d = order(&method, "1.00");
    on_ana.done("topup.create", d.clone()).await;
    for other in [
        with(d.clone(), "amount", json!("2.00")),
        with(d.clone(), "currency", json!("EUR")),
        with(d.clone(), "method", json!(new_client_id())),
    ] {
        on_ana.refused("topup.create", other, "idempotency_conflict").await;
    }
    on_ana
        .refused("withdraw.create", d.clone(), "idempotency_conflict")
        .await;
    let pay = with(payment(&ben.id, "1.00"), "client_id", d["client_id"].clone());
    on_ana.refused("transfer.send", pay, "idempotency_conflict").await;
    let paid = payment(&ben.id, "1.00");
    on_ana.done("transfer.send", paid.clone()).await;
    for op in ["topup.create", "withdraw.create"] {
        let again = with(order(&method, "1.00"), "client_id", paid["client_id"].clone());
        on_ana.refused(op, again, "idempotency_conflict").await;
    }
    // The same holds for a method that is added.
    let added = card("5555555555554444");
    on_ana.done("method.add", added.clone()).await;
    let pay = with(payment(&ben.id, "1.00"), "client_id", added["client_id"].clone());
    on_ana.refused("transfer.send", pay, "idempotency_conflict").await;
    for used in [&d, &paid] {
        let again = with(card("378282246310005"), "client_id", used["client_id"].clone());
        on_ana.refused("method.add", again, "idempotency_conflict").await;
    }
    server.expect_quipu(&["audit"]);
});

on_both_databases!(
    as_many_are_under_way_as_may_be,
    |plan| plan.set("funding.cooling_off_seconds", "0"),
    |server| {
        let ana = server.register("ana");
        let on_ana = server.connect(&ana).await;
        let method = add(&on_ana, card("4000000000003220")).await;
        for _ in 0..20 {
            on_ana.done("topup.create", order(&method, "1.00")).await;
        }
        let refusal = on_ana.refused("topup.create", order(&method, "1.00"), "too_many").await;
        let detail = &refusal.whole["detail"];
        assert_eq!((&detail["most"], &detail["money"]), (&json!(20), &json!("not_moved")));
    }
);

on_both_databases!(who_is_declined_again_and_again_waits_for_a_day, quick, |server| {
    let ana = server.register("ana");
    server.fund(&ana, "5.00", "CNY");
    let on_ana = server.connect(&ana).await;
    let (bad, good) = (
        add(&on_ana, card("4000000000000002")).await,
        add(&on_ana, debit_card()).await,
    );
    for _ in 0..10 {
        on_ana.done("topup.create", order(&bad, "1.00")).await;
        now(&on_ana, "failed").await;
    }
    let refusal = on_ana
        .refused("topup.create", order(&good, "1.00"), "too_many_tries")
        .await;
    assert_eq!(refusal.whole["detail"]["most"], 10);
    // Their own money goes out all the same.
    on_ana.done("withdraw.create", order(&good, "1.00")).await;
    let database = Database::of(&server).await;
    database
        .done("UPDATE funding SET at = at - 86400000000 WHERE state = 4")
        .await;
    on_ana.done("topup.create", order(&good, "1.00")).await;
    now(&on_ana, "settled").await;
});
