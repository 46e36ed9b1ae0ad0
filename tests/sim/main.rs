//! The simulation: the ledger's own lanes, rules and SQL with every flow, on both databases, driven with random, racing
//! and hostile calls, with crashes and turned clocks in between, and held against a model that is plain and slow. Every answer,
//! every balance and the audit must agree.
//!
//! `cargo test --test sim` runs a few seeds; `cargo test --release --test sim -- --seeds 100 --calls 2000` many, and
//! `-- --seed N` one again. PostgreSQL is the one of `QUIPU_TEST_POSTGRES`, or one that `scripts/services` starts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod call;
mod compare;
mod crowd;
mod generator;
mod model;
mod node;
#[path = "../it/harness/backend.rs"]
#[allow(dead_code)]
mod services;
mod world;

use std::time::Instant;

use clap::{Parser, ValueEnum};

/// How much is simulated.
#[derive(Debug, Parser)]
#[command(name = "sim")]
struct Args {
    /// Run only when `sim` contains this; as other test binaries do.
    filter: Option<String>,
    /// Seeds on each database.
    #[arg(long, default_value_t = 4)]
    seeds: u64,
    /// The first seed; random without.
    #[arg(long)]
    seed: Option<u64>,
    /// Calls of a seed.
    #[arg(long, default_value_t = 1_000)]
    calls: usize,
    /// On which database.
    #[arg(long, value_enum, default_value_t = On::Both)]
    on: On,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum On {
    Sqlite,
    Postgres,
    Both,
}

fn main() {
    let args = Args::parse();
    if args
        .filter
        .as_ref()
        .is_some_and(|filter| !"sim".contains(filter.as_str()))
    {
        println!(
            "\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.00s\n"
        );
        return;
    }
    let start = Instant::now();
    let first = args.seed.unwrap_or_else(rand::random);
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
        if std::panic::catch_unwind(|| crowd::claims_the_last_share(backend)).is_ok() {
            println!("test sim::a_crowd_on_{name} ... ok");
            passed += 1;
        } else {
            println!("test sim::a_crowd_on_{name} ... FAILED");
            failed += 1;
        }
        match run(backend, first, seeds, args.calls) {
            Ok(told) => {
                println!("test sim::on_{name} ... ok ({told})");
                passed += 1;
            }
            Err(seed) => {
                println!("test sim::on_{name} ... FAILED");
                println!(
                    "to see the same again: --on {name} --seed {seed} --calls {}",
                    args.calls
                );
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

/// Runs seeds on one database; the first that fails is the error, its panic told already.
fn run(backend: services::Backend, first: u64, seeds: u64, calls: usize) -> Result<String, u64> {
    let start = Instant::now();
    let mut all = world::Told::default();
    for seed in (0..seeds).map(|number| first.wrapping_add(number)) {
        let told = std::panic::catch_unwind(|| world::live(backend, seed, calls));
        all.add(&told.map_err(|_| seed)?);
    }
    Ok(format!(
        "seeds {first} and on: {all}, in {:.1} s",
        start.elapsed().as_secs_f32()
    ))
}
