//! Where one is signed in, what ends that, and what one may send.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Client, Person, Server, new_client_id, on_both_databases, payment};

const CLOSE_LIMIT: Duration = Duration::from_secs(10);

async fn on(server: &Server, person: &Person, device: &str) -> (Client, String) {
    let client = Client::open(server).await;
    let welcome = client.hello(&person.sign_in(&server.http(), device)).await;
    (client, welcome["session"].as_str().unwrap().to_owned())
}

fn names(told: &Value) -> Vec<&str> {
    let devices = told["devices"].as_array().unwrap().iter();
    let mut names: Vec<_> = devices.map(|one| one["device"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

on_both_databases!(a_device_is_signed_out_at_once_or_all_others_are, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (on_ana, own) = on(&server, &ana, "laptop").await;
    let (tablet, tablet_id) = on(&server, &ana, "tablet").await;
    let (phone, _) = on(&server, &ana, "phone").await;
    let on_ben = server.connect(&ben).await;
    let told = on_ana.done("device.list", json!({})).await;
    assert_eq!(names(&told), ["laptop", "phone", "tablet", "test"]);
    let current: Vec<_> = told["devices"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["current"] == true)
        .collect();
    assert_eq!((current.len(), &current[0]["id"]), (1, &json!(own)));

    on_ben
        .refused("device.revoke", json!({ "device": tablet_id }), "session_not_found")
        .await;
    on_ana
        .refused(
            "device.revoke",
            json!({ "device": new_client_id() }),
            "session_not_found",
        )
        .await;
    for neither in [
        json!({}),
        json!({ "others": false }),
        json!({ "device": own }),
        json!({ "device": tablet_id, "others": true }),
    ] {
        assert_eq!(
            on_ana.refused("device.revoke", neither, "invalid_field").await.param(),
            "device"
        );
    }
    let ended = on_ana.done("device.revoke", json!({ "device": tablet_id })).await;
    assert_eq!(ended["devices"], json!([tablet_id]));
    assert_eq!(tablet.closed(CLOSE_LIMIT).await.code, Some(4501));

    let ended = on_ana.done("device.revoke", json!({ "others": true })).await;
    assert_eq!(ended["devices"].as_array().unwrap().len(), 2);
    assert_eq!(phone.closed(CLOSE_LIMIT).await.code, Some(4501));
    assert_eq!(names(&on_ana.done("device.list", json!({})).await), ["laptop"]);
    server
        .http()
        .as_bearer(&ana.token, "GET", "/api/v1/me", None)
        .expect(401);
    assert_eq!(
        on_ana.done("device.revoke", json!({ "others": true })).await["devices"],
        json!([])
    );
    on_ben.done("ping", json!({})).await;
});

on_both_databases!(
    what_one_may_send_is_told_with_what_was_sent_of_it,
    |plan| plan.set("wallet.limits", r#"{ CNY = { single = "50.00", day = "80.00" } }"#),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let on_ana = server.connect(&ana).await;
        let fresh = on_ana.done("limits.show", json!({})).await;
        assert_eq!((&fresh["currency"], &fresh["single"]), (&json!("CNY"), &json!("50.00")));
        assert_eq!((&fresh["day"]["used"], &fresh["year"]), (&json!("0.00"), &Value::Null));
        on_ana.pay(&ben.id, "30.00").await;
        let told = on_ana.done("limits.show", json!({ "currency": "CNY" })).await;
        let day = &told["day"];
        let sums = ["limit", "used", "left"].map(|name| day[name].as_str().unwrap());
        assert_eq!(sums, ["80.00", "30.00", "50.00"]);
        let refusal = on_ana
            .refused("transfer.send", payment(&ben.id, "50.01"), "limit_exceeded")
            .await;
        assert_eq!(refusal.whole["detail"]["left"], "50.00");
        let other = on_ana.done("limits.show", json!({ "currency": "JPY" })).await;
        assert_eq!(
            (&other["single"], &other["day"], &other["year"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
        on_ana
            .refused("limits.show", json!({ "currency": "XXX" }), "currency_unsupported")
            .await;
    }
);

on_both_databases!(
    an_old_page_reads_and_writes_and_moves_no_money,
    |plan| plan.set("client.min_pay_version", "0.2.0"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "10.00", "CNY");
        let page = async |version: &str| {
            let client = Client::open(&server).await;
            let d = json!({ "token": ana.token, "client": { "name": "quipu-web", "version": version } });
            let welcome = client.done("hello", d).await;
            assert_eq!(welcome["server"]["min_pay"], "0.2.0");
            client
        };
        let old = page("0.1.9").await;
        let conversation = old.direct_with(&ben.id).await;
        old.say(&conversation, "still here").await;
        let refusal = old
            .refused("transfer.send", payment(&ben.id, "1.00"), "client_too_old")
            .await;
        assert_eq!(refusal.whole["detail"]["money"], "not_moved");
        assert_eq!(old.available("CNY").await, "10.00");
        for new in [page("0.2.0").await, server.connect(&ana).await] {
            new.pay(&ben.id, "1.00").await;
        }
        assert_eq!(old.available("CNY").await, "8.00");
    }
);
