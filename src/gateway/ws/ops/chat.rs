//! Conversations and messages.

use crate::chat::log::Draft;
use crate::chat::{
    Body, ChatError, Listed, MessageText, NewGroup, Sent, Title, conversation_view, message_view, people_in,
};
use crate::gateway::ws::SocketState;
use crate::gateway::ws::caller::Caller;
use crate::identity::User;
use crate::ids::ConversationId;
use crate::op_receipt::Fingerprint;
use crate::protocol::{
    Coded, ConversationView, Conversations, CreateConversation, Created, ErrorCode, GetConversation, GotConversation,
    History, MarkRead, Marked, MessageSent, Messages, NewConversationKind, Page, SendMessage, WireError, fitting,
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

async fn everybody_exists(state: &SocketState, ids: &[crate::ids::UserId]) -> Result<(), WireError> {
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

async fn views(state: &SocketState, listed: Vec<Listed>) -> Result<Vec<ConversationView>, WireError> {
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

pub(in crate::gateway::ws) fn send(caller: &Caller, id: u64, wanted: SendMessage) -> Result<(), WireError> {
    let text = MessageText::parse(wanted.text, caller.state.limits.text_bytes).map_err(|error| error.wire())?;
    caller.state.rates.send(caller.id())?;
    let draft = Draft {
        conversation: wanted.conversation,
        sender: caller.id(),
        client_id: wanted.client_id,
        fingerprint: Fingerprint::of(
            "message.send",
            &[&wanted.conversation.bytes(), text.as_str().as_bytes()],
        ),
        body: Body::Text(text.into_string()),
    };
    if let Some(owed) = caller.owe(id, ErrorCode::OutcomeLost) {
        caller.state.chat.post(draft, owed.into_reply(message_sent));
    }
    Ok(())
}

fn message_sent(sent: Sent) -> MessageSent {
    let Sent { message, duplicate } = sent;
    let (conversation, seq, rev) = (message.conversation, message.seq, message.rev);
    MessageSent {
        conversation,
        seq,
        n: message.n,
        rev,
        at: message.at,
        duplicate,
    }
}

pub(in crate::gateway::ws) fn history(caller: &Caller, id: u64, wanted: History) {
    let limit = page(wanted.limit, caller.state.limits.history_page);
    let (state, user) = (caller.state.clone(), caller.id());
    caller.answer_later(id, async move {
        let (conversation, before, after) = (wanted.conversation, wanted.before, wanted.after);
        let found = state.chat.history(user, conversation, before, after, limit).await;
        let found = found.map_err(|error| error.wire())?;
        let mut messages: Vec<_> = found.iter().map(message_view).collect();
        let (full, most) = (messages.len() as u64 == limit, answer_bytes(&state));
        let forward = before.is_none() && after.is_some();
        let (fit, edge) = if forward {
            let (fit, _) = fitting(&messages, most);
            (fit, messages.get(fit.saturating_sub(1)))
        } else {
            let (fit, _) = fitting(messages.iter().rev(), most);
            (fit, messages.get(messages.len() - fit))
        };
        let next = edge.filter(|_| full || fit < messages.len()).map(|message| message.seq);
        if forward {
            messages.truncate(fit);
        } else {
            messages.drain(..messages.len() - fit);
        }
        Ok(Messages { messages, next })
    });
}

pub(in crate::gateway::ws) fn mark_read(caller: &Caller, id: u64, wanted: MarkRead) {
    let conversation = wanted.conversation;
    if let Some(owed) = caller.owe(id, ErrorCode::OutcomeLost) {
        let reply = owed.into_reply(move |seq| Marked { conversation, seq });
        caller
            .state
            .chat
            .mark_read(conversation, caller.id(), wanted.seq.max(0), reply);
    }
}
