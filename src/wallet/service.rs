//! The door of the wallet: what the gateway and the operator may ask.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::account::Account;
use super::actor::{Accounts, Shared, WalletActor, announce_moved};
use super::commands::{AnnounceMovement, HintAccount, PayFrom};
use super::keys::LedgerKey;
use super::money::{Currencies, Currency, Money};
use super::operations::{Decision, FindTransfer, Fund};
use super::store;
use super::transfer::{Instruction, Transfer};
use super::{HistoryPage, WalletError};
use crate::actor_directory::{ArbiterPool, Directory};
use crate::chat::Chat;
use crate::cluster::Envelope;
use crate::db::{Db, Fault};
use crate::delivery::{EncodedEvent, Publisher, Router};
use crate::group_commit::Lane;
use crate::ids::{AccountId, ClientId, UserId};
use crate::reply::Reply;

/// How the wallet behaves on this node.
#[derive(Debug, Clone)]
pub struct WalletSettings {
    /// Messages in an account actor's mailbox at most.
    pub mailbox: usize,
    /// Payments of one account in the lane at once, at most.
    pub in_flight: usize,
    /// How long an unused account keeps its actor.
    pub idle: Duration,
    /// What is offered.
    pub currencies: Currencies,
    /// Characters of a note at most.
    pub note_chars: usize,
}

/// How a payment with a given id ended.
#[derive(Debug, Clone)]
pub enum TransferFound {
    /// It was posted.
    Posted(Box<Transfer>),
    /// It was refused for good.
    Refused(WalletError),
}

/// The wallet on this node. Clones share everything.
#[derive(Clone)]
pub struct Wallet {
    db: Db,
    shared: Shared,
    directory: Accounts,
    settings: Arc<WalletSettings>,
}

/// Why the ledger cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The ledger is signed with another key.
    #[error("the ledger is signed with the key {ledger}, this node has {node}: give it the ledger's own key")]
    AnotherKey {
        /// The key of the ledger's head.
        ledger: String,
        /// The key of this node.
        node: String,
    },
    /// The database could not be read.
    #[error(transparent)]
    Unread(#[from] Fault),
}

/// Makes the ledger's head when there is none, and refuses a key that is not the ledger's.
///
/// # Errors
/// [`OpenError`].
pub async fn open_ledger(db: &Db, key: &LedgerKey) -> Result<(), OpenError> {
    let head = store::ensure_head(db, key.id()).await?;
    if head.key_id == key.id() {
        Ok(())
    } else {
        Err(OpenError::AnotherKey {
            ledger: head.key_id,
            node: key.id().to_owned(),
        })
    }
}

impl Wallet {
    /// The wallet over the ledger's lane.
    #[must_use]
    pub fn new(
        db: Db,
        lane: Lane,
        chat: Chat,
        router: Arc<Router>,
        publisher: Publisher,
        arbiters: ArbiterPool,
        settings: WalletSettings,
    ) -> Self {
        let (in_flight, idle) = (settings.in_flight, settings.idle);
        let shared = Shared {
            lane,
            chat,
            router,
            publisher,
            in_flight,
            idle,
        };
        let own = shared.clone();
        let directory = Directory::new("wallet", arbiters, settings.mailbox, move |id: AccountId, directory| {
            WalletActor::new(id, own.clone(), directory)
        });
        Self {
            db,
            shared,
            directory,
            settings: Arc::new(settings),
        }
    }

    /// What is offered.
    #[must_use]
    pub fn currencies(&self) -> &Currencies {
        &self.settings.currencies
    }

    /// Characters of a note at most.
    #[must_use]
    pub fn note_chars(&self) -> usize {
        self.settings.note_chars
    }

    /// Pays. Payments from one account keep their order.
    pub fn pay(&self, instruction: Instruction, reply: Reply<Result<(Transfer, bool), WalletError>>) {
        if instruction.from.id == instruction.to.id {
            return reply.send(Err(WalletError::SelfTransfer));
        }
        if let Err(full) = self
            .directory
            .send(instruction.debit().id(), PayFrom { instruction, reply })
        {
            full.0.reply.send(Err(WalletError::Busy));
        }
    }

    /// Gives a person play money from the sandbox. The account's new state is the answer.
    ///
    /// # Errors
    /// [`WalletError::BalanceLimit`], or when the batch failed.
    pub async fn fund(&self, client_id: ClientId, to: UserId, money: Money) -> Result<Transfer, WalletError> {
        match self.shared.lane.ask(Fund { client_id, to, money }).await?? {
            Decision::Posted(moved) => {
                announce_moved(&self.shared, &self.directory, &moved, &HashMap::new());
                Ok(moved.transfer)
            }
            Decision::Repeated(transfer) => Ok(*transfer),
        }
    }

    /// A person's accounts.
    ///
    /// # Errors
    /// When the database could not tell.
    pub async fn accounts(&self, owner: UserId) -> Result<Vec<Account>, WalletError> {
        Ok(store::accounts_of(&self.db, owner).await?)
    }

    /// One of a person's accounts by its id; somebody else's is not there.
    ///
    /// # Errors
    /// When the database could not tell.
    pub async fn account(&self, owner: UserId, id: AccountId) -> Result<Option<Account>, WalletError> {
        Ok(self.accounts(owner).await?.into_iter().find(|account| account.id == id))
    }

    /// A page of a person's movements in a currency, newest first; `cursor` is the `next` of the page before.
    ///
    /// # Errors
    /// When the database could not tell.
    pub async fn history(
        &self,
        owner: UserId,
        currency: Currency,
        cursor: Option<i64>,
        limit: u64,
    ) -> Result<HistoryPage, WalletError> {
        let accounts = self.accounts(owner).await?;
        let Some(account) = accounts.into_iter().find(|account| account.key.currency == currency) else {
            return Ok(HistoryPage::default());
        };
        let from = cursor.unwrap_or(account.last_seq).min(account.last_seq);
        let (rows, next) = store::history(&self.db, &account, from, limit).await?;
        let rows = rows.into_iter().map(|row| (row.transfer, row.other)).collect();
        Ok(HistoryPage {
            account: Some(account),
            rows,
            next,
        })
    }

    /// How a payment with an id of the caller's ended.
    ///
    /// # Errors
    /// [`WalletError::TransferNotFound`] when nothing was posted and nothing refused for good with this id.
    pub async fn status(&self, client_id: ClientId, actor: UserId) -> Result<TransferFound, WalletError> {
        self.shared.lane.ask(FindTransfer { client_id, actor }).await?
    }

    /// Takes an event of another node about an account of `owner`.
    pub fn hear(&self, account: AccountId, owner: UserId, envelope: Envelope) {
        let event = EncodedEvent::new(envelope.log, envelope.prev, envelope.rev, envelope.payload);
        // A full mailbox makes a hole, which the next event shows.
        let _ = self.directory.send(account, AnnounceMovement { owner, event });
    }

    /// Learns that an account has reached `rev`. When it is not active here, its owner may still be online here.
    pub fn hint(&self, account: AccountId, rev: i64) {
        if self.directory.send_if_live(account, HintAccount { owner: None, rev }) {
            return;
        }
        let wallet = self.clone();
        self.db.runtime().spawn(async move {
            match store::owner_of(&wallet.db, account).await {
                Ok(Some(owner)) if wallet.shared.router.is_online(owner) => {
                    let _ = wallet.directory.send(
                        account,
                        HintAccount {
                            owner: Some(owner),
                            rev,
                        },
                    );
                }
                Ok(_) => {}
                // The next event shows the same position again.
                Err(error) => tracing::warn!(%account, %error, "the owner of an account could not be read"),
            }
        });
    }

    /// Waits until everything that was paid before is committed.
    pub async fn flush(&self) {
        self.shared.lane.flush().await;
    }
}
