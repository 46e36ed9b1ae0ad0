//! Which way money goes, and where a top-up or a withdrawal stands.

use crate::wallet::flow::FlowKind;
use crate::wallet::transfer::Purpose;

/// Which way money goes, as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the bank.
    In,
    /// To the bank.
    Out,
}

impl Direction {
    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::In => 0,
            Self::Out => 1,
        }
    }

    /// Reads the number.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::In),
            1 => Some(Self::Out),
            _ => None,
        }
    }

    /// What its rows are steps of.
    #[must_use]
    pub const fn flow(self) -> FlowKind {
        match self {
            Self::In => FlowKind::TopUp,
            Self::Out => FlowKind::Withdrawal,
        }
    }

    /// What its rows are for.
    #[must_use]
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::In => Purpose::TopUp,
            Self::Out => Purpose::Withdrawal,
        }
    }
}

/// Where it stands. The first six are those of a top-up, the others those of a withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FundingState {
    /// The provider does not know it yet.
    Created,
    /// Its owner has to do something at their bank.
    RequiresAction,
    /// It is under way.
    Processing,
    /// The money is in the account.
    Settled,
    /// It came to nothing.
    Failed,
    /// The bank called it back after it had been settled.
    Reversed,
    /// The money has left the account, and the provider does not know of it yet.
    Held,
    /// It is under way to the bank.
    Submitted,
    /// It is there.
    Paid,
    /// It came to nothing, and the money is in the account again.
    NotPaid,
    /// It came back from the bank, and is in the account again.
    Returned,
}

impl FundingState {
    /// All of them, by their numbers from 0.
    pub const ALL: [Self; 11] = [
        Self::Created,
        Self::RequiresAction,
        Self::Processing,
        Self::Settled,
        Self::Failed,
        Self::Reversed,
        Self::Held,
        Self::Submitted,
        Self::Paid,
        Self::NotPaid,
        Self::Returned,
    ];

    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Created => 0,
            Self::RequiresAction => 1,
            Self::Processing => 2,
            Self::Settled => 3,
            Self::Failed => 4,
            Self::Reversed => 5,
            Self::Held => 6,
            Self::Submitted => 7,
            Self::Paid => 8,
            Self::NotPaid => 9,
            Self::Returned => 10,
        }
    }

    /// Reads the number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::RequiresAction => "requires_action",
            Self::Processing => "processing",
            Self::Settled => "settled",
            Self::Failed | Self::NotPaid => "failed",
            Self::Reversed => "reversed",
            Self::Held => "held",
            Self::Submitted => "submitted",
            Self::Paid => "paid",
            Self::Returned => "returned",
        }
    }

    /// Which way money goes that can be in this state.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::Created | Self::RequiresAction | Self::Processing | Self::Settled | Self::Failed | Self::Reversed => {
                Direction::In
            }
            Self::Held | Self::Submitted | Self::Paid | Self::NotPaid | Self::Returned => Direction::Out,
        }
    }

    /// Whether it is not decided yet.
    #[must_use]
    pub const fn is_unfinished(self) -> bool {
        matches!(
            self,
            Self::Created | Self::RequiresAction | Self::Processing | Self::Held | Self::Submitted
        )
    }

    /// Whether nothing can follow.
    #[must_use]
    pub const fn is_last(self) -> bool {
        matches!(self, Self::Reversed | Self::Returned)
    }
}

/// Why somebody of the operator has to look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    /// The provider speaks of another amount than was asked for.
    OtherAmount,
    /// It is not decided after all this time.
    TooLong,
    /// The provider says what cannot follow on what it said before, or nothing that can be understood.
    Contradiction,
    /// The account takes no money any more: what was to be in it was set aside.
    SetAside,
    /// What the bank called back was not there any more, all of it or a part.
    Loss,
}

impl Review {
    /// The number in the database; 0 stands for none.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::OtherAmount => 1,
            Self::TooLong => 2,
            Self::Contradiction => 3,
            Self::SetAside => 4,
            Self::Loss => 5,
        }
    }

    /// Reads the number.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            1 => Some(Self::OtherAmount),
            2 => Some(Self::TooLong),
            3 => Some(Self::Contradiction),
            4 => Some(Self::SetAside),
            5 => Some(Self::Loss),
            _ => None,
        }
    }

    /// The word for the operator.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OtherAmount => "other_amount",
            Self::TooLong => "too_long",
            Self::Contradiction => "contradiction",
            Self::SetAside => "set_aside",
            Self::Loss => "loss",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_back_and_belong_to_one_direction() {
        for state in FundingState::ALL {
            assert_eq!(FundingState::from_code(state.code()), Some(state));
            // The check of the table.
            let is_in = state.code() <= 5;
            assert_eq!(state.direction() == Direction::In, is_in);
            // The index of what is unfinished.
            assert_eq!(state.is_unfinished(), [0, 1, 2, 6, 7].contains(&state.code()));
        }
        for direction in [Direction::In, Direction::Out] {
            assert_eq!(Direction::from_code(direction.code()), Some(direction));
        }
        for review in [
            Review::OtherAmount,
            Review::TooLong,
            Review::Contradiction,
            Review::SetAside,
            Review::Loss,
        ] {
            assert_eq!(Review::from_code(review.code()), Some(review));
        }
        assert_eq!(Review::from_code(0), None);
    }
}
