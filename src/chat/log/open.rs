//! Conversations as they begin.

use crate::clock::Micros;
use crate::delivery::{ItemChange, UserLog};
use crate::group_commit::WorkingSet;
use crate::ids::{ConversationId, UserId};
use crate::protocol::item;

use super::{Loaded, blocked_between};
use crate::chat::{
    Blocked, ChatError, Conversation, ConversationKind, DirectKey, HistoryForNew, Membership, NewGroup, Role,
};

/// Asks for these people's own logs, in which a conversation will appear or change.
pub fn want_people(set: &mut WorkingSet, people: &[UserId]) {
    for user in people {
        set.slot::<UserLog>().want(*user);
    }
}

/// A conversation that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// Its id.
    pub id: ConversationId,
    /// It was made just now.
    pub fresh: bool,
}

/// Whether the direct conversation of a pair is there or may be made.
///
/// # Errors
/// [`ChatError::Blocked`] when there is none and one of the two has blocked the other.
pub fn may_open(set: &mut WorkingSet, key: DirectKey) -> Result<(), ChatError> {
    if set.slot::<Loaded>().direct(key).is_none() && blocked_between(set, key).is_any() {
        return Err(ChatError::Blocked);
    }
    Ok(())
}

/// Makes the direct conversation of a pair, under `id` if there is none yet; with what changed in their own logs.
pub fn open_direct(
    set: &mut WorkingSet,
    key: DirectKey,
    id: ConversationId,
    by: UserId,
    now: Micros,
) -> (Opened, Vec<ItemChange>) {
    if let Some(existing) = set.slot::<Loaded>().direct(key) {
        return (
            Opened {
                id: existing,
                fresh: false,
            },
            Vec::new(),
        );
    }
    let conversation = Conversation {
        direct_key: Some(key),
        blocked: blocked_between(set, key),
        ..fresh(id, ConversationKind::Direct, by, now)
    };
    let items = open(set, conversation, key.people().map(|user| (user, Role::Member)), now);
    set.slot::<Loaded>().direct.insert(key, id);
    (Opened { id, fresh: true }, items)
}

/// Makes a group; with what changed in its members' own logs.
pub fn open_group(
    set: &mut WorkingSet,
    group: &NewGroup,
    id: ConversationId,
    now: Micros,
) -> (Opened, Vec<ItemChange>) {
    let conversation = Conversation {
        title: Some(group.title.as_str().to_owned()),
        ..fresh(id, ConversationKind::Group, group.owner, now)
    };
    let others = group.others.iter().map(|user| (*user, Role::Member));
    let everybody = std::iter::once((group.owner, Role::Owner)).chain(others);
    let items = open(set, conversation, everybody, now);
    (Opened { id, fresh: true }, items)
}

fn fresh(id: ConversationId, kind: ConversationKind, by: UserId, now: Micros) -> Conversation {
    Conversation {
        id,
        kind,
        title: None,
        direct_key: None,
        last_rev: 0,
        last_n: 0,
        last_at: now,
        created_by: by,
        created_at: now,
        member_count: 0,
        mark_rev: 0,
        history: HistoryForNew::All,
        slow_mode_seconds: 0,
        blocked: Blocked::default(),
        pinned_count: 0,
        avatar: None,
    }
}

fn open(
    set: &mut WorkingSet,
    mut new: Conversation,
    people: impl IntoIterator<Item = (UserId, Role)>,
    now: Micros,
) -> Vec<ItemChange> {
    let mut items = Vec::new();
    for (user, role) in people {
        items.push(appear(set, user, &new, None));
        let membership = Membership::joining(role, 0, 0, now);
        set.slot::<Loaded>().put_member(new.id, user, membership);
        new.member_count += 1;
    }
    let loaded = set.slot::<Loaded>();
    loaded.written.conversations.push(new.clone());
    loaded.conversations.insert(new.id, new);
    items
}

/// Shows a conversation in a person's own log; `state` says how they stopped being a member.
pub(super) fn appear(
    set: &mut WorkingSet,
    user: UserId,
    conversation: &Conversation,
    state: Option<&str>,
) -> ItemChange {
    let value = item::conversation(conversation.kind.as_str(), state);
    UserLog::put(set, user, item::CONVERSATION, conversation.id.to_string(), value)
}
