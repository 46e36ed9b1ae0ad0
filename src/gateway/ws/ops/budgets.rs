//! What was spent, and what one means to spend.

use crate::clock::Month;
use crate::gateway::ws::caller::Caller;
use crate::protocol::{BudgetList, BudgetSet, Coded, ErrorCode, GetSummary, SetBudget, Summary, SummarySum, WireError};
use crate::wallet::{BudgetOf, Money, MonthSum};

pub(in crate::gateway::ws) fn summary(caller: &Caller, id: u64, wanted: &GetSummary) -> Result<(), WireError> {
    let currencies = caller.state.wallet.currencies();
    let currency = match &wanted.currency {
        Some(code) => currencies.get(code).map_err(|error| error.wire())?,
        None => currencies.default_currency(),
    };
    let month = match wanted.month.as_deref() {
        Some(text) => Month::parse(text).ok_or_else(|| {
            let refusal = WireError::new(ErrorCode::InvalidField).param("month");
            refusal.detail("reason", "it is a month such as 2026-01")
        })?,
        None => Month::of(caller.state.clock.now()),
    };
    let (records, user) = (caller.state.records.clone(), caller.id());
    caller.answer_later(id, async move {
        let found = records.summary(user, currency, month).await;
        let (summary, complete) = found.map_err(|error| error.wire())?;
        let sum = |sum: &MonthSum| SummarySum {
            kind: sum.purpose.as_str(),
            direction: if sum.flowed.is_in() { "in" } else { "out" },
            returned: sum.flowed.is_back(),
            amount: currency.format(sum.minor),
            count: sum.rows,
        };
        Ok(Summary {
            currency: currency.code().to_owned(),
            month: month.to_string(),
            complete,
            opening: complete.then(|| currency.format(summary.opening)),
            closing: complete.then(|| currency.format(summary.closing)),
            came_in: currency.format(summary.came_in),
            out: currency.format(summary.went_out),
            count: summary.rows,
            sums: summary.sums.iter().map(sum).collect(),
        })
    });
    Ok(())
}

pub(in crate::gateway::ws) fn set(caller: &Caller, id: u64, wanted: &SetBudget) -> Result<(), WireError> {
    let now = Month::of(caller.state.clock.now());
    let of = BudgetOf::parse(wanted, caller.state.wallet.currencies(), now)?;
    let amount = wanted.amount.as_deref().map(|text| Money::parse(text, of.currency));
    let amount = amount.transpose().map_err(|error| error.wire())?;
    let (budgets, user, client_id) = (caller.state.budgets.clone(), caller.id(), wanted.client_id);
    caller.answer_later(id, async move {
        let set = budgets
            .set(client_id, user, of, amount.map(|amount| amount.minor()))
            .await;
        let budget = set.map_err(|error| error.wire())?;
        Ok(BudgetSet { budget })
    });
    Ok(())
}

pub(in crate::gateway::ws) fn list(caller: &Caller, id: u64) {
    let (budgets, user) = (caller.state.budgets.clone(), caller.id());
    caller.answer_later(id, async move {
        let listed = budgets.list(user).await.map_err(|error| error.wire())?;
        Ok(BudgetList {
            budgets: listed.into_iter().map(|(_, view)| view).collect(),
        })
    });
}
