//! The door of the wallet: what the gateway and the operator may ask.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::account::{Account, AccountKey, AccountKind, AccountRef, Spent};
use super::actor::{Accounts, Shared, WalletActor, announce_moved};
use super::commands::{AnnounceMovement, HintAccount, PayFrom, TransferAnswer};
use super::fee::FeeRate;
use super::flows::Timers;
use super::ledger::{Change, HoldTerms, Leg, LimitTable, Limits, PlacedLeg};
use super::money::{Currencies, Currency, Money};
use super::operations::{Act, Decision, ExpireHolds, FindTransfer, Instruct, Moved};
use super::transfer::{Instruction, Paid, Purpose, Transfer, TransferId};
use super::{AcceptAbove, Budgets, Conditions, HistoryPage, WalletError};
use super::{statement, store};
use crate::actor_directory::{ArbiterPool, Directory};
use crate::chat::Chat;
use crate::clock::{Clock, Micros};
use crate::cluster::Envelope;
use crate::db::Db;
use crate::delivery::{EncodedEvent, Publisher, Router};
use crate::group_commit::{Failure, Lane};
use crate::identity::Identity;
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
    /// What a payment costs its payer.
    pub fee: FeeRate,
    /// Which payments their payee accepts first.
    pub accept_above: AcceptAbove,
    /// How long flows last.
    pub timers: Timers,
    /// Whether whoever pays confirms it by their PIN.
    pub require_pin: bool,
    /// What people may send.
    pub limits: LimitTable,
}

/// How a payment with a given id ended.
#[derive(Debug, Clone)]
pub enum TransferFound {
    /// It was posted.
    Posted(Box<Paid>),
    /// It was refused for good.
    Refused(WalletError),
}

/// A payment that was given back, or a part of it.
#[derive(Debug, Clone)]
pub struct Refunded {
    /// The row of the reversal.
    pub transfer: Transfer,
    /// The payment's own id.
    pub of: TransferId,
    /// It had been asked before with this id.
    pub duplicate: bool,
}

/// What the wallet works with.
pub struct WalletParts {
    /// The database.
    pub db: Db,
    /// Whose names stand beside movements.
    pub identity: Identity,
    /// The ledger's lane.
    pub lane: Lane,
    /// Where cards stand.
    pub chat: Chat,
    /// To the sockets of this node.
    pub router: Arc<Router>,
    /// To the other nodes.
    pub publisher: Publisher,
    /// Where actors live.
    pub arbiters: ArbiterPool,
}

/// The wallet on this node. Clones share everything.
#[derive(Clone)]
pub struct Wallet {
    pub(super) db: Db,
    identity: Identity,
    pub(super) shared: Shared,
    pub(super) directory: Accounts,
    pub(super) settings: Arc<WalletSettings>,
}

impl Wallet {
    /// The ledger's lane, when it is crowded.
    #[must_use]
    pub fn crowded_lane(&self) -> Option<&Lane> {
        Some(&self.shared.lane).filter(|lane| lane.is_crowded())
    }

    /// The wallet over the ledger's lane.
    #[must_use]
    pub fn new(parts: WalletParts, settings: WalletSettings) -> Self {
        let WalletParts {
            db,
            identity,
            lane,
            chat,
            router,
            publisher,
            arbiters,
        } = parts;
        let (in_flight, idle, timers) = (settings.in_flight, settings.idle, settings.timers);
        let shared = Shared {
            lane,
            chat,
            router,
            publisher,
            budgets: Arc::default(),
            in_flight,
            idle,
            timers,
        };
        let own = shared.clone();
        let directory = Directory::new("wallet", arbiters, settings.mailbox, move |id: AccountId, directory| {
            WalletActor::new(id, own.clone(), directory)
        });
        Self {
            db,
            identity,
            shared,
            directory,
            settings: Arc::new(settings),
        }
    }

    /// Starts to look at the budgets of whose money this node moves.
    #[must_use]
    pub fn start_budgets(&self, clock: Arc<dyn Clock>) -> Budgets {
        let (lane, chat) = (self.shared.lane.clone(), self.shared.chat.clone());
        Budgets::start(self.db.clone(), lane, chat, clock, self.shared.budgets.clone())
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

    /// What a payment of this amount costs its payer.
    #[must_use]
    pub fn fee(&self, money: Money) -> Option<Money> {
        self.settings.fee.of(money)
    }

    /// What payments cost.
    #[must_use]
    pub fn fee_rate(&self) -> FeeRate {
        self.settings.fee
    }

    /// Which payments their payee accepts first.
    #[must_use]
    pub fn accept_above(&self) -> &AcceptAbove {
        &self.settings.accept_above
    }

    /// Whether whoever pays confirms it by their PIN.
    #[must_use]
    pub fn requires_pin(&self) -> bool {
        self.settings.require_pin
    }

    /// Pays. Payments from one account keep their order.
    pub fn pay(&self, instruction: Instruction, reply: Reply<TransferAnswer>) {
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

    /// Gives a person play money from the sandbox; `reference` is what its statement calls it. The row is the answer.
    ///
    /// # Errors
    /// [`WalletError::BalanceLimit`], [`WalletError::AccountClosed`], or when the batch failed.
    pub async fn fund(
        &self,
        client_id: ClientId,
        to: UserId,
        money: Money,
        reference: &str,
    ) -> Result<Transfer, WalletError> {
        let currency = money.currency();
        let leg = Leg {
            debit: AccountKey::system(AccountKind::ProviderCash, currency).into(),
            credit: AccountKey::person(to, currency).into(),
            money,
            purpose: Purpose::Funding,
            note: reference.to_owned(),
        };
        self.one_row(client_id, Act::Post(vec![leg])).await
    }

    /// Holds a person's money for a claim on it; captured, it goes to the suspense account.
    ///
    /// # Errors
    /// As a payment of it would be refused, [`WalletError::ExpiryPassed`], or when the batch failed.
    pub async fn hold_claim(
        &self,
        client_id: ClientId,
        of: UserId,
        money: Money,
        expires_at: Micros,
        note: String,
    ) -> Result<Transfer, WalletError> {
        let currency = money.currency();
        let terms = HoldTerms {
            debit: AccountKey::person(of, currency).into(),
            credit: AccountKey::system(AccountKind::Suspense, currency).into(),
            money,
            purpose: Purpose::Claim,
            expires_at,
            note,
        };
        self.one_row(client_id, Act::Hold(terms)).await
    }

    /// Captures a hold, all of it or an amount; the rest is free again.
    ///
    /// # Errors
    /// See [`super::ledger::capture`]; or when the batch failed.
    pub async fn capture(
        &self,
        client_id: ClientId,
        of: TransferId,
        amount: Option<Money>,
        note: String,
    ) -> Result<Transfer, WalletError> {
        self.one_row(client_id, Act::Capture { of, amount, note }).await
    }

    /// Gives a hold up.
    ///
    /// # Errors
    /// See [`super::ledger::void`]; or when the batch failed.
    pub async fn void(&self, client_id: ClientId, of: TransferId, note: String) -> Result<Transfer, WalletError> {
        self.one_row(client_id, Act::Void { of, note }).await
    }

    /// Gives back what is left of a transfer, or an amount of it; in its conversation too, if it has a card.
    ///
    /// # Errors
    /// See [`super::ledger::reverse`]; or when the batch failed.
    pub async fn reverse(
        &self,
        client_id: ClientId,
        of: TransferId,
        amount: Option<Money>,
        note: String,
    ) -> Result<Transfer, WalletError> {
        // A payment that was accepted first is named by its own id, and what moved its money is reversed.
        let row = self.payment(of).await?.row();
        let (of, card) = row.map_or((of, None), |row| (row.id(), row.card));
        let act = Act::Reverse { of, amount, note, card };
        self.one_row(client_id, act).await
    }

    /// Has who was paid give it back, all that is left of it or an amount. A payment that was accepted first is named by
    /// its own id, as people know it.
    ///
    /// # Errors
    /// [`WalletError::TransferNotFound`] for who is no party of it, [`WalletError::NotYours`] for who paid,
    /// [`WalletError::NotReversible`] for what was no payment between people; see [`super::ledger::Step::Reverse`]; or when
    /// the batch failed.
    pub async fn refund(
        &self,
        (client_id, payee): (ClientId, UserId),
        of: TransferId,
        (amount, note): (Option<String>, String),
        conditions: Conditions,
    ) -> Result<Refunded, WalletError> {
        let payment = self.payment(of).await?;
        if payment.payee != Some(payee) {
            return Err(payment.refusal_of(payee, payment.payer));
        }
        let of = payment.id;
        let row = payment.moved()?;
        let currency = row.money.currency();
        let amount = amount.map(|text| Money::parse(&text, currency)).transpose()?;
        let act = Act::Reverse {
            of: row.id(),
            amount,
            note,
            card: row.card,
        };
        let operation = Instruct::new(client_id, payee, act).on(conditions);
        let (rows, duplicate) = match self.shared.lane.ask(operation).await?? {
            Decision::Done(moved) => {
                self.announce(&moved).await;
                (moved.transfers(), false)
            }
            Decision::Repeated(rows) => (rows, true),
        };
        let transfer = rows.into_iter().next().ok_or(WalletError::Failed(Failure::Internal))?;
        Ok(Refunded {
            transfer,
            of,
            duplicate,
        })
    }

    /// Changes an account itself; its new state is the answer.
    ///
    /// # Errors
    /// See [`super::ledger::change`]; or when the batch failed.
    pub async fn change(
        &self,
        client_id: ClientId,
        account: AccountRef,
        change: Change,
        reason: String,
    ) -> Result<Account, WalletError> {
        let act = Act::Change {
            account,
            change,
            reason,
        };
        if let Decision::Done(moved) = self.instruct(client_id, act).await?
            && let Some((_, account)) = moved.changes.into_iter().next()
        {
            return Ok(account);
        }
        let found = statement::balance(&self.db, account.id).await?;
        found.ok_or(WalletError::AccountNotFound)
    }

    /// What somebody may send in a currency, and what they sent in the day and the year of `now`.
    ///
    /// # Errors
    /// When the database could not tell.
    pub async fn limits(&self, owner: UserId, currency: Currency, now: Micros) -> Result<(Limits, Spent), WalletError> {
        let account = AccountKey::person(owner, currency).id();
        let account = statement::balance(&self.db, account).await?;
        let spent = account.map_or_else(Spent::default, |account| account.spent.rolled(now));
        Ok((self.settings.limits.get(currency), spent))
    }

    /// An owner freezes their wallet, or ends that: all their accounts, also those that are yet to open. Their accounts
    /// after it are the answer.
    ///
    /// # Errors
    /// [`WalletError::AccountFrozen`] when an operator froze what is to be thawed, [`WalletError::StepUpRequired`], or when
    /// the batch failed.
    pub async fn lock(
        &self,
        (client_id, owner): (ClientId, UserId),
        lock: bool,
        conditions: Conditions,
    ) -> Result<Vec<Account>, WalletError> {
        let offered = self.settings.currencies.all().iter();
        let offered = offered.map(|currency| AccountRef::from(AccountKey::person(owner, *currency)));
        let mut accounts: Vec<_> = offered.collect();
        for account in self.accounts(owner).await? {
            if !accounts.iter().any(|known| known.id == account.id) {
                accounts.push(account.key.into());
            }
        }
        let operation = Instruct::new(client_id, owner, Act::Lock { accounts, lock }).on(conditions);
        if let Decision::Done(moved) = self.shared.lane.ask(operation).await?? {
            self.announce(&moved).await;
        }
        self.accounts(owner).await
    }

    /// A transfer by its id.
    ///
    /// # Errors
    /// When the database could not tell.
    pub async fn transfer(&self, id: TransferId) -> Result<Option<Transfer>, WalletError> {
        Ok(store::transfer(&self.db, id).await?)
    }

    /// Ends the holds whose time has passed; tells how many.
    ///
    /// # Errors
    /// When the database could not tell, or the batch failed.
    pub async fn expire_holds(&self, now: Micros) -> Result<usize, WalletError> {
        let mut ended = 0;
        while store::has_expired(&self.db, now).await? {
            let expired = self.shared.lane.ask(ExpireHolds).await??;
            ended += expired.moved.legs.len();
            self.announce(&expired.moved).await;
            if !expired.more {
                break;
            }
        }
        Ok(ended)
    }

    async fn one_row(&self, client_id: ClientId, act: Act) -> Result<Transfer, WalletError> {
        let rows = match self.instruct(client_id, act).await? {
            Decision::Done(moved) => moved.transfers(),
            Decision::Repeated(rows) => rows,
        };
        rows.into_iter().next().ok_or(WalletError::Failed(Failure::Internal))
    }

    /// Has the system instruct the ledger, and tells everybody what it moved.
    async fn instruct(&self, client_id: ClientId, act: Act) -> Result<Decision, WalletError> {
        let decision = self
            .shared
            .lane
            .ask(Instruct::new(client_id, UserId::SYSTEM, act))
            .await??;
        if let Decision::Done(moved) = &decision {
            self.announce(moved).await;
        }
        Ok(decision)
    }

    /// Tells everybody what was moved, with the names of whom it was exchanged with.
    pub(super) async fn announce(&self, moved: &Moved) {
        let people: Vec<_> = moved.legs.iter().filter_map(PlacedLeg::people).flatten().collect();
        let names = if people.is_empty() {
            Ok(HashMap::new())
        } else {
            self.identity.users(&people).await
        };
        let names = names.unwrap_or_else(|error| {
            // The movement is told all the same; the history has the name.
            tracing::warn!(%error, "the names beside a movement could not be read");
            HashMap::new()
        });
        let views = names.into_iter().map(|(id, user)| (id, user.view())).collect();
        announce_moved(&self.shared, &self.directory, moved, &views);
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
        let (rows, next) = statement::page(&self.db, &account, from, limit).await?;
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
