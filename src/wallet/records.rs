//! What people take home of the ledger: each asks for their own, and nobody can tell what is somebody else's from what
//! is not there.

use std::collections::HashMap;

use super::account::{Account, AccountKey, AccountKind};
use super::chain::{self, Side};
use super::history::Filter;
use super::money::Currency;
use super::receipt::{self, Source};
use super::reconcile::Period;
use super::statement::{self, Cutter, Further, Head, MOST_LINES, Sheet};
use super::store::{self, AuditSnapshot, Sealed};
use super::summary::{self, Summary};
use super::transfer::{Transfer, TransferId};
use super::{HistoryPage, WalletError};
use crate::clock::Month;
use crate::db::{Db, Fault};
use crate::identity::Identity;
use crate::ids::{AccountId, UserId};
use crate::protocol::{Receipt, UserView};

/// Rows of an account's history that are read at once.
const PAGE: u64 = 512;

/// Rows of a history that are read at once when it is filtered.
const FILTERED_PAGE: u64 = 256;
/// Rows of a history that one request looks at, at most.
const FILTERED_ROWS: u64 = 4 * FILTERED_PAGE;
/// Rows of the story of one transaction, at most.
const STORY_ROWS: usize = 200;

/// See the module. Clones share everything.
#[derive(Clone)]
pub struct Records {
    db: Db,
    identity: Identity,
}

impl Records {
    /// Over this database, with names from there.
    #[must_use]
    pub const fn new(db: Db, identity: Identity) -> Self {
        Self { db, identity }
    }

    /// The receipt of a transfer, for one of its parties.
    ///
    /// # Errors
    /// [`WalletError::TransferNotFound`] when there is none, or the caller is no party of it; or when the database could
    /// not tell.
    pub async fn receipt(&self, of: TransferId, reader: UserId) -> Result<Receipt, WalletError> {
        let snapshot = AuditSnapshot::open(&self.db).await?;
        let row = snapshot.transfer(of).await?.ok_or(WalletError::TransferNotFound)?;
        let owners = snapshot.sides(row.debit, row.credit).await?;
        let owners = owners.ok_or(WalletError::TransferNotFound)?;
        let side = party(owners, reader).ok_or(WalletError::TransferNotFound)?;
        let sealed = snapshot.block_of(row.seq).await?;
        let block = sealed.ok_or_else(|| unsealed(row.seq))?;
        let rows = snapshot.rows(block.header.first_seq, block.header.last_seq).await?;
        let leaves: Vec<_> = rows.iter().map(|row| leaf(row, &block.salt)).collect();
        let keys = snapshot.keys().await?;
        let names = self.names(&[owners.0, owners.1]).await?;
        let source = Source {
            row: &row,
            owners,
            side,
            leaves: &leaves,
            block: &block,
            keys: &keys,
            names: &|id| names.get(&id).cloned(),
        };
        receipt::make(&source).ok_or_else(|| unsealed(row.seq).into())
    }

    /// The statement of one of a person's own accounts, with the names of whom money was exchanged with.
    ///
    /// # Errors
    /// [`WalletError::AccountNotFound`] when there is none, or it is somebody else's; [`WalletError::StatementTooLong`];
    /// or when the database could not tell.
    pub async fn statement(
        &self,
        of: AccountId,
        reader: UserId,
        period: Period,
    ) -> Result<(Sheet, HashMap<UserId, UserView>), WalletError> {
        let (account, head) = self.cut(of).await?.ok_or(WalletError::AccountNotFound)?;
        if account.key != AccountKey::person(reader, account.key.currency) {
            return Err(WalletError::AccountNotFound);
        }
        let mut cutter = Cutter::new(of, period);
        let mut from = Some(account.last_seq).filter(|seq| *seq > 0);
        while let Some(at) = from {
            let (page, next) = statement::page(&self.db, &account, at, PAGE).await?;
            let further = page
                .iter()
                .map(|row| cutter.take(row))
                .find(|further| *further != Further::On);
            from = match further {
                None => next.filter(|next| *next > 0),
                Some(Further::TooMuch) => return Err(WalletError::StatementTooLong { most: MOST_LINES }),
                Some(Further::On | Further::Done) => None,
            };
        }
        let sheet = cutter.sheet(account, head)?;
        let others = sheet.lines.iter().map(|line| line.other);
        let names = self.people(others.chain([reader]).collect()).await?;
        Ok((sheet, names))
    }

    /// A page of a person's movements in a currency, newest first, of those that `filter` takes; `cursor` is the `next`
    /// of the page before. It looks at a bounded number of rows, so it may be short, or empty, and go on all the same.
    ///
    /// # Errors
    /// When the database could not tell.
    pub async fn history(
        &self,
        owner: UserId,
        currency: Currency,
        filter: &Filter,
        cursor: Option<i64>,
        limit: usize,
    ) -> Result<HistoryPage, WalletError> {
        let account = store::account(&self.db, AccountKey::person(owner, currency).id()).await?;
        let Some(account) = account else {
            return Ok(HistoryPage::default());
        };
        let mut next = Some(cursor.unwrap_or(account.last_seq).min(account.last_seq)).filter(|seq| *seq > 0);
        let (mut found, mut looked) = (Vec::new(), 0);
        while let Some(at) = next.filter(|_| looked < FILTERED_ROWS && found.len() < limit) {
            let (page, after) = statement::page(&self.db, &account, at, FILTERED_PAGE).await?;
            looked += FILTERED_PAGE;
            let names = if filter.looks_at_names() {
                self.people(page.iter().map(|row| row.other).collect()).await?
            } else {
                HashMap::new()
            };
            next = after;
            for row in page {
                if filter.ends_at(&row.transfer) {
                    next = None;
                    break;
                }
                if filter.takes(&row.transfer, &account, row.other, names.get(&row.other)) {
                    // The rest of this page belongs to the next one, which begins before this row.
                    next = if found.len() + 1 == limit {
                        before(&row.transfer, &account)
                    } else {
                        next
                    };
                    found.push((row.transfer, row.other));
                    if found.len() == limit {
                        break;
                    }
                }
            }
        }
        Ok(HistoryPage {
            account: Some(account),
            rows: found,
            next,
        })
    }

    /// A transaction with its whole story, as far as it is the reader's: the row that was named, the legs that were
    /// posted with it, the hold that it ends or what it gives back, and all that ended or gave back any of them.
    ///
    /// # Errors
    /// [`WalletError::TransferNotFound`] when there is none, or the caller is no party of it; or when the database could
    /// not tell.
    pub async fn transaction(&self, of: TransferId, reader: UserId) -> Result<Story, WalletError> {
        let named = store::transfer(&self.db, of)
            .await?
            .ok_or(WalletError::TransferNotFound)?;
        let account = AccountKey::person(reader, named.money.currency());
        let is_party = |row: &Transfer| row.debit == account.id() || row.credit == account.id();
        if !is_party(&named) {
            return Err(WalletError::TransferNotFound);
        }
        let account = store::account(&self.db, account.id()).await?;
        let account = account.ok_or(WalletError::TransferNotFound)?;
        let (rows, complete) = store::story(&self.db, named, STORY_ROWS).await?;
        let rows: Vec<_> = rows.into_iter().filter(is_party).collect();
        let others = store::owners(&self.db, rows.iter().map(|row| other_side(row, &account)).collect()).await?;
        let names = self.people(others.values().copied().collect()).await?;
        let shown = rows.into_iter().map(|row| {
            let name = others
                .get(&other_side(&row, &account))
                .and_then(|owner| names.get(owner));
            (row, name.cloned())
        });
        Ok(Story {
            rows: shown.collect(),
            account,
            complete,
        })
    }

    /// A month of a person's account in a currency, and whether all of it is counted. Each call counts a bounded part of
    /// what is not.
    ///
    /// # Errors
    /// When the database could not tell.
    pub async fn summary(
        &self,
        owner: UserId,
        currency: Currency,
        month: Month,
    ) -> Result<(Summary, bool), WalletError> {
        let account = store::account(&self.db, AccountKey::person(owner, currency).id()).await?;
        let (sums, complete) = match account {
            Some(account) => {
                let complete = summary::count(&self.db, &account).await?;
                (store::months(&self.db, account.id, month).await?, complete)
            }
            None => (Vec::new(), true),
        };
        let summary = Summary::of(month, &sums);
        let summary = summary.ok_or_else(|| Fault::Other("the sums of months leave 64 bits".to_owned()))?;
        Ok((summary, complete))
    }

    /// An account and where the ledger is, of one moment.
    async fn cut(&self, of: AccountId) -> Result<Option<(Account, Head)>, Fault> {
        let snapshot = AuditSnapshot::open(&self.db).await?;
        let (account, head) = (snapshot.account(of).await?, snapshot.head().await?);
        Ok(account.zip(head).map(|(account, head)| {
            let head = Head {
                block: head.next_block - 1,
                hash: hex::encode(&head.hash),
                at: head.last_at,
            };
            (account, head)
        }))
    }

    /// How the people who own these accounts are called.
    async fn names(&self, keys: &[AccountKey]) -> Result<HashMap<UserId, UserView>, WalletError> {
        let people = keys.iter().filter(|key| key.kind == AccountKind::Person);
        self.people(people.map(|key| key.owner).collect()).await
    }

    async fn people(&self, mut people: Vec<UserId>) -> Result<HashMap<UserId, UserView>, WalletError> {
        people.sort_unstable();
        people.dedup();
        people.retain(|id| *id != UserId::SYSTEM);
        let found = self.identity.users(&people).await;
        let found = found.map_err(|error| Fault::Other(format!("names could not be read: {error}")))?;
        Ok(found.into_iter().map(|(id, user)| (id, user.view())).collect())
    }
}

/// A transaction as one of its parties sees it.
#[derive(Debug, Clone)]
pub struct Story {
    /// Its rows in the order of the ledger, each with whom it was exchanged with.
    pub rows: Vec<(Transfer, Option<UserView>)>,
    /// The party's account.
    pub account: Account,
    /// All rows are there.
    pub complete: bool,
}

/// The position of an account before a row of its own.
fn before(row: &Transfer, account: &Account) -> Option<i64> {
    let prev = if is_debit(row, account) {
        row.debit_prev
    } else {
        row.credit_prev
    };
    if prev > 0 { Some(prev) } else { None }
}

fn is_debit(row: &Transfer, account: &Account) -> bool {
    row.debit == account.id
}

fn other_side(row: &Transfer, account: &Account) -> AccountId {
    if is_debit(row, account) { row.credit } else { row.debit }
}

/// The side on which somebody is a party.
fn party((debit, credit): (AccountKey, AccountKey), reader: UserId) -> Option<Side> {
    let is = |key: AccountKey| key.kind == AccountKind::Person && key.owner == reader;
    if is(debit) {
        Some(Side::Debit)
    } else {
        is(credit).then_some(Side::Credit)
    }
}

fn leaf(row: &Sealed, salt: &[u8]) -> chain::Hash {
    match row {
        Sealed::Transfer(row) => chain::transfer_leaf(row, salt),
        Sealed::Event(row) => chain::account_event_leaf(row, salt),
    }
}

fn unsealed(seq: i64) -> Fault {
    Fault::Corrupt(format!("row {seq} stands in no block that fits: run quipu audit"))
}
