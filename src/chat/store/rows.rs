//! Rows to values and back.

use quipu_entity::{conversation, member, message};
use sea_orm::Value;

use crate::chat::{Body, Conversation, ConversationKind, DirectKey, Membership, Message, Role};
use crate::clock::Micros;
use crate::ids::{ConversationId, UserId};
use crate::op_receipt::Fingerprint;

pub(super) fn conversation(row: conversation::Model) -> Conversation {
    Conversation {
        id: row.id.into(),
        kind: ConversationKind::from_code(row.kind),
        title: row.title,
        direct_key: row.direct_key.as_deref().and_then(direct_key),
        last_rev: row.last_rev,
        last_n: row.last_n,
        last_at: Micros(row.last_at),
        created_by: row.created_by.into(),
        created_at: Micros(row.created_at),
    }
}

fn direct_key(bytes: &[u8]) -> Option<DirectKey> {
    let id = |range: std::ops::Range<usize>| {
        let bytes: [u8; 16] = bytes.get(range)?.try_into().ok()?;
        Some(UserId::from_bytes(bytes))
    };
    DirectKey::of(id(0..16)?, id(16..32)?).ok()
}

pub(super) fn conversation_values(made: &Conversation) -> [Value; 9] {
    [
        made.id.into(),
        made.kind.code().into(),
        made.title.clone().into(),
        made.direct_key.map(|key| key.bytes()).into(),
        made.last_rev.into(),
        made.last_n.into(),
        made.last_at.0.into(),
        made.created_by.into(),
        made.created_at.0.into(),
    ]
}

pub(super) fn membership(row: &member::Model) -> Membership {
    Membership {
        role: Role::from_code(row.role),
        from_seq: row.from_seq,
        until_seq: row.until_seq,
        read_seq: row.read_seq,
    }
}

pub(super) fn member_values(joined: &(ConversationId, UserId, Membership, Micros)) -> [Value; 7] {
    let (conversation, user, membership, at) = joined;
    [
        (*conversation).into(),
        (*user).into(),
        membership.role.code().into(),
        membership.from_seq.into(),
        membership.until_seq.into(),
        membership.read_seq.into(),
        at.0.into(),
    ]
}

pub(super) fn message(row: message::Model) -> Message {
    let body = match (row.kind, row.card_kind, row.card_id, row.card_data) {
        (2, Some(kind), Some(id), Some(data)) => Body::Card { kind, id, data },
        (1, ..) => Body::System(row.text.unwrap_or_default()),
        _ => Body::Text(row.text.unwrap_or_default()),
    };
    Message {
        conversation: row.conversation_id.into(),
        seq: row.seq,
        rev: row.rev,
        n: row.n,
        sender: row.sender_id.into(),
        client_id: row.client_id.into(),
        fingerprint: Fingerprint::from_bytes(&row.fingerprint),
        body,
        at: Micros(row.at),
    }
}

pub(super) fn message_values(posted: &Message) -> [Value; 13] {
    let none = || None::<String>;
    let (text, card_kind, card_id, card_data) = match &posted.body {
        Body::Text(text) | Body::System(text) => (Some(text.clone()), none(), none(), none()),
        Body::Card { kind, id, data } => (none(), Some(kind.clone()), Some(id.clone()), Some(data.clone())),
    };
    [
        posted.conversation.into(),
        posted.seq.into(),
        posted.rev.into(),
        posted.n.into(),
        posted.sender.into(),
        posted.client_id.into(),
        posted.fingerprint.bytes().into(),
        posted.body.kind().code().into(),
        text.into(),
        card_kind.into(),
        card_id.into(),
        card_data.into(),
        posted.at.0.into(),
    ]
}
