//! Planned payments.

use std::time::Duration;

use serde_json::{Value, json};

use super::{card, fresh};
use crate::harness::{ANSWER_LIMIT, eventually, on_both_databases};

/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);

/// A moment so many milliseconds from now.
pub(super) fn in_ms(ms: i64) -> String {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let at = i64::try_from(now.as_micros()).unwrap() + ms * 1000;
    quipu::clock::Micros(at).to_string()
}

on_both_databases!(a_planned_payment_is_made_once_with_a_card_of_its_own, |server| {
    let mut server = server;
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "50.00", "CNY");
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let direct = on_ana.direct_with(&ben.id).await;
    let wanted = json!({ "conversation": direct, "to": ben.id, "amount": "5.00", "currency": "CNY", "note": "rent",
        "first_at": in_ms(1_500), "every": "once" });
    let made = on_ana.done("schedule.create", fresh(wanted.clone())).await;
    assert_eq!(made["flow"]["state"], "open");
    let ended = async || (card(&on_ben, &made["flow"]).await["data"]["state"] == "ended").then_some(());
    eventually("the plan ends", ANSWER_LIMIT, ended).await;
    assert_eq!(on_ben.available("CNY").await, "5.00");
    let rows = on_ben.whole_history(&direct).await;
    let paid: Vec<&Value> = rows.iter().filter(|row| row["card"]["kind"] == "transfer").collect();
    assert_eq!(paid.len(), 1);
    assert_eq!(
        (&paid[0]["sender"], &paid[0]["card"]["data"]["amount"]),
        (&json!(ana.id), &json!("5.00"))
    );
    let schedule = json!({ "schedule": made["flow"]["id"] });
    on_ana
        .refused("schedule.cancel", fresh(schedule), "schedule_ended")
        .await;

    // What an outbox kept too long is not planned any more.
    let mut late = wanted.clone();
    late["first_at"] = json!(in_ms(60_000));
    late["not_after"] = json!(in_ms(-1));
    on_ana.refused("schedule.create", fresh(late), "not_after_passed").await;

    let mut monthly = wanted;
    monthly["not_after"] = json!(in_ms(60_000));
    monthly["first_at"] = json!(in_ms(60_000));
    monthly["every"] = json!("month");
    let made = on_ana.done("schedule.create", fresh(monthly)).await;
    let schedule = json!({ "schedule": made["flow"]["id"] });
    on_ben
        .refused("schedule.cancel", fresh(schedule.clone()), "not_yours")
        .await;
    let cancelled = on_ana.done("schedule.cancel", fresh(schedule)).await;
    assert_eq!(cancelled["flow"]["state"], "cancelled");
    assert!(server.sigterm(STOP_LIMIT).success());
    server.expect_quipu(&["audit"]);
});
