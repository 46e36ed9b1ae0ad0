//! The log of a conversation as a group commit sees it: what is loaded, the rules, what is to be written. Pure: it
//! knows no database, and other slices decide with it, so that a payment and its card succeed or fail as one.

mod change;
mod group;
mod open;
mod post;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::clock::Micros;
use crate::delivery::UserLog;
use crate::group_commit::{Advanced, WorkingSet};
use crate::ids::{ClientId, ConversationId, UserId};
use crate::protocol::{LogId, item};

pub(super) use change::change;
pub use change::{Changer, MessageChange, Windows, change_card};
pub use group::{Altered, GroupChange, alter};
pub use open::{Opened, may_open, open_direct, open_group, want_people};
pub use post::{Decision, Draft, Forward, append, decide, forward, found};

use super::{Blocked, ChatError, Conversation, DirectKey, Emoji, Membership, Message, Role};

/// The slot of chat in a batch.
#[derive(Debug, Default)]
pub struct Loaded {
    pub(super) wants: Wants,
    pub(super) conversations: HashMap<ConversationId, Conversation>,
    pub(super) members: HashMap<(ConversationId, UserId), Membership>,
    pub(super) posted: HashMap<(ClientId, UserId), Message>,
    pub(super) rows: HashMap<(ConversationId, i64), Message>,
    pub(super) reacted: HashSet<ReactionKey>,
    pub(super) direct: HashMap<DirectKey, ConversationId>,
    pub(super) written: Written,
}

/// One person's emoji under one message.
pub(super) type ReactionKey = (ConversationId, i64, UserId, Emoji);

/// The rows that the decisions need.
#[derive(Debug, Default)]
pub(super) struct Wants {
    pub(super) conversations: BTreeSet<ConversationId>,
    pub(super) members: BTreeSet<(ConversationId, UserId)>,
    pub(super) posted: BTreeSet<(ClientId, UserId)>,
    pub(super) rows: BTreeSet<(ConversationId, i64)>,
    pub(super) reacted: BTreeSet<ReactionKey>,
    pub(super) direct: BTreeSet<DirectKey>,
}

/// The rows that the decisions made.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Conversations that were made.
    pub(super) conversations: Vec<Conversation>,
    /// Conversations of which more than the position changed.
    pub(super) altered: BTreeSet<ConversationId>,
    /// Conversations whose position moved.
    pub(super) moved: BTreeSet<ConversationId>,
    /// Memberships that began, ended or changed.
    pub(super) members: BTreeSet<(ConversationId, UserId)>,
    /// Messages that were posted.
    pub(super) messages: Vec<Message>,
    /// Messages of earlier commits that changed.
    pub(super) changed: BTreeSet<(ConversationId, i64)>,
    /// Reactions given (with the time) and taken back.
    pub(super) reactions: BTreeMap<ReactionKey, Option<Micros>>,
    /// Messages all of whose reactions are gone.
    pub(super) unreacted: BTreeSet<(ConversationId, i64)>,
    /// Mentions that stand, and those that do not any more.
    pub(super) mentions: BTreeMap<(UserId, ConversationId, i64), bool>,
    /// Messages that people deleted for themselves.
    pub(super) hidden: BTreeSet<(UserId, ConversationId, i64)>,
}

impl Loaded {
    /// Asks for what a post into a conversation is decided by.
    pub fn want_post(&mut self, conversation: ConversationId, sender: UserId, client_id: ClientId) {
        self.wants.conversations.insert(conversation);
        self.wants.members.insert((conversation, sender));
        self.want_message(client_id, sender);
    }

    /// Asks for a conversation into which something will be appended by right.
    pub fn want_conversation(&mut self, conversation: ConversationId) {
        self.wants.conversations.insert(conversation);
    }

    /// Asks whether somebody else is a member.
    pub fn want_member(&mut self, conversation: ConversationId, user: UserId) {
        self.wants.members.insert((conversation, user));
    }

    /// Asks for the message that was posted with an id, if any.
    pub fn want_message(&mut self, client_id: ClientId, sender: UserId) {
        self.wants.posted.insert((client_id, sender));
    }

    /// Asks for a message by its place.
    pub fn want_row(&mut self, conversation: ConversationId, seq: i64) {
        self.wants.rows.insert((conversation, seq));
    }

    /// Asks whether somebody gave an emoji to a message.
    pub fn want_reaction(&mut self, conversation: ConversationId, seq: i64, user: UserId, emoji: Emoji) {
        self.wants.reacted.insert((conversation, seq, user, emoji));
    }

    /// Asks for the direct conversation of a pair, if there is one.
    pub fn want_direct(&mut self, key: DirectKey) {
        self.wants.direct.insert(key);
    }

    /// The direct conversation of a pair, if there is one.
    #[must_use]
    pub fn direct(&self, key: DirectKey) -> Option<ConversationId> {
        self.direct.get(&key).copied()
    }

    /// The message that was posted with an id, if any.
    #[must_use]
    pub fn posted(&self, client_id: ClientId, sender: UserId) -> Option<&Message> {
        self.posted.get(&(client_id, sender))
    }

    /// A message by its place, as far as it was asked for; as it stands after what was decided so far.
    #[must_use]
    pub fn message(&self, conversation: ConversationId, seq: i64) -> Option<&Message> {
        self.row(conversation, seq)
    }

    /// Somebody's membership, if they are a member now. One answer for a stranger and for a conversation that is not
    /// there.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`].
    pub fn member(
        &self,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<(&Conversation, &Membership), ChatError> {
        let member = self.members.get(&(conversation, user));
        let member = member.filter(|member| member.is_current());
        let conversation = self.conversations.get(&conversation);
        conversation.zip(member).ok_or(ChatError::NotAMember)
    }

    /// Whether somebody may post here now.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`], or [`ChatError::Blocked`] between two people of whom one has blocked the other.
    pub fn may_post(&self, conversation: ConversationId, sender: UserId) -> Result<(), ChatError> {
        let (conversation, _) = self.member(conversation, sender)?;
        not_blocked(conversation)
    }

    /// A message that somebody may see, as it stands now.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`], [`ChatError::MessageNotFound`].
    pub fn visible(&self, conversation: ConversationId, user: UserId, seq: i64) -> Result<&Message, ChatError> {
        let (_, membership) = self.member(conversation, user)?;
        let row = self.row(conversation, seq).filter(|_| seq > membership.from_seq);
        row.ok_or(ChatError::MessageNotFound)
    }

    /// A message as it stands now, of an earlier commit or of this one.
    fn row(&self, conversation: ConversationId, seq: i64) -> Option<&Message> {
        let fresh = || {
            let posted = self.written.messages.iter().rev();
            posted
                .into_iter()
                .find(|row| row.conversation == conversation && row.seq == seq)
        };
        self.rows.get(&(conversation, seq)).or_else(fresh)
    }

    /// Puts a changed message in the place of what it was.
    fn put_row(&mut self, message: Message) {
        let key = (message.conversation, message.seq);
        if let Some(row) = self.rows.get_mut(&key) {
            *row = message;
            self.written.changed.insert(key);
            return;
        }
        let posted = &mut self.written.messages;
        if let Some(row) = posted.iter_mut().rev().find(|row| (row.conversation, row.seq) == key) {
            *row = message;
        }
    }

    /// Puts a membership in the place of what it was.
    fn put_member(&mut self, conversation: ConversationId, user: UserId, membership: Membership) {
        self.members.insert((conversation, user), membership);
        self.written.members.insert((conversation, user));
    }
}

/// Whether two people let each other speak; everything but a direct conversation does.
fn not_blocked(conversation: &Conversation) -> Result<(), ChatError> {
    if conversation.blocked.is_any() {
        return Err(ChatError::Blocked);
    }
    Ok(())
}

/// Whether somebody has at least a role.
fn at_least(membership: &Membership, role: Role) -> Result<(), ChatError> {
    if membership.role >= role {
        Ok(())
    } else {
        Err(ChatError::RoleForbids)
    }
}

/// A row in its place in the log: posted there, or changed at its `rev`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The row.
    pub message: Message,
    /// The log's position before.
    pub prev: i64,
}

impl Posted {
    /// A message as it stands, as if its last change had been made just now.
    #[must_use]
    pub const fn standing(message: Message) -> Self {
        let prev = message.rev - 1;
        Self { message, prev }
    }
}

/// Moves a log on by one.
fn step(set: &mut WorkingSet, conversation: ConversationId) -> Result<(i64, i64), ChatError> {
    let loaded = set.slot::<Loaded>();
    let head = loaded.conversations.get_mut(&conversation);
    let head = head.ok_or(ChatError::NotAMember)?;
    let prev = head.last_rev;
    head.last_rev += 1;
    loaded.written.moved.insert(conversation);
    set.slot::<Advanced>()
        .0
        .push((LogId::Conversation(conversation), prev + 1));
    Ok((prev, prev + 1))
}

/// Gives a changed message the log's next position.
fn changed(set: &mut WorkingSet, mut message: Message) -> Result<Posted, ChatError> {
    let (prev, rev) = step(set, message.conversation)?;
    message.rev = rev;
    set.slot::<Loaded>().put_row(message.clone());
    Ok(Posted { message, prev })
}

/// Who of a pair has blocked the other, by their own logs, as far as these are loaded.
fn blocked_between(set: &mut WorkingSet, key: DirectKey) -> Blocked {
    let [one, other] = key.people();
    [(one, other), (other, one)]
        .into_iter()
        .filter(|(by, whom)| has_blocked(set, *by, *whom))
        .fold(Blocked::default(), |blocked, (by, _)| blocked.set(key, by, true))
}

/// Whether `by` has blocked `whom`; asked for with [`want_block`].
pub(super) fn has_blocked(set: &mut WorkingSet, by: UserId, whom: UserId) -> bool {
    let value = UserLog::value(set, by, item::BLOCK, &item::person_key(whom));
    value.is_some_and(|value| item::read_block(&value).is_some())
}

/// Asks whether `by` has blocked `whom`.
pub(super) fn want_block(set: &mut WorkingSet, by: UserId, whom: UserId) {
    set.slot::<UserLog>()
        .want_value(by, item::BLOCK, item::person_key(whom));
}
