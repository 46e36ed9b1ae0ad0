//! `quipu bench`: how fast a server is, measured from outside and checked while it runs.
//!
//! The load tool is a client like any other: it shares nothing with the server but the protocol's types. Its loop is
//! closed: each pair (or room) has a window of requests, and the next one leaves when one has come through entirely,
//! acknowledged to its sender and received by everybody it was meant for; or it is open, and requests leave at a steady
//! rate, each counted from the moment at which it should have left. Every run ends with checks; a fast server that lost a
//! message fails.

mod again;
mod args;
mod bare;
mod bare_relay;
mod chaos;
mod chat;
mod child;
mod claimers;
mod compare;
mod continuity;
mod disturbance;
mod expect;
mod fanout;
mod found;
mod frames;
mod hot;
mod hot_or_not;
mod html;
mod idle;
mod long;
mod meter;
mod overload;
mod packet;
mod pair_loop;
mod pairs;
mod parts;
mod plan;
mod plot;
mod progress;
mod report;
mod room_loop;
mod scenario_file;
mod search;
mod soak;
mod socket;
mod stamp;
mod storm;
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
use args::Wanted;
use plan::{Plan, Scenario, Task};
use report::Report;
use target::Target;

pub(super) fn run(common: &Common, args: BenchArgs) -> anyhow::Result<ExitCode> {
    if common.config.is_some() || common.data_dir.is_some() || common.listen.is_some() {
        bail!(
            "bench starts a server of its own in a temporary folder; to measure another, start it with \
             `quipu serve --load-test` and name it with --url and --users"
        );
    }
    let holds = match args.wanted()? {
        Wanted::Run(plan) => run_plan(&plan)?,
        Wanted::Compare { before, after, within } => {
            let (text, holds) = compare::run(&before, &after, within)?;
            print!("{text}");
            holds
        }
        Wanted::Relay => {
            bare_relay::run()?;
            true
        }
        Wanted::Print(text) => {
            print!("{text}");
            true
        }
    };
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Measures, tells the figures, and says whether everything held.
fn run_plan(plan: &Plan) -> anyhow::Result<bool> {
    // Several crates bring a provider of TLS; this one is ours. Somebody else having installed one is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = super::runtime()?;
    let report = runtime.block_on(measure_or_stop(plan));
    drop(runtime);
    let report = report?;
    print!("{}", report.summary());
    if let Some(file) = &plan.json {
        write(file, serde_json::to_string_pretty(&report)? + "\n")?;
    }
    if let Some(file) = &plan.html {
        write(file, html::page(&report)?)?;
    }
    Ok(report.passed())
}

fn write(file: &Path, text: String) -> anyhow::Result<()> {
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
    let report = match &plan.task {
        Task::Loads(parts) => match parts.as_slice() {
            [part] if plan.search => search::run(plan, part, &target).await?,
            parts => parts::run(plan, parts, &target).await?,
        },
        Task::Idle(connections) => idle::run(plan, *connections, &target).await?,
        Task::Hot(pairs) => hot_or_not::run(plan, *pairs, &target).await?,
        Task::Overload(pairs, times) => overload::run(plan, *pairs, *times, &target).await?,
        Task::Bare(room) => bare::run(plan, *room, &target).await?,
        Task::Long(messages) => long::run(plan, *messages, &target).await?,
        Task::Packet(packet) => packet::run(plan, *packet, &target).await?,
    };
    let report = match plan.scenario {
        Scenario::Soak => report.with_soak(),
        _ => report,
    };
    let seen = serde_json::to_value(&report)?;
    Ok(report.with_checks(plan.expect.iter().map(|expected| expected.check(&seen))))
}
