//! What people take home of the ledger: each asks for their own, and nobody can tell what is somebody else's from what
//! is not there.

use std::collections::HashMap;

use super::WalletError;
use super::account::{AccountKey, AccountKind};
use super::chain::{self, Side};
use super::receipt::{self, Source};
use super::store::{AuditSnapshot, Sealed};
use super::transfer::TransferId;
use crate::db::{Db, Fault};
use crate::identity::Identity;
use crate::ids::UserId;
use crate::protocol::{Receipt, UserView};

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

    /// How the people who own these accounts are called.
    async fn names(&self, keys: &[AccountKey]) -> Result<HashMap<UserId, UserView>, WalletError> {
        let people = keys.iter().filter(|key| key.kind == AccountKind::Person);
        let people: Vec<_> = people.map(|key| key.owner).collect();
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
