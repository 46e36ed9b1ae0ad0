//! What keeps money from going out: the freeze, the PIN, the hours after a method was added, the operator's view.

use serde_json::json;

use super::{add, bank, card, debit_card, now, order, quick};
use crate::harness::{ANSWER_LIMIT, Backend, Database, Server, eventually, new_client_id, on_both_databases, run};

on_both_databases!(a_frozen_wallet_takes_money_in_and_gives_none_out, quick, |server| {
    let ana = server.register("ana");
    let on_ana = server.connect(&ana).await;
    let method = add(&on_ana, debit_card()).await;
    on_ana.done("topup.create", order(&method, "5.00")).await;
    now(&on_ana, "settled").await;
    // What left before the freeze is paid all the same.
    let slow = add(&on_ana, bank("AT321904300235473204")).await;
    on_ana.done("withdraw.create", order(&slow, "1.00")).await;
    on_ana
        .done("wallet.freeze", json!({ "client_id": new_client_id() }))
        .await;
    let refusal = on_ana
        .refused("withdraw.create", order(&method, "1.00"), "account_frozen")
        .await;
    assert_eq!(refusal.whole["detail"]["money"], "not_moved");
    now(&on_ana, "paid").await;
    on_ana.done("topup.create", order(&method, "2.00")).await;
    now(&on_ana, "settled").await;
    assert_eq!(on_ana.available("CNY").await, "6.00");
    server.expect_quipu(&["audit"]);
});

on_both_databases!(
    money_goes_to_a_new_method_after_some_hours_alone,
    |plan| plan.set("funding.poll_seconds", "1"),
    |server| {
        let ana = server.register("ana");
        server.fund(&ana, "5.00", "CNY");
        let on_ana = server.connect(&ana).await;
        let added = on_ana.done("method.add", debit_card()).await["method"].clone();
        let refusal = on_ana
            .refused(
                "withdraw.create",
                order(added["id"].as_str().unwrap(), "1.00"),
                "method_cooling_off",
            )
            .await;
        assert_eq!(refusal.whole["detail"]["until"], added["withdraw_from"]);
        assert_eq!(on_ana.available("CNY").await, "5.00");
        // The twelve hours pass.
        let database = Database::of(&server).await;
        let earlier = 12_i64 * 3600 * 1_000_000;
        database
            .done(&format!("UPDATE payment_method SET added_at = added_at - {earlier}"))
            .await;
        let later = on_ana.done("method.list", json!({})).await;
        assert_eq!(later["methods"][0]["withdraw_from"], json!(null));
        on_ana
            .done("withdraw.create", order(added["id"].as_str().unwrap(), "1.00"))
            .await;
        now(&on_ana, "paid").await;
    }
);

on_both_databases!(an_expired_card_moves_nothing_until_it_is_renewed, quick, |server| {
    let ana = server.register("ana");
    server.fund(&ana, "5.00", "CNY");
    let on_ana = server.connect(&ana).await;
    let method = add(&on_ana, debit_card()).await;
    let database = Database::of(&server).await;
    // January of 2020, as the column counts months.
    database
        .done(&format!("UPDATE payment_method SET expires = {}", 2020 * 12))
        .await;
    let listed = on_ana.done("method.list", json!({})).await;
    assert_eq!(listed["methods"][0]["state"], "expired");
    for op in ["topup.create", "withdraw.create"] {
        on_ana.refused(op, order(&method, "1.00"), "method_expired").await;
    }
    let renewed = json!({ "method": method, "expires": "2040-05", "code": "321" });
    assert_eq!(on_ana.done("method.update", renewed).await["method"]["state"], "active");
    on_ana.done("topup.create", order(&method, "1.00")).await;
    now(&on_ana, "settled").await;
});

#[test]
fn a_server_without_the_hours_says_so() {
    run(async {
        let server = quick(Server::plan(Backend::Sqlite)).start().await;
        let ready = server.http().get("/readyz").expect(200).json();
        assert_eq!(
            ready["warnings"],
            json!(["wallet.require_pin", "funding.cooling_off_seconds"])
        );
        assert!(
            server
                .said()
                .contains("funding.cooling_off_seconds is off: whoever has an open session")
        );
    });
}

on_both_databases!(a_row_that_was_changed_is_found_by_the_audit, quick, |server| {
    let ana = server.register("ana");
    let on_ana = server.connect(&ana).await;
    let method = add(&on_ana, card("4242424242424242")).await;
    on_ana.done("topup.create", order(&method, "5.00")).await;
    now(&on_ana, "settled").await;
    server.expect_quipu(&["audit"]);
    let database = Database::of(&server).await;
    for (broken, mended) in [("state = 4", "state = 3"), ("amount = 501", "amount = 500")] {
        database.done(&format!("UPDATE funding SET {broken}")).await;
        let (status, said) = server.quipu(&["audit"]);
        assert!(!status.success() && said.contains("topup"), "{broken}: {said}");
        database.done(&format!("UPDATE funding SET {mended}")).await;
    }
    server.expect_quipu(&["audit"]);
    database.done("DELETE FROM funding").await;
    let (status, said) = server.quipu(&["audit"]);
    assert!(
        !status.success() && said.contains("rows are steps of 1 top-ups and withdrawals"),
        "{said}"
    );
});

on_both_databases!(an_operator_gives_back_only_what_its_flow_does_not, quick, |server| {
    let ana = server.register("ana");
    let on_ana = server.connect(&ana).await;
    let method = add(&on_ana, card("4242424242424242")).await;
    on_ana.done("topup.create", order(&method, "5.00")).await;
    now(&on_ana, "settled").await;
    let history = on_ana.done("wallet.history", json!({})).await;
    let row = history["transfers"][0]["id"].as_str().unwrap().to_owned();
    let (status, said) = server.quipu(&["admin", "reverse", &row, "--reason", "x"]);
    assert!(!status.success() && said.contains("not_reversible"), "{said}");
    let refund = json!({ "client_id": new_client_id(), "transfer": row });
    on_ana.refused("transfer.refund", refund, "not_reversible").await;
    assert_eq!(on_ana.available("CNY").await, "5.00");
});

on_both_databases!(
    a_bank_that_lies_moves_nothing_and_is_put_before_the_operator,
    quick,
    |server| {
        let ana = server.register("ana");
        server.fund(&ana, "5.00", "CNY");
        let on_ana = server.connect(&ana).await;
        let none = server.expect_quipu(&["admin", "fundings"]);
        assert!(
            none.contains("no top-up and no withdrawal has to be looked at"),
            "{none}"
        );
        let (from, to) = (
            add(&on_ana, card("4000000000000077")).await,
            add(&on_ana, bank("AT321904300235473204")).await,
        );
        on_ana.done("topup.create", order(&from, "7.00")).await;
        on_ana.done("withdraw.create", order(&to, "3.00")).await;
        now(&on_ana, "submitted").await;
        let database = Database::of(&server).await;
        database.done("UPDATE sandbox_order SET amount = 70000").await;
        eventually("both are put before the operator", ANSWER_LIMIT, async || {
            let listed = on_ana.done("funding.list", json!({})).await;
            let mut all = listed["fundings"].as_array().unwrap().iter();
            all.all(|one| one["review"] == true).then_some(())
        })
        .await;
        let told = server.expect_quipu(&["admin", "fundings"]);
        for says in [
            "topup of 7.00 CNY",
            "withdrawal of 3.00 CNY",
            "other_amount",
            &ana.id,
            "sandbox calls it sb_",
        ] {
            assert!(told.contains(says), "{says}: {told}");
        }
        assert_eq!(on_ana.available("CNY").await, "2.00");
        // The operator asks the bank by telephone: the withdrawal came to nothing.
        let listed = on_ana.done("funding.list", json!({})).await;
        let [out, came] = [&listed["fundings"][0], &listed["fundings"][1]];
        let id = |one: &serde_json::Value| one["id"].as_str().unwrap().to_owned();
        let decide = |id: &str, verdict: &str| {
            server.expect_quipu(&["admin", "funding", id, verdict, "--reason", "the bank told us"])
        };
        let told = decide(&id(out), "failed");
        assert!(told.contains("withdrawal of 3.00 CNY, failed"), "{told}");
        assert_eq!(on_ana.available("CNY").await, "5.00");
        let told = decide(&id(out), "seen");
        assert!(told.contains("nothing to look at"), "{told}");
        decide(&id(came), "done");
        assert_eq!(on_ana.available("CNY").await, "12.00");
        // Twice is once.
        decide(&id(came), "done");
        assert_eq!(on_ana.available("CNY").await, "12.00");
        let (status, said) = server.quipu(&["admin", "funding", &new_client_id(), "done", "--reason", "x"]);
        assert!(
            !status.success() && said.contains("there is no top-up and no withdrawal"),
            "{said}"
        );
        server.expect_quipu(&["audit"]);
    }
);
