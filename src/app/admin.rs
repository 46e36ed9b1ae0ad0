//! What an operator may have done: on a running server through its owner's socket, else on the database itself.

use futures_util::future::try_join_all;
use secrecy::SecretString;

use super::{Services, admin_ledger};
use crate::identity::NewUser;
use crate::ids::ClientId;
use crate::protocol::Coded;
use crate::protocol::admin::{AdminAnswer, AdminRequest, SeededLine};
use crate::wallet::Money;

/// People of one `seed` at most.
const MAX_SEEDED: usize = 100_000;
/// Payments of the sandbox under way at once.
const FUNDED_AT_ONCE: usize = 512;

/// Carries a command out.
pub async fn carry_out(services: &Services, request: AdminRequest) -> AdminAnswer {
    let done = match request {
        AdminRequest::CreateUser {
            handle,
            display_name,
            email,
            password,
        } => {
            let password = password.map(SecretString::from);
            create_user(
                services,
                NewUser {
                    handle,
                    email,
                    password,
                    display_name,
                },
            )
            .await
        }
        AdminRequest::Fund {
            client_id,
            handle,
            amount,
            currency,
            reference,
        } => fund(services, client_id, &handle, (&amount, &currency), &reference).await,
        AdminRequest::RemovePin { handle } => remove_pin(services, handle).await,
        AdminRequest::Ledger {
            client_id,
            reason,
            order,
        } => admin_ledger::carry_out(services, client_id, reason, order).await,
        AdminRequest::Disputes => admin_ledger::disputes(services).await,
        AdminRequest::Fundings => admin_ledger::fundings(services).await,
        AdminRequest::DecideFunding { id, verdict, reason } => {
            admin_ledger::decide_funding(services, &id, verdict, &reason).await
        }
        AdminRequest::Seed { users, fund, currency } => seed(services, users, fund.as_deref(), &currency).await,
    };
    done.unwrap_or_else(|reason| AdminAnswer::Refused { reason })
}

/// The sentence of a refusal, with its code and facts.
pub(super) fn sentence(error: &impl Coded) -> String {
    let told = error.wire();
    let facts = told.detail.as_ref().and_then(|detail| detail.as_object());
    let facts = facts.into_iter().flatten().filter(|(name, _)| *name != "money");
    let facts: String = facts.map(|(name, value)| format!(", {name}: {value}")).collect();
    format!("{} ({}{facts})", told.message, told.code.as_str())
}

async fn create_user(services: &Services, new: NewUser) -> Result<AdminAnswer, String> {
    let user = services
        .identity
        .create_user(new)
        .await
        .map_err(|error| sentence(&error))?;
    Ok(AdminAnswer::Created {
        id: user.id.to_string(),
        handle: user.handle.as_str().to_owned(),
    })
}

async fn remove_pin(services: &Services, handle: String) -> Result<AdminAnswer, String> {
    let identity = &services.identity;
    let user = identity
        .find_by_handle(&handle)
        .await
        .map_err(|error| sentence(&error))?;
    let was_set = identity.remove_pin(user.id).await.map_err(|error| sentence(&error))?;
    tracing::info!(user = %user.id, was_set, "an operator removed a PIN");
    Ok(AdminAnswer::PinRemoved { handle, was_set })
}

pub(super) fn amount(services: &Services, amount: &str, currency: &str) -> Result<Money, String> {
    let currency = services
        .wallet
        .currencies()
        .get(currency)
        .map_err(|error| sentence(&error))?;
    Money::parse(amount, currency).map_err(|error| sentence(&error))
}

async fn fund(
    services: &Services,
    client_id: ClientId,
    handle: &str,
    (text, currency): (&str, &str),
    reference: &str,
) -> Result<AdminAnswer, String> {
    let money = amount(services, text, currency)?;
    let user = services
        .identity
        .find_by_handle(handle)
        .await
        .map_err(|error| sentence(&error))?;
    let reference = admin_ledger::note(services, reference)?;
    let transfer = services
        .wallet
        .fund(client_id, user.id, money, &reference)
        .await
        .map_err(|error| sentence(&error))?;
    Ok(AdminAnswer::Funded {
        handle: handle.to_owned(),
        balance: money.currency().format(transfer.credit_after),
        currency: money.currency().code().to_owned(),
    })
}

async fn seed(services: &Services, count: usize, fund: Option<&str>, currency: &str) -> Result<AdminAnswer, String> {
    if !(1..=MAX_SEEDED).contains(&count) {
        return Err(format!("--users is 1 to {MAX_SEEDED}"));
    }
    let money = fund.map(|text| amount(services, text, currency)).transpose()?;
    let users = services
        .identity
        .create_users_bulk(count)
        .await
        .map_err(|error| sentence(&error))?;
    let pairs: Vec<_> = users.chunks_exact(2).map(|pair| (pair[0].id, pair[1].id)).collect();
    for some in pairs.chunks(FUNDED_AT_ONCE) {
        services
            .chat
            .make_contacts(some.to_vec())
            .await
            .map_err(|error| sentence(&error))?;
    }
    if let Some(money) = money {
        for some in users.chunks(FUNDED_AT_ONCE) {
            let funded = some
                .iter()
                .map(|user| services.wallet.fund(ClientId::fresh(), user.id, money, ""));
            try_join_all(funded).await.map_err(|error| sentence(&error))?;
        }
    }
    let line = |user: &crate::identity::SeededUser| SeededLine {
        handle: user.handle.as_str().to_owned(),
        id: user.id.to_string(),
        token: user.token.reveal(),
    };
    Ok(AdminAnswer::Seeded {
        users: users.iter().map(line).collect(),
    })
}
