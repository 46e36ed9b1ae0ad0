//! `quipu audit`.

use std::process::ExitCode;

use clap::Args;

use super::Common;
use crate::app::{ledger_key, open_database_unchanged};
use crate::config::Mode;
use crate::wallet::{AuditError, AuditReport, audit};

/// How to audit.
#[derive(Debug, Clone, Args)]
pub(super) struct AuditArgs {
    /// Say how far it is.
    #[arg(long)]
    progress: bool,
}

pub(super) fn run(common: &Common, args: &AuditArgs) -> anyhow::Result<ExitCode> {
    let settings = common.settings(Mode::default())?;
    let runtime = super::runtime()?;
    let result = runtime.block_on(async {
        // The database first: without one there is nothing to make a key for.
        let db = open_database_unchanged(&settings, runtime.handle()).await?;
        let key = ledger_key(&settings)?.public();
        let progress = |at: i64, of: i64| {
            if args.progress {
                eprintln!("row {at} of {of}");
            }
        };
        let result = audit(&db, &key, progress).await;
        db.close().await;
        anyhow::Ok(result)
    })?;
    match result {
        Ok(report) => {
            print!("{}", told(&report));
            Ok(ExitCode::SUCCESS)
        }
        Err(AuditError::Broken(broken)) => {
            println!("BROKEN: {broken}");
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error.into()),
    }
}

fn told(report: &AuditReport) -> String {
    let AuditReport {
        blocks,
        transfers,
        accounts,
        cards,
        currencies,
        head,
    } = report;
    format!(
        "the ledger holds\n\
         {blocks} blocks follow one another, each signed, each over its rows\n\
         {transfers} transfers replayed; balances after each and positions before each agree\n\
         {accounts} accounts stand as their rows make them, none below its floor\n\
         {cards} payments have their card, and no card is without its payment\n\
         sums to zero in: {}\n\
         head {head}\n",
        if currencies.is_empty() {
            "no currency yet".to_owned()
        } else {
            currencies.join(", ")
        },
    )
}
