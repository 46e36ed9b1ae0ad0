//! `[actors]`, `[log]`, `[client]`, `[drain]`: how the process runs.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::check::Check;

/// `[actors]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ActorSettings {
    /// Threads on which user, conversation and wallet actors live, 0 to 256; 0 is one a core.
    pub arbiters: usize,
    /// Messages that may wait for one actor, 1 to 1,000,000; beyond it the answer is `busy`.
    pub mailbox: usize,
    /// How long an actor is kept without use, in seconds, 1 to 86,400.
    pub idle_seconds: u64,
    /// Operations of one conversation or account that may be under way at once, 1 to 65,536.
    pub in_flight: usize,
}

impl Default for ActorSettings {
    fn default() -> Self {
        Self {
            arbiters: 0,
            mailbox: 1_024,
            idle_seconds: 300,
            in_flight: 256,
        }
    }
}

impl ActorSettings {
    /// Threads for actors, with 0 resolved to one a core.
    pub fn arbiter_count(&self) -> usize {
        super::threads_or_cores(self.arbiters)
    }

    pub(super) fn check(&self, check: &mut Check) {
        check.within("actors.arbiters", self.arbiters, 0..=256);
        check.within("actors.mailbox", self.mailbox, 1..=1_000_000);
        check.within("actors.idle_seconds", self.idle_seconds, 1..=86_400);
        check.within("actors.in_flight", self.in_flight, 1..=65_536);
    }
}

/// `[log]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// `off`, `error`, `warn`, `info`, `debug` or `trace`, and finer by module: `info,quipu::chat=debug`.
    pub level: String,
    /// How a line looks.
    pub format: LogFormat,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

impl LogSettings {
    pub(super) fn check(&self, check: &mut Check) {
        if !self.level.split(',').all(is_level) {
            check.refuse(
                "log.level",
                "must be a level, or levels by module: info,quipu::chat=debug",
            );
        }
    }
}

/// True for `info` and `module::path=info`. Stricter than the filter that reads it later: that one takes any other
/// word for a module of which everything is wanted.
fn is_level(directive: &str) -> bool {
    let (module, level) = match directive.trim().split_once('=') {
        Some((module, level)) => (Some(module), level),
        None => (None, directive.trim()),
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b':';
    module.is_none_or(|m| !m.is_empty() && m.bytes().all(plain))
        && matches!(level, "off" | "error" | "warn" | "info" | "debug" | "trace")
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// `[client]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientSettings {
    /// The oldest web client that is accepted, `major.minor.patch`.
    pub min_web_version: Version,
    /// The oldest web client that may move money; one between the two reads and writes messages, and is told to update.
    /// At least `min_web_version`.
    pub min_pay_version: Version,
    /// The oldest protocol version that other clients may speak, 1 to 1,000.
    pub min_protocol: u32,
}

impl Default for ClientSettings {
    fn default() -> Self {
        let first = Version {
            major: 0,
            minor: 1,
            patch: 0,
        };
        Self {
            min_web_version: first,
            min_pay_version: first,
            min_protocol: 1,
        }
    }
}

impl ClientSettings {
    pub(super) fn check(&self, check: &mut Check) {
        check.within("client.min_protocol", self.min_protocol, 1..=1_000);
        if self.min_pay_version < self.min_web_version {
            let message = format!("is below client.min_web_version, {}", self.min_web_version);
            check.refuse("client.min_pay_version", message);
        }
    }
}

/// `major.minor.patch`, ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Changes when something is taken away.
    pub major: u32,
    /// Changes when something is added.
    pub minor: u32,
    /// Changes when something is mended.
    pub patch: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "expected major.minor.patch";
        let mut parts = text.split('.').map(|part| {
            let plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            if plain { part.parse::<u32>().ok() } else { None }
        });
        let mut next = || parts.next().flatten().ok_or(SHAPE);
        let version = Self {
            major: next()?,
            minor: next()?,
            patch: next()?,
        };
        if parts.next().is_some() {
            Err(SHAPE)
        } else {
            Ok(version)
        }
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// `[drain]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DrainSettings {
    /// How long a stop may take, in seconds, 1 to 600: what was accepted is committed, sockets are closed in batches.
    pub seconds: u64,
}

impl Default for DrainSettings {
    fn default() -> Self {
        Self { seconds: 30 }
    }
}

impl DrainSettings {
    pub(super) fn check(&self, check: &mut Check) {
        check.within("drain.seconds", self.seconds, 1..=600);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_words_of_the_list_alone_or_for_a_module() {
        for level in ["info", "off", "info,quipu::chat=debug", "warn, sqlx=error"] {
            assert!(level.split(',').all(is_level), "{level}");
        }
        for level in ["", "loud", "info,", "=info", "a b=info", "quipu=loud", "INFO"] {
            assert!(!level.split(',').all(is_level), "{level}");
        }
    }

    #[test]
    fn versions_are_three_plain_numbers_and_ordered_as_numbers() {
        let version = |text: &str| text.parse::<Version>();
        assert!(version("0.9.0").unwrap() < version("0.10.0").unwrap());
        assert_eq!(version("1.2.3").unwrap().to_string(), "1.2.3");
        for text in ["", "1", "1.2", "1.2.3.4", "1.2.x", "+1.2.3", "1..3", "1.2.99999999999"] {
            assert!(version(text).is_err(), "{text}");
        }
    }
}
