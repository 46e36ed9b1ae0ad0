//! Cards and bank accounts: what can be added, and what is kept of it.

use serde_json::{Value, json};

use crate::fundings::{bank, card, debit_card, now};
use crate::harness::{Backend, Cluster, Database, Server, new_client_id, on_both_databases, run};

/// A card of the sandbox, typed as people type.
const TYPED: &str = "4242-4242 4242 4242";

fn named(d: Value, what: &str, field: &str, value: &str) -> Value {
    let mut d = d;
    d[what][field] = json!(value);
    d
}

on_both_databases!(a_card_and_an_account_are_added_named_preferred_and_removed, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let first = on_ana.done("method.add", card(TYPED)).await;
    let view = &first["method"];
    let wanted = json!({ "kind": "card", "brand": "visa", "funding": "credit", "last_four": "4242",
        "holder": "Ana Díaz", "label": "", "expires": "2039-12", "state": "active", "default": true, "top_up": true,
        "withdraw": false, "withdraw_from": null, "unfinished": 0 });
    for (field, value) in wanted.as_object().unwrap() {
        assert_eq!(&view[field], value, "{field}");
    }
    assert_eq!(first["duplicate"], false);

    let mut account = bank("AT61 1904 3002 3457 3201");
    account["label"] = json!("wages");
    let second = on_ana.done("method.add", account.clone()).await["method"].clone();
    assert_eq!(
        (
            &second["kind"],
            &second["brand"],
            &second["last_four"],
            &second["label"]
        ),
        (&json!("bank"), &json!("AT"), &json!("3201"), &json!("wages"))
    );
    assert_eq!((&second["default"], &second["withdraw"]), (&json!(false), &json!(true)));
    let again = on_ana.done("method.add", account.clone()).await;
    assert_eq!(
        (&again["method"]["id"], &again["duplicate"]),
        (&second["id"], &json!(true))
    );
    account["label"] = json!("other");
    on_ana.refused("method.add", account, "idempotency_conflict").await;

    let renamed = on_ana
        .done(
            "method.update",
            json!({ "method": view["id"], "label": "  blue card " }),
        )
        .await;
    assert_eq!(renamed["method"]["label"], "blue card");
    let renewed = json!({ "method": view["id"], "expires": "2040-01", "code": "999" });
    assert_eq!(
        on_ana.done("method.update", renewed).await["method"]["expires"],
        "2040-01"
    );

    let listed = on_ana.done("method.default", json!({ "method": second["id"] })).await;
    let order = |told: &Value| -> Vec<(Value, Value)> {
        let methods = told["methods"].as_array().unwrap().iter();
        methods.map(|one| (one["id"].clone(), one["default"].clone())).collect()
    };
    let wanted = vec![(second["id"].clone(), json!(true)), (view["id"].clone(), json!(false))];
    assert_eq!(order(&listed), wanted);
    assert_eq!((&listed["sandbox"], &listed["next"]), (&json!(true), &json!(null)));
    // Nobody else has them.
    assert_eq!(on_ben.done("method.list", json!({})).await["methods"], json!([]));
    for op in ["method.default", "method.remove"] {
        on_ben
            .refused(op, json!({ "method": second["id"] }), "method_not_found")
            .await;
        on_ben
            .refused(op, json!({ "method": new_client_id() }), "method_not_found")
            .await;
    }
    let foreign = json!({ "method": second["id"], "label": "mine" });
    on_ben.refused("method.update", foreign, "method_not_found").await;

    let removed = on_ana.done("method.remove", json!({ "method": second["id"] })).await;
    assert_eq!(removed, json!({ "method": second["id"], "unfinished": 0 }));
    let left = on_ana.done("method.list", json!({})).await;
    assert_eq!(order(&left), [(view["id"].clone(), json!(true))]);
    on_ana
        .refused("method.remove", json!({ "method": second["id"] }), "method_not_found")
        .await;
    // The number is free again.
    on_ana.done("method.add", bank("AT611904300234573201")).await;
});

on_both_databases!(what_is_no_card_and_no_account_is_refused_by_its_field, |server| {
    let ana = server.register("ana");
    let on_ana = server.connect(&ana).await;
    let right = || card("4242424242424242");
    let iban = || bank("DE89370400440532013000");
    for (d, field) in [
        (card("4242424242424241"), "card.number"),
        (card("not a number"), "card.number"),
        (card(""), "card.number"),
        (named(right(), "card", "expires", "2020-01"), "card.expires"),
        (named(right(), "card", "expires", "12/39"), "card.expires"),
        (named(right(), "card", "expires", "2090-01"), "card.expires"),
        (named(right(), "card", "code", "12"), "card.code"),
        (named(right(), "card", "code", "1234"), "card.code"),
        (named(right(), "card", "holder", " "), "card.holder"),
        (named(right(), "card", "holder", "4242 4242 4242 4242"), "card.holder"),
        (bank("DE88370400440532013000"), "bank.iban"),
        (named(iban(), "bank", "holder", ""), "bank.holder"),
    ] {
        let refusal = on_ana.refused("method.add", d.clone(), "method_invalid").await;
        assert_eq!(refusal.param(), field, "{d}");
        assert_eq!(refusal.whole["detail"]["money"], "not_moved");
    }
    let mut both = right();
    both["bank"] = iban()["bank"].clone();
    assert_eq!(
        on_ana.refused("method.add", both, "invalid_field").await.param(),
        "card"
    );
    let neither = json!({ "client_id": new_client_id() });
    on_ana.refused("method.add", neither, "invalid_field").await;
    // A real card, as far as its digits tell.
    let real = on_ana
        .refused("method.add", card("4111111111111111"), "provider_declined")
        .await;
    assert_eq!(real.whole["detail"]["reason"], "not_a_test_number");
    let code = on_ana
        .refused("method.add", card("4000000000000127"), "provider_declined")
        .await;
    assert_eq!(code.whole["detail"]["reason"], "authentication_failed");

    let known = on_ana.done("method.add", right()).await["method"]["id"].clone();
    on_ana
        .refused("method.add", card("4242 4242 4242 4242"), "method_exists")
        .await;
    for (d, field) in [
        (json!({ "method": known, "expires": "2040-01" }), "code"),
        (json!({ "method": known, "code": "123" }), "expires"),
    ] {
        assert_eq!(on_ana.refused("method.update", d, "invalid_field").await.param(), field);
    }
    for (d, field) in [
        (
            json!({ "method": known, "expires": "2020-01", "code": "123" }),
            "expires",
        ),
        (json!({ "method": known, "expires": "2040-01", "code": "1234" }), "code"),
        (json!({ "method": known, "label": "x".repeat(41) }), "label"),
    ] {
        assert_eq!(
            on_ana.refused("method.update", d, "method_invalid").await.param(),
            field
        );
    }
    let account = on_ana.done("method.add", iban()).await["method"]["id"].clone();
    let expires = json!({ "method": account, "expires": "2040-01", "code": "123" });
    on_ana.refused("method.update", expires, "method_unusable").await;
});

#[test]
fn nobody_finds_out_which_cards_work_by_trying_many_on_two_nodes() {
    run(async {
        let nodes = Cluster::start(|plan| plan).await;
        let ana = nodes.one.register("ana");
        let (on_one, on_two) = (nodes.one.connect(&ana).await, nodes.two.connect(&ana).await);
        for n in 0..10 {
            let client = if n % 2 == 0 { &on_one } else { &on_two };
            client
                .refused("method.add", card("4111111111111111"), "provider_declined")
                .await;
        }
        for client in [&on_one, &on_two] {
            let refusal = client.refused("method.add", debit_card(), "too_many_tries").await;
            assert_eq!(refusal.whole["detail"]["most"], 10);
        }
        assert_eq!(on_one.done("method.list", json!({})).await["methods"], json!([]));
    });
}

#[test]
fn one_card_added_on_two_nodes_at_once_is_one() {
    run(async {
        let nodes = Cluster::start(|plan| plan).await;
        let ana = nodes.one.register("ana");
        let (on_one, on_two) = (nodes.one.connect(&ana).await, nodes.two.connect(&ana).await);
        let d = debit_card();
        let (one, two) = tokio::join!(
            on_one.done("method.add", d.clone()),
            on_two.done("method.add", d.clone())
        );
        assert_eq!(one["method"]["id"], two["method"]["id"]);
        assert_ne!(one["duplicate"], two["duplicate"]);
        let other = |number| json!({ "client_id": new_client_id(), "bank": bank(number)["bank"] });
        let (one, two) = tokio::join!(
            on_one.call("method.add", other("DE89370400440532013000")),
            on_two.call("method.add", other("DE89370400440532013000"))
        );
        assert_ne!(one.is_ok(), two.is_ok(), "one number is there once");
        let methods = on_one.done("method.list", json!({})).await;
        let preferred = methods["methods"].as_array().unwrap().iter();
        assert_eq!(preferred.filter(|one| one["default"] == true).count(), 1);
    });
}

#[test]
fn neither_numbers_nor_names_are_in_the_database_or_in_a_log() {
    run(async {
        let plan = Server::plan(Backend::Sqlite).set("log.level", "trace");
        let mut server = plan.set("funding.cooling_off_seconds", "0").start().await;
        let ana = server.register("ana");
        let on_ana = server.connect(&ana).await;
        let mut secrets = vec!["Ana Díaz".to_owned(), "sandbox:success".to_owned(), "8642".to_owned()];
        let mut american = named(card("378282246310005"), "card", "code", "8642");
        american["card"]["expires"] = json!("2038-03");
        let method = on_ana.done("method.add", american).await["method"]["id"].clone();
        secrets.extend(["378282246310005", "37828224631000", "3782 822463 10005"].map(str::to_owned));
        on_ana.done("method.add", bank("DE89 3704 0044 0532 0130 00")).await;
        secrets.extend(["DE89370400440532013000", "370400440532013000"].map(str::to_owned));
        let d = json!({ "client_id": new_client_id(), "method": method, "amount": "5.00", "currency": "CNY" });
        on_ana.done("topup.create", d).await;
        now(&on_ana, "settled").await;
        server.kill9();
        let mut kept = server.said().into_bytes();
        for file in std::fs::read_dir(server.data_folder()).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                kept.extend(std::fs::read(path).unwrap());
            }
        }
        let holds = |what: &str| kept.windows(what.len()).any(|window| window == what.as_bytes());
        assert!(
            holds("ana@example.com") && holds("0005"),
            "what is searched is what was kept"
        );
        // The code is of four digits, which stand anywhere by chance: alone it is looked for between quotes.
        for secret in secrets {
            let quoted = format!("\"{secret}\"");
            let found = if secret.len() > 4 {
                holds(&secret)
            } else {
                holds(&quoted)
            };
            assert!(!found, "{secret} was kept");
        }
    });
}

on_both_databases!(a_name_that_was_moved_to_another_row_is_not_shown, |server| {
    let ana = server.register("ana");
    let on_ana = server.connect(&ana).await;
    on_ana.done("method.add", debit_card()).await;
    on_ana.done("method.add", bank("DE89370400440532013000")).await;
    let database = Database::of(&server).await;
    let moved = "UPDATE payment_method SET sealed = (SELECT other.sealed FROM payment_method other WHERE other.kind = 1) \
                 WHERE kind = 0";
    database.done(moved).await;
    let listed = on_ana.done("method.list", json!({})).await;
    let name = |kind: &str| {
        let mut all = listed["methods"].as_array().unwrap().iter();
        all.find(|one| one["kind"] == kind).unwrap()["holder"].clone()
    };
    assert_eq!((name("card"), name("bank")), (json!(""), json!("Ana Díaz")));
    // It is of no use, and can be removed.
    let card = listed["methods"].as_array().unwrap().iter();
    let card = card.clone().find(|one| one["kind"] == "card").unwrap()["id"].clone();
    on_ana.done("method.remove", json!({ "method": card })).await;
});

on_both_databases!(its_owner_is_told_by_mail_that_a_method_was_added, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let d = bank("DE89370400440532013000");
    on_ana.done("method.add", d.clone()).await;
    on_ana.done("method.add", d).await;
    on_ana
        .refused("method.add", card("4111111111111111"), "provider_declined")
        .await;
    on_ana
        .refused("method.add", bank("DE89370400440532013000"), "method_exists")
        .await;
    on_ben.done("method.add", card("4242424242424242")).await;
    let database = Database::of(&server).await;
    let mails = "SELECT recipient, subject FROM mail WHERE subject LIKE 'Added to your wallet%' ORDER BY recipient";
    let mails = database.texts::<2>(mails).await;
    let told: Vec<_> = mails
        .iter()
        .map(|[to, subject]| (to.as_deref().unwrap(), subject.as_deref().unwrap()))
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].0 == "ana@example.com" && told[0].1.contains("a bank account ending in 3000"),
        "{told:?}"
    );
    assert!(
        told[1].0 == "ben@example.com" && told[1].1.contains("a card ending in 4242"),
        "{told:?}"
    );
});
