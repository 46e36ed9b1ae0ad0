//! What a run ends with: for people on standard output, for programs as JSON.

mod check;
mod latency;
mod load;
mod text;

use std::collections::BTreeMap;

pub(super) use check::{Check, Verdict};
pub(super) use latency::{Point, Quantiles, Ratio};
pub(super) use load::Load;
use serde::Serialize;
pub(super) use text::{Figures, Row};

use super::meter::Meter;
use super::plan::{Part, Plan};
use super::progress::{Second, Usage};
use super::soak;
use super::usage::Used;

/// What people saw in one part of a run.
#[derive(Debug, Serialize)]
pub(super) struct Phase {
    name: &'static str,
    /// What is counted.
    unit: &'static str,
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
    pub(super) fn new((name, unit): (&'static str, &'static str), meter: &Meter, usage: &Usage) -> Self {
        Self {
            name,
            unit,
            per_s: meter.per_s(),
            ack_ms: meter.ack(),
            receipt_ms: meter.receipt(),
            errors: meter.errors(),
            server: usage.of_server(),
            client: usage.client(),
        }
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

/// One of several loads of a run.
#[derive(Debug, Serialize)]
pub(super) struct PartFigures {
    name: &'static str,
    load: Load,
    /// What is counted.
    unit: &'static str,
    /// None of sockets that do nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_s: Option<u64>,
    ack_ms: Option<Quantiles>,
    receipt_ms: Option<Quantiles>,
    errors: BTreeMap<String, u64>,
}

impl PartFigures {
    /// From what was measured of it.
    pub(super) fn new(part: &Part, unit: &'static str, meter: &Meter) -> Self {
        Self {
            name: part.name(),
            load: Load::of(part),
            unit,
            per_s: (!matches!(part, Part::Idle(_))).then(|| meter.per_s()),
            ack_ms: meter.ack(),
            receipt_ms: meter.receipt(),
            errors: meter.errors(),
        }
    }
}

/// A rate in two places of one run.
#[derive(Debug, Serialize)]
pub(super) struct RateRatio {
    what: &'static str,
    first: &'static str,
    first_per_s: u64,
    second: &'static str,
    second_per_s: u64,
    /// The second over the first.
    ratio: f64,
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
    /// Each load, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<PartFigures>,
    /// What went wrong on purpose, and what became of what was acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    chaos: Option<Verdict>,
    /// From losing a connection to the next acknowledgement.
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_ms: Option<Quantiles>,
    /// Payments before and while a packet is claimed; of many payees and of one; a room of a bare relay and of ours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    phases: Vec<Phase>,
    /// The long conversation beside the short one; payments beside claims and alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ratios: Vec<Ratio>,
    /// One payee and many; ours and a bare relay.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rates: Vec<RateRatio>,
    checks: Vec<Check>,
    server: ServerFigures,
    client: Used,
    /// Second by second.
    seconds: Vec<Second>,
    ack_curve: Vec<Point>,
    receipt_curve: Vec<Point>,
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
    pub(super) seconds: Vec<Second>,
}

impl Ended {
    /// Of a load: `unit` is what was counted, `version` the server's.
    pub(super) fn of(
        (load, unit): (Load, &'static str),
        meter: &Meter,
        checks: Vec<Check>,
        mut usage: Usage,
        version: String,
    ) -> Self {
        Self {
            load,
            unit,
            per_s: meter.per_s(),
            checks,
            server: usage.server(version),
            client: usage.client(),
            seconds: usage.take_seconds(),
        }
    }
}

impl Report {
    /// From what was measured and what was checked.
    pub(super) fn new(plan: &Plan, meter: &Meter, ended: Ended) -> Self {
        Self {
            scenario: plan.scenario.name(),
            load: Load {
                seconds: Some(plan.seconds.as_secs()),
                warm_up_seconds: Some(plan.warm_up.as_secs()),
                ..ended.load
            },
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            unit: ended.unit,
            per_s: ended.per_s,
            ack_ms: meter.ack(),
            receipt_ms: meter.receipt(),
            errors: meter.errors(),
            parts: Vec::new(),
            chaos: None,
            recovery_ms: meter.recovery(),
            phases: Vec::new(),
            ratios: Vec::new(),
            rates: Vec::new(),
            checks: ended.checks,
            server: ended.server,
            client: ended.client,
            seconds: ended.seconds,
            ack_curve: meter.ack_curve(),
            receipt_curve: meter.receipt_curve(),
        }
    }

    /// With each of its loads.
    pub(super) fn with_parts(self, parts: Vec<PartFigures>) -> Self {
        Self { parts, ..self }
    }

    /// With what went wrong on purpose.
    pub(super) fn with_chaos(self, chaos: Option<Verdict>) -> Self {
        Self { chaos, ..self }
    }

    /// With what became of the first part's rate in each later one.
    #[allow(clippy::float_arithmetic)]
    pub(super) fn with_rates(mut self, what: &'static str) -> Self {
        if let [first, later @ ..] = self.phases.as_slice() {
            let float = |rate: u64| f64::from(u32::try_from(rate).unwrap_or(u32::MAX));
            let ratio = |second: &Phase| RateRatio {
                what,
                first: first.name,
                first_per_s: first.per_s,
                second: second.name,
                second_per_s: second.per_s,
                ratio: float(second.per_s) / float(first.per_s.max(1)),
            };
            self.rates = later.iter().map(ratio).collect();
        }
        self
    }

    /// With whether memory and latency stayed where they were.
    pub(super) fn with_soak(self) -> Self {
        let checks = soak::checks(&self.seconds);
        self.with_checks(checks)
    }

    /// With more that must hold.
    pub(super) fn with_checks(mut self, checks: impl IntoIterator<Item = Check>) -> Self {
        self.checks.extend(checks);
        self
    }

    /// With what people saw in each part of it.
    pub(super) fn with_phases(self, phases: Vec<Phase>) -> Self {
        Self { phases, ..self }
    }

    /// With what was measured in two places.
    pub(super) fn with_ratios(self, ratios: Vec<Ratio>) -> Self {
        Self { ratios, ..self }
    }

    /// Second by second.
    pub(super) fn seconds(&self) -> &[Second] {
        &self.seconds
    }

    /// The curves of acknowledgements and of receipts.
    pub(super) fn curves(&self) -> (&[Point], &[Point]) {
        (&self.ack_curve, &self.receipt_curve)
    }

    /// True when every check held.
    pub(super) fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }
}
