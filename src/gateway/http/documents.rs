//! `/docs`: the protocol, as a page for people and as documents for programs.

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::assets;
use crate::gateway::errors::Refusal;
use crate::protocol::documents;

/// Reads the documents and shows them.
const PAGE: &str = "docs/index.html";

static ASYNCAPI: LazyLock<Document> = LazyLock::new(|| Document::new(documents::asyncapi()));
static OPENAPI: LazyLock<Document> = LazyLock::new(|| Document::new(documents::openapi()));

/// A document as it is made once a process, so that it is that of this very program.
struct Document {
    text: Bytes,
    hash: Vec<u8>,
}

impl Document {
    fn new(text: String) -> Self {
        Self {
            hash: Sha256::digest(&text).to_vec(),
            text: text.into(),
        }
    }

    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let json = "application/json; charset=utf-8".to_owned();
        assets::answer(request, json, &self.hash, self.text.clone())
    }
}

/// The page.
pub(super) async fn page(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    assets::file(&request, PAGE)
}

/// The socket.
pub(super) async fn asyncapi(request: HttpRequest) -> HttpResponse {
    ASYNCAPI.answer(&request)
}

/// HTTP.
pub(super) async fn openapi(request: HttpRequest) -> HttpResponse {
    OPENAPI.answer(&request)
}
