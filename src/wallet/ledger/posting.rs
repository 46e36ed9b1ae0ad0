//! Posting: money goes from one account to another, in one leg or in several that stand or fall together.

use super::Loaded;
use super::authorise::{Facts, authorise};
use super::plan::{At, Movement, Plan, Row};
use crate::wallet::WalletError;
use crate::wallet::account::{Account, AccountRef, AccountStatus};
use crate::wallet::money::Money;
use crate::wallet::transfer::{Purpose, TransferKind};

/// One leg that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// Who gives.
    pub debit: AccountRef,
    /// Who gets.
    pub credit: AccountRef,
    /// How much.
    pub money: Money,
    /// What it is for.
    pub purpose: Purpose,
    /// What for, in the caller's words.
    pub note: String,
}

/// Posts one leg. Refusals in the order of their precedence: a closed account, a frozen one, a limit, too little money,
/// a balance out of range.
pub(super) fn post(plan: &mut Plan, loaded: &Loaded, leg: Leg) -> Result<(), WalletError> {
    let (debit, credit) = (plan.open(loaded, leg.debit), plan.open(loaded, leg.credit));
    let (kind, minor) = (TransferKind::Post, leg.money.minor());
    may_leave(loaded, plan, debit, credit, (kind, leg.purpose, minor))?;
    let row = Row {
        kind,
        purpose: leg.purpose,
        money: leg.money,
        of: None,
        expires_at: None,
        note: leg.note,
    };
    plan.row(row, debit, credit, Movement { posted: minor, held: 0 })?;
    Ok(())
}

/// Whether two accounts can exchange this money at all: two of them, both in its currency. Nothing is ever converted.
pub(super) fn check_sides(debit: AccountRef, credit: AccountRef, money: Money) -> Result<(), WalletError> {
    if debit.id == credit.id {
        return Err(WalletError::SelfTransfer);
    }
    let currency = money.currency();
    if debit.key.currency != currency || credit.key.currency != currency {
        return Err(WalletError::CurrencyMismatch);
    }
    Ok(())
}

/// Whether an amount may leave `debit` for `credit`; counts it against the limits if so.
pub(super) fn may_leave(
    loaded: &Loaded,
    plan: &mut Plan,
    debit: At,
    credit: At,
    (kind, purpose, minor): (TransferKind, Purpose, i64),
) -> Result<(), WalletError> {
    let (from, to, at) = (*plan.account(debit), *plan.account(credit), plan.at());
    not_closed(&from)?;
    not_closed(&to)?;
    let limits = loaded.limits.get(from.key.currency);
    authorise(&Facts {
        account: &from,
        kind,
        purpose,
        minor,
        at,
        limits,
    })?;
    if from.available() < minor {
        // What there was before the first leg: the legs before this one are not posted either.
        let before = loaded.account(from.id).unwrap_or(&from);
        return Err(WalletError::InsufficientFunds {
            available: before.available().max(0),
            currency: from.key.currency,
        });
    }
    if kind.is_counted(purpose) {
        plan.account_mut(debit).spent = from.spent.plus(minor, at);
    }
    Ok(())
}

pub(super) fn not_closed(account: &Account) -> Result<(), WalletError> {
    if account.status == AccountStatus::Closed {
        return Err(WalletError::AccountClosed);
    }
    Ok(())
}
