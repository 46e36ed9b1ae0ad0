//! What chat puts into a lane.

use crate::delivery::{ItemChange, UserLog};
use crate::group_commit::{Moment, Operation, WorkingSet};
use crate::ids::{ClientId, ConversationId, UserId};
use crate::op_receipt::{Fingerprint, Receipt, Receipts};
use crate::protocol::item;

use super::log::{
    self, Changer, Decision, Draft, Forward, GroupChange, Loaded, MessageChange, Opened, Posted, Windows,
};
use super::{ChatError, DirectKey, NewGroup};

/// `message.send` and `message.forward`.
#[derive(Debug)]
pub(super) enum Post {
    /// Words of one's own.
    Words(Draft),
    /// Words that stand elsewhere.
    Forward(Forward),
}

impl Post {
    pub(super) const fn conversation(&self) -> ConversationId {
        match self {
            Self::Words(draft) => draft.conversation,
            Self::Forward(forward) => forward.conversation,
        }
    }

    const fn id(&self) -> (ClientId, UserId) {
        match self {
            Self::Words(draft) => (draft.client_id, draft.sender),
            Self::Forward(forward) => (forward.client_id, forward.sender),
        }
    }
}

impl Operation for Post {
    type Answer = Result<Decision, ChatError>;

    fn wants(&self, set: &mut WorkingSet) {
        match self {
            Self::Words(draft) => draft.want(set),
            Self::Forward(forward) => forward.want(set),
        }
        let (client_id, sender) = self.id();
        set.slot::<Receipts>().want(client_id, sender);
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        let (client_id, sender) = self.id();
        if Receipts::get(set, client_id, sender).is_some() {
            // The id was used for something that is no message.
            return Err(ChatError::IdempotencyConflict);
        }
        match self {
            Self::Words(draft) => log::decide(set, draft.clone(), moment),
            Self::Forward(forward) => log::forward(set, forward, moment),
        }
    }
}

/// What somebody does to a conversation or to a message in it, under their own id of it.
#[derive(Debug, Clone)]
pub(super) struct Act {
    pub(super) conversation: ConversationId,
    pub(super) actor: UserId,
    pub(super) client_id: ClientId,
    pub(super) what: What,
}

/// See [`Act`].
#[derive(Debug, Clone)]
pub(super) enum What {
    /// A message changes.
    Message(i64, MessageChange, Windows),
    /// The group changes; it may have so many members.
    Group(GroupChange, usize),
}

/// What an act did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Acted {
    /// The rows that moved, in the order of their positions.
    pub(super) rows: Vec<Posted>,
    /// What changed in people's own logs.
    pub(super) items: Vec<ItemChange>,
    pub(super) answer: ActAnswer,
}

/// What somebody is told who did something to a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActAnswer {
    /// The message's position, or the log's.
    pub rev: i64,
    /// Who was added.
    pub added: Vec<UserId>,
    /// It had been asked before with this id.
    pub duplicate: bool,
}

impl ActAnswer {
    /// As a receipt keeps it: the position and the people.
    fn write(&self) -> String {
        let people = self.added.iter().map(|user| format!(" {user}"));
        std::iter::once(self.rev.to_string()).chain(people).collect()
    }

    fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let rev = words.next()?.parse().ok()?;
        let added = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
        Some(Self {
            rev,
            added,
            duplicate: true,
        })
    }
}

impl Act {
    /// A reaction says how something is to be: to ask again does no harm, so it needs no receipt.
    const fn sets_a_state(&self) -> bool {
        matches!(self.what, What::Message(_, MessageChange::React(..), _))
    }

    fn fingerprint(&self) -> Fingerprint {
        match &self.what {
            What::Message(seq, change, _) => change.fingerprint(self.conversation, *seq),
            What::Group(change, _) => change.fingerprint(self.conversation),
        }
    }

    /// What was answered to this id before.
    fn before(&self, set: &mut WorkingSet, moment: Moment) -> Result<Option<Acted>, ChatError> {
        if self.sets_a_state() {
            return Ok(None);
        }
        let posted = set.slot::<Loaded>().posted(self.client_id, self.actor).cloned();
        let Some(receipt) = Receipts::get(set, self.client_id, self.actor) else {
            // An id under which something was posted is no id of an act.
            return posted.map_or(Ok(None), |_| Err(ChatError::IdempotencyConflict));
        };
        if receipt.fingerprint != self.fingerprint() {
            return Err(ChatError::IdempotencyConflict);
        }
        let answer = ActAnswer::read(&receipt.answer).ok_or(ChatError::IdempotencyConflict)?;
        // What an unknown COMMIT wrote is announced after all: the message that changed, and the row that tells of it.
        let mut rows = Vec::new();
        if moment.after_unknown {
            if let What::Message(seq, ..) = &self.what
                && let Ok(message) = set.slot::<Loaded>().visible(self.conversation, self.actor, *seq)
                && message.rev == answer.rev
            {
                let (message, prev) = (message.clone(), message.rev - 1);
                rows.push(Posted { message, prev });
            }
            rows.extend(posted.map(log::found));
        }
        Ok(Some(Acted {
            rows,
            items: Vec::new(),
            answer,
        }))
    }

    fn act(&self, set: &mut WorkingSet, moment: Moment) -> Result<Acted, ChatError> {
        let who = |seq| Changer {
            conversation: self.conversation,
            seq,
            actor: self.actor,
            client_id: self.client_id,
            now: moment.now,
        };
        let (rows, items, added) = match &self.what {
            What::Message(seq, change, windows) => {
                let rows = log::change(set, who(*seq), change, *windows)?;
                (rows, Vec::new(), Vec::new())
            }
            What::Group(change, most) => {
                let altered = log::alter(set, who(0), change, *most)?;
                (altered.rows, altered.items, altered.added)
            }
        };
        let rev = self.reached(set, &rows);
        Ok(Acted {
            rows,
            items,
            answer: ActAnswer {
                rev,
                added,
                duplicate: false,
            },
        })
    }

    /// The position that is answered: the message's own, or the log's.
    fn reached(&self, set: &mut WorkingSet, rows: &[Posted]) -> i64 {
        let loaded = set.slot::<Loaded>();
        match &self.what {
            What::Message(seq, ..) => {
                let standing = loaded.visible(self.conversation, self.actor, *seq);
                let first = rows.first().map(|row| row.message.rev);
                first.or(standing.ok().map(|row| row.rev)).unwrap_or_default()
            }
            What::Group(..) => {
                let head = loaded.conversations.get(&self.conversation);
                head.map_or(0, |head| head.last_rev)
            }
        }
    }
}

impl Operation for Act {
    type Answer = Result<Acted, ChatError>;

    fn wants(&self, set: &mut WorkingSet) {
        if !self.sets_a_state() {
            set.slot::<Receipts>().want(self.client_id, self.actor);
            set.slot::<Loaded>().want_message(self.client_id, self.actor);
        }
        match &self.what {
            What::Message(seq, change, _) => change.want(set, self.conversation, *seq, self.actor),
            What::Group(change, _) => change.want(set, self.conversation, self.actor),
        }
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        if let Some(before) = self.before(set, moment)? {
            return Ok(before);
        }
        let acted = self.act(set, moment)?;
        if !self.sets_a_state() {
            let receipt = Receipt {
                fingerprint: self.fingerprint(),
                answer: acted.answer.write(),
            };
            Receipts::give(set, self.client_id, self.actor, receipt);
        }
        Ok(acted)
    }
}

/// `message.hide`: deletes messages for oneself. A state, so it needs no receipt.
#[derive(Debug)]
pub(super) struct Hide {
    pub(super) conversation: ConversationId,
    pub(super) user: UserId,
    pub(super) seqs: Vec<i64>,
}

impl Operation for Hide {
    type Answer = Result<Vec<ItemChange>, ChatError>;

    fn wants(&self, set: &mut WorkingSet) {
        let loaded = set.slot::<Loaded>();
        loaded.want_conversation(self.conversation);
        loaded.want_member(self.conversation, self.user);
        for seq in &self.seqs {
            loaded.want_row(self.conversation, *seq);
        }
        log::want_people(set, &[self.user]);
    }

    fn decide(&self, set: &mut WorkingSet, _: Moment) -> Self::Answer {
        let loaded = set.slot::<Loaded>();
        for seq in &self.seqs {
            let message = loaded.visible(self.conversation, self.user, *seq)?;
            if !message.body.is_countable() {
                // Another device would never learn what happened to the group.
                return Err(ChatError::MessageNotFound);
            }
        }
        let mut items = Vec::with_capacity(self.seqs.len());
        for seq in &self.seqs {
            let hidden = (self.user, self.conversation, *seq);
            set.slot::<Loaded>().written.hidden.insert(hidden);
            let key = item::hidden_key(self.conversation, *seq);
            items.push(UserLog::put(set, self.user, item::HIDDEN, key, "{}".to_owned()));
        }
        Ok(items)
    }
}

/// Sets a row of one's own log about a conversation that one is a member of. A state, so it needs no receipt.
pub(super) struct SetOwn {
    pub(super) conversation: Option<ConversationId>,
    pub(super) user: UserId,
    pub(super) kind: &'static str,
    pub(super) key: String,
    pub(super) value: OwnValue,
}

/// What is set: some of it carries the time of the commit.
pub(super) type OwnValue = Box<dyn Fn(crate::clock::Micros) -> String + Send>;

impl Operation for SetOwn {
    type Answer = Result<ItemChange, ChatError>;

    fn wants(&self, set: &mut WorkingSet) {
        if let Some(conversation) = self.conversation {
            let loaded = set.slot::<Loaded>();
            loaded.want_conversation(conversation);
            loaded.want_member(conversation, self.user);
        }
        log::want_people(set, &[self.user]);
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        if let Some(conversation) = self.conversation {
            set.slot::<Loaded>().member(conversation, self.user)?;
        }
        let value = (self.value)(moment.now);
        Ok(UserLog::put(set, self.user, self.kind, self.key.clone(), value))
    }
}

/// `conversation.create` for a pair: it sets a state, so it needs no receipt.
#[derive(Debug)]
pub(super) struct OpenDirect {
    pub(super) key: DirectKey,
    pub(super) by: UserId,
    pub(super) id: ConversationId,
    /// Even if one of the two has blocked the other.
    pub(super) by_right: bool,
}

/// A conversation that was wanted, and what changed in its members' own logs.
pub(super) type OpenedWith = (Opened, Vec<ItemChange>);

impl Operation for OpenDirect {
    type Answer = Result<OpenedWith, ChatError>;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<Loaded>().want_direct(self.key);
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        if !self.by_right {
            log::may_open(set, self.key)?;
        }
        Ok(log::open_direct(set, self.key, self.id, self.by, moment.now))
    }
}

/// `conversation.create` for a group.
#[derive(Debug)]
pub(super) struct OpenGroup {
    pub(super) group: NewGroup,
    pub(super) client_id: ClientId,
    pub(super) id: ConversationId,
}

impl OpenGroup {
    fn fingerprint(&self) -> Fingerprint {
        let people: Vec<u8> = self.group.others.iter().flat_map(|user| user.bytes()).collect();
        Fingerprint::of("conversation.create", &[self.group.title.as_str().as_bytes(), &people])
    }
}

impl Operation for OpenGroup {
    type Answer = Result<OpenedWith, ChatError>;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<Receipts>().want(self.client_id, self.group.owner);
        set.slot::<Loaded>().want_message(self.client_id, self.group.owner);
        let mut people = self.group.others.clone();
        people.push(self.group.owner);
        log::want_people(set, &people);
        for user in &self.group.others {
            log::want_block(set, *user, self.group.owner);
        }
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        let fingerprint = self.fingerprint();
        if let Some(receipt) = Receipts::get(set, self.client_id, self.group.owner) {
            return match receipt.answer.parse() {
                Ok(id) if receipt.fingerprint == fingerprint => Ok((Opened { id, fresh: false }, Vec::new())),
                _ => Err(ChatError::IdempotencyConflict),
            };
        }
        if set.slot::<Loaded>().posted(self.client_id, self.group.owner).is_some() {
            return Err(ChatError::IdempotencyConflict);
        }
        for user in &self.group.others {
            if log::has_blocked(set, *user, self.group.owner) {
                return Err(ChatError::PersonUnavailable { user: *user });
            }
        }
        let opened = log::open_group(set, &self.group, self.id, moment.now);
        let receipt = Receipt {
            fingerprint,
            answer: self.id.to_string(),
        };
        Receipts::give(set, self.client_id, self.group.owner, receipt);
        Ok(opened)
    }
}
