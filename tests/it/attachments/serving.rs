//! Who gets an attachment, and as what.

use serde_json::json;

use super::kit::{Desk, group, literal, noise, refer, say};
use crate::harness::{Backend, Database, Server, on_both_databases, run};

on_both_databases!(whoever_may_not_have_an_attachment_learns_nothing_of_it, |server| {
    let (ana, ben, eve) = (server.register("ana"), server.register("ben"), server.register("eve"));
    let (of_ana, of_ben, of_eve) = (
        Desk::of(&server, &ana),
        Desk::of(&server, &ben),
        Desk::of(&server, &eve),
    );
    let on_ana = server.connect(&ana).await;
    let (conversation, seq) = group(&on_ana, &[&ben]).await;
    let database = Database::of(&server).await;
    let bytes = noise(1, 5_000);
    let id = of_ana.attach("a.bin", &bytes)["id"].as_str().unwrap().to_owned();
    // One answer, whether there is none, it is another's, or it is no id at all.
    let nothing = |desk: &Desk, id: &str| {
        let mut refused = desk.get(id, "").refused(404, "attachment_not_found");
        refused.as_object_mut().unwrap().remove("reference");
        refused
    };
    let unknown = nothing(&of_ben, "01990000-0000-7000-8000-000000000000");
    assert_eq!(nothing(&of_ben, "x"), unknown);
    assert_eq!(nothing(&of_ben, &id), unknown, "it is not sent");
    refer(&database, &id, &conversation, seq).await;
    assert_eq!(of_ana.get(&id, "").expect(200).bytes, bytes);
    assert_eq!(of_ben.get(&id, "").expect(200).bytes, bytes);
    assert_eq!(nothing(&of_eve, &id), unknown);
    // Who may read it may not touch it.
    for desk in [&of_ben, &of_eve] {
        let path = format!("/api/v1/attachments/{id}/upload");
        desk.call("GET", &path, &[], None).refused(404, "attachment_not_found");
        desk.patch(&id, bytes.len(), b"").refused(404, "attachment_not_found");
        desk.delete(&id).refused(404, "attachment_not_found");
    }
    of_ana.delete(&id).refused(409, "upload_conflict");

    let member = |set: &str| {
        let (of, who) = (literal(&database, &conversation), literal(&database, &ben.id));
        format!("UPDATE member SET {set} WHERE conversation_id = {of} AND user_id = {who}")
    };
    database.done(&member(&format!("from_seq = {seq}"))).await;
    assert_eq!(nothing(&of_ben, &id), unknown, "who came later reads nothing of before");
    let later = say(&on_ana, &conversation).await;
    refer(&database, &id, &conversation, later).await;
    of_ben.get(&id, "").expect(200);
    database.done(&member("until_seq = 99")).await;
    assert_eq!(nothing(&of_ben, &id), unknown, "who left reads nothing");
    database.done(&member("until_seq = NULL")).await;
    of_ben.get(&id, "").expect(200);
    // A message that is recalled has nothing any more.
    database.done("DELETE FROM attachment_ref").await;
    assert_eq!(nothing(&of_ben, &id), unknown);
    of_ana.get(&id, "").expect(200);
    let path = format!("/api/v1/attachments/{id}");
    assert_eq!(server.http().get(&path).expect(401).code(), "unauthenticated");
});

#[test]
fn what_a_browser_would_run_is_given_as_bytes_to_be_saved() {
    run(async {
        let server = Server::plan(Backend::Sqlite).start().await;
        let ana = server.register("ana");
        let desk = Desk::of(&server, &ana);
        for (name, content) in [
            (
                "a.svg",
                "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
            ),
            (
                "b.svg",
                "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>",
            ),
            ("c.html", "<!DOCTYPE html><script>alert(1)</script>"),
            (
                "d.xml",
                "<?xml version=\"1.0\"?><x xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:script/></x>",
            ),
            ("e.js", "alert(1)"),
            ("f.png", "<script>alert(1)</script>"),
            ("g.pdf", "%PDF-1.7 <script>"),
        ] {
            let sent = desk.attach(name, content.as_bytes());
            assert_eq!((&sent["kind"], &sent["name"]), (&json!("file"), &json!(name)));
            let got = desk.get(sent["id"].as_str().unwrap(), "").expect(200);
            assert_eq!(got.bytes, content.as_bytes());
            for (header, value) in [
                ("content-type", "application/octet-stream"),
                ("content-disposition", &format!("attachment; filename*=UTF-8''{name}")),
                ("content-security-policy", "default-src 'none'; sandbox"),
                ("x-content-type-options", "nosniff"),
                ("cross-origin-resource-policy", "same-origin"),
                ("cache-control", "private, no-cache"),
                ("x-frame-options", "DENY"),
            ] {
                assert_eq!(got.header(header), value, "{name}");
            }
        }
        let sent = desk.attach("evil\"; filename=x.html\r\nset-cookie: a=b", b"x");
        let got = desk.get(sent["id"].as_str().unwrap(), "").expect(200);
        let said = got.header("content-disposition");
        assert!(!said.contains('"') && said.matches(';').count() == 1, "{said}");
        assert_eq!(got.header("set-cookie"), "");
    });
}

#[test]
fn a_range_is_given_and_what_is_known_is_not_sent_again() {
    run(async {
        let server = Server::plan(Backend::Sqlite).start().await;
        let ana = server.register("ana");
        let desk = Desk::of(&server, &ana);
        let bytes = noise(1, 300_000);
        let sent = desk.attach("a.bin", &bytes);
        let id = sent["id"].as_str().unwrap();
        let whole = desk.get(id, "").expect(200);
        let tag = whole.header("etag").to_owned();
        assert_eq!((whole.header("accept-ranges"), tag.len()), ("bytes", 66));
        for (range, from, to) in [
            ("bytes=0-0", 0, 1),
            ("bytes=100000-199999", 100_000, 200_000),
            ("bytes=299990-", 299_990, 300_000),
            ("bytes=-10", 299_990, 300_000),
        ] {
            let got = desk.get_with(id, "", &[("range", range)]).expect(206);
            assert_eq!(got.bytes, bytes[from..to], "{range}");
            assert_eq!(got.header("content-range"), format!("bytes {from}-{}/300000", to - 1));
            assert_eq!(got.header("etag"), tag);
        }
        let beyond = desk.get_with(id, "", &[("range", "bytes=300000-")]).expect(416);
        assert_eq!(
            (beyond.header("content-range"), beyond.bytes.len()),
            ("bytes */300000", 0)
        );
        for (name, value) in [("range", "bytes=0-1,5-6"), ("range", "junk")] {
            assert_eq!(desk.get_with(id, "", &[(name, value)]).expect(200).bytes.len(), 300_000);
        }
        let fresh = [("range", "bytes=0-9"), ("if-range", tag.as_str())];
        assert_eq!(desk.get_with(id, "", &fresh).expect(206).bytes, bytes[..10]);
        let stale = [("range", "bytes=0-9"), ("if-range", "\"other\"")];
        assert_eq!(desk.get_with(id, "", &stale).expect(200).bytes.len(), 300_000);
        let known = desk.get_with(id, "", &[("if-none-match", &tag)]).expect(304);
        assert_eq!((known.bytes.len(), known.header("etag")), (0, tag.as_str()));
        desk.get(id, "?size=large").refused(400, "invalid_field");
        desk.get(id, "?size=small").refused(404, "attachment_not_found");
    });
}
