//! Payments in direct conversations, of the smallest amount that there is: what must hold of everybody's money.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};

use super::frames::Welcome;
use super::pair_loop::{Errand, Outcome};
use super::pairs::{Pair, Receiver, Side};
use super::report::Check;
use super::target::Target;
use crate::ids::UserId;

/// A payment of the smallest amount of the default currency, with a note of so many bytes.
pub(super) fn errand(size: usize, welcome: &Welcome) -> anyhow::Result<Errand> {
    ensure!(
        size <= welcome.limits.note_chars,
        "--size {size} is more than a payment's note may have: {} (limits.note_chars)",
        welcome.limits.note_chars
    );
    Ok(Errand::Pay {
        amount: decimal(1, welcome)?,
        currency: welcome.wallet.default_currency.clone(),
    })
}

/// Balances by their owner, in the smallest unit.
pub(super) type Balances = HashMap<UserId, i64>;

/// Everybody's balance, whose account they follow from now on.
pub(super) async fn follow_accounts(pairs: &mut [Pair], currency: &str) -> anyhow::Result<Balances> {
    let mut before = Balances::with_capacity(pairs.len() * 2);
    for Pair { sender, receiver, .. } in pairs {
        before.insert(sender.id, minor(&sender.follow_account(currency).await?.balance)?);
        if let Receiver::Alone(side) = receiver {
            before.insert(side.id, minor(&side.follow_account(currency).await?.balance)?);
        }
    }
    Ok(before)
}

/// The sum over everybody is what it was, and each balance moved by what was acknowledged. `payee` is the one whom all
/// paid, if there is one.
pub(super) async fn conserved(
    outcomes: &mut [Outcome],
    payee: Option<&mut Side>,
    before: &Balances,
    currency: &str,
) -> anyhow::Result<Check> {
    let mut moved: HashMap<UserId, i64> = HashMap::new();
    for Outcome { pair, acknowledged, .. } in &mut *outcomes {
        let paid = i64::try_from(*acknowledged)?;
        *moved.entry(pair.sender.id).or_insert(0) -= paid;
        *moved.entry(pair.receiver.id()).or_insert(0) += paid;
    }
    let sides = outcomes.iter_mut().flat_map(|Outcome { pair, .. }| {
        let receiver = match &mut pair.receiver {
            Receiver::Alone(side) => Some(side.as_mut()),
            Receiver::Shared { .. } => None,
        };
        std::iter::once(&mut pair.sender).chain(receiver)
    });
    let (mut sum_before, mut sum_after, mut differ) = (0_i128, 0_i128, 0_u64);
    let sides: Vec<&mut Side> = sides.chain(payee).collect();
    for side in sides {
        let was = before.get(&side.id).copied().context("somebody who was not there")?;
        let is = minor(&side.account(currency).await?.balance)?;
        sum_before += i128::from(was);
        sum_after += i128::from(is);
        differ += u64::from(moved.get(&side.id).is_none_or(|moved| is - was != *moved));
    }
    Ok(Check::new(
        "money is conserved",
        sum_before == sum_after && differ == 0,
        format!("{sum_before} before, {sum_after} after, in the smallest unit; {differ} people differ"),
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
