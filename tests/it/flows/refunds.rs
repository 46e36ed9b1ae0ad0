//! What goes back of a payment, whoever gives it back.

use std::time::Duration;

use serde_json::json;

use super::{card, fresh, instruct};
use crate::harness::{new_client_id, on_both_databases, payment};

/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);

on_both_databases!(
    what_an_operator_gives_back_has_its_card_whatever_ids_the_payee_has_used,
    |server| {
        let mut server = server;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "50.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let paid = on_ana.pay(&ben.id, "20.00").await;
        let id = json!(new_client_id());
        let said = json!({ "conversation": paid["conversation"], "client_id": id, "text": "thank you" });
        on_ben.done("message.send", said.clone()).await;
        let order = json!({ "order": "reverse", "of": paid["id"], "amount": "5.00" });
        let done = instruct(&server, order.clone(), &id).await;
        assert_eq!(
            (&done["result"], &done["amount"]),
            (&json!("posted"), &json!("5.00")),
            "{done}"
        );
        assert_eq!(
            instruct(&server, order, &id).await,
            done,
            "asked again, it is done once"
        );
        let rows = on_ana.whole_history(paid["conversation"].as_str().unwrap()).await;
        let backs: Vec<_> = rows.iter().filter(|row| row["card"]["kind"] == "reversal").collect();
        assert_eq!(backs.len(), 1, "{rows:?}");
        assert_eq!(
            (&backs[0]["sender"], &backs[0]["card"]["data"]["amount"]),
            (&json!(ben.id), &json!("5.00"))
        );
        assert_eq!(card(&on_ana, &paid).await["data"]["refunded"], "5.00");
        assert_eq!(on_ben.done("message.send", said).await["duplicate"], true);
        assert_eq!(on_ana.available("CNY").await, "35.00");
        assert!(server.sigterm(STOP_LIMIT).success());
        server.expect_quipu(&["audit"]);
    }
);

on_both_databases!(
    a_payment_that_was_accepted_is_named_by_its_own_id_whoever_asks_what_of_it,
    |server| {
        let mut server = server;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "50.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let mut offer = payment(&ben.id, "20.00");
        offer["accept_first"] = json!(true);
        let sent = on_ana.done("transfer.send", offer).await;
        let of = &sent["id"];
        let early = fresh(json!({ "transfer": of, "reason": "nothing came" }));
        on_ana.refused("dispute.open", early, "not_reversible").await;
        let taken = on_ben.done("transfer.accept", fresh(json!({ "transfer": of }))).await;
        let row = &taken["transfer"]["id"];
        assert_ne!(row, of, "the row that moved the money has an id of its own");

        // By whichever of the two it is asked, the payment is named as people know it.
        let back = json!({ "transfer": row, "amount": "1.00" });
        assert_eq!(&on_ben.done("transfer.refund", fresh(back)).await["of"], of);
        let order = json!({ "order": "reverse", "of": of, "amount": "2.00" });
        let done = instruct(&server, order, &json!(new_client_id())).await;
        assert_eq!(done["result"], "posted", "{done}");
        let by_row = json!({ "transfer": row, "reason": "nothing came" });
        let opened = on_ana.done("dispute.open", fresh(by_row.clone())).await;
        assert_eq!(&opened["flow"]["data"]["transfer"], of);
        for again in [by_row, json!({ "transfer": of, "reason": "nothing came" })] {
            on_ana.refused("dispute.open", fresh(again), "dispute_exists").await;
        }
        let (of, row) = (of.as_str().unwrap(), row.as_str().unwrap());
        let listed = server.expect_quipu(&["admin", "disputes"]);
        assert!(listed.contains(of) && !listed.contains(row), "{listed}");
        server.expect_quipu(&["admin", "dispute", row, "review", "--reason", "case 9"]);
        server.expect_quipu(&["admin", "dispute", of, "won", "--reason", "nothing was sent"]);
        let shown = card(&on_ana, &sent).await;
        assert_eq!(
            (&shown["data"]["state"], &shown["data"]["refunded"]),
            (&json!("accepted"), &json!("20.00"))
        );
        assert_eq!(on_ana.available("CNY").await, "50.00");
        assert!(server.sigterm(STOP_LIMIT).success());
        server.expect_quipu(&["audit"]);
    }
);
