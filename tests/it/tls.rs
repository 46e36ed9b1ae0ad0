//! TLS in the server itself: secure cookies, `wss`, and a certificate that is replaced while people talk.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::harness::{ANSWER_LIMIT, Backend, Client, Plan, Server, eventually, run};

/// A changed file is noticed by then.
const RELOAD_LIMIT: Duration = Duration::from_secs(60);

/// Writes a new self-signed certificate for localhost into the folder and returns it (DER).
fn new_certificate(folder: &Path) -> Vec<u8> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    // The key first: whoever sees the new certificate must find its key.
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("certificate.pem"), made.cert.pem()).unwrap();
    made.cert.der().to_vec()
}

fn plan(folder: &TempDir) -> Plan {
    let root = new_certificate(folder.path());
    let file = |name: &str| folder.path().join(name).display().to_string();
    let tls = format!(
        "{{ certificate = {:?}, key = {:?} }}",
        file("certificate.pem"),
        file("key.pem")
    );
    Server::plan(Backend::Sqlite).set("http.tls", &tls).https(root)
}

#[test]
fn a_person_signs_in_and_chats_over_tls() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let server = plan(&folder).start().await;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        let body = json!({ "login": ana.handle, "password": ana.password, "device": "browser" });
        let answer = server.http().post("/api/v1/login", &body).expect(200);
        let cookie = answer.header("set-cookie").to_lowercase();
        assert!(cookie.starts_with("__host-"), "{cookie}");
        assert!(
            cookie.contains("; secure") && cookie.contains("; httponly") && cookie.contains("; path=/"),
            "{cookie}"
        );
        assert!(!cookie.contains("domain="), "{cookie}");
        assert!(
            answer.header("strict-transport-security").starts_with("max-age="),
            "HSTS under TLS"
        );

        let pair = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        let headers = [("cookie", pair.as_str()), ("origin", &server.origin())];
        let by_cookie = Client::open_with(&server, &headers)
            .await
            .expect("the own origin may connect");
        by_cookie.done("hello", crate::harness::hello(None)).await;
        let on_ben = server.connect(&ben).await;
        let conversation = by_cookie.direct_with(&ben.id).await;
        by_cookie.say(&conversation, "under the seal").await;
        assert_eq!(on_ben.next_event("message.posted").await["d"]["text"], "under the seal");
    });
}

#[test]
fn a_new_certificate_is_taken_without_dropping_sockets() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let mut server = plan(&folder).start().await;
        let ana = server.register("ana");
        let before = server.connect(&ana).await;
        let root = new_certificate(folder.path());
        server.believe(root);
        eventually("the new certificate is shown", RELOAD_LIMIT, async || {
            Client::open_with(&server, &[]).await.is_ok().then_some(())
        })
        .await;
        before.done("ping", json!({})).await;
        server.connect(&ana).await.done("ping", json!({})).await;
    });
}

#[test]
fn plain_http_on_a_tls_port_gets_nothing() {
    run(async {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let folder = tempfile::tempdir().unwrap();
        let server = plan(&folder).start().await;
        let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await
            .unwrap();
        let mut said = Vec::new();
        let read = tokio::time::timeout(ANSWER_LIMIT, stream.read_to_end(&mut said)).await;
        assert!(read.is_ok(), "the connection ends");
        assert!(!said.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&said));
    });
}
