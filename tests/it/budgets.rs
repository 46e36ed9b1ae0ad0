//! What came and went in a month, and what people mean to spend.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, Client, Person, eventually, new_client_id, on_both_databases};

async fn pay(client: &Client, to: &Person, amount: &str) -> Value {
    let d = json!({ "client_id": new_client_id(), "to": to.id, "amount": amount, "currency": "CNY" });
    client.done("transfer.send", d).await
}

fn budget(kind: &str, amount: Value) -> Value {
    json!({ "client_id": new_client_id(), "currency": "CNY", "kind": kind, "amount": amount })
}

/// The month of a time as the wire has it.
fn month_of(at: &Value) -> String {
    at.as_str().unwrap()[..7].to_owned()
}

on_both_databases!(
    a_month_tells_what_came_and_went_and_leads_from_one_balance_to_the_other,
    |plan| plan.set("wallet.fee_basis_points", "100"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let paid = pay(&on_ana, &ben, "10.00").await;
        let first = on_ana.done("wallet.summary", json!({})).await;
        assert_eq!(first["count"], 3);
        pay(&on_ben, &ana, "3.00").await;
        server.expect_quipu(&[
            "admin",
            "reverse",
            paid["id"].as_str().unwrap(),
            "--amount",
            "4.00",
            "--reason",
            "x",
        ]);
        server.expect_quipu(&["admin", "hold", "ana", "5.00", "CNY", "--reason", "moves nothing yet"]);
        let month = month_of(&paid["at"]);
        let told = on_ana
            .done("wallet.summary", json!({ "currency": "CNY", "month": month }))
            .await;
        let sum = |kind: &str, direction: &str, returned: bool, amount: &str| json!({ "kind": kind, "direction": direction, "returned": returned, "amount": amount, "count": 1 });
        let sums = [
            sum("payment", "in", false, "3.00"),
            sum("payment", "out", false, "10.00"),
            sum("payment", "in", true, "4.00"),
            sum("funding", "in", false, "100.00"),
            sum("fee", "out", false, "0.10"),
        ];
        assert_eq!(told["sums"], json!(sums));
        let wanted = json!({ "opening": "0.00", "in": "107.00", "out": "10.10", "closing": "96.90", "count": 5,
            "complete": true, "currency": "CNY", "month": month });
        for (name, value) in wanted.as_object().unwrap() {
            assert_eq!(&told[name], value, "{name}");
        }
        assert_eq!(on_ana.account("CNY").await["balance"], "96.90");
        assert_eq!(
            on_ana.done("wallet.summary", json!({ "month": month })).await,
            told,
            "each row counts once"
        );

        let later = on_ana.done("wallet.summary", json!({ "month": "9000-01" })).await;
        assert_eq!(
            (&later["opening"], &later["closing"], &later["count"]),
            (&json!("96.90"), &json!("96.90"), &json!(0))
        );
        let before = on_ana.done("wallet.summary", json!({ "month": "2000-12" })).await;
        assert_eq!(
            (&before["opening"], &before["closing"]),
            (&json!("0.00"), &json!("0.00"))
        );
        // Nobody else's money is in it.
        let of_eve = server.connect(&server.register("eve")).await;
        let told = of_eve.done("wallet.summary", json!({ "month": month })).await;
        assert_eq!((&told["closing"], &told["sums"]), (&json!("0.00"), &json!([])));
        for month in ["2026-1", "2026-13", "now", "2026-01-01"] {
            let refusal = on_ana
                .refused("wallet.summary", json!({ "month": month }), "invalid_field")
                .await;
            assert_eq!(refusal.param(), "month");
        }
        on_ana
            .refused("wallet.summary", json!({ "currency": "XXX" }), "currency_unsupported")
            .await;
    }
);

on_both_databases!(a_long_history_is_counted_in_parts_and_each_row_once, |server| {
    const ROWS: usize = 4_500;
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "1000.00", "CNY");
    let on_ana = server.connect(&ana).await;
    for _ in 0..ROWS / 50 {
        futures_util::future::join_all((0..50).map(|_| pay(&on_ana, &ben, "0.01"))).await;
    }
    let first = on_ana.done("wallet.summary", json!({})).await;
    assert_eq!((&first["complete"], &first["closing"]), (&json!(false), &Value::Null));
    assert!(first["count"].as_u64().unwrap() < ROWS as u64);
    // What comes in between is counted behind the gap, by several who ask at once too.
    pay(&on_ana, &ben, "1.00").await;
    futures_util::future::join_all((0..4).map(|_| on_ana.done("wallet.summary", json!({})))).await;
    let last = on_ana.done("wallet.summary", json!({})).await;
    assert_eq!((&last["complete"], &last["count"]), (&json!(true), &json!(ROWS + 2)));
    assert_eq!((&last["closing"], &last["out"]), (&json!("954.00"), &json!("46.00")));
});

/// The notices in the rows of somebody's own log, as they stand.
async fn notices(client: &Client, who: &Person) -> Vec<Value> {
    let d = json!({ "positions": [{ "log": format!("u:{}", who.id), "rev": 0 }] });
    let told = client.done("sync", d).await;
    let items = told["logs"][0]["items"].as_array().unwrap();
    let budgets = items.iter().filter(|item| item["kind"] == "budget");
    let notices = budgets.map(|item| item["value"]["notice"].clone());
    notices.filter(|notice| !notice.is_null()).collect()
}

async fn notice(client: &Client, who: &Person, percent: u64) -> Value {
    let what = format!("the notice at {percent} %");
    eventually(&what, ANSWER_LIMIT, async || {
        notices(client, who)
            .await
            .into_iter()
            .find(|notice| notice["percent"] == percent)
    })
    .await
}

/// What a socket was told of notices, in order.
fn told_percents(client: &Client) -> Vec<u64> {
    let pushes = client
        .pushes_from(0)
        .into_iter()
        .filter(|push| push["ev"] == "item.changed");
    let items = pushes.flat_map(|push| push["d"]["items"].as_array().unwrap().clone());
    items
        .filter_map(|item| item["value"]["notice"]["percent"].as_u64())
        .collect()
}

on_both_databases!(
    a_budget_gives_notice_at_eighty_and_a_hundred_percent_once_each_on_every_device,
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let (phone, laptop) = (server.connect(&ana).await, server.connect(&ana).await);
        let set = phone.done("budget.set", budget("payment", json!("10"))).await;
        let view = &set["budget"];
        assert_eq!(
            (&view["amount"], &view["spent"], &view["notice"]),
            (&json!("10.00"), &json!("0.00"), &Value::Null)
        );
        pay(&phone, &ben, "7.99").await;
        pay(&phone, &ben, "0.01").await;
        let eighty = notice(&phone, &ana, 80).await;
        assert_eq!(eighty["spent"], "8.00");
        pay(&phone, &ben, "1.00").await;
        pay(&phone, &ben, "1.00").await;
        let hundred = notice(&phone, &ana, 100).await;
        assert_eq!(hundred["spent"], "10.00");
        pay(&phone, &ben, "1.00").await;
        let listed = laptop.done("budget.list", json!({})).await;
        let one = &listed["budgets"][0];
        assert_eq!(
            (&one["spent"], &one["notice"]["percent"], &one["month"]),
            (&json!("11.00"), &json!(100), &Value::Null)
        );
        assert_eq!(one["in_month"], json!(month_of(&hundred["at"])));
        for device in [&phone, &laptop] {
            let both = async || (told_percents(device).len() == 2).then_some(());
            eventually("both notices", ANSWER_LIMIT, both).await;
            assert_eq!(told_percents(device), [80, 100]);
        }
        // One that was away reads it from the own log.
        let away = server.connect(&ana).await;
        assert_eq!(notices(&away, &ana).await, [hundred]);
        // Ben's log knows nothing of it, and he has no budgets.
        let on_ben = server.connect(&ben).await;
        assert_eq!(notices(&on_ben, &ben).await, Vec::<Value>::new());
        assert_eq!(on_ben.done("budget.list", json!({})).await, json!({ "budgets": [] }));
        assert_eq!(told_percents(&on_ben), Vec::<u64>::new());
    }
);

on_both_databases!(a_notice_that_a_node_left_is_given_after_its_end_and_once, |server| {
    let mut server = server;
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "100.00", "CNY");
    let on_ana = server.connect(&ana).await;
    on_ana.done("budget.set", budget("all", json!("10.00"))).await;
    pay(&on_ana, &ben, "9.00").await;
    server.kill9();
    server.restart();
    let on_ana = server.connect(&ana).await;
    let told = notice(&on_ana, &ana, 80).await;
    let Value::Array(listed) = on_ana.done("budget.list", json!({})).await["budgets"].clone() else {
        panic!("a list")
    };
    assert_eq!(listed[0]["notice"], told);
    server.sigterm(Duration::from_secs(40));
    server.restart();
    let on_ana = server.connect(&ana).await;
    pay(&on_ana, &ben, "0.50").await;
    let spent = async || {
        let listed = on_ana.done("budget.list", json!({})).await;
        (listed["budgets"][0]["spent"] == "9.50").then(|| listed["budgets"][0]["notice"].clone())
    };
    assert_eq!(eventually("counted", ANSWER_LIMIT, spent).await, told, "once");
});

on_both_databases!(a_budget_is_set_once_by_its_id_and_changed_and_taken_away, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "100.00", "CNY");
    let on_ana = server.connect(&ana).await;
    let d = budget("payment", json!("10.00"));
    on_ana.done("budget.set", d.clone()).await;
    pay(&on_ana, &ben, "9.00").await;
    notice(&on_ana, &ana, 80).await;
    let again = on_ana.done("budget.set", d.clone()).await;
    assert_eq!(again["budget"]["notice"]["percent"], 80, "a repetition undoes nothing");
    let mut other = d.clone();
    other["amount"] = json!("11.00");
    on_ana.refused("budget.set", other, "idempotency_conflict").await;
    let more = on_ana.done("budget.set", budget("payment", json!("20.00"))).await;
    assert_eq!(
        (&more["budget"]["amount"], &more["budget"]["notice"]),
        (&json!("20.00"), &Value::Null)
    );
    let gone = on_ana.done("budget.set", budget("payment", Value::Null)).await;
    assert_eq!(gone["budget"], Value::Null);
    on_ana.done("budget.set", d).await;
    assert_eq!(
        on_ana.done("budget.list", json!({})).await["budgets"],
        json!([]),
        "a late repetition sets nothing"
    );
});

fn with(mut d: Value, name: &str, value: Value) -> Value {
    d[name] = value;
    d
}

async fn fifty_budgets(client: &Client) {
    let year: i64 = month_of(&client.done("ping", json!({})).await["now"])[..4]
        .parse()
        .unwrap();
    let mut set = 0;
    for kind in ["all", "payment", "fee", "request", "packet"] {
        for month in 1..=10 {
            let d = with(
                budget(kind, json!("1.00")),
                "month",
                json!(format!("{}-{month:02}", year + 1)),
            );
            client.done("budget.set", d).await;
            set += 1;
        }
    }
    assert_eq!(set, 50);
}

on_both_databases!(what_cannot_be_a_budget_is_refused_by_its_field, |server| {
    let on_ana = server.connect(&server.register("ana")).await;
    let d = || budget("payment", json!("1.00"));
    for (d, code, param) in [
        (with(d(), "kind", json!("funding")), "invalid_field", "kind"),
        (with(d(), "kind", json!("tea")), "invalid_field", "kind"),
        (with(d(), "month", json!("2026-13")), "invalid_field", "month"),
        (with(d(), "month", json!("1999-01")), "invalid_field", "month"),
        (with(d(), "month", json!("9999-01")), "invalid_field", "month"),
        (with(d(), "amount", json!("0")), "amount_invalid", "amount"),
        (with(d(), "amount", json!("1.001")), "amount_invalid", "amount"),
        (with(d(), "currency", json!("XXX")), "currency_unsupported", "currency"),
    ] {
        let refusal = on_ana.refused("budget.set", d.clone(), code).await;
        assert_eq!(refusal.param(), param, "{d}");
    }
    fifty_budgets(&on_ana).await;
    let refusal = on_ana.refused("budget.set", d(), "too_many").await;
    assert_eq!(refusal.whole["detail"]["most"], 50);
    assert_eq!(
        on_ana.done("budget.list", json!({})).await["budgets"]
            .as_array()
            .unwrap()
            .len(),
        50
    );
});
