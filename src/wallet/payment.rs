//! A payment as people know it. One that was accepted first has two rows, the hold and its capture: people know it by
//! the id of the first, and the second moved the money.

use super::store;
use super::transfer::{Purpose, Transfer, TransferId, TransferKind};
use super::{Wallet, WalletError};
use crate::ids::UserId;

/// See the module.
#[derive(Debug)]
pub(super) struct Payment {
    /// Its own id.
    pub(super) id: TransferId,
    /// Whose account gave; none for one that there is not.
    pub(super) payer: Option<UserId>,
    /// Whose account got.
    pub(super) payee: Option<UserId>,
    /// The row that was named, or the one that ended it if it is a hold; none while it is held.
    row: Option<Transfer>,
}

impl Payment {
    /// What somebody is told who is not the party that may do it: the other one, or nobody of it.
    pub(super) fn refusal_of(&self, actor: UserId, other: Option<UserId>) -> WalletError {
        if other == Some(actor) {
            WalletError::NotYours
        } else {
            WalletError::TransferNotFound
        }
    }

    /// The row that moved the money from a person to a person.
    ///
    /// # Errors
    /// [`WalletError::NotReversible`] for what was no payment between people, or has not moved yet.
    pub(super) fn moved(self) -> Result<Transfer, WalletError> {
        let row = self.row.filter(|row| {
            let paid = row.purpose.is_spent() && row.purpose != Purpose::Packet;
            paid && matches!(row.kind, TransferKind::Post | TransferKind::Capture)
        });
        row.ok_or(WalletError::NotReversible)
    }

    /// The row that can be given back, if one can: of a hold what ended it.
    pub(super) fn row(self) -> Option<Transfer> {
        self.row
    }
}

impl Wallet {
    /// The payment that is named by any of its rows.
    ///
    /// # Errors
    /// [`WalletError::TransferNotFound`]; or when the database could not tell.
    pub(super) async fn payment(&self, of: TransferId) -> Result<Payment, WalletError> {
        let named = self.transfer(of).await?.ok_or(WalletError::TransferNotFound)?;
        let payer = store::owner_of(&self.db, named.debit).await?;
        let payee = store::owner_of(&self.db, named.credit).await?;
        let id = match (named.kind, named.of) {
            (TransferKind::Capture, Some(hold)) => store::transfer_at(&self.db, hold).await?.map(|hold| hold.id()),
            _ => Some(of),
        };
        // Rows never change, so what is read of them here holds under the lock too.
        let row = match named.kind {
            TransferKind::Hold => store::resolution_of(&self.db, named.seq).await?,
            _ => Some(named),
        };
        Ok(Payment {
            id: id.unwrap_or(of),
            payer,
            payee,
            row,
        })
    }
}
