//! The line that says how it goes, on standard error, and the readings of both processes at the right moments.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio::time::Instant;

use super::meter::Meter;
use super::report::{NOT_A_CHILD, ServerFigures};
use super::target::Target;
use super::usage::{Reading, Used};

/// How often the rate is told.
const EVERY: Duration = Duration::from_secs(1);

/// What both processes used in the measured seconds.
#[derive(Debug)]
pub(super) struct Usage {
    client: Used,
    server: Option<Used>,
    seconds: Vec<Second>,
}

impl Usage {
    /// Second by second.
    pub(super) fn take_seconds(&mut self) -> Vec<Second> {
        std::mem::take(&mut self.seconds)
    }

    /// The same, for a look.
    pub(super) fn seconds(&self) -> &[Second] {
        &self.seconds
    }

    /// What this process used.
    pub(super) const fn client(&self) -> Used {
        self.client
    }

    /// What a server of our own used.
    pub(super) const fn of_server(&self) -> Option<Used> {
        self.server
    }

    /// What is known of the server.
    pub(super) fn server(&self, version: String) -> ServerFigures {
        ServerFigures {
            version,
            used: self.server,
            rss_per_connection_bytes: None,
            note: self.server.is_none().then_some(NOT_A_CHILD),
        }
    }
}

/// A line that is written over on a terminal and one below the other in a file.
#[derive(Debug)]
pub(super) struct Line {
    bar: Option<ProgressBar>,
}

impl Line {
    /// Nothing told yet.
    pub(super) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}");
            let bar = ProgressBar::new_spinner();
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
        });
        Self { bar }
    }

    /// Says it.
    pub(super) fn say(&self, text: String) {
        match &self.bar {
            Some(bar) => {
                bar.set_message(text);
                bar.tick();
            }
            None => eprintln!("{text}"),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// One second of a run.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Second {
    /// Since the begin of the measured seconds.
    pub(super) at: u64,
    /// What was delivered in it.
    pub(super) per_s: u64,
    /// How long acknowledgements took that came in it, in milliseconds.
    pub(super) ack_p50_ms: Option<f64>,
    pub(super) ack_p99_ms: Option<f64>,
    /// The server's memory at its end, if it is one of our own.
    pub(super) server_rss_bytes: Option<u64>,
    /// Seconds of processor that it used.
    pub(super) server_cpu_s: Option<f64>,
}

/// For people: to the kibibyte.
#[allow(clippy::float_arithmetic)]
pub(super) fn mebibytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes >> 10).unwrap_or(u32::MAX)) / 1_024.0
}

/// [`watch`] with one meter.
pub(super) async fn watch_one(target: &Target, meter: &Arc<Meter>) -> anyhow::Result<Usage> {
    watch(target, std::slice::from_ref(meter)).await
}

/// Watches from the begin to the end of the measured seconds.
pub(super) async fn watch(target: &Target, meters: &[Arc<Meter>]) -> anyhow::Result<Usage> {
    let timeline = meters.first().context("nothing is measured")?.timeline();
    let (from, to) = (timeline.measured_from().into(), timeline.measured_to().into());
    let line = Line::new();
    let mut before = delivered(meters);
    while let Some((now, left)) = tick(from, meters).await {
        line.say(format!("warming up: {}/s, {left} s left", now.saturating_sub(before)));
        before = now;
    }
    let client = Reading::of(None)?;
    let server = of_server(target)?;
    let (mut last, mut seconds) = (server, Vec::new());
    while let Some((now, left)) = tick(to, meters).await {
        let per_s = now.saturating_sub(before);
        before = now;
        let reading = of_server(target)?;
        let second = second(seconds.len() as u64 + 1, per_s, meters, reading, last);
        last = reading.or(last);
        let p99 = second
            .ack_p99_ms
            .map(|p99| format!(", p99 {p99:.1} ms"))
            .unwrap_or_default();
        line.say(format!("measuring: {per_s}/s{p99}, {left} s left"));
        seconds.push(second);
    }
    let used = of_server(target)?
        .or(last)
        .zip(server)
        .map(|(after, before)| after.since(&before));
    Ok(Usage {
        client: Reading::of(None)?.since(&client),
        server: used,
        seconds,
    })
}

fn of_server(target: &Target) -> anyhow::Result<Option<Reading>> {
    Ok(target.child().map(|child| child.reading()).transpose()?.flatten())
}

fn delivered(meters: &[Arc<Meter>]) -> u64 {
    meters.iter().map(|meter| meter.ever_delivered()).sum()
}

fn second(at: u64, per_s: u64, meters: &[Arc<Meter>], reading: Option<Reading>, last: Option<Reading>) -> Second {
    let ack = Meter::recent_ack(meters);
    Second {
        at,
        per_s,
        ack_p50_ms: ack.map(|ack| ack.p50),
        ack_p99_ms: ack.map(|ack| ack.p99),
        server_rss_bytes: reading.map(|reading| reading.rss_bytes),
        server_cpu_s: reading.zip(last).map(|(now, last)| now.since(&last).cpu_seconds),
    }
}

/// A second later, or at the end, when there is no more; what was delivered ever, and how many seconds are left.
async fn tick(until: Instant, meters: &[Arc<Meter>]) -> Option<(u64, u64)> {
    let now = Instant::now();
    if now >= until {
        return None;
    }
    let next = (now + EVERY).min(until);
    tokio::time::sleep_until(next).await;
    Some((delivered(meters), until.saturating_duration_since(next).as_secs()))
}
