//! A history by what is asked for, and the whole story of one transaction.

use serde_json::{Value, json};

use crate::harness::{Client, Person, Server, new_client_id, on_both_databases};

/// All that a filter takes, page after page, newest first.
async fn found(client: &Client, filter: Value, limit: u32) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let d = json!({ "filter": filter, "limit": limit, "cursor": cursor });
        let page = client.done("wallet.history", d).await;
        let rows = page["transfers"].as_array().unwrap();
        assert!(rows.len() <= limit as usize);
        all.extend(rows.iter().cloned());
        cursor = page["next"].clone();
        if cursor.is_null() {
            return all;
        }
    }
}

fn amounts(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["amount"].as_str().unwrap()).collect()
}

async fn pay(client: &Client, to: &Person, amount: &str, note: &str) -> Value {
    let d = json!({ "client_id": new_client_id(), "to": to.id, "amount": amount, "currency": "CNY", "note": note });
    client.done("transfer.send", d).await
}

struct Town {
    ana: Person,
    ben: Person,
    eve: Person,
    on_ana: Client,
    on_ben: Client,
}

async fn town(server: &Server) -> Town {
    let [ana, ben, eve] = ["ana", "ben", "eve"].map(|handle| server.register(handle));
    server.fund(&ana, "100.00", "CNY");
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    for (to, amount, note) in [
        (&ben, "1.00", "Tea"),
        (&eve, "2.50", "Café au lait"),
        (&ben, "12.50", "喝茶 and cake"),
    ] {
        pay(&on_ana, to, amount, note).await;
    }
    pay(&on_ben, &ana, "3.00", "change").await;
    Town {
        ana,
        ben,
        eve,
        on_ana,
        on_ben,
    }
}

on_both_databases!(
    a_history_is_filtered_by_everything_that_is_asked_for_page_by_page,
    |plan| plan.set("limits.searches_per_second", "0"),
    |server| {
        let town = town(&server).await;
        let all = found(&town.on_ana, json!({}), 100).await;
        assert_eq!(amounts(&all), ["3.00", "12.50", "2.50", "1.00", "100.00"]);
        let (tea, cake) = (&all[3], &all[1]);
        for (filter, wanted) in [
            (json!({ "kind": "payment" }), vec!["3.00", "12.50", "2.50", "1.00"]),
            (json!({ "kind": "funding" }), vec!["100.00"]),
            (json!({ "direction": "in" }), vec!["3.00", "100.00"]),
            (
                json!({ "direction": "out", "person": town.ben.id }),
                vec!["12.50", "1.00"],
            ),
            (json!({ "state": "held" }), vec![]),
            (json!({ "min": "2.50", "max": "12.5" }), vec!["3.00", "12.50", "2.50"]),
            (json!({ "from": cake["at"] }), vec!["3.00", "12.50"]),
            (json!({ "to": tea["at"] }), vec!["100.00"]),
            (json!({ "text": "tea" }), vec!["1.00"]),
            (json!({ "text": "CAFE" }), vec!["2.50"]),
            (json!({ "text": "茶" }), vec!["12.50"]),
            (json!({ "text": "cake 喝" }), vec!["12.50"]),
            (json!({ "text": "eve" }), vec!["2.50"]),
            (json!({ "text": "@ben" }), vec!["3.00", "12.50", "1.00"]),
            (json!({ "text": "2.50" }), vec!["12.50", "2.50"]),
            (json!({ "text": "@ben 12.5" }), vec!["12.50"]),
            (json!({ "text": "nothing" }), vec![]),
            (json!({ "text": "  " }), vec!["3.00", "12.50", "2.50", "1.00", "100.00"]),
        ] {
            for limit in [1, 2, 100] {
                let rows = found(&town.on_ana, filter.clone(), limit).await;
                assert_eq!(amounts(&rows), wanted, "{filter} by {limit}");
            }
        }
        assert_eq!(found(&town.on_ana, json!({}), 1).await, all, "page by page as at once");
    }
);

on_both_databases!(a_filter_that_cannot_be_is_refused_by_its_field, |server| {
    let on_ana = server.connect(&server.register("ana")).await;
    for (filter, code, param) in [
        (json!({ "kind": "gift" }), "invalid_field", "filter.kind"),
        (json!({ "direction": "up" }), "invalid_field", "filter.direction"),
        (json!({ "state": "lost" }), "invalid_field", "filter.state"),
        (json!({ "person": "ben" }), "invalid_field", "filter.person"),
        (json!({ "from": "yesterday" }), "invalid_field", "filter.from"),
        (json!({ "min": "1e3" }), "amount_invalid", "filter.min"),
        (json!({ "min": "2", "max": "1" }), "invalid_field", "filter.max"),
        (json!({ "text": "x".repeat(201) }), "invalid_field", "filter.text"),
    ] {
        let refusal = on_ana
            .refused("wallet.history", json!({ "filter": filter }), code)
            .await;
        assert_eq!(refusal.param(), param, "{filter}");
    }
    let unknown = json!({ "filter": {}, "currency": "XXX" });
    on_ana.refused("wallet.history", unknown, "currency_unsupported").await;
});

on_both_databases!(one_request_looks_at_so_many_rows_and_says_where_to_go_on, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "100.00", "CNY");
    let on_ana = server.connect(&ana).await;
    pay(&on_ana, &ben, "2.00", "the first").await;
    for _ in 0..22 {
        futures_util::future::join_all((0..50).map(|_| pay(&on_ana, &ben, "0.01", ""))).await;
    }
    let page = on_ana
        .done("wallet.history", json!({ "filter": { "text": "first" } }))
        .await;
    assert_eq!(page["transfers"], json!([]));
    let next = page["next"].clone();
    let d = json!({ "filter": { "text": "first" }, "cursor": next });
    let page = on_ana.done("wallet.history", d).await;
    assert_eq!(amounts(page["transfers"].as_array().unwrap()), ["2.00"]);
});

on_both_databases!(
    a_transaction_tells_its_whole_story_from_any_of_its_rows,
    |plan| plan.set("wallet.fee_basis_points", "100"),
    |server| {
        let town = town(&server).await;
        let paid = pay(&town.on_ana, &town.ben, "10.00", "a chair").await;
        let id = paid["id"].as_str().unwrap();
        for amount in ["4.00", "1.00"] {
            server.expect_quipu(&["admin", "reverse", id, "--amount", amount, "--reason", "scratched"]);
        }
        let story = town.on_ana.done("wallet.transaction", json!({ "transfer": id })).await;
        let told = |story: &Value| {
            let rows = story["transfers"].as_array().unwrap();
            let part = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
            rows.iter()
                .map(|row| {
                    ["kind", "state", "direction", "amount"]
                        .map(|name| part(row, name))
                        .join(" ")
                })
                .collect::<Vec<_>>()
        };
        let of_ana = [
            "payment posted out 10.00",
            "fee posted out 0.10",
            "payment reversed in 4.00",
            "payment reversed in 1.00",
        ];
        assert_eq!(
            (told(&story), &story["complete"]),
            (of_ana.map(String::from).to_vec(), &json!(true))
        );
        for row in story["transfers"].as_array().unwrap() {
            let again = town
                .on_ana
                .done("wallet.transaction", json!({ "transfer": row["id"] }))
                .await;
            assert_eq!(again, story);
        }
        let of_ben = town.on_ben.done("wallet.transaction", json!({ "transfer": id })).await;
        let wanted = [
            "payment posted in 10.00",
            "payment reversed out 4.00",
            "payment reversed out 1.00",
        ];
        assert_eq!(told(&of_ben), wanted, "what the payer pays on top is theirs to know");
        assert_eq!(of_ben["transfers"][0]["counterparty"]["id"], json!(town.ana.id));

        server.expect_quipu(&["admin", "hold", "ana", "5.00", "CNY", "--reason", "a claim"]);
        let held = found(&town.on_ana, json!({ "state": "held" }), 10).await;
        server.expect_quipu(&[
            "admin",
            "capture",
            held[0]["id"].as_str().unwrap(),
            "--amount",
            "2.00",
            "--reason",
            "part of it",
        ]);
        let story = town
            .on_ana
            .done("wallet.transaction", json!({ "transfer": held[0]["id"] }))
            .await;
        assert_eq!(told(&story), ["claim held out 5.00", "claim captured out 2.00"]);
    }
);

on_both_databases!(nobody_learns_of_a_transaction_of_others, |server| {
    let town = town(&server).await;
    let paid = pay(&town.on_ana, &town.ben, "10.00", "a chair").await;
    let on_eve = server.connect(&town.eve).await;
    let ask = async |client: &Client, id: &str| {
        client
            .refused("wallet.transaction", json!({ "transfer": id }), "transfer_not_found")
            .await
            .whole
    };
    let id = paid["id"].as_str().unwrap();
    let unknown = ask(&town.on_ana, &id.replacen(|c: char| c.is_ascii_lowercase(), "Z", 1)).await;
    for asked in [id, "x", &format!("{id}.1")] {
        assert_eq!(ask(&on_eve, asked).await, unknown, "{asked}");
    }
    // What eve looks for in her own history is never found in that of others.
    let of_eve = found(&on_eve, json!({ "person": town.ben.id }), 10).await;
    assert_eq!(of_eve, Vec::<Value>::new());
});

on_both_databases!(
    a_filtered_history_is_asked_for_at_the_rate_of_a_search,
    |plan| plan.set("limits.searches_burst", "1"),
    |server| {
        let on_ana = server.connect(&server.register("ana")).await;
        on_ana.done("wallet.history", json!({ "filter": {} })).await;
        let refusal = on_ana
            .refused("wallet.history", json!({ "filter": {} }), "rate_limited")
            .await;
        assert_eq!(refusal.whole["detail"]["setting"], "limits.searches_per_second");
        on_ana.done("wallet.history", json!({})).await;
    }
);
