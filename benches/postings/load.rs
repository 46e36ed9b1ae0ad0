//! The load: a closed loop of so many postings under way, or an open one of so many a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hdrhistogram::Histogram;
use quipu::group_commit::Outcome;
use quipu::ids::ClientId;
use quipu::reply::Reply;
use quipu::wallet::{Act, Decision, Instruct, Leg, Money, Purpose, WalletError, statement};
use rand::RngExt as _;
use std::sync::Mutex;

use crate::node::{Node, Person, cny};

/// Before a measurement counts.
const WARM_UP: Duration = Duration::from_secs(2);
/// How often an open loop sends.
const TICK: Duration = Duration::from_millis(1);

/// Who pays whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    /// Anybody anybody.
    Uniform,
    /// Everybody pays one, or is paid by them.
    Hot,
}

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) per_second: f64,
    /// In milliseconds, from asking to knowing that it is committed.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

/// A posting of the owner's own kind, so that each is authorised; it has no card, as it is no payment in a conversation.
fn posting(accounts: &[Person], aim: Aim) -> Instruct {
    let mut random = rand::rng();
    let from = random.random_range(0..accounts.len());
    let other = (from + random.random_range(1..accounts.len())) % accounts.len();
    let (from, to) = match aim {
        Aim::Uniform => (from, other),
        Aim::Hot if from == 0 => (from, other),
        Aim::Hot if random.random() => (from, 0),
        Aim::Hot => (0, from),
    };
    let leg = Leg {
        debit: accounts[from].account,
        credit: accounts[to].account,
        money: Money::of_minor(random.random_range(1..100), cny()).unwrap(),
        purpose: Purpose::Fee,
        note: String::new(),
    };
    Instruct::new(ClientId::fresh(), accounts[from].id, Act::Post(vec![leg]))
}

fn must_be_done(told: Outcome<Result<Decision, WalletError>>) {
    assert!(matches!(told, Ok(Ok(Decision::Done(_)))), "{told:?}");
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap()
}

fn figures(latencies: &Mutex<Histogram<u64>>, count: u64, took: Duration) -> Figures {
    let latencies = latencies.lock().unwrap();
    let ms = |micros: u64| micros as f64 / 1_000.0;
    Figures {
        per_second: count as f64 / took.as_secs_f64(),
        p50: ms(latencies.value_at_quantile(0.5)),
        p99: ms(latencies.value_at_quantile(0.99)),
        max: ms(latencies.max()),
    }
}

fn histogram() -> Arc<Mutex<Histogram<u64>>> {
    Arc::new(Mutex::new(Histogram::new(3).unwrap()))
}

/// As many postings as the ledger takes with `in_flight` under way.
pub(crate) async fn closed(node: &Node, accounts: &[Person], aim: Aim, in_flight: usize, seconds: Duration) -> Figures {
    let (counts, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (count, latencies) = (Arc::new(AtomicU64::new(0)), histogram());
    let accounts: Arc<[Person]> = accounts.into();
    let worker = |_| {
        let (lane, accounts) = (node.lane.clone(), accounts.clone());
        let (counts, over, count, latencies) = (counts.clone(), over.clone(), count.clone(), latencies.clone());
        tokio::spawn(async move {
            while !over.load(Ordering::Relaxed) {
                let start = Instant::now();
                must_be_done(lane.ask(posting(&accounts, aim)).await);
                if counts.load(Ordering::Relaxed) {
                    count.fetch_add(1, Ordering::Relaxed);
                    latencies.lock().unwrap().record(micros(start)).unwrap();
                }
            }
        })
    };
    let workers: Vec<_> = (0..in_flight).map(worker).collect();
    tokio::time::sleep(WARM_UP).await;
    counts.store(true, Ordering::Relaxed);
    let start = Instant::now();
    tokio::time::sleep(seconds).await;
    counts.store(false, Ordering::Relaxed);
    let took = start.elapsed();
    over.store(true, Ordering::Relaxed);
    for worker in join_all(workers).await {
        worker.unwrap();
    }
    figures(&latencies, count.load(Ordering::Relaxed), took)
}

/// So many postings a second, whatever becomes of those before.
pub(crate) async fn open(node: &Node, accounts: &[Person], per_second: f64, seconds: Duration) -> Figures {
    let (count, latencies) = (Arc::new(AtomicU64::new(0)), histogram());
    let start = Instant::now();
    let mut tick = tokio::time::interval(TICK);
    let (mut sent, all) = (0_u64, WARM_UP + seconds);
    while start.elapsed() < all {
        tick.tick().await;
        // Elapsed seconds times a rate, both small positive numbers.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let due = (start.elapsed().as_secs_f64() * per_second) as u64;
        for _ in sent..due {
            let (asked, counted) = (Instant::now(), start.elapsed() > WARM_UP);
            let (count, latencies) = (count.clone(), latencies.clone());
            let reply = Reply::new(move |told: Option<Outcome<Result<Decision, WalletError>>>| {
                must_be_done(told.expect("an answer"));
                if counted {
                    count.fetch_add(1, Ordering::Relaxed);
                    latencies.lock().unwrap().record(micros(asked)).unwrap();
                }
            });
            assert!(
                node.lane.submit(posting(accounts, Aim::Uniform), reply).is_ok(),
                "the queue is full"
            );
        }
        sent = sent.max(due);
    }
    node.lane.flush().await;
    figures(&latencies, count.load(Ordering::Relaxed), seconds)
}

/// Posts until there are so many more.
pub(crate) async fn fill(node: &Node, accounts: &[Person], count: u64) -> u64 {
    const AT_ONCE: u64 = 4_096;
    let mut posted = 0;
    while posted < count {
        let some = AT_ONCE.min(count - posted);
        let asked = (0..some).map(|_| node.lane.ask(posting(accounts, Aim::Uniform)));
        join_all(asked).await.into_iter().for_each(must_be_done);
        posted += some;
    }
    posted
}

/// The median time of a balance and of a page of 50 movements, in microseconds.
pub(crate) async fn reads(node: &Node, accounts: &[Person]) -> (f64, f64) {
    const READS: usize = 500;
    const PAGE: u64 = 50;
    let (balances, pages) = (histogram(), histogram());
    for number in 0..READS {
        let person = accounts[(number * 7_919) % accounts.len()];
        let start = Instant::now();
        let account = statement::balance(&node.db, person.account.id)
            .await
            .unwrap()
            .expect("an account");
        balances.lock().unwrap().record(micros(start)).unwrap();
        let start = Instant::now();
        statement::page(&node.db, &account, account.last_seq, PAGE)
            .await
            .unwrap();
        pages.lock().unwrap().record(micros(start)).unwrap();
    }
    let median = |histogram: &Mutex<Histogram<u64>>| histogram.lock().unwrap().value_at_quantile(0.5) as f64;
    (median(&balances), median(&pages))
}
