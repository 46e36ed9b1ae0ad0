//! Chat's rows as the wire shows them.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::log::Posted;
use super::service::Listed;
use super::{Body, MemberRow, Message};
use crate::delivery::EncodedEvent;
use crate::ids::UserId;
use crate::protocol::{
    self, CardView, ConversationView, LogId, MemberView, MessageView, RecalledView, UserView, stored,
};

/// A message as every reader sees it.
#[must_use]
pub fn message_view(message: &Message) -> MessageView {
    let (mut text, mut card, mut system) = (None, None, None);
    match &message.body {
        _ if message.recalled.is_some() => {}
        Body::Text(words) => text = Some(words.clone()),
        Body::System(change) => system = RawValue::from_string(change.clone()).ok(),
        Body::Card { kind, id, data } => {
            // What the server wrote itself is JSON; should a row not be, its card shows nothing.
            let data = RawValue::from_string(data.clone()).unwrap_or_else(|_| RawValue::NULL.to_owned());
            card = Some(CardView {
                kind: kind.clone(),
                id: id.clone(),
                data,
            });
        }
    }
    MessageView {
        conversation: message.conversation,
        seq: message.seq,
        rev: message.rev,
        n: message.n,
        sender: message.sender,
        client_id: message.client_id,
        at: message.at,
        kind: message.body.kind().as_str(),
        text,
        card,
        reply_to: message.extra.reply_to,
        forwarded: message.extra.forwarded.clone(),
        edited_at: message.edited_at,
        recalled: message.recalled.map(|recalled| RecalledView {
            by: recalled.by,
            at: recalled.at,
        }),
        pinned: message.pinned,
        mentions: message.extra.mentions.clone(),
        attachments: message.extra.attachments.clone(),
        reactions: message.reactions.clone(),
        system,
    }
}

/// The push of a message that was just posted.
#[must_use]
pub fn posted_event(posted: &Posted) -> EncodedEvent {
    event(&posted.message, posted.prev)
}

/// The push of a row that moved its log from `prev` to the row's `rev`.
pub(super) fn event(message: &Message, prev: i64) -> EncodedEvent {
    let log = LogId::Conversation(message.conversation);
    let name = if message.rev == message.seq {
        "message.posted"
    } else {
        "message.changed"
    };
    let json = protocol::log_push(name, log, prev, message.rev, &message_view(message));
    let turns_members = match &message.body {
        Body::System(change) => stored::turns_members(change),
        Body::Text(_) | Body::Card { .. } => false,
    };
    EncodedEvent::new(log, prev, message.rev, json).about(message.seq, turns_members)
}

/// A member with their name.
#[must_use]
pub fn member_view(member: &MemberRow, people: &HashMap<UserId, UserView>) -> Option<MemberView> {
    Some(MemberView {
        user: people.get(&member.user)?.clone(),
        role: member.role.as_str(),
        read_seq: member.read_seq,
        delivered_seq: member.delivered_seq,
    })
}

/// A conversation as one of its members sees it. People who are unknown are left out.
#[must_use]
pub fn conversation_view(listed: &Listed, people: &HashMap<UserId, UserView>) -> ConversationView {
    let conversation = &listed.conversation;
    let members = listed.members.iter().filter_map(|member| member_view(member, people));
    let blocked = conversation.direct_key.map_or("none", |key| {
        let user = listed.user;
        conversation.blocked.word_for(key, user)
    });
    ConversationView {
        id: conversation.id,
        kind: conversation.kind.as_str(),
        title: conversation.title.clone(),
        created_at: conversation.created_at,
        rev: conversation.last_rev,
        n: conversation.last_n,
        members: members.collect(),
        member_count: usize::try_from(conversation.member_count).unwrap_or_default(),
        last_message: listed.last_message.as_ref().map(message_view),
        unread: listed.unread.messages,
        mentions: listed.unread.mentions,
        read_seq: listed.membership.read_seq,
        my_role: listed.membership.role.as_str(),
        from_seq: listed.membership.from_seq,
        avatar: conversation.avatar,
        history: conversation.history.as_str(),
        slow_mode_seconds: conversation.slow_mode_seconds,
        blocked,
    }
}
