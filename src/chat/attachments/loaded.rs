//! Attachments as a group commit sees them: what is loaded, what may be sent, what is to be written. Pure: the log of a
//! conversation decides with it, so that a message and what it has stand or fall as one.

use std::collections::{BTreeSet, HashMap};

use crate::clock::Micros;
use crate::ids::{AttachmentId, ConversationId, UserId};

use super::{Attachment, AttachmentError};

/// Stands where a message's position would, for what every member of a conversation may see whenever they came, such as
/// its avatar.
pub const FOR_EVERY_MEMBER: i64 = i64::MAX;

/// The slot of attachments in a batch.
#[derive(Debug)]
pub struct Loaded {
    pub(super) wants: Wants,
    pub(super) at: Micros,
    pub(super) found: HashMap<AttachmentId, Attachment>,
    pub(super) references: HashMap<(ConversationId, i64), Vec<AttachmentId>>,
    pub(super) written: Written,
}

impl Default for Loaded {
    fn default() -> Self {
        Self {
            wants: Wants::default(),
            at: Micros(0),
            found: HashMap::new(),
            references: HashMap::new(),
            written: Written::default(),
        }
    }
}

/// The rows that the decisions need.
#[derive(Debug, Default)]
pub(super) struct Wants {
    pub(super) ids: BTreeSet<AttachmentId>,
    pub(super) messages: BTreeSet<(ConversationId, i64)>,
}

/// The rows that the decisions made.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) references: Vec<Reference>,
    /// Messages of earlier commits that have nothing any more.
    pub(super) gone: BTreeSet<(ConversationId, i64)>,
    let_go: BTreeSet<AttachmentId>,
}

/// A message that has an attachment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reference {
    pub(super) attachment: AttachmentId,
    pub(super) conversation: ConversationId,
    pub(super) seq: i64,
    pub(super) place: i16,
}

impl Written {
    /// The attachments that a message has now, and those that one has let go and that may be loose.
    pub(super) fn touched(&self) -> (Vec<AttachmentId>, Vec<AttachmentId>) {
        let held: BTreeSet<_> = self.references.iter().map(|reference| reference.attachment).collect();
        let loose = self.let_go.difference(&held).copied().collect();
        (held.into_iter().collect(), loose)
    }
}

impl Loaded {
    /// Asks for attachments that are to be sent.
    pub fn want(&mut self, ids: &[AttachmentId]) {
        self.wants.ids.extend(ids);
    }

    /// Asks for what a message has, to forward it or to let it go.
    pub fn want_of(&mut self, conversation: ConversationId, seq: i64) {
        self.wants.messages.insert((conversation, seq));
    }

    /// An attachment that its owner wants to send. One answer for what is not there, is another's, or is not ready.
    ///
    /// # Errors
    /// [`AttachmentError::NotFound`].
    pub fn usable(&self, id: AttachmentId, owner: UserId) -> Result<&Attachment, AttachmentError> {
        let found = self.found.get(&id).filter(|found| found.ready && found.owner == owner);
        found.ok_or(AttachmentError::NotFound)
    }

    /// What a message has that was asked for, in its order: whoever may read the message may forward it.
    #[must_use]
    pub fn of(&self, conversation: ConversationId, seq: i64) -> Vec<&Attachment> {
        let ids = self.references.get(&(conversation, seq)).into_iter().flatten();
        ids.filter_map(|id| self.found.get(id)).collect()
    }

    /// Lets a message have one more attachment, behind those that it has; a second time is as once. It was loaded by
    /// [`Loaded::want`] or [`Loaded::want_of`].
    pub fn refer(&mut self, attachment: AttachmentId, conversation: ConversationId, seq: i64) {
        let of_message = self.references.entry((conversation, seq)).or_default();
        if of_message.contains(&attachment) {
            return;
        }
        let place = i16::try_from(of_message.len()).unwrap_or(i16::MAX);
        of_message.push(attachment);
        self.written.references.push(Reference {
            attachment,
            conversation,
            seq,
            place,
        });
    }

    /// Lets a message have nothing any more, such as one that is recalled; it was asked for by [`Loaded::want_of`].
    /// What no other message has is collected some time later.
    pub fn unrefer(&mut self, conversation: ConversationId, seq: i64) {
        let had = self.references.remove(&(conversation, seq)).unwrap_or_default();
        self.written.let_go.extend(had);
        self.written.gone.insert((conversation, seq));
        self.written
            .references
            .retain(|reference| (reference.conversation, reference.seq) != (conversation, seq));
    }
}

#[cfg(test)]
mod tests {
    use super::super::attachment::AttachmentKind;
    use super::super::name::FileName;
    use super::*;

    fn attachment(owner: UserId, ready: bool) -> Attachment {
        Attachment {
            id: AttachmentId::fresh(),
            owner,
            ready,
            kind: AttachmentKind::File,
            name: FileName::of("a.txt"),
            media_type: "application/octet-stream".into(),
            bytes: 1,
            received: 1,
            parts: 0,
            picture: None,
            duration_ms: None,
            sha256: None,
            stored: 1,
            created_at: Micros(1),
        }
    }

    fn with(attachments: &[&Attachment]) -> Loaded {
        let mut loaded = Loaded::default();
        for one in attachments {
            loaded.found.insert(one.id, (*one).clone());
        }
        loaded
    }

    #[test]
    fn only_its_owner_sends_what_is_ready() {
        let (ana, ben) = (UserId::fresh(), UserId::fresh());
        let (ready, coming) = (attachment(ana, true), attachment(ana, false));
        let loaded = with(&[&ready, &coming]);
        assert_eq!(loaded.usable(ready.id, ana), Ok(&ready));
        for (id, by) in [(ready.id, ben), (coming.id, ana), (AttachmentId::fresh(), ana)] {
            assert_eq!(loaded.usable(id, by), Err(AttachmentError::NotFound));
        }
    }

    #[test]
    fn a_message_has_its_attachments_in_order_and_each_once() {
        let (ana, conversation) = (UserId::fresh(), ConversationId::fresh());
        let (one, other) = (attachment(ana, true), attachment(ana, true));
        let mut loaded = with(&[&one, &other]);
        for id in [other.id, one.id, other.id] {
            loaded.refer(id, conversation, 7);
        }
        assert_eq!(loaded.of(conversation, 7), [&other, &one]);
        let places: Vec<_> = loaded
            .written
            .references
            .iter()
            .map(|r| (r.attachment, r.place))
            .collect();
        assert_eq!(places, [(other.id, 0), (one.id, 1)]);
        assert!(loaded.of(conversation, 8).is_empty());
    }

    #[test]
    fn what_one_message_lets_go_and_another_has_is_not_loose() {
        let (ana, conversation) = (UserId::fresh(), ConversationId::fresh());
        let (one, other) = (attachment(ana, true), attachment(ana, true));
        let mut loaded = with(&[&one, &other]);
        loaded.references.insert((conversation, 1), vec![one.id, other.id]);
        loaded.refer(one.id, conversation, 2);
        loaded.unrefer(conversation, 1);
        assert_eq!(loaded.written.touched(), (vec![one.id], vec![other.id]));
        assert!(loaded.of(conversation, 1).is_empty());
        // What is posted and recalled in one commit leaves nothing behind.
        loaded.unrefer(conversation, 2);
        let (held, loose) = loaded.written.touched();
        assert!(held.is_empty() && loose.len() == 2 && loaded.written.references.is_empty());
    }
}
