//! Settings: what an operator can choose, one struct a section.
//!
//! Layers, each over the one before: the defaults written here, the file (`config.toml`), the environment
//! (`QUIPU__SECTION__KEY`), the command line. A key that is not known or cannot be read is refused with its name
//! and its place; so is a combination that cannot work. All faults are told at once, and no message holds a secret.

mod attachments;
mod check;
mod flows;
mod funding;
mod identity;
mod layers;
mod limits;
mod network;
mod operation;
mod storage;
mod vault;
mod wallet;

use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use attachments::AttachmentSettings;
pub use check::{Fault, Place, SettingsError};
pub use flows::FlowSettings;
pub use funding::FundingSettings;
pub use identity::{EmailVerification, IdentitySettings, MailSettings, VerifyEmail};
pub use layers::Overrides;
pub use limits::{LimitSettings, Rate};
pub use network::{HttpSettings, Network, PublicUrl, TlsFiles, TlsMode};
pub use operation::{ActorSettings, ClientSettings, DrainSettings, LogFormat, LogSettings, Version};
pub use storage::{ClusterSettings, CommitSettings, DataSettings, DatabaseSettings, RedisSettings};
pub use vault::VaultSettings;
pub use wallet::{LedgerSettings, PaymentLimits, WalletSettings};

/// Everything that can be set, validated. Made by [`Settings::load`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where the server listens and how it is reached.
    pub http: HttpSettings,
    /// The folder of everything that is kept in files.
    pub data: DataSettings,
    /// Which database, and how many connections to it.
    pub database: DatabaseSettings,
    /// The bus between nodes.
    pub redis: RedisSettings,
    /// Accounts of people, sessions, passwords.
    pub identity: IdentitySettings,
    /// Outgoing e-mail.
    pub mail: MailSettings,
    /// Every rate, size and time that bounds a client.
    pub limits: LimitSettings,
    /// What people attach to messages.
    pub attachments: AttachmentSettings,
    /// The actors and their mailboxes.
    pub actors: ActorSettings,
    /// Group commit.
    pub commit: CommitSettings,
    /// Several nodes on one database.
    pub cluster: ClusterSettings,
    /// Currencies.
    pub wallet: WalletSettings,
    /// How long flows last.
    pub flows: FlowSettings,
    /// How money comes in and goes out.
    pub funding: FundingSettings,
    /// The key that signs the ledger's head.
    pub ledger: LedgerSettings,
    /// The key of what is secret at rest.
    pub vault: VaultSettings,
    /// What is logged, and how.
    pub log: LogSettings,
    /// Which clients are new enough.
    pub client: ClientSettings,
    /// Stopping.
    pub drain: DrainSettings,
    /// What this start was asked for; the command line alone sets it.
    #[serde(skip)]
    pub mode: Mode,
}

/// What one start was asked for on its command line. Neither file nor environment can set it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mode {
    /// Two people with play money, signed in by one click. Loopback only.
    pub demo: bool,
    /// Every rate limit is off.
    pub load_test: bool,
    /// A load test may listen beyond loopback.
    pub allow_remote: bool,
}

impl Settings {
    /// Reads all layers. `file` is what `--config` named; without it `config.toml` in the working folder is read if
    /// it is there.
    pub fn load(file: Option<&Path>, overrides: &Overrides) -> Result<Self, SettingsError> {
        let text = layers::read_file(file)?;
        let environment = layers::read_environment(std::env::vars_os())?;
        let file = text.as_ref().map(|(path, text)| (path.as_str(), text.as_str()));
        Self::from_layers(file, &environment, overrides)
    }

    /// The same from given layers, without touching the machine: the file as (name, text), the environment as
    /// (variable, value).
    pub fn from_layers(
        file: Option<(&str, &str)>,
        environment: &[(String, String)],
        overrides: &Overrides,
    ) -> Result<Self, SettingsError> {
        layers::merge(file, environment, overrides)
    }

    /// With every rate limit off, for `serve --load-test`. Sizes and times keep their bounds.
    pub fn load_test(mut self) -> Self {
        self.mode.load_test = true;
        self.limits.lift_rates();
        self.attachments.lift_rates();
        self
    }

    /// True when `database.url` names a PostgreSQL; otherwise the database is SQLite in the data folder.
    pub fn is_postgres(&self) -> bool {
        self.database.url.is_some()
    }

    /// Whether whoever pays confirms it by their PIN: as it is set, else unless this start is a demonstration or a load
    /// test, whose people have none.
    pub fn requires_pin(&self) -> bool {
        let Mode { demo, load_test, .. } = self.mode;
        self.wallet.require_pin.unwrap_or(!demo && !load_test)
    }

    /// When an e-mail address must be verified, with `auto` resolved: before the first payment once mail is really
    /// sent, never while it only goes to a folder.
    pub fn email_verification(&self) -> EmailVerification {
        match self.identity.verify_email {
            VerifyEmail::Auto if self.mail.smtp_url.is_some() => EmailVerification::BeforePayment,
            VerifyEmail::Auto | VerifyEmail::Never => EmailVerification::Never,
            VerifyEmail::BeforePayment => EmailVerification::BeforePayment,
            VerifyEmail::BeforeSignIn => EmailVerification::BeforeSignIn,
        }
    }

    /// The folder into which mail is written while no SMTP server is set: `mail.folder`, or `mail` in the data folder.
    pub fn mail_folder(&self) -> PathBuf {
        self.mail.folder.clone().unwrap_or_else(|| self.data.dir.join("mail"))
    }

    /// The folder of what people attached: `attachments.folder`, or `attachments` in the data folder.
    pub fn attachments_folder(&self) -> PathBuf {
        let folder = self.attachments.folder.clone();
        folder.unwrap_or_else(|| self.data.dir.join("attachments"))
    }

    /// The file of the ledger's signing key: `ledger.signing_key_file`, or `ledger.key` in the data folder.
    pub fn signing_key_file(&self) -> PathBuf {
        self.ledger
            .signing_key_file
            .clone()
            .unwrap_or_else(|| self.data.dir.join("ledger.key"))
    }

    /// The file of the vault's key: `vault.key_file`, or `vault.key` in the data folder.
    pub fn vault_key_file(&self) -> PathBuf {
        let file = self.vault.key_file.clone();
        file.unwrap_or_else(|| self.data.dir.join("vault.key"))
    }
}

/// How many threads a setting asks for when `0` stands for one a core.
pub(crate) fn threads_or_cores(threads: usize) -> usize {
    match threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        n => n,
    }
}

#[cfg(test)]
mod tests;
