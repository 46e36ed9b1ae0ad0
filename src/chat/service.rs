//! The door of chat: what the gateway and the wallet may ask.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::actor::{ConversationActor, Shared};
use super::commands::{AnnounceMessage, HintConversation, PostMessage, Sent, TellMembers};
use super::contacts::MakeContacts;
use super::log::{Draft, Opened, Posted};
use super::operations::{OpenDirect, OpenGroup, OpenedWith};
use super::read_marks::{Mark, ReadMarks};
use super::store::{self, ListCursor, MemberRow};
use super::{ChatError, Conversation, DirectKey, Membership, Message, NewGroup, wire};
use crate::actor_directory::{ArbiterPool, Directory};
use crate::clock::Micros;
use crate::cluster::Envelope;
use crate::db::{Db, Fault};
use crate::delivery::{EncodedEvent, ItemChange, Publisher, Users};
use crate::group_commit::Lane;
use crate::ids::{ClientId, ConversationId, UserId};
use crate::protocol::{self, ItemView, ItemsChanged, LogId, ReadMarked};
use crate::reply::Reply;

/// How chat behaves on this node.
#[derive(Debug, Clone, Copy)]
pub struct ChatSettings {
    /// Messages in a conversation actor's mailbox at most.
    pub mailbox: usize,
    /// Posts of one conversation in the lane at once, at most.
    pub in_flight: usize,
    /// How long an unused conversation keeps its actor.
    pub idle: Duration,
    /// Members of a group at most.
    pub group_members: usize,
}

/// A conversation with what a list shows of it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The conversation.
    pub conversation: Conversation,
    /// Its first members.
    pub members: Vec<MemberRow>,
    /// How many there are.
    pub member_count: usize,
    /// The newest message.
    pub last_message: Option<Message>,
    /// Unread messages of the person who asks.
    pub unread: u32,
    /// Their read mark.
    pub read_seq: i64,
}

impl Listed {
    /// Where a page of the list that ends with this one goes on.
    #[must_use]
    pub const fn cursor(&self) -> ListCursor {
        ListCursor {
            last_at: self.conversation.last_at,
            id: self.conversation.id,
        }
    }
}

/// What changed in a log after a position.
#[derive(Debug, Clone)]
pub struct Range {
    /// The rows, ascending by `rev`.
    pub messages: Vec<Message>,
    /// The position that they reach.
    pub through: i64,
    /// There is more beyond it.
    pub more: bool,
    /// Everybody's read marks.
    pub marks: Vec<ReadMarked>,
}

/// Chat on this node. Clones share everything.
#[derive(Clone)]
pub struct Chat {
    db: Db,
    lanes: Arc<[Lane]>,
    users: Users,
    publisher: Publisher,
    directory: Arc<Directory<ConversationId, ConversationActor>>,
    marks: ReadMarks,
    settings: ChatSettings,
}

impl Chat {
    /// Chat over these lanes, of which a conversation's id chooses one.
    #[must_use]
    pub fn new(
        db: Db,
        lanes: Arc<[Lane]>,
        users: Users,
        publisher: Publisher,
        arbiters: ArbiterPool,
        settings: ChatSettings,
    ) -> Self {
        let (own_db, own_lanes, router, bus) = (db.clone(), lanes.clone(), users.router().clone(), publisher.clone());
        let directory = Directory::new(
            "conversation",
            arbiters,
            settings.mailbox,
            move |id: ConversationId, directory| {
                let shared = Shared {
                    db: own_db.clone(),
                    lane: lane_of(&own_lanes, &id.bytes()).clone(),
                    router: router.clone(),
                    publisher: bus.clone(),
                    settings,
                };
                ConversationActor::new(id, shared, directory)
            },
        );
        let tell = directory.clone();
        let marks = ReadMarks::start(
            db.clone(),
            Arc::new(move |conversation, user, seq| {
                let json = protocol::push(
                    "read.marked",
                    &ReadMarked {
                        conversation,
                        user,
                        seq,
                    },
                );
                // A mark that nobody hears of is found by the next sync.
                let _ = tell.send(conversation, TellMembers { json, about: user });
            }),
        );
        Self {
            db,
            lanes,
            users,
            publisher,
            directory,
            marks,
            settings,
        }
    }

    /// How many members a group may have.
    #[must_use]
    pub const fn group_members(&self) -> usize {
        self.settings.group_members
    }

    /// Posts a message. Those of one caller into one conversation keep their order.
    pub fn post(&self, draft: Draft, reply: Reply<Result<Sent, ChatError>>) {
        let message = PostMessage { draft, reply };
        if let Err(full) = self.directory.send(message.draft.conversation, message) {
            full.0.reply.send(Err(ChatError::Busy));
        }
    }

    /// Opens the one direct conversation of a pair.
    ///
    /// # Errors
    /// [`ChatError::MembersInvalid`] with oneself, [`ChatError::Failed`] when the batch failed.
    pub async fn open_direct(&self, by: UserId, other: UserId) -> Result<Opened, ChatError> {
        let key = DirectKey::of(by, other)?;
        let operation = OpenDirect {
            key,
            by,
            id: ConversationId::fresh(),
        };
        let opened = lane_of(&self.lanes, &key.bytes()).ask(operation).await?;
        Ok(self.announce_opened(opened))
    }

    /// Makes a group.
    ///
    /// # Errors
    /// [`ChatError::IdempotencyConflict`], [`ChatError::Failed`] when the batch failed.
    pub async fn open_group(&self, group: NewGroup, client_id: ClientId) -> Result<Opened, ChatError> {
        let operation = OpenGroup {
            group,
            client_id,
            id: ConversationId::fresh(),
        };
        let opened = lane_of(&self.lanes, &client_id.bytes()).ask(operation).await??;
        Ok(self.announce_opened(opened))
    }

    fn announce_opened(&self, (opened, items): OpenedWith) -> Opened {
        self.announce_items(items);
        opened
    }

    /// Makes pairs of people contacts of each other.
    ///
    /// # Errors
    /// [`ChatError::Failed`] when the batch failed.
    pub async fn make_contacts(&self, pairs: Vec<(UserId, UserId)>) -> Result<(), ChatError> {
        let items = self.lanes[0].ask(MakeContacts(pairs)).await?;
        self.announce_items(items);
        Ok(())
    }

    /// Tells people of changes in their own logs that were committed on this node.
    pub fn announce_items(&self, changes: Vec<ItemChange>) {
        for change in changes {
            let items = vec![item_view(&change.item)];
            let log = LogId::User(change.user);
            let json = protocol::log_push(
                "item.changed",
                log,
                change.prev,
                change.item.rev,
                &ItemsChanged { items },
            );
            let event = EncodedEvent::new(log, change.prev, change.item.rev, json);
            self.publisher.event(&[change.user], &event, None);
            self.users.announce(change.user, event);
        }
    }

    /// Tells the members of a message that another slice's commit posted.
    pub fn announce_posted(&self, posted: &Posted) {
        let announce = AnnounceMessage {
            event: wire::posted_event(posted),
            publish: true,
        };
        // A full mailbox makes a hole, which the next event shows.
        let _ = self.directory.send(posted.message.conversation, announce);
    }

    /// Takes an event of a conversation's log from another node.
    pub fn hear(&self, conversation: ConversationId, envelope: Envelope) {
        let event = EncodedEvent::new(envelope.log, envelope.prev, envelope.rev, envelope.payload);
        let _ = self
            .directory
            .send(conversation, AnnounceMessage { event, publish: false });
    }

    /// Learns that a log has reached `rev`. When it is not active here, members may still be online here.
    pub fn hint(&self, conversation: ConversationId, rev: i64) {
        let router = self.users.router();
        if self.directory.send_if_live(conversation, HintConversation { rev }) || router.sockets() == 0 {
            return;
        }
        let chat = self.clone();
        self.db.runtime().spawn(async move {
            match store::members(&chat.db, conversation).await {
                Ok((members, _)) if members.iter().any(|member| chat.users.router().is_online(*member)) => {
                    let _ = chat.directory.send(conversation, HintConversation { rev });
                }
                Ok(_) => {}
                // The next event shows the same position again.
                Err(error) => tracing::warn!(%conversation, %error, "the members could not be read for a hint"),
            }
        });
    }

    /// Raises a read mark; the reply tells where it stands.
    pub fn mark_read(
        &self,
        conversation: ConversationId,
        user: UserId,
        seq: i64,
        reply: Reply<Result<i64, ChatError>>,
    ) {
        self.marks.raise(Mark {
            conversation,
            user,
            seq,
            reply,
        });
    }

    /// A page of somebody's conversations, the latest activity first.
    ///
    /// # Errors
    /// [`ChatError::Busy`] or [`ChatError::Failed`] when the database could not tell.
    pub async fn list(
        &self,
        user: UserId,
        after: Option<ListCursor>,
        limit: u64,
    ) -> Result<(Vec<Listed>, Option<ListCursor>), ChatError> {
        let page = store::conversations_of(&self.db, user, after, limit).await?;
        let last = page.last().map(|(c, _)| ListCursor {
            last_at: c.last_at,
            id: c.id,
        });
        let next = if page.len() as u64 == limit { last } else { None };
        Ok((self.with_details(user, page).await?, next))
    }

    /// One conversation, for one of its members.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`], or as [`Self::list`].
    pub async fn get(&self, user: UserId, id: ConversationId) -> Result<Listed, ChatError> {
        let read_seq = self.membership(user, id).await?.read_seq;
        let found = store::listed(&self.db, &[id]).await?;
        let with_mark = found.into_iter().map(|conversation| (conversation, read_seq)).collect();
        self.with_details(user, with_mark)
            .await?
            .pop()
            .ok_or(ChatError::NotAMember)
    }

    async fn with_details(&self, user: UserId, page: Vec<(Conversation, i64)>) -> Result<Vec<Listed>, Fault> {
        let ids: Vec<_> = page.iter().map(|(conversation, _)| conversation.id).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut members = store::members_listed(&self.db, &ids).await?;
        let mut last = store::last_messages(&self.db, &ids).await?;
        let unread = store::unread(&self.db, user, &ids).await?;
        let listed = page.into_iter().map(|(conversation, read_seq)| {
            let (members, member_count) = members.remove(&conversation.id).unwrap_or_default();
            Listed {
                members,
                member_count,
                last_message: last.remove(&conversation.id),
                unread: unread.get(&conversation.id).copied().unwrap_or(0),
                read_seq,
                conversation,
            }
        });
        Ok(listed.collect())
    }

    /// A page of messages, ascending by `seq`.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`], or as [`Self::list`].
    pub async fn history(
        &self,
        user: UserId,
        conversation: ConversationId,
        before: Option<i64>,
        after: Option<i64>,
        limit: u64,
    ) -> Result<Vec<Message>, ChatError> {
        let membership = self.membership(user, conversation).await?;
        Ok(store::history(&self.db, conversation, membership.from_seq, before, after, limit).await?)
    }

    /// What changed in a conversation after `rev`.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`], or as [`Self::list`].
    pub async fn range(
        &self,
        user: UserId,
        conversation: ConversationId,
        rev: i64,
        limit: u64,
    ) -> Result<Range, ChatError> {
        let membership = self.membership(user, conversation).await?;
        let (messages, head) = store::changed_since(&self.db, conversation, rev, membership.from_seq, limit).await?;
        let more = messages.len() as u64 == limit && messages.last().is_some_and(|last| last.rev < head);
        let reached = messages.last().map_or(rev, |last| last.rev);
        let through = if more { reached } else { reached.max(head) };
        let members = store::members_listed(&self.db, &[conversation])
            .await?
            .remove(&conversation);
        let others = members
            .unwrap_or_default()
            .0
            .into_iter()
            .filter(|member| member.user != user);
        let own = std::iter::once((user, membership.read_seq));
        let marks = own.chain(others.map(|member| (member.user, member.read_seq)));
        let marks = marks
            .map(|(user, seq)| ReadMarked {
                conversation,
                user,
                seq,
            })
            .collect();
        Ok(Range {
            messages,
            through,
            more,
            marks,
        })
    }

    async fn membership(&self, user: UserId, conversation: ConversationId) -> Result<Membership, ChatError> {
        let membership = store::membership(&self.db, conversation, user).await?;
        membership.filter(Membership::is_current).ok_or(ChatError::NotAMember)
    }

    /// Waits until everything that was posted before is committed.
    pub async fn flush(&self) {
        for lane in self.lanes.iter() {
            lane.flush().await;
        }
    }
}

/// A row of a person's own log as the wire shows it.
#[must_use]
pub fn item_view(item: &crate::delivery::Item) -> ItemView {
    // What the server wrote itself is JSON.
    let value = serde_json::value::RawValue::from_string(item.value.clone())
        .unwrap_or_else(|_| serde_json::value::RawValue::NULL.to_owned());
    ItemView {
        kind: item.kind.clone(),
        key: item.key.clone(),
        rev: item.rev,
        value,
    }
}

/// The lane that a key chooses: always the same one, so that one conversation's posts keep their order.
fn lane_of<'a>(lanes: &'a [Lane], key: &[u8]) -> &'a Lane {
    let sum = key.iter().fold(0_usize, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(usize::from(*byte))
    });
    &lanes[sum % lanes.len()]
}

/// People who appear in these conversations.
#[must_use]
pub fn people_in(listed: &[Listed]) -> Vec<UserId> {
    let people: HashSet<_> = listed
        .iter()
        .flat_map(|one| one.members.iter().map(|member| member.user))
        .collect();
    people.into_iter().collect()
}

/// A cursor of the conversation list, as text.
impl std::fmt::Display for ListCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.last_at.0, self.id)
    }
}

impl std::str::FromStr for ListCursor {
    type Err = crate::ids::InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (at, id) = text.split_once('.').ok_or(crate::ids::InvalidId)?;
        let last_at = Micros(at.parse().map_err(|_| crate::ids::InvalidId)?);
        Ok(Self {
            last_at,
            id: id.parse()?,
        })
    }
}
