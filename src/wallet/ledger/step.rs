//! What is asked of the ledger in one instruction: steps that are taken in their order, all of them or none.

use super::hold::{self, HoldTerms};
use super::plan::Plan;
use super::posting::{self, Leg, check_sides};
use super::{Loaded, Order, reversal};
use crate::wallet::WalletError;
use crate::wallet::account::AccountRef;
use crate::wallet::money::Money;
use crate::wallet::transfer::TransferId;

/// Rows of one instruction at most: a bill among many is still one commit.
pub const MAX_LEGS: usize = 100;

/// One row that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Money moves.
    Post(Leg),
    /// Money is held.
    Hold(HoldTerms),
    /// A hold is captured: all of it, or an amount, and then the rest is free again.
    Capture {
        /// The hold.
        of: TransferId,
        /// How much; all of it without.
        amount: Option<Money>,
        /// Why.
        note: String,
    },
    /// A hold is given up: all of it is free again.
    Void {
        /// The hold.
        of: TransferId,
        /// Why.
        note: String,
    },
    /// A hold ends because its time has passed.
    Expire {
        /// The hold.
        of: TransferId,
    },
    /// The same for one that somebody may have ended before: then nothing is left to be done.
    Lapse {
        /// The hold.
        of: TransferId,
    },
    /// Money goes back the way it came.
    Reverse {
        /// The transfer.
        of: TransferId,
        /// How much; all that is left without.
        amount: Option<Money>,
        /// Why.
        note: String,
    },
}

impl Step {
    /// The two accounts, if the step names them itself.
    #[must_use]
    pub const fn sides(&self) -> Option<(AccountRef, AccountRef)> {
        match self {
            Self::Post(leg) => Some((leg.debit, leg.credit)),
            Self::Hold(terms) => Some((terms.debit, terms.credit)),
            Self::Capture { .. }
            | Self::Void { .. }
            | Self::Expire { .. }
            | Self::Lapse { .. }
            | Self::Reverse { .. } => None,
        }
    }

    /// The transfer that the step resolves or reverses, if it does.
    #[must_use]
    pub const fn target(&self) -> Option<TransferId> {
        match self {
            Self::Post(_) | Self::Hold(_) => None,
            Self::Capture { of, .. }
            | Self::Void { of, .. }
            | Self::Expire { of }
            | Self::Lapse { of }
            | Self::Reverse { of, .. } => Some(*of),
        }
    }

    /// Asks for what the step is decided by.
    pub fn want(&self, loaded: &mut Loaded) {
        if let Some((debit, credit)) = self.sides() {
            loaded.want_account(debit.id);
            loaded.want_account(credit.id);
        }
        if let Some(of) = self.target() {
            loaded.want_target(of);
        }
    }
}

/// Plans steps in their order, each over what the ones before left; nothing, if one of them is refused.
///
/// # Errors
/// [`WalletError`], of the first step that is refused: [`WalletError::LegsInvalid`] without a step or with more than
/// [`MAX_LEGS`]; [`WalletError::SelfTransfer`] and [`WalletError::CurrencyMismatch`] of any of them before all else.
pub fn plan(loaded: &Loaded, order: Order, steps: Vec<Step>) -> Result<Plan, WalletError> {
    if !(1..=MAX_LEGS).contains(&steps.len()) {
        return Err(WalletError::LegsInvalid);
    }
    for step in &steps {
        match step {
            Step::Post(leg) => check_sides(leg.debit, leg.credit, leg.money)?,
            Step::Hold(terms) => check_sides(terms.debit, terms.credit, terms.money)?,
            _ => {}
        }
    }
    let mut plan = Plan::begin(loaded, order)?;
    // What has to be opened is opened before the first row, so that the rows stand at positions in a row.
    for (debit, credit) in steps.iter().filter_map(Step::sides) {
        plan.open(loaded, debit);
        plan.open(loaded, credit);
    }
    for step in steps {
        match step {
            Step::Post(leg) => posting::post(&mut plan, loaded, leg)?,
            Step::Hold(terms) => hold::hold(&mut plan, loaded, terms)?,
            Step::Capture { of, amount, note } => hold::capture(&mut plan, loaded, of, amount, note)?,
            Step::Void { of, note } => hold::void(&mut plan, loaded, of, note)?,
            Step::Expire { of } => hold::expire(&mut plan, loaded, of)?,
            Step::Lapse { of } => match hold::expire(&mut plan, loaded, of) {
                Err(WalletError::HoldResolved { .. }) => {}
                other => other?,
            },
            Step::Reverse { of, amount, note } => reversal::reverse(&mut plan, loaded, of, amount, note)?,
        }
    }
    plan.number_legs();
    Ok(plan)
}
