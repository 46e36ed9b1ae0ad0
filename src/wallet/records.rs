//! What people take home of the ledger: each asks for their own, and nobody can tell what is somebody else's from what
//! is not there.

use std::collections::HashMap;

use super::WalletError;
use super::account::{Account, AccountKey, AccountKind};
use super::chain::{self, Side};
use super::receipt::{self, Source};
use super::reconcile::Period;
use super::statement::{self, Cutter, Further, Head, MOST_LINES, Sheet};
use super::store::{AuditSnapshot, Sealed};
use super::transfer::TransferId;
use crate::db::{Db, Fault};
use crate::identity::Identity;
use crate::ids::{AccountId, UserId};
use crate::protocol::{Receipt, UserView};

/// Rows of an account's history that are read at once.
const PAGE: u64 = 512;

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
