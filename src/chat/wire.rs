//! Chat's rows as the wire shows them.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::log::Posted;
use super::service::Listed;
use super::{Body, Message};
use crate::delivery::EncodedEvent;
use crate::ids::UserId;
use crate::protocol::{self, CardView, ConversationView, LogId, MemberView, MessageView, UserView};

/// A message as every reader sees it.
#[must_use]
pub fn message_view(message: &Message) -> MessageView {
    let (text, card) = match &message.body {
        Body::Text(text) => (Some(text.clone()), None),
        Body::System(_) => (None, None),
        Body::Card { kind, id, data } => {
            // What the server wrote itself is JSON; should a row not be, its card shows nothing.
            let data = RawValue::from_string(data.clone()).unwrap_or_else(|_| RawValue::NULL.to_owned());
            (
                None,
                Some(CardView {
                    kind: kind.clone(),
                    id: id.clone(),
                    data,
                }),
            )
        }
    };
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
    EncodedEvent::new(log, prev, message.rev, json)
}

/// A conversation as one of its members sees it. People who are unknown are left out.
#[must_use]
pub fn conversation_view(listed: &Listed, people: &HashMap<UserId, UserView>) -> ConversationView {
    let conversation = &listed.conversation;
    let members = listed.members.iter().filter_map(|member| {
        let user = people.get(&member.user)?.clone();
        Some(MemberView {
            user,
            role: member.role.as_str(),
            read_seq: member.read_seq,
        })
    });
    ConversationView {
        id: conversation.id,
        kind: conversation.kind.as_str(),
        title: conversation.title.clone(),
        created_at: conversation.created_at,
        rev: conversation.last_rev,
        n: conversation.last_n,
        members: members.collect(),
        member_count: listed.member_count,
        last_message: listed.last_message.as_ref().map(message_view),
        unread: listed.unread,
        read_seq: listed.read_seq,
    }
}
