//! What the rules never write of attachments the database itself refuses.

use quipu::db::Fault;

use super::kit::{Desk, literal, refer};
use crate::harness::{Database, on_both_databases};

on_both_databases!(what_the_rules_never_write_the_database_refuses, |server| {
    let ana = server.register("ana");
    let desk = Desk::of(&server, &ana);
    let ready = desk.attach("a.bin", b"abc")["id"].as_str().unwrap().to_owned();
    let coming = desk.begin("b.bin", 10);
    desk.patch(&coming, 0, b"12345").expect(200);
    let database = Database::of(&server).await;
    refer(&database, &ready, &ana.id, 1).await;
    let (ready, coming) = (literal(&database, &ready), literal(&database, &coming));
    let of = |id: &str, set: &str| format!("UPDATE attachment SET {set} WHERE id = {id}");
    for (name, sql) in [
        ("attachment_state", of(&coming, "state = 2")),
        ("attachment_kind", of(&coming, "kind = 3")),
        ("attachment_received", of(&coming, "received = 11")),
        ("attachment_received", of(&coming, "received = -1")),
        ("attachment_ready", of(&coming, "state = 1")),
        ("attachment_ready", of(&ready, "sha256 = NULL")),
        ("attachment_picture", of(&ready, "width = 4, height = 4")),
        ("attachment_picture", of(&ready, "kind = 0")),
        ("attachment_stored", of(&ready, "stored = 0")),
        ("attachment_part_bytes", "UPDATE attachment_part SET bytes = 0".into()),
        ("attachment_ref_seq", "UPDATE attachment_ref SET seq = 0".into()),
        (
            "attachment_usage_bytes",
            "UPDATE attachment_usage SET bytes = -1".into(),
        ),
        (
            "attachment_ref_once",
            "INSERT INTO attachment_ref (conversation_id, seq, place, attachment_id) \
             SELECT conversation_id, seq, 1, attachment_id FROM attachment_ref"
                .into(),
        ),
    ] {
        let expected = match (name, database.backend()) {
            ("attachment_ref_once", Backend::Sqlite) => {
                "attachment_ref.attachment_id, attachment_ref.conversation_id, attachment_ref.seq"
            }
            _ => name,
        };
        match database.run(&sql).await {
            Err(Fault::Constraint(refused)) => assert_eq!(refused, expected, "{sql}"),
            other => panic!("{name} is to refuse: {other:?}: {sql}"),
        }
    }
});
