//! `--demo`: two people who are contacts already, with play money, and a link for each to sign in by one click.

use std::net::SocketAddr;

use super::Services;
use crate::identity::{IdentityError, NewUser, User};
use crate::ids::ClientId;
use crate::protocol::http::DemoPerson;
use crate::wallet::{Currency, Money};

/// The two people, by handle and name.
const PEOPLE: [(&str, &str); 2] = [("alice", "Alice"), ("bob", "Bob")];
/// What each has at the start.
const PLAY_MONEY: (&str, &str) = ("1000.00", "CNY");

/// Makes the two people when they are not there yet.
///
/// # Errors
/// What could not be made.
pub(super) async fn prepare(services: &Services) -> anyhow::Result<Vec<DemoPerson>> {
    let mut people = Vec::new();
    for (handle, name) in PEOPLE {
        people.push(find_or_make(services, handle, name).await?);
    }
    if let [one, other] = people.as_slice() {
        services.chat.make_contacts(vec![(one.id, other.id)]).await?;
        // Each finds the other on the first screen.
        services.chat.open_direct(one.id, other.id).await?;
    }
    let money = Money::parse(PLAY_MONEY.0, Currency::of(PLAY_MONEY.1)?)?;
    for user in people.iter().map(|user| user.id) {
        // Whoever has an account had the money, even if an earlier start ended before it was done.
        if !services.wallet.accounts(user).await?.is_empty() {
            continue;
        }
        services.wallet.fund(ClientId::fresh(), user, money, "").await?;
    }
    let shown = |user: User| DemoPerson {
        handle: user.handle.as_str().to_owned(),
        display_name: user.display_name.as_str().to_owned(),
    };
    Ok(people.into_iter().map(shown).collect())
}

async fn find_or_make(services: &Services, handle: &str, name: &str) -> Result<User, IdentityError> {
    match services.identity.find_by_handle(handle).await {
        Ok(user) => Ok(user),
        Err(IdentityError::UserNotFound) => {
            let new = NewUser {
                handle: handle.to_owned(),
                email: None,
                password: None,
                display_name: name.to_owned(),
            };
            services.identity.create_user(new).await
        }
        Err(error) => Err(error),
    }
}

/// What the start prints for the demonstration.
pub(super) fn links(people: &[DemoPerson], bound: SocketAddr) -> String {
    people
        .iter()
        .map(|person| format!("demo: http://{bound}/demo/{}\n", person.handle))
        .collect()
}
