//! People who use a server.

use serde_json::json;
use uuid::Uuid;

use super::http::Http;

/// Someone registered and signed in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// The unique name.
    pub(crate) handle: String,
    /// What they sign in with.
    pub(crate) password: String,
    /// The session's token.
    pub(crate) token: String,
    /// The user's id.
    pub(crate) id: String,
}

impl Person {
    /// Registers and signs in.
    pub(crate) fn register(http: &Http, handle: &str) -> Self {
        let email = format!("{handle}@example.com");
        let password = format!("knots of {handle} 7421");
        let body = json!({ "handle": handle, "email": email, "password": password, "display_name": handle });
        let user = http.post("/api/v1/register", &body).expect(201).json();
        let id = user["user"]["id"].as_str().expect("a user has an id").to_owned();
        let mut person = Self {
            handle: handle.to_owned(),
            password,
            token: String::new(),
            id,
        };
        person.token = person.sign_in(http, "test");
        person
    }

    /// Signs in once more and returns the new session's token.
    pub(crate) fn sign_in(&self, http: &Http, device: &str) -> String {
        let body = json!({ "login": self.handle, "password": self.password, "device": device });
        let answer = http.post("/api/v1/login", &body).expect(200).json();
        answer["token"]
            .as_str()
            .expect("an answer to login has a token")
            .to_owned()
    }
}

/// A caller's id for one effect.
pub(crate) fn new_client_id() -> String {
    Uuid::now_v7().to_string()
}
