//! What must hold of a report: `ack.p99<50ms`, `per_s>=20000`, `chat.receipt.p50<5ms`, `errors=0`.

use std::str::FromStr;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::report::Check;

/// A threshold of one figure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expectation {
    text: String,
    metric: Metric,
    order: Order,
    /// In the unit in which a report has the figure.
    value: f64,
}

/// Which figure, and of which part of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Metric {
    part: Option<String>,
    /// Where it stands in the report.
    path: &'static [&'static str],
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Count,
    Millis,
    Bytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Less,
    AtMost,
    More,
    AtLeast,
    Equal,
}

/// Every figure that can be expected, as it is named, and where a report has it.
const METRICS: [(&str, &[&str], Unit); 17] = [
    ("per_s", &["per_s"], Unit::Count),
    ("errors", &["errors"], Unit::Count),
    ("ack.p50", &["ack_ms", "p50"], Unit::Millis),
    ("ack.p99", &["ack_ms", "p99"], Unit::Millis),
    ("ack.p999", &["ack_ms", "p999"], Unit::Millis),
    ("ack.max", &["ack_ms", "max"], Unit::Millis),
    ("receipt.p50", &["receipt_ms", "p50"], Unit::Millis),
    ("receipt.p99", &["receipt_ms", "p99"], Unit::Millis),
    ("receipt.p999", &["receipt_ms", "p999"], Unit::Millis),
    ("receipt.max", &["receipt_ms", "max"], Unit::Millis),
    ("recovery.p50", &["recovery_ms", "p50"], Unit::Millis),
    ("recovery.p99", &["recovery_ms", "p99"], Unit::Millis),
    ("recovery.max", &["recovery_ms", "max"], Unit::Millis),
    ("ratio", &["ratios", "0", "ratio"], Unit::Count),
    ("rate_ratio", &["rates", "0", "ratio"], Unit::Count),
    ("server.rss", &["server", "rss_bytes"], Unit::Bytes),
    (
        "server.rss_per_connection",
        &["server", "rss_per_connection_bytes"],
        Unit::Bytes,
    ),
];

impl FromStr for Expectation {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (name, order, value) = split(text)?;
        let metric = Metric::named(name)?;
        let value = metric.unit.read(value)?;
        Ok(Self {
            text: text.to_owned(),
            metric,
            order,
            value,
        })
    }
}

/// Name, order, value.
fn split(text: &str) -> anyhow::Result<(&str, Order, &str)> {
    // The longer ones first, since the shorter ones begin as they do.
    for (sign, order) in [
        ("<=", Order::AtMost),
        (">=", Order::AtLeast),
        ("<", Order::Less),
        (">", Order::More),
        ("=", Order::Equal),
    ] {
        if let Some((name, value)) = text.split_once(sign) {
            return Ok((name.trim(), order, value.trim()));
        }
    }
    bail!("`{text}` compares nothing: it has the form ack.p99<50ms")
}

impl Metric {
    fn named(name: &str) -> anyhow::Result<Self> {
        let whole = METRICS.iter().find(|(own, _, _)| *own == name);
        let of_part = || {
            let (part, rest) = name.split_once('.')?;
            METRICS
                .iter()
                .find(|(own, _, _)| *own == rest)
                .map(|found| (Some(part), found))
        };
        let (part, (_, path, unit)) = whole.map(|found| (None, found)).or_else(of_part).with_context(|| {
            let names: Vec<_> = METRICS.iter().map(|(name, _, _)| *name).collect();
            format!(
                "`{name}` is no figure: {} are, each also of a part as in chat.ack.p99",
                names.join(", ")
            )
        })?;
        Ok(Self {
            part: part.map(str::to_owned),
            path,
            unit: *unit,
        })
    }

    /// The figure in a report; none when it has none.
    fn read(&self, report: &Value) -> Option<f64> {
        let whole = match &self.part {
            None => report,
            Some(name) => report["parts"]
                .as_array()?
                .iter()
                .find(|part| part["name"] == name.as_str())?,
        };
        let found = self
            .path
            .iter()
            .try_fold(whole, |at, step| match step.parse::<usize>() {
                Ok(place) => at.get(place),
                Err(_) => at.get(step),
            })?;
        match found {
            // Errors are counted by their code.
            Value::Object(counts) => {
                let all: u64 = counts.values().filter_map(Value::as_u64).sum();
                Some(f64::from(u32::try_from(all).unwrap_or(u32::MAX)))
            }
            other => other.as_f64(),
        }
    }
}

impl Unit {
    #[allow(clippy::float_arithmetic)]
    fn read(self, text: &str) -> anyhow::Result<f64> {
        let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let number: f64 = digits.parse().with_context(|| format!("`{text}` is no number"))?;
        ensure!(
            number.is_finite() && number >= 0.0,
            "`{text}` is no number of 0 or more"
        );
        let times = match (self, &text[digits.len()..]) {
            (Self::Count | Self::Bytes, "") | (Self::Millis, "" | "ms") => 1.0,
            (Self::Count, "k") => 1_000.0,
            (Self::Millis, "us") => 0.001,
            (Self::Millis, "s") => 1_000.0,
            (Self::Bytes, "KiB") => 1_024.0,
            (Self::Bytes, "MiB") => 1_048_576.0,
            (Self::Bytes, "GiB") => 1_073_741_824.0,
            (Self::Count, unit) => bail!("`{unit}` is no unit of a number: only k is"),
            (Self::Millis, unit) => bail!("`{unit}` is no unit of time: us, ms and s are"),
            (Self::Bytes, unit) => bail!("`{unit}` is no unit of memory: KiB, MiB and GiB are"),
        };
        Ok(number * times)
    }
}

impl Expectation {
    /// Whether a report holds it. What the report does not have does not hold.
    pub(super) fn check(&self, report: &Value) -> Check {
        let found = self.metric.read(report);
        let holds = found.is_some_and(|found| match self.order {
            Order::Less => found < self.value,
            Order::AtMost => found <= self.value,
            Order::More => found > self.value,
            Order::AtLeast => found >= self.value,
            Order::Equal => found.total_cmp(&self.value).is_eq(),
        });
        let unit = match self.metric.unit {
            Unit::Count => "",
            Unit::Millis => " ms",
            Unit::Bytes => " bytes",
        };
        let said = found.map_or("this run has no such figure".to_owned(), |found| {
            format!("{found}{unit}")
        });
        Check::new(format!("expected {}", self.text), holds, said)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(text: &str, report: &Value) -> bool {
        text.parse::<Expectation>().unwrap().check(report).passed()
    }

    #[test]
    fn figures_are_held_against_their_thresholds() {
        let report = json!({
            "per_s": 20_000, "ack_ms": {"p50": 4.5, "p99": 24.0}, "errors": {"busy": 2, "wallet_busy": 1},
            "ratios": [{"ratio": 1.3}], "server": {"rss_bytes": 2_097_152},
            "parts": [{"name": "chat", "ack_ms": {"p99": 99.0}}],
        });
        assert!(holds("errors=0", &json!({"errors": {}})));
        for held in [
            "per_s>=20000",
            "per_s>=20k",
            "ack.p50<5ms",
            "ack.p99<=0.024s",
            "ack.p99 < 25",
            "errors=3",
            "ratio<2",
            "server.rss<=2MiB",
            "chat.ack.p99<100ms",
            "ack.p50>4499us",
        ] {
            assert!(holds(held, &report), "{held}");
        }
        for broken in [
            "per_s>20000",
            "ack.p99<24ms",
            "errors=0",
            "server.rss<2MiB",
            "chat.ack.p99<99",
        ] {
            assert!(!holds(broken, &report), "{broken}");
        }
    }

    #[test]
    fn what_a_run_does_not_have_does_not_hold() {
        for missing in ["receipt.p99<1s", "wallet.ack.p99<1s", "ratio<9"] {
            assert!(!holds(missing, &json!({"per_s": 1, "parts": []})), "{missing}");
        }
    }

    #[test]
    fn what_cannot_be_expected_is_refused_by_name() {
        for (text, word) in [
            ("ack.p99", "compares nothing"),
            ("ack.p98<5", "ack.p98"),
            ("ack.p99<fast", "no number"),
            ("ack.p99<5MiB", "no unit of time"),
            ("per_s>5ms", "no unit of a number"),
            ("server.rss<5ms", "no unit of memory"),
            ("ack.p99<-1", "0 or more"),
        ] {
            let told = format!("{:#}", text.parse::<Expectation>().unwrap_err());
            assert!(told.contains(word), "{text}: {told}");
        }
    }
}
