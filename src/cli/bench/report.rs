//! What a run ends with: for people on standard output, for programs as JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::continuity::Faults;
use super::disturbance::Disturbed;
use super::meter::Meter;
use super::plan::{Pace, PairPlan, Part, Plan, RoomPlan};
use super::progress::{Second, Usage};
use super::soak;
use super::usage::Used;

/// Latencies in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Quantiles {
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) p999: f64,
    pub(super) max: f64,
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

/// A point of a curve: so large a share took at most so long.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Point {
    pub(super) quantile: f64,
    pub(super) ms: f64,
}

impl Point {
    /// Steps that halve what is left: the half, three quarters, seven eighths and so on.
    const HALVINGS: u32 = 14;

    /// The curve of a histogram of microseconds; empty when it is.
    #[allow(clippy::float_arithmetic)]
    pub(super) fn curve(histogram: &Histogram<u64>) -> Vec<Self> {
        if histogram.is_empty() {
            return Vec::new();
        }
        let point = |quantile| Self {
            quantile,
            ms: millis(histogram.value_at_quantile(quantile)),
        };
        (1..=Self::HALVINGS)
            .map(|n| point(1.0 - 0.5_f64.powi(i32::try_from(n).unwrap_or(i32::MAX))))
            .collect()
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

/// Something that must hold.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    name: Cow<'static, str>,
    passed: bool,
    said: String,
}

impl Check {
    /// With what was found, whether it held or not.
    pub(super) fn new(name: impl Into<Cow<'static, str>>, passed: bool, said: impl Into<String>) -> Self {
        let (name, said) = (name.into(), said.into());
        Self { name, passed, said }
    }

    /// Whether it held.
    pub(super) const fn passed(&self) -> bool {
        self.passed
    }

    /// The same, as one of a part of the run.
    pub(super) fn of(self, part: &str) -> Self {
        Self {
            name: format!("{part}: {}", self.name).into(),
            ..self
        }
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
#[derive(Debug, Default, Serialize)]
pub(super) struct Load {
    #[serde(skip_serializing_if = "Option::is_none")]
    pairs: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connections: Option<usize>,
    /// Of a packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    shares: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<usize>,
    /// Requests, or connections, a second, when they came at a steady rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<u64>,
    /// Milliseconds between two requests, in the mean, when people thought.
    #[serde(skip_serializing_if = "Option::is_none")]
    think_ms: Option<u64>,
    /// Of a long conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<usize>,
    /// Of the whole run.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warm_up_seconds: Option<u64>,
}

impl Load {
    /// Of one part.
    pub(super) fn of(part: &Part) -> Self {
        match part {
            Part::Chat(plan) | Part::Wallet(plan) | Part::Hot(plan) => Self::of_pairs(plan),
            Part::Fanout(RoomPlan {
                members,
                window,
                pace,
                size,
            }) => Self {
                room: Some(*members),
                size: Some(*size),
                ..Self::paced(*pace, *window)
            },
            Part::Idle(connections) => Self::of_idle(*connections),
            Part::Storm(plan) => Self {
                rate: Some(plan.rate),
                ..Self::default()
            },
        }
    }

    /// Of pairs of people.
    pub(super) fn of_pairs(plan: &PairPlan) -> Self {
        Self {
            pairs: Some(plan.pairs),
            size: Some(plan.size),
            ..Self::paced(plan.pace, plan.window)
        }
    }

    /// Of idle sockets.
    pub(super) fn of_idle(connections: usize) -> Self {
        Self {
            connections: Some(connections),
            ..Self::default()
        }
    }

    /// Of a long conversation.
    pub(super) fn of_long(messages: u64) -> Self {
        Self {
            messages: Some(messages),
            ..Self::default()
        }
    }

    /// With the shares of a packet.
    pub(super) fn with_shares(self, shares: usize) -> Self {
        Self {
            shares: Some(shares),
            ..self
        }
    }

    fn paced(pace: Pace, window: usize) -> Self {
        let (rate, think_ms) = match pace {
            Pace::Closed => (None, None),
            Pace::Thinking(mean) => (None, Some(mean)),
            Pace::Steady(rate) | Pace::Pressing(rate) => (Some(rate), None),
        };
        Self {
            window: Some(window),
            rate,
            think_ms,
            ..Self::default()
        }
    }
}

/// One of several loads of a run.
#[derive(Debug, Serialize)]
pub(super) struct PartFigures {
    name: &'static str,
    load: Load,
    /// What is counted.
    unit: &'static str,
    per_s: u64,
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
            per_s: meter.per_s(),
            ack_ms: meter.ack(),
            receipt_ms: meter.receipt(),
            errors: meter.errors(),
        }
    }
}

/// What became of everything that was acknowledged, when something went wrong meanwhile.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Verdict {
    pub(super) kills: u64,
    pub(super) cuts: u64,
    pub(super) acknowledged: u64,
    /// Of them, those that stand in the conversations when they are read once more, from the end to the begin.
    pub(super) found: u64,
    pub(super) lost: u64,
    pub(super) doubled: u64,
}

impl Verdict {
    /// Adds another conversation's.
    pub(super) fn add(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.found += other.found;
        self.lost += other.lost;
        self.doubled += other.doubled;
    }

    /// With what went wrong.
    pub(super) const fn of(self, disturbed: Disturbed) -> Self {
        Self {
            kills: disturbed.kills,
            cuts: disturbed.cuts,
            ..self
        }
    }

    /// Nothing was lost or doubled.
    pub(super) fn check(&self) -> Check {
        let Self {
            kills,
            cuts,
            acknowledged,
            found,
            lost,
            doubled,
        } = self;
        Check::new(
            "what was acknowledged stands, once",
            *lost + *doubled == 0 && found == acknowledged,
            format!(
                "{kills} kills, {cuts} cuts; acknowledged {acknowledged}, found {found}, lost {lost}, doubled {doubled}"
            ),
        )
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

/// What a page says of a run.
pub(super) struct Figures {
    pub(super) title: String,
    pub(super) details: String,
    pub(super) rows: Vec<Row>,
    /// Name, whether it held, and what was found.
    pub(super) checks: Vec<(String, bool, String)>,
}

/// Latencies of something.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) per_s: Option<u64>,
    pub(super) what: &'static str,
    pub(super) quantiles: Option<Quantiles>,
}

fn rows(name: &str, per_s: Option<u64>, ack: Option<Quantiles>, receipt: Option<Quantiles>) -> Vec<Row> {
    let name = name.to_owned();
    let mut rows = vec![Row {
        name,
        per_s,
        what: "acknowledged",
        quantiles: ack,
    }];
    if receipt.is_some() {
        rows.push(Row {
            name: String::new(),
            per_s: None,
            what: "received",
            quantiles: receipt,
        });
    }
    rows
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

    /// What a page says.
    pub(super) fn figures(&self) -> Figures {
        let mut rows = rows("all", Some(self.per_s), self.ack_ms, self.receipt_ms);
        if let Some(quantiles) = self.recovery_ms {
            rows.push(Row {
                name: String::new(),
                per_s: None,
                what: "recovered",
                quantiles: Some(quantiles),
            });
        }
        for part in &self.parts {
            let name = format!("{} ({})", part.name, part.unit);
            rows.extend(self::rows(&name, Some(part.per_s), part.ack_ms, part.receipt_ms));
        }
        for phase in &self.phases {
            rows.extend(self::rows(
                phase.name,
                Some(phase.per_s),
                phase.ack_ms,
                phase.receipt_ms,
            ));
        }
        let checks = self
            .checks
            .iter()
            .map(|check| (check.name.to_string(), check.passed, check.said.clone()));
        let mut details = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_machine(&mut details);
        Figures {
            title: format!("quipu bench {}: {} {} a second", self.scenario, self.per_s, self.unit),
            rows,
            checks: checks.collect(),
            details,
        }
    }

    fn write_machine(&self, text: &mut String) -> std::fmt::Result {
        let Load {
            seconds,
            warm_up_seconds,
            ..
        } = self.load;
        let (seconds, warm_up) = (seconds.unwrap_or_default(), warm_up_seconds.unwrap_or_default());
        write!(
            text,
            "Quipu {}, {} cores, {seconds} s after {warm_up} s of warm-up.",
            self.server.version, self.cores
        )?;
        if let Some(used) = &self.server.used {
            write!(
                text,
                " Server: {:.1} s of processor, {} MiB.",
                used.cpu_seconds,
                used.rss_bytes >> 20
            )?;
        }
        write!(text, " Load: {:.1} s of processor.", self.client.cpu_seconds)
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
        if let Some(Quantiles { p50, p99, max, .. }) = self.recovery_ms {
            writeln!(
                text,
                "  recovered     p50 {p50:.0} ms, p99 {p99:.0} ms, max {max:.0} ms"
            )?;
        }
        for part in &self.parts {
            writeln!(text, "  {:<13} {} {} a second", part.name, part.per_s, part.unit)?;
            write_quantiles(text, part.ack_ms, part.receipt_ms)?;
            for (code, count) in &part.errors {
                writeln!(text, "  refused       {count} with {code}")?;
            }
        }
        for phase in &self.phases {
            writeln!(text, "  {:<13} {} a second {}", phase.unit, phase.per_s, phase.name)?;
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
        for RateRatio {
            what,
            first,
            first_per_s,
            second,
            second_per_s,
            ratio,
        } in &self.rates
        {
            writeln!(
                text,
                "  {ratio:<13.2} {what}: {second_per_s} a second {second}, {first_per_s} {first}"
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
