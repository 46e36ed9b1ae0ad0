//! Top-ups and withdrawals held against the rows that are their steps: what one says of itself must be where its money is.

use std::collections::HashMap;

use super::replay::Replay;
use super::{AuditError, Break, ensure};
use crate::wallet::account::AccountKind;
use crate::wallet::flow::{FlowKind, FlowRef};
use crate::wallet::funding::{Funding, FundingState};
use crate::wallet::store::AuditSnapshot;
use crate::wallet::transfer::{Transfer, TransferKind};

/// Read at once.
const PAGE: u64 = 512;

/// By how much the rows of one moved each kind of account, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Placed {
    person: i64,
    cash: i64,
    clearing: i64,
    suspense: i64,
    chargebacks: i64,
}

/// Where the rows of all of them put their money.
pub(super) type FundingSums = HashMap<FlowRef, Placed>;

impl Placed {
    fn of(&mut self, kind: AccountKind) -> Option<&mut i64> {
        match kind {
            AccountKind::Person => Some(&mut self.person),
            AccountKind::ProviderCash => Some(&mut self.cash),
            AccountKind::ClearingOut => Some(&mut self.clearing),
            AccountKind::Suspense => Some(&mut self.suspense),
            AccountKind::Chargebacks => Some(&mut self.chargebacks),
            AccountKind::ClearingIn | AccountKind::Escrow | AccountKind::Fees => None,
        }
    }
}

/// Whether a row is a step of one.
pub(super) fn is_step(row: &Transfer) -> bool {
    row.flow.is_some_and(|flow| FlowKind::FUNDING.contains(&flow.kind))
}

/// Counts a row of one. Sides are what the accounts are for.
pub(super) fn count(sums: &mut FundingSums, row: &Transfer, sides: (AccountKind, AccountKind)) -> Result<(), Break> {
    let Some(flow) = row.flow else { return Ok(()) };
    ensure(matches!(row.kind, TransferKind::Post | TransferKind::Reverse), || {
        format!("row {} of a top-up or withdrawal neither posts nor reverses", row.seq)
    })?;
    let (placed, minor) = (sums.entry(flow).or_default(), row.money.minor());
    for (kind, by) in [(sides.0, -minor), (sides.1, minor)] {
        let sum = placed.of(kind).and_then(|sum| {
            *sum = sum.checked_add(by)?;
            Some(())
        });
        sum.ok_or_else(|| Break {
            what: format!("row {} moves an account that no top-up and no withdrawal does", row.seq),
        })?;
    }
    Ok(())
}

/// Whether money of `amount` is where it has to be in a state.
fn agrees(state: FundingState, amount: i64, placed: Placed) -> bool {
    let Placed {
        person,
        cash,
        clearing,
        suspense,
        chargebacks,
    } = placed;
    let aside = suspense == 0 || suspense == amount;
    match state {
        FundingState::Created | FundingState::RequiresAction | FundingState::Processing | FundingState::Failed => {
            placed == Placed::default()
        }
        FundingState::Settled => {
            cash == -amount && aside && person == amount - suspense && (clearing, chargebacks) == (0, 0)
        }
        // What the account had no longer is lost.
        FundingState::Reversed => {
            let lost = (-amount..=0).contains(&chargebacks);
            (cash, clearing) == (0, 0) && lost && person + suspense + chargebacks == 0
        }
        FundingState::Held | FundingState::Submitted => {
            (person, clearing) == (-amount, amount) && (cash, suspense, chargebacks) == (0, 0, 0)
        }
        FundingState::Paid => (person, cash) == (-amount, amount) && (clearing, suspense, chargebacks) == (0, 0, 0),
        FundingState::NotPaid | FundingState::Returned => {
            aside && person == -suspense && (cash, clearing, chargebacks) == (0, 0, 0)
        }
    }
}

/// Each of them agrees with its rows, and no row is a step of one that there is not. Tells how many there are.
pub(super) async fn every_funding_agrees(snapshot: &AuditSnapshot, replay: &Replay) -> Result<i64, AuditError> {
    let (mut found, mut moved, mut after) = (0, 0, None);
    loop {
        let page: Vec<Funding> = snapshot.fundings(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for funding in &page {
            let placed = replay.funding_sums(funding.named());
            moved += i64::from(placed.is_some());
            let placed = placed.unwrap_or_default();
            ensure(agrees(funding.state, funding.money.minor(), placed), || {
                let (kind, id) = (funding.direction.flow().as_str(), funding.id);
                format!("{kind} {id} is {funding:?}, its rows put {placed:?}")
            })?;
        }
        found += i64::try_from(page.len()).unwrap_or(i64::MAX);
    }
    let named = replay.funding_count();
    ensure(named == moved, || {
        format!("rows are steps of {named} top-ups and withdrawals, and {moved} of those that there are have rows")
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_where_the_state_says_or_it_is_a_break() {
        let at = |person, cash, clearing, suspense, chargebacks| Placed {
            person,
            cash,
            clearing,
            suspense,
            chargebacks,
        };
        let right = [
            (FundingState::Created, at(0, 0, 0, 0, 0)),
            (FundingState::Failed, at(0, 0, 0, 0, 0)),
            (FundingState::Settled, at(5, -5, 0, 0, 0)),
            (FundingState::Settled, at(0, -5, 0, 5, 0)),
            (FundingState::Reversed, at(0, 0, 0, 0, 0)),
            (FundingState::Reversed, at(3, 0, 0, 0, -3)),
            (FundingState::Held, at(-5, 0, 5, 0, 0)),
            (FundingState::Submitted, at(-5, 0, 5, 0, 0)),
            (FundingState::Paid, at(-5, 5, 0, 0, 0)),
            (FundingState::NotPaid, at(0, 0, 0, 0, 0)),
            (FundingState::NotPaid, at(-5, 0, 0, 5, 0)),
            (FundingState::Returned, at(0, 0, 0, 0, 0)),
        ];
        for (state, placed) in right {
            assert!(agrees(state, 5, placed), "{state:?} {placed:?}");
            for by in [1, -1] {
                for field in 0..5 {
                    let mut other = placed;
                    let fields = [
                        &mut other.person,
                        &mut other.cash,
                        &mut other.clearing,
                        &mut other.suspense,
                        &mut other.chargebacks,
                    ];
                    *fields.into_iter().nth(field).unwrap() += by;
                    assert!(!agrees(state, 5, other), "{state:?} {other:?}");
                }
            }
        }
    }
}
