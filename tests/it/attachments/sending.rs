//! Attachments in messages.

use serde_json::json;

use super::kit::{Desk, noise};
use crate::harness::{new_client_id, on_both_databases};

on_both_databases!(
    what_is_attached_goes_with_its_message_and_is_recalled_with_it,
    |server| {
        let (ana, ben, eve) = (server.register("ana"), server.register("ben"), server.register("eve"));
        let (of_ana, of_ben, of_eve) = (
            Desk::of(&server, &ana),
            Desk::of(&server, &ben),
            Desk::of(&server, &eve),
        );
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let (place, other) = (on_ana.direct_with(&ben.id).await, on_ben.direct_with(&eve.id).await);
        let (first, second) = (
            of_ana.attach("a.bin", &noise(1, 900)),
            of_ana.attach("b.bin", &noise(2, 800)),
        );
        let d =
            json!({ "client_id": new_client_id(), "conversation": place, "attachments": [second["id"], first["id"]] });
        let sent = on_ana.done("message.send", d.clone()).await;
        assert_eq!(on_ana.done("message.send", d.clone()).await["duplicate"], true);
        let mut less = d.clone();
        less["attachments"] = json!([second["id"]]);
        on_ana.refused("message.send", less, "idempotency_conflict").await;
        let seen = on_ben.next_event("message.posted").await["d"].clone();
        assert_eq!(
            (&seen["attachments"], &seen["text"]),
            (&json!([second, first]), &json!(""))
        );
        let id = first["id"].as_str().unwrap();
        of_ben.get(id, "").expect(200);
        of_eve.get(id, "").refused(404, "attachment_not_found");

        // Forwarded, it is there for those who read it there.
        let from = json!({ "conversation": place, "seq": sent["seq"] });
        let forward = json!({ "client_id": new_client_id(), "conversation": other, "from": from });
        let forwarded = on_ben.done("message.forward", forward).await;
        assert_eq!(on_ben.newest(&other).await[0]["attachments"], json!([second, first]));
        of_eve.get(id, "").expect(200);

        // Recalled here, it is still there; recalled there as well, only its owner has it.
        let recall = |place: &str, seq: &serde_json::Value| json!({ "client_id": new_client_id(), "conversation": place, "seq": seq });
        on_ana.done("message.recall", recall(&place, &sent["seq"])).await;
        assert!(on_ben.newest(&place).await[0].get("attachments").is_none());
        of_ben.get(id, "").expect(200);
        on_ben.done("message.recall", recall(&other, &forwarded["seq"])).await;
        for desk in [&of_ben, &of_eve] {
            desk.get(id, "").refused(404, "attachment_not_found");
        }
        of_ana.get(id, "").expect(200);
    }
);

on_both_databases!(nobody_attaches_what_is_not_their_own_or_not_ready, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let (of_ana, of_ben) = (Desk::of(&server, &ana), Desk::of(&server, &ben));
    let on_ana = server.connect(&ana).await;
    let place = on_ana.direct_with(&ben.id).await;
    let own = of_ana.attach("own.bin", &noise(3, 10))["id"].clone();
    let of_another = of_ben.attach("his.bin", &noise(4, 10))["id"].clone();
    let begun = json!(of_ana.begin("coming.bin", 10));
    let send = |attachments: serde_json::Value| json!({ "client_id": new_client_id(), "conversation": place, "text": "look", "attachments": attachments });
    for id in [of_another, begun, json!(new_client_id())] {
        on_ana
            .refused("message.send", send(json!([own, id])), "attachment_not_found")
            .await;
    }
    let many: Vec<_> = (0..11).map(|_| new_client_id()).collect();
    for wrong in [json!([own, own]), json!(many), json!(["x"])] {
        on_ana.refused("message.send", send(wrong), "invalid_field").await;
    }
    assert!(on_ana.newest(&place).await.is_empty(), "what is refused leaves nothing");
    let empty = json!({ "client_id": new_client_id(), "conversation": place });
    on_ana.refused("message.send", empty, "text_empty").await;
    on_ana.done("message.send", send(json!([own]))).await;
});
