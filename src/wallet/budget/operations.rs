//! What budgets put into the lane: both decide under the lock of their owner's log.

use super::BudgetOf;
use crate::delivery::{ItemChange, UserLog};
use crate::group_commit::{Moment, Operation, WorkingSet};
use crate::ids::{ClientId, UserId};
use crate::op_receipt::{Fingerprint, Receipt, Receipts};
use crate::protocol::item::{self, Budget, BudgetNotice};
use crate::wallet::WalletError;

/// What a receipt says.
const DONE: &str = "done";

/// `budget.set`.
pub(super) struct Set {
    pub(super) client_id: ClientId,
    pub(super) owner: UserId,
    pub(super) of: BudgetOf,
    /// Minor units; none for no budget any more.
    pub(super) amount: Option<i64>,
}

impl Set {
    fn fingerprint(&self) -> Fingerprint {
        let amount = self.amount.map(i64::to_be_bytes);
        let amount = amount.as_ref().map_or(&[] as &[u8], |bytes| bytes.as_slice());
        Fingerprint::of("budget.set", &[self.of.key().as_bytes(), amount])
    }
}

impl Operation for Set {
    type Answer = Result<Option<ItemChange>, WalletError>;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<UserLog>()
            .want_value(self.owner, item::BUDGET, self.of.key());
        set.slot::<Receipts>().want(self.client_id, self.owner);
    }

    fn decide(&self, set: &mut WorkingSet, _: Moment) -> Self::Answer {
        let fingerprint = self.fingerprint();
        if let Some(receipt) = Receipts::get(set, self.client_id, self.owner) {
            if receipt.fingerprint != fingerprint {
                return Err(WalletError::IdempotencyConflict);
            }
            return Ok(None);
        }
        let (key, currency) = (self.of.key(), self.of.currency);
        let before = UserLog::value(set, self.owner, item::BUDGET, &key);
        let before = before.as_deref().and_then(item::read_budget);
        let answer = DONE.to_owned();
        Receipts::give(set, self.client_id, self.owner, Receipt { fingerprint, answer });
        let value = match self.amount {
            None if before.is_none() => return Ok(None),
            None => item::NOTHING.to_owned(),
            Some(minor) => {
                let amount = currency.format(minor);
                // What was told of another amount says nothing of this one.
                let told = before.filter(|before| before.amount == amount);
                item::budget(&Budget {
                    currency: currency.code().to_owned(),
                    kind: self.of.kind_word().to_owned(),
                    month: self.of.month.map(|month| month.to_string()),
                    amount,
                    notice: told.and_then(|told| told.notice),
                })
            }
        };
        Ok(Some(UserLog::put(set, self.owner, item::BUDGET, key, value)))
    }
}

/// A notice, unless it was given already.
pub(super) struct Notify {
    pub(super) owner: UserId,
    pub(super) key: String,
    /// The amount by which the percentage was reckoned.
    pub(super) amount: String,
    pub(super) month: String,
    pub(super) percent: u8,
    pub(super) spent: String,
}

impl Operation for Notify {
    type Answer = Option<ItemChange>;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<UserLog>()
            .want_value(self.owner, item::BUDGET, self.key.clone());
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        let value = UserLog::value(set, self.owner, item::BUDGET, &self.key)?;
        let budget = item::read_budget(&value).filter(|budget| budget.amount == self.amount)?;
        let told = budget.notice.as_ref();
        if told.is_some_and(|told| told.month == self.month && told.percent >= self.percent) {
            return None;
        }
        let notice = Some(BudgetNotice {
            month: self.month.clone(),
            percent: self.percent,
            spent: self.spent.clone(),
            at: moment.now,
        });
        let value = item::budget(&Budget { notice, ..budget });
        Some(UserLog::put(set, self.owner, item::BUDGET, self.key.clone(), value))
    }
}
