//! What waits for somebody, whether they have seen its card or not.

use std::time::Duration;

use serde_json::{Value, json};

use super::fresh;
use crate::harness::{ANSWER_LIMIT, Client, eventually, on_both_databases, payment};

/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);

/// The ids of what waits, by pages of so many.
async fn waiting(client: &Client, limit: usize) -> Vec<Value> {
    let (mut ids, mut cursor) = (Vec::new(), json!(null));
    loop {
        let page = client
            .done("wallet.waiting", json!({ "limit": limit, "cursor": cursor }))
            .await;
        let flows = page["flows"].as_array().unwrap();
        assert!(flows.len() <= limit, "{page}");
        ids.extend(flows.iter().map(|flow| flow["id"].clone()));
        cursor = page["next"].clone();
        if cursor.is_null() {
            return ids;
        }
        assert_eq!(flows.len(), limit, "a page that is not the last one is full: {page}");
    }
}

on_both_databases!(
    what_waits_for_somebody_is_told_of_every_sort_with_the_newest_first,
    |plan| plan.set("limits.sends_per_second", "0"),
    |server| {
        let mut server = server;
        let people = ["ana", "ben", "eve"].map(|handle| server.register(handle));
        let [ana, ben, eve] = &people;
        for person in &people {
            server.fund(person, "100.00", "CNY");
        }
        let (on_ana, on_ben, on_eve) = (
            server.connect(ana).await,
            server.connect(ben).await,
            server.connect(eve).await,
        );
        let group = on_ana.group_with("knots", &[&ben.id, &eve.id]).await;
        let in_group = |mut d: Value| {
            d["conversation"] = json!(group);
            d["currency"] = json!("CNY");
            fresh(d)
        };
        assert_eq!(waiting(&on_ben, 2).await, Vec::<Value>::new());
        // Ana pays ben, who pays her; each of these waits for ben, and the last one for ana.
        let offer = async |client: &Client, to: &str| {
            let mut d = payment(to, "1.00");
            d["accept_first"] = json!(true);
            client.done("transfer.send", d).await["id"].clone()
        };
        let to_accept = offer(&on_ana, &ben.id).await;
        let asked = json!({ "payers": [eve.id, ben.id], "amount": "2.00" });
        let request = on_ana.done("request.create", in_group(asked)).await["flow"]["id"].clone();
        let shared = json!({ "total": "9.00", "split": "equal",
            "shares": [{ "user": ana.id }, { "user": ben.id }, { "user": eve.id }] });
        let bill = on_ana.done("bill.create", in_group(shared)).await["flow"]["id"].clone();
        let paid = on_ana.pay(&ben.id, "3.00").await;
        let opened = fresh(json!({ "transfer": paid["id"], "reason": "nothing came" }));
        let dispute = on_ana.done("dispute.open", opened).await["flow"]["id"].clone();
        let own = offer(&on_ben, &ana.id).await;

        let all = [&dispute, &bill, &request, &to_accept].map(Clone::clone);
        for limit in [1, 2, 3, 10] {
            assert_eq!(waiting(&on_ben, limit).await, all, "by {limit}");
        }
        assert_eq!(waiting(&on_ana, 10).await, [own]);
        assert_eq!(waiting(&on_eve, 10).await, [&bill, &request].map(Clone::clone));
        let page = on_ben.done("wallet.waiting", json!({})).await;
        let shown = &page["flows"][1];
        assert_eq!(
            (&shown["kind"], &shown["conversation"]),
            (&json!("bill"), &json!(group))
        );
        let share = json!({ "user": ben.id, "state": "open", "amount": "3.00" });
        assert!(shown["data"]["shares"].as_array().unwrap().contains(&share), "{shown}");
        for wrong in ["x", "1.x", "1.01a2096e-c441-7451-a557-d845361cb7ee.2"] {
            let refusal = on_ben
                .refused("wallet.waiting", json!({ "cursor": wrong }), "invalid_field")
                .await;
            assert_eq!(refusal.param(), "cursor");
        }

        // What is done waits no more; what somebody else has yet to do does not wait for who did their part.
        on_ben.done("bill.pay", fresh(json!({ "bill": bill }))).await;
        on_ben
            .done("request.decline", fresh(json!({ "request": request })))
            .await;
        let answer = json!({ "dispute": dispute, "text": "it is on its way" });
        on_ben.done("dispute.answer", fresh(answer)).await;
        assert_eq!(waiting(&on_ben, 10).await, vec![to_accept.clone()]);
        on_ana
            .done("transfer.cancel", fresh(json!({ "transfer": to_accept })))
            .await;
        assert_eq!(waiting(&on_ben, 10).await, Vec::<Value>::new());
        // Who left cannot pay there any more.
        let left = fresh(json!({ "conversation": group }));
        on_eve.done("conversation.leave", left).await;
        assert_eq!(waiting(&on_eve, 10).await, Vec::<Value>::new());
        assert!(server.sigterm(STOP_LIMIT).success());
        server.expect_quipu(&["audit"]);
    }
);

on_both_databases!(
    what_has_ended_by_itself_waits_for_nobody,
    |plan| plan
        .set("flows.request_seconds", "1")
        .set("flows.dispute_review_seconds", "1"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "50.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let paid = on_ana.pay(&ben.id, "3.00").await;
        let asked =
            json!({ "conversation": paid["conversation"], "payers": [ben.id], "amount": "2.00", "currency": "CNY" });
        let request = on_ana.done("request.create", fresh(asked)).await["flow"]["id"].clone();
        let opened = fresh(json!({ "transfer": paid["id"], "reason": "nothing came" }));
        let dispute = on_ana.done("dispute.open", opened).await["flow"]["id"].clone();
        assert_eq!(waiting(&on_ben, 10).await, [dispute.clone(), request]);
        // An operator looks at the dispute by then, and ben may still say something.
        let dispute = [dispute];
        let ended = async || (waiting(&on_ben, 10).await == dispute).then_some(());
        eventually("the request ends", ANSWER_LIMIT, ended).await;
    }
);
