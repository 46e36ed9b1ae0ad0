//! `quipu serve`.

use std::process::ExitCode;

use clap::Args;

use super::Common;
use crate::config::Mode;
use crate::{app, telemetry};

/// How to serve.
#[derive(Debug, Clone, Args)]
pub(super) struct ServeArgs {
    /// Two people with play money who sign in by one click; on this machine alone.
    #[arg(long)]
    demo: bool,
    /// Lift every rate limit.
    #[arg(long)]
    load_test: bool,
    /// Let a load test listen beyond this machine.
    #[arg(long, requires = "load_test")]
    allow_remote: bool,
}

pub(super) fn run(common: &Common, args: &ServeArgs) -> anyhow::Result<ExitCode> {
    let mode = Mode {
        demo: args.demo,
        load_test: args.load_test,
        allow_remote: args.allow_remote,
    };
    let mut settings = common.settings(mode)?;
    if args.load_test {
        settings = settings.load_test();
    }
    telemetry::start_log(&settings.log)?;
    let metrics = telemetry::start_metrics()?;
    // Several crates bring a provider of TLS; this one is ours. Somebody else having installed one is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = super::runtime()?;
    let handle = runtime.handle().clone();
    app::run(app::serve(settings, handle, metrics))?;
    Ok(ExitCode::SUCCESS)
}
