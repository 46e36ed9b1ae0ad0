//! Groups: how they are called, what holds in them, who is in them.

use std::collections::HashMap;

use crate::chat::log::GroupChange;
use crate::chat::{ActAnswer, ChatError, HistoryForNew, Role, Title, member_view};
use crate::gateway::ws::caller::Caller;
use crate::ids::{ClientId, ConversationId, UserId};
use crate::protocol::{
    AddMembers, Coded, ConversationChanged, ErrorCode, LeaveConversation, ListMembers, Members, RemoveMember,
    SetMemberRole, UpdateConversation, UserView, WireError,
};

use super::chat::everybody_exists;
use super::{cursor, page};

/// People added at once, at most.
const ADDED_AT_ONCE: usize = 100;
/// Members of one page.
const MEMBERS_PAGE: u32 = 200;
/// The longest pause between two messages of one member: a day.
const SLOW_MODE_SECONDS: u32 = 86_400;

pub(in crate::gateway::ws) fn update(caller: &Caller, id: u64, wanted: UpdateConversation) -> Result<(), WireError> {
    let title = wanted.title.as_deref().map(Title::parse).transpose();
    let title = title.map_err(|error| error.wire())?;
    let history = wanted
        .history
        .as_deref()
        .map(|word| HistoryForNew::parse(word).ok_or_else(|| WireError::new(ErrorCode::InvalidField).param("history")));
    let history = history.transpose()?;
    let slow_mode_seconds = wanted.slow_mode_seconds;
    if slow_mode_seconds.is_some_and(|seconds| seconds > SLOW_MODE_SECONDS) {
        let refusal = WireError::new(ErrorCode::InvalidField).param("slow_mode_seconds");
        return Err(refusal.detail("most", SLOW_MODE_SECONDS));
    }
    let change = GroupChange::Update {
        title,
        avatar: wanted.avatar,
        history,
        slow_mode_seconds,
    };
    change_group(caller, id, wanted.conversation, wanted.client_id, change)
}

pub(in crate::gateway::ws) fn leave(caller: &Caller, id: u64, wanted: &LeaveConversation) -> Result<(), WireError> {
    change_group(caller, id, wanted.conversation, wanted.client_id, GroupChange::Leave)
}

pub(in crate::gateway::ws) fn remove(caller: &Caller, id: u64, wanted: &RemoveMember) -> Result<(), WireError> {
    let change = GroupChange::Remove(wanted.user);
    change_group(caller, id, wanted.conversation, wanted.client_id, change)
}

pub(in crate::gateway::ws) fn set_role(caller: &Caller, id: u64, wanted: &SetMemberRole) -> Result<(), WireError> {
    let role = Role::parse(&wanted.role).ok_or_else(|| WireError::new(ErrorCode::InvalidField).param("role"))?;
    let change = GroupChange::SetRole(wanted.user, role);
    change_group(caller, id, wanted.conversation, wanted.client_id, change)
}

fn change_group(
    caller: &Caller,
    id: u64,
    conversation: ConversationId,
    client_id: ClientId,
    change: GroupChange,
) -> Result<(), WireError> {
    caller.state.rates.send(caller.id())?;
    if let Some(owed) = caller.owe(id, ErrorCode::OutcomeLost) {
        let adds = matches!(change, GroupChange::Add(_));
        let reply = owed.into_reply(move |answer| changed(conversation, answer, adds));
        let chat = &caller.state.chat;
        chat.change_group(caller.id(), conversation, client_id, change, reply);
    }
    Ok(())
}

fn changed(conversation: ConversationId, answer: ActAnswer, adds: bool) -> ConversationChanged {
    let ActAnswer { rev, added, duplicate } = answer;
    ConversationChanged {
        conversation,
        rev,
        added: adds.then_some(added),
        duplicate,
    }
}

pub(in crate::gateway::ws) fn add(caller: &Caller, id: u64, wanted: AddMembers) -> Result<(), WireError> {
    let mut users = wanted.users;
    users.sort_unstable();
    users.dedup();
    if users.is_empty() || users.len() > ADDED_AT_ONCE {
        return Err(ChatError::MembersInvalid.wire());
    }
    caller.state.rates.send(caller.id())?;
    let Some(owed) = caller.owe(id, ErrorCode::OutcomeLost) else {
        return Ok(());
    };
    let (state, actor) = (caller.state.clone(), caller.id());
    let (conversation, client_id) = (wanted.conversation, wanted.client_id);
    caller.state.db.runtime().spawn(async move {
        // Whether people exist is asked before: an account is never unmade.
        if let Err(refusal) = everybody_exists(&state, &users).await {
            return owed.refuse(&refusal);
        }
        let reply = owed.into_reply(move |answer| changed(conversation, answer, true));
        let change = GroupChange::Add(users);
        state.chat.change_group(actor, conversation, client_id, change, reply);
    });
    Ok(())
}

pub(in crate::gateway::ws) fn list(caller: &Caller, id: u64, wanted: ListMembers) -> Result<(), WireError> {
    let after: Option<UserId> = cursor(wanted.cursor.as_deref())?;
    let limit = page(wanted.limit, MEMBERS_PAGE);
    let (state, user) = (caller.state.clone(), caller.id());
    caller.answer_later(id, async move {
        let rows = state.chat.members(user, wanted.conversation, after, limit).await;
        let rows = rows.map_err(|error| error.wire())?;
        let ids: Vec<_> = rows.iter().map(|row| row.user).collect();
        let people: HashMap<UserId, UserView> = state.people.get(&ids).await.map_err(|error| error.wire())?;
        let next = rows.last().filter(|_| rows.len() as u64 == limit);
        Ok(Members {
            next: next.map(|row| row.user.to_string()),
            members: rows.iter().filter_map(|row| member_view(row, &people)).collect(),
        })
    });
    Ok(())
}
