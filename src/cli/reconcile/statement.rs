//! A provider's or a bank's statement: which columns are read, and what may stand in them.

use super::csv::{Malformed, Records};
use crate::clock::Micros;
use crate::wallet::{Currency, Period, StatementEntry};

/// Bytes of one record.
const RECORD_BYTES: usize = 16 * 1024;
/// Records of one statement, and rows of the ledger that it can be compared with.
pub(super) const MOST_ROWS: usize = 1_000_000;

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Statement {
    /// The rows to compare.
    pub(super) entries: Vec<StatementEntry>,
    /// Rows in other currencies.
    pub(super) in_others: usize,
    /// Rows outside of the period.
    pub(super) outside: usize,
}

/// Where the columns stand that are read.
struct Columns {
    count: usize,
    reference: usize,
    amount: usize,
    date: Option<usize>,
    currency: Option<usize>,
}

impl Columns {
    fn of(line: usize, header: &[String]) -> Result<Self, Malformed> {
        let place = |name: &str| {
            let mut found = (0..)
                .zip(header)
                .filter(|(_, column)| column.trim().eq_ignore_ascii_case(name));
            let first = found.next().map(|(at, _)| at);
            match found.next() {
                Some(_) => Err(Malformed::at(line, format!("two columns are called {name}"))),
                None => Ok(first),
            }
        };
        let needed =
            |name: &str| place(name)?.ok_or_else(|| Malformed::at(line, format!("no column is called {name}")));
        Ok(Self {
            count: header.len(),
            reference: needed("reference")?,
            amount: needed("amount")?,
            date: place("date")?,
            currency: place("currency")?,
        })
    }
}

/// Reads the rows of one currency that a period has. A row without a date is in any.
pub(super) fn read(text: &str, currency: Currency, period: Period) -> Result<Statement, Malformed> {
    let mut records = Records::of(text, RECORD_BYTES);
    let header = records.next().unwrap_or_else(|| Err(Malformed::at(1, "no header")))?;
    let columns = Columns::of(header.line, &header.fields)?;
    let mut statement = Statement::default();
    for (count, record) in records.enumerate() {
        let record = record?;
        let refuse = |what: String| Malformed::at(record.line, what);
        if count >= MOST_ROWS {
            return Err(refuse(format!("more than {MOST_ROWS} rows: give a shorter statement")));
        }
        if record.fields.len() != columns.count {
            let told = format!("{} fields under {} columns", record.fields.len(), columns.count);
            return Err(refuse(told));
        }
        let field = |at: usize| record.fields[at].trim();
        if let Some(at) = columns.currency {
            let code = field(at);
            if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
                return Err(refuse(format!("{code:?} is no currency")));
            }
            if code != currency.code() {
                statement.in_others += 1;
                continue;
            }
        }
        let reference = field(columns.reference);
        if reference.is_empty() {
            return Err(refuse("no reference".into()));
        }
        let text = field(columns.amount);
        let minor = amount(text, currency).ok_or_else(|| refuse(format!("{text:?} is no amount in {currency}")))?;
        if let Some(at) = columns.date {
            let text = field(at);
            let (begin, end) = span(text).ok_or_else(|| refuse(format!("{text:?} is no date")))?;
            if !period.meets(begin, end) {
                statement.outside += 1;
                continue;
            }
        }
        statement.entries.push(StatementEntry {
            line: record.line,
            reference: reference.to_owned(),
            minor,
        });
    }
    Ok(statement)
}

/// A decimal with or without a sign, in minor units.
fn amount(text: &str, currency: Currency) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let minor = currency.parse(digits).ok()?;
    Some(if negative { -minor } else { minor })
}

/// The time that a date stands for: a moment of RFC 3339, or a day in UTC.
pub(super) fn span(text: &str) -> Option<(Micros, Micros)> {
    if text.len() == "2000-01-01".len() {
        let begin = Micros::parse(&format!("{text}T00:00:00Z")).ok()?;
        return Some((begin, begin.next_day()));
    }
    let moment = Micros::parse(text).ok()?;
    Some((moment, Micros(moment.0.checked_add(1)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cny() -> Currency {
        Currency::of("CNY").unwrap()
    }

    #[test]
    fn the_named_columns_are_read_and_the_others_ignored() {
        let text = "Date,memo,Reference,AMOUNT,currency\n2026-01-02,\"a, b\",r1,12.5,CNY\n\
                    2026-01-02T10:00:00+08:00,,r2,-0.01,CNY\n2026-01-03,,r3,7,EUR\n2026-02-01,,r4,+1.00,CNY\n";
        let (from, _) = span("2026-01-01").unwrap();
        let (_, until) = span("2026-01-31").unwrap();
        let period = Period {
            from: Some(from),
            until: Some(until),
        };
        let read = read(text, cny(), period).unwrap();
        let entries: Vec<_> = read
            .entries
            .iter()
            .map(|e| (e.line, e.reference.as_str(), e.minor))
            .collect();
        assert_eq!(entries, [(2, "r1", 1250), (3, "r2", -1)]);
        assert_eq!((read.in_others, read.outside), (1, 1));
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_its_line() {
        for (text, line, what) in [
            ("", 1, "no header"),
            ("reference,sum\n", 1, "called amount"),
            ("amount,reference,amount\n", 1, "two columns"),
            ("reference,amount\nr,1\nr,1,2\n", 3, "3 fields under 2"),
            ("reference,amount\nr,1.001\n", 2, "no amount in CNY"),
            ("reference,amount\nr,1e3\n", 2, "no amount"),
            ("reference,amount\nr,--1\n", 2, "no amount"),
            ("reference,amount\nr,\"1,000.00\"\n", 2, "no amount"),
            ("reference,amount\n ,1\n", 2, "no reference"),
            ("reference,amount,date\nr,1,yesterday\n", 2, "no date"),
            ("reference,amount,date\nr,1,2026-13-01\n", 2, "no date"),
            ("reference,amount,currency\nr,1,cny\n", 2, "no currency"),
        ] {
            let refused = read(text, cny(), Period::default()).unwrap_err();
            assert_eq!(refused.line, line, "{text:?}: {refused}");
            assert!(refused.what.contains(what), "{text:?}: {refused}");
        }
    }
}
