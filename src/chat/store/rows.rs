//! Rows to values and back.

use quipu_entity::{conversation, member, message};
use sea_orm::Value;

use crate::chat::{
    Blocked, Body, Conversation, ConversationKind, DirectKey, HistoryForNew, Membership, Message, Recalled, Role,
};
use crate::clock::Micros;
use crate::db::columns::{Column, Columns};
use crate::ids::{ConversationId, UserId};
use crate::op_receipt::Fingerprint;
use crate::protocol::{MessageExtra, stored};

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
        member_count: row.member_count,
        mark_rev: row.mark_rev,
        history: HistoryForNew::from_code(row.history),
        slow_mode_seconds: u32::try_from(row.slow_mode_seconds).unwrap_or_default(),
        blocked: Blocked::from_code(row.blocked),
        pinned_count: row.pinned_count,
        avatar: row.avatar.map(Into::into),
    }
}

fn direct_key(bytes: &[u8]) -> Option<DirectKey> {
    let id = |range: std::ops::Range<usize>| {
        let bytes: [u8; 16] = bytes.get(range)?.try_into().ok()?;
        Some(UserId::from_bytes(bytes))
    };
    DirectKey::of(id(0..16)?, id(16..32)?).ok()
}

/// The columns of [`conversation_values`].
pub(super) const CONVERSATION: Columns<14> = [
    ("id", Column::Id),
    ("kind", Column::Code),
    ("title", Column::OptionalText),
    ("direct_key", Column::OptionalBytes),
    ("last_rev", Column::Number),
    ("last_n", Column::Number),
    ("last_at", Column::Number),
    ("created_by", Column::Id),
    ("created_at", Column::Number),
    ("member_count", Column::Number),
    ("history", Column::Code),
    ("slow_mode_seconds", Column::Number),
    ("blocked", Column::Code),
    ("pinned_count", Column::Number),
];

pub(super) fn conversation_values(made: &Conversation) -> [Value; 14] {
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
        made.member_count.into(),
        made.history.code().into(),
        i64::from(made.slow_mode_seconds).into(),
        made.blocked.code().into(),
        made.pinned_count.into(),
    ]
}

pub(super) fn membership(row: &member::Model) -> Membership {
    Membership {
        role: Role::from_code(row.role),
        from_seq: row.from_seq,
        until_seq: row.until_seq,
        read_seq: row.read_seq,
        delivered_seq: row.delivered_seq,
        last_post_at: Micros(row.last_post_at),
        joined_at: Micros(row.joined_at),
    }
}

/// The columns of [`member_values`].
pub(super) const MEMBER: Columns<9> = [
    ("conversation_id", Column::Id),
    ("user_id", Column::Id),
    ("role", Column::Code),
    ("from_seq", Column::Number),
    ("until_seq", Column::OptionalNumber),
    ("read_seq", Column::Number),
    ("delivered_seq", Column::Number),
    ("last_post_at", Column::Number),
    ("joined_at", Column::Number),
];

pub(super) fn member_values(conversation: ConversationId, user: UserId, membership: &Membership) -> [Value; 9] {
    [
        conversation.into(),
        user.into(),
        membership.role.code().into(),
        membership.from_seq.into(),
        membership.until_seq.into(),
        membership.read_seq.into(),
        membership.delivered_seq.into(),
        membership.last_post_at.0.into(),
        membership.joined_at.0.into(),
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
        extra: MessageExtra::from_column(row.extra.as_deref()),
        edited_at: row.edited_at.map(Micros),
        recalled: row.recalled_by.zip(row.recalled_at).map(|(by, at)| Recalled {
            by: by.into(),
            at: Micros(at),
        }),
        pinned: row.pinned == 1,
        reactions: stored::reactions_from_column(row.reactions.as_deref()),
    }
}

/// The columns of [`message_values`]. What a message has only after it was changed stands in none of them, but for one
/// that was changed within its own commit: that one is written by [`change_values`] as well.
pub(super) const MESSAGE: Columns<14> = [
    ("conversation_id", Column::Id),
    ("seq", Column::Number),
    ("rev", Column::Number),
    ("n", Column::OptionalNumber),
    ("sender_id", Column::Id),
    ("client_id", Column::Id),
    ("fingerprint", Column::Bytes),
    ("kind", Column::Code),
    ("text", Column::OptionalText),
    ("card_kind", Column::OptionalText),
    ("card_id", Column::OptionalText),
    ("card_data", Column::OptionalText),
    ("at", Column::Number),
    ("extra", Column::OptionalText),
];

pub(super) fn message_values(posted: &Message) -> [Value; 14] {
    let none = || None::<String>;
    let (text, card_kind, card_id, card_data) = match &posted.body {
        Body::Text(_) if posted.recalled.is_some() => (none(), none(), none(), none()),
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
        posted.extra.to_column().into(),
    ]
}

/// What a change of a message writes: its place, its position, and everything that can change.
pub(super) fn change_values(changed: &Message) -> [Value; 11] {
    let text = match &changed.body {
        Body::Text(_) if changed.recalled.is_some() => None,
        Body::Text(text) | Body::System(text) => Some(text.clone()),
        Body::Card { .. } => None,
    };
    let card = match &changed.body {
        Body::Card { data, .. } => Some(data.clone()),
        Body::Text(_) | Body::System(_) => None,
    };
    [
        changed.conversation.into(),
        changed.seq.into(),
        changed.rev.into(),
        text.into(),
        changed.extra.to_column().into(),
        changed.edited_at.map(|at| at.0).into(),
        changed.recalled.map(|recalled| recalled.by.uuid()).into(),
        changed.recalled.map(|recalled| recalled.at.0).into(),
        i16::from(changed.pinned).into(),
        stored::reactions_to_column(&changed.reactions).into(),
        card.into(),
    ]
}
