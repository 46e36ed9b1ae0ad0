//! Every path of the HTTP API, one entry each. The OpenAPI file and the declarations for scripts are made from it; the
//! routes themselves stand in `gateway/http/`, and a test holds the two against each other.

use schemars::JsonSchema;

use super::catalogue::{SchemaOf, schema_of};
use super::http::{About, DemoLogin, Health, LoggedIn, Login, OwnUser, Readiness, Register, Sessions, VerifyEmail};
use super::{NewAttachment, Receipt, UploadBegun, UploadView};

/// All paths, in the order of the documentation.
pub const ROUTES: &[Route] = &[
    post("/api/v1/register", "Makes a person. They sign in by another call.")
        .takes(json::<Register>())
        .answers(201, json::<OwnUser>()),
    post(
        "/api/v1/login",
        "Signs a person in: the token for programs, the session cookie for browsers.",
    )
    .takes(json::<Login>())
    .answers(200, json::<LoggedIn<'static>>()),
    post("/api/v1/logout", "Ends the own session on every node.")
        .signed_in()
        .answers(204, Content::None),
    get("/api/v1/me", "Who is signed in.")
        .signed_in()
        .answers(200, json::<OwnUser>()),
    get(
        "/api/v1/sessions",
        "Where the person is signed in, the session used last first.",
    )
    .signed_in()
    .answers(200, json::<Sessions>()),
    delete("/api/v1/sessions/{id}", "Signs one device out, the own one too.")
        .signed_in()
        .answers(204, Content::None),
    post(
        "/api/v1/email/verify",
        "Confirms an address by the token from the mail. Nobody need be signed in.",
    )
    .takes(json::<VerifyEmail>())
    .answers(204, Content::None),
    post(
        "/api/v1/email/resend",
        "Mails another link, if there is something left to confirm.",
    )
    .signed_in()
    .answers(204, Content::None),
    post(
        "/api/v1/attachments",
        "Begins an upload. Its bytes follow in parts, by PATCH.",
    )
    .signed_in()
    .takes(json::<NewAttachment>())
    .answers(201, json::<UploadBegun>()),
    route(
        "PATCH",
        "/api/v1/attachments/{id}",
        "Gives the next part of an upload; the last one answers what it has become.",
    )
    .signed_in()
    .with(&[Param {
        place: "header",
        name: "Upload-Offset",
        required: true,
        kind: "integer",
        says: "Where this part begins: the offset that was answered last.",
    }])
    .takes(Content::Bytes)
    .answers(200, json::<UploadView>()),
    get(
        "/api/v1/attachments/{id}/upload",
        "How far an own upload is, to go on with it.",
    )
    .signed_in()
    .answers(200, json::<UploadView>()),
    delete(
        "/api/v1/attachments/{id}",
        "Takes back an own upload that no message has.",
    )
    .signed_in()
    .answers(204, Content::None),
    get(
        "/api/v1/attachments/{id}",
        "The bytes of an attachment, or a range of them, for who uploaded it and for those who may read a message that has it.",
    )
    .signed_in()
    .with(&[
        Param {
            place: "query",
            name: "size",
            required: false,
            kind: "string",
            says: "`small` or `medium` of a picture.",
        },
        Param {
            place: "header",
            name: "Range",
            required: false,
            kind: "string",
            says: "One range of bytes.",
        },
    ])
    .answers(200, Content::Bytes)
    .or(206, Content::Bytes),
    get(
        "/api/v1/wallet/receipt",
        "The receipt of a transfer for one of its parties: a file that anyone can check without this server.",
    )
    .signed_in()
    .with(&[Param {
        place: "query",
        name: "transfer",
        required: true,
        kind: "string",
        says: "The transfer's id.",
    }])
    .answers(200, json::<Receipt>()),
    get(
        "/api/v1/wallet/statement.csv",
        "The statement of an own account for spreadsheets: what there was, what moved, what there is.",
    )
    .signed_in()
    .with(STATEMENT)
    .answers(200, Content::Table),
    get("/api/v1/wallet/statement", "The same as a page to be printed.")
        .signed_in()
        .with(STATEMENT_PAGE)
        .answers(200, Content::Page),
    get("/api/v1/about", "What a client needs to know before anybody signs in.").answers(200, json::<About>()),
    post(
        "/api/v1/demo/login",
        "Signs in one of the people of the demonstration: under --demo alone, from the same machine.",
    )
    .takes(json::<DemoLogin>())
    .answers(200, json::<LoggedIn<'static>>()),
    get("/healthz", "The process answers.").answers(200, json::<Health>()),
    get(
        "/readyz",
        "Whether this node should get traffic; 503 and the reason when not.",
    )
    .answers(200, json::<Readiness>())
    .or(503, json::<Readiness>()),
    get(
        "/metrics",
        "Every figure, in Prometheus' text format; for this machine alone unless http.metrics_public.",
    )
    .answers(200, Content::Text),
    get(
        "/help",
        "What each refusal means, as pages in English and Chinese: all of them.",
    )
    .with(&[LANG])
    .answers(200, Content::Page),
    get(
        "/help/{code}",
        "What one refusal means: whether money moved, whether trying again helps, what to do next.",
    )
    .with(&[
        LANG,
        Param {
            place: "query",
            name: "ref",
            required: false,
            kind: "string",
            says: "The reference of the refusal, to be shown on the page.",
        },
    ])
    .answers(200, Content::Page)
    .or(404, Content::Page),
    get("/docs", "This documentation as a page.").answers(200, Content::Page),
    get(
        "/docs/asyncapi.json",
        "The socket's protocol as an AsyncAPI 3.0 document.",
    )
    .answers(200, Content::Document),
    get("/docs/openapi.json", "This document.").answers(200, Content::Document),
];

/// The language of a page for people.
const LANG: Param = Param {
    place: "query",
    name: "lang",
    required: false,
    kind: "string",
    says: "`en` or `zh-CN`; else the caller's `Accept-Language` chooses.",
};

const fn query(name: &'static str, required: bool, says: &'static str) -> Param {
    Param {
        place: "query",
        name,
        required,
        kind: "string",
        says,
    }
}

const ACCOUNT: Param = query("account", true, "The account's id.");
const FROM: Param = query(
    "from",
    false,
    "The first day (UTC), such as 2026-01-01; from the beginning without.",
);
const TO: Param = query("to", false, "The last day (UTC), which is in it; up to now without.");
const STATEMENT: &[Param] = &[ACCOUNT, FROM, TO];
const STATEMENT_PAGE: &[Param] = &[
    ACCOUNT,
    FROM,
    TO,
    query("lang", false, "`en` or `zh-CN`; by Accept-Language without."),
];

/// A verb on a path.
#[derive(Clone, Copy)]
pub struct Route {
    /// `GET`, `POST`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// The path; what varies stands in braces.
    pub path: &'static str,
    /// What it does, in a sentence.
    pub says: &'static str,
    /// Only for somebody who is signed in.
    pub signed_in: bool,
    /// Parameters besides those of the path.
    pub params: &'static [Param],
    /// The request's body.
    pub body: Content,
    /// The answers that are no refusals, by status.
    pub answers: [Option<(u16, Content)>; 2],
}

/// A parameter of the query or a header.
#[derive(Clone, Copy)]
pub struct Param {
    /// `query` or `header`.
    pub place: &'static str,
    /// Its name.
    pub name: &'static str,
    /// It must be there.
    pub required: bool,
    /// The JSON type of its value.
    pub kind: &'static str,
    /// What it is, in a sentence.
    pub says: &'static str,
}

/// What a body is.
#[derive(Clone, Copy)]
pub enum Content {
    /// There is none.
    None,
    /// JSON of this schema.
    Json(SchemaOf),
    /// Plain text.
    Text,
    /// Comma-separated values.
    Table,
    /// A page for people.
    Page,
    /// JSON of a public standard.
    Document,
    /// Bytes of any kind.
    Bytes,
}

const fn json<T: JsonSchema>() -> Content {
    Content::Json(schema_of::<T>)
}

const fn get(path: &'static str, says: &'static str) -> Route {
    route("GET", path, says)
}

const fn post(path: &'static str, says: &'static str) -> Route {
    route("POST", path, says)
}

const fn delete(path: &'static str, says: &'static str) -> Route {
    route("DELETE", path, says)
}

const fn route(method: &'static str, path: &'static str, says: &'static str) -> Route {
    Route {
        method,
        path,
        says,
        signed_in: false,
        params: &[],
        body: Content::None,
        answers: [None, None],
    }
}

impl Route {
    const fn signed_in(self) -> Self {
        Self {
            signed_in: true,
            ..self
        }
    }

    const fn takes(self, body: Content) -> Self {
        Self { body, ..self }
    }

    const fn answers(self, status: u16, content: Content) -> Self {
        Self {
            answers: [Some((status, content)), None],
            ..self
        }
    }

    /// Parameters besides those of the path.
    #[must_use]
    pub const fn with(self, params: &'static [Param]) -> Self {
        Self { params, ..self }
    }

    /// Another answer that is no refusal.
    const fn or(self, status: u16, content: Content) -> Self {
        Self {
            answers: [self.answers[0], Some((status, content))],
            ..self
        }
    }
}
