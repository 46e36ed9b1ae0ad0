//! The services of a node: database, lanes, actors, bus. A command of the operator uses the same ones without a server.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::Handle;

use super::attachments;
use super::bus::{Inbound, start_bus};
use super::search::open_index;
use crate::actor_directory::ArbiterPool;
use crate::chat::attachments::{AttachmentBatch, Attachments};
use crate::chat::log::Windows;
use crate::chat::search::{Feed, Search};
use crate::chat::{Chat, ChatBatch, ChatParts, ChatSettings, large_conversations};
use crate::clock::{Clock, GuardedClock};
use crate::cluster::{Bus, HintBatch, NodeBoot};
use crate::config::Settings;
use crate::db::{Db, Fault, Kind};
use crate::delivery::{Presence, Publisher, Router, UserLogBatch, Users};
use crate::group_commit::{Batch, Lane, LaneSettings};
use crate::identity::{Identity, IdentityError, Rules};
use crate::notify::{self, NotifierError, Outbox};
use crate::op_receipt::ReceiptBatch;
use crate::wallet::{
    self, Currencies, Currency, FeeRate, KeyError, LedgerBatch, LedgerKey, LimitTable, Limits, OpenError, Wallet,
    WalletError, WalletParts, WalletSettings,
};
use quipu_migration::{Migrator, MigratorTrait};

/// The file of the SQLite database in the data folder.
const DATABASE_FILE: &str = "quipu.db";

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("the data folder {0} cannot be used: {1}")]
    DataFolder(String, std::io::Error),
    /// The database does not open.
    #[error("the database does not open")]
    Database(#[from] Fault),
    /// There is no database in the data folder.
    #[error("there is no database in {}: start quipu there first, or name the folder with --data-dir", .0.display())]
    NoDatabase(PathBuf),
    /// A migration failed.
    #[error("the database could not be brought up to date: {0}")]
    Migration(String),
    /// There is no key for the ledger.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The ledger does not open.
    #[error(transparent)]
    Ledger(#[from] OpenError),
    /// A currency of the settings is not known.
    #[error("wallet.currencies, wallet.default_currency or wallet.limits: {0}")]
    Currencies(WalletError),
    /// Mail cannot be sent.
    #[error("mail")]
    Mail(#[from] NotifierError),
    /// Identity does not start.
    #[error("identity")]
    Identity(#[from] IdentityError),
    /// The address of Redis.
    #[error("redis.url")]
    Redis(#[from] crate::cluster::InvalidRedisUrl),
}

/// Everything that a node does, without the edge.
#[derive(Clone)]
pub struct Services {
    /// What was set.
    pub settings: Arc<Settings>,
    /// Time.
    pub clock: Arc<GuardedClock>,
    /// The database.
    pub db: Db,
    /// People.
    pub identity: Identity,
    /// Mail that waits.
    pub mail: Outbox,
    /// The users that are online here.
    pub users: Users,
    /// Conversations.
    pub chat: Chat,
    /// What people attach to messages.
    pub attachments: Attachments,
    /// What was said, found again.
    pub search: Search,
    /// Money.
    pub wallet: Wallet,
    /// The way to other nodes.
    pub bus: Arc<dyn Bus>,
    /// The same, for what this node made.
    pub publisher: Publisher,
    /// The key that signs the ledger.
    pub ledger_key: LedgerKey,
}

/// Opens the database of the settings and brings it up to date.
///
/// # Errors
/// [`StartError`].
pub async fn open_database(settings: &Settings, runtime: &Handle) -> Result<Db, StartError> {
    let db = match &settings.database.url {
        Some(url) => open_postgres(settings, url, runtime).await?,
        None => {
            let file = database_file(settings);
            Db::open_sqlite(&file, settings.database.read_connections, runtime.clone()).await?
        }
    };
    // Several nodes may start at once on one fresh database.
    let alone = db.lock_schema().await?;
    let done = Migrator::up(db.writer(), None).await;
    drop(alone);
    done.map_err(|error| StartError::Migration(of_another_version(&error.to_string())))?;
    Ok(db)
}

/// What the migrations said, and what it means when the database has steps that are not known here.
fn of_another_version(said: &str) -> String {
    if said.contains("has been applied but its file is missing") {
        return format!("it was made by another version of quipu, whose steps this one does not know ({said})");
    }
    said.to_owned()
}

/// Opens the database of the settings as it is; makes nothing.
///
/// # Errors
/// [`StartError`].
pub async fn open_database_unchanged(settings: &Settings, runtime: &Handle) -> Result<Db, StartError> {
    Ok(match &settings.database.url {
        Some(url) => open_postgres(settings, url, runtime).await?,
        None => {
            has_database(settings)?;
            let file = database_file(settings);
            Db::open_sqlite(&file, settings.database.read_connections, runtime.clone()).await?
        }
    })
}

/// The file of the SQLite database.
#[must_use]
pub fn database_file(settings: &Settings) -> PathBuf {
    settings.data.dir.join(DATABASE_FILE)
}

/// Whether there is a database to open.
///
/// # Errors
/// [`StartError::NoDatabase`] when there is no file in the data folder. PostgreSQL answers for itself.
pub fn has_database(settings: &Settings) -> Result<(), StartError> {
    let folder = &settings.data.dir;
    if settings.is_postgres() || database_file(settings).is_file() {
        return Ok(());
    }
    Err(StartError::NoDatabase(
        std::path::absolute(folder).unwrap_or_else(|_| folder.clone()),
    ))
}

async fn open_postgres(settings: &Settings, url: &SecretString, runtime: &Handle) -> Result<Db, Fault> {
    let (writers, readers) = (settings.database.write_connections, settings.database.read_connections);
    Db::open_postgres(url.expose_secret(), writers, readers, runtime.clone()).await
}

/// The key that signs the ledger: the one that is set, or that of the file.
///
/// # Errors
/// [`KeyError`].
pub fn ledger_key(settings: &Settings) -> Result<LedgerKey, KeyError> {
    match &settings.ledger.signing_key {
        Some(key) => LedgerKey::from_hex(key.expose_secret()),
        None => LedgerKey::from_file(&settings.signing_key_file()),
    }
}

/// The same key if there is one; makes none.
///
/// # Errors
/// [`KeyError`].
pub fn present_ledger_key(settings: &Settings) -> Result<Option<LedgerKey>, KeyError> {
    if settings.ledger.signing_key.is_none() && !settings.signing_key_file().exists() {
        return Ok(None);
    }
    ledger_key(settings).map(Some)
}

/// How the schema of a database stands to the one that this version makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// It is the same.
    Current,
    /// Migrations are still to come.
    Older,
    /// This version does not know the migration of that name.
    Newer(String),
    /// It was not made by Quipu.
    Foreign,
}

/// What schema a database has; changes nothing.
///
/// # Errors
/// What the database said.
pub async fn schema_of(db: &Db) -> Result<Schema, Fault> {
    let known: Vec<_> = Migrator::migrations()
        .iter()
        .map(|step| step.name().to_owned())
        .collect();
    let applied = db.migrations().await?;
    if applied.first().is_none_or(|first| known.first() != Some(first)) {
        return Ok(Schema::Foreign);
    }
    if let Some(unknown) = applied.iter().find(|name| !known.contains(name)) {
        return Ok(Schema::Newer(unknown.clone()));
    }
    let all = applied.len() == known.len();
    Ok(if all { Schema::Current } else { Schema::Older })
}

/// Makes the data folder, for its owner alone.
///
/// # Errors
/// [`StartError::DataFolder`].
pub fn make_data_folder(settings: &Settings) -> Result<(), StartError> {
    use std::os::unix::fs::DirBuilderExt;
    let folder = &settings.data.dir;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| StartError::DataFolder(folder.display().to_string(), error))
}

impl Services {
    /// Opens everything. A system of actix must be running; `origin` is where the links of mails lead.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(settings: Arc<Settings>, runtime: &Handle, origin: String) -> Result<Self, StartError> {
        make_data_folder(&settings)?;
        let guarded = Arc::new(GuardedClock::system());
        let clock: Arc<dyn Clock> = guarded.clone();
        let db = on(runtime, {
            let (settings, runtime) = (settings.clone(), runtime.clone());
            async move { open_database(&settings, &runtime).await }
        })
        .await?;
        let ledger_key = ledger_key(&settings)?;
        let head = on(runtime, {
            let (db, key, now) = (db.clone(), ledger_key.clone(), clock.now());
            async move { Ok(wallet::open_ledger(&db, &key, now).await?) }
        })
        .await?;
        guarded.not_before(head.last_at);
        let mail = {
            // The outbox starts its loop on the runtime that it finds.
            let _entered = runtime.enter();
            Outbox::start(db.clone(), clock.clone(), notify::from_settings(&settings)?)
        };
        let rules = Rules::new(&settings, origin);
        let identity = Identity::new(rules, db.clone(), mail.clone(), clock.clone())?;
        let (inbound, boot) = (Inbound::default(), NodeBoot::fresh());
        let bus = start_bus(&settings, &db, boot, &inbound)?;
        let publisher = Publisher::new(bus.clone(), boot);
        let index = on(runtime, {
            let (settings, db, runtime) = (settings.clone(), db.clone(), runtime.clone());
            async move { Ok(open_index(&settings, &db, &runtime).await?) }
        })
        .await?;
        let feed = Arc::new(Feed::default());
        let (users, chat, wallet) = actors(
            &settings,
            &db,
            &identity,
            &clock,
            &ledger_key,
            publisher.clone(),
            feed.clone(),
        )?;
        let search = Search::start(db.clone(), index, feed);
        let attachments = attachments::open(&settings, &db, &clock);
        inbound.connect(users.clone(), chat.clone(), wallet.clone());
        Ok(Self {
            settings,
            clock: guarded,
            db,
            identity,
            mail,
            users,
            chat,
            attachments,
            search,
            wallet,
            bus,
            publisher,
            ledger_key,
        })
    }

    /// Waits until everything that was taken is committed, and closes the database.
    pub async fn close(&self) {
        self.chat.flush().await;
        self.wallet.flush().await;
        self.search.stop().await;
        self.mail.stop().await;
        if let Err(error) = self.users.presence().leave().await {
            tracing::warn!(%error, "who was online here could not be taken back; it ends by itself");
        }
        self.db.close().await;
    }
}

/// Does something on the database's runtime.
async fn on<T: Send + 'static>(
    runtime: &Handle,
    work: impl Future<Output = Result<T, StartError>> + Send + 'static,
) -> Result<T, StartError> {
    match runtime.spawn(work).await {
        Ok(result) => result,
        Err(error) => Err(Fault::Other(format!("a task of the start ended: {error}")).into()),
    }
}

/// What people may send, by currency.
fn limits(settings: &Settings) -> Result<LimitTable, WalletError> {
    let mut table = Vec::new();
    for (code, limits) in &settings.wallet.limits {
        let currency = Currency::of(code)?;
        let minor = |text: &Option<String>| text.as_deref().map(|text| currency.parse(text)).transpose();
        let limits = Limits {
            single: minor(&limits.single)?,
            day: minor(&limits.day)?,
            year: minor(&limits.year)?,
        };
        table.push((currency, limits));
    }
    Ok(LimitTable::of(table))
}

/// The lanes: on SQLite one for everything, since there is one writer; on PostgreSQL one for the ledger and several
/// for chat. Every lane has all slices, in the order of the locks.
fn lanes(
    settings: &Settings,
    db: &Db,
    clock: &Arc<dyn Clock>,
    key: &LedgerKey,
    limits: LimitTable,
) -> (Lane, Arc<[Lane]>) {
    let kind = db.kind();
    let slices: Arc<[Box<dyn Batch>]> = Arc::new([
        Box::new(LedgerBatch::new(kind, key.clone(), limits)),
        Box::new(ChatBatch::new(kind)),
        Box::new(UserLogBatch::new(kind)),
        Box::new(AttachmentBatch::new(kind)),
        Box::new(ReceiptBatch::new(kind)),
        Box::new(HintBatch::new(kind)),
    ]);
    let commit = &settings.commit;
    let how = LaneSettings {
        queue: commit.queue,
        batch: commit.batch,
        retries: commit.retries,
    };
    let start = |name| Lane::start(name, how, db.clone(), clock.clone(), slices.clone());
    match kind {
        Kind::Sqlite => {
            let only = start("all");
            (only.clone(), Arc::new([only]))
        }
        Kind::Postgres => (
            start("ledger"),
            (0..commit.chat_lanes.max(1)).map(|_| start("chat")).collect(),
        ),
    }
}

/// How chat behaves.
fn chat_settings(settings: &Settings) -> ChatSettings {
    let limits = &settings.limits;
    ChatSettings {
        mailbox: settings.actors.mailbox,
        in_flight: settings.actors.in_flight,
        idle: Duration::from_secs(settings.actors.idle_seconds),
        group_members: limits.group_members,
        receipt_members: limits.receipt_members,
        head_mode_members: limits.head_mode_members,
        windows: Windows {
            edit: i64::from(limits.edit_seconds) * 1_000_000,
            recall: i64::from(limits.recall_seconds) * 1_000_000,
        },
    }
}

fn actors(
    settings: &Settings,
    db: &Db,
    identity: &Identity,
    clock: &Arc<dyn Clock>,
    key: &LedgerKey,
    publisher: Publisher,
    feed: Arc<Feed>,
) -> Result<(Users, Chat, Wallet), StartError> {
    let limits = limits(settings).map_err(StartError::Currencies)?;
    let (ledger_lane, chat_lanes) = lanes(settings, db, clock, key, limits);
    let currencies = Currencies::of(&settings.wallet.currencies, &settings.wallet.default_currency);
    let currencies = currencies.map_err(StartError::Currencies)?;
    let arbiters = ArbiterPool::start(settings.actors.arbiter_count());
    let router = Arc::new(Router::default());
    let (mailbox, in_flight) = (settings.actors.mailbox, settings.actors.in_flight);
    let idle = Duration::from_secs(settings.actors.idle_seconds);
    let most = usize::try_from(settings.limits.connections_per_user).unwrap_or(usize::MAX);
    let presence = Presence::new(db.clone(), clock.clone(), router.clone(), publisher.clone());
    let users = Users::new(
        arbiters.clone(),
        mailbox,
        most,
        presence,
        publisher.bus().clone(),
        db.clone(),
        large_conversations,
    );
    let chat_parts = ChatParts {
        db: db.clone(),
        lanes: chat_lanes,
        users: users.clone(),
        publisher: publisher.clone(),
        feed,
        arbiters: arbiters.clone(),
        clock: clock.clone(),
    };
    let chat = Chat::new(chat_parts, chat_settings(settings));
    let note_chars = settings.limits.note_chars;
    let wallet_settings = WalletSettings {
        mailbox,
        in_flight,
        idle,
        currencies,
        note_chars,
        fee: FeeRate::of_basis_points(settings.wallet.fee_basis_points),
    };
    let parts = WalletParts {
        db: db.clone(),
        identity: identity.clone(),
        lane: ledger_lane,
        chat: chat.clone(),
        router,
        publisher,
        arbiters,
    };
    let wallet = Wallet::new(parts, wallet_settings);
    Ok((users, chat, wallet))
}
