//! What an operator may have done on the ledger: holds and their ends, reversals, and what happens to an account.

use std::time::Duration;

use super::Services;
use super::admin::{amount, sentence};
use crate::clock::Clock as _;
use crate::ids::ClientId;
use crate::protocol::admin::{AccountName, AdminAnswer, DisputeLine, FundingLine, FundingVerdict, LedgerOrder};
use crate::wallet::funding::{Funding, Review};
use crate::wallet::{
    Account, AccountKey, AccountKind, Change, Currency, Dispute, Money, Transfer, TransferId, Verdict, WalletError,
    parse_note,
};

/// The longest hold: a year.
const LONGEST_HOLD: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Carries an order out under the command's own id.
pub(super) async fn carry_out(
    services: &Services,
    client_id: ClientId,
    reason: String,
    order: LedgerOrder,
) -> Result<AdminAnswer, String> {
    let reason = note(services, &reason)?;
    let wallet = &services.wallet;
    let row = match order {
        LedgerOrder::Hold {
            handle,
            amount: text,
            currency,
            seconds,
        } => {
            let money = amount(services, &text, &currency)?;
            let lasts = Duration::from_secs(seconds);
            if lasts.is_zero() || lasts > LONGEST_HOLD {
                return Err(format!("a hold lasts 1 to {} seconds", LONGEST_HOLD.as_secs()));
            }
            let user = services.identity.find_by_handle(&handle).await;
            let user = user.map_err(|error| sentence(&error))?;
            let until = services.clock.now().plus(lasts);
            wallet.hold_claim(client_id, user.id, money, until, reason).await
        }
        LedgerOrder::Capture { of, amount: text } => {
            let (of, money) = target(services, &of, text.as_deref()).await?;
            wallet.capture(client_id, of, money, reason).await
        }
        LedgerOrder::Void { of } => {
            let (of, _) = target(services, &of, None).await?;
            wallet.void(client_id, of, reason).await
        }
        LedgerOrder::Reverse { of, amount: text } => {
            let (of, money) = target(services, &of, text.as_deref()).await?;
            wallet.reverse(client_id, of, money, reason).await
        }
        LedgerOrder::Judge { of, for_payer } => {
            let of = of.parse().map_err(|_| format!("{of:?} is no id of a transfer"))?;
            let verdict = match for_payer {
                None => Verdict::Review,
                Some(true) => Verdict::ForPayer(reason),
                Some(false) => Verdict::ForPayee(reason),
            };
            let judged = wallet.judge(client_id, of, verdict).await;
            return judged
                .map(|dispute| AdminAnswer::Dispute(line(&dispute)))
                .map_err(|error| sentence(&error));
        }
        LedgerOrder::Freeze(name) => return change(services, client_id, name, Change::Freeze, reason).await,
        LedgerOrder::Thaw(name) => return change(services, client_id, name, Change::Thaw, reason).await,
        LedgerOrder::Close(name) => return change(services, client_id, name, Change::Close, reason).await,
        LedgerOrder::Floor { account, amount } => {
            let floor = signed(&amount, currency(services, &account.currency)?)?;
            return change(services, client_id, account, Change::Floor(floor), reason).await;
        }
    };
    row.map(posted).map_err(|error| sentence(&error))
}

/// The disputes that nobody has decided.
pub(super) async fn disputes(services: &Services) -> Result<AdminAnswer, String> {
    let open = services
        .wallet
        .open_disputes()
        .await
        .map_err(|error| sentence(&error))?;
    Ok(AdminAnswer::Disputes {
        disputes: open.iter().map(line).collect(),
    })
}

fn line(dispute: &Dispute) -> DisputeLine {
    let head = &dispute.head;
    DisputeLine {
        of: dispute.payment.to_string(),
        state: head.state.as_str().to_owned(),
        amount: dispute.money.to_string(),
        currency: head.currency.code().to_owned(),
        payer: head.creator.to_string(),
        payee: dispute.payee.to_string(),
        reason: dispute.reason.clone(),
        answer: dispute.answer.clone(),
        at: head.at.to_string(),
    }
}

/// The top-ups and withdrawals that somebody has to look at.
pub(super) async fn fundings(services: &Services) -> Result<AdminAnswer, String> {
    let found = services.funds.in_review().await.map_err(|error| sentence(&error))?;
    Ok(AdminAnswer::Fundings {
        fundings: found.iter().map(funding_line).collect(),
    })
}

/// One of them is decided.
pub(super) async fn decide_funding(
    services: &Services,
    id: &str,
    verdict: FundingVerdict,
    reason: &str,
) -> Result<AdminAnswer, String> {
    let reason = note(services, reason)?;
    let of = id.parse();
    let of = of.map_err(|_| format!("{id:?} is no id of a top-up or a withdrawal"))?;
    let decided = services
        .funds
        .decide(of, verdict)
        .await
        .map_err(|error| sentence(&error))?;
    let decided = decided.ok_or_else(|| format!("there is no top-up and no withdrawal {id}"))?;
    tracing::warn!(
        funding = id,
        ?verdict,
        reason,
        "an operator decided a top-up or withdrawal"
    );
    Ok(AdminAnswer::Fundings {
        fundings: vec![funding_line(&decided)],
    })
}

fn funding_line(funding: &Funding) -> FundingLine {
    FundingLine {
        id: funding.id.to_string(),
        kind: funding.direction.flow().as_str().to_owned(),
        state: funding.state.as_str().to_owned(),
        review: funding.review.map_or("", Review::as_str).to_owned(),
        amount: funding.money.to_string(),
        currency: funding.money.currency().code().to_owned(),
        owner: funding.owner.to_string(),
        provider: funding.provider.clone(),
        reference: funding.reference.clone().unwrap_or_default(),
        at: funding.at.to_string(),
    }
}

/// A reason or a reference, within what a note may be.
pub(super) fn note(services: &Services, text: &str) -> Result<String, String> {
    parse_note(text, services.wallet.note_chars()).map_err(|error| sentence(&error))
}

fn currency(services: &Services, code: &str) -> Result<Currency, String> {
    let currencies = services.wallet.currencies();
    currencies.get(code).map_err(|error| sentence(&error))
}

/// The transfer that is meant, and the amount in its currency.
async fn target(services: &Services, of: &str, text: Option<&str>) -> Result<(TransferId, Option<Money>), String> {
    let of: TransferId = of.parse().map_err(|_| format!("{of:?} is no id of a transfer"))?;
    let found = services.wallet.transfer(of).await.map_err(|error| sentence(&error))?;
    let found = found.ok_or_else(|| sentence(&WalletError::TransferNotFound))?;
    let money = text.map(|text| Money::parse(text, found.money.currency()));
    Ok((of, money.transpose().map_err(|error| sentence(&error))?))
}

fn signed(text: &str, currency: Currency) -> Result<i64, String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let minor = currency.parse(digits).map_err(|error| sentence(&error))?;
    Ok(sign * minor)
}

async fn change(
    services: &Services,
    client_id: ClientId,
    name: AccountName,
    change: Change,
    reason: String,
) -> Result<AdminAnswer, String> {
    let currency = currency(services, &name.currency)?;
    let key = match name.of.strip_prefix('@') {
        Some(kind) => {
            let kinds = AccountKind::ALL
                .into_iter()
                .filter(|known| *known != AccountKind::Person);
            let found = kinds.clone().find(|known| known.as_str() == kind);
            let words: Vec<_> = kinds.map(AccountKind::as_str).collect();
            let found =
                found.ok_or_else(|| format!("there is no account @{kind}; there are @{}", words.join(", @")))?;
            AccountKey::system(found, currency)
        }
        None => {
            let user = services.identity.find_by_handle(&name.of).await;
            AccountKey::person(user.map_err(|error| sentence(&error))?.id, currency)
        }
    };
    let account = services.wallet.change(client_id, key.into(), change, reason).await;
    account
        .map(|account| shown(name.of, &account))
        .map_err(|error| sentence(&error))
}

fn posted(row: Transfer) -> AdminAnswer {
    AdminAnswer::Posted {
        id: row.id().to_string(),
        state: row.kind.state().to_owned(),
        amount: row.money.to_string(),
        currency: row.money.currency().code().to_owned(),
    }
}

fn shown(of: String, account: &Account) -> AdminAnswer {
    let currency = account.key.currency;
    AdminAnswer::Account {
        of,
        status: account.status.as_str().to_owned(),
        balance: currency.format(account.posted),
        held: currency.format(account.held),
        floor: currency.format(account.floor),
        currency: currency.code().to_owned(),
    }
}
