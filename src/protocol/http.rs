//! The bodies of the HTTP API: what people send to sign in, and what they are told.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::text::secret;
use super::{ErrorCode, UserView, WireError};
use crate::clock::Micros;
use crate::ids::{SessionId, UserId};

/// `POST /api/v1/register`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Register {
    /// The unique name that is wanted.
    pub handle: String,
    /// Where mail reaches the person.
    pub email: String,
    /// The password.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "String")]
    pub password: SecretString,
    /// The name to show.
    pub display_name: String,
}

/// `POST /api/v1/login`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Login {
    /// The handle or the e-mail address.
    pub login: String,
    /// The password.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "String")]
    pub password: SecretString,
    /// What the person calls the device.
    #[serde(default)]
    pub device: String,
}

/// `POST /api/v1/demo/login`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DemoLogin {
    /// One of the people of the demonstration.
    pub handle: String,
    /// What the person calls the device.
    #[serde(default)]
    pub device: String,
}

/// `POST /api/v1/email/verify`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct VerifyEmail {
    /// The token from the mail.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "String")]
    pub token: SecretString,
}

/// Something that can be the body of a request.
pub trait Body: Sized + 'static {
    /// Reads it from JSON.
    ///
    /// # Errors
    /// `invalid_field` with the path of the field. What stood there is not repeated: it may be a password.
    fn read(json: &[u8]) -> Result<Self, WireError>;
}

impl<T: DeserializeOwned + 'static> Body for T {
    fn read(json: &[u8]) -> Result<Self, WireError> {
        let mut json = serde_json::Deserializer::from_slice(json);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let inner = error.inner().to_string();
            if let Some(field) = inner
                .strip_prefix("missing field `")
                .and_then(|rest| rest.split('`').next())
            {
                return invalid(field, "a field is missing");
            }
            let path = error.path().to_string();
            let path = if path == "." { "body".to_owned() } else { path };
            // serde quotes a value of the wrong type in its message, so that is not passed on.
            let reason = match error.inner().classify() {
                serde_json::error::Category::Data => "the value has another type",
                _ => "this is not JSON",
            };
            invalid(path, reason)
        })?;
        json.end()
            .map_err(|_| invalid("body", "something follows the object"))?;
        Ok(value)
    }
}

fn invalid(param: impl Into<String>, reason: &'static str) -> WireError {
    WireError::new(ErrorCode::InvalidField)
        .param(param)
        .detail("reason", reason)
}

/// A person, as they see themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Me")]
pub struct OwnUserView {
    /// The id.
    pub id: UserId,
    /// The unique name.
    pub handle: String,
    /// The name to show.
    pub display_name: String,
    /// Where mail reaches them.
    pub email: String,
    /// Whether that address was confirmed.
    pub email_verified: bool,
}

/// The answer to `register` and `me`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OwnUser {
    /// The person.
    pub user: OwnUserView,
}

/// The answer to a login.
// It is written and forgotten: the token has no `Debug`.
#[derive(Serialize, JsonSchema)]
pub struct LoggedIn<'a> {
    /// The session's token.
    pub token: &'a str,
    /// The person.
    pub user: OwnUserView,
}

/// A login of a person on a device.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SessionView {
    /// The id.
    pub id: SessionId,
    /// What the person calls the device.
    pub device: String,
    /// When it began.
    pub created_at: Micros,
    /// When it was last used, to about a minute.
    pub last_seen_at: Micros,
    /// Whether it is the session of this very request.
    pub current: bool,
}

/// The answer to `sessions`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Sessions {
    /// Those that can still be used, the last used first.
    pub sessions: Vec<SessionView>,
    /// Always `null`: a person has few.
    pub next: Option<String>,
}

/// The answer to `about`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct About {
    /// The program.
    pub server: ServerView,
    /// The oldest web client that is served.
    pub min_web_version: String,
    /// The people of the demonstration; empty otherwise.
    pub demo: Vec<DemoPerson>,
    /// `never`, `before_payment` or `before_sign_in`.
    #[schemars(extend("enum" = ["never", "before_payment", "before_sign_in"]))]
    pub verify_email: &'static str,
}

/// The server's program.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct ServerView {
    /// `quipu`.
    pub name: &'static str,
    /// `major.minor.patch`.
    pub version: &'static str,
}

impl ServerView {
    /// This program.
    pub const THIS: Self = Self {
        name: "quipu",
        version: env!("CARGO_PKG_VERSION"),
    };
}

/// Somebody whom the demonstration signs in by one click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DemoPerson {
    /// The unique name.
    pub handle: String,
    /// The name to show.
    pub display_name: String,
}

/// The answer to `/healthz`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct Health {
    /// `ok`: the process answers.
    #[schemars(extend("enum" = ["ok"]))]
    pub status: &'static str,
}

/// The answer to `/readyz`: whether this node should get traffic, and why not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Readiness {
    /// The node's name, when it was given one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// All of what follows is well.
    pub ready: bool,
    /// `ok`, `storage_refused` (it answers, and its disk took the last write not), or `unreachable`.
    #[schemars(extend("enum" = ["ok", "storage_refused", "unreachable"]))]
    pub database: &'static str,
    /// `in_process`, `connected`, or `reconnecting`: then events between nodes come late, and nothing is lost.
    #[schemars(extend("enum" = ["in_process", "connected", "reconnecting"]))]
    pub bus: &'static str,
    /// This node is stopping.
    pub draining: bool,
    /// Every rate limit is off.
    pub load_test: bool,
    /// What an operator should know although the node serves, such as `clock_jump`.
    pub warnings: Vec<&'static str>,
}

/// A refusal over HTTP, `application/problem+json` (RFC 9457). The facts of the code stand beside the standard's
/// own members, such as `setting` for `rate_limited`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Problem {
    /// `urn:quipu:error:` and the code.
    r#type: String,
    /// The code's sentence for a person.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// The word that clients act on.
    code: ErrorCode,
    /// The sentence for a person, of this case.
    detail: String,
    /// Whether the same request may succeed later with nothing else changed.
    retryable: bool,
    /// When it may, in milliseconds from now.
    retry_after_ms: Option<u64>,
    /// The field that is meant.
    param: Option<String>,
    /// The line of the server's log that has the cause.
    reference: String,
    /// What the code's documentation says of it.
    #[serde(flatten)]
    facts: Map<String, Value>,
}

impl Problem {
    /// The body for a refusal. `reference` is what the log has it under.
    #[must_use]
    pub fn new(error: &WireError, reference: String) -> Self {
        let mut facts = match &error.detail {
            Some(Value::Object(facts)) => facts.clone(),
            _ => Map::new(),
        };
        // The standard's members win: a body with one of them twice could be read either way.
        for member in [
            "type",
            "title",
            "status",
            "code",
            "detail",
            "retryable",
            "retry_after_ms",
            "param",
            "reference",
        ] {
            facts.remove(member);
        }
        Self {
            r#type: format!("urn:quipu:error:{}", error.code.as_str()),
            title: error.code.message(),
            status: error.code.status(),
            code: error.code,
            detail: error.message.clone().into_owned(),
            retryable: error.retryable,
            retry_after_ms: error.retry_after_ms,
            param: error.param.clone(),
            reference,
            facts,
        }
    }
}

impl From<OwnUserView> for UserView {
    fn from(user: OwnUserView) -> Self {
        Self {
            id: user.id,
            handle: user.handle,
            display_name: user.display_name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> WireError {
        Login::read(json.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_body_that_is_not_what_it_should_be_is_refused_by_its_field_and_never_repeated() {
        let missing = refusal(r#"{"login":"ada"}"#);
        assert_eq!(
            (missing.code, missing.param.as_deref()),
            (ErrorCode::InvalidField, Some("password"))
        );
        let typed = refusal(r#"{"login":"ada","password":12345678901}"#);
        assert_eq!(typed.param.as_deref(), Some("password"));
        assert!(!format!("{typed:?}").contains("12345678901"));
        for text in ["", "{", "[]", "null", r#"{"login":"a","password":"b"} x"#] {
            assert_eq!(refusal(text).code, ErrorCode::InvalidField, "{text}");
        }
    }

    #[test]
    fn no_password_is_printed() {
        let login = Login::read(br#"{"login":"ada","password":"canary canary"}"#).unwrap();
        assert!(!format!("{login:?}").contains("canary"));
    }

    #[test]
    fn a_problem_carries_the_facts_beside_the_standard_members() {
        let error = WireError::rate_limited("limits.logins_per_minute_per_ip", 1_500).detail("status", "forged");
        let told = serde_json::to_value(Problem::new(&error, "r".into())).unwrap();
        assert_eq!(told["setting"], "limits.logins_per_minute_per_ip");
        assert_eq!(told["status"], 429);
        assert_eq!(told["retry_after_ms"], 1_500);
        assert_eq!(told["code"], "rate_limited");
    }
}
