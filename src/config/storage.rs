//! `[data]`, `[database]`, `[redis]`, `[commit]`, `[cluster]`: where things are kept and how nodes meet.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::check::{Check, optional_secret};

/// `[data]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataSettings {
    /// The folder of the SQLite database, the ledger's key, mail without SMTP and the owner's socket. Made at start,
    /// readable by its owner only. A relative path starts at the working folder.
    pub dir: PathBuf,
}

impl Default for DataSettings {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("data"),
        }
    }
}

impl DataSettings {
    pub(super) fn check(&self, check: &mut Check) {
        if self.dir.as_os_str().is_empty() {
            check.refuse("data.dir", "must not be empty");
        }
    }
}

/// `[database]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `postgres://user:password@host:port/name`; absent: SQLite in the data folder.
    #[serde(deserialize_with = "optional_secret")]
    pub url: Option<SecretString>,
    /// Connections that only read, 1 to 256.
    pub read_connections: u32,
    /// Connections that write, 1 to 256. PostgreSQL only: SQLite has one writer.
    pub write_connections: u32,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: None,
            read_connections: 4,
            write_connections: 8,
        }
    }
}

impl DatabaseSettings {
    pub(super) fn check(&self, check: &mut Check) {
        check.within("database.read_connections", self.read_connections, 1..=256);
        check.within("database.write_connections", self.write_connections, 1..=256);
        check.url("database.url", self.url.as_ref(), &["postgres", "postgresql"]);
    }
}

/// `[redis]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedisSettings {
    /// `redis://host:port` or `rediss://…`; absent: one node. Needs PostgreSQL.
    #[serde(deserialize_with = "optional_secret")]
    pub url: Option<SecretString>,
}

impl RedisSettings {
    pub(super) fn check(&self, check: &mut Check) {
        check.url("redis.url", self.url.as_ref(), &["redis", "rediss"]);
    }
}

/// `[commit]`: many callers, one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CommitSettings {
    /// Operations that may wait for a lane, 1 to 1,000,000; beyond it the answer is `busy`.
    pub queue: usize,
    /// Operations in one transaction at most, 1 to 8,192.
    pub batch: usize,
    /// Lanes for chat, by conversation, 1 to 64. PostgreSQL only: SQLite has one lane for everything.
    pub chat_lanes: usize,
    /// How often a batch is tried again after a deadlock or a lock time-out, 0 to 100.
    pub retries: u32,
}

impl Default for CommitSettings {
    fn default() -> Self {
        Self {
            queue: 8_192,
            batch: 512,
            chat_lanes: 2,
            retries: 5,
        }
    }
}

impl CommitSettings {
    pub(super) fn check(&self, check: &mut Check) {
        check.within("commit.queue", self.queue, 1..=1_000_000);
        check.within("commit.batch", self.batch, 1..=8_192);
        check.within("commit.chat_lanes", self.chat_lanes, 1..=64);
        check.within("commit.retries", self.retries, 0..=100);
    }
}

/// `[cluster]`: several nodes on one PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterSettings {
    /// How often a node looks for commits of others that the bus did not tell it, in milliseconds, 100 to 60,000.
    pub hint_poll_ms: u64,
    /// How long such hints are kept, in minutes, 1 to 1,440. A node away for longer reads everything anew.
    pub hint_keep_minutes: u64,
    /// This node's name in logs and metrics, up to 64 of `a-z A-Z 0-9 . _ -`; absent: the machine's name.
    pub node_name: Option<String>,
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self {
            hint_poll_ms: 2_000,
            hint_keep_minutes: 15,
            node_name: None,
        }
    }
}

impl ClusterSettings {
    pub(super) fn check(&self, check: &mut Check) {
        check.within("cluster.hint_poll_ms", self.hint_poll_ms, 100..=60_000);
        check.within("cluster.hint_keep_minutes", self.hint_keep_minutes, 1..=1_440);
        if let Some(name) = &self.node_name {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
            if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
                check.refuse("cluster.node_name", "must be 1 to 64 of a-z A-Z 0-9 . _ -");
            }
        }
    }
}

/// True when the text begins with one of the schemes and names a host behind it.
pub(super) fn has_scheme(url: &SecretString, schemes: &[&str]) -> bool {
    url.expose_secret().split_once("://").is_some_and(|(scheme, rest)| {
        schemes.contains(&scheme) && !rest.is_empty() && !rest.contains(char::is_whitespace)
    })
}
