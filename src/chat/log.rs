//! The log of a conversation as a group commit sees it: what is loaded, the rules, what is to be written. Pure: it
//! knows no database, and other slices decide with it, so that a payment and its card succeed or fail as one.

use std::collections::{BTreeSet, HashMap};

use crate::clock::Micros;
use crate::delivery::{ItemChange, UserLog};
use crate::group_commit::{Advanced, Moment, WorkingSet};
use crate::ids::{ClientId, ConversationId, UserId};
use crate::op_receipt::Fingerprint;
use crate::protocol::LogId;

use super::{Body, ChatError, Conversation, ConversationKind, DirectKey, Membership, Message, NewGroup, Role};

/// The kind of the row that a conversation has in its members' own logs.
const CONVERSATION_ITEM: &str = "conversation";

/// The slot of chat in a batch.
#[derive(Debug, Default)]
pub struct Loaded {
    pub(super) wants: Wants,
    pub(super) conversations: HashMap<ConversationId, Conversation>,
    pub(super) members: HashMap<(ConversationId, UserId), Membership>,
    pub(super) posted: HashMap<(ClientId, UserId), Message>,
    pub(super) direct: HashMap<DirectKey, ConversationId>,
    pub(super) written: Written,
}

/// The rows that the decisions need.
#[derive(Debug, Default)]
pub(super) struct Wants {
    pub(super) conversations: BTreeSet<ConversationId>,
    pub(super) members: BTreeSet<(ConversationId, UserId)>,
    pub(super) posted: BTreeSet<(ClientId, UserId)>,
    pub(super) direct: BTreeSet<DirectKey>,
}

/// The rows that the decisions made.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) conversations: Vec<Conversation>,
    pub(super) members: Vec<(ConversationId, UserId, Membership, Micros)>,
    pub(super) messages: Vec<Message>,
    pub(super) moved: BTreeSet<ConversationId>,
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

    /// Whether somebody may post here now. One answer for a stranger and for a conversation that is not there.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`].
    pub fn may_post(&self, conversation: ConversationId, sender: UserId) -> Result<(), ChatError> {
        let member = self
            .members
            .get(&(conversation, sender))
            .is_some_and(Membership::is_current);
        if member && self.conversations.contains_key(&conversation) {
            Ok(())
        } else {
            Err(ChatError::NotAMember)
        }
    }
}

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
}

/// A message in its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The row.
    pub message: Message,
    /// The log's position before.
    pub prev: i64,
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
/// [`ChatError::IdempotencyConflict`], [`ChatError::NotAMember`].
pub fn decide(set: &mut WorkingSet, draft: Draft, moment: Moment) -> Result<Decision, ChatError> {
    let loaded = set.slot::<Loaded>();
    if let Some(message) = loaded.posted(draft.client_id, draft.sender) {
        if message.fingerprint != draft.fingerprint {
            return Err(ChatError::IdempotencyConflict);
        }
        // After a COMMIT of unknown outcome this may be what that COMMIT wrote, of which nobody was told yet. To
        // announce it twice does no harm: everybody knows by its position whether they had it.
        let again = message.clone();
        return Ok(if moment.after_unknown {
            Decision::Posted(found(again))
        } else {
            Decision::Repeated(again)
        });
    }
    loaded.may_post(draft.conversation, draft.sender)?;
    append(set, draft, moment.now).map(Decision::Posted)
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
    let loaded = set.slot::<Loaded>();
    let conversation = loaded
        .conversations
        .get_mut(&draft.conversation)
        .ok_or(ChatError::NotAMember)?;
    let prev = conversation.last_rev;
    conversation.last_rev += 1;
    conversation.last_at = conversation.last_at.max(now);
    let n = draft.body.is_countable().then(|| {
        conversation.last_n += 1;
        conversation.last_n
    });
    let message = Message {
        conversation: draft.conversation,
        seq: conversation.last_rev,
        rev: conversation.last_rev,
        n,
        sender: draft.sender,
        client_id: draft.client_id,
        fingerprint: draft.fingerprint,
        body: draft.body,
        at: now,
    };
    loaded.written.moved.insert(draft.conversation);
    loaded
        .posted
        .insert((message.client_id, message.sender), message.clone());
    loaded.written.messages.push(message.clone());
    set.slot::<Advanced>()
        .0
        .push((LogId::Conversation(message.conversation), message.rev));
    Ok(Posted { message, prev })
}

/// Asks for these people's own logs, in which a new conversation will appear.
pub fn want_people(set: &mut WorkingSet, people: &[UserId]) {
    for user in people {
        set.slot::<UserLog>().want(*user);
    }
}

/// Makes the direct conversation of a pair, under `id` if there is none yet; with what changed in their own logs.
pub fn open_direct(
    set: &mut WorkingSet,
    key: DirectKey,
    id: ConversationId,
    by: UserId,
    now: Micros,
) -> (Opened, Vec<ItemChange>) {
    if let Some(existing) = set.slot::<Loaded>().direct(key) {
        return (
            Opened {
                id: existing,
                fresh: false,
            },
            Vec::new(),
        );
    }
    let conversation = Conversation {
        id,
        kind: ConversationKind::Direct,
        title: None,
        direct_key: Some(key),
        last_rev: 0,
        last_n: 0,
        last_at: now,
        created_by: by,
        created_at: now,
    };
    let items = open(set, conversation, key.people().map(|user| (user, Role::Member)), now);
    set.slot::<Loaded>().direct.insert(key, id);
    (Opened { id, fresh: true }, items)
}

/// Makes a group; with what changed in its members' own logs.
pub fn open_group(
    set: &mut WorkingSet,
    group: &NewGroup,
    id: ConversationId,
    now: Micros,
) -> (Opened, Vec<ItemChange>) {
    let conversation = Conversation {
        id,
        kind: ConversationKind::Group,
        title: Some(group.title.as_str().to_owned()),
        direct_key: None,
        last_rev: 0,
        last_n: 0,
        last_at: now,
        created_by: group.owner,
        created_at: now,
    };
    let others = group.others.iter().map(|user| (*user, Role::Member));
    let items = open(
        set,
        conversation,
        std::iter::once((group.owner, Role::Owner)).chain(others),
        now,
    );
    (Opened { id, fresh: true }, items)
}

/// A conversation that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// Its id.
    pub id: ConversationId,
    /// It was made just now.
    pub fresh: bool,
}

fn open(
    set: &mut WorkingSet,
    new: Conversation,
    people: impl IntoIterator<Item = (UserId, Role)>,
    now: Micros,
) -> Vec<ItemChange> {
    let mut items = Vec::new();
    for (user, role) in people {
        let membership = Membership {
            role,
            from_seq: 0,
            until_seq: None,
            read_seq: 0,
        };
        let value = format!(r#"{{"kind":"{}"}}"#, new.kind.as_str());
        items.push(UserLog::put(set, user, CONVERSATION_ITEM, new.id.to_string(), value));
        let loaded = set.slot::<Loaded>();
        loaded.members.insert((new.id, user), membership);
        loaded.written.members.push((new.id, user, membership, now));
    }
    let loaded = set.slot::<Loaded>();
    loaded.written.conversations.push(new.clone());
    loaded.conversations.insert(new.id, new);
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(now: i64) -> Moment {
        Moment {
            now: Micros(now),
            after_unknown: false,
        }
    }

    fn draft(conversation: ConversationId, sender: UserId, text: &str) -> Draft {
        Draft {
            conversation,
            sender,
            client_id: ClientId::fresh(),
            fingerprint: Fingerprint::of("message.send", &[&conversation.bytes(), text.as_bytes()]),
            body: Body::Text(text.into()),
        }
    }

    fn pair() -> (WorkingSet, ConversationId, UserId) {
        let (ana, ben, mut set) = (UserId::fresh(), UserId::fresh(), WorkingSet::default());
        let key = DirectKey::of(ana, ben).expect("two people");
        let (opened, _) = open_direct(&mut set, key, ConversationId::fresh(), ana, Micros(1));
        (set, opened.id, ana)
    }

    #[test]
    fn positions_and_ordinals_have_no_gaps() {
        let (mut set, conversation, ana) = pair();
        for expected in 1..=5 {
            match decide(&mut set, draft(conversation, ana, "hi"), at(9)) {
                Ok(Decision::Posted(Posted { message, prev })) => {
                    assert_eq!(
                        (prev, message.seq, message.rev, message.n),
                        (expected - 1, expected, expected, Some(expected))
                    );
                }
                other => panic!("not posted: {other:?}"),
            }
        }
    }

    #[test]
    fn a_repetition_is_the_first_answer_and_other_content_a_conflict() {
        let (mut set, conversation, ana) = pair();
        let first = draft(conversation, ana, "hi");
        let Ok(Decision::Posted(posted)) = decide(&mut set, first.clone(), at(9)) else {
            panic!("not posted")
        };
        assert_eq!(
            decide(&mut set, first.clone(), at(10)),
            Ok(Decision::Repeated(posted.message))
        );
        let other = Draft {
            client_id: first.client_id,
            ..draft(conversation, ana, "ho")
        };
        assert_eq!(decide(&mut set, other, at(10)), Err(ChatError::IdempotencyConflict));
        assert_eq!(set.slot::<Loaded>().written.messages.len(), 1);
    }

    #[test]
    fn what_an_unknown_commit_wrote_is_announced_after_all() {
        let (mut set, conversation, ana) = pair();
        let first = draft(conversation, ana, "hi");
        let posted = decide(&mut set, first.clone(), at(9));
        let again = decide(
            &mut set,
            first,
            Moment {
                now: Micros(10),
                after_unknown: true,
            },
        );
        assert_eq!(again, posted);
    }

    #[test]
    fn a_stranger_and_a_stranger_place_get_one_answer() {
        let (mut set, conversation, ana) = pair();
        let stranger = draft(conversation, UserId::fresh(), "hi");
        assert_eq!(decide(&mut set, stranger, at(9)), Err(ChatError::NotAMember));
        let nowhere = draft(ConversationId::fresh(), ana, "hi");
        assert_eq!(decide(&mut set, nowhere, at(9)), Err(ChatError::NotAMember));
        assert!(set.slot::<Loaded>().written.messages.is_empty());
    }

    #[test]
    fn system_rows_are_not_counted() {
        let (mut set, conversation, ana) = pair();
        let note = Draft {
            body: Body::System("{}".into()),
            ..draft(conversation, ana, "s")
        };
        let posted = append(&mut set, note, Micros(2)).expect("posted");
        assert_eq!((posted.message.seq, posted.message.n), (1, None));
    }

    #[test]
    fn a_pair_opens_one_conversation() {
        let (ana, ben, mut set) = (UserId::fresh(), UserId::fresh(), WorkingSet::default());
        let key = DirectKey::of(ana, ben).expect("two people");
        let (first, items) = open_direct(&mut set, key, ConversationId::fresh(), ana, Micros(1));
        assert_eq!(
            items
                .iter()
                .map(|change| (change.prev, change.item.rev))
                .collect::<Vec<_>>(),
            [(0, 1), (0, 1)]
        );
        let second = open_direct(&mut set, key, ConversationId::fresh(), ben, Micros(2));
        assert_eq!(
            second,
            (
                Opened {
                    id: first.id,
                    fresh: false
                },
                Vec::new()
            )
        );
    }
}
