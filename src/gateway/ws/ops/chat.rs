//! Conversations as one of their members sees them, and one's own state in them.

use futures_util::FutureExt;

use crate::chat::{ChatError, Listed, MarkKind, NewGroup, Title, conversation_view, people_in};
use crate::gateway::ws::SocketState;
use crate::gateway::ws::caller::{Caller, Owed};
use crate::gateway::ws::dispatch::Next;
use crate::identity::User;
use crate::ids::ConversationId;
use crate::protocol::{
    Coded, ConversationFocused, ConversationSet, ConversationView, Conversations, CreateConversation, Created,
    ErrorCode, FocusConversation, GetConversation, GotConversation, Marked, NewConversationKind, Page, RaiseMark,
    SetDraft, SetPreferences, SetTyping, WireError, fitting, item,
};

use super::{answer_bytes, cursor, page};

/// Conversations of one page of the list.
const LIST_PAGE: u32 = 50;

pub(in crate::gateway::ws) fn create(caller: &Caller, id: u64, wanted: CreateConversation) -> Result<(), WireError> {
    if wanted.kind == NewConversationKind::Group {
        // It writes a row a member, and everybody in it hears of it.
        caller.state.rates.send(caller.id())?;
    }
    let (state, user) = (caller.state.clone(), caller.user.clone());
    caller.answer_later(id, async move {
        let opened = match wanted.kind {
            NewConversationKind::Direct => open_direct(&state, &user, &wanted).await?,
            NewConversationKind::Group => open_group(&state, &user, wanted).await?,
        };
        let conversation = view(&state, &user, opened.id).await?;
        Ok(Created {
            conversation,
            duplicate: !opened.fresh,
        })
    });
    Ok(())
}

async fn open_direct(
    state: &SocketState,
    user: &User,
    wanted: &CreateConversation,
) -> Result<crate::chat::log::Opened, WireError> {
    let [other] = wanted.members.as_slice() else {
        return Err(ChatError::MembersInvalid.wire());
    };
    everybody_exists(state, &[*other]).await?;
    state
        .chat
        .open_direct(user.id, *other)
        .await
        .map_err(|error| error.wire())
}

async fn open_group(
    state: &SocketState,
    user: &User,
    wanted: CreateConversation,
) -> Result<crate::chat::log::Opened, WireError> {
    let title = Title::parse(wanted.title.as_deref().unwrap_or_default()).map_err(|error| error.wire())?;
    let group = NewGroup::of(user.id, wanted.members, title, state.chat.group_members());
    let group = group.map_err(|error| error.wire())?;
    everybody_exists(state, &group.others).await?;
    state
        .chat
        .open_group(group, wanted.client_id)
        .await
        .map_err(|error| error.wire())
}

pub(super) async fn everybody_exists(state: &SocketState, ids: &[crate::ids::UserId]) -> Result<(), WireError> {
    let found = state.people.get(ids).await.map_err(|error| error.wire())?;
    if ids.iter().all(|id| found.contains_key(id)) {
        Ok(())
    } else {
        Err(ChatError::MembersInvalid.wire())
    }
}

async fn view(state: &SocketState, user: &User, id: ConversationId) -> Result<ConversationView, WireError> {
    let listed = state.chat.get(user.id, id).await.map_err(|error| error.wire())?;
    let views = views(state, vec![listed]).await?;
    views.into_iter().next().ok_or(WireError::new(ErrorCode::Internal))
}

pub(super) async fn views(state: &SocketState, listed: Vec<Listed>) -> Result<Vec<ConversationView>, WireError> {
    let people = state
        .people
        .get(&people_in(&listed))
        .await
        .map_err(|error| error.wire())?;
    Ok(listed.iter().map(|one| conversation_view(one, &people)).collect())
}

pub(in crate::gateway::ws) fn list(caller: &Caller, id: u64, wanted: Page) -> Result<(), WireError> {
    let after = cursor(wanted.cursor.as_deref())?;
    let limit = page(wanted.limit, LIST_PAGE);
    let (state, user) = (caller.state.clone(), caller.id());
    caller.answer_later(id, async move {
        let (listed, next) = state
            .chat
            .list(user, after, limit)
            .await
            .map_err(|error| error.wire())?;
        let cursors: Vec<_> = listed.iter().map(Listed::cursor).collect();
        let mut conversations = views(&state, listed).await?;
        let (fit, _) = fitting(&conversations, answer_bytes(&state));
        let cut = (fit < conversations.len())
            .then(|| cursors.get(fit - 1).copied())
            .flatten();
        conversations.truncate(fit);
        Ok(Conversations {
            conversations,
            next: cut.or(next).map(|cursor| cursor.to_string()),
        })
    });
    Ok(())
}

pub(in crate::gateway::ws) fn get(caller: &Caller, id: u64, wanted: GetConversation) {
    let (state, user) = (caller.state.clone(), caller.user.clone());
    caller.answer_later(id, async move {
        Ok(GotConversation {
            conversation: view(&state, &user, wanted.conversation).await?,
        })
    });
}

/// `conversation.focus`. The socket reads on only behind the look at the membership, so that the last one counts.
pub(in crate::gateway::ws) fn focus(caller: &Caller, id: u64, wanted: &FocusConversation) -> Next {
    let Some(owed) = caller.owe(id, ErrorCode::OutcomeLost) else {
        return Next::Go;
    };
    let Some(conversation) = wanted.conversation else {
        caller.outbox().focus(None);
        owed.give(Ok(ConversationFocused { conversation: None }));
        return Next::Go;
    };
    Next::Wait(look_at(caller.clone(), conversation, owed).boxed())
}

async fn look_at(caller: Caller, conversation: ConversationId, owed: Owed) {
    let (chat, user) = (caller.state.chat.clone(), caller.id());
    let found = caller
        .state
        .db
        .run(async move { chat.must_be_member(user, conversation).await });
    match found.await {
        Ok(()) => {
            let conversation = Some(conversation);
            caller.outbox().focus(conversation);
            owed.give(Ok(ConversationFocused { conversation }));
        }
        Err(error) => owed.refuse(&error.wire()),
    }
}

pub(in crate::gateway::ws) fn set(caller: &Caller, id: u64, wanted: SetPreferences) {
    let (state, user) = (caller.state.clone(), caller.id());
    caller.answer_later(id, async move {
        let conversation = wanted.conversation;
        let preferences = item::preferences(wanted.muted_until, wanted.archived, wanted.pinned);
        let set = state.chat.set_preferences(user, conversation, preferences).await;
        set.map_err(|error| error.wire())?;
        Ok(ConversationSet { conversation })
    });
}

pub(in crate::gateway::ws) fn draft(caller: &Caller, id: u64, wanted: SetDraft) -> Result<(), WireError> {
    let most = caller.state.limits.text_bytes;
    if wanted.text.len() > most {
        return Err(ChatError::TextTooLong { most }.wire());
    }
    let (state, user) = (caller.state.clone(), caller.id());
    caller.answer_later(id, async move {
        let conversation = wanted.conversation;
        // PostgreSQL keeps no such text.
        let text = wanted.text.replace('\0', "");
        let set = state.chat.set_draft(user, conversation, text, wanted.reply_to).await;
        set.map_err(|error| error.wire())?;
        Ok(ConversationSet { conversation })
    });
    Ok(())
}

pub(in crate::gateway::ws) fn typing(caller: &Caller, id: u64, wanted: &SetTyping) {
    let conversation = wanted.conversation;
    if let Some(owed) = caller.owe(id, ErrorCode::OutcomeLost) {
        let reply = owed.into_reply(move |()| ConversationSet { conversation });
        let chat = &caller.state.chat;
        chat.set_typing(caller.id(), conversation, wanted.on, reply);
    }
}

pub(in crate::gateway::ws) fn mark(caller: &Caller, id: u64, kind: MarkKind, wanted: RaiseMark) {
    let conversation = wanted.conversation;
    if let Some(owed) = caller.owe(id, ErrorCode::OutcomeLost) {
        let reply = owed.into_reply(move |seq| Marked { conversation, seq });
        let (chat, seq) = (&caller.state.chat, wanted.seq.max(0));
        chat.mark(kind, conversation, caller.id(), seq, reply);
    }
}
