//! `quipu reconcile`.

mod csv;
mod statement;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::Common;
use crate::app::open_database_unchanged;
use crate::clock::Micros;
use crate::config::Mode;
use crate::wallet::{
    AccountKey, AccountKind, Currency, Found, LedgerEntry, Period, Reconciled, account_side, reconcile,
};
use statement::{MOST_ROWS, Statement};

/// Bytes of a statement.
const FILE_BYTES: u64 = 64 * 1024 * 1024;
/// Differences of one kind that are shown to people; `--json` has all of them.
const SHOWN: usize = 50;

/// What to compare with what.
#[derive(Debug, Clone, Args)]
pub(super) struct ReconcileArgs {
    /// The statement: comma-separated values with a header that names the columns reference and amount, and date and
    /// currency if there are such.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The currency of the account, such as CNY.
    #[arg(long)]
    currency: String,
    /// The system's account that the statement is about.
    #[arg(long, default_value = "provider_cash")]
    account: String,
    /// Leave out what was before: a day (UTC) or a moment of RFC 3339.
    #[arg(long, value_name = "DATE", value_parser = begin_of)]
    from: Option<Micros>,
    /// Leave out what was after: the last day (UTC), or the first moment that is left out.
    #[arg(long, value_name = "DATE", value_parser = end_of)]
    to: Option<Micros>,
    /// Write the result as one object of JSON, with all that differs.
    #[arg(long)]
    json: bool,
}

fn begin_of(text: &str) -> Result<Micros, String> {
    let span = statement::span(text).ok_or("a date is like 2026-01-31 or 2026-01-31T12:00:00Z")?;
    Ok(span.0)
}

fn end_of(text: &str) -> Result<Micros, String> {
    let (begin, end) = statement::span(text).ok_or("a date is like 2026-01-31 or 2026-01-31T12:00:00Z")?;
    // A moment ends right behind itself, a day at the next one.
    let is_day = end.0 - begin.0 > 1;
    Ok(if is_day { end } else { begin })
}

pub(super) fn run(common: &Common, args: &ReconcileArgs) -> anyhow::Result<ExitCode> {
    let settings = common.settings(Mode::default())?;
    let currency = Currency::of(&args.currency);
    let currency = currency
        .ok()
        .with_context(|| format!("--currency: there is no {}", args.currency))?;
    let kind = account_kind(&args.account)?;
    let period = Period {
        from: args.from,
        until: args.to,
    };
    let text = read_file(&args.file)?;
    let statement = statement::read(&text, currency, period).with_context(|| args.file.display().to_string())?;
    let runtime = super::runtime()?;
    let ledger = runtime.block_on(async {
        let db = open_database_unchanged(&settings, runtime.handle()).await?;
        let rows = account_side(&db, AccountKey::system(kind, currency), period, MOST_ROWS).await;
        db.close().await;
        anyhow::Ok(rows?)
    })?;
    ensure!(
        ledger.len() <= MOST_ROWS,
        "the ledger has more than {MOST_ROWS} rows on that account: narrow them with --from and --to"
    );
    let done = reconcile(&statement.entries, &ledger)?;
    let sides = Sides {
        kind,
        currency,
        statement,
        ledger,
    };
    if args.json {
        println!("{}", sides.as_json(&done));
    } else {
        print!("{}", sides.told(&done));
    }
    Ok(if done.agrees() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn account_kind(word: &str) -> anyhow::Result<AccountKind> {
    let kinds = AccountKind::ALL.into_iter().filter(|kind| *kind != AccountKind::Person);
    let found = kinds.clone().find(|kind| kind.as_str() == word.trim_start_matches('@'));
    found.with_context(|| {
        let words: Vec<_> = kinds.map(AccountKind::as_str).collect();
        format!("--account: there is no {word}; there are {}", words.join(", "))
    })
}

fn read_file(file: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    let opened = File::open(file).and_then(|opened| opened.take(FILE_BYTES + 1).read_to_end(&mut bytes));
    let read = opened.with_context(|| file.display().to_string())?;
    if u64::try_from(read).is_ok_and(|read| read > FILE_BYTES) {
        bail!("{} is larger than {FILE_BYTES} bytes", file.display());
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        anyhow::anyhow!("{}: line {line}: not UTF-8", file.display())
    })
}

/// Both sides, to be told of.
struct Sides {
    kind: AccountKind,
    currency: Currency,
    statement: Statement,
    ledger: Vec<LedgerEntry>,
}

/// Each kind of difference with what it is called in the text and in JSON.
fn kinds(done: &Reconciled) -> [(&'static str, &'static str, &[Found]); 5] {
    [
        ("amount differs", "amount_differs", &done.amount_differs),
        ("only in the file", "only_in_file", &done.only_in_file),
        ("only in the ledger", "only_in_ledger", &done.only_in_ledger),
        ("twice in the file", "twice_in_file", &done.twice_in_file),
        ("twice in the ledger", "twice_in_ledger", &done.twice_in_ledger),
    ]
}

impl Sides {
    fn told(&self, done: &Reconciled) -> String {
        let money = |minor: i64| self.currency.format(minor);
        let mut text = format!(
            "{} in {}\nfile: {} rows, {}\nledger: {} rows, {}\ndifference: {}\nmatched: {}\n",
            self.kind.as_str(),
            self.currency,
            self.statement.entries.len(),
            money(done.file_total),
            self.ledger.len(),
            money(done.ledger_total),
            money(done.difference),
            done.matched
        );
        for (count, what) in [
            (self.statement.in_others, "in other currencies"),
            (self.statement.outside, "outside of the period"),
        ] {
            if count > 0 {
                text += &format!("left out of the file: {count} rows {what}\n");
            }
        }
        for (name, _, all) in kinds(done).into_iter().filter(|(_, _, all)| !all.is_empty()) {
            text += &format!("{name}: {}\n", all.len());
            for found in all.iter().take(SHOWN) {
                let lines = found
                    .lines
                    .iter()
                    .map(|(line, minor)| format!("line {line}: {}", money(*minor)));
                let rows = found
                    .rows
                    .iter()
                    .map(|(id, minor)| format!("ledger {id}: {}", money(*minor)));
                let parts: Vec<_> = lines.chain(rows).collect();
                // Quoted as code is, so that no reference can pose as a line of this list.
                text += &format!("  {:?}: {}\n", found.reference, parts.join("; "));
            }
            if all.len() > SHOWN {
                text += &format!("  and {} more: --json has all of them\n", all.len() - SHOWN);
            }
        }
        text
    }

    fn as_json(&self, done: &Reconciled) -> Value {
        let money = |minor: i64| Value::from(self.currency.format(minor));
        let list = |all: &[Found]| -> Value {
            let each = |found: &Found| {
                let lines = found
                    .lines
                    .iter()
                    .map(|(line, minor)| json!({ "line": line, "amount": money(*minor) }));
                let rows = found
                    .rows
                    .iter()
                    .map(|(id, minor)| json!({ "id": id, "amount": money(*minor) }));
                json!({
                    "reference": found.reference,
                    "file": lines.collect::<Vec<_>>(),
                    "ledger": rows.collect::<Vec<_>>(),
                })
            };
            all.iter().map(each).collect()
        };
        let differences: serde_json::Map<_, _> = kinds(done)
            .into_iter()
            .map(|(_, name, all)| (name.to_owned(), list(all)))
            .collect();
        json!({
            "agrees": done.agrees(),
            "account": self.kind.as_str(),
            "currency": self.currency.code(),
            "file": {
                "rows": self.statement.entries.len(),
                "total": money(done.file_total),
                "in_other_currencies": self.statement.in_others,
                "outside_of_period": self.statement.outside,
            },
            "ledger": { "rows": self.ledger.len(), "total": money(done.ledger_total) },
            "difference": money(done.difference),
            "matched": done.matched,
            "differences": differences,
        })
    }
}
