//! What chat writes in a group commit: one statement a table.

use sea_orm::Value;

use super::rows;
use crate::chat::log::{Loaded, ReactionKey};
use crate::chat::{Conversation, Message};
use crate::db::Writes;
use crate::db::columns::{Column, Columns};

/// Joining again sets everything anew but for the marks, which only grow.
const JOIN_AGAIN: &str = " ON CONFLICT (conversation_id, user_id) DO UPDATE SET role = excluded.role, \
    from_seq = excluded.from_seq, until_seq = excluded.until_seq, last_post_at = excluded.last_post_at, \
    joined_at = excluded.joined_at, \
    read_seq = CASE WHEN excluded.read_seq > member.read_seq THEN excluded.read_seq ELSE member.read_seq END, \
    delivered_seq = CASE WHEN excluded.delivered_seq > member.delivered_seq THEN excluded.delivered_seq \
      ELSE member.delivered_seq END";

/// One person's emoji under one message.
pub(super) const REACTION_KEY: Columns<4> = [
    ("conversation_id", Column::Id),
    ("seq", Column::Number),
    ("user_id", Column::Id),
    ("emoji", Column::Text),
];

pub(super) fn reaction_key((conversation, seq, user, emoji): &ReactionKey) -> [Value; 4] {
    [
        (*conversation).into(),
        (*seq).into(),
        (*user).into(),
        emoji.as_str().into(),
    ]
}

/// Says how what was decided is written.
pub(super) fn all(loaded: &Loaded, writes: &mut Writes) {
    conversations(loaded, writes);
    messages(loaded, writes);
    changes(loaded, writes);
    reactions(loaded, writes);
    mentions(loaded, writes);
    let hidden = loaded.written.hidden.iter();
    let hidden = hidden.map(|(user, conversation, seq)| [(*user).into(), (*conversation).into(), (*seq).into()]);
    let columns = [
        ("user_id", Column::Id),
        ("conversation_id", Column::Id),
        ("seq", Column::Number),
    ];
    let again = " ON CONFLICT DO NOTHING";
    writes.insert("hidden_message", &columns, hidden.collect(), again);
}

fn conversations(loaded: &Loaded, writes: &mut Writes) {
    let made = loaded.written.conversations.iter();
    // As it stands at the end of the batch, should it have moved within it.
    let made = made.map(|made| loaded.conversations.get(&made.id).unwrap_or(made));
    let made = made.map(rows::conversation_values).collect();
    writes.insert("conversation", &rows::CONVERSATION, made, "");
    let members = loaded.written.members.iter().filter_map(|(conversation, user)| {
        let membership = loaded.members.get(&(*conversation, *user))?;
        Some(rows::member_values(*conversation, *user, membership))
    });
    writes.insert("member", &rows::MEMBER, members.collect(), JOIN_AGAIN);
    let moved = loaded.written.moved.iter();
    let moved: Vec<_> = moved.filter_map(|id| loaded.conversations.get(id)).collect();
    move_heads(&moved, writes);
    let altered = loaded.written.altered.iter();
    let altered: Vec<_> = altered.filter_map(|id| loaded.conversations.get(id)).collect();
    alter(&altered, writes);
}

fn move_heads(moved: &[&Conversation], writes: &mut Writes) {
    if moved.is_empty() {
        return;
    }
    let heads = moved
        .iter()
        .map(|c| [c.id.into(), c.last_rev.into(), c.last_n.into(), c.last_at.0.into()]);
    let update = writes
        .sql()
        .text("WITH moved (id, rev, n, at) AS (VALUES ")
        .padded_rows(heads)
        .text(
            ") UPDATE conversation SET last_rev = moved.rev, last_n = moved.n, last_at = moved.at \
             FROM moved WHERE conversation.id = moved.id",
        );
    writes.push(update);
}

fn alter(altered: &[&Conversation], writes: &mut Writes) {
    if altered.is_empty() {
        return;
    }
    let rows = altered.iter().map(|c| {
        [
            c.id.into(),
            c.title.clone().into(),
            c.member_count.into(),
            c.history.code().into(),
            i64::from(c.slow_mode_seconds).into(),
            c.blocked.code().into(),
            c.pinned_count.into(),
            c.avatar.map(crate::ids::AttachmentId::uuid).into(),
        ]
    });
    let update = writes
        .sql()
        .text("WITH altered (id, title, members, history, slow, blocked, pinned, avatar) AS (VALUES ")
        .padded_rows(rows)
        .text(
            ") UPDATE conversation SET title = altered.title, member_count = altered.members, \
             history = altered.history, slow_mode_seconds = altered.slow, blocked = altered.blocked, \
             pinned_count = altered.pinned, avatar = altered.avatar FROM altered WHERE conversation.id = altered.id",
        );
    writes.push(update);
}

fn messages(loaded: &Loaded, writes: &mut Writes) {
    let posted = loaded.written.messages.iter().map(rows::message_values).collect();
    writes.insert("message", &rows::MESSAGE, posted, "");
}

fn changes(loaded: &Loaded, writes: &mut Writes) {
    let earlier = loaded.written.changed.iter().filter_map(|key| loaded.rows.get(key));
    let within = loaded.written.messages.iter().filter(|row| row.rev != row.seq);
    let changed: Vec<&Message> = earlier.chain(within).collect();
    if changed.is_empty() {
        return;
    }
    let update = writes
        .sql()
        .text(
            "WITH changed (conversation_id, seq, rev, text, extra, edited_at, recalled_by, recalled_at, pinned, \
             reactions, card) AS (VALUES ",
        )
        .padded_rows(changed.into_iter().map(rows::change_values))
        .text(
            ") UPDATE message SET rev = changed.rev, text = changed.text, extra = changed.extra, \
             edited_at = changed.edited_at, recalled_by = changed.recalled_by, recalled_at = changed.recalled_at, \
             pinned = changed.pinned, reactions = changed.reactions, card_data = changed.card FROM changed \
             WHERE message.conversation_id = changed.conversation_id AND message.seq = changed.seq",
        );
    writes.push(update);
}

fn reactions(loaded: &Loaded, writes: &mut Writes) {
    let gone = loaded.written.unreacted.iter();
    let gone: Vec<_> = gone.map(|(c, seq)| [(*c).into(), (*seq).into()]).collect();
    if !gone.is_empty() {
        let delete = writes
            .sql()
            .text("DELETE FROM reaction WHERE (conversation_id, seq) IN (VALUES ")
            .padded_rows(gone)
            .text(")");
        writes.push(delete);
    }
    let taken = loaded.written.reactions.iter().filter(|(_, at)| at.is_none());
    let taken: Vec<_> = taken.map(|(key, _)| reaction_key(key)).collect();
    if !taken.is_empty() {
        let delete = writes
            .sql()
            .text("DELETE FROM reaction WHERE (conversation_id, seq, user_id, emoji) IN (VALUES ")
            .padded_rows(taken)
            .text(")");
        writes.push(delete);
    }
    let given = loaded.written.reactions.iter().filter_map(|(key, at)| {
        let [conversation, seq, user, emoji] = reaction_key(key);
        at.map(|at| [conversation, seq, user, emoji, at.0.into()])
    });
    let [conversation, seq, user, emoji] = REACTION_KEY;
    let columns = [conversation, seq, user, emoji, ("at", Column::Number)];
    let again = " ON CONFLICT DO NOTHING";
    writes.insert("reaction", &columns, given.collect(), again);
}

fn mentions(loaded: &Loaded, writes: &mut Writes) {
    let row = |(user, conversation, seq): &(crate::ids::UserId, crate::ids::ConversationId, i64)| {
        [(*user).into(), (*conversation).into(), (*seq).into()]
    };
    let mentions = &loaded.written.mentions;
    let gone: Vec<_> = mentions
        .iter()
        .filter(|(_, on)| !**on)
        .map(|(key, _)| row(key))
        .collect();
    if !gone.is_empty() {
        let delete = writes
            .sql()
            .text("DELETE FROM mention WHERE (user_id, conversation_id, seq) IN (VALUES ")
            .padded_rows(gone)
            .text(")");
        writes.push(delete);
    }
    let standing = mentions
        .iter()
        .filter(|(_, on)| **on)
        .map(|(key, _)| row(key))
        .collect();
    let columns = [
        ("user_id", Column::Id),
        ("conversation_id", Column::Id),
        ("seq", Column::Number),
    ];
    writes.insert("mention", &columns, standing, " ON CONFLICT DO NOTHING");
}
