//! Faults in settings: which key, where it was written, what is wrong with it.

use std::collections::HashMap;
use std::fmt;
use std::ops::RangeInclusive;

use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{Settings, TlsMode, storage};

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of a file, counted from one.
    File {
        /// The file as it was named.
        path: String,
        /// The line, from one.
        line: usize,
    },
    /// An environment variable.
    Environment(String),
    /// An option of the command line.
    CommandLine(&'static str),
    /// Nowhere: it is the default.
    Default,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::CommandLine(option) => write!(f, "command line {option}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `section.key`, or what stood where a key should.
    pub key: String,
    /// Where it was written.
    pub place: Place,
    /// What is wrong with it.
    pub message: String,
}

/// Settings that cannot be used, with everything that is wrong with them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError {
    /// At least one.
    pub faults: Vec<Fault>,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.faults.iter().enumerate() {
            let line_break = if i == 0 { "" } else { "\n" };
            let Fault { key, place, message } = fault;
            write!(f, "{line_break}{place}: {key}: {message}")?;
        }
        Ok(())
    }
}

impl SettingsError {
    pub(super) fn one(key: &str, place: Place, message: impl Into<String>) -> Self {
        Self {
            faults: vec![Fault {
                key: key.to_owned(),
                place,
                message: message.into(),
            }],
        }
    }
}

/// Collects what is wrong with values that could be read.
pub(super) struct Check {
    faults: Vec<(&'static str, String)>,
}

impl Check {
    pub(super) fn refuse(&mut self, key: &'static str, message: impl Into<String>) {
        self.faults.push((key, message.into()));
    }

    pub(super) fn within<T: PartialOrd + fmt::Display>(
        &mut self,
        key: &'static str,
        value: T,
        range: RangeInclusive<T>,
    ) {
        if !range.contains(&value) {
            self.refuse(key, format!("{value} is not from {} to {}", range.start(), range.end()));
        }
    }

    pub(super) fn url(&mut self, key: &'static str, url: Option<&SecretString>, schemes: &[&str]) {
        if url.is_some_and(|url| !storage::has_scheme(url, schemes)) {
            self.refuse(key, format!("must begin with {}://", schemes.join(":// or ")));
        }
    }
}

/// All that is wrong with values that could be read, each alone and together.
pub(super) fn check(settings: &Settings, places: &HashMap<String, Place>) -> Vec<Fault> {
    let mut check = Check { faults: Vec::new() };
    settings.http.check(&mut check);
    settings.data.check(&mut check);
    settings.database.check(&mut check);
    settings.redis.check(&mut check);
    settings.identity.check(&mut check);
    settings.mail.check(&mut check);
    settings.limits.check(&mut check);
    settings.attachments.check(&mut check);
    settings.actors.check(&mut check);
    settings.commit.check(&mut check);
    settings.cluster.check(&mut check);
    settings.wallet.check(&mut check);
    settings.flows.check(&mut check);
    settings.funding.check(&mut check);
    settings.ledger.check(&mut check);
    settings.vault.check(&mut check);
    settings.log.check(&mut check);
    settings.client.check(&mut check);
    settings.drain.check(&mut check);
    check_together(settings, &mut check);
    check_mode(settings, &mut check);
    let place = |key: &str| places.get(key).cloned().unwrap_or(Place::Default);
    check
        .faults
        .into_iter()
        .map(|(key, message)| Fault {
            key: key.to_owned(),
            place: place(key),
            message,
        })
        .collect()
}

/// What only sections together show.
fn check_together(settings: &Settings, check: &mut Check) {
    if settings.redis.url.is_some() && !settings.is_postgres() {
        check.refuse(
            "redis.url",
            "several nodes need PostgreSQL; SQLite carries one. Set database.url",
        );
    }
    if !settings.is_postgres() {
        return;
    }
    if settings.ledger.signing_key.is_none() && settings.ledger.signing_key_file.is_none() {
        let message = "PostgreSQL needs a signing key that all nodes share, here or in ledger.signing_key_file; \
                       make one with: openssl rand -hex 32";
        check.refuse("ledger.signing_key", message);
    }
    if settings.vault.key.is_none() && settings.vault.key_file.is_none() {
        let message = "PostgreSQL needs a key for what is secret at rest that all nodes share, here or in vault.key_file; \
                       make one with: openssl rand -hex 32";
        check.refuse("vault.key", message);
    }
    // Each lane keeps a connection while it commits; the ledger's lane and the cold writes need one each.
    let needed = settings.commit.chat_lanes.saturating_add(2);
    let connections = usize::try_from(settings.database.write_connections).unwrap_or(usize::MAX);
    if connections < needed {
        let message = format!("{connections} is too few: commit.chat_lanes and two more need {needed}");
        check.refuse("database.write_connections", message);
    }
}

/// What the command line asks for and the address does not allow.
fn check_mode(settings: &Settings, check: &mut Check) {
    if settings.mode.demo && !settings.http.is_loopback() {
        check.refuse(
            "http.listen",
            "--demo signs anyone in: only a loopback address may be listened on",
        );
    }
    if settings.mode.demo && settings.http.tls == TlsMode::Proxy {
        check.refuse("http.tls", "--demo signs anyone in: it must not stand behind a proxy");
    }
    if settings.mode.load_test && !settings.http.is_loopback() && !settings.mode.allow_remote {
        check.refuse(
            "http.listen",
            "--load-test lifts the limits: beyond loopback it needs --allow-remote",
        );
    }
}

/// Reads a secret. What stands there instead of a string is not repeated: it may be the secret, misspelt.
pub(super) fn optional_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => Ok(Some(SecretString::from(text))),
        _ => Err(D::Error::custom("expected a string")),
    }
}
