//! What becomes of a message after it was posted: edited, recalled, pinned, reacted to, deleted for oneself.

use crate::clock::Micros;
use crate::group_commit::WorkingSet;
use crate::ids::{ClientId, ConversationId, UserId};
use crate::op_receipt::Fingerprint;
use crate::protocol::{MessageExtra, ReactionView, SystemChange, stored};

use super::{Draft, Loaded, Posted, append, at_least, changed, not_blocked};
use crate::chat::{Body, ChatError, ConversationKind, Emoji, Message, MessageKind, Recalled, Role, attachments};

/// Emoji of different kinds under one message, at most.
const EMOJI_A_MESSAGE: usize = 20;
/// People whom a message names under each emoji; the others are counted.
const NAMED_A_REACTION: usize = 8;
/// Pinned messages of one conversation, at most.
const PINNED: i64 = 50;

/// How long a message may still be changed by who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// Microseconds in which its text may be edited.
    pub edit: i64,
    /// Microseconds in which it may be recalled.
    pub recall: i64,
}

/// What is to become of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageChange {
    /// Another text, with those whom it mentions.
    Edit {
        /// The text.
        text: String,
        /// Whom it mentions.
        mentions: Vec<UserId>,
    },
    /// It is taken back.
    Recall,
    /// It is pinned or is not.
    Pin(bool),
    /// An emoji is given or taken back.
    React(Emoji, bool),
}

impl MessageChange {
    /// The bytes of the intent.
    #[must_use]
    pub fn fingerprint(&self, conversation: ConversationId, seq: i64) -> Fingerprint {
        let (place, seq) = (conversation.bytes(), seq.to_be_bytes());
        match self {
            Self::Edit { text, .. } => Fingerprint::of("message.edit", &[&place, &seq, text.as_bytes()]),
            Self::Recall => Fingerprint::of("message.recall", &[&place, &seq]),
            Self::Pin(on) => Fingerprint::of("message.pin", &[&place, &seq, &[u8::from(*on)]]),
            Self::React(emoji, on) => {
                let parts: [&[u8]; 4] = [&place, &seq, emoji.as_str().as_bytes(), &[u8::from(*on)]];
                Fingerprint::of("reaction.set", &parts)
            }
        }
    }

    /// Asks for what it is decided by.
    pub fn want(&self, set: &mut WorkingSet, conversation: ConversationId, seq: i64, actor: UserId) {
        if *self == Self::Recall {
            set.slot::<attachments::Loaded>().want_of(conversation, seq);
        }
        let loaded = set.slot::<Loaded>();
        loaded.want_conversation(conversation);
        loaded.want_member(conversation, actor);
        loaded.want_row(conversation, seq);
        match self {
            Self::Edit { mentions, .. } => {
                for user in mentions {
                    loaded.want_member(conversation, *user);
                }
            }
            Self::React(emoji, _) => loaded.want_reaction(conversation, seq, actor, emoji.clone()),
            Self::Recall | Self::Pin(_) => {}
        }
    }
}

/// Somebody who changes a message, under their own id of the change.
#[derive(Debug, Clone, Copy)]
pub struct Changer {
    /// Where it stands.
    pub conversation: ConversationId,
    /// The message; 0 when it is the conversation itself that changes.
    pub seq: i64,
    /// Who.
    pub actor: UserId,
    /// Under which id.
    pub client_id: ClientId,
    /// Now.
    pub now: Micros,
}

/// Decides a change. The rows that moved, the message itself first; none when it is like this already.
///
/// # Errors
/// [`ChatError::NotAMember`], [`ChatError::MessageNotFound`], and what the change itself asks for.
pub(in crate::chat) fn change(
    set: &mut WorkingSet,
    who: Changer,
    change: &MessageChange,
    windows: Windows,
) -> Result<Vec<Posted>, ChatError> {
    let loaded = set.slot::<Loaded>();
    let message = loaded.visible(who.conversation, who.actor, who.seq)?.clone();
    if message.body.kind() == MessageKind::System {
        return Err(ChatError::MessageNotFound);
    }
    match change {
        MessageChange::Edit { text, mentions } => edit(set, who, message, text, mentions, windows.edit),
        MessageChange::Recall => recall(set, who, message, windows.recall),
        MessageChange::Pin(on) => pin(set, who, message, *on),
        MessageChange::React(emoji, on) => react(set, who, message, emoji, *on),
    }
}

fn in_time(message: &Message, now: Micros, window: i64) -> Result<(), ChatError> {
    if now.0.saturating_sub(message.at.0) > window {
        return Err(ChatError::TooLate);
    }
    Ok(())
}

fn edit(
    set: &mut WorkingSet,
    who: Changer,
    mut message: Message,
    text: &str,
    mentions: &[UserId],
    window: i64,
) -> Result<Vec<Posted>, ChatError> {
    if message.recalled.is_some() {
        return Err(ChatError::Recalled);
    }
    let own_words = message.sender == who.actor && message.extra.forwarded.is_none();
    if !own_words || !matches!(message.body, Body::Text(_)) {
        return Err(ChatError::NotEditable);
    }
    in_time(&message, who.now, window)?;
    let loaded = set.slot::<Loaded>();
    not_blocked(loaded.member(who.conversation, who.actor)?.0)?;
    let here = |user: &&UserId| loaded.member(who.conversation, **user).is_ok();
    let mentions: Vec<_> = mentions.iter().filter(here).copied().collect();
    let body = Body::Text(text.to_owned());
    if message.body == body && message.extra.mentions == mentions {
        return Ok(Vec::new());
    }
    unmention(loaded, &message);
    for user in mentions.iter().filter(|user| **user != who.actor) {
        let mention = (*user, who.conversation, who.seq);
        loaded.written.mentions.insert(mention, true);
    }
    message.body = body;
    message.extra.mentions = mentions;
    message.edited_at = Some(who.now);
    Ok(vec![changed(set, message)?])
}

fn unmention(loaded: &mut Loaded, message: &Message) {
    for user in &message.extra.mentions {
        let mention = (*user, message.conversation, message.seq);
        loaded.written.mentions.insert(mention, false);
    }
}

fn recall(set: &mut WorkingSet, who: Changer, mut message: Message, window: i64) -> Result<Vec<Posted>, ChatError> {
    let loaded = set.slot::<Loaded>();
    let (conversation, membership) = loaded.member(who.conversation, who.actor)?;
    if message.recalled.is_some() {
        return Ok(Vec::new());
    }
    let keeps_order = conversation.kind == ConversationKind::Group && membership.role >= Role::Admin;
    if message.sender != who.actor && !keeps_order {
        return Err(ChatError::RoleForbids);
    }
    if message.sender == who.actor && !keeps_order {
        in_time(&message, who.now, window)?;
    }
    unmention(loaded, &message);
    let key = (message.conversation, message.seq);
    loaded.written.reactions.retain(|(c, seq, ..), _| (*c, *seq) != key);
    loaded.reacted.retain(|(c, seq, ..)| (*c, *seq) != key);
    loaded.written.unreacted.insert(key);
    if message.pinned {
        count_pinned(loaded, who.conversation, -1);
    }
    // A card stays in its row, where the audit finds it; it is shown to nobody.
    if let Body::Text(text) = &mut message.body {
        text.clear();
    }
    if !message.extra.attachments.is_empty() {
        let (conversation, seq) = key;
        set.slot::<attachments::Loaded>().unrefer(conversation, seq);
    }
    message.extra = MessageExtra::default();
    message.reactions = Vec::new();
    message.pinned = false;
    message.recalled = Some(Recalled {
        by: who.actor,
        at: who.now,
    });
    Ok(vec![changed(set, message)?])
}

fn count_pinned(loaded: &mut Loaded, conversation: ConversationId, by: i64) {
    if let Some(head) = loaded.conversations.get_mut(&conversation) {
        head.pinned_count += by;
        loaded.written.altered.insert(conversation);
    }
}

fn pin(set: &mut WorkingSet, who: Changer, mut message: Message, on: bool) -> Result<Vec<Posted>, ChatError> {
    let loaded = set.slot::<Loaded>();
    let (conversation, membership) = loaded.member(who.conversation, who.actor)?;
    if message.recalled.is_some() {
        return Err(ChatError::Recalled);
    }
    match conversation.kind {
        ConversationKind::Group => at_least(membership, Role::Admin)?,
        ConversationKind::Direct | ConversationKind::Support => not_blocked(conversation)?,
    }
    if message.pinned == on {
        return Ok(Vec::new());
    }
    if on && conversation.pinned_count >= PINNED {
        return Err(ChatError::TooMany { what: "pinned" });
    }
    count_pinned(loaded, who.conversation, if on { 1 } else { -1 });
    message.pinned = on;
    let moved = changed(set, message)?;
    let told = SystemChange::MessagePinned(who.seq, on);
    let row = append_system(set, who, &told)?;
    Ok(vec![moved, row])
}

fn react(
    set: &mut WorkingSet,
    who: Changer,
    mut message: Message,
    emoji: &Emoji,
    on: bool,
) -> Result<Vec<Posted>, ChatError> {
    let loaded = set.slot::<Loaded>();
    not_blocked(loaded.member(who.conversation, who.actor)?.0)?;
    if message.recalled.is_some() {
        return Err(ChatError::Recalled);
    }
    let key = (who.conversation, who.seq, who.actor, emoji.clone());
    if loaded.reacted.contains(&key) == on {
        return Ok(Vec::new());
    }
    if on {
        give(&mut message.reactions, emoji, who.actor)?;
        loaded.reacted.insert(key.clone());
    } else {
        take_back(&mut message.reactions, emoji, who.actor);
        loaded.reacted.remove(&key);
    }
    loaded.written.reactions.insert(key, on.then_some(who.now));
    Ok(vec![changed(set, message)?])
}

fn give(reactions: &mut Vec<ReactionView>, emoji: &Emoji, user: UserId) -> Result<(), ChatError> {
    if let Some(standing) = reactions.iter_mut().find(|one| one.emoji == emoji.as_str()) {
        standing.count = standing.count.saturating_add(1);
        if standing.users.len() < NAMED_A_REACTION {
            standing.users.push(user);
        }
        return Ok(());
    }
    if reactions.len() >= EMOJI_A_MESSAGE {
        return Err(ChatError::TooMany { what: "emoji" });
    }
    reactions.push(ReactionView {
        emoji: emoji.as_str().to_owned(),
        count: 1,
        users: vec![user],
    });
    Ok(())
}

fn take_back(reactions: &mut Vec<ReactionView>, emoji: &Emoji, user: UserId) {
    if let Some(standing) = reactions.iter_mut().find(|one| one.emoji == emoji.as_str()) {
        standing.count = standing.count.saturating_sub(1);
        standing.users.retain(|one| *one != user);
    }
    reactions.retain(|one| one.count > 0);
}

/// Gives a card other content. The row and its conversation must have been asked for. A card that was recalled changes
/// too: it is shown to nobody and stays true.
///
/// # Errors
/// [`ChatError::MessageNotFound`] when no card stands there.
pub fn change_card(
    set: &mut WorkingSet,
    conversation: ConversationId,
    seq: i64,
    content: String,
) -> Result<Posted, ChatError> {
    let row = set.slot::<Loaded>().row(conversation, seq);
    let mut message = row.cloned().ok_or(ChatError::MessageNotFound)?;
    let Body::Card { data, .. } = &mut message.body else {
        return Err(ChatError::MessageNotFound);
    };
    *data = content;
    changed(set, message)
}

/// Writes into a log what somebody did to the conversation itself.
pub(super) fn append_system(set: &mut WorkingSet, who: Changer, told: &SystemChange) -> Result<Posted, ChatError> {
    let text = stored::system_row(told, who.actor);
    let draft = Draft {
        conversation: who.conversation,
        sender: who.actor,
        client_id: who.client_id,
        fingerprint: Fingerprint::of("system", &[text.as_bytes()]),
        body: Body::System(text),
        extra: MessageExtra::default(),
        attachments: Vec::new(),
    };
    append(set, draft, who.now)
}
