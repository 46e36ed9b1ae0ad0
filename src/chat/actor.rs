//! `ConversationActor`: one a conversation that is active on this node. It hands posts to the lane in the order in
//! which they came, bounds them, and announces what was committed, here or elsewhere, through the log's tail. Whether
//! somebody may post is decided by the database under its lock, never here.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, ActorContext, AsyncContext, Context, Handler};
use bytes::Bytes;

use super::commands::{
    AnnounceMessage, HintConversation, HoleRead, MembersRead, PostMessage, PostSettled, Retire, Sent, TellMembers,
};
use super::log::Decision;
use super::operations::Post;
use super::{ChatError, ChatSettings, store, wire};
use crate::actor_directory::Directory;
use crate::db::Db;
use crate::delivery::{EncodedEvent, Hole, LogTail, Publisher, Router};
use crate::group_commit::{Failure, Full, Lane};
use crate::ids::{ConversationId, UserId};
use crate::protocol::LogId;
use crate::reply::Reply;

/// Announcements that wait for the members to be read, at most; older ones become a hole, which the next one shows.
const MAX_UNADDRESSED: usize = 256;
/// Members of a conversation whose read marks everybody in it hears of, at most.
const MARKED_MEMBERS: usize = 100;
/// Before the members are read again after the database could not tell them.
const MEMBERS_RETRY: Duration = Duration::from_millis(500);
/// Rows read at once for a hole; a longer one is told as the log's `head`.
const HOLE_ROWS: u64 = 200;

/// What all conversations of this node share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) db: Db,
    pub(super) lane: Lane,
    pub(super) router: Arc<Router>,
    pub(super) publisher: Publisher,
    pub(super) settings: ChatSettings,
}

/// See the module.
pub(super) struct ConversationActor {
    id: ConversationId,
    shared: Shared,
    directory: Arc<Directory<ConversationId, Self>>,
    members: Option<Arc<[UserId]>>,
    unaddressed: VecDeque<Announcement>,
    tail: LogTail,
    timer: bool,
    reading: bool,
    in_flight: usize,
    used_at: Instant,
}

/// Something to be told to the members, once they are known.
enum Announcement {
    Event(EncodedEvent, bool),
    Ephemeral(Bytes, UserId),
    Hint(i64),
}

impl ConversationActor {
    pub(super) fn new(id: ConversationId, shared: Shared, directory: Arc<Directory<ConversationId, Self>>) -> Self {
        Self {
            id,
            shared,
            directory,
            members: None,
            unaddressed: VecDeque::new(),
            tail: LogTail::default(),
            timer: false,
            reading: false,
            in_flight: 0,
            used_at: Instant::now(),
        }
    }

    fn read_members(&self, address: actix::Addr<Self>) {
        let (db, id) = (self.shared.db.clone(), self.id);
        self.shared.db.runtime().spawn(async move {
            let members = match store::members(&db, id).await {
                Ok((members, head)) => Some((members.into(), head)),
                Err(error) => {
                    tracing::warn!(conversation = %id, %error, "the members could not be read");
                    None
                }
            };
            address.do_send(MembersRead { members });
        });
    }

    fn announce(&mut self, announcement: Announcement, context: &mut Context<Self>) {
        self.used_at = Instant::now();
        let Some(members) = self.members.clone() else {
            if self.unaddressed.len() >= MAX_UNADDRESSED {
                self.unaddressed.pop_front();
            }
            return self.unaddressed.push_back(announcement);
        };
        match announcement {
            Announcement::Event(event, publish) => {
                if publish {
                    self.shared.publisher.event(&members, &event, Some(self.id));
                }
                let ready = self.tail.offer(event, Instant::now());
                self.deliver(&members, ready, context);
            }
            Announcement::Ephemeral(json, about) => {
                let log = LogId::Conversation(self.id);
                let hearers = if members.len() > MARKED_MEMBERS {
                    &[about][..]
                } else {
                    &members
                };
                self.shared.publisher.ephemeral(hearers, log, &json);
                self.shared.router.deliver_ephemeral(hearers.iter().copied(), &json);
            }
            Announcement::Hint(rev) => {
                self.tail.hint(rev, Instant::now());
                self.deliver(&members, Vec::new(), context);
            }
        }
    }

    fn deliver(&mut self, members: &[UserId], ready: Vec<EncodedEvent>, context: &mut Context<Self>) {
        for event in ready {
            self.shared.router.deliver(members.iter().copied(), &event);
        }
        if let Some(deadline) = self.tail.deadline()
            && !self.timer
        {
            self.timer = true;
            context.run_later(deadline.saturating_duration_since(Instant::now()), Self::repair);
        }
    }

    /// Reads a hole once for all sockets of this node.
    fn repair(&mut self, context: &mut Context<Self>) {
        self.timer = false;
        let Some(hole) = self.tail.overdue(Instant::now()) else {
            let members = self.members.clone().unwrap_or_default();
            return self.deliver(&members, Vec::new(), context);
        };
        if std::mem::replace(&mut self.reading, true) {
            return;
        }
        let (db, id, address) = (self.shared.db.clone(), self.id, context.address());
        self.shared.db.runtime().spawn(async move {
            let rows = match read_hole(&db, id, hole).await {
                Ok(rows) => Some(rows),
                Err(error) => {
                    tracing::warn!(conversation = %id, %error, "a hole could not be read");
                    None
                }
            };
            address.do_send(HoleRead { rows });
        });
    }

    fn retire_when_idle(&mut self, context: &mut Context<Self>) {
        if self.is_idle() {
            let address = context.address();
            self.directory.retire(self.id, &address);
            // Behind everything that was sent before: the directory gives this address out no more.
            address.do_send(Retire);
        }
    }

    fn is_idle(&self) -> bool {
        self.in_flight == 0 && !self.reading && self.used_at.elapsed() >= self.shared.settings.idle
    }

    fn settle(&mut self, decision: Decision, context: &mut Context<Self>) -> Sent {
        match decision {
            Decision::Posted(posted) => {
                self.announce(Announcement::Event(wire::posted_event(&posted), true), context);
                Sent {
                    message: posted.message,
                    duplicate: false,
                }
            }
            Decision::Repeated(message) => Sent {
                message,
                duplicate: true,
            },
        }
    }
}

/// The rows of a hole as pushes, and how far they go. A hole that is longer than one read is told as `head`.
async fn read_hole(db: &Db, id: ConversationId, hole: Hole) -> Result<(Vec<EncodedEvent>, i64), crate::db::Fault> {
    let (messages, head) = store::changed_since(db, id, hole.from, 0, HOLE_ROWS + 1).await?;
    let through = head.max(hole.to);
    if messages.len() as u64 > HOLE_ROWS {
        return Ok((
            vec![EncodedEvent::head(LogId::Conversation(id), hole.from, through)],
            through,
        ));
    }
    let mut prev = hole.from;
    let mut rows = Vec::with_capacity(messages.len());
    for message in &messages {
        rows.push(wire::event(message, prev));
        prev = message.rev;
    }
    Ok((rows, prev.max(head)))
}

impl Actor for ConversationActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        self.read_members(context.address());
        context.run_interval(self.shared.settings.idle, Self::retire_when_idle);
    }
}

impl Handler<PostMessage> for ConversationActor {
    type Result = ();

    fn handle(&mut self, message: PostMessage, context: &mut Self::Context) {
        self.used_at = Instant::now();
        if self.in_flight >= self.shared.settings.in_flight {
            return message.reply.send(Err(ChatError::Busy));
        }
        let (address, reply) = (context.address(), message.reply);
        let settle = Reply::new(move |outcome| {
            // As many as are in flight, which is bounded above; an actor that died drops the reply, which says so.
            address.do_send(PostSettled {
                outcome: outcome.unwrap_or(Err(Failure::Unknown)),
                reply,
            });
        });
        self.in_flight += 1;
        if let Err(Full(settle)) = self.shared.lane.submit(Post(message.draft), settle) {
            settle.send(Err(Failure::Busy));
        }
    }
}

impl Handler<PostSettled> for ConversationActor {
    type Result = ();

    fn handle(&mut self, message: PostSettled, context: &mut Self::Context) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let answer = match message.outcome {
            Ok(Ok(decision)) => Ok(self.settle(decision, context)),
            Ok(Err(refusal)) => Err(refusal),
            Err(failure) => Err(ChatError::Failed(failure)),
        };
        message.reply.send(answer);
    }
}

impl Handler<AnnounceMessage> for ConversationActor {
    type Result = ();

    fn handle(&mut self, message: AnnounceMessage, context: &mut Self::Context) {
        self.announce(Announcement::Event(message.event, message.publish), context);
    }
}

impl Handler<TellMembers> for ConversationActor {
    type Result = ();

    fn handle(&mut self, message: TellMembers, context: &mut Self::Context) {
        self.announce(Announcement::Ephemeral(message.json, message.about), context);
    }
}

impl Handler<HintConversation> for ConversationActor {
    type Result = ();

    fn handle(&mut self, message: HintConversation, context: &mut Self::Context) {
        if self.tail.announced().is_none() {
            // Nothing was announced here yet, so how far the sockets are is theirs to know.
            let head = EncodedEvent::head(LogId::Conversation(self.id), message.rev - 1, message.rev);
            return self.announce(Announcement::Event(head, false), context);
        }
        self.announce(Announcement::Hint(message.rev), context);
    }
}

impl Handler<MembersRead> for ConversationActor {
    type Result = ();

    fn handle(&mut self, message: MembersRead, context: &mut Self::Context) {
        let Some((members, _)) = message.members else {
            context.run_later(MEMBERS_RETRY, |actor, context| actor.read_members(context.address()));
            return;
        };
        self.members = Some(members);
        for announcement in std::mem::take(&mut self.unaddressed) {
            self.announce(announcement, context);
        }
    }
}

impl Handler<HoleRead> for ConversationActor {
    type Result = ();

    fn handle(&mut self, message: HoleRead, context: &mut Self::Context) {
        self.reading = false;
        let members = self.members.clone().unwrap_or_default();
        let ready = match message.rows {
            Some((rows, through)) => self.tail.repair(rows, through, Instant::now()),
            None => {
                self.tail.read_failed(Instant::now());
                Vec::new()
            }
        };
        self.deliver(&members, ready, context);
    }
}

impl Handler<Retire> for ConversationActor {
    type Result = ();

    fn handle(&mut self, _: Retire, context: &mut Self::Context) {
        if self.in_flight == 0 && !self.reading {
            context.stop();
        } else {
            // What is under way comes back to this address; look again once it may have.
            context.run_later(MEMBERS_RETRY, |_, context| context.address().do_send(Retire));
        }
    }
}
