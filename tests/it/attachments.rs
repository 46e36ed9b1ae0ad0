//! What people attach: it comes in parts, is judged by its content, and goes to those who may read a message that has it.

mod kit;
mod pictures;
mod schema;
mod sending;
mod serving;
mod upkeep;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Backend, Cluster, Server, on_both_databases, run};
use kit::{CHUNK, Desk, blobs, noise};

on_both_databases!(a_file_comes_in_parts_and_goes_out_as_it_came, |server| {
    let ana = server.register("ana");
    let desk = Desk::of(&server, &ana);
    let bytes = noise(1, 2 * CHUNK + 12_345);
    let begun = desk
        .announce(&json!({ "name": "../年 notes.bin", "bytes": bytes.len() }))
        .expect(201)
        .json();
    assert_eq!((&begun["offset"], &begun["chunk_bytes"]), (&json!(0), &json!(CHUNK)));
    let id = begun["id"].as_str().unwrap().to_owned();
    let first = desk.patch(&id, 0, &bytes[..CHUNK]).expect(200).json();
    assert_eq!(first, json!({ "id": id, "offset": CHUNK, "attachment": null }));
    desk.get(&id, "").refused(404, "attachment_not_found");
    desk.patch(&id, CHUNK, &bytes[CHUNK..2 * CHUNK]).expect(200);
    let last = desk.patch(&id, 2 * CHUNK, &bytes[2 * CHUNK..]).expect(200).json();
    let attachment = json!({
        "id": id, "kind": "file", "name": "年 notes.bin", "media_type": "application/octet-stream",
        "bytes": bytes.len(),
    });
    assert_eq!(
        last,
        json!({ "id": id, "offset": bytes.len(), "attachment": attachment })
    );
    assert_eq!(desk.upload(&id), last);
    // Asked once more, since the answer may have been lost.
    assert_eq!(desk.patch(&id, bytes.len(), b"").expect(200).json(), last);

    let got = desk.get(&id, "").expect(200);
    assert_eq!(got.bytes, bytes);
    assert_eq!(got.header("content-length"), bytes.len().to_string());
    assert_eq!(blobs(&server).len(), 1, "the parts are gone");
});

on_both_databases!(an_upload_goes_on_where_it_is_and_nowhere_else, |server| {
    let ana = server.register("ana");
    let desk = Desk::of(&server, &ana);
    let bytes = noise(2, CHUNK + 1_000);
    let id = desk.begin("a.bin", bytes.len());
    desk.patch(&id, 0, &bytes[..500]).expect(200);
    for wrong in [0, 499, 501, bytes.len()] {
        let refused = desk.patch(&id, wrong, &bytes[500..]).refused(409, "upload_conflict");
        assert_eq!(refused["offset"], 500);
    }
    assert_eq!(desk.upload(&id)["offset"], 500);
    // Of many that are sent for one place at once one counts, and none gets between another's bytes.
    let sent: Vec<_> = (10..18).map(|seed| noise(seed, 100_000)).collect();
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let patches: Vec<_> = sent
            .iter()
            .map(|body| scope.spawn(|| desk.patch(&id, 500, body).status))
            .collect();
        patches.into_iter().map(|patch| patch.join().unwrap()).collect()
    });
    let winners: Vec<_> = (0..sent.len()).filter(|at| statuses[*at] == 200).collect();
    assert_eq!(winners.len(), 1, "{statuses:?}");
    assert!(
        statuses.iter().all(|status| [200, 409].contains(status)),
        "{statuses:?}"
    );
    desk.patch(&id, 100_500, &bytes[100_500..]).expect(200);
    let whole = [&bytes[..500], &sent[winners[0]], &bytes[100_500..]].concat();
    assert_eq!(desk.get(&id, "").bytes, whole);
    assert_eq!(blobs(&server).len(), 1, "what did not count is gone");
});

#[test]
fn what_is_more_than_was_said_or_may_be_is_refused_by_name() {
    run(async {
        let plan = Server::plan(Backend::Sqlite).set("attachments.max_bytes", "3000000");
        let server = plan.start().await;
        let ana = server.register("ana");
        let desk = Desk::of(&server, &ana);
        let announced = desk.announce(&json!({ "name": "a", "bytes": 3_000_001 }));
        let refused = announced.refused(413, "attachment_too_large");
        assert_eq!(
            (&refused["setting"], &refused["most"]),
            (&json!("attachments.max_bytes"), &json!(3_000_000))
        );
        for (body, param) in [
            (json!({ "name": "a", "bytes": 0 }), "bytes"),
            (json!({ "name": "a", "bytes": -1 }), "bytes"),
            (json!({ "bytes": 1 }), "name"),
            (json!({ "name": "a", "bytes": 1, "kind": "image" }), "kind"),
            (
                json!({ "name": "a", "bytes": 1, "kind": "voice", "duration_ms": 3_600_001 }),
                "duration_ms",
            ),
        ] {
            assert_eq!(desk.announce(&body).refused(400, "invalid_field")["param"], param);
        }
        let id = desk.begin("a", 10);
        desk.patch(&id, 0, b"12345678901").refused(413, "attachment_too_large");
        assert_eq!(desk.upload(&id)["offset"], 0, "nothing of it counts");
        desk.patch(&id, 0, b"12345").expect(200);
        desk.patch(&id, 5, b"678901").refused(413, "attachment_too_large");
        desk.patch(&id, 5, b"67890").expect(200);
        assert_eq!(desk.get(&id, "").bytes, b"1234567890");
        let id = desk.begin("b", 3 * CHUNK / 2);
        let refused = desk
            .patch(&id, 0, &noise(3, CHUNK + 1))
            .refused(413, "attachment_too_large");
        assert_eq!(
            (&refused["setting"], &refused["most"]),
            (&json!("chunk_bytes"), &json!(CHUNK))
        );
        for header in ["", "-1", "five"] {
            let path = format!("/api/v1/attachments/{id}");
            let refused = desk.call("PATCH", &path, &[("upload-offset", header)], Some(b"x"));
            assert_eq!(refused.refused(400, "invalid_field")["param"], "Upload-Offset");
        }
    });
}

on_both_databases!(
    nobody_stores_more_than_their_quota,
    |plan| plan
        .set("attachments.max_bytes", "2000")
        .set("attachments.quota_bytes", "10000"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let desk = Desk::of(&server, &ana);
        let two_kilobytes = json!({ "name": "a", "bytes": 2_000 });
        let begun: Vec<_> = std::thread::scope(|scope| {
            let many: Vec<_> = (0..12).map(|_| scope.spawn(|| desk.announce(&two_kilobytes))).collect();
            many.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let (ok, refused): (Vec<_>, Vec<_>) = begun.into_iter().partition(|answer| answer.status == 201);
        assert_eq!((ok.len(), refused.len()), (5, 7));
        for refused in refused {
            let refused = refused.refused(413, "attachment_too_large");
            assert_eq!(refused["setting"], "attachments.quota_bytes");
        }
        // What another person stores does not count, and what is gone counts no more.
        Desk::of(&server, &ben).announce(&two_kilobytes).expect(201);
        let id = ok[0].json()["id"].as_str().unwrap().to_owned();
        desk.patch(&id, 0, &noise(4, 1_000)).expect(200);
        desk.delete(&id).expect(204);
        desk.delete(&id).refused(404, "attachment_not_found");
        desk.announce(&two_kilobytes).expect(201);
        desk.announce(&two_kilobytes).refused(413, "attachment_too_large");
        assert_eq!(blobs(&server), [""; 0]);
    }
);

#[test]
fn too_many_uploads_name_the_setting() {
    run(async {
        let server = Server::plan(Backend::Sqlite)
            .set("attachments.uploads_per_minute", "2")
            .start()
            .await;
        let ana = server.register("ana");
        let desk = Desk::of(&server, &ana);
        let one = json!({ "name": "a", "bytes": 1 });
        desk.announce(&one).expect(201);
        desk.announce(&one).expect(201);
        let refused = desk.announce(&one).refused(429, "rate_limited");
        assert_eq!(refused["setting"], "attachments.uploads_per_minute");
    });
}

#[test]
fn a_part_that_stalls_counts_as_far_as_it_came() {
    run(async {
        let server = Server::plan(Backend::Sqlite).start().await;
        let ana = server.register("ana");
        let desk = Desk::of(&server, &ana);
        let bytes = noise(5, 10_000);
        let id = desk.begin("a.bin", bytes.len());
        let mut socket = TcpStream::connect(server.address()).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let head = format!(
            "PATCH /api/v1/attachments/{id} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nupload-offset: 0\r\n\
             content-length: 10000\r\n\r\n",
            ana.token
        );
        socket.write_all(head.as_bytes()).unwrap();
        socket.write_all(&bytes[..4_000]).unwrap();
        let mut answer = [0; 12];
        socket.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        assert_eq!(desk.upload(&id)["offset"], 4_000);
        desk.patch(&id, 4_000, &bytes[4_000..]).expect(200);
        assert_eq!(desk.get(&id, "").bytes, bytes);
    });
}

#[test]
fn an_upload_goes_on_at_another_node_that_shares_the_folder() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let shared = folder.path().display().to_string();
        let nodes = Cluster::start(|plan| plan.set("attachments.folder", &shared)).await;
        let ana = nodes.one.register("ana");
        let (one, two) = (Desk::of(&nodes.one, &ana), Desk::of(&nodes.two, &ana));
        let bytes = noise(6, 3 * CHUNK);
        let id = one.begin("a.bin", bytes.len());
        two.patch(&id, 0, &bytes[..CHUNK]).expect(200);
        one.patch(&id, CHUNK, &bytes[CHUNK..2 * CHUNK]).expect(200);
        // Both at once: one counts, and nothing gets between.
        let last = &bytes[2 * CHUNK..];
        let (there, here) = std::thread::scope(|scope| {
            let there = scope.spawn(|| two.patch(&id, 2 * CHUNK, last).status);
            let here = one.patch(&id, 2 * CHUNK, last).status;
            (there.join().unwrap(), here)
        });
        assert!([(200, 409), (409, 200)].contains(&(there, here)), "{there} and {here}");
        assert_eq!(one.get(&id, "").expect(200).bytes, bytes);
        assert_eq!(two.get(&id, "").expect(200).bytes, bytes);
    });
}

#[test]
fn a_store_that_takes_nothing_is_told_by_name_and_an_upload_goes_on_when_it_does() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("attachments");
        std::fs::write(&place, "no folder").unwrap();
        let plan = Server::plan(Backend::Sqlite).set("attachments.folder", place.to_str().unwrap());
        let server = plan.start().await;
        let ana = server.register("ana");
        let desk = Desk::of(&server, &ana);
        let id = desk.begin("a.bin", 3);
        desk.patch(&id, 0, b"abc").refused(503, "storage_unavailable");
        assert_eq!(desk.upload(&id)["offset"], 0);
        std::fs::remove_file(&place).unwrap();
        desk.patch(&id, 0, b"abc").expect(200);
        assert_eq!(desk.get(&id, "").expect(200).bytes, b"abc");
        // Bytes that are lost are as good as none.
        std::fs::remove_dir_all(&place).unwrap();
        desk.get(&id, "").refused(404, "attachment_not_found");
    });
}
