//! What every integration test stands on: real processes, real databases, real sockets.
//!
//! A test is a sentence and says what must hold; [`on_both_databases!`] runs it on SQLite and on PostgreSQL. Every wait
//! ends at a named limit, and what a server said is shown when its test fails.

mod backend;
mod books;
mod client;
mod cluster;
pub(crate) mod contract;
mod database;
mod follower;
mod http;
mod own_tests;
mod people;
mod pg_proxy;
mod process;
mod server;
mod site;
mod strace;

use std::future::Future;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;

pub(crate) use backend::{Backend, postgres};
pub(crate) use books::{Books, posted};
pub(crate) use client::{Call, Client, WireError, hello, payment};
pub(crate) use cluster::Cluster;
pub(crate) use database::{Column, Database};
pub(crate) use follower::Follower;
pub(crate) use http::{Answer, Http, Raw};
pub(crate) use people::{Person, new_client_id};
pub(crate) use pg_proxy::{At, PgProxy, What};
pub(crate) use server::{Plan, Server};
pub(crate) use site::Site;
pub(crate) use strace::Strace;

/// A server of the debug build is ready, migrations included, on a machine busy with other tests.
pub(crate) const START_LIMIT: Duration = Duration::from_secs(60);
/// One answer or push, on such a machine.
pub(crate) const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// A subcommand ends.
pub(crate) const COMMAND_LIMIT: Duration = Duration::from_secs(120);
/// A whole test. Beyond it something hangs that no narrower limit names.
const TEST_LIMIT: Duration = Duration::from_secs(600);

/// Runs a test's future to its end on a runtime of its own.
pub(crate) fn run<F: Future<Output = ()>>(test: F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let ended = runtime.block_on(async { tokio::time::timeout(TEST_LIMIT, test).await });
    runtime.shutdown_background();
    assert!(ended.is_ok(), "the test did not end within {TEST_LIMIT:?}");
}

/// Makes of one test two, one for each database. The body owns its server.
macro_rules! on_both_databases {
    ($(#[$meta:meta])* $name:ident, $planned:path, |$server:pat_param| $body:block) => {
        crate::harness::on_both_databases!($(#[$meta])* $name, |plan| $planned(plan), |$server| $body);
    };
    ($(#[$meta:meta])* $name:ident, |$server:pat_param| $body:block) => {
        crate::harness::on_both_databases!($(#[$meta])* $name, |plan| plan, |$server| $body);
    };
    ($(#[$meta:meta])* $name:ident, |$plan:ident| $planned:expr, |$server:pat_param| $body:block) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            use crate::harness::{Backend, Plan, Server};

            fn planned($plan: Plan) -> Plan {
                $planned
            }

            async fn check($server: Server) $body

            $(#[$meta])*
            #[test]
            fn on_sqlite() {
                crate::harness::run(async { check(planned(Server::plan(Backend::Sqlite)).start().await).await });
            }

            $(#[$meta])*
            #[test]
            fn on_postgres() {
                crate::harness::run(async { check(planned(Server::plan(Backend::Postgres)).start().await).await });
            }
        }
    };
}
pub(crate) use on_both_databases;

/// Waits until `look` finds something. `what` names it when it does not come within the limit.
pub(crate) async fn eventually<T>(what: &str, limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    const PAUSE: Duration = Duration::from_millis(20);
    let start = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(start.elapsed() < limit, "{what}: not within {limit:?}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Randomness that can be had again: the seed is printed when the test fails, and `QUIPU_TEST_SEED` sets it.
pub(crate) struct Seed {
    seed: u64,
    /// The generator.
    pub(crate) random: StdRng,
}

impl Seed {
    /// A new seed, or the one that was set.
    pub(crate) fn new() -> Self {
        let seed = match std::env::var("QUIPU_TEST_SEED") {
            Ok(text) => text.parse().expect("QUIPU_TEST_SEED is a number"),
            Err(_) => rand::random(),
        };
        Self {
            seed,
            random: StdRng::seed_from_u64(seed),
        }
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to see the same again: QUIPU_TEST_SEED={}", self.seed);
        }
    }
}
