//! What happens to an account itself: its floor, a freeze, its end. Each is a sealed row.

use super::plan::Plan;
use super::{AccountEventKind, Loaded, Order};
use crate::ids::AccountId;
use crate::wallet::WalletError;
use crate::wallet::account::{AccountRef, AccountStatus};
use crate::wallet::money::MAX_MINOR;

/// A change that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The least that `posted - held` may be, in minor units; below zero it is credit that the owner is given.
    Floor(i64),
    /// Nothing that the owner starts goes out any more.
    Freeze,
    /// The end of that.
    Thaw,
    /// Nothing moves any more, for good. Only an account with nothing in it and nothing held can be closed.
    Close,
}

/// Changes an account. To ask for what is so already is refused, so that every row says something.
///
/// # Errors
/// [`WalletError::AccountNotFound`], [`WalletError::AccountClosed`], [`WalletError::AccountUnchanged`],
/// [`WalletError::AmountInvalid`] for a floor beyond the ledger's range, [`WalletError::InsufficientFunds`] for one
/// above what is there, [`WalletError::AccountNotEmpty`].
pub fn change(
    loaded: &Loaded,
    order: Order,
    id: AccountId,
    wanted: Change,
    reason: String,
) -> Result<Plan, WalletError> {
    let mut account = *loaded.account(id).ok_or(WalletError::AccountNotFound)?;
    if account.status == AccountStatus::Closed {
        return Err(WalletError::AccountClosed);
    }
    let before = (account.floor, account.status);
    let event = match wanted {
        Change::Floor(floor) => {
            if !(-MAX_MINOR..=MAX_MINOR).contains(&floor) {
                return Err(WalletError::AmountInvalid);
            }
            let free = account.posted.saturating_sub(account.held);
            if floor > free {
                return Err(WalletError::InsufficientFunds {
                    available: free,
                    currency: account.key.currency,
                });
            }
            account.floor = floor;
            AccountEventKind::Floor
        }
        Change::Freeze => {
            account.status = AccountStatus::Frozen;
            AccountEventKind::Frozen
        }
        Change::Thaw => {
            account.status = AccountStatus::Open;
            AccountEventKind::Thawed
        }
        Change::Close => {
            if account.posted != 0 || account.held != 0 {
                return Err(WalletError::AccountNotEmpty {
                    posted: account.posted,
                    held: account.held,
                    currency: account.key.currency,
                });
            }
            account.status = AccountStatus::Closed;
            AccountEventKind::Closed
        }
    };
    // An operator takes over a freeze of the owner's, who could end that one.
    let takes_over = wanted == Change::Freeze && loaded.freezers.get(&id).is_some_and(|by| *by != order.actor);
    if before == (account.floor, account.status) && !takes_over {
        return Err(WalletError::AccountUnchanged);
    }
    let mut plan = Plan::begin(loaded, order)?;
    account.last_seq = plan.event(&account, event, reason);
    plan.take(account);
    Ok(plan)
}

/// An owner lets nothing that they start go out of their wallet any more: all of these accounts that are open. Those that
/// are not there yet are opened for it, so that what comes into them later stays, too. Nothing, if all are frozen already.
///
/// # Errors
/// When the head was not loaded: a fault of ours.
pub fn lock(loaded: &Loaded, order: Order, accounts: &[AccountRef]) -> Result<Plan, WalletError> {
    let mut plan = Plan::begin(loaded, order)?;
    for account in accounts {
        let found = loaded.account(account.id);
        if found.is_some_and(|found| found.status != AccountStatus::Open) {
            continue;
        }
        let at = plan.open(loaded, *account);
        plan.account_mut(at).status = AccountStatus::Frozen;
        let frozen = *plan.account(at);
        plan.account_mut(at).last_seq = plan.event(&frozen, AccountEventKind::Frozen, String::new());
    }
    Ok(plan)
}

/// The same owner ends it, for all of these accounts that they froze. What an operator froze, an operator thaws. Nothing,
/// if none is frozen.
///
/// # Errors
/// [`WalletError::AccountFrozen`] when an operator froze all that are frozen.
pub fn unlock(loaded: &Loaded, order: Order, accounts: &[AccountRef]) -> Result<Plan, WalletError> {
    let mut plan = Plan::begin(loaded, order)?;
    let (mut thawed, mut others) = (false, false);
    for account in accounts.iter().filter_map(|account| loaded.account(account.id)) {
        if account.status != AccountStatus::Frozen {
            continue;
        }
        if loaded.freezers.get(&account.id) != Some(&order.actor) {
            others = true;
            continue;
        }
        thawed = true;
        let mut account = *account;
        account.status = AccountStatus::Open;
        account.last_seq = plan.event(&account, AccountEventKind::Thawed, String::new());
        plan.take(account);
    }
    if others && !thawed {
        return Err(WalletError::AccountFrozen);
    }
    Ok(plan)
}
