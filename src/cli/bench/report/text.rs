//! What a report says to people: on standard output, and on its page.

use std::fmt::Write as _;

use super::{Check, Load, Quantiles, RateRatio, Ratio, Report};
use crate::cli::bench::usage::Used;

/// What a page says of a run.
pub(in crate::cli::bench) struct Figures {
    pub(in crate::cli::bench) title: String,
    pub(in crate::cli::bench) details: String,
    pub(in crate::cli::bench) rows: Vec<Row>,
    /// Name, whether it held, and what was found.
    pub(in crate::cli::bench) checks: Vec<(String, bool, String)>,
}

/// Latencies of something.
pub(in crate::cli::bench) struct Row {
    pub(in crate::cli::bench) name: String,
    pub(in crate::cli::bench) per_s: Option<u64>,
    pub(in crate::cli::bench) what: &'static str,
    pub(in crate::cli::bench) quantiles: Option<Quantiles>,
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
    /// What a page says.
    pub(in crate::cli::bench) fn figures(&self) -> Figures {
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
            rows.extend(self::rows(&name, part.per_s, part.ack_ms, part.receipt_ms));
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

    /// For people.
    pub(in crate::cli::bench) fn summary(&self) -> String {
        let mut text = format!("{}: {} {} a second\n", self.scenario, self.per_s, self.unit);
        // Writing to a string cannot fail.
        let _ = self.write_details(&mut text);
        text
    }

    fn write_ratios(&self, text: &mut String) -> std::fmt::Result {
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
        Ok(())
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
            match part.per_s {
                Some(per_s) => writeln!(text, "  {:<13} {per_s} {} a second", part.name, part.unit)?,
                None => {
                    let sockets = part.load.connections.unwrap_or_default();
                    writeln!(text, "  {:<13} {sockets} sockets held", part.name)?;
                }
            }
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
        self.write_ratios(text)?;
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
