//! `quipu verify`: whether a receipt holds, without a server, a database or a network.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::protocol::{ReceiptName, ReceiptOwner};
use crate::wallet::{Proven, PublicKey, check_receipt};

/// A receipt is a few kilobytes; each exchange of the ledger's key adds half of one.
const MOST_BYTES: u64 = 1 << 20;

/// What to verify.
#[derive(Debug, Clone, Args)]
pub(super) struct VerifyArgs {
    /// The receipt's file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The public half of the ledger's key, in hexadecimal, from whoever runs the server and not from the file: the one
    /// that signs now, or the one that signed then.
    #[arg(long, value_name = "PUB")]
    key: String,
}

pub(super) fn run(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let key = hex::decode(&args.key)
        .ok()
        .and_then(|bytes| PublicKey::from_bytes(&bytes));
    let key = key.context("--key: 64 hexadecimal digits of an Ed25519 key are expected")?;
    let name = args.file.display();
    let file = File::open(&args.file).with_context(|| format!("{name} cannot be read"))?;
    let mut text = Vec::new();
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut text)
        .with_context(|| format!("{name} cannot be read"))?;
    anyhow::ensure!(
        text.len() as u64 <= MOST_BYTES,
        "{name} is no receipt: it has over {MOST_BYTES} bytes"
    );
    Ok(match check_receipt(&text, &key) {
        Ok(proven) => {
            print!("{}", told(&proven, &key));
            ExitCode::SUCCESS
        }
        Err(flaw) => {
            println!("DOES NOT HOLD: {flaw}");
            ExitCode::FAILURE
        }
    })
}

/// What a receipt proves, for people. What stands in the file goes to a terminal with nothing in it that moves one.
fn told(proven: &Proven, key: &PublicKey) -> String {
    let receipt = &proven.receipt;
    let (says, block) = (&receipt.says, &receipt.block);
    let note = match receipt.row.get("note").unwrap_or_default() {
        "" => String::new(),
        note => format!("note \"{}\"\n", note.escape_debug()),
    };
    let handed = match proven.handovers {
        0 => "the key that was given".to_owned(),
        1 => format!(
            "the key {}, which handed over to the key that was given, {}",
            proven.signed_by,
            key.id()
        ),
        many => format!(
            "the key {}, which handed over, {many} times in all, to the key that was given, {}",
            proven.signed_by,
            key.id()
        ),
    };
    format!(
        "the receipt holds\n\
         {}: {} {} {}\n\
         from {}\n\
         to {}\n\
         at {} (ledger time, UTC)\n\
         {note}\
         transfer {}\n\
         row {} of the ledger, in block {} of {} rows, signed by {handed}\n\
         block hash {}\n\
         proven: that the ledger with this key has this row, as it stands here\n\
         not proven: how the two are called, and what became of it later: what is given back is a row of its own\n",
        says.kind,
        says.state,
        says.amount,
        says.currency,
        party(&says.from, receipt.names.from.as_ref()),
        party(&says.to, receipt.names.to.as_ref()),
        says.at,
        receipt.transfer,
        receipt.row.get("seq").unwrap_or_default(),
        block.number,
        block.last_seq.saturating_sub(block.first_seq).saturating_add(1),
        block.hash,
    )
}

fn party(owner: &ReceiptOwner, name: Option<&ReceiptName>) -> String {
    if owner.account != "person" {
        return format!("the system's account {}", owner.account);
    }
    let called = name.map(|name| {
        format!(
            " (said to be @{}, \"{}\": not proven)",
            name.handle.escape_debug(),
            name.display_name.escape_debug()
        )
    });
    format!("user {}{}", owner.user, called.unwrap_or_default())
}
