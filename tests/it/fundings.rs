//! Money in and out through the sandbox: every state, what is refused, what is raced, what outlives a crash.

mod guards;
mod refusals;

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{
    ANSWER_LIMIT, Client, Cluster, Database, Plan, Server, eventually, new_client_id, on_both_databases, run,
};

/// A card of the sandbox, used as it stands in the caller's words.
pub(crate) fn card(number: &str) -> Value {
    let code = if number.starts_with('3') { "1234" } else { "123" };
    json!({ "client_id": new_client_id(),
        "card": { "number": number, "expires": "2039-12", "code": code, "holder": "Ana Díaz" } })
}

/// A card to which money can go, too.
pub(crate) fn debit_card() -> Value {
    card("4000056655665556")
}

/// A bank account of the sandbox.
pub(crate) fn bank(iban: &str) -> Value {
    json!({ "client_id": new_client_id(), "bank": { "iban": iban, "holder": "Ana Díaz" } })
}

/// What takes a while takes little, and money goes to new methods at once.
pub(super) fn quick(plan: Plan) -> Plan {
    plan.set("funding.sandbox_seconds", "2")
        .set("funding.poll_seconds", "1")
        .set("funding.poll_most_seconds", "2")
        .set("funding.cooling_off_seconds", "0")
}

/// Adds a method; its id.
pub(super) async fn add(client: &Client, d: Value) -> String {
    let added = client.done("method.add", d).await;
    added["method"]["id"].as_str().unwrap().to_owned()
}

pub(super) fn order(method: &str, amount: &str) -> Value {
    json!({ "client_id": new_client_id(), "method": method, "amount": amount, "currency": "CNY" })
}

/// The newest top-up or withdrawal, once it has come to a state.
pub(crate) async fn now(client: &Client, state: &str) -> Value {
    eventually(
        &format!("a top-up or withdrawal that is {state}"),
        ANSWER_LIMIT,
        async || {
            let listed = client.done("funding.list", json!({ "limit": 1 })).await;
            let newest = listed["fundings"][0].clone();
            (newest["state"] == state).then_some(newest)
        },
    )
    .await
}

on_both_databases!(money_comes_in_from_a_card_and_goes_out_to_an_account, quick, |server| {
    let ana = server.register("ana");
    let on_ana = server.connect(&ana).await;
    let from = add(&on_ana, card("4242424242424242")).await;
    let d = order(&from, "50.00");
    let begun = on_ana.done("topup.create", d.clone()).await;
    assert_eq!(
        (
            &begun["kind"],
            &begun["amount"],
            &begun["currency"],
            &begun["last_four"]
        ),
        (&json!("topup"), &json!("50.00"), &json!("CNY"), &json!("4242"))
    );
    assert_eq!(
        (&begun["state"], &begun["duplicate"]),
        (&json!("created"), &json!(false))
    );
    let settled = now(&on_ana, "settled").await;
    assert_eq!((&settled["id"], &settled["reason"]), (&begun["id"], &json!(null)));
    assert_eq!(on_ana.available("CNY").await, "50.00");
    let again = on_ana.done("topup.create", d).await;
    assert_eq!(
        (&again["id"], &again["state"], &again["duplicate"]),
        (&begun["id"], &json!("settled"), &json!(true))
    );

    let to = add(&on_ana, bank("DE89370400440532013000")).await;
    let out = on_ana.done("withdraw.create", order(&to, "20.00")).await;
    assert_eq!((&out["kind"], &out["state"]), (&json!("withdrawal"), &json!("held")));
    assert_eq!(on_ana.available("CNY").await, "30.00", "it is gone at once");
    now(&on_ana, "paid").await;
    assert_eq!(on_ana.available("CNY").await, "30.00");

    let history = on_ana.done("wallet.history", json!({})).await;
    let told: Vec<_> = history["transfers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["kind"].clone(),
                row["direction"].clone(),
                row["amount"].clone(),
                row["counterparty"].clone(),
            )
        })
        .collect();
    let row = |kind: &str, way: &str, amount: &str| (json!(kind), json!(way), json!(amount), json!(null));
    assert_eq!(told, [row("withdrawal", "out", "20.00"), row("topup", "in", "50.00")]);
    // Neither is spent.
    let summary = on_ana.done("wallet.summary", json!({})).await;
    assert_eq!((&summary["in"], &summary["out"]), (&json!("50.00"), &json!("20.00")));
    assert!(
        server.expect_quipu(&["audit"]).contains("2 flows"),
        "{}",
        server.expect_quipu(&["audit"])
    );
});

on_both_databases!(each_change_is_told_to_all_devices_of_its_owner_alone, quick, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (phone, laptop) = (server.connect(&ana).await, server.connect(&ana).await);
    let on_ben = server.connect(&ben).await;
    let method = add(&phone, card("4000000000000077")).await;
    let begun = phone.done("topup.create", order(&method, "7.00")).await;
    for state in ["processing", "settled"] {
        let push = laptop
            .next_push(state, ANSWER_LIMIT, |push| {
                let item = &push["d"]["items"][0];
                (item["kind"] == "funding" && item["value"]["state"] == state).then(|| item.clone())
            })
            .await;
        assert_eq!((&push["value"]["id"], &push["key"]), (&begun["id"], &json!("last")));
    }
    assert_eq!(laptop.available("CNY").await, "7.00");
    let of_ben = on_ben.pushes_from(0);
    assert!(
        !of_ben.iter().any(|push| push.to_string().contains("funding")),
        "{of_ben:?}"
    );
    assert_eq!(on_ben.done("funding.list", json!({})).await["fundings"], json!([]));
});

on_both_databases!(what_the_bank_refuses_moves_nothing_and_says_why, quick, |server| {
    let ana = server.register("ana");
    server.fund(&ana, "10.00", "CNY");
    let on_ana = server.connect(&ana).await;
    for (number, reason) in [
        ("4000000000000002", "declined"),
        ("4000000000009995", "insufficient_funds"),
        ("4000000000000341", "declined"),
    ] {
        let method = add(&on_ana, card(number)).await;
        on_ana.done("topup.create", order(&method, "5.00")).await;
        let failed = now(&on_ana, "failed").await;
        assert_eq!((&failed["reason"], &failed["method"]), (&json!(reason), &json!(method)));
        assert_eq!(on_ana.available("CNY").await, "10.00");
    }
    let account = add(&on_ana, bank("AT861904300235473202")).await;
    on_ana.done("withdraw.create", order(&account, "10.00")).await;
    let failed = now(&on_ana, "failed").await;
    assert_eq!(failed["reason"], "bank_refused");
    assert_eq!(on_ana.available("CNY").await, "10.00", "it is there again");
    let listed = on_ana.done("funding.list", json!({ "limit": 3 })).await;
    assert_eq!(listed["fundings"].as_array().unwrap().len(), 3);
    let rest = on_ana
        .done("funding.list", json!({ "cursor": listed["next"], "limit": 3 }))
        .await;
    assert_eq!(rest["fundings"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next"], json!(null));
    server.expect_quipu(&["audit"]);
});

on_both_databases!(
    what_the_bank_calls_back_is_taken_back_as_far_as_it_is_there,
    quick,
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let on_ana = server.connect(&ana).await;
        let method = add(&on_ana, card("4000000000000259")).await;
        on_ana.done("topup.create", order(&method, "10.00")).await;
        now(&on_ana, "settled").await;
        on_ana.pay(&ben.id, "4.00").await;
        let reversed = now(&on_ana, "reversed").await;
        assert_eq!(reversed["reason"], "called_back");
        assert_eq!(on_ana.available("CNY").await, "0.00");
        server.expect_quipu(&["audit"]);
        let database = Database::of(&server).await;
        let lost = database
            .text("SELECT CAST(posted AS TEXT) FROM account WHERE kind = 6")
            .await;
        assert_eq!(lost, "-400");

        // What was paid out comes back from the bank.
        server.fund(&ana, "8.00", "CNY");
        let account = add(&on_ana, bank("AT591904300235473203")).await;
        on_ana.done("withdraw.create", order(&account, "8.00")).await;
        now(&on_ana, "paid").await;
        assert_eq!(on_ana.available("CNY").await, "0.00");
        let returned = now(&on_ana, "returned").await;
        assert_eq!(returned["reason"], "called_back");
        assert_eq!(on_ana.available("CNY").await, "8.00");
        server.expect_quipu(&["audit"]);
    }
);

on_both_databases!(an_owner_confirms_at_their_bank_or_does_not, quick, |server| {
    let ana = server.register("ana");
    let on_ana = server.connect(&ana).await;
    let http = server.http();
    let method = add(&on_ana, card("4000000000003220")).await;
    on_ana.done("topup.create", order(&method, "5.00")).await;
    let asked = now(&on_ana, "requires_action").await;
    let page = asked["action"].as_str().unwrap().to_owned();
    assert_eq!(page, format!("/sandbox/{}", asked["id"].as_str().unwrap()));
    let shown = http.get(&page).expect(200);
    assert!(
        shown.text.contains("5.00 CNY") && shown.text.contains("play money"),
        "{}",
        shown.text
    );
    assert_eq!(on_ana.available("CNY").await, "0.00");
    // A foreign page cannot answer in the owner's name, and what is no answer is none.
    let cookie = format!("quipu={}", ana.token);
    let foreign = [("cookie", cookie.as_str()), ("origin", "https://evil.example")];
    let answer = http.call("POST", &format!("{page}/confirm"), &foreign, None);
    assert_eq!(answer.expect(403).code(), "forbidden_origin");
    let answer = http.call("POST", &format!("{page}/perhaps"), &[], None);
    assert_eq!(answer.expect(404).code(), "not_found");
    http.call("POST", &format!("{page}/confirm"), &[], None).expect(303);
    now(&on_ana, "settled").await;
    assert_eq!(on_ana.available("CNY").await, "5.00");
    // Once it was said it is said.
    http.call("POST", &format!("{page}/refuse"), &[], None).expect(303);
    assert!(http.get(&page).expect(200).text.contains("You confirmed this payment"));
    assert_eq!(on_ana.available("CNY").await, "5.00");

    on_ana.done("topup.create", order(&method, "6.00")).await;
    let asked = now(&on_ana, "requires_action").await;
    let page = asked["action"].as_str().unwrap();
    http.call("POST", &format!("{page}/refuse"), &[("accept-language", "zh-CN")], None)
        .expect(303);
    let failed = now(&on_ana, "failed").await;
    assert_eq!(
        (&failed["reason"], &failed["action"]),
        (&json!("authentication_failed"), &json!(null))
    );
    assert_eq!(on_ana.available("CNY").await, "5.00");
    // Only what its owner is asked about has a page.
    let answer = http.get(&format!("/sandbox/{}", new_client_id()));
    assert_eq!(answer.expect(404).code(), "not_found");
    assert_eq!(http.get("/sandbox/nothing").expect(404).code(), "not_found");
    server.expect_quipu(&["audit"]);
});

on_both_databases!(a_bank_that_keeps_silent_is_asked_again, quick, |server| {
    let ana = server.register("ana");
    let on_ana = server.connect(&ana).await;
    let method = add(&on_ana, card("4000000000000119")).await;
    on_ana.done("topup.create", order(&method, "3.00")).await;
    let listed = on_ana.done("funding.list", json!({})).await;
    assert_eq!(listed["fundings"][0]["state"], "created", "nothing is known of it");
    // The method may go meanwhile: what is under way with it is finished.
    let removed = on_ana.done("method.remove", json!({ "method": method })).await;
    assert_eq!(removed["unfinished"], 1);
    now(&on_ana, "settled").await;
    assert_eq!(on_ana.available("CNY").await, "3.00");
    server.expect_quipu(&["audit"]);
});

on_both_databases!(what_is_under_way_outlives_a_kill, quick, |server| {
    let mut server = server;
    let ana = server.register("ana");
    server.fund(&ana, "5.00", "CNY");
    let on_ana = server.connect(&ana).await;
    let (from, to) = (
        add(&on_ana, card("4000000000000077")).await,
        add(&on_ana, bank("AT321904300235473204")).await,
    );
    let came = order(&from, "9.00");
    on_ana.done("topup.create", came.clone()).await;
    let went = order(&to, "5.00");
    on_ana.done("withdraw.create", went.clone()).await;
    server.kill9();
    server.restart();
    let on_ana = server.connect(&ana).await;
    let again = on_ana.done("withdraw.create", went).await;
    assert_eq!(again["duplicate"], true);
    now(&on_ana, "paid").await;
    eventually("the top-up has come", ANSWER_LIMIT, async || {
        let again = on_ana.done("topup.create", came.clone()).await;
        (again["state"] == "settled").then_some(())
    })
    .await;
    assert_eq!(on_ana.available("CNY").await, "9.00");
    server.expect_quipu(&["audit"]);
});

/// However many ask, on whatever nodes, what an id names happens once; and nobody takes out more than there is.
#[test]
fn one_id_on_two_nodes_is_one_and_nothing_is_taken_out_twice() {
    run(async {
        let nodes = Cluster::start(quick).await;
        let ana = nodes.one.register("ana");
        nodes.one.fund(&ana, "10.00", "CNY");
        let (on_one, on_two) = (nodes.one.connect(&ana).await, nodes.two.connect(&ana).await);
        let method = add(&on_one, debit_card()).await;
        let d = order(&method, "4.00");
        let copies = (0..10).flat_map(|_| {
            [
                on_one.done("topup.create", d.clone()),
                on_two.done("topup.create", d.clone()),
            ]
        });
        let answers = join_all(copies).await;
        assert_eq!(answers.iter().filter(|answer| answer["duplicate"] == false).count(), 1);
        now(&on_two, "settled").await;
        assert_eq!(on_one.available("CNY").await, "14.00");
        let tries = (0..10).flat_map(|_| {
            [
                on_one.call("withdraw.create", order(&method, "3.00")),
                on_two.call("withdraw.create", order(&method, "3.00")),
            ]
        });
        let answers = join_all(tries).await;
        let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!((done.len(), refused.len()), (4, 16));
        for refusal in refused {
            let refusal = refusal.unwrap_err();
            assert_eq!(
                (refusal.code.as_str(), &refusal.whole["detail"]["available"]),
                ("insufficient_funds", &json!("2.00"))
            );
        }
        all_paid(&on_one).await;
        assert_eq!(on_two.available("CNY").await, "2.00");
        nodes.one.expect_quipu(&["audit"]);
    });
}

async fn all_paid(client: &Client) {
    eventually("all that was taken out is paid", Duration::from_secs(20), async || {
        let listed = client.done("funding.list", json!({})).await;
        let mut all = listed["fundings"].as_array().unwrap().iter();
        all.all(|one| one["state"] == "paid" || one["state"] == "settled")
            .then_some(())
    })
    .await;
}

/// A random crowd, with kills in between, whose money is counted by hand.
#[test]
fn whatever_becomes_of_many_the_sum_is_right() {
    run(async {
        let mut server = quick(Server::plan(crate::harness::Backend::Sqlite)).start().await;
        let ana = server.register("ana");
        server.fund(&ana, "100.00", "CNY");
        let mut on_ana = server.connect(&ana).await;
        // By what each of them ends: what comes in or goes out of 1.00 in the end, in cents.
        let sorts = [
            (card("4242424242424242"), "topup.create", 100),
            (card("4000000000000002"), "topup.create", 0),
            (card("4000000000000341"), "topup.create", 0),
            (card("4000000000000259"), "topup.create", 0),
            (card("4000000000000077"), "topup.create", 100),
            (bank("AT861904300235473202"), "withdraw.create", 0),
            (bank("AT591904300235473203"), "withdraw.create", 0),
            (bank("DE89370400440532013000"), "withdraw.create", -100),
            (bank("AT321904300235473204"), "withdraw.create", -100),
        ];
        let mut methods = Vec::new();
        for (d, op, ends) in sorts {
            methods.push((add(&on_ana, d).await, op, ends));
        }
        let mut wanted = 10_000_i64;
        for round in 0..2 {
            let all = methods.iter().map(|(method, op, ends)| {
                wanted += ends;
                on_ana.done(op, order(method, "1.00"))
            });
            let all: Vec<_> = all.collect();
            join_all(all).await;
            if round < 1 {
                server.kill9();
                server.restart();
                on_ana = server.connect(&ana).await;
            }
        }
        let wanted = format!("{}.{:02}", wanted / 100, wanted % 100);
        eventually("each has come to its end", Duration::from_secs(40), async || {
            let listed = on_ana.done("funding.list", json!({ "limit": 100 })).await;
            let all = listed["fundings"].as_array().unwrap();
            assert_eq!(all.len(), 18);
            let states: Vec<_> = all.iter().map(|one| one["state"].as_str().unwrap()).collect();
            let of = |wanted: &str| states.iter().filter(|state| **state == wanted).count();
            let ends = [of("settled"), of("failed"), of("reversed"), of("paid"), of("returned")];
            (ends == [4, 6, 2, 4, 2]).then_some(())
        })
        .await;
        assert_eq!(on_ana.available("CNY").await, wanted);
        server.expect_quipu(&["audit"]);
    });
}
