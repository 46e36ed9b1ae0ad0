//! The report as one page: figures, plots and checks, with nothing fetched from elsewhere and no script.

use std::fmt::Write as _;

use super::plot::{Line, Plot};
use super::progress::mebibytes;
use super::report::{Figures, Point, Report, Row};

const STYLE: &str = include_str!("report.css");

/// The page of a report.
pub(super) fn page(report: &Report) -> anyhow::Result<String> {
    let Figures {
        title,
        rows,
        checks,
        details,
    } = report.figures();
    let mut body = String::new();
    write!(body, "<h1>{}</h1><p>{}</p>", escaped(&title), escaped(&details))?;
    write_latencies(&mut body, &rows)?;
    for plot in plots(report) {
        write!(
            body,
            "<figure>{}<figcaption>{}</figcaption></figure>",
            plot.svg()?,
            escaped(plot.title())
        )?;
    }
    body.push_str("<h2>Checks</h2><table><tbody>");
    for (name, passed, said) in &checks {
        let (class, verdict) = if *passed {
            ("holds", "holds")
        } else {
            ("broken", "BROKEN")
        };
        let (name, said) = (escaped(name), escaped(said));
        write!(
            body,
            "<tr><td class=\"{class}\">{verdict}</td><th scope=\"row\">{name}</th><td>{said}</td></tr>"
        )?;
    }
    body.push_str("</tbody></table>");
    let json = escaped(&serde_json::to_string_pretty(report)?);
    write!(
        body,
        "<details><summary>All figures, as JSON</summary><pre>{json}</pre></details>"
    )?;
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>\n",
        escaped(&title)
    ))
}

fn write_latencies(body: &mut String, rows: &[Row]) -> std::fmt::Result {
    body.push_str(
        "<h2>Latencies in milliseconds</h2><table><thead><tr><th scope=\"col\"></th><th scope=\"col\">a second</th>\
         <th scope=\"col\"></th><th scope=\"col\">p50</th><th scope=\"col\">p99</th><th scope=\"col\">p99.9</th>\
         <th scope=\"col\">max</th></tr></thead><tbody>",
    );
    for Row {
        name,
        per_s,
        what,
        quantiles,
    } in rows
    {
        let rate = per_s.map(|rate| rate.to_string()).unwrap_or_default();
        let name = escaped(name);
        write!(body, "<tr><th scope=\"row\">{name}</th><td>{rate}</td><td>{what}</td>")?;
        match quantiles {
            Some(at) => write!(
                body,
                "<td>{:.2}</td><td>{:.2}</td><td>{:.2}</td><td>{:.2}</td></tr>",
                at.p50, at.p99, at.p999, at.max
            )?,
            None => body.push_str("<td></td><td></td><td></td><td></td></tr>"),
        }
    }
    body.push_str("</tbody></table>");
    Ok(())
}

/// What there is to draw; a plot without points is left away.
fn plots(report: &Report) -> Vec<Plot> {
    let seconds = report.seconds();
    let over_time = |figure: &dyn Fn(&super::progress::Second) -> Option<f64>| -> Vec<(f64, f64)> {
        seconds
            .iter()
            .filter_map(|second| Some((float(second.at), figure(second)?)))
            .collect()
    };
    let rate = over_time(&|second| Some(float(second.per_s)));
    let p50 = over_time(&|second| second.ack_p50_ms);
    let p99 = over_time(&|second| second.ack_p99_ms);
    let memory = over_time(&|second| Some(mebibytes(second.server_rss_bytes?)));
    let processor = over_time(&|second| second.server_cpu_s);
    let (ack, receipt) = report.curves();
    let all = [
        Plot::new(
            "Delivered a second, by second",
            "s",
            "a second",
            vec![Line::new("delivered", rate)],
        ),
        Plot::new(
            "Acknowledgements, by second",
            "s",
            "ms",
            vec![Line::new("p50", p50), Line::new("p99", p99)],
        ),
        Plot::new(
            "How long how large a share took at most: each step halves what is left",
            "halvings of what is left",
            "ms",
            vec![
                Line::new("acknowledged", halvings(ack)),
                Line::new("received", halvings(receipt)),
            ],
        ),
        Plot::new("The server's memory", "s", "MiB", vec![Line::new("memory", memory)]),
        Plot::new(
            "The server's processor, cores",
            "s",
            "cores",
            vec![Line::new("processor", processor)],
        ),
    ];
    all.into_iter().filter(Plot::shows_something).collect()
}

fn halvings(curve: &[Point]) -> Vec<(f64, f64)> {
    (1_u64..)
        .zip(curve)
        .map(|(halving, point)| (float(halving), point.ms))
        .collect()
}

fn float(whole: u64) -> f64 {
    f64::from(u32::try_from(whole).unwrap_or(u32::MAX))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
