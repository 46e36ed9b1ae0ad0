//! What a run ends with: for people on standard output, for programs as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::args::Plan;
use super::continuity::Faults;
use super::meter::Meter;
use super::progress::Usage;
use super::usage::Used;

/// Latencies in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Quantiles {
    p50: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

impl Quantiles {
    /// Of a histogram of microseconds; none when it is empty.
    pub(super) fn of(histogram: &Histogram<u64>) -> Option<Self> {
        let at = |quantile| millis(histogram.value_at_quantile(quantile));
        (!histogram.is_empty()).then(|| Self {
            p50: at(0.5),
            p99: at(0.99),
            p999: at(0.999),
            max: millis(histogram.max()),
        })
    }
}

#[allow(clippy::float_arithmetic)]
fn millis(micros: u64) -> f64 {
    // The longest latency that is told apart lies far below what 32 bits hold.
    f64::from(u32::try_from(micros).unwrap_or(u32::MAX)) / 1_000.0
}

/// What the same thing costs in two places or at two times: one quantile of either, in milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct Ratio {
    what: &'static str,
    first: &'static str,
    first_ms: f64,
    second: &'static str,
    second_ms: f64,
    /// The second over the first.
    ratio: f64,
    /// How often the second was measured.
    times: u64,
}

impl Ratio {
    /// Of two histograms of microseconds, each with where or when it was; none when either is empty.
    #[allow(clippy::float_arithmetic)]
    pub(super) fn of(
        what: &'static str,
        quantile: f64,
        [(first, one), (second, other)]: [(&'static str, &Histogram<u64>); 2],
    ) -> Option<Self> {
        if one.is_empty() || other.is_empty() {
            return None;
        }
        let at = |histogram: &Histogram<u64>| millis(histogram.value_at_quantile(quantile));
        let (first_ms, second_ms) = (at(one), at(other));
        Some(Self {
            what,
            first,
            first_ms,
            second,
            second_ms,
            ratio: second_ms / first_ms,
            times: other.len(),
        })
    }

    /// The second over the first.
    pub(super) const fn ratio(&self) -> f64 {
        self.ratio
    }
}

/// What pairs of people saw in one part of a run.
#[derive(Debug, Serialize)]
pub(super) struct Phase {
    name: &'static str,
    per_s: u64,
    ack_ms: Option<Quantiles>,
    receipt_ms: Option<Quantiles>,
    errors: BTreeMap<String, u64>,
    /// What the server used in it, if it is one of our own.
    server: Option<Used>,
    client: Used,
}

impl Phase {
    /// From what was measured in it.
    pub(super) fn new(name: &'static str, plan: &Plan, meter: &Meter, usage: &Usage) -> Self {
        Self {
            name,
            per_s: meter.delivered() / plan.seconds.as_secs(),
            ack_ms: meter.ack(),
            receipt_ms: meter.receipt(),
            errors: meter.errors(),
            server: usage.of_server(),
            client: usage.client(),
        }
    }
}

/// Something that must hold.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    name: &'static str,
    passed: bool,
    said: String,
}

impl Check {
    /// With what was found, whether it held or not.
    pub(super) fn new(name: &'static str, passed: bool, said: impl Into<String>) -> Self {
        let said = said.into();
        Self { name, passed, said }
    }

    /// The two that every load with messages has.
    pub(super) fn of_faults(faults: &Faults, messages: u64) -> Vec<Self> {
        let Faults {
            holes,
            repeated,
            collapsed,
            doubled,
            overtaken,
            lost,
            unanswered,
        } = faults;
        let once = lost + doubled + overtaken + unanswered == 0;
        let continuous = holes + repeated + collapsed == 0;
        vec![
            Self::new(
                "each once and in order",
                once,
                format!(
                    "{messages} expected: {lost} lost, {doubled} doubled, {overtaken} overtaken, {unanswered} unanswered"
                ),
            ),
            Self::new(
                "positions without holes",
                continuous,
                format!("{holes} holes, {repeated} repeated, {collapsed} collapsed into head"),
            ),
        ]
    }
}

/// The server, as far as it can be seen.
#[derive(Debug, Serialize)]
pub(super) struct ServerFigures {
    pub(super) version: String,
    /// What it used in the measured seconds; none of a server that was named by `--url`.
    #[serde(flatten)]
    pub(super) used: Option<Used>,
    /// Of the idle load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rss_per_connection_bytes: Option<u64>,
    /// Why something is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<&'static str>,
}

/// Why a server's use is missing.
pub(super) const NOT_A_CHILD: &str = "processor and memory are measured only of a server that bench started itself";

/// The load that was put on.
#[derive(Debug, Serialize)]
pub(super) struct Load {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pairs: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) room: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) connections: Option<usize>,
    /// Of a packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) shares: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) window: Option<usize>,
    /// Requests a second, when they were sent at a steady rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rate: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) messages: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<usize>,
    seconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) warm_up_seconds: Option<u64>,
}

impl Load {
    /// How long; what else there is, the scenario knows.
    pub(super) const fn new(plan: &Plan) -> Self {
        Self {
            pairs: None,
            room: None,
            connections: None,
            shares: None,
            window: None,
            rate: None,
            messages: None,
            size: None,
            seconds: plan.seconds.as_secs(),
            warm_up_seconds: None,
        }
    }
}

/// One run.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    scenario: &'static str,
    load: Load,
    /// Cores that client and server share, unless the server is elsewhere.
    cores: usize,
    /// What is counted.
    unit: &'static str,
    per_s: u64,
    ack_ms: Option<Quantiles>,
    receipt_ms: Option<Quantiles>,
    errors: BTreeMap<String, u64>,
    /// Payments before and while a packet is claimed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    payments: Vec<Phase>,
    /// The long conversation beside the short one; payments beside claims and alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ratios: Vec<Ratio>,
    checks: Vec<Check>,
    server: ServerFigures,
    client: Used,
}

/// What a scenario hands over when it ends.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) load: Load,
    pub(super) unit: &'static str,
    pub(super) per_s: u64,
    pub(super) checks: Vec<Check>,
    pub(super) server: ServerFigures,
    pub(super) client: Used,
}

impl Report {
    /// From what was measured and what was checked.
    pub(super) fn new(plan: &Plan, meter: &Meter, ended: Ended) -> Self {
        Self {
            scenario: plan.scenario.name(),
            load: ended.load,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            unit: ended.unit,
            per_s: ended.per_s,
            ack_ms: meter.ack(),
            receipt_ms: meter.receipt(),
            errors: meter.errors(),
            payments: Vec::new(),
            ratios: Vec::new(),
            checks: ended.checks,
            server: ended.server,
            client: ended.client,
        }
    }

    /// With what pairs of people saw meanwhile.
    pub(super) fn with_payments(self, payments: Vec<Phase>) -> Self {
        Self { payments, ..self }
    }

    /// With what was measured in two places.
    pub(super) fn with_ratios(self, ratios: Vec<Ratio>) -> Self {
        Self { ratios, ..self }
    }

    /// True when every check held.
    pub(super) fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }

    /// For people.
    pub(super) fn summary(&self) -> String {
        let mut text = format!("{}: {} {} a second\n", self.scenario, self.per_s, self.unit);
        // Writing to a string cannot fail.
        let _ = self.write_details(&mut text);
        text
    }

    fn write_details(&self, text: &mut String) -> std::fmt::Result {
        write_quantiles(text, self.ack_ms, self.receipt_ms)?;
        for phase in &self.payments {
            writeln!(text, "  payments      {} a second {}", phase.per_s, phase.name)?;
            write_quantiles(text, phase.ack_ms, phase.receipt_ms)?;
            for (code, count) in &phase.errors {
                writeln!(text, "  refused       {count} with {code}")?;
            }
        }
        for told in &self.ratios {
            let Ratio {
                what,
                first,
                first_ms,
                second,
                second_ms,
                ratio,
                times,
            } = told;
            writeln!(
                text,
                "  {ratio:<13.2} {what}: {second_ms:.2} ms {second}, {first_ms:.2} ms {first}, {times} times"
            )?;
        }
        match (&self.server.used, self.server.note) {
            (Some(used), _) => write_used(text, "server", used)?,
            (None, note) => writeln!(text, "  server        {}", note.unwrap_or_default())?,
        }
        if let Some(bytes) = self.server.rss_per_connection_bytes {
            writeln!(text, "  a connection  {bytes} bytes of the server's memory")?;
        }
        write_used(text, "client", &self.client)?;
        for (code, count) in &self.errors {
            writeln!(text, "  refused       {count} with {code}")?;
        }
        for Check { name, passed, said } in &self.checks {
            let verdict = if *passed { "holds" } else { "BROKEN" };
            writeln!(text, "  {verdict:<13} {name}: {said}")?;
        }
        Ok(())
    }
}

fn write_quantiles(text: &mut String, ack: Option<Quantiles>, receipt: Option<Quantiles>) -> std::fmt::Result {
    for (name, quantiles) in [("acknowledged", ack), ("received", receipt)] {
        if let Some(Quantiles { p50, p99, p999, max }) = quantiles {
            writeln!(
                text,
                "  {name:<13} p50 {p50:.1} ms, p99 {p99:.1} ms, p99.9 {p999:.1} ms, max {max:.1} ms"
            )?;
        }
    }
    Ok(())
}

fn write_used(text: &mut String, who: &str, used: &Used) -> std::fmt::Result {
    let mebibytes = used.rss_bytes >> 20;
    let seconds = used.cpu_seconds;
    writeln!(
        text,
        "  {who:<13} {seconds:.2} s of processor, {mebibytes} MiB of memory"
    )
}
