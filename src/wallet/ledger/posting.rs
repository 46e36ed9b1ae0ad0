//! Posting: money goes from one account to another, in one leg or in several that stand or fall together.

use super::authorise::{Facts, authorise};
use super::plan::{At, Movement, Plan, Row};
use super::{Loaded, Order};
use crate::wallet::WalletError;
use crate::wallet::account::{Account, AccountRef, AccountStatus};
use crate::wallet::money::Money;
use crate::wallet::transfer::{Purpose, TransferKind};

/// Legs of one instruction at most: a bill among many is still one commit.
pub const MAX_LEGS: usize = 100;

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

/// Posts legs in their order, each over what the ones before left; none, if one of them is refused. Refusals in the
/// order of their precedence: the legs themselves, a closed account, a frozen one, a limit, too little money, a
/// balance out of range.
///
/// # Errors
/// [`WalletError`], of the first leg that is refused.
pub fn post(loaded: &Loaded, order: Order, legs: Vec<Leg>) -> Result<Plan, WalletError> {
    let count = i16::try_from(legs.len())
        .ok()
        .filter(|_| (1..=MAX_LEGS).contains(&legs.len()));
    let count = count.ok_or(WalletError::LegsInvalid)?;
    for leg in &legs {
        check_sides(leg.debit, leg.credit, leg.money)?;
    }
    let mut plan = Plan::begin(loaded, order)?;
    // What has to be opened is opened before the first leg, so that the legs stand at positions in a row.
    for leg in &legs {
        plan.open(loaded, leg.debit);
        plan.open(loaded, leg.credit);
    }
    for (number, leg) in (0..count).zip(legs) {
        let (debit, credit) = (plan.open(loaded, leg.debit), plan.open(loaded, leg.credit));
        let kind = TransferKind::Post;
        let minor = leg.money.minor();
        may_leave(loaded, &mut plan, debit, credit, (kind, leg.purpose, minor))?;
        let row = Row {
            kind,
            purpose: leg.purpose,
            leg: number,
            legs: count,
            money: leg.money,
            of: None,
            expires_at: None,
            note: leg.note,
        };
        plan.row(row, debit, credit, Movement { posted: minor, held: 0 })?;
    }
    Ok(plan)
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
