//! Faults around the one moment that counts, the commit, made from outside of a real server: each is answered by its
//! name, and recovered from without a restart unless the process itself died.

mod postgres;
mod postgres_storage;
mod sqlite;

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Client, Person, Server, WireError, eventually};

/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);
/// What was committed and not announced comes by the hints, and what was away is found again, on a busy machine.
const RECOVERY_LIMIT: Duration = Duration::from_secs(60);

/// Two people, each at a screen.
struct Pair {
    ana: Person,
    ben: Person,
    on_ana: Client,
    on_ben: Client,
}

impl Pair {
    /// Ana has 100.00, and has paid 1.00 of it to Ben, so that their conversation stands.
    async fn meet(server: &Server) -> (Self, Value) {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let first = on_ana.pay(&ben.id, "1.00").await;
        let pair = Self {
            ana,
            ben,
            on_ana,
            on_ben,
        };
        (pair, first)
    }

    async fn come_back(&mut self, server: &Server) {
        self.on_ana = server.connect(&self.ana).await;
        self.on_ben = server.connect(&self.ben).await;
    }

    async fn have(&self, ana: &str, ben: &str) {
        let have = (self.on_ana.available("CNY").await, self.on_ben.available("CNY").await);
        assert_eq!(have, (ana.to_owned(), ben.to_owned()));
    }

    /// Both screens come to show the cards of these payments, in this order, each once, and no position of a log
    /// comes twice.
    async fn hear(&self, payments: &[&Value]) {
        let wanted: Vec<_> = payments.iter().map(|payment| payment["id"].clone()).collect();
        for client in [&self.on_ana, &self.on_ben] {
            let heard = eventually("the cards are heard", RECOVERY_LIMIT, async || {
                let heard = cards(client);
                (heard.len() >= wanted.len()).then_some(heard)
            })
            .await;
            assert_eq!(heard, wanted);
            assert_in_order(&client.pushes_from(0));
        }
    }
}

/// The payments whose cards were pushed.
fn cards(client: &Client) -> Vec<Value> {
    let pushes = client.pushes_from(0);
    let posted = pushes.iter().filter(|push| push["ev"] == "message.posted");
    posted
        .filter(|push| push["d"]["kind"] == "card")
        .map(|push| push["d"]["card"]["id"].clone())
        .collect()
}

/// Every event of a log joins the one before it.
fn assert_in_order(pushes: &[Value]) {
    let mut known: HashMap<&str, i64> = HashMap::new();
    for push in pushes {
        let (Some(log), Some(prev), Some(rev)) = (push["log"].as_str(), push["prev"].as_i64(), push["rev"].as_i64())
        else {
            continue;
        };
        let last = known.insert(log, rev).unwrap_or(prev);
        assert_eq!(last, prev, "{push}");
    }
}

/// How a payment with this id ended: its status, or the refusal's code.
async fn status(client: &Client, d: &Value) -> Result<Value, String> {
    let asked = client
        .call("transfer.status", json!({ "client_id": d["client_id"] }))
        .await;
    asked.map_err(|refusal| refusal.code)
}

/// The same, as soon as somebody can tell.
async fn status_in_the_end(client: &Client, d: &Value) -> Result<Value, String> {
    eventually("the status can be told", RECOVERY_LIMIT, async || {
        let told = status(client, d).await;
        (told != Err("wallet_busy".to_owned())).then_some(told)
    })
    .await
}

/// Pays as soon as it is possible. Every refusal until then must be this one.
async fn pay_in_the_end(client: &Client, d: &Value, refusal: &str) -> Value {
    eventually("a payment passes", RECOVERY_LIMIT, async || {
        match client.call("transfer.send", d.clone()).await {
            Ok(paid) => Some(paid),
            Err(refused) => {
                assert_eq!(refused.code, refusal, "{}", refused.whole);
                None
            }
        }
    })
    .await
}

/// No money moved, and the same again may help.
fn assert_not_moved(refusal: &WireError, code: &str) {
    let told = &refusal.whole;
    assert_eq!(refusal.code, code, "{told}");
    assert_eq!(
        (&told["retryable"], &told["detail"]["money"]),
        (&json!(true), &json!("not_moved")),
        "{told}"
    );
}

/// What `/readyz` says of the database, once it is as wanted.
async fn assert_readiness(server: &Server, database: &str) {
    eventually(&format!("/readyz says {database}"), RECOVERY_LIMIT, async || {
        let answer = server.http().get("/readyz");
        let (status, said) = (answer.status, answer.json());
        assert_eq!(
            (status == 200, &said["ready"]),
            (said["database"] == "ok", &json!(status == 200)),
            "{said}"
        );
        (said["database"] == database).then_some(())
    })
    .await;
}

/// The server stops in order, and its ledger holds.
fn end(mut server: Server) {
    assert!(server.sigterm(STOP_LIMIT).success());
    server.expect_quipu(&["audit"]);
}
