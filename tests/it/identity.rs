//! Registering, signing in, sessions, and who may act with a cookie.

use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, Answer, Backend, Client, Person, Server, on_both_databases, run};

fn registration(handle: &str) -> Value {
    let email = format!("{handle}@example.com");
    json!({ "handle": handle, "email": email, "password": "a knot every day", "display_name": "Some One" })
}

/// `name=value` of the cookie that a sign-in set.
fn cookie(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

on_both_databases!(someone_registers_signs_in_and_is_known, |server| {
    let http = server.http();
    let answer = http.post("/api/v1/register", &registration("Ana.1")).expect(201).json();
    assert_eq!(answer["user"]["handle"], "ana.1", "capitals are folded");
    assert_eq!(answer["user"]["display_name"], "Some One");
    for login in ["ana.1", "ANA.1", "ana.1@example.com"] {
        let body = json!({ "login": login, "password": "a knot every day", "device": "laptop" });
        let signed_in = http.post("/api/v1/login", &body).expect(200);
        let token = signed_in.json()["token"].as_str().unwrap().to_owned();
        let me = http.as_bearer(&token, "GET", "/api/v1/me", None).expect(200).json();
        assert_eq!(me["user"]["id"], answer["user"]["id"]);
        assert_eq!(
            me["user"]["email"].as_str().map(str::to_lowercase).as_deref(),
            Some("ana.1@example.com")
        );
    }
    http.get("/api/v1/me").expect(401);
    http.as_bearer("nonsense", "GET", "/api/v1/me", None).expect(401);
});

on_both_databases!(a_registration_that_cannot_be_is_refused_by_name, |server| {
    let http = server.http();
    http.post("/api/v1/register", &registration("ana")).expect(201);
    let changed = |key: &str, value: Value| {
        let mut body = registration("ben");
        body[key] = value;
        body
    };
    for (body, code) in [
        (registration("ANA"), "handle_taken"),
        (changed("email", json!("ana@example.com")), "email_taken"),
        (changed("handle", json!("be")), "handle_invalid"),
        (changed("handle", json!("1ben")), "handle_invalid"),
        (changed("handle", json!("b n")), "handle_invalid"),
        (changed("handle", json!("bеn")), "handle_invalid"),
        (changed("email", json!("ben")), "email_invalid"),
        (changed("email", json!("ben@example.com\r\nBcc: x@y")), "email_invalid"),
        (changed("password", json!("short")), "password_weak"),
        (changed("password", json!("x".repeat(129))), "password_weak"),
        (changed("display_name", json!("  ")), "display_name_invalid"),
        (changed("display_name", json!("x".repeat(65))), "display_name_invalid"),
        (changed("handle", json!(7)), "invalid_field"),
        (json!({}), "invalid_field"),
    ] {
        let answer = http.post("/api/v1/register", &body);
        assert_eq!(answer.code(), code, "{body} got {}", answer.text);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{body}");
        assert!((400..500).contains(&answer.status), "{body} got {}", answer.status);
    }
});

on_both_databases!(an_unknown_name_and_a_wrong_password_get_the_same_answer, |server| {
    let ana = server.register("ana");
    let refusal = |login: &str, password: &str| {
        let body = json!({ "login": login, "password": password, "device": "x" });
        let mut problem = server.http().post("/api/v1/login", &body).expect(401).json();
        problem.as_object_mut().unwrap().remove("reference");
        problem
    };
    let known = refusal(&ana.handle, "not the password");
    assert_eq!(known["code"], "credentials_invalid");
    assert_eq!(known, refusal("nobody", "not the password"));
    assert_eq!(known, refusal("nobody@example.com", "not the password"));
});

on_both_databases!(a_session_that_is_ended_is_over_at_once_on_its_socket_too, |server| {
    let http = server.http();
    let ana = server.register("ana");
    let phone = ana.sign_in(&http, "phone");
    let on_phone = Client::open(&server).await;
    on_phone.hello(&phone).await;
    let on_laptop = server.connect(&ana).await;

    let listed = http
        .as_bearer(&ana.token, "GET", "/api/v1/sessions", None)
        .expect(200)
        .json();
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let current: Vec<_> = sessions
        .iter()
        .filter(|s| s["current"] == true)
        .map(|s| &s["device"])
        .collect();
    assert_eq!(current, ["test"]);
    let other = sessions.iter().find(|s| s["device"] == "phone").unwrap()["id"]
        .as_str()
        .unwrap();

    http.as_bearer(&ana.token, "DELETE", &format!("/api/v1/sessions/{other}"), None)
        .expect(204);
    assert_eq!(on_phone.closed(ANSWER_LIMIT).await.code, Some(4501));
    http.as_bearer(&phone, "GET", "/api/v1/me", None).expect(401);
    assert!(on_laptop.is_open());
    let gone = http.as_bearer(&ana.token, "DELETE", &format!("/api/v1/sessions/{other}"), None);
    assert_eq!(gone.code(), "session_not_found");

    http.as_bearer(&ana.token, "POST", "/api/v1/logout", None).expect(204);
    assert_eq!(on_laptop.closed(ANSWER_LIMIT).await.code, Some(4501));
    http.as_bearer(&ana.token, "GET", "/api/v1/me", None).expect(401);
});

on_both_databases!(nobody_ends_the_session_of_someone_else, |server| {
    let http = server.http();
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let listed = http
        .as_bearer(&ana.token, "GET", "/api/v1/sessions", None)
        .expect(200)
        .json();
    let of_ana = format!("/api/v1/sessions/{}", listed["sessions"][0]["id"].as_str().unwrap());
    let answer = http.as_bearer(&ben.token, "DELETE", &of_ana, None).expect(404);
    assert_eq!(answer.code(), "session_not_found");
    http.as_bearer(&ana.token, "GET", "/api/v1/me", None).expect(200);
});

on_both_databases!(a_cookie_acts_only_for_pages_of_the_server_itself, |server| {
    let http = server.http();
    let ana = server.register("ana");
    let body = json!({ "login": ana.handle, "password": ana.password, "device": "browser" });
    let signed_in = http.post("/api/v1/login", &body).expect(200);
    let set = signed_in.header("set-cookie").to_lowercase();
    assert!(
        set.contains("httponly") && set.contains("samesite=") && set.contains("path=/"),
        "{set}"
    );
    assert!(
        !set.contains("secure") && !set.contains("__host-"),
        "plain http has no secure cookies: {set}"
    );
    let cookie = cookie(&signed_in);
    let own = server.origin();

    http.call("GET", "/api/v1/me", &[("cookie", &cookie)], None).expect(200);
    let suffix = format!("{own}.evil.example");
    let prefix = format!("http://evil.example/{own}");
    for origin in [
        Some("null"),
        Some("https://evil.example"),
        Some(&suffix),
        Some(&prefix),
        Some(""),
        None,
    ] {
        let mut headers = vec![("cookie", cookie.as_str())];
        headers.extend(origin.map(|origin| ("origin", origin)));
        let answer = http.call("POST", "/api/v1/logout", &headers, None).expect(403);
        assert_eq!(answer.code(), "forbidden_origin", "{origin:?}");
        let refused = Client::open_with(&server, &headers)
            .await
            .map(drop)
            .expect_err("the upgrade is refused");
        assert!(refused.to_string().contains("403"), "{origin:?}: {refused}");
    }

    let headers = [("cookie", cookie.as_str()), ("origin", own.as_str())];
    let client = Client::open_with(&server, &headers)
        .await
        .expect("the own origin may connect");
    let answer = client.done("hello", crate::harness::hello(None)).await;
    assert_eq!(answer["user"]["id"], ana.id.as_str());
    http.call("POST", "/api/v1/logout", &headers, None).expect(204);
    http.call("GET", "/api/v1/me", &[("cookie", &cookie)], None).expect(401);
});

on_both_databases!(a_token_in_hello_wins_over_the_cookie, |server| {
    let http = server.http();
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let body = json!({ "login": ana.handle, "password": ana.password, "device": "browser" });
    let cookie = cookie(&http.post("/api/v1/login", &body).expect(200));
    let headers = [("cookie", cookie.as_str()), ("origin", &server.origin())];
    let client = Client::open_with(&server, &headers)
        .await
        .expect("the own origin may connect");
    let answer = client.hello(&ben.token).await;
    assert_eq!(answer["user"]["id"], ben.id.as_str());
});

on_both_databases!(
    sign_ins_over_the_limit_are_refused_by_its_name,
    |plan| plan.set("limits.logins_per_minute_per_ip", "3"),
    |server| {
        let body = json!({ "login": "nobody", "password": "not the password", "device": "x" });
        let answers: Vec<_> = (0..8).map(|_| server.http().post("/api/v1/login", &body)).collect();
        let last = answers.last().unwrap();
        assert_eq!((last.status, last.code().as_str()), (429, "rate_limited"));
        assert!(last.text.contains("limits.logins_per_minute_per_ip"), "{}", last.text);
        assert!(last.json()["retry_after_ms"].as_u64() > Some(0), "{}", last.text);
    }
);

#[test]
fn many_sign_ins_at_once_take_turns_in_the_same_memory() {
    run(async {
        /// Of one hash, in bytes.
        const HASH: u64 = 19 << 20;
        let server = Server::plan(Backend::Sqlite)
            .set("identity.password_hash_concurrency", "1")
            .start()
            .await;
        let http = &server.http();
        let people: Vec<Person> = (0..6).map(|n| Person::register(http, &format!("one{n}"))).collect();
        let before = server.resident_bytes();
        server.forget_peak();
        std::thread::scope(|scope| {
            for one in &people {
                scope.spawn(|| (0..3).for_each(|_| drop(one.sign_in(http, "another"))));
            }
        });
        let grown = server.peak_bytes().saturating_sub(before);
        assert!(grown < HASH, "{} MiB", grown >> 20);
    });
}
