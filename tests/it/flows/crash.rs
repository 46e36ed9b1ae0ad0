//! The server dies at each step of each flow. Whoever sends the same request again has its effect once, and what was due
//! while no server ran happens once.

use std::time::Duration;

use serde_json::{Value, json};

use super::{card, fresh};

use crate::harness::{
    ANSWER_LIMIT, At, Backend, Call, Client, Person, PgProxy, Server, Strace, What, eventually, on_both_databases,
    payment, run,
};

/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);
/// A killed one is gone by then.
const DEATH_LIMIT: Duration = Duration::from_secs(30);

/// Who asks for what of which flow.
struct Step {
    /// 0 is `ana`, 1 is `ben`.
    who: usize,
    op: &'static str,
    d: Value,
    /// The step that opened the flow which this one names, under this field.
    of: Option<(usize, &'static str)>,
}

const fn step(who: usize, op: &'static str, d: Value) -> Step {
    Step { who, op, d, of: None }
}

const fn on(of: usize, name: &'static str, who: usize, op: &'static str) -> Step {
    Step {
        who,
        op,
        d: Value::Null,
        of: Some((of, name)),
    }
}

/// Every flow from its beginning to each of its ends.
fn script(group: &str, [ana, ben]: [&str; 2]) -> Vec<Step> {
    let with = |mut d: Value| {
        d["conversation"] = json!(group);
        d["currency"] = json!("CNY");
        d
    };
    let offer = |amount| with(json!({ "to": ben, "amount": amount, "accept_first": true }));
    let request = || with(json!({ "payers": [ben], "amount": "2.00" }));
    let bill = || with(json!({ "total": "3.00", "split": "equal", "shares": [{ "user": ana }, { "user": ben }] }));
    let packet = with(json!({ "total": "1.00", "count": 2, "kind": "lucky" }));
    let plan = with(json!({ "to": ben, "amount": "1.00", "first_at": "2099-01-01T00:00:00Z", "every": "month" }));
    vec![
        step(0, "transfer.send", offer("10.00")),
        on(0, "transfer", 1, "transfer.accept"),
        on(0, "transfer", 1, "transfer.refund"),
        step(0, "transfer.send", offer("20.00")),
        on(3, "transfer", 1, "transfer.decline"),
        step(0, "transfer.send", offer("30.00")),
        on(5, "transfer", 0, "transfer.cancel"),
        step(0, "request.create", request()),
        on(7, "request", 1, "request.pay"),
        step(0, "request.create", request()),
        on(9, "request", 1, "request.decline"),
        step(0, "request.create", request()),
        on(11, "request", 0, "request.cancel"),
        step(0, "packet.create", packet),
        on(13, "packet", 1, "packet.claim"),
        on(13, "packet", 0, "packet.claim"),
        step(0, "bill.create", bill()),
        on(16, "bill", 1, "bill.pay"),
        step(0, "bill.create", bill()),
        on(18, "bill", 0, "bill.cancel"),
        step(0, "schedule.create", plan),
        on(20, "schedule", 0, "schedule.cancel"),
    ]
}

/// Two people, their sockets, and what kills their server.
struct Scene {
    server: Server,
    proxy: Option<PgProxy>,
    people: [Person; 2],
    sockets: Vec<Client>,
    deaths: usize,
}

impl Scene {
    async fn set(backend: Backend) -> Self {
        let plan = Server::plan(backend).set("limits.sends_per_second", "0");
        let (plan, proxy) = match backend {
            Backend::Sqlite => (plan, None),
            Backend::Postgres => {
                let (plan, proxy) = PgProxy::before(plan).await;
                (plan, Some(proxy))
            }
        };
        let server = plan.start_here();
        let people = ["ana", "ben"].map(|handle| server.register(handle));
        for person in &people {
            server.fund(person, "100.00", "CNY");
        }
        let mut scene = Self {
            server,
            proxy,
            people,
            sockets: Vec::new(),
            deaths: 0,
        };
        scene.connect().await;
        scene
    }

    async fn connect(&mut self) {
        self.sockets = vec![
            self.server.connect(&self.people[0]).await,
            self.server.connect(&self.people[1]).await,
        ];
    }

    /// Has a request made while the server dies around its COMMIT; then it starts again.
    async fn die_at(&mut self, who: usize, op: &'static str, d: &Value, at: At) -> Call {
        self.deaths += 1;
        let answer = match &self.proxy {
            Some(proxy) => {
                proxy.at_next_commit(at, What::Hold);
                let (deaths, server) = (self.deaths, &mut self.server);
                let kill = async {
                    proxy.happened(deaths).await;
                    server.kill9();
                    proxy.drop_held();
                };
                tokio::join!(self.sockets[who].try_call(op, d.clone()), kill).0
            }
            None => {
                // Before the disk has the commit; or when the first word of it goes to a socket.
                let calls = if at == At::Before {
                    "fdatasync,fsync"
                } else {
                    "sendto,writev"
                };
                let (trace, inject) = (
                    format!("trace={calls}"),
                    format!("inject={calls}:signal=SIGKILL:when=1"),
                );
                let strace = Strace::attach(&[self.server.process_id()], &["-e", &trace, "-e", &inject]);
                let answer = self.sockets[who].try_call(op, d.clone()).await;
                assert!(!self.server.ends(DEATH_LIMIT).success());
                strace.detach();
                answer
            }
        };
        self.server.restart();
        self.connect().await;
        answer
    }
}

fn a_death_at_each_step(backend: Backend) {
    run(async {
        let mut scene = Scene::set(backend).await;
        let ids = [scene.people[0].id.clone(), scene.people[1].id.clone()];
        let group = scene.sockets[0].group_with("knots", &[&ids[1]]).await;
        let mut named: Vec<Value> = Vec::new();
        let mut cards = 0;
        for step in script(&group, [&ids[0], &ids[1]]) {
            let mut d = fresh(if step.d.is_null() { json!({}) } else { step.d });
            if let Some((of, name)) = step.of {
                d[name] = named[of].clone();
            }
            for at in [At::Before, At::After] {
                let answer = scene.die_at(step.who, step.op, &d, at).await;
                assert!(!matches!(answer, Call::Refused(_)), "{}: {answer:?}", step.op);
            }
            let done = scene.sockets[step.who].done(step.op, d.clone()).await;
            let again = scene.sockets[step.who].done(step.op, d).await;
            assert_eq!(again["duplicate"], true, "{}", step.op);
            let id = if done["flow"].is_null() {
                &done["id"]
            } else {
                &done["flow"]["id"]
            };
            named.push(id.clone());
            // What opens something lays a card, and so does what goes back.
            cards += usize::from(step.of.is_none() || step.op == "transfer.refund");
        }
        assert_eq!(scene.deaths, 2 * named.len(), "it died twice at every step");
        let rows = scene.sockets[1].whole_history(&group).await;
        let shown = rows.iter().filter(|row| row["kind"] == "card").count();
        assert_eq!(shown, cards, "nothing is there twice");
        let ana = scene.sockets[0].account("CNY").await;
        let ben = scene.sockets[1].account("CNY").await;
        assert_eq!((&ana["held"], &ben["held"]), (&json!("0.00"), &json!("0.00")));
        let cents = |account: &Value| {
            account["balance"]
                .as_str()
                .unwrap()
                .replace('.', "")
                .parse::<i64>()
                .unwrap()
        };
        assert_eq!(cents(&ana) + cents(&ben), 20_000);
        // Of the request and the bill; what of the packet was whose depends on the draw.
        let claimed = scene.sockets[0]
            .done("packet.show", json!({ "packet": named[13] }))
            .await;
        let mine = claimed["mine"]["amount"]
            .as_str()
            .unwrap()
            .replace('.', "")
            .parse::<i64>()
            .unwrap();
        assert_eq!(cents(&ana), 10_000 + 200 + 150 - 100 + mine);
        assert!(scene.server.sigterm(STOP_LIMIT).success());
        scene.server.expect_quipu(&["audit"]);
    });
}

#[test]
fn a_death_at_each_step_of_each_flow_leaves_none_stuck_and_none_doubled_on_sqlite() {
    a_death_at_each_step(Backend::Sqlite);
}

#[test]
fn a_death_at_each_step_of_each_flow_leaves_none_stuck_and_none_doubled_on_postgres() {
    a_death_at_each_step(Backend::Postgres);
}

on_both_databases!(
    what_was_due_while_no_server_ran_happens_once,
    |plan| plan
        .set("flows.accept_seconds", "2")
        .set("flows.accept_reminder_seconds", "1")
        .set("flows.packet_seconds", "2")
        .set("flows.request_seconds", "2")
        .set("flows.request_reminder_seconds", "1"),
    |server| {
        let mut server = server;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let (on_ana, _) = (server.connect(&ana).await, server.connect(&ben).await);
        let group = on_ana.group_with("knots", &[&ben.id]).await;
        let soon = crate::flows::schedules::in_ms(1_500);
        let asked = [
            ("request.create", json!({ "payers": [ben.id], "amount": "2.00" })),
            ("packet.create", json!({ "total": "1.00", "count": 2, "kind": "equal" })),
            (
                "schedule.create",
                json!({ "to": ben.id, "amount": "5.00", "first_at": soon, "every": "once" }),
            ),
        ];
        let mut made = Vec::new();
        for (op, mut d) in asked {
            d["conversation"] = json!(group);
            d["currency"] = json!("CNY");
            made.push(on_ana.done(op, fresh(d)).await["flow"].clone());
        }
        let mut offer = payment(&ben.id, "10.00");
        offer["accept_first"] = json!(true);
        offer["conversation"] = json!(group);
        let sent = on_ana.done("transfer.send", offer).await;
        server.kill9();
        // Time is what is waited for here: all of it is due when the server comes back.
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        server.restart();
        let on_ana = server.connect(&ana).await;
        let ended = async || {
            let offer = card(&on_ana, &sent).await["data"]["state"] == "expired";
            let mut states = Vec::new();
            for flow in &made {
                states.push(card(&on_ana, flow).await["data"]["state"].clone());
            }
            (offer && states == ["expired", "expired", "ended"]).then_some(())
        };
        eventually("all of it is over", ANSWER_LIMIT, ended).await;
        // Again and again the time has passed.
        for _ in 0..2 {
            server.kill9();
            server.restart();
        }
        let on_ana = server.connect(&ana).await;
        let account = on_ana.account("CNY").await;
        assert_eq!(
            (&account["balance"], &account["held"]),
            (&json!("95.00"), &json!("0.00"))
        );
        let rows = on_ana.whole_history(&group).await;
        let of = |kind: &str| rows.iter().filter(|row| row["card"]["kind"] == kind).count();
        assert_eq!(
            (of("transfer"), of("reminder")),
            (2, 0),
            "the offer and one planned payment"
        );
        assert!(server.sigterm(STOP_LIMIT).success());
        server.expect_quipu(&["audit"]);
    }
);
