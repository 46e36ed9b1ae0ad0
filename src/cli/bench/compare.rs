//! Two reports of the same load beside each other.

// Figures of time and memory for people; no money.
#![allow(clippy::float_arithmetic)]

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::Value;

/// A figure of both, and which direction is worse.
struct Row {
    name: String,
    before: f64,
    after: f64,
    more_is_better: bool,
}

/// Figures that are compared, of the whole and of each part.
const FIGURES: [(&str, &[&str], bool); 7] = [
    ("per second", &["per_s"], true),
    ("acknowledged p50, ms", &["ack_ms", "p50"], false),
    ("acknowledged p99, ms", &["ack_ms", "p99"], false),
    ("received p50, ms", &["receipt_ms", "p50"], false),
    ("received p99, ms", &["receipt_ms", "p99"], false),
    ("server's processor, s", &["server", "cpu_seconds"], false),
    ("server's memory, bytes", &["server", "rss_bytes"], false),
];

/// A table for people, and whether nothing is worse by more than so many per cent.
pub(super) fn run(before: &Path, after: &Path, within: u32) -> anyhow::Result<(String, bool)> {
    let (old, new) = (read(before)?, read(after)?);
    compare(&old, &new, within)
}

fn read(path: &Path) -> anyhow::Result<Value> {
    let name = || path.display().to_string();
    let report: Value = serde_json::from_slice(&std::fs::read(path).with_context(name)?).with_context(name)?;
    ensure!(report["scenario"].is_string(), "{} is no report of quipu bench", name());
    Ok(report)
}

fn compare(old: &Value, new: &Value, within: u32) -> anyhow::Result<(String, bool)> {
    for what in ["scenario", "load"] {
        ensure!(
            old[what] == new[what],
            "the reports are of different loads: {what} is {} and {}",
            old[what],
            new[what]
        );
    }
    let mut text = format!(
        "{:<34}{:>14}{:>14}{:>10}\n",
        old["scenario"].as_str().unwrap_or_default(),
        "before",
        "after",
        "change"
    );
    let mut holds = true;
    for row in rows(old, new) {
        let change = row.change();
        let worse = if row.more_is_better { -change } else { change };
        let verdict = if worse > f64::from(within) { "  WORSE" } else { "" };
        holds &= verdict.is_empty();
        writeln!(
            text,
            "{:<34}{:>14.2}{:>14.2}{:>+9.1}%{verdict}",
            row.name, row.before, row.after, change
        )?;
    }
    Ok((text, holds))
}

fn rows(old: &Value, new: &Value) -> Vec<Row> {
    let mut rows = of(old, new, "");
    for part in old["parts"].as_array().into_iter().flatten() {
        let name = part["name"].as_str().unwrap_or_default();
        let other = new["parts"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|other| other["name"] == part["name"]);
        rows.extend(other.into_iter().flat_map(|other| of(part, other, name)));
    }
    rows
}

fn of(old: &Value, new: &Value, part: &str) -> Vec<Row> {
    let at = |report: &Value, path: &[&str]| path.iter().try_fold(report, |at, step| at.get(step))?.as_f64();
    let row = |(name, path, more_is_better): &(&str, &[&str], bool)| {
        Some(Row {
            name: format!("{part} {name}").trim_start().to_owned(),
            before: at(old, path)?,
            after: at(new, path)?,
            more_is_better: *more_is_better,
        })
    };
    FIGURES.iter().filter_map(row).collect()
}

impl Row {
    /// Per cent of before.
    fn change(&self) -> f64 {
        if self.before.total_cmp(&0.0).is_eq() {
            0.0
        } else {
            (self.after - self.before) / self.before * 100.0
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(per_s: u64, p99: f64) -> Value {
        json!({
            "scenario": "chat", "load": {"pairs": 2}, "per_s": per_s, "ack_ms": {"p50": 1.0, "p99": p99},
            "parts": [{"name": "room", "per_s": per_s}],
        })
    }

    #[test]
    fn what_is_worse_by_more_than_allowed_fails() {
        let holds = |per_s, p99| compare(&report(1_000, 10.0), &report(per_s, p99), 10).unwrap().1;
        assert!(holds(1_000, 10.0) && holds(901, 10.9) && holds(5_000, 1.0));
        assert!(!holds(899, 10.0));
        assert!(!holds(1_000, 11.1));
    }

    #[test]
    fn parts_are_compared_by_their_names() {
        let (text, holds) = compare(&report(1_000, 10.0), &report(100, 10.0), 10).unwrap();
        assert!(
            !holds && text.contains("room per second") && text.matches("WORSE").count() == 2,
            "{text}"
        );
    }

    #[test]
    fn different_loads_are_not_compared() {
        let mut other = report(1_000, 10.0);
        other["load"]["pairs"] = json!(3);
        assert!(
            compare(&report(1_000, 10.0), &other, 10)
                .unwrap_err()
                .to_string()
                .contains("different loads")
        );
    }
}
