//! People who all pay each other at once, and a book of every payment, by which the ledger is checked to the cent.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, Call, Client, Person, Seed, Server, eventually, new_client_id};

const NAMES: [&str; 5] = ["ana", "ben", "cleo", "dora", "emil"];
const CURRENCIES: [&str; 2] = ["CNY", "EUR"];
/// What everyone has in each currency at first, in minor units: more than they can pay away.
const FUNDS: i64 = 10_000_000;

/// A payment that was asked for.
struct Payment {
    payer: usize,
    payee: usize,
    currency: &'static str,
    minor: i64,
    d: Value,
    /// Its answer, once there was one.
    answer: Option<Value>,
}

/// The people and their book.
pub(crate) struct Crowd {
    people: Vec<Person>,
    book: Mutex<HashMap<String, Payment>>,
}

fn amount(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

impl Crowd {
    /// Registers them and gives them money.
    pub(crate) fn gather(server: &Server) -> Self {
        let people: Vec<_> = NAMES.iter().map(|name| server.register(name)).collect();
        for person in &people {
            for currency in CURRENCIES {
                server.fund(person, &amount(FUNDS), currency);
            }
        }
        Self {
            people,
            book: Mutex::default(),
        }
    }

    /// So many sockets, each with who sits at it.
    pub(crate) async fn connect(&self, server: &Server, sockets: usize) -> Vec<(usize, Client)> {
        let mut all = Vec::new();
        for socket in 0..sockets {
            let person = socket % self.people.len();
            all.push((person, server.connect(&self.people[person]).await));
        }
        all
    }

    /// How many payments were answered.
    pub(crate) fn answered(&self) -> usize {
        let book = self.book.lock().unwrap();
        book.values().filter(|payment| payment.answer.is_some()).count()
    }

    /// Waits until so many payments were answered.
    pub(crate) async fn answered_at_least(&self, enough: usize) {
        let answered = async || (self.answered() >= enough).then_some(());
        eventually("enough answers", ANSWER_LIMIT, answered).await;
    }

    fn ask(&self, payer: usize, random: &mut StdRng) -> (String, Value) {
        let payee = (payer + random.random_range(1..self.people.len())) % self.people.len();
        let currency = CURRENCIES[random.random_range(0..CURRENCIES.len())];
        let minor = random.random_range(1..100);
        let id = new_client_id();
        let d = json!({ "client_id": id, "to": self.people[payee].id, "amount": amount(minor),
            "currency": currency, "note": "" });
        let payment = Payment {
            payer,
            payee,
            currency,
            minor,
            d: d.clone(),
            answer: None,
        };
        self.book.lock().unwrap().insert(id.clone(), payment);
        (id, d)
    }

    fn keep(&self, id: &str, answer: Value) {
        let mut book = self.book.lock().unwrap();
        book.get_mut(id).expect("what was asked is in the book").answer = Some(answer);
    }

    /// Pays on every socket, one payment after the other, until the connection is gone.
    pub(crate) async fn pay_until_lost(&self, sockets: &[(usize, Client)], seed: &mut Seed) {
        let starts: Vec<StdRng> = sockets
            .iter()
            .map(|_| StdRng::seed_from_u64(seed.random.random()))
            .collect();
        let writers = sockets.iter().zip(starts).map(async |((payer, client), mut random)| {
            loop {
                let (id, d) = self.ask(*payer, &mut random);
                match client.try_call("transfer.send", d).await {
                    Call::Done(answer) => self.keep(&id, answer),
                    Call::Refused(refusal) => panic!("a payment is refused: {}", refusal.whole),
                    Call::Lost(_) => return,
                }
            }
        });
        join_all(writers).await;
    }

    /// What nobody knows the outcome of is sent again with the same id.
    pub(crate) async fn settle(&self, server: &Server) {
        for (payer, person) in self.people.iter().enumerate() {
            let unanswered: Vec<_> = {
                let book = self.book.lock().unwrap();
                let of_payer = book.iter().filter(|(_, p)| p.payer == payer && p.answer.is_none());
                of_payer.map(|(id, p)| (id.clone(), p.d.clone())).collect()
            };
            let client = server.connect(person).await;
            for (id, d) in unanswered {
                let answer = client.done("transfer.send", d).await;
                self.keep(&id, answer);
            }
        }
    }

    /// Everyone has what the book says, and their history holds the book's payments, each once, and no other.
    pub(crate) async fn check(self, server: &Server) {
        let book = self.book.into_inner().unwrap();
        assert!(!book.is_empty(), "somebody paid");
        for (person, who) in self.people.iter().enumerate() {
            let client = server.connect(who).await;
            for currency in CURRENCIES {
                let mut balance = FUNDS;
                let mut wanted = BTreeSet::new();
                for payment in book.values().filter(|p| p.currency == currency) {
                    let answer = payment.answer.as_ref().expect("all are settled");
                    if payment.payer == person {
                        balance -= payment.minor;
                    } else if payment.payee == person {
                        balance += payment.minor;
                    } else {
                        continue;
                    }
                    let id = answer["id"].as_str().expect("a payment has an id");
                    assert!(wanted.insert(id.to_owned()), "two answers with one payment: {answer}");
                }
                assert_eq!(
                    client.available(currency).await,
                    amount(balance),
                    "{} {currency}",
                    who.handle
                );
                let found = paid(&client, currency).await;
                assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), wanted, "{}", who.handle);
                assert!(found.values().all(|times| *times == 1), "once each: {found:?}");
            }
        }
    }
}

/// The payments of somebody's history by their ids, and how often each stands there.
async fn paid(client: &Client, currency: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let mut cursor = Value::Null;
    loop {
        let mut d = json!({ "currency": currency, "limit": 100 });
        if !cursor.is_null() {
            d["cursor"] = cursor;
        }
        let page = client.done("wallet.history", d).await;
        for row in page["transfers"].as_array().expect("transfers is a list") {
            if row["kind"] == "payment" {
                let id = row["id"].as_str().expect("a row has an id").to_owned();
                *found.entry(id).or_default() += 1;
            }
        }
        cursor = page["next"].clone();
        if cursor.is_null() {
            return found;
        }
    }
}
