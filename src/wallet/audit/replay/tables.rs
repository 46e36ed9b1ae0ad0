//! The tables that are derived from the rows, held against what the rows made.

use super::Replay;
use crate::wallet::account::Account;
use crate::wallet::audit::{Break, ensure};
use crate::wallet::ledger::{Hold, Refund};

impl Replay {
    /// An account of the table.
    pub(in crate::wallet::audit) fn account(&mut self, stands: &Account) -> Result<(), Break> {
        let id = stands.id;
        let replayed = self.accounts.remove(&id).ok_or_else(|| Break {
            what: format!("account {id} stands and was never opened"),
        })?;
        // What a replay from the middle was not told is as it stands.
        let mut made = replayed.account;
        if !replayed.moved {
            (made.posted, made.last_seq) = (stands.posted, stands.last_seq);
        }
        made.held = if replayed.held { made.held } else { stands.held };
        if !replayed.rules {
            (made.floor, made.status) = (stands.floor, stands.status);
        }
        made.spent = if replayed.spent { made.spent } else { stands.spent };
        ensure(made == *stands, || {
            format!("account {id} is {stands:?}, its rows make it {made:?}")
        })
    }

    /// A row of the table of holds.
    pub(in crate::wallet::audit) fn hold(&mut self, stands: &Hold) -> Result<(), Break> {
        let made = self.holds.remove(&stands.transfer);
        let fine = made == Some(*stands) || (made.is_none() && self.since > 0 && stands.transfer < self.next_seq);
        ensure(fine, || {
            format!("hold {} is {stands:?}, its rows make it {made:?}", stands.transfer)
        })
    }

    /// A row of the table of refunds.
    pub(in crate::wallet::audit) fn refund(&mut self, stands: &Refund) -> Result<(), Break> {
        let made = self.refunds.remove(&stands.transfer);
        let fine = made == Some(*stands) || (made.is_none() && self.since > 0);
        ensure(fine, || {
            format!("refund of {} is {stands:?}, its rows make it {made:?}", stands.transfer)
        })
    }

    /// After all tables were compared: nothing that the rows made is left over.
    pub(in crate::wallet::audit) fn nothing_is_missing(&self) -> Result<(), Break> {
        if let Some(id) = self.accounts.keys().next() {
            return Err(Break {
                what: format!("account {id} was opened and is not there"),
            });
        }
        if let Some(hold) = self.holds.values().next() {
            return Err(Break {
                what: format!("hold {} is not there: its rows make it {hold:?}", hold.transfer),
            });
        }
        if let Some(refund) = self.refunds.values().next() {
            return Err(Break {
                what: format!(
                    "refund of {} is not there: its rows make it {refund:?}",
                    refund.transfer
                ),
            });
        }
        Ok(())
    }
}
