//! Search: messages, people, conversations. Each finds only what the caller may see.

use std::collections::HashMap;

use super::chat::views;
use super::{answer_bytes, cursor, page};
use crate::chat::search::{Place, Query};
use crate::chat::{ChatError, Conversation, message_view};
use crate::gateway::ws::SocketState;
use crate::gateway::ws::caller::Caller;
use crate::identity::{Handle, IdentityError};
use crate::ids::UserId;
use crate::protocol::{
    Coded, FoundConversations, FoundMessages, FoundPeople, SearchConversations, SearchMessages, SearchPeople, UserView,
    WireError, fitting, item,
};

/// Messages of one page.
const MESSAGES: u32 = 50;
/// People and conversations told at most.
const NAMES: usize = 20;
/// Contacts looked through.
const CONTACTS: u64 = 5_000;

fn query(caller: &Caller, text: &str) -> Result<Query, WireError> {
    let query = Query::parse(text).map_err(|error| error.wire())?;
    caller.state.rates.search(caller.id())?;
    Ok(query)
}

pub(in crate::gateway::ws) fn messages(caller: &Caller, id: u64, wanted: SearchMessages) -> Result<(), WireError> {
    let query = query(caller, &wanted.query)?;
    let before: Option<Place> = cursor(wanted.cursor.as_deref())?;
    let limit = usize::try_from(page(wanted.limit, MESSAGES)).unwrap_or(1);
    let (state, user, within) = (caller.state.clone(), caller.id(), wanted.conversation);
    caller.answer_later(id, async move {
        let found = state.search.messages(user, &query, within, before, limit).await;
        let found = found.map_err(|error| error.wire())?;
        let mut messages: Vec<_> = found.messages.iter().map(message_view).collect();
        let (fit, _) = fitting(&messages, answer_bytes(&state));
        let cut = (fit < messages.len()).then(|| found.messages.get(fit - 1)).flatten();
        messages.truncate(fit);
        Ok(FoundMessages {
            messages,
            next: cut.map(Place::of).or(found.next).map(|place| place.to_string()),
            behind: found.behind,
        })
    });
    Ok(())
}

pub(in crate::gateway::ws) fn people(caller: &Caller, id: u64, wanted: SearchPeople) -> Result<(), WireError> {
    let query = query(caller, &wanted.query)?;
    let (state, user, lookups) = (caller.state.clone(), caller.id(), caller.state.lookups.clone());
    caller.answer_later(id, async move {
        let typed = wanted.query.trim().to_lowercase();
        let handle = typed.strip_prefix('@').unwrap_or(&typed);
        let mut users: Vec<_> = known_people(&state, user)
            .await?
            .into_values()
            .filter(|one| fits(&query, handle, one))
            .collect();
        users.sort_by(|a, b| (&a.display_name, &a.handle).cmp(&(&b.display_name, &b.handle)));
        users.truncate(NAMES);
        // A stranger is found by their whole handle and in no other way, and at the price of a look-up.
        if users.is_empty() || (typed.starts_with('@') && users.iter().all(|one| one.handle != handle)) {
            users.extend(stranger(&state, || lookups.lookup(user), handle).await?);
        }
        Ok(FoundPeople { users })
    });
    Ok(())
}

fn fits(query: &Query, handle: &str, one: &UserView) -> bool {
    let begins = !handle.is_empty() && one.handle.starts_with(handle);
    begins || query.fits([one.display_name.as_str(), one.handle.as_str()])
}

/// The contacts of a person, and whom they know from small conversations.
async fn known_people(state: &SocketState, user: UserId) -> Result<HashMap<UserId, UserView>, WireError> {
    let contacts = state.users.items_of_kind(user, item::CONTACT, 0, CONTACTS).await;
    let contacts = contacts.map_err(|fault| ChatError::from(fault).wire())?;
    let beside = state.search.people_beside(user).await.map_err(|error| error.wire())?;
    let mut ids: Vec<UserId> = contacts
        .iter()
        .filter(|item| item::read_contact(&item.value).is_some())
        .filter_map(|item| item.key.parse().ok())
        .chain(beside)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    state.people.get(&ids).await.map_err(|error| error.wire())
}

async fn stranger(
    state: &SocketState,
    price: impl FnOnce() -> Result<(), WireError>,
    handle: &str,
) -> Result<Option<UserView>, WireError> {
    if Handle::parse(handle).is_err() {
        return Ok(None);
    }
    price()?;
    match state.identity.find_by_handle(handle).await {
        Ok(found) => Ok(Some(found.view())),
        Err(IdentityError::UserNotFound) => Ok(None),
        Err(error) => Err(error.wire()),
    }
}

pub(in crate::gateway::ws) fn conversations(
    caller: &Caller,
    id: u64,
    wanted: &SearchConversations,
) -> Result<(), WireError> {
    let query = query(caller, &wanted.query)?;
    let (state, user) = (caller.state.clone(), caller.id());
    caller.answer_later(id, async move {
        let own = state.chat.own(user).await.map_err(|error| error.wire())?;
        let peer = |one: &Conversation| one.direct_key.map(|key| key.other(user));
        let peers: Vec<_> = own.iter().filter_map(|(one, _)| peer(one)).collect();
        let people = state.people.get(&peers).await.map_err(|error| error.wire())?;
        let fits = |one: &Conversation| {
            let title = one.title.as_deref();
            let peer = peer(one).and_then(|peer| people.get(&peer));
            let names = peer.map(|peer| [peer.display_name.as_str(), peer.handle.as_str()]);
            query.fits(title.into_iter().chain(names.into_iter().flatten()))
        };
        let kept = own.into_iter().filter(|(one, _)| fits(one)).take(NAMES).collect();
        let listed = state.chat.with_details(user, kept).await;
        let listed = listed.map_err(|fault| ChatError::from(fault).wire())?;
        let mut conversations = views(&state, listed).await?;
        let (fit, _) = fitting(&conversations, answer_bytes(&state));
        conversations.truncate(fit);
        Ok(FoundConversations { conversations })
    });
    Ok(())
}
