//! The process dies in the middle of traffic, again and again. What was acknowledged is there, once.

pub(crate) mod crowd;

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::join_all;
use rand::RngExt;
use serde_json::{Value, json};

use crowd::Crowd;

use crate::harness::{ANSWER_LIMIT, Call, Client, Seed, Server, eventually, new_client_id, on_both_databases};

/// How often the server is killed, unless `QUIPU_CRASH_ROUNDS` says otherwise.
const ROUNDS: usize = 3;
/// Sockets that pay at once in the crowd.
const WRITERS: usize = 32;
/// Requests under way at once on each of the payer's sockets.
const WORKERS: usize = 6;
/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);

/// Every request that was made, by its client id: what it was, and its answer once there was one.
#[derive(Default)]
struct Book {
    requests: HashMap<String, (&'static str, Value)>,
    answers: HashMap<String, Value>,
}

impl Book {
    fn unanswered(&self) -> Vec<String> {
        self.requests
            .keys()
            .filter(|id| !self.answers.contains_key(*id))
            .cloned()
            .collect()
    }
}

fn request(random: u32, conversation: &str, payee: &str) -> (String, &'static str, Value) {
    let id = new_client_id();
    if random.is_multiple_of(3) {
        let d = json!({ "client_id": id, "conversation": conversation, "to": payee, "amount": "0.01",
            "currency": "CNY", "note": "" });
        (id, "transfer.send", d)
    } else {
        let d = json!({ "client_id": id, "conversation": conversation, "text": format!("text {id}") });
        (id, "message.send", d)
    }
}

/// Sends until the connection is gone.
async fn work(client: &Client, book: &Mutex<Book>, mut random: u32, conversation: &str, payee: &str) {
    loop {
        let (id, op, d) = request(random, conversation, payee);
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) >> 1;
        book.lock().unwrap().requests.insert(id.clone(), (op, d.clone()));
        match client.try_call(op, d).await {
            Call::Done(answer) => drop(book.lock().unwrap().answers.insert(id, answer)),
            Call::Refused(refusal) => panic!("{op} is refused: {}", refusal.whole),
            Call::Lost(_) => return,
        }
    }
}

/// Traffic until so many answers came, then the end.
async fn crash(server: &mut Server, clients: &[Client], book: &Mutex<Book>, seed: &mut Seed, to: (&str, &str)) {
    let enough = book.lock().unwrap().answers.len() + seed.random.random_range(1..150);
    let starts: Vec<u32> = (0..clients.len() * WORKERS).map(|_| seed.random.random()).collect();
    let workers = starts.iter().enumerate().map(|(i, start)| {
        let client = &clients[i % clients.len()];
        work(client, book, *start, to.0, to.1)
    });
    let killer = async {
        let answered = async || (book.lock().unwrap().answers.len() >= enough).then_some(());
        eventually("enough answers", ANSWER_LIMIT, answered).await;
        server.kill9();
    };
    tokio::join!(join_all(workers), killer);
}

/// What nobody knows the outcome of is sent again with the same id.
async fn settle(client: &Client, book: &Mutex<Book>) {
    let unanswered = book.lock().unwrap().unanswered();
    for id in unanswered {
        let (op, d) = book.lock().unwrap().requests[&id].clone();
        let answer = client.done(op, d).await;
        book.lock().unwrap().answers.insert(id, answer);
    }
}

/// Every request of the book stands in the history once, where its answer said, and nothing else does.
fn compare(book: &Book, history: &[Value]) {
    let mut by_client_id: BTreeMap<&str, &Value> = BTreeMap::new();
    for message in history.iter().filter(|message| message["kind"] != "system") {
        let id = message["client_id"].as_str().unwrap();
        assert!(
            by_client_id.insert(id, message).is_none(),
            "twice in the history: {message}"
        );
    }
    let mut cards: HashMap<&str, &Value> = HashMap::new();
    for message in by_client_id.values().filter(|message| message["kind"] == "card") {
        cards.insert(message["card"]["id"].as_str().unwrap(), message);
    }
    for (id, (op, d)) in &book.requests {
        let answer = &book.answers[id];
        let message = match *op {
            "transfer.send" => cards.remove(answer["id"].as_str().unwrap()),
            _ => by_client_id.get(id.as_str()).copied(),
        };
        let message = message.unwrap_or_else(|| panic!("acknowledged and not there: {d} {answer}"));
        assert_eq!(
            (&message["seq"], &message["at"]),
            (&answer["seq"], &answer["at"]),
            "{d}"
        );
    }
    assert!(cards.is_empty(), "cards that nobody asked for: {cards:?}");
    assert_eq!(by_client_id.len(), book.requests.len(), "nothing that nobody asked for");
    let numbers: Vec<_> = history.iter().filter_map(|message| message["n"].as_i64()).collect();
    assert!(numbers.iter().copied().eq(1..=numbers.len() as i64), "n is gapless");
}

fn rounds() -> usize {
    std::env::var("QUIPU_CRASH_ROUNDS").map_or(ROUNDS, |text| text.parse().unwrap())
}

on_both_databases!(
    payments_of_a_crowd_survive_every_kill_to_the_cent_and_none_stands_twice,
    |server| {
        let mut server = server;
        let mut seed = Seed::new();
        let crowd = Crowd::gather(&server);
        for _ in 0..rounds() {
            let enough = crowd.answered() + seed.random.random_range(1..400);
            let sockets = crowd.connect(&server, WRITERS).await;
            let killer = async {
                crowd.answered_at_least(enough).await;
                server.kill9();
            };
            tokio::join!(crowd.pay_until_lost(&sockets, &mut seed), killer);
            server.restart();
            crowd.settle(&server).await;
        }
        crowd.check(&server).await;
        assert!(server.sigterm(STOP_LIMIT).success());
        server.expect_quipu(&["audit"]);
    }
);

on_both_databases!(
    what_was_acknowledged_survives_a_kill_and_nothing_stands_twice,
    |server| {
        let mut server = server;
        let mut seed = Seed::new();
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "1000.00", "CNY");
        let conversation = server.connect(&ana).await.direct_with(&ben.id).await;
        let book = Mutex::new(Book::default());
        for _ in 0..rounds() {
            let clients = [server.connect(&ana).await, server.connect(&ana).await];
            crash(&mut server, &clients, &book, &mut seed, (&conversation, &ben.id)).await;
            server.restart();
            settle(&server.connect(&ana).await, &book).await;
        }
        let on_ana = server.connect(&ana).await;
        let book = book.into_inner().unwrap();
        compare(&book, &on_ana.whole_history(&conversation).await);
        let paid = book.requests.values().filter(|(op, _)| *op == "transfer.send").count();
        let money = |minor: usize| format!("{}.{:02}", minor / 100, minor % 100);
        assert_eq!(on_ana.available("CNY").await, money(100_000 - paid));
        assert_eq!(server.connect(&ben).await.available("CNY").await, money(paid));
        assert!(server.sigterm(STOP_LIMIT).success());
        server.expect_quipu(&["audit"]);
    }
);
