//! Payments that whoever pays confirms by their PIN: what is confirmed is what is paid.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Backend, Client, Cluster, Person, Plan, Server, new_client_id, on_both_databases, payment, run};

const PIN: &str = "246813";
const WRONG: &str = "975310";

fn guarded(plan: Plan) -> Plan {
    plan.set("wallet.require_pin", "true")
}

async fn set_pin(client: &Client, of: &Person) -> Value {
    let d = json!({ "password": of.password, "pin": PIN });
    client.done("pin.set", d).await
}

/// Begins to confirm a request; the challenge.
async fn challenge(client: &Client, op: &str, d: &Value) -> String {
    let begun = client.done("step_up.begin", json!({ "op": op, "d": d })).await;
    assert_eq!(begun["factors"], json!(["pin"]));
    begun["challenge"].as_str().unwrap().to_owned()
}

fn code(challenge: &str, pin: &str) -> Value {
    json!({ "challenge": challenge, "factor": "pin", "code": pin })
}

/// Confirms a request; what it is sent with.
async fn confirm(client: &Client, op: &str, d: &Value) -> String {
    let challenge = challenge(client, op, d).await;
    let confirmed = client.done("step_up.confirm", code(&challenge, PIN)).await;
    confirmed["step_up"].as_str().unwrap().to_owned()
}

fn with(d: &Value, step_up: &str) -> Value {
    let mut d = d.clone();
    d["step_up"] = json!(step_up);
    d
}

fn reason(refusal: &crate::harness::WireError) -> (&Value, &Value, &str) {
    let detail = &refusal.whole["detail"];
    (&detail["reason"], &detail["money"], refusal.param())
}

/// Ana with money and a PIN, Ben, and their sockets.
async fn pair(server: &Server) -> (Person, Person, Client, Client) {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "100.00", "CNY");
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    set_pin(&on_ana, &ana).await;
    (ana, ben, on_ana, on_ben)
}

on_both_databases!(
    a_payment_waits_for_its_pin_and_is_paid_once_with_it,
    guarded,
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let on_ana = server.connect(&ana).await;
        let d = payment(&ben.id, "12.5");
        let refusal = on_ana.refused("transfer.send", d.clone(), "step_up_required").await;
        assert_eq!(reason(&refusal), (&json!("missing"), &json!("not_moved"), "step_up"));
        let begin = json!({ "op": "transfer.send", "d": d });
        on_ana.refused("step_up.begin", begin, "pin_not_set").await;
        let factors = on_ana.done("factor.list", json!({})).await;
        assert_eq!(
            factors,
            json!({ "pin": { "set": false, "locked": false, "left": 5 }, "required": true })
        );

        let set = set_pin(&on_ana, &ana).await;
        assert_eq!(set, json!({ "pin": { "set": true, "locked": false, "left": 5 } }));
        let step_up = confirm(&on_ana, "transfer.send", &d).await;
        let paid = on_ana.done("transfer.send", with(&d, &step_up)).await;
        assert_eq!((&paid["balance"], &paid["duplicate"]), (&json!("87.50"), &json!(false)));
        // What was paid is told again, however it is asked for.
        for again in [with(&d, &step_up), d.clone(), with(&d, "nonsense")] {
            let repeated = on_ana.done("transfer.send", again).await;
            assert_eq!((&repeated["id"], &repeated["duplicate"]), (&paid["id"], &json!(true)));
        }
        assert_eq!(on_ana.available("CNY").await, "87.50");
        server.expect_quipu(&["audit"]);
    }
);

on_both_databases!(a_confirmation_is_of_no_use_for_anything_else, guarded, |server| {
    let (ana, ben, on_ana, on_ben) = pair(&server).await;
    let eve = server.register("eve");
    let d = payment(&ben.id, "1.00");
    let step_up = confirm(&on_ana, "transfer.send", &d).await;
    let change = |field: &str, value: &str| {
        let mut changed = with(&d, &step_up);
        changed[field] = json!(value);
        changed
    };
    for (field, value) in [
        ("to", eve.id.as_str()),
        ("amount", "1.01"),
        ("currency", "USD"),
        ("client_id", &new_client_id()),
        ("note", "for coffee"),
    ] {
        let refusal = on_ana
            .refused("transfer.send", change(field, value), "step_up_required")
            .await;
        assert_eq!(reason(&refusal).0, "other", "{field}");
    }
    // Of another operation, another person, another login of the same person.
    let request = json!({ "client_id": d["client_id"], "request": new_client_id() });
    let refusal = on_ana
        .refused("request.pay", with(&request, &step_up), "step_up_required")
        .await;
    assert_eq!(reason(&refusal).0, "other");
    server.fund(&ben, "5.00", "CNY");
    let to_eve = payment(&eve.id, "1.00");
    let of_ana = confirm(&on_ana, "transfer.send", &to_eve).await;
    on_ben
        .refused("transfer.send", with(&to_eve, &of_ana), "step_up_required")
        .await;
    let elsewhere = Client::open(&server).await;
    elsewhere.hello(&ana.sign_in(&server.http(), "tablet")).await;
    let refusal = elsewhere
        .refused("transfer.send", with(&d, &step_up), "step_up_required")
        .await;
    assert_eq!(reason(&refusal).0, "other");
    let taken = challenge(&on_ana, "transfer.send", &d).await;
    elsewhere
        .refused("step_up.confirm", code(&taken, PIN), "confirmation_invalid")
        .await;
    on_ben
        .refused("step_up.confirm", code(&taken, PIN), "confirmation_invalid")
        .await;

    assert_eq!(on_ana.available("CNY").await, "100.00", "nothing of all that was paid");
    on_ana.done("transfer.send", with(&d, &step_up)).await;
    assert_eq!(on_ana.available("CNY").await, "99.00");
});

on_both_databases!(every_way_of_paying_is_confirmed, guarded, |server| {
    let (ana, ben, on_ana, on_ben) = pair(&server).await;
    set_pin(&on_ben, &ben).await;
    let conversation = on_ana.direct_with(&ben.id).await;
    let asked = json!({ "client_id": new_client_id(), "conversation": conversation, "payers": [ana.id],
        "amount": "2.00", "currency": "CNY" });
    let request = on_ben.done("request.create", asked).await["flow"]["id"].clone();
    let shared = json!({ "client_id": new_client_id(), "conversation": conversation, "total": "4.00", "currency": "CNY",
        "split": "equal", "shares": [{ "user": ana.id }, { "user": ben.id }] });
    let bill = on_ben.done("bill.create", shared).await["flow"]["id"].clone();
    let first_at = "2099-01-01T00:00:00.000Z";
    for (op, d) in [
        (
            "request.pay",
            json!({ "client_id": new_client_id(), "request": request }),
        ),
        ("bill.pay", json!({ "client_id": new_client_id(), "bill": bill })),
        (
            "packet.create",
            json!({ "client_id": new_client_id(), "conversation": conversation, "total": "3.00", "currency": "CNY",
                "count": 2, "kind": "equal" }),
        ),
        (
            "schedule.create",
            json!({ "client_id": new_client_id(), "conversation": conversation, "to": ben.id, "amount": "1.00",
                "currency": "CNY", "first_at": first_at, "every": "month" }),
        ),
    ] {
        let refusal = on_ana.refused(op, d.clone(), "step_up_required").await;
        assert_eq!(
            reason(&refusal),
            (&json!("missing"), &json!("not_moved"), "step_up"),
            "{op}"
        );
        let step_up = confirm(&on_ana, op, &d).await;
        let done = on_ana.done(op, with(&d, &step_up)).await;
        assert_eq!(
            on_ana.done(op, d).await["flow"]["id"],
            done["flow"]["id"],
            "the first answer again"
        );
    }
    assert_eq!(on_ana.available("CNY").await, "93.00");
    let sent = payment(&ben.id, "1.00");
    let step_up = confirm(&on_ana, "transfer.send", &sent).await;
    let paid = on_ana.done("transfer.send", with(&sent, &step_up)).await;
    // Giving back is money that leaves, too.
    let back = json!({ "client_id": new_client_id(), "transfer": paid["id"] });
    on_ben
        .refused("transfer.refund", back.clone(), "step_up_required")
        .await;
    let step_up = confirm(&on_ben, "transfer.refund", &back).await;
    on_ben.done("transfer.refund", with(&back, &step_up)).await;
    // What moves no money of one's own is not confirmed, and nothing can be confirmed that needs no confirmation.
    let held = json!({ "op": "request.decline", "d": {} });
    let refusal = on_ana.refused("step_up.begin", held, "invalid_field").await;
    assert_eq!(refusal.param(), "op");
    server.expect_quipu(&["audit"]);
});

on_both_databases!(
    a_pin_is_set_by_the_password_changed_by_itself_and_never_weak,
    guarded,
    |server| {
        let ana = server.register("ana");
        let on_ana = server.connect(&ana).await;
        for weak in ["", "12345", "123456", "000000", "12345a", "1234567"] {
            let d = json!({ "password": ana.password, "pin": weak });
            assert_eq!(on_ana.refused("pin.set", d, "pin_weak").await.param(), "pin");
        }
        let d = json!({ "password": "not her password", "pin": PIN });
        assert_eq!(
            on_ana.refused("pin.set", d, "credentials_invalid").await.param(),
            "password"
        );
        on_ana
            .refused("pin.change", json!({ "old": PIN, "pin": PIN }), "pin_not_set")
            .await;
        set_pin(&on_ana, &ana).await;
        let again = json!({ "password": ana.password, "pin": "135792" });
        on_ana.refused("pin.set", again, "pin_exists").await;

        let wrong = json!({ "old": WRONG, "pin": "135792" });
        let refusal = on_ana.refused("pin.change", wrong, "pin_wrong").await;
        assert_eq!(refusal.whole["detail"]["left"], 4);
        on_ana
            .refused("pin.change", json!({ "old": PIN, "pin": "111111" }), "pin_weak")
            .await;
        let changed = on_ana.done("pin.change", json!({ "old": PIN, "pin": "135792" })).await;
        assert_eq!(changed["pin"]["left"], 5, "the right one forgets the wrong ones");
        let d = payment(&new_client_id(), "1");
        let asked = challenge(&on_ana, "transfer.send", &d).await;
        on_ana.refused("step_up.confirm", code(&asked, PIN), "pin_wrong").await;
        on_ana.done("step_up.confirm", code(&asked, "135792")).await;
    }
);

on_both_databases!(
    five_wrong_pins_lock_it_until_an_operator_removes_it,
    guarded,
    |server| {
        let mut server = server;
        let (ana, ben, on_ana, _) = pair(&server).await;
        let d = payment(&ben.id, "1.00");
        let asked = challenge(&on_ana, "transfer.send", &d).await;
        for left in [4, 3, 2, 1] {
            let refusal = on_ana
                .refused("step_up.confirm", code(&asked, WRONG), "pin_wrong")
                .await;
            assert_eq!(refusal.whole["detail"]["left"], left);
            // What cannot be a PIN is no guess.
            let none = on_ana.refused("step_up.confirm", code(&asked, "12"), "pin_weak").await;
            assert_eq!(none.param(), "code");
            let old = json!({ "old": "12", "pin": "135792" });
            assert_eq!(on_ana.refused("pin.change", old, "pin_weak").await.param(), "old");
        }
        on_ana
            .refused("step_up.confirm", code(&asked, WRONG), "pin_locked")
            .await;
        on_ana.refused("step_up.confirm", code(&asked, PIN), "pin_locked").await;
        on_ana
            .refused("pin.change", json!({ "old": PIN, "pin": "135792" }), "pin_locked")
            .await;
        let begin = json!({ "op": "transfer.send", "d": d });
        on_ana.refused("step_up.begin", begin.clone(), "pin_locked").await;
        // It outlives the process, and holds on another login.
        server.kill9();
        server.restart();
        let elsewhere = Client::open(&server).await;
        elsewhere.hello(&ana.sign_in(&server.http(), "tablet")).await;
        elsewhere.refused("step_up.begin", begin, "pin_locked").await;
        let factors = elsewhere.done("factor.list", json!({})).await;
        assert_eq!(factors["pin"], json!({ "set": true, "locked": true, "left": 0 }));

        let said = server.expect_quipu(&["admin", "remove-pin", "ana"]);
        assert!(said.contains("ana has no PIN any more"), "{said}");
        set_pin(&elsewhere, &ana).await;
        let step_up = confirm(&elsewhere, "transfer.send", &d).await;
        elsewhere.done("transfer.send", with(&d, &step_up)).await;
    }
);

on_both_databases!(a_password_that_is_guessed_for_a_pin_has_pauses, guarded, |server| {
    let ana = server.register("ana");
    let on_ana = server.connect(&ana).await;
    let wrong = json!({ "password": "not her password", "pin": PIN });
    for _ in 0..5 {
        on_ana.refused("pin.set", wrong.clone(), "credentials_invalid").await;
    }
    let refusal = on_ana.refused("pin.set", wrong, "too_many_tries").await;
    let wait = refusal.whole["retry_after_ms"].as_u64().unwrap();
    assert!(
        (880_000..=900_000).contains(&wait),
        "about a quarter of an hour: {wait}"
    );
    let right = json!({ "password": ana.password, "pin": PIN });
    on_ana.refused("pin.set", right, "too_many_tries").await;
});

#[test]
fn many_guesses_at_once_on_two_nodes_are_five() {
    run(async {
        let nodes = Cluster::start(guarded).await;
        let (ana, ben) = (nodes.one.register("ana"), nodes.one.register("ben"));
        nodes.one.fund(&ana, "10.00", "CNY");
        let (on_one, on_two) = (nodes.one.connect(&ana).await, nodes.two.connect(&ana).await);
        set_pin(&on_one, &ana).await;
        let d = payment(&ben.id, "1.00");
        // Both sockets are of one login, so each node knows again what the other gave out.
        let asked = challenge(&on_one, "transfer.send", &d).await;
        let guesses = (0..15).flat_map(|_| {
            let guess = || code(&asked, WRONG);
            [
                on_one.call("step_up.confirm", guess()),
                on_two.call("step_up.confirm", guess()),
            ]
        });
        let answers = join_all(guesses).await;
        let codes: Vec<_> = answers.into_iter().map(|answer| answer.unwrap_err().code).collect();
        let looked_at = codes.iter().filter(|code| *code == "pin_wrong").count();
        assert_eq!(looked_at, 4, "the fifth locks it: {codes:?}");
        let locked = codes.iter().filter(|code| *code == "pin_locked").count();
        assert_eq!(looked_at + locked, 30, "{codes:?}");
        on_two.refused("step_up.confirm", code(&asked, PIN), "pin_locked").await;
    });
}

#[test]
fn what_one_node_confirmed_the_other_pays() {
    run(async {
        let nodes = Cluster::start(guarded).await;
        let (ana, ben) = (nodes.one.register("ana"), nodes.one.register("ben"));
        nodes.one.fund(&ana, "10.00", "CNY");
        let (on_one, on_two) = (nodes.one.connect(&ana).await, nodes.two.connect(&ana).await);
        set_pin(&on_two, &ana).await;
        let d = payment(&ben.id, "1.00");
        let step_up = confirm(&on_one, "transfer.send", &d).await;
        let (one, two) = tokio::join!(
            on_one.done("transfer.send", with(&d, &step_up)),
            on_two.done("transfer.send", with(&d, &step_up))
        );
        assert_eq!(one["id"], two["id"]);
        assert_ne!(one["duplicate"], two["duplicate"]);
        assert_eq!(on_one.available("CNY").await, "9.00");
    });
}

on_both_databases!(a_guard_that_is_off_is_told_to_the_operator, |server| {
    let ready = server.http().get("/readyz").expect(200).json();
    assert_eq!(ready["warnings"], json!(["wallet.require_pin"]));
    assert!(
        server
            .said()
            .contains("wallet.require_pin is off: whoever has an open session")
    );
    let ana = server.register("ana");
    let on_ana = server.connect(&ana).await;
    assert_eq!(on_ana.done("factor.list", json!({})).await["required"], false);
});

#[test]
fn no_server_starts_without_the_key_of_its_vault() {
    run(async {
        let mut server = guarded(Server::plan(Backend::Sqlite)).start().await;
        let ana = server.register("ana");
        let on_ana = server.connect(&ana).await;
        set_pin(&on_ana, &ana).await;
        server.kill9();
        let key = server.data_folder().join("vault.key");
        let kept = std::fs::read_to_string(&key).unwrap();
        std::fs::remove_file(&key).unwrap();
        let (status, said) = server.quipu(&["serve", "--listen", "127.0.0.1:0"]);
        assert!(!status.success() && said.contains("put it back"), "{said}");
        assert!(!key.exists(), "no other one was made in its place");
        let (status, said) = server.quipu(&["admin", "remove-pin", "ana"]);
        assert!(!status.success() && said.contains("put it back"), "{said}");
        std::fs::write(&key, kept).unwrap();
        std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        server.restart();
        let on_ana = server.connect(&ana).await;
        assert_eq!(on_ana.done("factor.list", json!({})).await["pin"]["set"], true);
    });
}

#[test]
fn no_pin_is_in_the_database_or_in_a_log() {
    run(async {
        let mut server = guarded(Server::plan(Backend::Sqlite))
            .set("log.level", "trace")
            .start()
            .await;
        let (_, ben, on_ana, _) = pair(&server).await;
        let d = payment(&ben.id, "1.00");
        let asked = challenge(&on_ana, "transfer.send", &d).await;
        on_ana
            .refused("step_up.confirm", code(&asked, WRONG), "pin_wrong")
            .await;
        let step_up = confirm(&on_ana, "transfer.send", &d).await;
        on_ana.done("transfer.send", with(&d, &step_up)).await;
        server.kill9();
        let mut kept = server.said().into_bytes();
        for file in std::fs::read_dir(server.data_folder()).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                kept.extend(std::fs::read(path).unwrap());
            }
        }
        // Six digits stand in the midst of longer numbers by chance.
        let stands_alone = |at: usize, length: usize| {
            let is_word = |at: Option<usize>| at.and_then(|at| kept.get(at)).is_some_and(u8::is_ascii_alphanumeric);
            !is_word(at.checked_sub(1)) && !is_word(at.checked_add(length))
        };
        let holds = |what: &str| {
            let windows = kept.windows(what.len()).enumerate();
            windows
                .filter(|(_, window)| *window == what.as_bytes())
                .any(|(at, _)| stands_alone(at, what.len()))
        };
        assert!(holds("ana@example.com"), "what is searched is what was kept");
        for secret in [PIN, WRONG, &step_up, &asked] {
            assert!(!holds(secret), "{secret}");
        }
    });
}

on_both_databases!(
    an_owner_freezes_their_wallet_at_once_and_thaws_it_with_the_pin,
    guarded,
    |server| {
        let mut server = server;
        let (ana, ben, on_ana, on_ben) = pair(&server).await;
        let elsewhere = Client::open(&server).await;
        elsewhere.hello(&ana.sign_in(&server.http(), "tablet")).await;
        let frozen = json!({ "client_id": new_client_id() });
        let told = on_ana.done("wallet.freeze", frozen.clone()).await;
        let states = |told: &Value| -> Vec<String> {
            let accounts = told["accounts"].as_array().unwrap().iter();
            accounts
                .map(|one| {
                    format!(
                        "{} {}",
                        one["currency"].as_str().unwrap(),
                        one["status"].as_str().unwrap()
                    )
                })
                .collect()
        };
        assert_eq!(
            states(&told),
            ["CNY frozen", "EUR frozen", "JPY frozen", "KWD frozen", "USD frozen"]
        );
        let heard = elsewhere.next_event("account.changed").await;
        assert_eq!(heard["d"]["account"]["status"], "frozen", "on every device");
        assert_eq!(
            states(&on_ana.done("wallet.freeze", frozen).await),
            states(&told),
            "the first answer again"
        );
        on_ana
            .done("wallet.freeze", json!({ "client_id": new_client_id() }))
            .await;

        // Nothing goes out, not of money that comes in meanwhile either, whatever its currency.
        let d = payment(&ben.id, "1.00");
        let step_up = confirm(&on_ana, "transfer.send", &d).await;
        on_ana
            .refused("transfer.send", with(&d, &step_up), "account_frozen")
            .await;
        server.fund(&ana, "5.00", "USD");
        let mut d = payment(&ben.id, "1.00");
        d["currency"] = json!("USD");
        let step_up = confirm(&on_ana, "transfer.send", &d).await;
        on_ana
            .refused("transfer.send", with(&d, &step_up), "account_frozen")
            .await;
        server.fund(&ben, "3.00", "CNY");
        set_pin(&on_ben, &ben).await;
        let d = payment(&ana.id, "3.00");
        let step_up = confirm(&on_ben, "transfer.send", &d).await;
        on_ben.done("transfer.send", with(&d, &step_up)).await;

        // What an operator froze too, only an operator thaws.
        let reason = ["--reason", "a report"];
        server.expect_quipu(&[&["admin", "freeze", "ana", "CNY"], &reason[..]].concat());
        let thaw = json!({ "client_id": new_client_id() });
        on_ana
            .refused("wallet.unfreeze", thaw.clone(), "step_up_required")
            .await;
        let step_up = confirm(&on_ana, "wallet.unfreeze", &thaw).await;
        let told = on_ana.done("wallet.unfreeze", with(&thaw, &step_up)).await;
        assert_eq!(
            states(&told),
            ["CNY frozen", "EUR open", "JPY open", "KWD open", "USD open"]
        );
        let again = json!({ "client_id": new_client_id() });
        let step_up = confirm(&on_ana, "wallet.unfreeze", &again).await;
        on_ana
            .refused("wallet.unfreeze", with(&again, &step_up), "account_frozen")
            .await;
        server.expect_quipu(&[&["admin", "thaw", "ana", "CNY"], &reason[..]].concat());
        let d = payment(&ben.id, "103.00");
        let step_up = confirm(&on_ana, "transfer.send", &d).await;
        on_ana.done("transfer.send", with(&d, &step_up)).await;
        assert!(server.sigterm(std::time::Duration::from_secs(40)).success());
        server.expect_quipu(&["audit"]);
    }
);
