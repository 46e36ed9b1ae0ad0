//! Who is online, for those who may know.

use std::collections::HashMap;

use crate::chat::ChatError;
use crate::gateway::ws::caller::Caller;
use crate::protocol::{
    Coded, ErrorCode, GetConversation, PresenceCounted, PresenceView, PresenceWatched, SetSettings, SettingsSet,
    WatchPresence, WireError, item,
};

/// People whom one socket watches, at most.
const WATCHED: usize = 200;

pub(in crate::gateway::ws) fn watch(caller: &Caller, id: u64, wanted: WatchPresence) -> Result<(), WireError> {
    let mut people = wanted.users;
    people.sort_unstable();
    people.dedup();
    if people.len() > WATCHED {
        let refusal = WireError::new(ErrorCode::InvalidField).param("users");
        return Err(refusal.detail("most", WATCHED));
    }
    let asking = caller.clone();
    caller.answer_later(id, async move {
        let state = &asking.state;
        let visible = state.chat.visible_people(asking.id(), &people).await;
        let visible = visible.map_err(|error| error.wire())?;
        let asked: Vec<_> = people.iter().filter(|user| visible.contains(user)).copied().collect();
        let seen = state.users.presence().seen(&asked).await;
        let seen: HashMap<_, _> = seen.map_err(|fault| ChatError::from(fault).wire())?;
        state.users.presence().watch(asking.outbox(), &seen);
        let view = |user| {
            let seen = seen.get(&user);
            seen.map_or(PresenceView::hidden(user), |seen| {
                PresenceView::of(user, seen.online, seen.last)
            })
        };
        Ok(PresenceWatched {
            presence: people.into_iter().map(view).collect(),
        })
    });
    Ok(())
}

pub(in crate::gateway::ws) fn count(caller: &Caller, id: u64, wanted: GetConversation) {
    let (state, user) = (caller.state.clone(), caller.id());
    caller.answer_later(id, async move {
        let counted = state
            .chat
            .online_members(user, wanted.conversation, state.clock.now())
            .await;
        let online = counted.map_err(|error| error.wire())?;
        Ok(PresenceCounted { online })
    });
}

pub(in crate::gateway::ws) fn set(caller: &Caller, id: u64, wanted: &SetSettings) -> Result<(), WireError> {
    let SetSettings { presence, receipt_mail } = *wanted;
    if presence.is_none() && receipt_mail.is_none() {
        let refusal = WireError::new(ErrorCode::InvalidField).param("presence");
        return Err(refusal.detail("reason", "there is nothing to set"));
    }
    let (state, user) = (caller.state.clone(), caller.id());
    caller.answer_later(id, async move {
        if let Some(presence) = presence {
            let set = state.chat.set_seen_by(user, presence).await;
            set.map_err(|error| error.wire())?;
        }
        if let Some(wanted) = receipt_mail {
            let value = item::receipt_mail(wanted);
            let set = state.chat.set_setting(user, item::RECEIPT_MAIL, value).await;
            set.map_err(|error| error.wire())?;
        }
        Ok(SettingsSet { presence, receipt_mail })
    });
    Ok(())
}
