//! `quipu bench chat | wallet | fanout | idle | long | packet`: how fast a server is, measured from outside and checked while it runs.
//!
//! The load tool is a client like any other: it shares nothing with the server but the protocol's types. Its loop is
//! closed: each pair (or room) has a window of requests, and the next one leaves when one has come through entirely,
//! acknowledged to its sender and received by everybody it was meant for. Every run ends with checks; a fast server
//! that lost a message fails.

mod args;
mod chat;
mod child;
mod claimers;
mod continuity;
mod fanout;
mod frames;
mod idle;
mod long;
mod meter;
mod packet;
mod pair_loop;
mod pairs;
mod progress;
mod report;
mod room_loop;
mod socket;
mod stamp;
mod target;
mod timeline;
mod usage;
mod users;
mod wallet;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

pub(super) use args::BenchArgs;

use super::Common;
use args::{Plan, Scenario};
use report::Report;
use target::Target;

pub(super) fn run(common: &Common, args: BenchArgs) -> anyhow::Result<ExitCode> {
    if common.config.is_some() || common.data_dir.is_some() || common.listen.is_some() {
        bail!(
            "bench starts a server of its own in a temporary folder; to measure another, start it with \
             `quipu serve --load-test` and name it with --url and --users"
        );
    }
    let plan = args.plan()?;
    // Several crates bring a provider of TLS; this one is ours. Somebody else having installed one is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = super::runtime()?;
    let report = runtime.block_on(measure_or_stop(&plan));
    runtime.shutdown_background();
    let report = report?;
    print!("{}", report.summary());
    if let Some(file) = &plan.json {
        write_json(file, &report)?;
    }
    Ok(if report.passed() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn write_json(file: &Path, report: &Report) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(report)?;
    text.push('\n');
    std::fs::write(file, text).with_context(|| file.display().to_string())
}

/// An interrupt must not leave the child and its folder behind, so it ends the run as an error does.
async fn measure_or_stop(plan: &Plan) -> anyhow::Result<Report> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        report = measure(plan) => report,
        _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        _ = terminate.recv() => bail!("stopped"),
    }
}

async fn measure(plan: &Plan) -> anyhow::Result<Report> {
    let target = Target::prepare(plan).await?;
    match plan.scenario {
        Scenario::Chat => chat::run(plan, &target).await,
        Scenario::Wallet => wallet::run(plan, &target).await,
        Scenario::Fanout => fanout::run(plan, &target).await,
        Scenario::Idle => idle::run(plan, &target).await,
        Scenario::Long => long::run(plan, &target).await,
        Scenario::Packet => packet::run(plan, &target).await,
    }
}
