//! The door of chat: what the gateway and the wallet may ask.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::actor::{ConversationActor, Shared};
use super::commands::{AnnounceMessage, HintConversation, PostMessage, Sent, TellMembers};
use super::log::{Draft, Forward, Opened, Posted, Windows};
use super::marks::{Mark, MarkKind, MarkQueue};
use super::operations::{OpenDirect, OpenGroup, OpenedWith, Post};
use super::search::Feed;
use super::store::{self, ListCursor, MemberRow, Reader, Unread};
use super::{ChatError, Conversation, DirectKey, Membership, Message, NewGroup, wire};
use crate::actor_directory::{ArbiterPool, Directory};
use crate::clock::{Clock, Micros};
use crate::cluster::Envelope;
use crate::db::{Db, Fault};
use crate::delivery::{CHANNEL_MEMBERS, EncodedEvent, ItemChange, Publisher, Users};
use crate::group_commit::Lane;
use crate::ids::{ClientId, ConversationId, UserId};
use crate::protocol::{self, ItemView, ItemsChanged, LogId, MarkRaised, MarksView};
use crate::reply::Reply;

/// Pinned messages shown at most: as many as there may be.
const PINNED_PAGE: u64 = 50;
/// Conversations of one person that are looked through by name.
const OWN: u64 = 2_000;

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
    /// Members of a conversation up to which everybody hears of marks and of who types.
    pub receipt_members: usize,
    /// Members from which on who does not look hears only how far the log has come.
    pub head_mode_members: usize,
    /// How long a message may still be changed.
    pub windows: Windows,
}

/// A conversation with what a list shows of it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The conversation.
    pub conversation: Conversation,
    /// Its first members.
    pub members: Vec<MemberRow>,
    /// The newest message that the person who asks may see.
    pub last_message: Option<Message>,
    /// What they have not read.
    pub(super) unread: Unread,
    /// Who asks.
    pub(super) user: UserId,
    /// How they are a member.
    pub(super) membership: Membership,
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
    /// The marks that were raised since.
    pub marks: Vec<MarksView>,
    /// The position of the marks.
    pub mark_rev: i64,
    /// What stands up to here cannot be given to this person.
    pub floor: i64,
}

/// What chat stands on.
pub struct ChatParts {
    /// The database.
    pub db: Db,
    /// The lanes that carry posts and changes.
    pub lanes: Arc<[Lane]>,
    /// The users that are online here.
    pub users: Users,
    /// The way to other nodes.
    pub publisher: Publisher,
    /// Whom to tell that a log has gone on, for its index.
    pub feed: Arc<Feed>,
    /// Where actors live.
    pub arbiters: ArbiterPool,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Chat on this node. Clones share everything.
#[derive(Clone)]
pub struct Chat {
    db: Db,
    lanes: Arc<[Lane]>,
    users: Users,
    publisher: Publisher,
    directory: Arc<Directory<ConversationId, ConversationActor>>,
    feed: Arc<Feed>,
    marks: MarkQueue,
    settings: ChatSettings,
}

impl Chat {
    /// Chat over these lanes, of which a conversation's id chooses one.
    #[must_use]
    pub fn new(parts: ChatParts, settings: ChatSettings) -> Self {
        let ChatParts {
            db,
            lanes,
            users,
            publisher,
            feed,
            arbiters,
            clock,
        } = parts;
        let (own_db, own_lanes, bus) = (db.clone(), lanes.clone(), publisher.clone());
        let (router, followed) = (users.router().clone(), users.followed().clone());
        let of_actors = feed.clone();
        let directory = Directory::new(
            "conversation",
            arbiters,
            settings.mailbox,
            move |id: ConversationId, directory| {
                let shared = Shared {
                    db: own_db.clone(),
                    lane: lane_of(&own_lanes, &id.bytes()).clone(),
                    router: router.clone(),
                    followed: followed.clone(),
                    clock: clock.clone(),
                    publisher: bus.clone(),
                    feed: of_actors.clone(),
                    settings,
                };
                ConversationActor::new(id, shared, directory)
            },
        );
        let tell = directory.clone();
        let marks = MarkQueue::start(
            db.clone(),
            Arc::new(move |conversation, user, kind, seq| {
                let name = match kind {
                    MarkKind::Read => "read.marked",
                    MarkKind::Delivered => "delivered.marked",
                };
                let raised = MarkRaised {
                    conversation,
                    user,
                    seq,
                };
                let json = protocol::push(name, &raised);
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
            feed,
            marks,
            settings,
        }
    }

    pub(super) const fn settings(&self) -> &ChatSettings {
        &self.settings
    }

    pub(super) const fn directory(&self) -> &Arc<Directory<ConversationId, ConversationActor>> {
        &self.directory
    }

    pub(super) const fn db(&self) -> &Db {
        &self.db
    }

    pub(super) const fn users(&self) -> &Users {
        &self.users
    }

    /// A lane that is crowded, if one is.
    #[must_use]
    pub fn crowded_lane(&self) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.is_crowded())
    }

    pub(super) const fn lanes(&self) -> &Arc<[Lane]> {
        &self.lanes
    }

    /// How many members a group may have.
    #[must_use]
    pub const fn group_members(&self) -> usize {
        self.settings.group_members
    }

    /// Posts a message. Those of one caller into one conversation keep their order.
    pub fn post(&self, draft: Draft, reply: Reply<Result<Sent, ChatError>>) {
        self.put_in(Post::Words(draft), reply);
    }

    /// Posts again what stands elsewhere, in the same order.
    pub fn forward(&self, forward: Forward, reply: Reply<Result<Sent, ChatError>>) {
        self.put_in(Post::Forward(forward), reply);
    }

    fn put_in(&self, post: Post, reply: Reply<Result<Sent, ChatError>>) {
        let message = PostMessage { post, reply };
        if let Err(full) = self.directory.send(message.post.conversation(), message) {
            full.0.reply.send(Err(ChatError::Busy));
        }
    }

    /// Opens the one direct conversation of a pair.
    ///
    /// # Errors
    /// [`ChatError::MembersInvalid`] with oneself, [`ChatError::Failed`] when the batch failed.
    pub async fn open_direct(&self, by: UserId, other: UserId) -> Result<Opened, ChatError> {
        self.open_pair(by, other, false).await
    }

    /// The same for what somebody may lay before the other even if one of them has blocked the other; whoever was
    /// blocked can say nothing more there.
    ///
    /// # Errors
    /// As [`Chat::open_direct`].
    pub async fn open_direct_by_right(&self, by: UserId, other: UserId) -> Result<Opened, ChatError> {
        self.open_pair(by, other, true).await
    }

    async fn open_pair(&self, by: UserId, other: UserId, by_right: bool) -> Result<Opened, ChatError> {
        let key = DirectKey::of(by, other)?;
        let operation = OpenDirect {
            key,
            by,
            id: ConversationId::fresh(),
            by_right,
        };
        let opened = lane_of(&self.lanes, &key.bytes()).ask(operation).await??;
        Ok(self.announce_opened(opened))
    }

    /// Makes a group.
    ///
    /// # Errors
    /// [`ChatError::IdempotencyConflict`], [`ChatError::Failed`] when the batch failed.
    pub async fn open_group(&self, group: NewGroup, client_id: ClientId) -> Result<Opened, ChatError> {
        let large = group.others.len() >= CHANNEL_MEMBERS;
        let operation = OpenGroup {
            group,
            client_id,
            id: ConversationId::fresh(),
        };
        let opened = lane_of(&self.lanes, &client_id.bytes()).ask(operation).await??;
        let opened = self.announce_opened(opened);
        if large && opened.fresh {
            // It tells nobody anything, but lets each node with a member read who is in it and follow its channel.
            let event = EncodedEvent::head(LogId::Conversation(opened.id), 0, 0);
            let _ = self.directory.send(opened.id, AnnounceMessage { event, publish: true });
        }
        Ok(opened)
    }

    fn announce_opened(&self, (opened, items): OpenedWith) -> Opened {
        self.announce_items(items);
        opened
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
            self.publisher.event(change.user, &event);
            self.users.announce(change.user, event);
        }
    }

    /// Tells the members of a message that another slice's commit posted.
    pub fn announce_posted(&self, posted: &Posted) {
        self.feed.note_row(posted);
        let announce = AnnounceMessage {
            event: wire::posted_event(posted),
            publish: true,
        };
        // A full mailbox makes a hole, which the next event shows.
        let _ = self.directory.send(posted.message.conversation, announce);
    }

    /// Takes an event of a conversation's log from another node.
    pub fn hear(&self, conversation: ConversationId, envelope: Envelope) {
        let (shows, turns_members) = (envelope.shows.unwrap_or(envelope.rev), envelope.turns_members);
        let event = EncodedEvent::new(envelope.log, envelope.prev, envelope.rev, envelope.payload);
        let event = event.about(shows, turns_members);
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
                Ok(members) if members.iter().any(|one| chat.users.router().is_online(one.user)) => {
                    let _ = chat.directory.send(conversation, HintConversation { rev });
                }
                Ok(_) => {}
                // The next event shows the same position again.
                Err(error) => tracing::warn!(%conversation, %error, "the members could not be read for a hint"),
            }
        });
    }

    /// Raises a mark; the reply tells where it stands.
    pub fn mark(
        &self,
        kind: MarkKind,
        conversation: ConversationId,
        user: UserId,
        seq: i64,
        reply: Reply<Result<i64, ChatError>>,
    ) {
        self.marks.raise(Mark {
            conversation,
            user,
            kind,
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
        // The membership is read behind the position that the answer tells: a role that changed in between is told
        // again by its row, an older one under a newer position never would be.
        let found = store::listed(&self.db, &[id]).await?;
        let own = self.membership(user, id).await?;
        let with_own = found.into_iter().map(|conversation| (conversation, own)).collect();
        self.with_details(user, with_own)
            .await?
            .pop()
            .ok_or(ChatError::NotAMember)
    }

    /// All conversations of somebody, at most 2,000: those with the latest activity, in this order.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub async fn own(&self, user: UserId) -> Result<Vec<(Conversation, Membership)>, ChatError> {
        Ok(store::conversations_of(&self.db, user, None, OWN).await?)
    }

    /// These conversations of somebody with what a list shows of them.
    ///
    /// # Errors
    /// What the database said.
    pub async fn with_details(
        &self,
        user: UserId,
        page: Vec<(Conversation, Membership)>,
    ) -> Result<Vec<Listed>, Fault> {
        let ids: Vec<_> = page.iter().map(|(conversation, _)| conversation.id).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut members = store::members_listed(&self.db, &ids).await?;
        let mut last = store::last_messages(&self.db, user, &ids).await?;
        let unread = store::unread(&self.db, user, &ids).await?;
        let listed = page.into_iter().map(|(conversation, membership)| Listed {
            members: members.remove(&conversation.id).unwrap_or_default(),
            last_message: last.remove(&conversation.id),
            unread: unread.get(&conversation.id).copied().unwrap_or_default(),
            user,
            membership,
            conversation,
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
        let reader = self.reader(user, conversation).await?;
        Ok(store::history(&self.db, conversation, reader, before, after, limit).await?)
    }

    /// What changed in a conversation after `rev`.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`], or as [`Self::list`].
    pub async fn range(
        &self,
        user: UserId,
        conversation: ConversationId,
        (rev, mark_rev): (i64, i64),
        limit: u64,
    ) -> Result<Range, ChatError> {
        let reader = self.reader(user, conversation).await?;
        let (messages, head) = store::changed_since(&self.db, conversation, rev, reader, limit).await?;
        let head = head.ok_or(ChatError::NotAMember)?;
        let more = messages.len() as u64 == limit && messages.last().is_some_and(|last| last.rev < head.last_rev);
        let reached = messages.last().map_or(rev, |last| last.rev);
        let through = if more { reached } else { reached.max(head.last_rev) };
        let large = usize::try_from(head.member_count).unwrap_or(usize::MAX) > self.settings.receipt_members;
        let marks = store::marks_since(&self.db, conversation, mark_rev, large.then_some(user)).await?;
        let marks = marks.into_iter().map(|(user, marks)| MarksView {
            conversation,
            user,
            seq: marks.read,
            delivered_seq: marks.delivered,
        });
        Ok(Range {
            messages,
            through,
            more,
            marks: marks.collect(),
            mark_rev: head.mark_rev,
            floor: reader.from_seq,
        })
    }

    /// What is pinned in a conversation, the latest first.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`], or as [`Self::list`].
    pub async fn pinned(&self, user: UserId, conversation: ConversationId) -> Result<Vec<Message>, ChatError> {
        let reader = self.reader(user, conversation).await?;
        Ok(store::pinned(&self.db, conversation, reader, PINNED_PAGE).await?)
    }

    /// Who gave what to a message, a page after one person's emoji.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`], [`ChatError::MessageNotFound`], or as [`Self::list`].
    pub async fn reactions(
        &self,
        user: UserId,
        (conversation, seq): (ConversationId, i64),
        emoji: Option<&str>,
        after: Option<(UserId, String)>,
        limit: u64,
    ) -> Result<Vec<store::Given>, ChatError> {
        let reader = self.reader(user, conversation).await?;
        if seq <= reader.from_seq {
            return Err(ChatError::MessageNotFound);
        }
        Ok(store::reactions(&self.db, conversation, seq, emoji, after, limit).await?)
    }

    /// A page of the members, ascending by their ids.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`], or as [`Self::list`].
    pub async fn members(
        &self,
        user: UserId,
        conversation: ConversationId,
        after: Option<UserId>,
        limit: u64,
    ) -> Result<Vec<MemberRow>, ChatError> {
        self.membership(user, conversation).await?;
        Ok(store::member_page(&self.db, conversation, after, limit).await?)
    }

    async fn reader(&self, user: UserId, conversation: ConversationId) -> Result<Reader, ChatError> {
        let membership = self.membership(user, conversation).await?;
        Ok(Reader {
            user,
            from_seq: membership.from_seq,
        })
    }

    pub(super) async fn membership(&self, user: UserId, conversation: ConversationId) -> Result<Membership, ChatError> {
        let membership = store::membership(&self.db, conversation, user).await?;
        membership.filter(Membership::is_current).ok_or(ChatError::NotAMember)
    }

    /// Whether somebody is a member now.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`], or as [`Self::list`].
    pub async fn must_be_member(&self, user: UserId, conversation: ConversationId) -> Result<(), ChatError> {
        self.membership(user, conversation).await.map(drop)
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
pub(super) fn lane_of<'a>(lanes: &'a [Lane], key: &[u8]) -> &'a Lane {
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
