//! The HTTP side of a server, as a program without a browser uses it.

use serde_json::Value;
use ureq::http::{HeaderMap, Method, Request};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, RequestExt};

use super::{ANSWER_LIMIT, contract};

/// Calls to one server.
#[derive(Clone)]
pub(crate) struct Http {
    origin: String,
    agent: Agent,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// All headers.
    pub(crate) headers: HeaderMap,
    /// The body as text.
    pub(crate) text: String,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("not JSON ({e}): {self:?}"))
    }

    /// The `code` of a refusal, or the empty string.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// A header, or the empty string.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// Fails the test unless the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

/// What came back, as it came.
#[derive(Debug)]
pub(crate) struct Raw {
    /// The status code.
    pub(crate) status: u16,
    /// All headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) bytes: Vec<u8>,
}

impl Raw {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|e| panic!("not JSON ({e}): {}", String::from_utf8_lossy(&self.bytes)))
    }

    /// A header, or the empty string.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// Fails the test unless the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }

    /// Fails the test unless it is a refusal with this code.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Value {
        let json = self.expect(status).json();
        assert_eq!(json["code"], code, "{json}");
        json
    }
}

impl Http {
    /// One call with a bearer token and a body of bytes; an error when the connection broke.
    pub(crate) fn try_raw(
        &self,
        token: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Raw, ureq::Error> {
        const MOST: u64 = 1 << 30;
        let mut request = Request::builder()
            .method(method.parse::<Method>().unwrap())
            .uri(format!("{}{path}", self.origin))
            .header("authorization", format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut answer = match body {
            Some(body) => request.body(body).unwrap().with_agent(&self.agent).run()?,
            None => request.body(()).unwrap().with_agent(&self.agent).run()?,
        };
        Ok(Raw {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            bytes: answer.body_mut().with_config().limit(MOST).read_to_vec()?,
        })
    }

    /// The same, which must be answered.
    pub(crate) fn raw(
        &self,
        token: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Raw {
        let answer = self.try_raw(token, method, path, headers, body);
        answer.unwrap_or_else(|e| panic!("{method} {path}: {e}"))
    }

    /// Calls to `origin`; `root` is the certificate (DER) that an https server is believed by.
    pub(crate) fn new(origin: &str, root: Option<&[u8]>) -> Self {
        let roots: Vec<_> = root
            .map(|der| Certificate::from_der(der).to_owned())
            .into_iter()
            .collect();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(ANSWER_LIMIT))
            .tls_config(TlsConfig::builder().root_certs(RootCerts::from(roots)).build())
            .build();
        Self {
            origin: origin.to_owned(),
            agent: config.new_agent(),
        }
    }

    /// One call. `headers` are added as they stand; a body is sent as JSON.
    pub(crate) fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        let mut request = Request::builder()
            .method(method.parse::<Method>().unwrap())
            .uri(format!("{}{path}", self.origin));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match body {
            Some(body) => {
                let request = request
                    .header("content-type", "application/json")
                    .body(body.to_string())
                    .unwrap();
                request.with_agent(&self.agent).run()
            }
            None => request.body(()).unwrap().with_agent(&self.agent).run(),
        };
        let mut answer = answer.unwrap_or_else(|e| panic!("{method} {path}: {e}"));
        let answer = Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            text: answer
                .body_mut()
                .read_to_string()
                .unwrap_or_else(|e| panic!("{method} {path}: {e}")),
        };
        let fault = contract::fault_of_http(method, path, &answer);
        assert_eq!(fault, None, "not as the documents say: {answer:?}");
        answer
    }

    /// `GET` without any authority.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[], None)
    }

    /// `POST` of JSON without any authority.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, &[], Some(body))
    }

    /// A call with a bearer token.
    pub(crate) fn as_bearer(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.call(method, path, &[("authorization", &format!("Bearer {token}"))], body)
    }
}
