//! The outbox over a real database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use quipu_migration::{Migrator, MigratorTrait as _};
use tempfile::TempDir;

use super::*;
use crate::clock::{Clock, ManualClock, Micros, SystemClock};
use crate::db::Db;

/// A way to nobody, that refuses as often as it is told to.
#[derive(Default)]
struct Stub {
    refuse: Mutex<Vec<DeliveryError>>,
    seen: Mutex<Vec<(String, String)>>,
}

impl Stub {
    fn seen(&self) -> Vec<(String, String)> {
        self.seen.lock().unwrap().clone()
    }
}

impl Notifier for Stub {
    fn deliver<'a>(&'a self, id: &'a str, mail: &'a Mail) -> BoxFuture<'a, Result<(), DeliveryError>> {
        self.seen.lock().unwrap().push((id.to_owned(), mail.to().to_owned()));
        let refused = self.refuse.lock().unwrap().pop();
        Box::pin(async move { refused.map_or(Ok(()), Err) })
    }
}

async fn database() -> (Db, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Handle::current();
    let db = Db::open_sqlite(&folder.path().join("quipu.db"), 2, runtime)
        .await
        .unwrap();
    Migrator::up(db.writer(), None).await.unwrap();
    (db, folder)
}

async fn queue(db: &Db, to: &str, now: Micros) {
    let tx = db.begin().await.unwrap();
    enqueue(&tx, &Mail::new(to, "subject", "body".into()).unwrap(), now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn until(what: impl Fn() -> bool) {
    for _ in 0..500 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come true");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_queued_is_delivered_once_by_two_nodes() {
    let (db, _folder) = database().await;
    let stub = Arc::new(Stub::default());
    let clock = Arc::new(SystemClock);
    let nodes = [(); 2].map(|()| Outbox::start(db.clone(), clock.clone(), stub.clone()));
    for number in 0..50 {
        queue(&db, &format!("p{number}@example.com"), clock.now()).await;
        nodes.iter().for_each(Outbox::wake);
    }
    until(|| stub.seen().len() >= 50).await;
    nodes.iter().for_each(Outbox::wake);
    for node in &nodes {
        node.stop().await;
    }
    let mut times: HashMap<String, usize> = HashMap::new();
    for (_, to) in stub.seen() {
        *times.entry(to).or_default() += 1;
    }
    assert_eq!(times.len(), 50);
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    assert_eq!(waiting_bodies(&db).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_mail_is_tried_again_later_under_the_same_id() {
    let (db, _folder) = database().await;
    let stub = Arc::new(Stub::default());
    *stub.refuse.lock().unwrap() = vec![DeliveryError::Transient("greylisted".into())];
    let clock = Arc::new(ManualClock::at(Micros(1_000_000)));
    let outbox = Outbox::start(db.clone(), clock.clone(), stub.clone());
    queue(&db, "ada@example.com", clock.now()).await;
    outbox.wake();
    until(|| stub.seen().len() == 1).await;
    outbox.wake();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(stub.seen().len(), 1, "not before its time");
    clock.set(clock.now().plus(Duration::from_secs(16)));
    outbox.wake();
    until(|| stub.seen().len() == 2).await;
    let seen = stub.seen();
    assert_eq!(seen[0], seen[1]);
    outbox.stop().await;
    assert_eq!(waiting_bodies(&db).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_never_goes_is_given_up() {
    let (db, _folder) = database().await;
    let stub = Arc::new(Stub::default());
    *stub.refuse.lock().unwrap() = vec![DeliveryError::Permanent("no such mailbox".into())];
    let clock = Arc::new(ManualClock::at(Micros(1_000_000)));
    let outbox = Outbox::start(db.clone(), clock.clone(), stub.clone());
    queue(&db, "ada@example.com", clock.now()).await;
    outbox.wake();
    until(|| stub.seen().len() == 1).await;
    clock.set(clock.now().plus(Duration::from_secs(90 * 24 * 60 * 60)));
    outbox.wake();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(stub.seen().len(), 1);
    outbox.stop().await;
}
