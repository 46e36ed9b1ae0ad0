//! `quipu admin …`: through the running server when there is one, else on the database under an exclusive lock.

use std::io::{IsTerminal, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};

use super::Common;
use crate::app::{self, AdminRefusal, Services, ask_running, carry_out, has_database, lock_data, make_data_folder};
use crate::config::{Mode, Settings};
use crate::ids::ClientId;
use crate::protocol::admin::{
    AccountName, AdminAnswer, AdminRequest, DisputeLine, FundingLine, FundingVerdict, LedgerOrder,
};

/// Bytes of a password on standard input.
const PASSWORD_BYTES: u64 = 1_024;

/// What an operator may have done.
#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Make a person. Their address counts as confirmed.
    CreateUser {
        /// The unique name.
        handle: String,
        /// The name to show; the handle without it.
        #[arg(long)]
        name: Option<String>,
        /// Where mail reaches them.
        #[arg(long)]
        email: Option<String>,
        /// Read the password from standard input; without it nobody signs in by password.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give a person play money from the sandbox.
    Fund {
        /// Who gets it.
        handle: String,
        /// How much, such as 100.00.
        amount: String,
        /// In what, such as CNY.
        currency: String,
        /// What the provider's statement calls it; `quipu reconcile` finds it by that.
        #[arg(long, default_value = "")]
        reference: String,
    },
    /// Forget a person's PIN, for instance one that is locked, so that they set another one with their password. Be sure
    /// whom you talk to.
    RemovePin {
        /// Whose.
        handle: String,
    },
    /// Hold a person's money for a claim on it, take or release what is held, give payments back, freeze, thaw and
    /// close accounts, set floors.
    #[command(flatten)]
    Ledger(LedgerCommand),
    /// The disputes that nobody has decided, the oldest first.
    Disputes,
    /// Say what became of a top-up or a withdrawal that has to be looked at, as its provider has it.
    Funding {
        /// Its id, as `quipu admin fundings` has it.
        id: String,
        /// The money came, or was paid out; it came to nothing; or it was looked at and stays as it is.
        #[arg(value_enum)]
        verdict: Verdict,
        /// Why, for the log.
        #[arg(long)]
        reason: String,
    },
    /// The top-ups and withdrawals that somebody has to look at: their provider speaks of another amount, contradicts
    /// itself, or has not decided for too long.
    Fundings,
    /// Make people for a load test, each with a session; pairs of them are contacts.
    Seed {
        /// How many.
        #[arg(long)]
        users: usize,
        /// What each gets.
        #[arg(long)]
        fund: Option<String>,
        /// In what.
        #[arg(long, default_value = "CNY")]
        currency: String,
        /// Where handles, ids and tokens are written, a line of JSON each.
        #[arg(long)]
        out: PathBuf,
    },
}

/// What an operator may have done on the ledger. Each is a row of it, with its reason.
#[derive(Debug, Subcommand)]
pub(super) enum LedgerCommand {
    /// Hold a person's money for a claim on it; taken, it goes to the suspense account.
    Hold {
        /// Whose.
        handle: String,
        /// How much, such as 100.00.
        amount: String,
        /// In what, such as CNY.
        currency: String,
        /// How many hours it lasts unless it is taken or released before.
        #[arg(long, default_value_t = 24 * 7)]
        hours: u32,
        /// The same in seconds.
        #[arg(long, conflicts_with = "hours")]
        seconds: Option<u64>,
        /// Why; the owner sees it.
        #[arg(long)]
        reason: String,
    },
    /// Take what is held, all of it or a part; the rest is free again.
    Capture {
        /// The hold's id.
        of: String,
        /// How much; all of it without.
        #[arg(long)]
        amount: Option<String>,
        /// Why; the owner sees it.
        #[arg(long)]
        reason: String,
    },
    /// Release what is held.
    Void {
        /// The hold's id.
        of: String,
        /// Why; the owner sees it.
        #[arg(long)]
        reason: String,
    },
    /// Give a payment back, all that is left of it or a part, in its conversation too.
    Reverse {
        /// The payment's id, as the wallet's history has it.
        of: String,
        /// How much; all that is left without.
        #[arg(long)]
        amount: Option<String>,
        /// Why; both sides see it.
        #[arg(long)]
        reason: String,
    },
    /// Look at a dispute of a payment, or decide it; what is won goes back to who paid.
    Dispute {
        /// The payment's id, as `quipu admin disputes` has it.
        of: String,
        /// What is done about it.
        #[arg(value_enum)]
        verdict: DisputeVerdict,
        /// Why; both sides see it.
        #[arg(long)]
        reason: String,
    },
    /// Let nothing that the owner starts go out any more.
    Freeze(AccountArgs),
    /// End a freeze.
    Thaw(AccountArgs),
    /// Close an empty account, for good.
    Close(AccountArgs),
    /// Set the least that may be in an account; below zero it is credit.
    Floor {
        #[command(flatten)]
        account: AccountArgs,
        /// The least, such as -50.00.
        #[arg(allow_hyphen_values = true)]
        amount: String,
    },
}

/// What is done about a dispute.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum DisputeVerdict {
    /// It is looked at.
    Review,
    /// Who paid is right.
    Won,
    /// Who was paid is right.
    Lost,
}

/// Which account, and why.
#[derive(Debug, Clone, Args)]
pub(super) struct AccountArgs {
    /// A person's handle, or @ and one of the system's accounts, such as @fees.
    of: String,
    /// In what, such as CNY.
    currency: String,
    /// Why; it stands in the ledger.
    #[arg(long)]
    reason: String,
}

impl AccountArgs {
    fn split(self) -> (AccountName, String) {
        let Self { of, currency, reason } = self;
        (AccountName { of, currency }, reason)
    }
}

impl LedgerCommand {
    fn order(self) -> (LedgerOrder, String) {
        let of_account = |account: AccountArgs, order: fn(AccountName) -> LedgerOrder| {
            let (name, reason) = account.split();
            (order(name), reason)
        };
        match self {
            Self::Hold {
                handle,
                amount,
                currency,
                hours,
                seconds,
                reason,
            } => {
                let order = LedgerOrder::Hold {
                    handle,
                    amount,
                    currency,
                    seconds: seconds.unwrap_or(u64::from(hours) * 3600),
                };
                (order, reason)
            }
            Self::Capture { of, amount, reason } => (LedgerOrder::Capture { of, amount }, reason),
            Self::Void { of, reason } => (LedgerOrder::Void { of }, reason),
            Self::Reverse { of, amount, reason } => (LedgerOrder::Reverse { of, amount }, reason),
            Self::Dispute { of, verdict, reason } => {
                let for_payer = match verdict {
                    DisputeVerdict::Review => None,
                    DisputeVerdict::Won => Some(true),
                    DisputeVerdict::Lost => Some(false),
                };
                (LedgerOrder::Judge { of, for_payer }, reason)
            }
            Self::Freeze(account) => of_account(account, LedgerOrder::Freeze),
            Self::Thaw(account) => of_account(account, LedgerOrder::Thaw),
            Self::Close(account) => of_account(account, LedgerOrder::Close),
            Self::Floor { account, amount } => {
                let (account, reason) = account.split();
                (LedgerOrder::Floor { account, amount }, reason)
            }
        }
    }
}

pub(super) fn run(common: &Common, command: AdminCommand) -> anyhow::Result<ExitCode> {
    let settings = common.settings(Mode::default())?;
    let (request, out) = request(command)?;
    let answer = app::run(ask(settings, request))?;
    tell(answer, out)
}

fn request(command: AdminCommand) -> anyhow::Result<(AdminRequest, Option<PathBuf>)> {
    Ok(match command {
        AdminCommand::CreateUser {
            handle,
            name,
            email,
            password_stdin,
        } => {
            let password = password_stdin.then(read_password).transpose()?;
            let display_name = name.unwrap_or_else(|| handle.clone());
            (
                AdminRequest::CreateUser {
                    handle,
                    display_name,
                    email,
                    password,
                },
                None,
            )
        }
        AdminCommand::Fund {
            handle,
            amount,
            currency,
            reference,
        } => (
            AdminRequest::Fund {
                client_id: ClientId::fresh(),
                handle,
                amount,
                currency,
                reference,
            },
            None,
        ),
        AdminCommand::RemovePin { handle } => (AdminRequest::RemovePin { handle }, None),
        AdminCommand::Ledger(command) => {
            let (order, reason) = command.order();
            let client_id = ClientId::fresh();
            (
                AdminRequest::Ledger {
                    client_id,
                    reason,
                    order,
                },
                None,
            )
        }
        AdminCommand::Disputes => (AdminRequest::Disputes, None),
        AdminCommand::Fundings => (AdminRequest::Fundings, None),
        AdminCommand::Funding { id, verdict, reason } => {
            let verdict = match verdict {
                Verdict::Done => FundingVerdict::Done,
                Verdict::Failed => FundingVerdict::Failed,
                Verdict::Seen => FundingVerdict::Seen,
            };
            (AdminRequest::DecideFunding { id, verdict, reason }, None)
        }
        AdminCommand::Seed {
            users,
            fund,
            currency,
            out,
        } => (AdminRequest::Seed { users, fund, currency }, Some(out)),
    })
}

fn read_password() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        eprintln!("password, then Enter and Ctrl-D:");
    }
    let mut text = String::new();
    std::io::stdin()
        .take(PASSWORD_BYTES)
        .read_to_string(&mut text)
        .context("standard input")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

async fn ask(settings: Settings, request: AdminRequest) -> anyhow::Result<AdminAnswer> {
    match ask_running(&settings.data.dir, &request).await {
        Err(AdminRefusal::NotRunning) => {}
        answered => return Ok(answered?),
    }
    if matches!(
        request,
        AdminRequest::Fund { .. } | AdminRequest::Ledger { .. } | AdminRequest::RemovePin { .. }
    ) {
        // Whoever is meant is in a database that is there already.
        has_database(&settings)?;
    }
    make_data_folder(&settings)?;
    let _lock = lock_data(&settings)?;
    let runtime = super::runtime()?;
    let origin = String::new();
    match Services::open(Arc::new(settings), runtime.handle(), origin).await {
        Ok(services) => {
            let answer = carry_out(&services, request).await;
            services.close().await;
            Ok(answer)
        }
        Err(error) => Err(error.into()),
    }
}

/// A dispute in a few lines.
fn told(dispute: &DisputeLine) -> String {
    let DisputeLine {
        of,
        state,
        amount,
        currency,
        payer,
        payee,
        reason,
        answer,
        at,
    } = dispute;
    let answer = if answer.is_empty() { "nothing yet" } else { answer };
    format!(
        "{of}\n  {state} since {at}: {amount} {currency} from {payer} to {payee}\n  the payer says: {reason}\n  the \
         payee says: {answer}"
    )
}

fn tell(answer: AdminAnswer, out: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    match answer {
        AdminAnswer::Created { id, handle } => println!("{handle} is {id}"),
        AdminAnswer::PinRemoved { handle, was_set: true } => println!("{handle} has no PIN any more"),
        AdminAnswer::PinRemoved { handle, was_set: false } => println!("{handle} had no PIN"),
        AdminAnswer::Funded {
            handle,
            balance,
            currency,
        } => println!("{handle} has {balance} {currency}"),
        AdminAnswer::Posted {
            id,
            state,
            amount,
            currency,
        } => println!("{state}: {amount} {currency}, {id}"),
        AdminAnswer::Account {
            of,
            status,
            balance,
            held,
            floor,
            currency,
        } => println!("{of} is {status}: {balance} {currency}, {held} held, floor {floor}"),
        AdminAnswer::Dispute(dispute) => println!("{}", told(&dispute)),
        AdminAnswer::Disputes { disputes } if disputes.is_empty() => println!("no dispute waits for a decision"),
        AdminAnswer::Disputes { disputes } => disputes.iter().for_each(|dispute| println!("{}", told(dispute))),
        AdminAnswer::Fundings { fundings } if fundings.is_empty() => {
            println!("no top-up and no withdrawal has to be looked at");
        }
        AdminAnswer::Fundings { fundings } => fundings.iter().for_each(|one| println!("{}", funding_told(one))),
        AdminAnswer::Seeded { users } => {
            let file = out.context("--out")?;
            let lines: String = users.iter().map(crate::protocol::admin::SeededLine::to_line).collect();
            // The tokens in it are as good as passwords.
            let made = std::fs::File::options()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&file);
            made.and_then(|mut made| made.write_all(lines.as_bytes()))
                .with_context(|| file.display().to_string())?;
            println!("{} people in {}", users.len(), file.display());
        }
        AdminAnswer::Refused { reason } => {
            eprintln!("quipu: {reason}");
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What became of a top-up or a withdrawal.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Verdict {
    /// The money came, or was paid out.
    Done,
    /// It came to nothing.
    Failed,
    /// It was looked at, and stays as it is.
    Seen,
}

/// A top-up or a withdrawal in a line.
fn funding_told(one: &FundingLine) -> String {
    let reference = if one.reference.is_empty() {
        "says nothing of it".to_owned()
    } else {
        format!("calls it {}", one.reference)
    };
    let review = if one.review.is_empty() {
        "nothing to look at"
    } else {
        &one.review
    };
    format!(
        "{}\n  {} of {} {}, {}, begun {} by {}\n  {review}; {} {reference}",
        one.id, one.kind, one.amount, one.currency, one.state, one.at, one.owner, one.provider
    )
}
