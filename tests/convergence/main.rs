//! Convergence: a real server behind a bad network, killed now and then, and people with several devices who do
//! everything that `docs/protocol.md` knows. When the network is well again, every device must hold exactly what the
//! server says when it is asked afresh, and everything that was answered must be there, once.
//!
//! `cargo test --test convergence` runs a few seeds; `cargo test --release --test convergence -- --on sqlite
//! --seeds 500 --clients 8 --devices 3` many, and `-- --seed N` one again. PostgreSQL is the one of
//! `QUIPU_TEST_POSTGRES`, or one that `scripts/services` starts. A seed says what is done by whom, and what the network
//! does to each connection; it does not say how the processes are scheduled, so a rare failure may need several runs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod acts;
mod answers;
mod compare;
#[path = "../it/harness/contract.rs"]
#[allow(dead_code)]
mod contract;
mod conversation;
mod device;
mod frame;
#[path = "../it/harness/http.rs"]
#[allow(dead_code)]
mod http;
mod model;
#[path = "../it/harness/people.rs"]
#[allow(dead_code)]
mod people;
#[path = "../it/harness/process.rs"]
#[allow(dead_code)]
mod process;
mod proxy;
mod server;
#[path = "../it/harness/backend.rs"]
#[allow(dead_code)]
mod services;
mod truth;
mod world;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};

use http::Answer;
use server::Template;
use world::{Told, Trace};

/// A server of the debug build is ready, on a machine busy with other tests.
const START_LIMIT: Duration = Duration::from_secs(60);
/// One answer of HTTP, on such a machine.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// Everything that is waited for in a seed.
const STEP_LIMIT: Duration = Duration::from_secs(60);

/// How much is done.
#[derive(Debug, Parser)]
#[command(name = "convergence")]
struct Args {
    /// Run only when `convergence` contains this; as other test binaries do.
    filter: Option<String>,
    /// Seeds on each database.
    #[arg(long, default_value_t = 4)]
    seeds: u64,
    /// The first seed; random without.
    #[arg(long)]
    seed: Option<u64>,
    /// On which database.
    #[arg(long, value_enum, default_value_t = On::Both)]
    on: On,
    /// People.
    #[arg(long, default_value_t = 4)]
    clients: usize,
    /// Devices of each.
    #[arg(long, default_value_t = 2)]
    devices: usize,
    /// Acts of each device.
    #[arg(long, default_value_t = 15)]
    acts: usize,
    /// Seeds at once.
    #[arg(long, default_value_t = 1)]
    jobs: usize,
}

/// How large a seed is.
#[derive(Debug, Clone, Copy)]
struct Size {
    devices: usize,
    acts: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum On {
    Sqlite,
    Postgres,
    Both,
}

fn main() {
    let args = Args::parse();
    let is_meant = |filter: &String| "convergence".contains(filter.as_str());
    if !args.filter.as_ref().is_none_or(is_meant) {
        println!(
            "\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.00s\n"
        );
        return;
    }
    assert!(args.clients >= 2, "two people can talk, one cannot");
    let start = Instant::now();
    let first = args.seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    let seeds = if args.seed.is_some() && args.seeds == 4 {
        1
    } else {
        args.seeds
    };
    let (mut passed, mut failed) = (0, 0);
    for (backend, on, name) in [
        (services::Backend::Sqlite, On::Sqlite, "sqlite"),
        (services::Backend::Postgres, On::Postgres, "postgres"),
    ] {
        if args.on != On::Both && args.on != on {
            continue;
        }
        match run(backend, first, seeds, &args) {
            Ok(told) => {
                println!("test convergence::on_{name} ... ok ({told})");
                passed += 1;
            }
            Err(seeds) => {
                println!("test convergence::on_{name} ... FAILED");
                for seed in seeds {
                    println!(
                        "to see the same again: --on {name} --seed {seed} --clients {} --devices {} --acts {}",
                        args.clients, args.devices, args.acts
                    );
                }
                failed += 1;
            }
        }
    }
    let ok = if failed == 0 { "ok" } else { "FAILED" };
    let seconds = start.elapsed().as_secs_f32();
    println!(
        "\ntest result: {ok}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out; finished in {seconds:.2}s\n"
    );
    if failed > 0 {
        std::process::exit(101);
    }
}

/// Runs seeds on one database; those that fail are the error, what was wrong told already.
fn run(backend: services::Backend, first: u64, seeds: u64, args: &Args) -> Result<String, Vec<u64>> {
    let template = Template::with_people(backend, args.clients);
    let start = Instant::now();
    let size = Size {
        devices: args.devices,
        acts: args.acts,
    };
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let (all, failed) = (Mutex::new(Told::default()), Mutex::new(Vec::new()));
    let work = || {
        while !stop.load(Ordering::SeqCst) {
            let number = next.fetch_add(1, Ordering::SeqCst);
            if number >= seeds {
                return;
            }
            let seed = first.wrapping_add(number);
            let trace = Arc::new(Trace::default());
            let lived = std::panic::AssertUnwindSafe(|| world::live(&template, seed, size, &trace));
            let wrong = match std::panic::catch_unwind(lived) {
                Ok(Ok(told)) => {
                    all.lock().unwrap().add(told);
                    continue;
                }
                Ok(Err(wrong)) => wrong,
                Err(_) => "it panicked; what with stands above".to_owned(),
            };
            println!(
                "---- seed {seed}: the last acts ----\n{}\n---- seed {seed}: {wrong}",
                trace.show()
            );
            failed.lock().unwrap().push(seed);
            stop.store(true, Ordering::SeqCst);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..args.jobs.max(1) {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap();
    if !failed.is_empty() {
        return Err(failed);
    }
    let seconds = start.elapsed().as_secs_f32();
    Ok(format!(
        "seeds {first} and on, {seeds} of them: {:?}, in {seconds:.1} s",
        all.into_inner().unwrap()
    ))
}
