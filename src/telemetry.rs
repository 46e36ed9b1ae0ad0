//! Logs and metrics: how they leave the process.
//!
//! One line of the log is one event, whatever a stranger wrote into a name: control characters are escaped before
//! they reach a terminal or a file. Figures are recorded through [`crate::metric`] and explained here.

use std::io::{self, Write};

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::{LogFormat, LogSettings};

/// Other people's crates that would tell of every start and migration: their warnings are enough.
const QUIET: &str = "sea_orm_migration=warn,actix_server=warn,sqlx=warn";

/// Why telemetry did not start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `log.level` cannot be read.
    #[error("log.level: {0}")]
    Level(#[from] ParseError),
    /// Logs go somewhere else already.
    #[error("the log is set up already: {0}")]
    Log(#[from] TryInitError),
    /// Metrics go somewhere else already, or a bucket is wrong.
    #[error("the metrics cannot be set up: {0}")]
    Metrics(#[from] BuildError),
}

/// Sends the log to standard error; standard output is for what was asked for.
pub fn start_log(settings: &LogSettings) -> Result<(), TelemetryError> {
    subscriber(settings, io::stderr)?.try_init()?;
    Ok(())
}

/// A subscriber that writes to `to` what the settings ask for.
fn subscriber<W>(settings: &LogSettings, to: W) -> Result<impl SubscriberInitExt + tracing::Subscriber, ParseError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // What others say about each step of theirs is for whoever asks for it by name.
    let levels: Targets = format!("{QUIET},{}", settings.level).parse()?;
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(Escaping(to));
    // One filter over everything: one of the layer's own would remember a crate's mere question whether it may log, and
    // swallow the next line of that thread.
    let filtered = tracing_subscriber::registry().with(levels);
    let layer: Box<dyn Layer<_> + Send + Sync> = match settings.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    Ok(filtered.with(layer))
}

/// Makes writers that escape what would break a line.
struct Escaping<W>(W);

impl<'w, W: MakeWriter<'w>> MakeWriter<'w> for Escaping<W> {
    type Writer = EscapingWriter<W::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        EscapingWriter(self.0.make_writer())
    }
}

/// Takes whole events, each with its line end, as `tracing_subscriber` hands them over.
struct EscapingWriter<W>(W);

impl<W: Write> Write for EscapingWriter<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let mut escaped = String::with_capacity(line.len() + 1);
        for character in line.chars() {
            if breaks_a_line(character) {
                // As JSON writes it, so that a line of JSON stays one; all of these have four digits.
                escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
            } else {
                escaped.push(character);
            }
        }
        escaped.push('\n');
        self.0.write_all(escaped.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Control characters, line separators, and those that turn the direction of writing, so that a line reads as
/// something else than it is.
fn breaks_a_line(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{200E}' | '\u{200F}')
        || matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// What `/metrics` answers.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// All figures, in Prometheus' text format.
    #[must_use]
    pub fn render(&self) -> String {
        // Without this the samples of histograms wait in memory until somebody asks.
        self.0.run_upkeep();
        self.0.render()
    }

    /// Moves waiting samples into their buckets. To be called now and then when nobody asks for the figures.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

/// Makes [`crate::metric`] record for [`Metrics::render`]. Once a process.
pub fn start_metrics() -> Result<Metrics, TelemetryError> {
    let recorder = recorder()?;
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(BuildError::from)?;
    describe();
    Ok(Metrics(handle))
}

fn recorder() -> Result<PrometheusRecorder, BuildError> {
    let mut builder = PrometheusBuilder::new();
    for figure in FIGURES {
        if let Kind::Histogram(buckets) = figure.kind {
            builder = builder.set_buckets_for_metric(Matcher::Full(figure.name.to_owned()), buckets)?;
        }
    }
    Ok(builder.build_recorder())
}

/// Tells the recorder what each figure means.
fn describe() {
    for Figure { name, kind, help } in FIGURES {
        match kind {
            Kind::Counter => metrics::describe_counter!(*name, *help),
            Kind::Gauge => metrics::describe_gauge!(*name, *help),
            Kind::Histogram(_) => metrics::describe_histogram!(*name, *help),
        }
    }
}

enum Kind {
    Counter,
    Gauge,
    Histogram(&'static [f64]),
}

struct Figure {
    name: &'static str,
    kind: Kind,
    help: &'static str,
}

/// From a fifth of a millisecond, which no disk beats, to the time after which callers have given up.
const SECONDS: &[f64] = &[
    0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0,
];

/// Powers of two up to the largest batch.
const OPERATIONS: &[f64] = &[
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0, 2_048.0, 4_096.0, 8_192.0,
];

const fn counter(name: &'static str, help: &'static str) -> Figure {
    Figure {
        name,
        kind: Kind::Counter,
        help,
    }
}

const fn gauge(name: &'static str, help: &'static str) -> Figure {
    Figure {
        name,
        kind: Kind::Gauge,
        help,
    }
}

const fn histogram(name: &'static str, buckets: &'static [f64], help: &'static str) -> Figure {
    Figure {
        name,
        kind: Kind::Histogram(buckets),
        help,
    }
}

/// Every figure with its meaning, in the order of `metric.rs`.
const FIGURES: &[Figure] = &[
    gauge("quipu_lane_depth", "Operations waiting in a lane."),
    histogram("quipu_commit_operations", OPERATIONS, "Operations in one commit."),
    histogram(
        "quipu_commit_seconds",
        SECONDS,
        "Seconds from BEGIN to the return of COMMIT.",
    ),
    counter(
        "quipu_search_indexed_total",
        "Messages that were taken into the index of the search.",
    ),
    counter("quipu_refusals_total", "Requests that were refused, by code."),
    counter(
        "quipu_outbox_dropped_total",
        "Frames dropped or collapsed because their socket reads slowly.",
    ),
    gauge("quipu_outbox_bytes", "Bytes that wait for all sockets of this node."),
    counter(
        "quipu_slow_consumer_cuts_total",
        "Sockets cut because they read too slowly, by reason.",
    ),
    counter(
        "quipu_sockets_closed_total",
        "Sockets that the server closed with a code of its own, by reason.",
    ),
    gauge("quipu_connections", "Sockets that are signed in on this node."),
    gauge("quipu_actors", "Actors that live on this node, by kind."),
    gauge("quipu_mail_pending", "Letters that wait to be sent."),
    counter(
        "quipu_bus_published_total",
        "Events handed to other nodes, one a channel.",
    ),
    counter("quipu_bus_received_total", "Events that came from other nodes."),
    counter(
        "quipu_bus_dropped_total",
        "Events not, or not for certain, handed to other nodes, by reason.",
    ),
    counter(
        "quipu_bus_skipped_total",
        "What came from other nodes and made no sense, by kind.",
    ),
    gauge(
        "quipu_bus_state",
        "1 for the state that the bus is in, 0 for the others.",
    ),
    counter(
        "quipu_hints_polled_total",
        "Positions of logs that were read from the hints.",
    ),
    counter(
        "quipu_hints_lapsed_total",
        "Times that hints may have been missed, so that open logs were read again.",
    ),
];

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// The lines that were written.
    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: &str, format: LogFormat, log: impl FnOnce()) -> String {
        let page = Page::default();
        let writer = page.clone();
        let settings = LogSettings {
            level: level.to_owned(),
            format,
        };
        let subscriber = subscriber(&settings, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, log);
        String::from_utf8(page.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn an_event_is_one_line_whatever_a_stranger_wrote() {
        let name = "eve\r\n2026-01-01 INFO paid\u{1b}[31m\u{202e}\u{2028}\u{85}\0";
        for format in [LogFormat::Text, LogFormat::Json] {
            let text = logged("info", format, || {
                tracing::info!(name, shown = %name, seen = ?name, "signed in as {name}");
            });
            assert_eq!(text.lines().count(), 1, "{text:?}");
            assert!(
                text.ends_with('\n') && !text.trim_end_matches('\n').chars().any(breaks_a_line),
                "{text:?}"
            );
            assert!(text.contains("eve") && text.contains("paid"), "{text:?}");
        }
    }

    #[test]
    fn json_lines_are_json() {
        let text = logged("info", LogFormat::Json, || {
            tracing::info!(user = "a\u{202e}\"b", "said \u{7f} 你好")
        });
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            line["message"].as_str().map(|m| m.ends_with("你好")),
            Some(true),
            "{text}"
        );
    }

    #[test]
    fn only_the_levels_asked_for_are_written() {
        let text = logged("warn,quipu::telemetry=info", LogFormat::Text, || {
            tracing::info!("mine");
            tracing::debug!("too fine");
            tracing::info!(target: "sqlx", "theirs");
        });
        assert!(
            text.contains("mine") && !text.contains("too fine") && !text.contains("theirs"),
            "{text}"
        );
    }

    #[test]
    fn every_figure_of_metric_rs_is_described() {
        let source = include_str!("metric.rs");
        let recorded: Vec<_> = source.split('"').filter(|part| part.starts_with("quipu_")).collect();
        let described: Vec<_> = FIGURES.iter().map(|figure| figure.name).collect();
        for name in &recorded {
            assert!(described.contains(name), "{name} is described in telemetry.rs");
        }
        for name in &described {
            assert!(recorded.contains(name), "{name} is recorded in metric.rs");
        }
    }

    #[test]
    fn figures_are_rendered_with_their_meaning_and_histograms_add_up_over_nodes() {
        let recorder = recorder().unwrap();
        let metrics = Metrics(recorder.handle());
        metrics::with_local_recorder(&recorder, || {
            describe();
            crate::metric::commit("chat", 3, std::time::Duration::from_millis(4));
            crate::metric::refused("busy");
        });
        let text = metrics.render();
        assert!(
            text.contains("# HELP quipu_refusals_total Requests that were refused, by code."),
            "{text}"
        );
        assert!(text.contains("quipu_refusals_total{code=\"busy\"} 1"), "{text}");
        assert!(
            text.contains("quipu_commit_operations_bucket{lane=\"chat\",le=\"4\"} 1"),
            "{text}"
        );
        assert!(
            text.contains("quipu_commit_seconds_bucket{lane=\"chat\",le=\"0.005\"} 1"),
            "{text}"
        );
    }
}
