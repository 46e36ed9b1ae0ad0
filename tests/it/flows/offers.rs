//! Payments that the payee accepts first.

use std::time::Duration;

use serde_json::json;

use super::{card, fresh};
use crate::harness::{ANSWER_LIMIT, Client, eventually, on_both_databases, payment};

/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);

on_both_databases!(
    an_offer_holds_the_money_until_the_payee_accepts_it,
    |plan| plan.set("wallet.fee_basis_points", "100"),
    |server| {
        let mut server = server;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let mut d = payment(&ben.id, "10.00");
        d["accept_first"] = json!(true);
        let sent = on_ana.done("transfer.send", d.clone()).await;
        assert_eq!((&sent["state"], &sent["fee"]), (&json!("held"), &json!("0.10")));
        let held = on_ana.account("CNY").await;
        assert_eq!((&held["held"], &held["available"]), (&json!("10.10"), &json!("89.90")));
        assert_eq!(on_ben.available("CNY").await, "0.00");
        let shown = card(&on_ben, &sent).await;
        assert_eq!((&shown["id"], &shown["data"]["state"]), (&sent["id"], &json!("held")));

        let accept = fresh(json!({ "transfer": sent["id"] }));
        on_ana
            .refused("transfer.accept", fresh(accept.clone()), "not_yours")
            .await;
        let done = on_ben.done("transfer.accept", accept.clone()).await;
        assert_eq!(
            (&done["flow"]["state"], &done["duplicate"]),
            (&json!("accepted"), &json!(false))
        );
        assert_eq!(done["transfer"]["balance"], "10.00");
        let again = on_ben.done("transfer.accept", accept).await;
        assert_eq!(
            (&again["duplicate"], &again["transfer"]),
            (&json!(true), &done["transfer"])
        );
        assert_eq!(on_ana.account("CNY").await["balance"], "89.90");
        assert_eq!(card(&on_ana, &sent).await["data"]["state"], "accepted");
        for (client, op) in [(&on_ben, "transfer.decline"), (&on_ana, "transfer.cancel")] {
            let late = fresh(json!({ "transfer": sent["id"] }));
            client.refused(op, late, "already_resolved").await;
        }
        let refund = json!({ "transfer": sent["id"], "amount": "4.00" });
        on_ana
            .refused("transfer.refund", fresh(refund.clone()), "not_yours")
            .await;
        let back = on_ben.done("transfer.refund", fresh(refund)).await;
        assert_eq!((&back["amount"], &back["of"]), (&json!("4.00"), &sent["id"]));
        let shown = card(&on_ana, &sent).await;
        assert_eq!(
            (&shown["data"]["state"], &shown["data"]["refunded"]),
            (&json!("accepted"), &json!("4.00"))
        );
        assert!(server.sigterm(STOP_LIMIT).success());
        server.expect_quipu(&["audit"]);
    }
);

on_both_databases!(
    an_offer_that_nobody_accepts_goes_back_after_a_reminder,
    |plan| plan
        .set("flows.accept_seconds", "3")
        .set("flows.accept_reminder_seconds", "1"),
    |server| {
        let mut server = server;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let mut d = payment(&ben.id, "10.00");
        d["accept_first"] = json!(true);
        let sent = on_ana.done("transfer.send", d).await;
        let reminded = |push: &serde_json::Value| (push["d"]["card"]["kind"] == "reminder").then(|| push.clone());
        let reminder = on_ben.next_push("a reminder", ANSWER_LIMIT, reminded).await;
        let told = &reminder["d"]["card"]["data"];
        assert_eq!((&told["seq"], &told["people"]), (&sent["seq"], &json!([ben.id])));
        let ended = async || {
            let shown = card(&on_ben, &sent).await;
            (shown["data"]["state"] == "expired").then_some(())
        };
        eventually("the offer expires", ANSWER_LIMIT, ended).await;
        let account = on_ana.account("CNY").await;
        assert_eq!(
            (&account["held"], &account["balance"]),
            (&json!("0.00"), &json!("100.00"))
        );
        let late = fresh(json!({ "transfer": sent["id"] }));
        on_ben.refused("transfer.accept", late, "already_resolved").await;
        assert!(server.sigterm(STOP_LIMIT).success());
        server.expect_quipu(&["audit"]);
    }
);

on_both_databases!(
    a_payment_above_what_the_operator_set_is_accepted_first_whatever_its_payer_wishes,
    |plan| plan.set("wallet.accept_first_above", "{ CNY = \"10.00\", JPY = \"0\" }"),
    |server| {
        let mut server = server;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        for (amount, currency) in [("100.00", "CNY"), ("100", "JPY"), ("100.00", "EUR")] {
            server.fund(&ana, amount, currency);
        }
        let stranger = Client::open(&server).await;
        let told = stranger.hello(&ana.token).await["wallet"]["currencies"].clone();
        let bound = |code: &str| {
            let mut known = told.as_array().unwrap().iter();
            known.find(|one| one["code"] == code).unwrap()["accept_first_above"].clone()
        };
        assert_eq!(
            (bound("CNY"), bound("JPY"), bound("EUR")),
            (json!("10.00"), json!("0"), json!(null))
        );

        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let sent = async |amount: &str, currency: &str| {
            let mut d = payment(&ben.id, amount);
            d["currency"] = json!(currency);
            let answer = on_ana.done("transfer.send", d.clone()).await;
            assert_eq!(on_ana.done("transfer.send", d).await["duplicate"], true);
            answer
        };
        for (amount, currency) in [("10.00", "CNY"), ("99.00", "EUR")] {
            assert_eq!(sent(amount, currency).await["state"], "posted", "{amount} {currency}");
        }
        assert_eq!(sent("1", "JPY").await["state"], "held");
        let held = sent("10.01", "CNY").await;
        assert_eq!(held["state"], "held");
        assert_eq!(card(&on_ben, &held).await["data"]["state"], "held");
        assert_eq!(on_ben.available("CNY").await, "10.00");
        let accept = json!({ "transfer": held["id"] });
        let taken = on_ben.done("transfer.accept", fresh(accept)).await;
        assert_eq!(taken["transfer"]["balance"], "20.01");
        // A plan was agreed to beforehand, and a request is paid to who asked for it: nobody has to accept these.
        let request = fresh(json!({ "conversation": held["conversation"], "payers": [ana.id],
            "amount": "20.00", "currency": "CNY" }));
        let request = on_ben.done("request.create", request).await["flow"]["id"].clone();
        let paid = on_ana.done("request.pay", fresh(json!({ "request": request }))).await;
        assert_eq!(paid["flow"]["state"], "paid");

        // What was held stays so, and is the same payment, once the bound is gone.
        let mut open = payment(&ben.id, "15.00");
        open["currency"] = json!("CNY");
        assert_eq!(on_ana.done("transfer.send", open.clone()).await["state"], "held");
        server.replan(|plan| plan.unset("wallet.accept_first_above"));
        assert!(server.sigterm(STOP_LIMIT).success());
        server.restart();
        let on_ana = server.connect(&ana).await;
        let again = on_ana.done("transfer.send", open).await;
        assert_eq!((&again["state"], &again["duplicate"]), (&json!("held"), &json!(true)));
        assert_eq!(on_ana.pay(&ben.id, "15.00").await["state"], "posted");
        assert!(server.sigterm(STOP_LIMIT).success());
        server.expect_quipu(&["audit"]);
    }
);
