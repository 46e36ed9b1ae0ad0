//! Reversal: money goes back the way it came, all of it or a part, as a row of its own. What is given back of a
//! transfer never exceeds what it moved.

use super::authorise::{Facts, authorise};
use super::plan::{Movement, Plan, Row};
use super::posting::not_closed;
use super::{Loaded, Refund};
use crate::wallet::WalletError;
use crate::wallet::money::Money;
use crate::wallet::transfer::{TransferId, TransferKind};

/// Reverses a posted or captured transfer: what is left of it, or `amount`.
///
/// # Errors
/// [`WalletError::TransferNotFound`], [`WalletError::NotReversible`] (of a red packet too, but for the packet itself),
/// [`WalletError::CurrencyMismatch`], [`WalletError::RefundExceeds`], [`WalletError::AccountClosed`], [`WalletError::InsufficientFunds`] (who got the
/// money has it no longer), [`WalletError::BalanceLimit`].
pub(super) fn reverse(
    plan: &mut Plan,
    loaded: &Loaded,
    of: TransferId,
    amount: Option<Money>,
    note: String,
) -> Result<(), WalletError> {
    let transfer = loaded.transfer(of).ok_or(WalletError::TransferNotFound)?;
    if !matches!(transfer.kind, TransferKind::Post | TransferKind::Capture) {
        return Err(WalletError::NotReversible);
    }
    // What lies in a packet belongs to whoever takes a share of it. Only the packet gives back what is left, so that
    // what is set aside for all packets is always what is left of them. What came from a bank or is on its way to one goes
    // back when the bank says so.
    if transfer.purpose.is_given_back_by_its_flow() && transfer.flow.is_some() && transfer.flow != plan.flow() {
        return Err(WalletError::NotReversible);
    }
    let (moved, currency) = (transfer.money.minor(), transfer.money.currency());
    let refunded = loaded.refunded(transfer.seq);
    let left = moved.saturating_sub(refunded);
    let exceeds = WalletError::RefundExceeds { left, currency };
    let money = match amount {
        Some(money) if money.currency() != currency => return Err(WalletError::CurrencyMismatch),
        Some(money) if money.minor() > left => return Err(exceeds),
        Some(money) => money,
        None => Money::of_minor(left, currency).map_err(|_| exceeds)?,
    };
    let debit = plan.existing(loaded, transfer.credit)?;
    let credit = plan.existing(loaded, transfer.debit)?;
    not_closed(plan.account(debit))?;
    not_closed(plan.account(credit))?;
    let giver = *plan.account(debit);
    authorise(&Facts {
        account: &giver,
        kind: TransferKind::Reverse,
        purpose: transfer.purpose,
        minor: money.minor(),
        at: plan.at(),
        limits: loaded.limits.get(currency),
    })?;
    if giver.available() < money.minor() {
        return Err(WalletError::InsufficientFunds {
            available: giver.available().max(0),
            currency,
        });
    }
    let row = Row {
        kind: TransferKind::Reverse,
        purpose: transfer.purpose,
        money,
        of: Some(transfer.seq),
        expires_at: None,
        note,
    };
    let by = Movement {
        posted: money.minor(),
        held: 0,
    };
    plan.row(row, debit, credit, by)?;
    plan.set_refund(Refund {
        transfer: transfer.seq,
        amount: moved,
        refunded: refunded.saturating_add(money.minor()),
    });
    Ok(())
}
