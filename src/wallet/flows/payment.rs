//! What one person pays another within a flow.

use crate::ids::UserId;
use crate::wallet::WalletError;
use crate::wallet::account::{AccountKey, AccountKind, AccountRef};
use crate::wallet::ledger::{Leg, Step};
use crate::wallet::money::{Currency, Money};
use crate::wallet::transfer::Purpose;

/// How much, and what it costs on top.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sum {
    pub(super) money: Money,
    pub(super) fee: Option<Money>,
    pub(super) purpose: Purpose,
}

/// The accounts that a payment may move.
pub(super) fn accounts(payer: UserId, payee: UserId, currency: Currency) -> Vec<AccountRef> {
    vec![
        AccountKey::person(payer, currency).into(),
        AccountKey::person(payee, currency).into(),
        AccountKey::system(AccountKind::Fees, currency).into(),
    ]
}

/// The steps of a payment: the amount, and the fee if there is one.
///
/// # Errors
/// [`WalletError::FeeChanged`] when the payer agreed to another fee, in minor units.
pub(super) fn steps(
    (payer, payee): (UserId, UserId),
    sum: &Sum,
    agreed: Option<i64>,
    note: &str,
) -> Result<Vec<Step>, WalletError> {
    let (currency, fee) = (sum.money.currency(), sum.fee.map_or(0, |fee| fee.minor()));
    if agreed.is_some_and(|agreed| agreed != fee) {
        return Err(WalletError::FeeChanged { fee, currency });
    }
    let debit: AccountRef = AccountKey::person(payer, currency).into();
    let leg = |credit: AccountKey, money, purpose, note: &str| {
        Step::Post(Leg {
            debit,
            credit: credit.into(),
            money,
            purpose,
            note: note.to_owned(),
        })
    };
    let paid = leg(AccountKey::person(payee, currency), sum.money, sum.purpose, note);
    let fees = AccountKey::system(AccountKind::Fees, currency);
    let fee = sum.fee.map(|fee| leg(fees, fee, Purpose::Fee, ""));
    Ok(std::iter::once(paid).chain(fee).collect())
}
