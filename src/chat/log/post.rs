//! Posting: what is appended, by whom, and what a repetition is told.

use crate::clock::Micros;
use crate::group_commit::{Moment, WorkingSet};
use crate::ids::{AttachmentId, ClientId, ConversationId, UserId};
use crate::op_receipt::Fingerprint;
use crate::protocol::{ForwardedView, MessageExtra};

use super::{Loaded, Posted, step};
use crate::chat::{Body, ChatError, Message, Role, attachments};

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// A message to be posted.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub sender: UserId,
    /// The sender's own id of it.
    pub client_id: ClientId,
    /// What the sender means.
    pub fingerprint: Fingerprint,
    /// What it holds.
    pub body: Body,
    /// What it refers to and whom it mentions.
    pub extra: MessageExtra,
    /// What is attached to it.
    pub attachments: Vec<AttachmentId>,
}

impl Draft {
    /// Asks for what it is decided by.
    pub fn want(&self, set: &mut WorkingSet) {
        if !self.attachments.is_empty() {
            set.slot::<attachments::Loaded>().want(&self.attachments);
        }
        let loaded = set.slot::<Loaded>();
        loaded.want_post(self.conversation, self.sender, self.client_id);
        if let Some(seq) = self.extra.reply_to {
            loaded.want_row(self.conversation, seq);
        }
        for user in &self.extra.mentions {
            loaded.want_member(self.conversation, *user);
        }
    }
}

/// How a post was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It was posted.
    Posted(Posted),
    /// It had been posted before with this id and this content.
    Repeated(Message),
}

/// Decides a post: the same id with the same content is the first answer again, with other content a conflict; who is
/// not a member now is refused.
///
/// # Errors
/// [`ChatError::IdempotencyConflict`], [`ChatError::NotAMember`], [`ChatError::Blocked`], [`ChatError::SlowMode`],
/// [`ChatError::MessageNotFound`] when it answers nothing that the sender may see.
pub fn decide(set: &mut WorkingSet, mut draft: Draft, moment: Moment) -> Result<Decision, ChatError> {
    if let Some(decided) = repeated(set, &draft, moment)? {
        return Ok(decided);
    }
    let loaded = set.slot::<Loaded>();
    loaded.may_post(draft.conversation, draft.sender)?;
    if let Some(seq) = draft.extra.reply_to {
        loaded.visible(draft.conversation, draft.sender, seq)?;
    }
    attach(set, &mut draft)?;
    let loaded = set.slot::<Loaded>();
    mind_slow_mode(loaded, &draft, moment.now)?;
    let here = |user: &UserId| loaded.member(draft.conversation, *user).is_ok();
    draft.extra.mentions.retain(here);
    append(set, draft, moment.now).map(Decision::Posted)
}

fn repeated(set: &mut WorkingSet, draft: &Draft, moment: Moment) -> Result<Option<Decision>, ChatError> {
    let Some(message) = set.slot::<Loaded>().posted(draft.client_id, draft.sender) else {
        return Ok(None);
    };
    if message.fingerprint != draft.fingerprint {
        return Err(ChatError::IdempotencyConflict);
    }
    // After a COMMIT of unknown outcome this may be what that COMMIT wrote, of which nobody was told yet. To
    // announce it twice does no harm: everybody knows by its position whether they had it.
    let again = message.clone();
    Ok(Some(if moment.after_unknown && again.rev == again.seq {
        Decision::Posted(found(again))
    } else {
        Decision::Repeated(again)
    }))
}

/// Shows what the sender attaches, which is their own and has come whole.
fn attach(set: &mut WorkingSet, draft: &mut Draft) -> Result<(), ChatError> {
    if draft.attachments.is_empty() || !draft.extra.attachments.is_empty() {
        // What is forwarded is shown already.
        return Ok(());
    }
    let uploaded = set.slot::<attachments::Loaded>();
    for id in &draft.attachments {
        let usable = uploaded.usable(*id, draft.sender);
        let usable = usable.map_err(|_| ChatError::AttachmentNotFound)?;
        draft.extra.attachments.push(attachments::attachment_view(usable));
    }
    Ok(())
}

/// Keeps the pause between two messages of one member, if there is one.
fn mind_slow_mode(loaded: &mut Loaded, draft: &Draft, now: Micros) -> Result<(), ChatError> {
    let (conversation, membership) = loaded.member(draft.conversation, draft.sender)?;
    if conversation.slow_mode_seconds == 0 || membership.role > Role::Member {
        return Ok(());
    }
    let pause = i64::from(conversation.slow_mode_seconds) * SECOND;
    let free_at = membership.last_post_at.0.saturating_add(pause);
    // A clock that went back never makes the wait longer than the pause.
    if (free_at - pause..free_at).contains(&now.0) {
        let wait_ms = u64::try_from((free_at - now.0) / 1_000 + 1).unwrap_or(0);
        return Err(ChatError::SlowMode { wait_ms });
    }
    let posted = crate::chat::Membership {
        last_post_at: now,
        ..*membership
    };
    loaded.put_member(draft.conversation, draft.sender, posted);
    Ok(())
}

/// A message that stands in its log already, as if it had been posted just now. Each post moves its log by one.
#[must_use]
pub const fn found(message: Message) -> Posted {
    let prev = message.seq - 1;
    Posted { message, prev }
}

/// Appends a message whose right to be there has been decided.
///
/// # Errors
/// [`ChatError::NotAMember`] when the conversation is not loaded.
pub fn append(set: &mut WorkingSet, draft: Draft, now: Micros) -> Result<Posted, ChatError> {
    let (prev, rev) = step(set, draft.conversation)?;
    if !draft.attachments.is_empty() {
        let uploaded = set.slot::<attachments::Loaded>();
        for id in &draft.attachments {
            uploaded.refer(*id, draft.conversation, rev);
        }
    }
    let loaded = set.slot::<Loaded>();
    let conversation = loaded.conversations.get_mut(&draft.conversation);
    let conversation = conversation.ok_or(ChatError::NotAMember)?;
    conversation.last_at = conversation.last_at.max(now);
    let n = draft.body.is_countable().then(|| {
        conversation.last_n += 1;
        conversation.last_n
    });
    for user in &draft.extra.mentions {
        if *user != draft.sender {
            let mention = (*user, draft.conversation, rev);
            loaded.written.mentions.insert(mention, true);
        }
    }
    let message = Message {
        conversation: draft.conversation,
        seq: rev,
        rev,
        n,
        sender: draft.sender,
        client_id: draft.client_id,
        fingerprint: draft.fingerprint,
        body: draft.body,
        at: now,
        extra: draft.extra,
        edited_at: None,
        recalled: None,
        pinned: false,
        reactions: Vec::new(),
    };
    loaded
        .posted
        .insert((message.client_id, message.sender), message.clone());
    loaded.written.messages.push(message.clone());
    Ok(Posted { message, prev })
}

/// A message of some conversation to be posted again in another.
#[derive(Debug, Clone)]
pub struct Forward {
    /// Where it goes.
    pub conversation: ConversationId,
    /// Who forwards it.
    pub sender: UserId,
    /// The sender's own id of it.
    pub client_id: ClientId,
    /// Where it stands.
    pub from: (ConversationId, i64),
}

impl Forward {
    /// Asks for what it is decided by.
    pub fn want(&self, set: &mut WorkingSet) {
        let (conversation, seq) = self.from;
        set.slot::<attachments::Loaded>().want_of(conversation, seq);
        let loaded = set.slot::<Loaded>();
        loaded.want_post(self.conversation, self.sender, self.client_id);
        loaded.want_conversation(conversation);
        loaded.want_member(conversation, self.sender);
        loaded.want_row(conversation, seq);
    }

    fn fingerprint(&self) -> Fingerprint {
        let (conversation, seq) = self.from;
        let (to, from) = (self.conversation.bytes(), conversation.bytes());
        Fingerprint::of("message.forward", &[&to, &from, &seq.to_be_bytes()])
    }
}

/// Decides a forward: words that the sender may read now go where they may post now, with the name of who wrote them.
///
/// # Errors
/// As [`decide`]; [`ChatError::MessageNotFound`] also when the sender may not read where it stands,
/// [`ChatError::NotForwardable`] for a card, a row of the system, or what was recalled.
pub fn forward(set: &mut WorkingSet, wanted: &Forward, moment: Moment) -> Result<Decision, ChatError> {
    let mut draft = Draft {
        conversation: wanted.conversation,
        sender: wanted.sender,
        client_id: wanted.client_id,
        fingerprint: wanted.fingerprint(),
        body: Body::Text(String::new()),
        extra: MessageExtra::default(),
        attachments: Vec::new(),
    };
    if let Some(decided) = repeated(set, &draft, moment)? {
        return Ok(decided);
    }
    let (conversation, seq) = wanted.from;
    let loaded = set.slot::<Loaded>();
    loaded.may_post(wanted.conversation, wanted.sender)?;
    let source = loaded.visible(conversation, wanted.sender, seq);
    let source = source.map_err(|_| ChatError::MessageNotFound)?;
    if source.recalled.is_some() || !matches!(source.body, Body::Text(_)) {
        return Err(ChatError::NotForwardable);
    }
    draft.body = source.body.clone();
    draft.extra.attachments.clone_from(&source.extra.attachments);
    let first = source.extra.forwarded.clone();
    draft.extra.forwarded = Some(first.unwrap_or(ForwardedView {
        sender: source.sender,
        at: source.at,
    }));
    let attached = set.slot::<attachments::Loaded>().of(conversation, seq);
    draft.attachments = attached.iter().map(|one| one.id).collect();
    decide(set, draft, moment)
}
