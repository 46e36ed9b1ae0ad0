//! Why a payment method cannot be used, and what that is on the wire.

use crate::clock::Micros;
use crate::protocol::{Coded, ErrorCode, WireError};
use crate::wallet::providers::Reason;

/// A refusal about a payment method.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    /// Not a card or an account that can be used.
    #[error("{field} is invalid: {reason}")]
    Invalid {
        /// The field, as a path in the request.
        field: &'static str,
        /// Why, in a few words.
        reason: &'static str,
    },
    /// The caller has it already.
    #[error("exists")]
    Exists,
    /// There is no such one of the caller's.
    #[error("not found")]
    NotFound,
    /// The card has expired.
    #[error("expired")]
    Expired,
    /// Not for that direction.
    #[error("unusable")]
    Unusable,
    /// Money does not go to it yet.
    #[error("cooling off until {until}")]
    CoolingOff {
        /// When it does.
        until: Micros,
    },
    /// As many as a person may have.
    #[error("more than {most}")]
    TooMany {
        /// The limit.
        most: usize,
    },
    /// As many top-ups and withdrawals as a person may have under way.
    #[error("more than {most} under way")]
    TooManyUnderWay {
        /// The limit.
        most: usize,
    },
    /// As often as a person may have a method looked at in a day.
    #[error("more than {most} in a day")]
    TooOften {
        /// The limit.
        most: usize,
    },
    /// The provider does not want it.
    #[error("declined: {}", .0.as_str())]
    Declined(Reason),
    /// The provider does not answer.
    #[error("the provider is unavailable")]
    Unavailable,
}

impl MethodError {
    /// The word of it on the wire.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Invalid { .. } => ErrorCode::MethodInvalid,
            Self::Exists => ErrorCode::MethodExists,
            Self::NotFound => ErrorCode::MethodNotFound,
            Self::Expired => ErrorCode::MethodExpired,
            Self::Unusable => ErrorCode::MethodUnusable,
            Self::CoolingOff { .. } => ErrorCode::MethodCoolingOff,
            Self::TooMany { .. } | Self::TooManyUnderWay { .. } => ErrorCode::TooMany,
            Self::TooOften { .. } => ErrorCode::TooManyTries,
            Self::Declined(_) => ErrorCode::ProviderDeclined,
            Self::Unavailable => ErrorCode::ProviderUnavailable,
        }
    }
}

impl Coded for MethodError {
    fn wire(&self) -> WireError {
        let told = WireError::new(self.code()).detail("money", "not_moved");
        match self {
            Self::Invalid { field, reason } => told.param(*field).detail("reason", *reason),
            Self::NotFound | Self::Expired | Self::Unusable => told.param("method"),
            Self::CoolingOff { until } => told.param("method").detail("until", until.to_string()),
            Self::TooMany { most } | Self::TooManyUnderWay { most } | Self::TooOften { most } => {
                told.detail("most", *most)
            }
            Self::Declined(reason) => told.detail("reason", reason.as_str()),
            Self::Exists | Self::Unavailable => told,
        }
    }
}
