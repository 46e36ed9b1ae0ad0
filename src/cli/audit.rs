//! `quipu audit`.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::Context as _;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::Common;
use crate::app::{ledger_key, open_database_unchanged};
use crate::config::{Mode, Settings};
use crate::wallet::{AuditError, AuditReport, PublicKey, Since, audit};

/// How to audit.
#[derive(Debug, Clone, Args)]
pub(super) struct AuditArgs {
    /// Say how far it is, also where no terminal is; on one it does so by itself.
    #[arg(long)]
    progress: bool,
    /// Write the result as one object of JSON.
    #[arg(long)]
    json: bool,
    /// Begin behind this block, with its hash if it was kept from an earlier audit: faster, and it believes the
    /// balances that stood then.
    #[arg(long, value_name = "BLOCK[:HASH]")]
    since: Option<SinceArg>,
    /// The public half of the key that signs now, in hexadecimal: then the signing key is not needed.
    #[arg(long, value_name = "HEX")]
    public_key: Option<String>,
}

/// A block, and its hash if it was kept.
#[derive(Debug, Clone)]
pub(super) struct SinceArg(pub(super) Since);

impl FromStr for SinceArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (block, hash) = text
            .split_once(':')
            .map_or((text, None), |(block, hash)| (block, Some(hash)));
        let block = block.parse().ok().filter(|block| *block > 0);
        let block = block.ok_or_else(|| format!("{text:?} does not begin with the number of a block"))?;
        let hash = hash.map(hex::decode).transpose();
        let hash = hash.map_err(|_| "behind the colon stands the block's hash in hexadecimal".to_owned())?;
        Ok(Self(Since { block, hash }))
    }
}

pub(super) fn run(common: &Common, args: &AuditArgs) -> anyhow::Result<ExitCode> {
    let settings = common.settings(Mode::default())?;
    let runtime = super::runtime()?;
    let result = runtime.block_on(async {
        // The database first: without one there is nothing to make a key for.
        let db = open_database_unchanged(&settings, runtime.handle()).await?;
        let key = public_key(&settings, args.public_key.as_deref())?;
        let progress = Progress::new(args.progress);
        let since = args.since.as_ref().map(|since| &since.0);
        let result = audit(&db, &key, since, |at, of| progress.at(at, of)).await;
        progress.end();
        db.close().await;
        anyhow::Ok(result)
    })?;
    let (text, told, code) = match result {
        Ok(report) => (told(&report), as_json(&report), ExitCode::SUCCESS),
        Err(AuditError::Broken(broken)) => (
            format!("BROKEN: {broken}\n"),
            json!({ "holds": false, "broken": broken.what }),
            ExitCode::FAILURE,
        ),
        Err(error) => return Err(error.into()),
    };
    if args.json {
        println!("{told}");
    } else {
        print!("{text}");
    }
    Ok(code)
}

fn public_key(settings: &Settings, given: Option<&str>) -> anyhow::Result<PublicKey> {
    let Some(text) = given else {
        return Ok(ledger_key(settings)?.public());
    };
    let bytes = hex::decode(text).context("--public-key")?;
    PublicKey::from_bytes(&bytes).context("--public-key: 64 hexadecimal digits of an Ed25519 key are expected")
}

/// How far the audit is: a bar on a terminal, lines elsewhere if they are asked for.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    lines: bool,
}

impl Progress {
    pub(super) fn new(asked: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let style = ProgressStyle::with_template("{bar:40} row {human_pos} of {human_len}, {eta} left");
        let bar = terminal.then(|| {
            let bar = ProgressBar::new(0);
            style.map_or(bar.clone(), |style| bar.with_style(style))
        });
        Self {
            bar,
            lines: asked && !terminal,
        }
    }

    pub(super) fn at(&self, at: i64, of: i64) {
        if let Some(bar) = &self.bar {
            bar.set_length(of.unsigned_abs());
            bar.set_position(at.unsigned_abs());
        }
        if self.lines {
            eprintln!("row {at} of {of}");
        }
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn as_json(report: &AuditReport) -> Value {
    json!({
        "holds": true,
        "since": report.since,
        "blocks": report.blocks,
        "transfers": report.transfers,
        "account_events": report.account_events,
        "accounts": report.accounts,
        "open_and_ended_holds": report.holds,
        "refunds": report.refunds,
        "cards": report.cards,
        "flows": report.flows,
        "keys": report.keys,
        "currencies": report.currencies,
        "head": { "block": report.head_block, "hash": report.head },
    })
}

/// What an audit that held has found, for people.
pub(super) fn told(report: &AuditReport) -> String {
    let AuditReport {
        since,
        blocks,
        transfers,
        account_events,
        accounts,
        holds,
        refunds,
        cards,
        flows,
        keys,
        currencies,
        head_block,
        head,
    } = report;
    let from = if *since > 0 {
        format!(", behind block {since}, which was believed")
    } else {
        String::new()
    };
    let currencies = if currencies.is_empty() {
        "no currency yet".to_owned()
    } else {
        currencies.join(", ")
    };
    format!(
        "the ledger holds{from}\n\
         {blocks} blocks follow one another, each over its rows and signed by the key in force, of {keys}\n\
         {transfers} transfers and {account_events} changes of accounts replayed; balances after each and positions \
         before each agree\n\
         {accounts} accounts, {holds} holds and {refunds} refunds stand as their rows make them, nothing below its \
         floor\n\
         {cards} rows have their card, and no card is without its row\n\
         {flows} flows are what their rows and their cards make them\n\
         sums to zero in: {currencies}\n\
         head {head_block}:{head}\n",
    )
}
