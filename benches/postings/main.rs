//! How many postings a second the ledger commits, chain, signature and the authorising of each included, beside naive
//! references in the same run. The load is made in this process, on the same cores.
//!
//! ```text
//! cargo bench --bench postings -- --seconds 10
//! cargo bench --bench postings -- --postgres postgres://user:password@127.0.0.1/postgres
//! cargo bench --bench postings -- --history 5000000
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::print_stdout
)]

mod load;
mod naive;
mod node;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Parser;

use load::{Aim, Figures};
use node::{Node, Place};

/// How much is measured.
#[derive(Debug, Clone, Parser)]
struct Args {
    /// A PostgreSQL server, by the URL of a database from which others can be made; SQLite without.
    #[arg(long)]
    postgres: Option<String>,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Accounts that pay each other.
    #[arg(long, default_value_t = 10_000)]
    accounts: usize,
    /// Postings under way at once, at most.
    #[arg(long, default_value_t = 2_048)]
    in_flight: usize,
    /// Operations in one transaction at most.
    #[arg(long, default_value_t = 1_024)]
    batch: usize,
    /// Clients of the naive reference.
    #[arg(long, default_value_t = 32)]
    clients: u32,
    /// Transfers to be in the ledger before everything is measured once more.
    #[arg(long, default_value_t = 0)]
    history: u64,
    /// Where SQLite's file goes; a temporary folder without.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure(&args));
}

async fn measure(args: &Args) {
    let seconds = Duration::from_secs(args.seconds);
    let folder = args
        .folder
        .as_ref()
        .map_or_else(tempfile::tempdir, tempfile::tempdir_in)
        .unwrap();
    let place = Place::make(args.postgres.as_deref(), folder.path()).await;
    println!(
        "{}: {} accounts, {} under way, {} a commit at most",
        place.name(),
        args.accounts,
        args.in_flight,
        args.batch
    );
    let reference = naive::measure(&place, args.accounts, args.clients, seconds).await;
    let node = Node::open(&place, args.batch).await;
    let accounts = node.fund(args.accounts).await;
    let uniform = load::closed(&node, &accounts, Aim::Uniform, args.in_flight, seconds).await;
    told("postings, uniform", &uniform, reference.uniform);
    let hot = load::closed(&node, &accounts, Aim::Hot, args.in_flight, seconds).await;
    told("postings, one hot account", &hot, reference.hot);
    println!("  hot over uniform: {:.2}", hot.per_second / uniform.per_second);
    let half = load::open(&node, &accounts, uniform.per_second / 2.0, seconds).await;
    told("postings, at half of that load", &half, None);
    reads(&node, &accounts).await;
    if args.history > 0 {
        with_history(args, &node, &accounts, &uniform).await;
    }
    let start = Instant::now();
    let report = node.audit().await;
    println!(
        "  audit: {} transfers in {} blocks hold, {:.1} s",
        report.transfers,
        report.blocks,
        start.elapsed().as_secs_f64()
    );
    node.close().await;
    place.end().await;
}

async fn with_history(args: &Args, node: &Node, accounts: &[node::Person], before: &Figures) {
    let start = Instant::now();
    let posted = load::fill(node, accounts, args.history).await;
    println!("  {posted} postings more in {:.0} s", start.elapsed().as_secs_f64());
    let seconds = Duration::from_secs(args.seconds);
    let after = load::closed(node, accounts, Aim::Uniform, args.in_flight, seconds).await;
    told("postings, uniform, with that history", &after, None);
    println!(
        "  with history over without: {:.2}",
        after.per_second / before.per_second
    );
    reads(node, accounts).await;
}

/// What a balance and a page of a statement cost.
async fn reads(node: &Node, accounts: &[node::Person]) {
    let (balance, page) = load::reads(node, accounts).await;
    println!("  a balance {balance:.0} µs, a page of 50 movements {page:.0} µs, in the median");
}

fn told(name: &str, figures: &Figures, reference: Option<f64>) {
    let Figures {
        per_second,
        p50,
        p99,
        max,
    } = figures;
    let ratio = reference.map_or_else(String::new, |reference| {
        format!(", {:.1} times naive", per_second / reference)
    });
    println!("  {name}: {per_second:.0}/s, p50 {p50:.1} ms, p99 {p99:.1} ms, longest {max:.1} ms{ratio}");
}
