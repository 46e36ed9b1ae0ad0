//! `quipu admin …`: through the running server when there is one, else on the database under an exclusive lock.

use std::io::{IsTerminal, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Subcommand;

use super::Common;
use crate::app::{self, AdminRefusal, Services, ask_running, carry_out, has_database, lock_data, make_data_folder};
use crate::config::{Mode, Settings};
use crate::ids::ClientId;
use crate::protocol::admin::{AdminAnswer, AdminRequest};

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
    },
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
        } => (
            AdminRequest::Fund {
                client_id: ClientId::fresh(),
                handle,
                amount,
                currency,
            },
            None,
        ),
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
    if matches!(request, AdminRequest::Fund { .. }) {
        // Whoever is to get money is in a database that is there already.
        has_database(&settings)?;
    }
    make_data_folder(&settings)?;
    let _lock = lock_data(&settings)?;
    let runtime = super::runtime()?;
    let origin = String::new();
    let services = Services::open(Arc::new(settings), runtime.handle(), origin).await?;
    let answer = carry_out(&services, request).await;
    services.close().await;
    runtime.shutdown_background();
    Ok(answer)
}

fn tell(answer: AdminAnswer, out: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    match answer {
        AdminAnswer::Created { id, handle } => println!("{handle} is {id}"),
        AdminAnswer::Funded {
            handle,
            balance,
            currency,
        } => println!("{handle} has {balance} {currency}"),
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
