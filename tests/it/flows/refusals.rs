//! Every operation of a flow and what it refuses: to a stranger, to who is not meant, for what cannot be, and for an id
//! that was used for something else. Whatever is refused says that no money was moved.

use serde_json::{Value, json};

use super::fresh;
use crate::harness::{Client, Person, Server, WireError, on_both_databases, payment};

/// All of them.
pub(crate) const OPS: [&str; 20] = [
    "transfer.accept",
    "transfer.decline",
    "transfer.cancel",
    "transfer.refund",
    "request.create",
    "request.pay",
    "request.decline",
    "request.cancel",
    "packet.create",
    "packet.claim",
    "packet.show",
    "bill.create",
    "bill.pay",
    "bill.cancel",
    "bill.netting",
    "schedule.create",
    "schedule.cancel",
    // `disputes` has all of these.
    "dispute.open",
    "dispute.answer",
    "dispute.withdraw",
];

/// `ana` and `ben` have a group; `ana` opened one flow of each sort there; `eve` knows nobody.
struct World {
    ana: Person,
    ben: Person,
    eve: Person,
    on_ana: Client,
    on_ben: Client,
    on_eve: Client,
    group: String,
    offer: Value,
    request: Value,
    packet: Value,
    bill: Value,
    schedule: Value,
}

impl World {
    async fn of(server: &mut Server) -> Self {
        let [ana, ben, eve] = ["ana", "ben", "eve"].map(|handle| server.register(handle));
        server.fund(&ana, "100.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let on_eve = server.connect(&eve).await;
        let group = on_ana.group_with("secret knots", &[&ben.id]).await;
        let mut offer = payment(&ben.id, "1.00");
        offer["accept_first"] = json!(true);
        offer["conversation"] = json!(group);
        let offer = on_ana.done("transfer.send", offer).await["id"].clone();
        let mut made = Vec::new();
        for (op, d) in creations(&group, &ana.id, &ben.id) {
            made.push(on_ana.done(op, fresh(d)).await["flow"]["id"].clone());
        }
        let [request, packet, bill, schedule] = made.try_into().unwrap();
        Self {
            ana,
            ben,
            eve,
            on_ana,
            on_ben,
            on_eve,
            group,
            offer,
            request,
            packet,
            bill,
            schedule,
        }
    }

    /// What is asked of the flows that stand, each by its id.
    fn acts(&self) -> Vec<(&'static str, Value)> {
        let (offer, request) = (json!({ "transfer": self.offer }), json!({ "request": self.request }));
        let (bill, packet) = (json!({ "bill": self.bill }), json!({ "packet": self.packet }));
        vec![
            ("transfer.accept", offer.clone()),
            ("transfer.decline", offer.clone()),
            ("transfer.cancel", offer),
            ("request.pay", request.clone()),
            ("request.decline", request.clone()),
            ("request.cancel", request),
            ("packet.claim", packet.clone()),
            ("packet.show", packet),
            ("bill.pay", bill.clone()),
            ("bill.cancel", bill),
            ("schedule.cancel", json!({ "schedule": self.schedule })),
        ]
    }
}

/// One flow of each sort that `ana` opens.
fn creations(group: &str, ana: &str, ben: &str) -> Vec<(&'static str, Value)> {
    let with = |mut d: Value| {
        d["conversation"] = json!(group);
        d["currency"] = json!("CNY");
        d
    };
    vec![
        ("request.create", with(json!({ "payers": [ben], "amount": "1.00" }))),
        (
            "packet.create",
            with(json!({ "total": "1.00", "count": 2, "kind": "equal" })),
        ),
        (
            "bill.create",
            with(json!({ "total": "2.00", "split": "equal", "shares": [{ "user": ana }, { "user": ben }] })),
        ),
        (
            "schedule.create",
            with(json!({ "to": ben, "amount": "1.00", "first_at": "2099-01-01T00:00:00Z", "every": "month" })),
        ),
    ]
}

/// A refusal, which says of the money what it must.
async fn refused(client: &Client, op: &'static str, d: Value, code: &str) -> WireError {
    let refusal = client.refused(op, d, code).await;
    if !matches!(op, "packet.show") {
        assert_eq!(refusal.whole["detail"]["money"], "not_moved", "{op}: {}", refusal.whole);
    }
    refusal
}

on_both_databases!(
    a_stranger_is_told_the_same_of_a_flow_that_there_is_and_of_one_that_there_is_not,
    |plan| plan.set("limits.sends_per_second", "0"),
    |server| {
        let mut server = server;
        let world = World::of(&mut server).await;
        let nowhere = json!("01a2096e-c441-8451-a557-d845361cb7ee");
        let no_payment = json!("AaIJbsgsdFGlV9hFNhy37gGiCW7IBHNfuF_YRTYct-4");
        for (op, d) in world.acts() {
            let real = refused(&world.on_eve, op, fresh(d.clone()), "not_a_member").await;
            let mut other = d;
            for (name, value) in other.as_object_mut().unwrap() {
                *value = if name == "transfer" {
                    no_payment.clone()
                } else {
                    nowhere.clone()
                };
            }
            let made_up = refused(&world.on_eve, op, fresh(other), "not_a_member").await;
            assert_eq!(real.whole, made_up.whole, "{op}");
        }
        for place in [world.group.clone(), crate::harness::new_client_id()] {
            let netting = json!({ "conversation": place });
            world.on_eve.refused("bill.netting", netting, "not_a_member").await;
        }
        let refund = json!({ "transfer": world.offer });
        refused(&world.on_eve, "transfer.refund", fresh(refund), "transfer_not_found").await;
        let garbage = json!({ "transfer": "x" });
        for op in [
            "transfer.accept",
            "transfer.decline",
            "transfer.cancel",
            "transfer.refund",
        ] {
            refused(&world.on_ana, op, fresh(garbage.clone()), "transfer_not_found").await;
        }
        for (op, d) in creations(&world.group, &world.eve.id, &world.ana.id) {
            refused(&world.on_eve, op, fresh(d), "not_a_member").await;
        }
        for (op, d) in creations(&world.group, &world.ana.id, &world.eve.id) {
            if op != "packet.create" {
                refused(&world.on_ana, op, fresh(d), "payee_unavailable").await;
            }
        }
    }
);

on_both_databases!(
    who_is_not_meant_and_what_cannot_be_is_refused_by_name,
    |plan| plan.set("limits.sends_per_second", "0"),
    |server| {
        let mut server = server;
        let world = World::of(&mut server).await;
        let acts: std::collections::HashMap<_, _> = world.acts().into_iter().collect();
        for (client, op, code) in [
            (&world.on_ana, "transfer.accept", "not_yours"),
            (&world.on_ana, "transfer.decline", "not_yours"),
            (&world.on_ben, "transfer.cancel", "not_yours"),
            (&world.on_ana, "request.pay", "not_yours"),
            (&world.on_ana, "request.decline", "not_yours"),
            (&world.on_ben, "request.cancel", "not_yours"),
            (&world.on_ben, "request.pay", "insufficient_funds"),
            (&world.on_ben, "bill.pay", "insufficient_funds"),
            (&world.on_ana, "bill.pay", "self_transfer"),
            (&world.on_ben, "bill.cancel", "not_yours"),
            (&world.on_ben, "schedule.cancel", "not_yours"),
        ] {
            refused(client, op, fresh(acts[op].clone()), code).await;
        }
        let refund = json!({ "transfer": world.offer });
        refused(&world.on_ana, "transfer.refund", fresh(refund.clone()), "not_yours").await;
        refused(&world.on_ben, "transfer.refund", fresh(refund), "not_reversible").await;
        let late = json!({ "request": world.request, "not_after": "2020-01-01T00:00:00Z" });
        refused(&world.on_ben, "request.pay", fresh(late), "not_after_passed").await;
        let fee = json!({ "request": world.request, "fee": "1.00" });
        refused(&world.on_ben, "request.pay", fresh(fee), "fee_changed").await;
        for (op, change, code) in wrong_creations(&world) {
            let (_, mut d) = creations(&world.group, &world.ana.id, &world.ben.id)
                .into_iter()
                .find(|(known, _)| *known == op)
                .unwrap();
            d.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            refused(&world.on_ana, op, fresh(d), code).await;
        }
    }
);

/// What of a creation is otherwise, and how it is refused.
fn wrong_creations(world: &World) -> Vec<(&'static str, Value, &'static str)> {
    let (ana, ben) = (&world.ana.id, &world.ben.id);
    let many: Vec<_> = (0..101).map(|_| json!(crate::harness::new_client_id())).collect();
    vec![
        ("request.create", json!({ "payers": [] }), "payers_invalid"),
        ("request.create", json!({ "payers": [ben, ben] }), "payers_invalid"),
        ("request.create", json!({ "payers": [ana] }), "payers_invalid"),
        ("request.create", json!({ "payers": many }), "payers_invalid"),
        ("request.create", json!({ "amount": "0" }), "amount_invalid"),
        ("request.create", json!({ "note": "x".repeat(300) }), "note_too_long"),
        ("packet.create", json!({ "count": 0 }), "packet_invalid"),
        ("packet.create", json!({ "count": 101 }), "packet_invalid"),
        (
            "packet.create",
            json!({ "count": 10_001, "total": "90.00" }),
            "packet_invalid",
        ),
        ("packet.create", json!({ "total": "1000.00" }), "insufficient_funds"),
        ("packet.create", json!({ "kind": "rich" }), "invalid_field"),
        ("bill.create", json!({ "split": "fair" }), "invalid_field"),
        ("bill.create", json!({ "shares": [{ "user": ben }] }), "payers_invalid"),
        (
            "bill.create",
            json!({ "split": "percent", "shares": [{ "user": ana, "percent": "50" }, { "user": ben, "percent": "49.9" }] }),
            "share_mismatch",
        ),
        (
            "schedule.create",
            json!({ "first_at": "2020-01-01T00:00:00Z" }),
            "schedule_invalid",
        ),
        ("schedule.create", json!({ "times": 0 }), "schedule_invalid"),
        ("schedule.create", json!({ "every": "hour" }), "invalid_field"),
        (
            "schedule.create",
            json!({ "times": 2, "until": "2099-02-01T00:00:00Z" }),
            "invalid_field",
        ),
        ("schedule.create", json!({ "to": ana }), "self_transfer"),
    ]
}

on_both_databases!(
    an_id_that_was_used_for_something_else_is_a_conflict,
    |plan| plan.set("limits.sends_per_second", "0"),
    |server| {
        let mut server = server;
        let world = World::of(&mut server).await;
        let said = fresh(json!({ "conversation": world.group, "text": "x" }));
        world.on_ben.done("message.send", said.clone()).await;
        for (op, mut d) in world.acts() {
            if op != "packet.show" {
                d["client_id"] = said["client_id"].clone();
                refused(&world.on_ben, op, d, "idempotency_conflict").await;
            }
        }
        let mut used = payment(&world.eve.id, "1.00");
        let of_payment = used["client_id"].clone();
        used["to"] = json!(world.ben.id);
        world.on_ana.done("transfer.send", used).await;
        for (op, mut d) in creations(&world.group, &world.ana.id, &world.ben.id) {
            d["client_id"] = of_payment.clone();
            refused(&world.on_ana, op, d, "idempotency_conflict").await;
        }
        for (op, mut d) in world.acts() {
            if op != "packet.show" {
                d["client_id"] = of_payment.clone();
                refused(&world.on_ana, op, d, "idempotency_conflict").await;
            }
        }
        let (op, mut d) = creations(&world.group, &world.ana.id, &world.ben.id).swap_remove(1);
        let first = fresh(d.take());
        world.on_ana.done(op, first.clone()).await;
        let mut other = first.clone();
        other["total"] = json!("2.00");
        refused(&world.on_ana, op, other, "idempotency_conflict").await;
        let mut sent = payment(&world.ben.id, "1.00");
        sent["client_id"] = first["client_id"].clone();
        refused(&world.on_ana, "transfer.send", sent, "idempotency_conflict").await;
    }
);
