//! The routes over a real database, without a socket.

use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, Error};
use serde_json::{Value, json};

use super::*;
use crate::chat::attachments::{AttachmentRules, FolderBlobs};
use crate::clock::SystemClock;
use crate::config::{EmailVerification, LimitSettings};
use crate::gateway::origin::Origins;
use crate::identity::{Keys, NewUser, Rules};
use crate::notify::Outbox;
use crate::protocol::http::DemoPerson;
use crate::scratch::Scratch;

const OWN: &str = "http://localhost:8080";
const PASSWORD: &str = "correct horse 7";

struct House {
    state: web::Data<HttpState>,
    revoked: Arc<Mutex<Vec<SessionId>>>,
    _scratch: Scratch,
}

async fn house(change: impl FnOnce(&mut Site, &mut LimitSettings)) -> House {
    let scratch = Scratch::make(crate::db::Kind::Sqlite).await;
    let db = scratch.db.clone();
    let rules = Rules {
        session_lifetime: Duration::from_secs(3_600),
        email_verification: EmailVerification::Never,
        hashes_at_once: 2,
        hash_queue: 64,
        public_origin: OWN.into(),
    };
    let identity = Identity::new(
        rules,
        Keys::for_tests(),
        db.clone(),
        Outbox::waiting(),
        Arc::new(SystemClock),
    )
    .unwrap();
    let mut site = crate::gateway::site::tests::site(&[]);
    site.origins = Origins::Exactly(vec![OWN.into()]);
    let mut limits = LimitSettings {
        logins_per_minute_per_ip: 0,
        registers_per_minute_per_ip: 0,
        ..LimitSettings::default()
    };
    change(&mut site, &mut limits);
    let rules = AttachmentRules {
        max_bytes: 1 << 20,
        max_pixels: 1_000_000,
        quota_bytes: None,
        orphan_age: Duration::from_secs(3_600),
        pictures_at_once: 1,
    };
    let blobs = Arc::new(FolderBlobs::new(scratch.folder.path().join("attachments")));
    let attachments = Attachments::new(db.clone(), blobs, Arc::new(SystemClock), rules);
    let identity_of_records = identity.clone();
    let revoked = Arc::new(Mutex::new(Vec::new()));
    let told = revoked.clone();
    let state = HttpState {
        identity,
        site,
        rates: RateLimits::new(&limits),
        attachments,
        records: Records::new(db.clone(), identity_of_records),
        funds: None,
        db,
        on_session_revoked: Arc::new(move |_, id| told.lock().unwrap().push(id)),
        readiness: Arc::new(|| Readiness {
            ready: true,
            bus: "in_process",
            ..Readiness::default()
        }),
        metrics: Arc::new(|| "quipu_x 1\n".into()),
    };
    House {
        state: web::Data::new(state),
        revoked,
        _scratch: scratch,
    }
}

struct Answer {
    status: u16,
    headers: header::HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        self.json()["code"].as_str().unwrap().to_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn call(house: &House, request: TestRequest) -> Answer {
    let app = init_service(App::new().app_data(house.state.clone()).configure(configure)).await;
    call_on(&app, request).await
}

async fn call_on<B: MessageBody>(
    app: &impl Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    request: TestRequest,
) -> Answer {
    let peer: SocketAddr = (IpAddr::from([127, 0, 0, 1]), 9).into();
    let answer = call_service(app, request.peer_addr(peer).to_request()).await;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let bytes = read_body(answer).await;
    Answer {
        status,
        headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

fn post(path: &str, body: &Value) -> TestRequest {
    TestRequest::post().uri(path).set_json(body)
}

fn bearer(request: TestRequest, token: &str) -> TestRequest {
    request.insert_header(("authorization", format!("Bearer {token}")))
}

async fn register(house: &House, handle: &str) -> Answer {
    let body = json!({
        "handle": handle, "email": format!("{handle}@example.com"), "password": PASSWORD, "display_name": handle,
    });
    call(house, post("/api/v1/register", &body)).await
}

async fn login(house: &House, handle: &str) -> Answer {
    let body = json!({ "login": handle, "password": PASSWORD, "device": "test" });
    call(house, post("/api/v1/login", &body)).await
}

async fn token_of(house: &House, handle: &str) -> String {
    assert_eq!(register(house, handle).await.status, 201);
    login(house, handle).await.json()["token"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_person_registers_signs_in_and_out() {
    let house = house(|_, _| {}).await;
    let made = register(&house, "ada").await;
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["user"]["email_verified"], false);
    assert!(!made.text.contains("password"));
    let signed_in = login(&house, "ada").await;
    assert_eq!((signed_in.status, signed_in.header("cache-control")), (200, "no-store"));
    let token = signed_in.json()["token"].as_str().unwrap().to_owned();
    let cookie = signed_in.header("set-cookie");
    assert!(
        cookie.starts_with(&format!("quipu={token}; HttpOnly; SameSite=Strict")),
        "{cookie}"
    );

    let me = call(&house, bearer(TestRequest::get().uri("/api/v1/me"), &token)).await;
    assert_eq!(me.json()["user"]["handle"], "ada");
    let with_cookie = TestRequest::get()
        .uri("/api/v1/me")
        .insert_header(("cookie", format!("quipu={token}")));
    assert_eq!(call(&house, with_cookie).await.status, 200);

    let out = call(&house, bearer(TestRequest::post().uri("/api/v1/logout"), &token)).await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(house.revoked.lock().unwrap().len(), 1);
    let me = call(&house, bearer(TestRequest::get().uri("/api/v1/me"), &token)).await;
    assert_eq!((me.status, me.code()), (401, "unauthenticated".into()));
    assert_eq!(me.header("www-authenticate"), "Bearer");
}

#[actix_web::test]
async fn a_device_is_signed_out_from_another() {
    let house = house(|_, _| {}).await;
    let here = token_of(&house, "ada").await;
    let there = login(&house, "ada").await.json()["token"].as_str().unwrap().to_owned();
    let eve = token_of(&house, "eve").await;
    let list = |token: &str| bearer(TestRequest::get().uri("/api/v1/sessions"), token);
    let listed = call(&house, list(&here)).await.json();
    let other = listed["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["current"] == false)
        .unwrap();
    let id = other["id"].as_str().unwrap().to_owned();
    let end = |token: &str| bearer(TestRequest::delete().uri(&format!("/api/v1/sessions/{id}")), token);
    assert_eq!(call(&house, end(&eve)).await.code(), "session_not_found");
    assert_eq!(call(&house, end(&here)).await.status, 204);
    assert_eq!(call(&house, list(&there)).await.status, 401);
    assert_eq!(house.revoked.lock().unwrap()[0].to_string(), id);
    let junk = bearer(TestRequest::delete().uri("/api/v1/sessions/junk"), &here);
    assert_eq!(call(&house, junk).await.code(), "session_not_found");
}

#[actix_web::test]
async fn a_foreign_page_changes_nothing_with_the_cookie() {
    let house = house(|_, _| {}).await;
    let token = token_of(&house, "ada").await;
    let logout = || {
        let request = TestRequest::post().uri("/api/v1/logout");
        request.insert_header(("cookie", format!("quipu={token}")))
    };
    for origin in ["https://evil.example", "null", "http://localhost:8080.evil.example"] {
        let refused = call(&house, logout().insert_header(("origin", origin))).await;
        assert_eq!((refused.status, refused.code()), (403, "forbidden_origin".into()));
        assert!(refused.header("content-security-policy").contains("default-src 'none'"));
    }
    assert_eq!(call(&house, logout()).await.status, 403);
    let body = json!({ "login": "ada", "password": PASSWORD });
    let signed_in_elsewhere = post("/api/v1/login", &body)
        .insert_header(("cookie", format!("quipu={token}")))
        .insert_header(("origin", "https://evil.example"));
    assert_eq!(call(&house, signed_in_elsewhere).await.code(), "forbidden_origin");
    assert_eq!(call(&house, logout().insert_header(("origin", OWN))).await.status, 204);
}

#[actix_web::test]
async fn what_cannot_be_read_is_refused_by_name() {
    let house = house(|site, _| site.body_bytes = 1_024).await;
    let raw = |content_type: &str, body: &str| {
        TestRequest::post()
            .uri("/api/v1/login")
            .insert_header(("content-type", content_type))
            .set_payload(body.to_owned())
    };
    let json = "application/json; charset=utf-8";
    for (request, status, code) in [
        (raw(json, "{"), 400, "invalid_field"),
        (raw(json, "{}"), 400, "invalid_field"),
        (raw(json, r#"{"login":1,"password":"x"}"#), 400, "invalid_field"),
        (
            raw("text/plain", r#"{"login":"ada","password":"x"}"#),
            400,
            "invalid_field",
        ),
        (
            raw("application/x-www-form-urlencoded", "login=ada"),
            400,
            "invalid_field",
        ),
        (raw(json, &" ".repeat(1_025)), 413, "frame_too_large"),
        (
            raw(json, r#"{"login":"ada","password":"x"}"#),
            401,
            "credentials_invalid",
        ),
        (TestRequest::get().uri("/api/v1/login"), 404, "not_found"),
        (TestRequest::get().uri("/api/v1/nothing"), 404, "not_found"),
        (TestRequest::get().uri("/api"), 404, "not_found"),
        (TestRequest::get().uri("/static/nothing.js"), 404, "not_found"),
        (TestRequest::get().uri("/static/../Cargo.toml"), 404, "not_found"),
        (TestRequest::get().uri("/static/%2e%2e/Cargo.toml"), 404, "not_found"),
        (TestRequest::get().uri("/.env"), 404, "not_found"),
        (TestRequest::get().uri("/nowhere"), 404, "not_found"),
        (TestRequest::post().uri("/"), 404, "not_found"),
    ] {
        let answer = call(&house, request).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{}",
            answer.text
        );
        assert_eq!(answer.json()["status"], status);
        assert!(answer.json()["reference"].as_str().is_some_and(|r| !r.is_empty()));
    }
}

#[actix_web::test]
async fn a_weak_password_is_refused_by_its_field() {
    let house = house(|_, _| {}).await;
    let body = json!({ "handle": "ada", "email": "ada@example.com", "password": "1234567890", "display_name": "Ada" });
    let refused = call(&house, post("/api/v1/register", &body)).await;
    assert_eq!(
        (refused.code().as_str(), &refused.json()["param"]),
        ("password_weak", &json!("password"))
    );
    register(&house, "ada").await;
    assert_eq!(register(&house, "ada").await.code(), "handle_taken");
}

#[actix_web::test]
async fn too_many_sign_ins_name_the_setting() {
    let house = house(|_, limits| limits.logins_per_minute_per_ip = 1).await;
    token_of(&house, "ada").await;
    let refused = login(&house, "ada").await;
    assert_eq!((refused.status, refused.code()), (429, "rate_limited".into()));
    assert_eq!(refused.json()["setting"], "limits.logins_per_minute_per_ip");
    assert!(refused.json()["retry_after_ms"].as_u64().unwrap() > 0 && !refused.header("retry-after").is_empty());
}

#[actix_web::test]
async fn the_web_client_is_served_and_not_sent_twice() {
    let house = house(|_, _| {}).await;
    let app = init_service(App::new().app_data(house.state.clone()).configure(configure)).await;
    for path in [
        "/",
        "/signin",
        "/c/0197",
        "/u/ana.b",
        "/pay/ana?amount=1.5",
        "/static/index.html",
    ] {
        let browser = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        let page = call_on(&app, TestRequest::get().uri(path).insert_header(browser)).await;
        assert_eq!(
            (page.status, page.header("content-type")),
            (200, "text/html; charset=utf-8"),
            "{path}"
        );
        assert_eq!(page.header("cache-control"), "no-cache");
    }
    let script = call_on(&app, TestRequest::get().uri("/static/main.js")).await;
    assert_eq!(script.status, 200);
    assert_eq!(script.header("x-content-type-options"), "nosniff");
    let again = TestRequest::get()
        .uri("/static/main.js")
        .insert_header(("if-none-match", script.header("etag")));
    let again = call_on(&app, again).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    assert_eq!(again.header("etag"), script.header("etag"));
    let packed = TestRequest::get().uri("/").insert_header(("accept-encoding", "gzip"));
    assert_eq!(call_on(&app, packed).await.header("content-encoding"), "gzip");
}

#[actix_web::test]
async fn the_people_of_the_demonstration_sign_in_by_one_click() {
    let off = house(|_, _| {}).await;
    let body = json!({ "handle": "alice", "device": "test" });
    assert_eq!(call(&off, post("/api/v1/demo/login", &body)).await.code(), "not_found");
    let house = house(|site, _| {
        site.demo = vec![DemoPerson {
            handle: "alice".into(),
            display_name: "Alice".into(),
        }];
    })
    .await;
    for handle in ["alice", "mallory"] {
        let new = NewUser {
            handle: handle.into(),
            email: None,
            password: None,
            display_name: handle.into(),
        };
        house.state.identity.create_user(new).await.unwrap();
    }
    let about = call(&house, TestRequest::get().uri("/api/v1/about")).await.json();
    assert_eq!(about["demo"][0]["handle"], "alice");
    assert_eq!(call(&house, post("/api/v1/demo/login", &body)).await.status, 200);
    let other = json!({ "handle": "mallory" });
    assert_eq!(
        call(&house, post("/api/v1/demo/login", &other)).await.code(),
        "user_not_found"
    );
    let forwarded = post("/api/v1/demo/login", &body).insert_header(("x-forwarded-for", "203.0.113.9"));
    assert_eq!(call(&house, forwarded).await.code(), "not_found");
}

#[actix_web::test]
async fn operators_see_how_the_node_stands_and_strangers_no_figures() {
    let house = house(|_, _| {}).await;
    let get = |path: &str| TestRequest::get().uri(path);
    assert_eq!(call(&house, get("/healthz")).await.json()["status"], "ok");
    let ready = call(&house, get("/readyz")).await;
    assert_eq!((ready.status, &ready.json()["database"]), (200, &json!("ok")));
    assert_eq!(call(&house, get("/metrics")).await.text, "quipu_x 1\n");
    let stranger = get("/metrics").insert_header(("x-forwarded-for", "203.0.113.9"));
    assert_eq!(call(&house, stranger).await.status, 404);
    house.state.db.close().await;
    let ready = call(&house, get("/readyz")).await;
    assert_eq!((ready.status, &ready.json()["database"]), (503, &json!("unreachable")));
}

#[actix_web::test]
async fn under_https_browsers_are_told_to_stay_there() {
    let plain = house(|_, _| {}).await;
    let get = || TestRequest::get().uri("/healthz");
    assert_eq!(call(&plain, get()).await.header("strict-transport-security"), "");
    let secure = house(|site, _| site.is_https = true).await;
    assert_eq!(
        call(&secure, get()).await.header("strict-transport-security"),
        "max-age=31536000"
    );
    register(&secure, "ada").await;
    let cookie = login(&secure, "ada").await;
    assert!(cookie.header("set-cookie").starts_with("__Host-quipu="));
    assert!(cookie.header("set-cookie").contains("; Secure"));
}

#[actix_web::test]
async fn a_service_that_comes_before_keeps_its_path() {
    let house = house(|_, _| {}).await;
    let socket = web::resource("/ws/v1").route(web::get().to(|| async { "socket" }));
    let app = App::new()
        .app_data(house.state.clone())
        .service(socket)
        .configure(configure);
    let app = init_service(app).await;
    assert_eq!(call_on(&app, TestRequest::get().uri("/ws/v1")).await.text, "socket");
    assert_eq!(
        call_on(&app, TestRequest::get().uri("/ws/v2")).await.code(),
        "not_found"
    );
}

#[actix_web::test]
async fn every_refusal_has_a_page_in_both_languages_and_what_is_unknown_leads_to_all() {
    let house = house(|_, _| {}).await;
    let get = |path: String| TestRequest::get().uri(&path);
    for (lang, open) in [("en", "Open Quipu"), ("zh-CN", "打开 Quipu")] {
        let index = call(&house, get(format!("/help?lang={lang}"))).await;
        assert_eq!(index.header("content-type"), "text/html; charset=utf-8");
        for code in ErrorCode::ALL {
            let page = call(&house, get(format!("/help/{}?lang={lang}", code.as_str()))).await;
            assert_eq!(
                (page.status, page.header("content-language")),
                (200, lang),
                "{}",
                code.as_str()
            );
            assert!(
                page.text.contains(open) && !page.text.contains(">help.") && !page.text.contains(">error."),
                "{}",
                page.text
            );
            assert!(!page.header("content-security-policy").contains("script-src"));
            assert!(index.text.contains(&format!("\"/help/{}?lang={lang}\"", code.as_str())));
        }
    }
    let chinese = get("/help/insufficient_funds".into()).insert_header(("accept-language", "zh-CN,zh;q=0.9,en;q=0.8"));
    let chinese = call(&house, chinese).await;
    assert_eq!(chinese.header("content-language"), "zh-CN");
    for path in ["/help/no_such_code", "/help/%3Cscript%3E"] {
        let unknown = call(&house, get(path.into())).await;
        assert_eq!(unknown.status, 404);
        assert!(unknown.text.contains("href=\"/help?lang=en\"") && !unknown.text.contains("<script"));
    }
    assert_eq!(call(&house, get("/help/a/b".into())).await.code(), "not_found");
}

#[actix_web::test]
async fn a_reference_is_shown_only_when_it_can_be_one() {
    let house = house(|_, _| {}).await;
    let page = |reference: &str| TestRequest::get().uri(&format!("/help/internal?ref={reference}"));
    let shown = call(&house, page("0197-ab")).await.text;
    assert!(shown.contains("<code>0197-ab</code>") && shown.contains("lang=zh-CN&amp;ref=0197-ab"));
    for hostile in ["%3Cscript%3Ealert(1)%3C/script%3E", "a%20b", "%22", &"a".repeat(65), ""] {
        let page = call(&house, page(hostile)).await;
        assert_eq!(page.status, 200);
        assert!(
            !page.text.contains("Reference") && !page.text.contains("alert"),
            "{hostile}"
        );
    }
}
