//! Payments in direct conversations: one of each pair pays the other the smallest amount that there is.

use std::sync::Arc;

use anyhow::{Context as _, ensure};

use super::args::Plan;
use super::chat;
use super::frames::Welcome;
use super::meter::Meter;
use super::pair_loop::{Errand, Outcome, Work, pace, run_all};
use super::pairs::Pair;
use super::report::{Check, Ended, Report};
use super::target::Target;
use super::timeline::Timeline;
use super::{pairs, progress};

pub(super) async fn run(plan: &Plan, target: &Target) -> anyhow::Result<Report> {
    let (mut pairs, welcome) = pairs::meet(plan, target).await?;
    let currency = welcome.wallet.default_currency.clone();
    let before = follow_accounts(&mut pairs, &currency).await?;
    let work = work(plan, &welcome)?;
    let (usage, mut outcomes) = tokio::try_join!(progress::watch(target, &work.meter), run_all(pairs, &work))?;
    let mut checks = chat::checks(&mut outcomes).await?;
    checks.push(conserved(&mut outcomes, &before, &currency).await?);
    checks.extend(audited(target)?);
    let ended = Ended {
        load: chat::load(plan),
        unit: "payments received",
        per_s: work.meter.delivered() / plan.seconds.as_secs(),
        checks,
        server: usage.server(welcome.server.version),
        client: usage.client(),
    };
    Ok(Report::new(plan, &work.meter, ended))
}

/// Payments of the smallest amount that there is, from now on.
pub(super) fn work(plan: &Plan, welcome: &Welcome) -> anyhow::Result<Arc<Work>> {
    ensure!(
        plan.size <= welcome.limits.note_chars,
        "--size {} is more than a payment's note may have: {} (limits.note_chars)",
        plan.size,
        welcome.limits.note_chars
    );
    Ok(Arc::new(Work {
        errand: Errand::Pay {
            amount: decimal(1, welcome)?,
            currency: welcome.wallet.default_currency.clone(),
        },
        window: plan.window,
        size: plan.size,
        every: pace(plan),
        meter: Meter::new(Timeline::begin(plan))?,
    }))
}

/// Everybody's balance, whose account they follow from now on.
pub(super) async fn follow_accounts(pairs: &mut [Pair], currency: &str) -> anyhow::Result<Balances> {
    let mut before = Balances::with_capacity(pairs.len());
    for Pair { sender, receiver, .. } in pairs {
        let payer = sender.follow_account(currency).await?;
        let payee = receiver.follow_account(currency).await?;
        before.insert(sender.id, (minor(&payer.balance)?, minor(&payee.balance)?));
    }
    Ok(before)
}

/// Balances of payer and payee by the payer, in the smallest unit.
pub(super) type Balances = std::collections::HashMap<crate::ids::UserId, (i64, i64)>;

/// The sum over everybody is what it was, and each balance moved by what was acknowledged.
pub(super) async fn conserved(outcomes: &mut [Outcome], before: &Balances, currency: &str) -> anyhow::Result<Check> {
    let (mut sum_before, mut sum_after, mut differ) = (0_i128, 0_i128, 0_u64);
    for Outcome { pair, acknowledged, .. } in outcomes {
        let Pair { sender, receiver, .. } = pair;
        let (payer, payee) = before.get(&sender.id).copied().context("a pair that was not there")?;
        let payer_after = minor(&sender.account(currency).await?.balance)?;
        let payee_after = minor(&receiver.account(currency).await?.balance)?;
        sum_before += i128::from(payer) + i128::from(payee);
        sum_after += i128::from(payer_after) + i128::from(payee_after);
        let moved = i64::try_from(*acknowledged)?;
        differ += u64::from(payer - payer_after != moved || payee_after - payee != moved);
    }
    Ok(Check::new(
        "money is conserved",
        sum_before == sum_after && differ == 0,
        format!("{sum_before} before, {sum_after} after, in the smallest unit; {differ} pairs differ"),
    ))
}

/// What the audit of a server of our own says.
pub(super) fn audited(target: &Target) -> anyhow::Result<Option<Check>> {
    let Some(child) = target.child() else { return Ok(None) };
    let (passed, said) = match child.audit() {
        Ok(said) => (true, said),
        Err(error) => (false, format!("{error:#}")),
    };
    Ok(Some(Check::new("the ledger's audit", passed, said)))
}

/// So many of the smallest unit of the server's default currency, as requests have it.
pub(super) fn decimal(minor: i64, welcome: &Welcome) -> anyhow::Result<String> {
    let code = &welcome.wallet.default_currency;
    let currency = welcome.wallet.currencies.iter().find(|one| one.code == *code);
    let exponent = currency.map(|one| usize::from(one.exponent)).context("no currency")?;
    Ok(with_point(minor, exponent))
}

fn with_point(minor: i64, exponent: usize) -> String {
    // One digit before the point at least.
    let mut text = format!("{minor:0>width$}", width = exponent + 1);
    if exponent > 0 {
        text.insert(text.len() - exponent, '.');
    }
    text
}

/// An amount as answers have it, with exactly its currency's decimals, as whole smallest units.
pub(super) fn minor(amount: &str) -> anyhow::Result<i64> {
    amount
        .replace('.', "")
        .parse()
        .with_context(|| format!("the amount {amount}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balances_are_whole_units() {
        assert_eq!(minor("12.50").ok(), Some(1_250));
        assert_eq!(minor("-0.01").ok(), Some(-1));
        assert!(minor("much").is_err());
        assert_eq!(with_point(1, 0), "1");
        assert_eq!(with_point(1, 4), "0.0001");
        assert_eq!(with_point(100_000, 2), "1000.00");
    }
}
