//! Holds: money that stays in its account and cannot be spent, until it is captured, voided, or its time passes. One
//! of the three ends a hold, once.

use super::authorise::{Facts, authorise};
use super::plan::{Movement, Plan, Row};
use super::posting::{may_leave, not_closed};
use super::{Hold, HoldState, Loaded};
use crate::clock::Micros;
use crate::group_commit::Failure;
use crate::wallet::WalletError;
use crate::wallet::account::AccountRef;
use crate::wallet::money::Money;
use crate::wallet::transfer::{Purpose, Transfer, TransferId, TransferKind};

/// A hold that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldTerms {
    /// Whose money.
    pub debit: AccountRef,
    /// Who may get it.
    pub credit: AccountRef,
    /// How much.
    pub money: Money,
    /// What it is for.
    pub purpose: Purpose,
    /// When it ends by itself; later than now.
    pub expires_at: Micros,
    /// What for, in the caller's words.
    pub note: String,
}

/// Holds money. It is refused as a posting would be.
///
/// # Errors
/// [`WalletError`].
pub(super) fn hold(plan: &mut Plan, loaded: &Loaded, terms: HoldTerms) -> Result<(), WalletError> {
    if terms.expires_at <= plan.at() {
        return Err(WalletError::ExpiryPassed);
    }
    let (debit, credit) = (plan.open(loaded, terms.debit), plan.open(loaded, terms.credit));
    let (kind, minor) = (TransferKind::Hold, terms.money.minor());
    may_leave(loaded, plan, debit, credit, (kind, terms.purpose, minor))?;
    let row = Row {
        kind,
        purpose: terms.purpose,
        money: terms.money,
        of: None,
        expires_at: Some(terms.expires_at),
        note: terms.note,
    };
    let seq = plan.row(row, debit, credit, Movement { posted: 0, held: minor })?;
    plan.set_hold(Hold {
        transfer: seq,
        amount: minor,
        captured: 0,
        state: HoldState::Open,
        expires_at: terms.expires_at,
    });
    Ok(())
}

/// Captures a hold: all of it, or `amount` of it, and then the rest is free again.
///
/// # Errors
/// [`WalletError::TransferNotFound`], [`WalletError::NotAHold`], [`WalletError::HoldResolved`] (by its time too),
/// [`WalletError::AccountClosed`], [`WalletError::AccountFrozen`], [`WalletError::CurrencyMismatch`],
/// [`WalletError::CaptureExceeds`], [`WalletError::BalanceLimit`].
pub(super) fn capture(
    plan: &mut Plan,
    loaded: &Loaded,
    of: TransferId,
    amount: Option<Money>,
    note: String,
) -> Result<(), WalletError> {
    let (transfer, standing) = open_hold(loaded, of)?;
    if standing.expires_at <= plan.at() {
        return Err(WalletError::HoldResolved {
            state: HoldState::Expired,
        });
    }
    let money = amount.unwrap_or(transfer.money);
    if money.currency() != transfer.money.currency() {
        return Err(WalletError::CurrencyMismatch);
    }
    if money.minor() > standing.amount {
        return Err(WalletError::CaptureExceeds {
            left: standing.amount,
            currency: money.currency(),
        });
    }
    let debit = plan.existing(loaded, transfer.debit)?;
    let credit = plan.existing(loaded, transfer.credit)?;
    not_closed(plan.account(debit))?;
    not_closed(plan.account(credit))?;
    authorise(&Facts {
        account: plan.account(debit),
        kind: TransferKind::Capture,
        purpose: transfer.purpose,
        minor: money.minor(),
        at: plan.at(),
        limits: loaded.limits.get(money.currency()),
    })?;
    let row = resolution(TransferKind::Capture, transfer, money, note);
    let by = Movement {
        posted: money.minor(),
        held: -standing.amount,
    };
    plan.row(row, debit, credit, by)?;
    give_back(plan, transfer, debit, standing.amount - money.minor());
    plan.set_hold(Hold {
        captured: money.minor(),
        state: HoldState::Captured,
        ..standing
    });
    Ok(())
}

/// Gives a hold up: all of it is free again.
///
/// # Errors
/// [`WalletError::TransferNotFound`], [`WalletError::NotAHold`], [`WalletError::HoldResolved`].
pub(super) fn void(plan: &mut Plan, loaded: &Loaded, of: TransferId, note: String) -> Result<(), WalletError> {
    release(plan, loaded, of, (TransferKind::Void, HoldState::Voided), note)
}

/// Ends a hold whose time has passed.
///
/// # Errors
/// [`WalletError::TransferNotFound`], [`WalletError::NotAHold`], [`WalletError::HoldResolved`], and
/// [`WalletError::HoldNotExpired`] when its time has not passed.
pub(super) fn expire(plan: &mut Plan, loaded: &Loaded, of: TransferId) -> Result<(), WalletError> {
    let (_, standing) = open_hold(loaded, of)?;
    if loaded.at.is_none_or(|at| standing.expires_at > at) {
        return Err(WalletError::HoldNotExpired);
    }
    release(
        plan,
        loaded,
        of,
        (TransferKind::Expire, HoldState::Expired),
        String::new(),
    )
}

fn release(
    plan: &mut Plan,
    loaded: &Loaded,
    of: TransferId,
    (kind, state): (TransferKind, HoldState),
    note: String,
) -> Result<(), WalletError> {
    let (transfer, standing) = open_hold(loaded, of)?;
    let debit = plan.existing(loaded, transfer.debit)?;
    let credit = plan.existing(loaded, transfer.credit)?;
    let row = resolution(kind, transfer, transfer.money, note);
    let by = Movement {
        posted: 0,
        held: -standing.amount,
    };
    plan.row(row, debit, credit, by)?;
    give_back(plan, transfer, debit, standing.amount);
    plan.set_hold(Hold { state, ..standing });
    Ok(())
}

/// What a hold counted against the limits and did not take counts no longer.
fn give_back(plan: &mut Plan, hold: &Transfer, debit: super::plan::At, minor: i64) {
    if TransferKind::Hold.is_counted(hold.purpose) {
        let account = plan.account_mut(debit);
        account.spent = account.spent.minus(minor, hold.at);
    }
}

fn open_hold(loaded: &Loaded, of: TransferId) -> Result<(&Transfer, Hold), WalletError> {
    let transfer = loaded.transfer(of).ok_or(WalletError::TransferNotFound)?;
    if transfer.kind != TransferKind::Hold {
        return Err(WalletError::NotAHold);
    }
    let standing = *loaded
        .hold(transfer.seq)
        .ok_or(WalletError::Failed(Failure::Internal))?;
    match standing.state {
        HoldState::Open => Ok((transfer, standing)),
        state => Err(WalletError::HoldResolved { state }),
    }
}

fn resolution(kind: TransferKind, hold: &Transfer, money: Money, note: String) -> Row {
    Row {
        kind,
        purpose: hold.purpose,
        money,
        of: Some(hold.seq),
        expires_at: None,
        note,
    }
}
