//! People and contacts.

use std::collections::HashMap;

use super::{cursor, page};
use crate::clock::Micros;
use crate::gateway::ws::caller::Caller;
use crate::ids::UserId;
use crate::protocol::{self, Coded, ContactView, Contacts, FindUser, FoundUser, Page, WireError};

/// Contacts of one page at most.
const CONTACTS: u32 = 500;
/// The kind of a contact's row in a person's own log.
const CONTACT_ITEM: &str = "contact";

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

pub(in crate::gateway::ws) fn contacts(caller: &Caller, id: u64, wanted: Page) -> Result<(), WireError> {
    let from = cursor(wanted.cursor.as_deref())?.unwrap_or(0);
    let limit = page(wanted.limit, CONTACTS);
    let (state, user) = (caller.state.clone(), caller.id());
    caller.answer_later(id, async move {
        let items = state.users.items_of_kind(user, CONTACT_ITEM, from, limit).await;
        let items = items.map_err(|fault| crate::chat::ChatError::from(fault).wire())?;
        let next = items
            .last()
            .filter(|_| items.len() as u64 == limit)
            .map(|last| last.rev.to_string());
        let since: HashMap<UserId, Micros> = items
            .iter()
            .filter_map(|item| Some((item.key.parse().ok()?, protocol::contact_since(&item.value)?)))
            .collect();
        let ids: Vec<_> = since.keys().copied().collect();
        let people = state.people.get(&ids).await.map_err(|error| error.wire())?;
        let known = people.into_values().filter_map(|user| {
            Some(ContactView {
                since: *since.get(&user.id)?,
                user,
            })
        });
        let mut contacts: Vec<_> = known.collect();
        contacts.sort_by(|a, b| a.user.display_name.cmp(&b.user.display_name));
        Ok(Contacts { contacts, next })
    });
    Ok(())
}
