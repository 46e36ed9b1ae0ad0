//! What the tests of attachments do again and again.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::harness::{Backend, Client, Database, Http, Person, Raw, Server, new_client_id};

/// Bytes in one request at most.
pub(super) const CHUNK: usize = 1 << 20;

/// Bytes that are nothing, the same for the same seed.
pub(super) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    StdRng::seed_from_u64(seed).fill_bytes(&mut bytes);
    // Never by chance the beginning of something.
    bytes[0] = 0;
    bytes
}

/// A person who attaches things.
pub(super) struct Desk {
    http: Http,
    token: String,
}

impl Desk {
    pub(super) fn of(server: &Server, person: &Person) -> Self {
        Self {
            http: server.http(),
            token: person.token.clone(),
        }
    }

    pub(super) fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Raw {
        self.http.raw(&self.token, method, path, headers, body)
    }

    pub(super) fn announce(&self, body: &Value) -> Raw {
        let headers = [("content-type", "application/json")];
        self.call(
            "POST",
            "/api/v1/attachments",
            &headers,
            Some(body.to_string().as_bytes()),
        )
    }

    /// Begins an upload that is not refused.
    pub(super) fn begin(&self, name: &str, bytes: usize) -> String {
        let begun = self
            .announce(&json!({ "name": name, "bytes": bytes }))
            .expect(201)
            .json();
        begun["id"].as_str().unwrap().to_owned()
    }

    pub(super) fn patch(&self, id: &str, offset: usize, body: &[u8]) -> Raw {
        self.try_patch(id, offset, body).expect("an answer to a part")
    }

    pub(super) fn try_patch(&self, id: &str, offset: usize, body: &[u8]) -> Option<Raw> {
        let (path, offset) = (format!("/api/v1/attachments/{id}"), offset.to_string());
        let headers = [("upload-offset", offset.as_str())];
        self.http
            .try_raw(&self.token, "PATCH", &path, &headers, Some(body))
            .ok()
    }

    /// How far an upload is.
    pub(super) fn upload(&self, id: &str) -> Value {
        let path = format!("/api/v1/attachments/{id}/upload");
        self.call("GET", &path, &[], None).expect(200).json()
    }

    pub(super) fn delete(&self, id: &str) -> Raw {
        self.call("DELETE", &format!("/api/v1/attachments/{id}"), &[], None)
    }

    pub(super) fn get(&self, id: &str, query: &str) -> Raw {
        self.get_with(id, query, &[])
    }

    pub(super) fn get_with(&self, id: &str, query: &str, headers: &[(&str, &str)]) -> Raw {
        self.call("GET", &format!("/api/v1/attachments/{id}{query}"), headers, None)
    }

    /// Sends all of an upload that was begun; the answer to the last part.
    pub(super) fn send(&self, id: &str, bytes: &[u8]) -> Raw {
        let mut last = None;
        for (at, part) in bytes.chunks(CHUNK).enumerate() {
            last = Some(self.patch(id, at * CHUNK, part));
        }
        last.expect("something is sent")
    }

    /// Uploads something that is not refused; what it became.
    pub(super) fn attach(&self, name: &str, bytes: &[u8]) -> Value {
        let id = self.begin(name, bytes.len());
        let done = self.send(&id, bytes).expect(200).json();
        done["attachment"].clone()
    }

    /// Uploads something that is refused in the end; the refusal.
    pub(super) fn refused(&self, name: &str, bytes: &[u8], status: u16, code: &str) -> Value {
        let id = self.begin(name, bytes.len());
        let refused = self.send(&id, bytes).refused(status, code);
        self.get(&id, "").refused(404, "attachment_not_found");
        let path = format!("/api/v1/attachments/{id}/upload");
        self.call("GET", &path, &[], None).refused(404, "attachment_not_found");
        refused
    }
}

/// The names of all files that the server keeps for attachments, sorted.
pub(super) fn blobs(server: &Server) -> Vec<String> {
    let mut names = Vec::new();
    let Ok(shelves) = std::fs::read_dir(server.data_folder().join("attachments")) else {
        return names;
    };
    for shelf in shelves {
        for file in std::fs::read_dir(shelf.unwrap().path()).unwrap() {
            names.push(file.unwrap().file_name().into_string().unwrap());
        }
    }
    names.sort();
    names
}

/// An id in SQL.
pub(super) fn literal(database: &Database, id: &str) -> String {
    match database.backend() {
        Backend::Sqlite => format!("X'{}'", id.replace('-', "")),
        Backend::Postgres => format!("'{id}'::uuid"),
    }
}

/// Lets a message have an attachment, as its log will.
pub(super) async fn refer(database: &Database, id: &str, conversation: &str, seq: i64) {
    let (id, conversation) = (literal(database, id), literal(database, conversation));
    let insert = format!(
        "INSERT INTO attachment_ref (conversation_id, seq, place, attachment_id) VALUES ({conversation}, {seq}, 0, {id})"
    );
    database.done(&insert).await;
    let held = format!("UPDATE attachment SET loose_since = NULL WHERE id = {id}");
    database.done(&held).await;
}

/// A group, and a message in it.
pub(super) async fn group(client: &Client, members: &[&Person]) -> (String, i64) {
    let members: Vec<_> = members.iter().map(|person| person.id.as_str()).collect();
    let made = client
        .done(
            "conversation.create",
            json!({ "client_id": new_client_id(), "kind": "group", "title": "t", "members": members }),
        )
        .await;
    let id = made["conversation"]["id"].as_str().unwrap().to_owned();
    let seq = say(client, &id).await;
    (id, seq)
}

/// One more message.
pub(super) async fn say(client: &Client, conversation: &str) -> i64 {
    let d = json!({ "client_id": new_client_id(), "conversation": conversation, "text": "look" });
    client.done("message.send", d).await["seq"].as_i64().unwrap()
}
