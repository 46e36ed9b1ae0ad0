//! Why the wallet refuses, and what that is on the wire: each refusal of a payment says whether money moved.

use super::flow::FlowKind;
use super::flows::{FlowState, PartyState};
use super::funding::MethodError;
use super::ledger::{HoldState, LimitKind};
use super::money::Currency;

use crate::chat::ChatError;
use crate::clock::Micros;
use crate::db::Fault;
use crate::group_commit::Failure;
use crate::identity::Lack;
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
    /// More than may leave the account.
    #[error("limit {} exceeded: {left} {currency} left", limit.as_str())]
    LimitExceeded {
        /// Which one.
        limit: LimitKind,
        /// Minor units that may still leave under it.
        left: i64,
        /// Of what.
        currency: Currency,
        /// When it begins anew.
        until: Option<Micros>,
    },
    /// The payer agreed to another fee.
    #[error("fee changed: {fee} {currency}")]
    FeeChanged {
        /// What it is, in minor units.
        fee: i64,
        /// Of what.
        currency: Currency,
    },
    /// An account holds another currency; nothing is ever converted in silence.
    #[error("currency mismatch")]
    CurrencyMismatch,
    /// No legs, or too many.
    #[error("legs invalid")]
    LegsInvalid,
    /// A hold would end before it began.
    #[error("expiry passed")]
    ExpiryPassed,
    /// What was named is no hold.
    #[error("not a hold")]
    NotAHold,
    /// The hold has ended already.
    #[error("hold {}", state.as_str())]
    HoldResolved {
        /// How.
        state: HoldState,
    },
    /// The hold's time has not passed.
    #[error("hold not expired")]
    HoldNotExpired,
    /// More than was held.
    #[error("capture exceeds the hold: {left} {currency}")]
    CaptureExceeds {
        /// Minor units that are held.
        left: i64,
        /// Of what.
        currency: Currency,
    },
    /// Only what moved money can be reversed.
    #[error("not reversible")]
    NotReversible,
    /// More than is left to give back.
    #[error("refund exceeds: {left} {currency} left")]
    RefundExceeds {
        /// Minor units that can still be given back.
        left: i64,
        /// Of what.
        currency: Currency,
    },
    /// There is no such account.
    #[error("account not found")]
    AccountNotFound,
    /// Something is still in it.
    #[error("account not empty: {posted} posted, {held} held")]
    AccountNotEmpty {
        /// Minor units in it.
        posted: i64,
        /// Minor units held.
        held: i64,
        /// Of what.
        currency: Currency,
    },
    /// It is as was asked already.
    #[error("account unchanged")]
    AccountUnchanged,
    /// Nothing goes out of it.
    #[error("account frozen")]
    AccountFrozen,
    /// Nothing moves.
    #[error("account closed")]
    AccountClosed,
    /// It came too late.
    #[error("not after passed")]
    NotAfterPassed,
    /// Whoever pays has yet to confirm it.
    #[error("step-up required: {}", .0.as_str())]
    StepUpRequired(Lack),
    /// The id was used for something else.
    #[error("idempotency conflict")]
    IdempotencyConflict,
    /// Somebody else decides this.
    #[error("not yours")]
    NotYours,
    /// The flow has ended.
    #[error("{} {}", kind.as_str(), state.as_str())]
    FlowClosed {
        /// What it is.
        kind: FlowKind,
        /// How it ended.
        state: FlowState,
    },
    /// The caller has answered already.
    #[error("already {}", state.as_str())]
    AlreadyAnswered {
        /// How.
        state: PartyState,
    },
    /// The caller has taken their share.
    #[error("already claimed")]
    AlreadyClaimed,
    /// No share is left.
    #[error("packet empty")]
    PacketEmpty,
    /// Not so many shares of so much.
    #[error("packet invalid")]
    PacketInvalid,
    /// The shares do not sum to the bill; by how much they are off, in minor units or basis points.
    #[error("shares off by {difference}")]
    ShareMismatch {
        /// Above zero when the shares are more.
        difference: i64,
    },
    /// Nobody, too many, somebody twice, or the caller.
    #[error("payers invalid")]
    PayersInvalid,
    /// There is one of this payment.
    #[error("dispute exists")]
    DisputeExists,
    /// Not a time or a rhythm at which something can be paid.
    #[error("schedule invalid")]
    ScheduleInvalid,
    /// Of a payment method, or what its provider says.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// No payment with this id.
    #[error("transfer not found")]
    TransferNotFound,
    /// As many budgets as a person may have.
    #[error("too many budgets")]
    TooManyBudgets {
        /// The limit.
        most: usize,
    },
    /// More movements than one statement holds.
    #[error("statement over {most} movements")]
    StatementTooLong {
        /// The limit.
        most: usize,
    },
    /// The wallet's queue or the lane's is full.
    #[error("busy")]
    Busy,
    /// The batch failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// Final refusals that say all in one word.
const PLAIN_RECEIPTS: &[(WalletError, &str)] = &[
    (WalletError::BalanceLimit, "limit_exceeded"),
    (WalletError::AccountFrozen, "account_frozen"),
    (WalletError::AccountClosed, "account_closed"),
    (WalletError::NotAHold, "not_a_hold"),
    (WalletError::NotReversible, "not_reversible"),
    (WalletError::CurrencyMismatch, "currency_mismatch"),
    (WalletError::AccountUnchanged, "account_unchanged"),
];

impl WalletError {
    /// The word by which a final refusal is kept for a repetition of the same request; `None` for one that a later
    /// attempt with the same id may yet turn into a payment.
    #[must_use]
    pub fn as_receipt(&self) -> Option<String> {
        Some(match self {
            Self::InsufficientFunds { available, currency } => format!("insufficient_funds {available} {currency}"),
            Self::LimitExceeded {
                limit,
                left,
                currency,
                until,
            } => {
                let until = until.map_or(0, |moment| moment.0);
                format!("limit {} {left} {currency} {until}", limit.as_str())
            }
            Self::CaptureExceeds { left, currency } => format!("capture_exceeds {left} {currency}"),
            Self::RefundExceeds { left, currency } => format!("refund_exceeds {left} {currency}"),
            Self::AccountNotEmpty { posted, held, currency } => format!("account_not_empty {posted} {held} {currency}"),
            Self::HoldResolved { state } => format!("hold_resolved {}", state.code()),
            plain => {
                return PLAIN_RECEIPTS
                    .iter()
                    .find(|(error, _)| error == plain)
                    .map(|(_, word)| (*word).into());
            }
        })
    }

    /// Reads a kept refusal back.
    #[must_use]
    pub fn from_receipt(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let first = words.next()?;
        if let Some((plain, _)) = PLAIN_RECEIPTS.iter().find(|(_, word)| *word == first) {
            return Some(plain.clone());
        }
        let limit = if first == "limit" {
            LimitKind::from_word(words.next()?)
        } else {
            None
        };
        let number: i64 = words.next()?.parse().ok()?;
        if first == "hold_resolved" {
            let state = HoldState::from_code(i16::try_from(number).ok()?)?;
            return Some(Self::HoldResolved { state });
        }
        if first == "account_not_empty" {
            let held = words.next()?.parse().ok()?;
            let currency = Currency::of(words.next()?).ok()?;
            return Some(Self::AccountNotEmpty {
                posted: number,
                held,
                currency,
            });
        }
        let currency = Currency::of(words.next()?).ok()?;
        let (available, left) = (number, number);
        match first {
            "insufficient_funds" => Some(Self::InsufficientFunds { available, currency }),
            "capture_exceeds" => Some(Self::CaptureExceeds { left, currency }),
            "refund_exceeds" => Some(Self::RefundExceeds { left, currency }),
            "limit" => {
                let until: i64 = words.next()?.parse().ok()?;
                Some(Self::LimitExceeded {
                    limit: limit?,
                    left,
                    currency,
                    until: (until != 0).then_some(Micros(until)),
                })
            }
            _ => None,
        }
    }

    /// The word of it on the wire.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.code().as_str()
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
            Self::BalanceLimit | Self::LimitExceeded { .. } => ErrorCode::LimitExceeded,
            Self::CurrencyMismatch => ErrorCode::CurrencyMismatch,
            Self::FeeChanged { .. } => ErrorCode::FeeChanged,
            Self::LegsInvalid => ErrorCode::LegsInvalid,
            Self::ExpiryPassed => ErrorCode::ExpiryPassed,
            Self::NotAHold => ErrorCode::NotAHold,
            Self::HoldResolved { .. } => ErrorCode::HoldResolved,
            Self::HoldNotExpired => ErrorCode::HoldNotExpired,
            Self::CaptureExceeds { .. } => ErrorCode::CaptureExceeds,
            Self::NotReversible => ErrorCode::NotReversible,
            Self::RefundExceeds { .. } => ErrorCode::RefundExceeds,
            Self::AccountNotFound => ErrorCode::AccountNotFound,
            Self::AccountNotEmpty { .. } => ErrorCode::AccountNotEmpty,
            Self::AccountUnchanged => ErrorCode::AccountUnchanged,
            Self::AccountFrozen => ErrorCode::AccountFrozen,
            Self::AccountClosed => ErrorCode::AccountClosed,
            Self::NotAfterPassed => ErrorCode::NotAfterPassed,
            Self::StepUpRequired(_) => ErrorCode::StepUpRequired,
            Self::IdempotencyConflict => ErrorCode::IdempotencyConflict,
            Self::NotYours => ErrorCode::NotYours,
            Self::FlowClosed { kind, state } => match kind {
                FlowKind::Offer => ErrorCode::AlreadyResolved,
                FlowKind::Request => ErrorCode::RequestNotOpen,
                FlowKind::Packet if *state == FlowState::Exhausted => ErrorCode::PacketEmpty,
                FlowKind::Packet => ErrorCode::PacketExpired,
                FlowKind::Bill => ErrorCode::BillNotOpen,
                FlowKind::Schedule => ErrorCode::ScheduleEnded,
                FlowKind::Dispute => ErrorCode::DisputeEnded,
                FlowKind::TopUp | FlowKind::Withdrawal => ErrorCode::AlreadyResolved,
            },
            Self::AlreadyAnswered { .. } => ErrorCode::AlreadyResolved,
            Self::AlreadyClaimed => ErrorCode::AlreadyClaimed,
            Self::PacketEmpty => ErrorCode::PacketEmpty,
            Self::PacketInvalid => ErrorCode::PacketInvalid,
            Self::ShareMismatch { .. } => ErrorCode::ShareMismatch,
            Self::PayersInvalid => ErrorCode::PayersInvalid,
            Self::DisputeExists => ErrorCode::DisputeExists,
            Self::ScheduleInvalid => ErrorCode::ScheduleInvalid,
            Self::Method(error) => error.code(),
            Self::TransferNotFound => ErrorCode::TransferNotFound,
            Self::TooManyBudgets { .. } => ErrorCode::TooMany,
            Self::StatementTooLong { .. } => ErrorCode::StatementTooLong,
            Self::Busy | Self::Failed(Failure::Busy) => ErrorCode::WalletBusy,
            Self::Failed(Failure::Storage) => ErrorCode::StorageUnavailable,
            Self::Failed(Failure::Unknown) => ErrorCode::OutcomeUnknown,
            Self::Failed(Failure::Constraint(_) | Failure::Internal) => ErrorCode::Internal,
        }
    }

    const fn param(&self) -> Option<&'static str> {
        match self {
            Self::AmountInvalid | Self::CaptureExceeds { .. } | Self::RefundExceeds { .. } => Some("amount"),
            Self::CurrencyUnsupported => Some("currency"),
            Self::NoteTooLong { .. } => Some("note"),
            Self::FeeChanged { .. } => Some("fee"),
            Self::SelfTransfer | Self::PayeeUnavailable => Some("to"),
            Self::NotAMember => Some("conversation"),
            Self::NotAfterPassed => Some("not_after"),
            Self::StepUpRequired(_) => Some("step_up"),
            Self::PayersInvalid => Some("payers"),
            Self::ShareMismatch { .. } => Some("shares"),
            Self::IdempotencyConflict => Some("client_id"),
            _ => None,
        }
    }
}

impl Coded for WalletError {
    fn wire(&self) -> WireError {
        if let Self::Method(error) = self {
            return error.wire();
        }
        let mut told = WireError::new(self.code());
        match self {
            // The payment may still be on its way: nothing is said of it.
            Self::TransferNotFound | Self::StatementTooLong { .. } | Self::TooManyBudgets { .. } => {}
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
            Self::LimitExceeded {
                limit,
                left,
                currency,
                until,
            } => {
                let told = told
                    .detail("limit", limit.as_str())
                    .detail("left", currency.format(*left))
                    .detail("currency", currency.code());
                match until {
                    Some(until) => told.detail("until", until.to_string()),
                    None => told,
                }
            }
            Self::CaptureExceeds { left, currency } | Self::RefundExceeds { left, currency } => told
                .detail("left", currency.format(*left))
                .detail("currency", currency.code()),
            Self::AccountNotEmpty { posted, held, currency } => told
                .detail("balance", currency.format(*posted))
                .detail("held", currency.format(*held))
                .detail("currency", currency.code()),
            Self::FeeChanged { fee, currency } => told.detail("fee", currency.format(*fee)),
            Self::StepUpRequired(lack) => told.detail("reason", lack.as_str()),
            Self::HoldResolved { state } => told.detail("state", state.as_str()),
            Self::FlowClosed { state, .. } => told.detail("state", state.as_str()),
            Self::AlreadyAnswered { state } => told.detail("state", state.as_str()),
            Self::ShareMismatch { difference } => told.detail("difference", *difference),
            Self::StatementTooLong { most } | Self::TooManyBudgets { most } => told.detail("most", *most),
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
            ChatError::Blocked => Self::PayeeUnavailable,
            ChatError::Busy => Self::Busy,
            ChatError::Failed(failure) => Self::Failed(failure),
            // None of these is asked of a card.
            _ => Self::Failed(Failure::Internal),
        }
    }
}

impl From<Fault> for WalletError {
    fn from(fault: Fault) -> Self {
        if fault.is_transient() {
            return Self::Busy;
        }
        if let Fault::Storage(reason) = &fault {
            tracing::error!(%reason, "the storage refused the wallet");
            return Self::Failed(Failure::Storage);
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
            WalletError::LimitExceeded {
                limit: LimitKind::Day,
                left: 7,
                currency,
                until: Some(Micros(86_400_000_000)),
            },
            WalletError::LimitExceeded {
                limit: LimitKind::Single,
                left: 0,
                currency,
                until: None,
            },
            WalletError::CaptureExceeds { left: 5, currency },
            WalletError::RefundExceeds { left: 0, currency },
            WalletError::AccountNotEmpty {
                posted: -3,
                held: 4,
                currency,
            },
            WalletError::HoldResolved {
                state: HoldState::Expired,
            },
        ];
        let final_ones = final_ones
            .into_iter()
            .chain(PLAIN_RECEIPTS.iter().map(|(error, _)| error.clone()));
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
