//! Why the wallet refuses, and what that is on the wire: each refusal of a payment says whether money moved.

use super::money::Currency;
use crate::chat::ChatError;
use crate::db::Fault;
use crate::group_commit::Failure;
use crate::protocol::{Coded, ErrorCode, WireError};

/// A refusal of the wallet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WalletError {
    /// Not an amount of this currency.
    #[error("amount invalid")]
    AmountInvalid,
    /// Not offered.
    #[error("currency unsupported")]
    CurrencyUnsupported,
    /// Over the limit.
    #[error("note over {most} characters")]
    NoteTooLong {
        /// The limit.
        most: usize,
    },
    /// To oneself.
    #[error("self transfer")]
    SelfTransfer,
    /// Unknown, or not in this conversation.
    #[error("payee unavailable")]
    PayeeUnavailable,
    /// The payer is not a member of the conversation.
    #[error("not a member")]
    NotAMember,
    /// Not enough, with what is available in minor units.
    #[error("insufficient funds: {available} {currency} available")]
    InsufficientFunds {
        /// Minor units that could be spent.
        available: i64,
        /// Of what.
        currency: Currency,
    },
    /// A balance would leave the range of the ledger.
    #[error("balance limit")]
    BalanceLimit,
    /// Nothing goes out of it.
    #[error("account frozen")]
    AccountFrozen,
    /// Nothing moves.
    #[error("account closed")]
    AccountClosed,
    /// It came too late.
    #[error("not after passed")]
    NotAfterPassed,
    /// The id was used for something else.
    #[error("idempotency conflict")]
    IdempotencyConflict,
    /// No payment with this id.
    #[error("transfer not found")]
    TransferNotFound,
    /// The wallet's queue or the lane's is full.
    #[error("busy")]
    Busy,
    /// The batch failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl WalletError {
    /// The word by which a final refusal is kept for a repetition of the same request; `None` for one that a later
    /// attempt with the same id may yet turn into a payment.
    #[must_use]
    pub fn as_receipt(&self) -> Option<String> {
        match self {
            Self::InsufficientFunds { available, currency } => {
                Some(format!("insufficient_funds {available} {currency}"))
            }
            Self::BalanceLimit => Some("limit_exceeded".into()),
            Self::AccountFrozen => Some("account_frozen".into()),
            Self::AccountClosed => Some("account_closed".into()),
            _ => None,
        }
    }

    /// Reads a kept refusal back.
    #[must_use]
    pub fn from_receipt(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        match words.next()? {
            "insufficient_funds" => {
                let available = words.next()?.parse().ok()?;
                Some(Self::InsufficientFunds {
                    available,
                    currency: Currency::of(words.next()?).ok()?,
                })
            }
            "limit_exceeded" => Some(Self::BalanceLimit),
            "account_frozen" => Some(Self::AccountFrozen),
            "account_closed" => Some(Self::AccountClosed),
            _ => None,
        }
    }

    fn code(&self) -> ErrorCode {
        match self {
            Self::AmountInvalid => ErrorCode::AmountInvalid,
            Self::CurrencyUnsupported => ErrorCode::CurrencyUnsupported,
            Self::NoteTooLong { .. } => ErrorCode::NoteTooLong,
            Self::SelfTransfer => ErrorCode::SelfTransfer,
            Self::PayeeUnavailable => ErrorCode::PayeeUnavailable,
            Self::NotAMember => ErrorCode::NotAMember,
            Self::InsufficientFunds { .. } => ErrorCode::InsufficientFunds,
            Self::BalanceLimit => ErrorCode::BalanceLimit,
            Self::AccountFrozen => ErrorCode::AccountFrozen,
            Self::AccountClosed => ErrorCode::AccountClosed,
            Self::NotAfterPassed => ErrorCode::NotAfterPassed,
            Self::IdempotencyConflict => ErrorCode::IdempotencyConflict,
            Self::TransferNotFound => ErrorCode::TransferNotFound,
            Self::Busy | Self::Failed(Failure::Busy) => ErrorCode::WalletBusy,
            Self::Failed(Failure::Storage) => ErrorCode::StorageUnavailable,
            Self::Failed(Failure::Unknown) => ErrorCode::OutcomeUnknown,
            Self::Failed(Failure::Constraint(_) | Failure::Internal) => ErrorCode::Internal,
        }
    }

    const fn param(&self) -> Option<&'static str> {
        match self {
            Self::AmountInvalid => Some("amount"),
            Self::CurrencyUnsupported => Some("currency"),
            Self::NoteTooLong { .. } => Some("note"),
            Self::SelfTransfer | Self::PayeeUnavailable => Some("to"),
            Self::NotAMember => Some("conversation"),
            Self::NotAfterPassed => Some("not_after"),
            Self::IdempotencyConflict => Some("client_id"),
            _ => None,
        }
    }
}

impl Coded for WalletError {
    fn wire(&self) -> WireError {
        let mut told = WireError::new(self.code());
        match self {
            // The payment may still be on its way: nothing is said of it.
            Self::TransferNotFound => {}
            Self::Failed(Failure::Unknown) => told = told.detail("money", "unknown"),
            _ => told = told.detail("money", "not_moved"),
        }
        if let Some(param) = self.param() {
            told = told.param(param);
        }
        match self {
            Self::InsufficientFunds { available, currency } => told
                .detail("available", currency.format(*available))
                .detail("currency", currency.code()),
            Self::NoteTooLong { most } => told.detail("most_characters", *most),
            _ => told,
        }
    }
}

impl From<ChatError> for WalletError {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::NotAMember => Self::NotAMember,
            ChatError::IdempotencyConflict => Self::IdempotencyConflict,
            ChatError::MembersInvalid => Self::SelfTransfer,
            ChatError::Busy => Self::Busy,
            ChatError::Failed(failure) => Self::Failed(failure),
            ChatError::TitleInvalid | ChatError::TextEmpty | ChatError::TextInvalid | ChatError::TextTooLong { .. } => {
                Self::Failed(Failure::Internal)
            }
        }
    }
}

impl From<Fault> for WalletError {
    fn from(fault: Fault) -> Self {
        if fault.is_transient() {
            return Self::Busy;
        }
        tracing::error!(error = %fault, "the wallet could not read");
        Self::Failed(Failure::Internal)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_kept_refusal_is_read_back_as_it_was() {
        let currency = Currency::of("CNY").expect("a currency");
        let final_ones = [
            WalletError::InsufficientFunds {
                available: 1250,
                currency,
            },
            WalletError::BalanceLimit,
            WalletError::AccountFrozen,
            WalletError::AccountClosed,
        ];
        for refusal in final_ones {
            let kept = refusal.as_receipt().expect("final");
            assert_eq!(WalletError::from_receipt(&kept), Some(refusal));
        }
        assert_eq!(WalletError::Busy.as_receipt(), None);
        assert_eq!(WalletError::NotAMember.as_receipt(), None);
    }

    #[test]
    fn what_is_available_is_told_and_money_did_not_move() {
        let currency = Currency::of("CNY").expect("a currency");
        let told = WalletError::InsufficientFunds {
            available: 1250,
            currency,
        }
        .wire();
        let detail = told.detail.expect("detail");
        assert_eq!(
            (&detail["money"], &detail["available"]),
            (&json!("not_moved"), &json!("12.50"))
        );
    }
}
