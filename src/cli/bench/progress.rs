//! The line that says how it goes, on standard error, and the readings of both processes at the right moments.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

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
}

impl Usage {
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

/// Watches from the begin to the end of the measured seconds.
pub(super) async fn watch(target: &Target, meter: &Meter) -> anyhow::Result<Usage> {
    let read = || {
        anyhow::Ok((
            Reading::of(None)?,
            target.child().map(|child| child.reading()).transpose()?,
        ))
    };
    let (from, to) = (meter.timeline().measured_from(), meter.timeline().measured_to());
    let line = Line::new();
    tell_until(from.into(), "warming up", meter, &line).await;
    let (client, server) = read()?;
    tell_until(to.into(), "measuring", meter, &line).await;
    let (client_after, server_after) = read()?;
    Ok(Usage {
        client: client_after.since(&client),
        server: server_after.zip(server).map(|(after, before)| after.since(&before)),
    })
}

async fn tell_until(until: tokio::time::Instant, what: &str, meter: &Meter, line: &Line) {
    let mut before = meter.ever_delivered();
    loop {
        let next = tokio::time::Instant::now() + EVERY;
        if next > until {
            tokio::time::sleep_until(until).await;
            return;
        }
        tokio::time::sleep_until(next).await;
        let now = meter.ever_delivered();
        let left = until.saturating_duration_since(next).as_secs();
        line.say(format!("{what}: {}/s, {left} s left", now.saturating_sub(before)));
        before = now;
    }
}
