//! The services of a node: database, lanes, actors, bus. A command of the operator uses the same ones without a server.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::runtime::Handle;

use super::actors::Ground;
use super::attachments;
use super::bus::{Inbound, start_bus};
use super::search::open_index;
use super::storage::{ledger_key, make_data_folder, open_database, present_vault_key, vault_key};
use crate::chat::Chat;
use crate::chat::attachments::Attachments;
use crate::chat::search::{Feed, Search};
use crate::clock::{Clock, GuardedClock};
use crate::cluster::{Bus, NodeBoot};
use crate::config::Settings;
use crate::db::{Db, Fault};
use crate::delivery::{Publisher, Users};
use crate::identity::{Identity, IdentityError, Keys, Rules};
use crate::notify::{self, NotifierError, Outbox};
use crate::vault::{MasterKeyError, Vault, VaultError};
use crate::wallet::funding::Mails;
use crate::wallet::{
    self, Budgets, FundingTimes, Funds, KeyError, LedgerKey, OpenError, ReceiptMail, Sandbox, Wallet, WalletError,
};

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
    /// There is no key for what is secret at rest.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// What is secret at rest cannot be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The ledger does not open.
    #[error(transparent)]
    Ledger(#[from] OpenError),
    /// A currency of the settings is not known.
    #[error("wallet.currencies, wallet.default_currency, wallet.limits or wallet.accept_first_above: {0}")]
    Currencies(WalletError),
    /// Mail cannot be sent.
    #[error("mail")]
    Mail(#[from] NotifierError),
    /// Identity does not start.
    #[error("identity")]
    Identity(#[from] IdentityError),
    /// The system has no thread for a lane.
    #[error("a lane of commits has no thread: {0}")]
    Thread(std::io::Error),
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
    /// What people mean to spend.
    pub budgets: Budgets,
    /// What comes in and goes out.
    pub funds: Funds,
    /// The way to other nodes.
    pub bus: Arc<dyn Bus>,
    /// The same, for what this node made.
    pub publisher: Publisher,
    /// The key that signs the ledger.
    pub ledger_key: LedgerKey,
    /// Where the links of mails lead.
    pub origin: String,
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
        let rules = Rules::new(&settings, origin.clone());
        let (vault, keys) = on(runtime, open_vault(settings.clone(), db.clone(), clock.clone())).await?;
        let identity = Identity::new(rules, keys, db.clone(), mail.clone(), clock.clone())?;
        let (inbound, boot) = (Inbound::default(), NodeBoot::fresh());
        let bus = start_bus(&settings, &db, boot, &inbound)?;
        let publisher = Publisher::new(bus.clone(), boot);
        let index = on(runtime, {
            let (settings, db, runtime) = (settings.clone(), db.clone(), runtime.clone());
            async move { Ok(open_index(&settings, &db, &runtime).await?) }
        })
        .await?;
        let feed = Arc::new(Feed::default());
        let ground = Ground {
            settings: settings.clone(),
            db: db.clone(),
            identity: identity.clone(),
            clock: clock.clone(),
            ledger_key: ledger_key.clone(),
            publisher: publisher.clone(),
            feed: feed.clone(),
        };
        let (users, chat, wallet) = ground.actors()?;
        let budgets = wallet.start_budgets(clock.clone());
        let mails = Mails::new(&identity, &mail, &origin);
        let funds = on(runtime, open_funds(&settings, &wallet, mails, vault, (&db, &clock))).await?;
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
            budgets,
            funds,
            bus,
            publisher,
            ledger_key,
            origin,
        })
    }

    /// What queues receipts as mails.
    #[must_use]
    pub fn receipt_mail(&self) -> ReceiptMail {
        let (db, identity, mail) = (self.db.clone(), self.identity.clone(), self.mail.clone());
        ReceiptMail::new(db, identity, mail, self.clock.clone(), self.origin.clone())
    }

    /// Waits until everything that was taken is committed, and closes the database.
    pub async fn close(&self) {
        self.chat.flush().await;
        self.wallet.flush().await;
        self.budgets.stop();
        self.search.stop().await;
        self.mail.stop().await;
        if let Err(error) = self.users.presence().leave().await {
            tracing::warn!(%error, "who was online here could not be taken back; it ends by itself");
        }
        self.db.close().await;
    }
}

/// The keys of the vault. No master key is made where another one was at work.
async fn open_vault(settings: Arc<Settings>, db: Db, clock: Arc<dyn Clock>) -> Result<(Vault, Keys), StartError> {
    let master = match (present_vault_key(&settings)?, Vault::wrapped_by(&db).await?) {
        (Some(master), _) => master,
        (None, None) => vault_key(&settings)?,
        (None, Some(other)) => return Err(VaultError::OtherMaster(other).into()),
    };
    let vault = Vault::new(db, master, clock);
    let keys = Keys::of(&vault).await?;
    Ok((vault, keys))
}

/// What comes in and goes out, through the sandbox.
fn open_funds(
    settings: &Settings,
    wallet: &Wallet,
    mails: Mails,
    vault: Vault,
    (db, clock): (&Db, &Arc<dyn Clock>),
) -> impl Future<Output = Result<Funds, StartError>> + Send + use<> {
    let (set, second) = (&settings.funding, 1_000_000);
    let times = FundingTimes {
        cooling_off: i64::from(set.cooling_off_seconds) * second,
        poll: i64::from(set.poll_seconds) * second,
        poll_most: i64::from(set.poll_most_seconds) * second,
        review: i64::from(set.review_seconds) * second,
    };
    let sandbox = Sandbox::new(db.clone(), clock.clone(), i64::from(set.sandbox_seconds) * second);
    let (wallet, clock) = (wallet.clone(), clock.clone());
    async move { Ok(Funds::open(wallet, vault, sandbox, clock, (times, mails)).await?) }
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
