//! Disputes of payments.

use std::time::Duration;

use serde_json::json;

use super::{card, fresh};
use crate::harness::{ANSWER_LIMIT, eventually, on_both_databases, payment};

/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);

on_both_databases!(a_dispute_is_answered_looked_at_and_won, |server| {
    let mut server = server;
    let people = ["ana", "ben", "eve"].map(|handle| server.register(handle));
    let [ana, ben, eve] = &people;
    server.fund(ana, "50.00", "CNY");
    let (on_ana, on_ben, on_eve) = (
        server.connect(ana).await,
        server.connect(ben).await,
        server.connect(eve).await,
    );
    let paid = on_ana.pay(&ben.id, "20.00").await;
    on_ben
        .done(
            "transfer.refund",
            fresh(json!({ "transfer": paid["id"], "amount": "5.00" })),
        )
        .await;
    // Who was cheated and blocked may still say so.
    on_ben
        .done("contact.block", json!({ "user": ana.id, "on": true }))
        .await;
    let open = json!({ "transfer": paid["id"], "reason": "nothing came" });
    on_eve
        .refused("dispute.open", fresh(open.clone()), "transfer_not_found")
        .await;
    on_ben.refused("dispute.open", fresh(open.clone()), "not_yours").await;
    let asked = fresh(open.clone());
    let opened = on_ana.done("dispute.open", asked.clone()).await;
    assert_eq!(
        (&opened["flow"]["kind"], &opened["flow"]["state"]),
        (&json!("dispute"), &json!("open"))
    );
    assert_eq!(on_ana.done("dispute.open", asked).await["duplicate"], true);
    on_ana.refused("dispute.open", fresh(open), "dispute_exists").await;

    let dispute = json!({ "dispute": opened["flow"]["id"] });
    let answer = json!({ "dispute": opened["flow"]["id"], "text": "it is on its way" });
    on_eve
        .refused("dispute.answer", fresh(answer.clone()), "not_a_member")
        .await;
    on_ana
        .refused("dispute.answer", fresh(answer.clone()), "not_yours")
        .await;
    on_ben
        .refused("dispute.withdraw", fresh(dispute.clone()), "not_yours")
        .await;
    let answered = on_ben.done("dispute.answer", fresh(answer.clone())).await;
    assert_eq!(answered["flow"]["state"], "evidence");
    on_ben
        .refused("dispute.answer", fresh(answer), "already_resolved")
        .await;

    let of = paid["id"].as_str().unwrap();
    let listed = server.expect_quipu(&["admin", "disputes"]);
    assert!(
        listed.contains(of) && listed.contains("nothing came") && listed.contains("on its way"),
        "{listed}"
    );
    server.expect_quipu(&["admin", "dispute", of, "review", "--reason", "case 9"]);
    assert_eq!(card(&on_ana, &opened["flow"]).await["data"]["state"], "review");
    server.expect_quipu(&["admin", "dispute", of, "won", "--reason", "nothing was sent"]);
    let shown = card(&on_ben, &opened["flow"]).await;
    assert_eq!(
        (&shown["data"]["state"], &shown["data"]["decision"]),
        (&json!("won"), &json!("nothing was sent"))
    );
    assert_eq!(
        (on_ana.available("CNY").await, on_ben.available("CNY").await),
        ("50.00".into(), "0.00".into())
    );
    // What the payee gave back before and what was won are all of it.
    assert_eq!(card(&on_ana, &paid).await["data"]["refunded"], "20.00");
    on_ana
        .refused("dispute.withdraw", fresh(dispute), "dispute_ended")
        .await;
    let (status, said) = server.quipu(&["admin", "dispute", of, "lost", "--reason", "x"]);
    assert!(!status.success() && said.contains("dispute_ended"), "{said}");
    assert!(server.sigterm(STOP_LIMIT).success());
    server.expect_quipu(&["audit"]);
});

on_both_databases!(
    who_was_blocked_by_whom_they_paid_in_a_group_may_still_say_that_they_were_cheated,
    |server| {
        let mut server = server;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "50.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let group = on_ana.group_with("knots", &[&ben.id]).await;
        let mut wanted = payment(&ben.id, "20.00");
        wanted["conversation"] = json!(group);
        let paid = on_ana.done("transfer.send", wanted).await;
        let block = |on: bool| json!({ "user": ana.id, "on": on });
        on_ben.done("contact.block", block(true)).await;
        let direct = json!({ "kind": "direct", "members": [ben.id] });
        on_ana.refused("conversation.create", fresh(direct), "blocked").await;

        let open = json!({ "transfer": paid["id"], "reason": "nothing came" });
        let opened = on_ana.done("dispute.open", fresh(open)).await;
        let place = opened["flow"]["conversation"].as_str().unwrap();
        assert_ne!(place, group);
        assert_eq!(card(&on_ben, &opened["flow"]).await["data"]["reason"], "nothing came");
        // Where the two can say nothing else to each other until the block is lifted.
        let say = || fresh(json!({ "conversation": place, "text": "please" }));
        for client in [&on_ana, &on_ben] {
            client.refused("message.send", say(), "blocked").await;
        }
        let answer = json!({ "dispute": opened["flow"]["id"], "text": "it is on its way" });
        on_ben.done("dispute.answer", fresh(answer)).await;
        on_ben.done("contact.block", block(false)).await;
        on_ana.say(place, "thank you").await;
        assert!(server.sigterm(STOP_LIMIT).success());
        server.expect_quipu(&["audit"]);
    }
);

on_both_databases!(
    a_dispute_that_nobody_takes_up_is_put_before_the_operator,
    |plan| plan.set("flows.dispute_review_seconds", "1"),
    |server| {
        let mut server = server;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "50.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let paid = on_ana.pay(&ben.id, "20.00").await;
        let open = json!({ "transfer": paid["id"], "reason": "nothing came" });
        let opened = on_ana.done("dispute.open", fresh(open)).await;
        let reviewed = async || (card(&on_ben, &opened["flow"]).await["data"]["state"] == "review").then_some(());
        eventually("it is taken up", ANSWER_LIMIT, reviewed).await;
        // What is not there any more cannot go back, and then nothing is decided.
        on_ben.pay(&ana.id, "20.00").await;
        let of = paid["id"].as_str().unwrap();
        let (status, said) = server.quipu(&["admin", "dispute", of, "won", "--reason", "x"]);
        assert!(!status.success() && said.contains("insufficient_funds"), "{said}");
        let withdrawn = on_ana
            .done("dispute.withdraw", fresh(json!({ "dispute": opened["flow"]["id"] })))
            .await;
        assert_eq!(withdrawn["flow"]["state"], "withdrawn");
        assert_eq!(
            server.expect_quipu(&["admin", "disputes"]).trim(),
            "no dispute waits for a decision"
        );
        assert!(server.sigterm(STOP_LIMIT).success());
        server.expect_quipu(&["audit"]);
    }
);
