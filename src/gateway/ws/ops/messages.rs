//! Messages: posting, changing, reading them.

use crate::chat::log::{Draft, Forward, MessageChange};
use crate::chat::{ActAnswer, Body, ChatError, Emoji, Given, MessageText, Sent, message_view};
use crate::gateway::ws::caller::Caller;
use crate::ids::{AttachmentId, ClientId, ConversationId, UserId};
use crate::op_receipt::Fingerprint;
use crate::protocol::{
    Coded, EditMessage, ErrorCode, ForwardMessage, GetConversation, GivenReaction, GivenReactions, HideMessages,
    History, ListReactions, MessageChanged, MessageExtra, MessageSent, Messages, MessagesHidden, PinMessage,
    PinnedMessages, ReactionSet, RecallMessage, SendMessage, SetReaction, WireError, fitting,
};

use super::{answer_bytes, page};

/// People whom one message mentions, at most.
const MENTIONS: usize = 50;
/// Attachments of one message, at most.
const ATTACHMENTS: usize = 10;
/// Messages deleted for oneself at once, at most.
const HIDDEN_AT_ONCE: usize = 100;
/// Reactions of one page.
const REACTIONS_PAGE: u32 = 100;

/// Whom a message mentions, each once.
fn mentions(mut wanted: Vec<UserId>) -> Result<Vec<UserId>, WireError> {
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.len() > MENTIONS {
        let refusal = WireError::new(ErrorCode::InvalidField).param("mentions");
        return Err(refusal.detail("most", MENTIONS));
    }
    Ok(wanted)
}

/// What is attached to a message, in its order.
fn attachments(wanted: Vec<AttachmentId>) -> Result<Vec<AttachmentId>, WireError> {
    let once = wanted.iter().enumerate().all(|(at, id)| !wanted[..at].contains(id));
    if once && wanted.len() <= ATTACHMENTS {
        return Ok(wanted);
    }
    let refusal = WireError::new(ErrorCode::InvalidField).param("attachments");
    Err(refusal.detail("most", ATTACHMENTS))
}

pub(in crate::gateway::ws) fn send(caller: &Caller, id: u64, wanted: SendMessage) -> Result<(), WireError> {
    let attachments = attachments(wanted.attachments)?;
    let text = match MessageText::parse(wanted.text, caller.state.limits.text_bytes) {
        Ok(text) => text.into_string(),
        // A picture speaks for itself.
        Err(ChatError::TextEmpty) if !attachments.is_empty() => String::new(),
        Err(error) => return Err(error.wire()),
    };
    let mentions = mentions(wanted.mentions)?;
    caller.state.rates.send(caller.id())?;
    let place = wanted.conversation.bytes();
    let reply_to = wanted.reply_to.map(i64::to_be_bytes);
    let attached: Vec<u8> = attachments.iter().flat_map(|id| id.bytes()).collect();
    let mut parts: Vec<&[u8]> = vec![&place, text.as_bytes()];
    parts.extend(reply_to.as_ref().map(|bytes| &bytes[..]));
    parts.extend((!attached.is_empty()).then_some(&*attached));
    let draft = Draft {
        conversation: wanted.conversation,
        sender: caller.id(),
        client_id: wanted.client_id,
        fingerprint: Fingerprint::of("message.send", &parts),
        body: Body::Text(text),
        extra: MessageExtra {
            reply_to: wanted.reply_to,
            mentions,
            ..MessageExtra::default()
        },
        attachments,
    };
    if let Some(owed) = caller.owe(id, ErrorCode::OutcomeLost) {
        caller.state.chat.post(draft, owed.into_reply(message_sent));
    }
    Ok(())
}

pub(in crate::gateway::ws) fn forward(caller: &Caller, id: u64, wanted: &ForwardMessage) -> Result<(), WireError> {
    caller.state.rates.send(caller.id())?;
    let forward = Forward {
        conversation: wanted.conversation,
        sender: caller.id(),
        client_id: wanted.client_id,
        from: (wanted.from.conversation, wanted.from.seq),
    };
    if let Some(owed) = caller.owe(id, ErrorCode::OutcomeLost) {
        caller.state.chat.forward(forward, owed.into_reply(message_sent));
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

pub(in crate::gateway::ws) fn edit(caller: &Caller, id: u64, wanted: EditMessage) -> Result<(), WireError> {
    let text = MessageText::parse(wanted.text, caller.state.limits.text_bytes).map_err(|error| error.wire())?;
    let change = MessageChange::Edit {
        text: text.into_string(),
        mentions: mentions(wanted.mentions)?,
    };
    change_message(caller, id, wanted.client_id, (wanted.conversation, wanted.seq), change)
}

pub(in crate::gateway::ws) fn recall(caller: &Caller, id: u64, wanted: &RecallMessage) -> Result<(), WireError> {
    let place = (wanted.conversation, wanted.seq);
    change_message(caller, id, wanted.client_id, place, MessageChange::Recall)
}

pub(in crate::gateway::ws) fn pin(caller: &Caller, id: u64, wanted: &PinMessage) -> Result<(), WireError> {
    let place = (wanted.conversation, wanted.seq);
    change_message(caller, id, wanted.client_id, place, MessageChange::Pin(wanted.on))
}

fn change_message(
    caller: &Caller,
    id: u64,
    client_id: ClientId,
    (conversation, seq): (ConversationId, i64),
    change: MessageChange,
) -> Result<(), WireError> {
    caller.state.rates.send(caller.id())?;
    if let Some(owed) = caller.owe(id, ErrorCode::OutcomeLost) {
        let reply = owed.into_reply(move |answer: ActAnswer| MessageChanged {
            conversation,
            seq,
            rev: answer.rev,
            duplicate: answer.duplicate,
        });
        let chat = &caller.state.chat;
        chat.change_message(caller.id(), (conversation, seq), client_id, change, reply);
    }
    Ok(())
}

pub(in crate::gateway::ws) fn react(caller: &Caller, id: u64, wanted: &SetReaction) -> Result<(), WireError> {
    let emoji = Emoji::parse(&wanted.emoji).map_err(|error| error.wire())?;
    caller.state.rates.send(caller.id())?;
    let (conversation, seq) = (wanted.conversation, wanted.seq);
    if let Some(owed) = caller.owe(id, ErrorCode::OutcomeLost) {
        let reply = owed.into_reply(move |answer: ActAnswer| ReactionSet {
            conversation,
            seq,
            rev: answer.rev,
        });
        let change = MessageChange::React(emoji, wanted.on);
        let chat = &caller.state.chat;
        chat.change_message(caller.id(), (conversation, seq), ClientId::fresh(), change, reply);
    }
    Ok(())
}

pub(in crate::gateway::ws) fn hide(caller: &Caller, id: u64, wanted: HideMessages) -> Result<(), WireError> {
    let mut seqs = wanted.seqs;
    seqs.sort_unstable();
    seqs.dedup();
    if seqs.is_empty() || seqs.len() > HIDDEN_AT_ONCE {
        let refusal = WireError::new(ErrorCode::InvalidField).param("seqs");
        return Err(refusal.detail("most", HIDDEN_AT_ONCE));
    }
    caller.state.rates.send(caller.id())?;
    let (state, user, conversation) = (caller.state.clone(), caller.id(), wanted.conversation);
    caller.answer_later(id, async move {
        let hidden = state.chat.hide(user, conversation, seqs.clone()).await;
        hidden.map_err(|error| error.wire())?;
        Ok(MessagesHidden { conversation, seqs })
    });
    Ok(())
}

pub(in crate::gateway::ws) fn pinned(caller: &Caller, id: u64, wanted: GetConversation) {
    let (state, user) = (caller.state.clone(), caller.id());
    caller.answer_later(id, async move {
        let pinned = state.chat.pinned(user, wanted.conversation).await;
        let pinned = pinned.map_err(|error| error.wire())?;
        let mut messages: Vec<_> = pinned.iter().map(message_view).collect();
        let (fit, _) = fitting(&messages, answer_bytes(&state));
        messages.truncate(fit);
        Ok(PinnedMessages { messages })
    });
}

pub(in crate::gateway::ws) fn reactions(caller: &Caller, id: u64, wanted: ListReactions) -> Result<(), WireError> {
    let emoji = wanted.emoji.as_deref().map(Emoji::parse).transpose();
    let emoji = emoji.map_err(|error| error.wire())?;
    let after = wanted.cursor.as_deref().map(read_cursor).transpose()?;
    let limit = page(wanted.limit, REACTIONS_PAGE);
    let (state, user) = (caller.state.clone(), caller.id());
    let place = (wanted.conversation, wanted.seq);
    caller.answer_later(id, async move {
        let emoji = emoji.as_ref().map(Emoji::as_str);
        let given = state.chat.reactions(user, place, emoji, after, limit).await;
        let given = given.map_err(|error| error.wire())?;
        let ids: Vec<_> = given.iter().map(|one| one.user).collect();
        let people = state.people.get(&ids).await.map_err(|error| error.wire())?;
        let last = given.last().filter(|_| given.len() as u64 == limit);
        let next = last.map(|last| format!("{}.{}", last.user, last.emoji));
        let show = |Given { user, emoji, at }| {
            let user = people.get(&user)?.clone();
            Some(GivenReaction { user, emoji, at })
        };
        Ok(GivenReactions {
            next,
            reactions: given.into_iter().filter_map(show).collect(),
        })
    });
    Ok(())
}

/// A person and an emoji, after whom the page goes on.
fn read_cursor(text: &str) -> Result<(UserId, String), WireError> {
    let read = text.split_once('.').and_then(|(user, emoji)| {
        let emoji = Emoji::parse(emoji).ok()?;
        Some((user.parse().ok()?, emoji.as_str().to_owned()))
    });
    read.ok_or(WireError::new(ErrorCode::InvalidField).param("cursor"))
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
