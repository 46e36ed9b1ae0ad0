//! What their time brings to flows, when it cannot be brought to some of them: the others do not wait.

use serde_json::{Value, json};

use super::{card, fresh};
use crate::harness::{ANSWER_LIMIT, Client, Database, eventually, on_both_databases};

/// More than one look takes.
const MANY: usize = 70;

fn request(conversation: &str, payer: &str, note: &str) -> Value {
    fresh(json!({ "conversation": conversation, "payers": [payer], "amount": "1.00", "currency": "CNY", "note": note }))
}

/// Waits until the card of a flow is in a state.
async fn comes_to(client: &Client, flow: &Value, state: &str) {
    let there = async || (card(client, flow).await["data"]["state"] == state).then_some(());
    eventually(&format!("a flow is {state}"), ANSWER_LIMIT, there).await;
}

on_both_databases!(
    flows_that_cannot_be_finished_keep_no_other_of_their_sort_waiting,
    |plan| plan
        .set("limits.sends_per_second", "0")
        .set("flows.request_seconds", "2"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let direct = on_ana.direct_with(&ben.id).await;
        let database = Database::of(&server).await;
        let started: Vec<_> = (0..MANY)
            .map(|_| on_ana.done("request.create", request(&direct, &ben.id, "lost")))
            .collect();
        for opened in started {
            opened.await;
        }
        // Their cards are nowhere, so nothing can be shown of what becomes of them, and they are due before all others.
        database
            .done("UPDATE request SET card_seq = 1000000, due_at = 1 WHERE note = 'lost' AND state = 0")
            .await;
        let lost = "SELECT CAST(COUNT(*) AS TEXT) FROM request WHERE card_seq = 1000000";
        assert_eq!(database.text(lost).await, MANY.to_string());
        let sound = on_ana.done("request.create", request(&direct, &ben.id, "sound")).await;
        comes_to(&on_ben, &sound["flow"], "expired").await;
        let put_off = format!("{lost} AND state = 0 AND retry_at IS NOT NULL");
        let all = async || (database.text(&put_off).await == MANY.to_string()).then_some(());
        eventually("they are put off", ANSWER_LIMIT, all).await;
    }
);

on_both_databases!(
    what_the_database_refuses_of_one_flow_keeps_no_other_waiting,
    |plan| plan.set("flows.request_seconds", "2"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let direct = on_ana.direct_with(&ben.id).await;
        let database = Database::of(&server).await;
        // Nothing of it may change but when it is looked at again.
        let guards: &[&str] = match database.backend() {
            Backend::Sqlite => &["CREATE TRIGGER stuck BEFORE UPDATE OF state ON request \
                 WHEN NEW.state <> 0 AND NEW.note = 'stuck' BEGIN SELECT RAISE(ABORT, 'stuck'); END"],
            _ => &[
                "CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stuck'; END $$",
                "CREATE TRIGGER stuck BEFORE UPDATE ON request FOR EACH ROW \
                 WHEN (NEW.state <> 0 AND NEW.note = 'stuck') EXECUTE FUNCTION stuck()",
            ],
        };
        for guard in guards {
            database.done(guard).await;
        }
        let stuck = on_ana.done("request.create", request(&direct, &ben.id, "stuck")).await;
        let sound = on_ana.done("request.create", request(&direct, &ben.id, "sound")).await;
        comes_to(&on_ben, &sound["flow"], "expired").await;
        let retry = "SELECT CAST(COUNT(retry_at) AS TEXT) FROM request WHERE note = 'stuck' AND state = 0";
        let put_off = async || (database.text(retry).await == "1").then_some(());
        eventually("it is put off", ANSWER_LIMIT, put_off).await;
        assert_eq!(card(&on_ben, &stuck["flow"]).await["data"]["state"], "open");
    }
);
