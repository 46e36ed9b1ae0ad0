//! An operator's orders on the ledger, and what the people of whom they are see of them.

mod rotation;

use serde_json::{Value, json};

use crate::harness::{Client, Server, new_client_id, on_both_databases, payment, posted};

/// An operator's command that must be refused: it ends with 1 and says this.
#[track_caller]
fn refused(server: &Server, arguments: &[&str], said: &[&str]) {
    let arguments = [&["admin"], arguments, &["--reason", "case 7"]].concat();
    let (status, text) = server.quipu(&arguments);
    assert_eq!(status.code(), Some(1), "{arguments:?}: {text}");
    for part in said {
        assert!(
            text.contains(part),
            "{arguments:?} is to be refused with {part:?}: {text}"
        );
    }
}

/// An operator's command on an account.
#[track_caller]
fn changed(server: &Server, arguments: &[&str]) -> String {
    server.expect_quipu(&[&["admin"], arguments, &["--reason", "case 7"]].concat())
}

/// The next `account.changed` that says something of the account itself or of a movement.
async fn account_push(client: &Client) -> Value {
    client.next_event("account.changed").await["d"].clone()
}

/// What an account shows: balance, available, held.
fn money(account: &Value) -> [&str; 3] {
    ["balance", "available", "held"].map(|key| account[key].as_str().expect("an amount"))
}

async fn shows(client: &Client, expected: [&str; 3]) {
    assert_eq!(money(&client.account("CNY").await), expected);
}

/// The movements of an account, newest first: kind, direction, state, amount.
async fn history(client: &Client) -> Vec<[String; 4]> {
    let answer = client.done("wallet.history", json!({})).await;
    let rows = answer["transfers"].as_array().expect("a list").clone();
    rows.iter()
        .map(|row| ["kind", "direction", "state", "amount"].map(|key| row[key].as_str().unwrap().to_owned()))
        .collect()
}

on_both_databases!(what_is_held_taken_and_released_shows_at_once_to_its_owner, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "100.00", "CNY");
    let on_ana = server.connect(&ana).await;
    let hold = posted(&server, &["hold", "ana", "30.00", "CNY"]);
    let push = account_push(&on_ana).await;
    assert_eq!(money(&push["account"]), ["100.00", "70.00", "30.00"]);
    let shown = &push["transfer"];
    assert_eq!(
        [
            &shown["id"],
            &shown["kind"],
            &shown["state"],
            &shown["note"],
            &shown["counterparty"]
        ],
        [
            &json!(hold),
            &json!("claim"),
            &json!("held"),
            &json!("case 7"),
            &Value::Null
        ]
    );
    assert!(shown["expires_at"].is_string(), "{shown}");
    let refusal = on_ana
        .refused("transfer.send", payment(&ben.id, "70.01"), "insufficient_funds")
        .await;
    assert_eq!(refusal.whole["detail"]["available"], "70.00");
    refused(
        &server,
        &["hold", "ana", "70.01", "CNY"],
        &["insufficient_funds", "70.00"],
    );
    refused(
        &server,
        &["capture", &hold, "--amount", "30.01"],
        &["capture_exceeds", "30.00"],
    );
    shows(&on_ana, ["100.00", "70.00", "30.00"]).await;

    posted(&server, &["capture", &hold, "--amount", "10.00"]);
    let push = account_push(&on_ana).await;
    assert_eq!(money(&push["account"]), ["90.00", "90.00", "0.00"]);
    assert_eq!(
        (&push["transfer"]["state"], &push["transfer"]["amount"]),
        (&json!("captured"), &json!("10.00"))
    );
    refused(&server, &["capture", &hold], &["hold_resolved", "captured"]);
    refused(&server, &["void", &hold], &["hold_resolved", "captured"]);

    let given_up = posted(&server, &["hold", "ana", "90.00", "CNY"]);
    shows(&on_ana, ["90.00", "0.00", "90.00"]).await;
    posted(&server, &["void", &given_up]);
    refused(&server, &["capture", &given_up], &["hold_resolved", "voided"]);
    shows(&on_ana, ["90.00", "90.00", "0.00"]).await;

    for (wrong, said) in [
        (["void", "nonsense"], "no id of a transfer"),
        (["void", &hold.replace(&hold[..4], "AAAA")], "transfer_not_found"),
    ] {
        refused(&server, &wrong, &[said]);
    }
    refused(
        &server,
        &["hold", "ana", "1.00", "CNY", "--seconds", "0"],
        &["a hold lasts"],
    );
    refused(&server, &["hold", "nobody", "1.00", "CNY"], &["quipu: "]);
    let row = |state: &str, amount: &str| ["claim", "out", state, amount].map(str::to_owned);
    let expected = [
        row("voided", "90.00"),
        row("held", "90.00"),
        row("captured", "10.00"),
        row("held", "30.00"),
        ["funding", "in", "posted", "100.00"].map(str::to_owned),
    ];
    assert_eq!(history(&on_ana).await, expected);
    server.expect_quipu(&["audit"]);
});

on_both_databases!(
    a_payment_that_is_given_back_stands_in_its_conversation_for_both,
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let paid = on_ana.pay(&ben.id, "10.00").await;
        let id = paid["id"].as_str().unwrap();
        let back = posted(&server, &["reverse", id, "--amount", "4.00"]);
        for client in [&on_ana, &on_ben] {
            let is_it = |push: &Value| (push["d"]["card"]["kind"] == "reversal").then(|| push.clone());
            let push = client.next_push("the card", crate::harness::ANSWER_LIMIT, is_it).await;
            assert_eq!(push["ev"], "message.posted");
            let card = &push["d"]["card"];
            assert_eq!(
                (&push["d"]["conversation"], &card["id"]),
                (&paid["conversation"], &json!(back))
            );
            let shown = json!({ "from": ben.id, "to": ana.id, "amount": "4.00", "currency": "CNY", "note": "case 7",
            "state": "reversed" });
            assert_eq!(card["data"], shown);
            let newest = client.newest(paid["conversation"].as_str().unwrap()).await;
            assert_eq!(newest.last().unwrap()["card"]["id"], json!(back));
        }
        shows(&on_ana, ["94.00", "94.00", "0.00"]).await;
        shows(&on_ben, ["6.00", "6.00", "0.00"]).await;
        refused(
            &server,
            &["reverse", id, "--amount", "6.01"],
            &["refund_exceeds", "6.00"],
        );
        refused(&server, &["reverse", &back], &["not_reversible"]);
        shows(&on_ben, ["6.00", "6.00", "0.00"]).await;
        posted(&server, &["reverse", id]);
        refused(&server, &["reverse", id], &["refund_exceeds", "0.00"]);
        shows(&on_ana, ["100.00", "100.00", "0.00"]).await;
        let row = |kind: &str, direction: &str, state: &str, amount: &str| {
            [kind, direction, state, amount].map(str::to_owned)
        };
        let expected = [
            row("payment", "out", "reversed", "6.00"),
            row("payment", "out", "reversed", "4.00"),
            row("payment", "in", "posted", "10.00"),
        ];
        assert_eq!(history(&on_ben).await, expected);

        // What was spent since cannot be given back.
        let paid = on_ana.pay(&ben.id, "5.00").await;
        on_ben.pay(&ana.id, "2.00").await;
        refused(
            &server,
            &["reverse", paid["id"].as_str().unwrap()],
            &["insufficient_funds", "3.00"],
        );
        shows(&on_ben, ["3.00", "3.00", "0.00"]).await;
        server.expect_quipu(&["audit"]);
    }
);

on_both_databases!(
    an_account_is_frozen_thawed_given_credit_and_closed_before_its_owners_eyes,
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "10.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let said = changed(&server, &["freeze", "ana", "CNY"]);
        assert!(said.contains("ana is frozen: 10.00 CNY"), "{said}");
        let push = account_push(&on_ana).await;
        assert_eq!(
            (&push["account"]["status"], &push["transfer"]),
            (&json!("frozen"), &Value::Null)
        );
        let refusal = on_ana
            .refused("transfer.send", payment(&ben.id, "1.00"), "account_frozen")
            .await;
        assert_eq!(refusal.whole["detail"]["money"], "not_moved");
        refused(&server, &["freeze", "ana", "CNY"], &["account_unchanged"]);
        shows(&on_ana, ["10.00", "10.00", "0.00"]).await;
        server.fund(&ana, "1.00", "CNY");
        assert_eq!(
            account_push(&on_ana).await["account"]["balance"],
            "11.00",
            "money still comes in"
        );
        changed(&server, &["thaw", "ana", "CNY"]);
        let push = account_push(&on_ana).await;
        assert_eq!(
            (&push["account"]["status"], &push["transfer"]),
            (&json!("open"), &Value::Null)
        );
        on_ana.pay(&ben.id, "1.00").await;
        account_push(&on_ana).await;

        refused(
            &server,
            &["floor", "ana", "CNY", "10.01"],
            &["insufficient_funds", "10.00"],
        );
        changed(&server, &["floor", "ana", "CNY", "-5.00"]);
        let push = account_push(&on_ana).await;
        assert_eq!(
            (money(&push["account"]), &push["transfer"]),
            (["10.00", "15.00", "0.00"], &Value::Null)
        );
        on_ana
            .refused("transfer.send", payment(&ben.id, "15.01"), "insufficient_funds")
            .await;
        on_ana.pay(&ben.id, "15.00").await;
        shows(&on_ana, ["-5.00", "0.00", "0.00"]).await;
        refused(&server, &["close", "ana", "CNY"], &["account_not_empty", "-5.00"]);
        on_ben.pay(&ana.id, "5.00").await;

        changed(&server, &["close", "ana", "CNY"]);
        assert_eq!(on_ana.account("CNY").await["status"], "closed");
        on_ben
            .refused("transfer.send", payment(&ana.id, "1.00"), "account_closed")
            .await;
        on_ana
            .refused("transfer.send", payment(&ben.id, "1.00"), "account_closed")
            .await;
        refused(&server, &["thaw", "ana", "CNY"], &["account_closed"]);
        refused(&server, &["freeze", "ben", "EUR"], &["account_not_found"]);
        refused(
            &server,
            &["freeze", "@nothing", "CNY"],
            &["there is no account @nothing"],
        );
        assert!(changed(&server, &["freeze", "@provider_cash", "CNY"]).contains("frozen"));
        // The rows about the account itself are no movements.
        assert!(
            history(&on_ana)
                .await
                .iter()
                .all(|row| row[0] == "payment" || row[0] == "funding")
        );
        server.expect_quipu(&["audit"]);
    }
);

on_both_databases!(
    what_a_person_may_send_is_limited_in_one_payment_and_in_a_day_and_a_year,
    |plan| plan.set(
        "wallet.limits",
        "{ CNY = { single = \"50.00\", day = \"80.00\", year = \"100.00\" }, EUR = { year = \"3.00\" } }"
    ),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "1000.00", "CNY");
        server.fund(&ana, "10.00", "EUR");
        let on_ana = server.connect(&ana).await;
        let limited = async |amount: &str, currency: &str| {
            let mut d = payment(&ben.id, amount);
            d["currency"] = json!(currency);
            let refusal = on_ana.refused("transfer.send", d, "limit_exceeded").await;
            refusal.whole["detail"].clone()
        };
        let told = limited("50.01", "CNY").await;
        assert_eq!(
            told,
            json!({ "money": "not_moved", "limit": "single", "left": "50.00", "currency": "CNY" })
        );
        on_ana.pay(&ben.id, "50.00").await;
        let told = limited("30.01", "CNY").await;
        assert_eq!(
            (&told["limit"], &told["left"], &told["money"]),
            (&json!("day"), &json!("30.00"), &json!("not_moved"))
        );
        let until = told["until"].as_str().unwrap();
        assert!(until.ends_with("T00:00:00.000Z"), "{until}");
        let told = limited("3.01", "EUR").await;
        assert_eq!((&told["limit"], &told["left"]), (&json!("year"), &json!("3.00")));
        assert!(
            told["until"].as_str().unwrap().ends_with("-01-01T00:00:00.000Z"),
            "{told}"
        );
        // A claim by the operator is no payment, and money that comes in is not limited.
        posted(&server, &["hold", "ana", "60.00", "CNY"]);
        on_ana.pay(&ben.id, "30.00").await;
        assert_eq!(limited("0.01", "CNY").await["left"], "0.00");
        shows(&on_ana, ["920.00", "860.00", "60.00"]).await;
        server.expect_quipu(&["audit"]);
    }
);

on_both_databases!(
    what_a_payment_costs_is_told_agreed_to_and_taken,
    |plan| plan.set("wallet.fee_basis_points", "50"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "20.00", "CNY");
        let on_ana = Client::open(&server).await;
        let hello = on_ana.hello(&ana.token).await;
        assert_eq!(hello["wallet"]["fee_basis_points"], 50, "{hello}");
        let mut d = payment(&ben.id, "10.00");
        d["fee"] = json!("0.04");
        let refusal = on_ana.refused("transfer.send", d.clone(), "fee_changed").await;
        assert_eq!(
            (refusal.param(), &refusal.whole["detail"]),
            ("fee", &json!({ "fee": "0.05", "money": "not_moved" }))
        );
        shows(&on_ana, ["20.00", "20.00", "0.00"]).await;
        d["fee"] = json!("0.05");
        let paid = on_ana.done("transfer.send", d.clone()).await;
        assert_eq!((&paid["fee"], &paid["balance"]), (&json!("0.05"), &json!("9.95")));
        let again = on_ana.done("transfer.send", d).await;
        assert_eq!((&again["fee"], &again["duplicate"]), (&json!("0.05"), &json!(true)));
        let refusal = on_ana
            .refused("transfer.send", payment(&ben.id, "9.95"), "insufficient_funds")
            .await;
        assert_eq!(
            refusal.whole["detail"]["available"], "9.95",
            "the fee has to be there too"
        );
        let row = |kind: &str, direction: &str, amount: &str| [kind, direction, "posted", amount].map(str::to_owned);
        let expected = [
            row("fee", "out", "0.05"),
            row("payment", "out", "10.00"),
            row("funding", "in", "20.00"),
        ];
        assert_eq!(history(&on_ana).await, expected);
        let on_ben = server.connect(&ben).await;
        shows(&on_ben, ["10.00", "10.00", "0.00"]).await;
        let card = on_ben.newest(paid["conversation"].as_str().unwrap()).await;
        assert!(
            !card.last().unwrap().to_string().contains("0.05"),
            "the fee is the payer's to know"
        );
        // Too small to cost anything.
        assert_eq!(on_ana.pay(&ben.id, "1.00").await["fee"], Value::Null);
        server.expect_quipu(&["audit"]);
    }
);

on_both_databases!(
    a_payment_sent_again_is_the_first_answer_whatever_the_fee_is_by_then,
    |plan| plan.set("wallet.fee_basis_points", "50"),
    |server| {
        let mut server = server;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "20.00", "CNY");
        let mut d = payment(&ben.id, "10.00");
        d["fee"] = json!("0.05");
        server.connect(&ana).await.done("transfer.send", d.clone()).await;
        server.kill9();
        server.replan(|plan| plan.set("wallet.fee_basis_points", "0"));
        server.restart();
        let on_ana = server.connect(&ana).await;
        let again = on_ana.done("transfer.send", d.clone()).await;
        assert_eq!((&again["fee"], &again["duplicate"]), (&json!("0.05"), &json!(true)));
        d["client_id"] = json!(new_client_id());
        on_ana.refused("transfer.send", d, "fee_changed").await;
        server.expect_quipu(&["audit"]);
    }
);
