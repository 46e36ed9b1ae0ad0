//! People and contacts.

use std::collections::HashMap;

use super::{cursor, page};
use crate::chat::ChatError;
use crate::clock::Micros;
use crate::gateway::ws::SocketState;
use crate::gateway::ws::caller::Caller;
use crate::ids::UserId;
use crate::protocol::item::{self, ContactState};
use crate::protocol::{
    AboutUser, AnswerContact, BlockUser, BlockedPeople, BlockedView, Coded, ContactAsked, ContactBlocked,
    ContactRemoved, ContactView, Contacts, ErrorCode, FindUser, FoundUser, GetUsers, GotUsers, Page, WireError,
};

/// Contacts of one page at most.
const CONTACTS: u32 = 500;
/// People named at once, at most.
const NAMED_AT_ONCE: usize = 100;
/// Blocked people told at most.
const BLOCKED: u32 = 1_000;

pub(in crate::gateway::ws) fn find(caller: &Caller, id: u64, wanted: FindUser) -> Result<(), WireError> {
    caller.state.lookups.lookup(caller.id())?;
    let identity = caller.state.identity.clone();
    caller.answer_later(id, async move {
        let handle = wanted.handle.trim();
        let handle = handle.strip_prefix('@').unwrap_or(handle);
        let found = identity.find_by_handle(handle).await.map_err(|error| error.wire())?;
        Ok(FoundUser { user: found.view() })
    });
    Ok(())
}

/// Names by id. Whoever has an id was told it: it holds 74 random bits, which nobody comes upon.
pub(in crate::gateway::ws) fn get(caller: &Caller, id: u64, wanted: GetUsers) -> Result<(), WireError> {
    if wanted.users.len() > NAMED_AT_ONCE {
        let refusal = WireError::new(ErrorCode::InvalidField).param("users");
        return Err(refusal.detail("most", NAMED_AT_ONCE));
    }
    let state = caller.state.clone();
    caller.answer_later(id, async move {
        let people = state.people.get(&wanted.users).await.map_err(|error| error.wire())?;
        Ok(GotUsers {
            users: people.into_values().collect(),
        })
    });
    Ok(())
}

pub(in crate::gateway::ws) fn contacts(caller: &Caller, id: u64, wanted: Page) -> Result<(), WireError> {
    let from = cursor(wanted.cursor.as_deref())?.unwrap_or(0);
    let limit = page(wanted.limit, CONTACTS);
    let (state, user) = (caller.state.clone(), caller.id());
    caller.answer_later(id, async move {
        let items = state.users.items_of_kind(user, item::CONTACT, from, limit).await;
        let items = items.map_err(|fault| ChatError::from(fault).wire())?;
        let next = items
            .last()
            .filter(|_| items.len() as u64 == limit)
            .map(|last| last.rev.to_string());
        let standing: HashMap<UserId, (ContactState, Micros)> = items
            .iter()
            .filter_map(|item| Some((item.key.parse().ok()?, item::read_contact(&item.value)?)))
            .collect();
        let ids: Vec<_> = standing.keys().copied().collect();
        let people = state.people.get(&ids).await.map_err(|error| error.wire())?;
        let known = people.into_values().filter_map(|user| {
            let (state, since) = *standing.get(&user.id)?;
            Some(ContactView { user, state, since })
        });
        let mut contacts: Vec<_> = known.collect();
        contacts.sort_by(|a, b| a.user.display_name.cmp(&b.user.display_name));
        Ok(Contacts { contacts, next })
    });
    Ok(())
}

/// Whether the person one speaks of exists. Who asks learns it from nobody who could not be found by name.
async fn exists(state: &SocketState, user: UserId) -> Result<(), WireError> {
    let found = state.people.get(&[user]).await.map_err(|error| error.wire())?;
    if found.contains_key(&user) {
        return Ok(());
    }
    Err(ChatError::PersonUnavailable { user }.wire())
}

pub(in crate::gateway::ws) fn request(caller: &Caller, id: u64, wanted: AboutUser) -> Result<(), WireError> {
    // Strangers hear of it: it costs what a look-up costs.
    caller.state.lookups.lookup(caller.id())?;
    let (state, actor, user) = (caller.state.clone(), caller.id(), wanted.user);
    caller.answer_later(id, async move {
        exists(&state, user).await?;
        let asked = state.chat.request_contact(actor, user).await;
        let state = asked.map_err(|error| error.wire())?;
        Ok(ContactAsked { user, state })
    });
    Ok(())
}

pub(in crate::gateway::ws) fn answer(caller: &Caller, id: u64, wanted: &AnswerContact) {
    let (state, actor) = (caller.state.clone(), caller.id());
    let (user, accept) = (wanted.user, wanted.accept);
    caller.answer_later(id, async move {
        let answered = state.chat.answer_contact(actor, user, accept).await;
        let state = answered.map_err(|error| error.wire())?;
        Ok(ContactAsked { user, state })
    });
}

pub(in crate::gateway::ws) fn remove(caller: &Caller, id: u64, wanted: &AboutUser) {
    let (state, actor, user) = (caller.state.clone(), caller.id(), wanted.user);
    caller.answer_later(id, async move {
        exists(&state, user).await?;
        let removed = state.chat.remove_contact(actor, user).await;
        removed.map_err(|error| error.wire())?;
        Ok(ContactRemoved { user })
    });
}

pub(in crate::gateway::ws) fn block(caller: &Caller, id: u64, wanted: &BlockUser) {
    let (state, actor) = (caller.state.clone(), caller.id());
    let (user, on) = (wanted.user, wanted.on);
    caller.answer_later(id, async move {
        exists(&state, user).await?;
        let blocked = state.chat.block(actor, user, on).await;
        blocked.map_err(|error| error.wire())?;
        Ok(ContactBlocked { user, on })
    });
}

pub(in crate::gateway::ws) fn blocked(caller: &Caller, id: u64) {
    let (state, user) = (caller.state.clone(), caller.id());
    caller.answer_later(id, async move {
        let most = u64::from(BLOCKED);
        let items = state.users.items_of_kind(user, item::BLOCK, 0, most).await;
        let items = items.map_err(|fault| ChatError::from(fault).wire())?;
        let since: HashMap<UserId, Micros> = items
            .iter()
            .filter_map(|item| Some((item.key.parse().ok()?, item::read_block(&item.value)?)))
            .collect();
        let ids: Vec<_> = since.keys().copied().collect();
        let people = state.people.get(&ids).await.map_err(|error| error.wire())?;
        let known = people.into_values().filter_map(|user| {
            let since = *since.get(&user.id)?;
            Some(BlockedView { user, since })
        });
        let mut users: Vec<_> = known.collect();
        users.sort_by(|a, b| a.user.display_name.cmp(&b.user.display_name));
        Ok(BlockedPeople { users })
    });
}
