//! `ConversationActor`: one a conversation that is active on this node. It hands posts to the lane in the order in
//! which they came, bounds them, and announces what was committed, here or elsewhere, through the log's tail. Whether
//! somebody may post is decided by the database under its lock, never here.

mod fan_out;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, ActorContext, AsyncContext, Context, Handler};
use bytes::Bytes;

use super::commands::{
    ActSettled, ActedAnswer, AnnounceMessage, CarryOut, HintConversation, HoleRead, MembersRead, PostMessage,
    PostSettled, Retire, Sent, SetTyping, TellMembers, TypingLooked,
};
use super::log::{Decision, Posted};
use super::operations::Acted;
use super::parts::Parts;
use super::people::Members;
use super::search::Feed;
use super::typists::{Typist, Typists};
use super::{ChatError, ChatSettings, hole, store, wire};
use crate::actor_directory::Directory;
use crate::clock::Clock;
use crate::db::Db;
use crate::delivery::{EncodedEvent, Followed, LogTail, Publisher, Router};
use crate::group_commit::{Failure, Full, Lane, Operation, Outcome};
use crate::ids::{ConversationId, UserId};
use crate::protocol::{self, LogId, Typing};
use crate::reply::Reply;

/// Announcements that wait for the members to be read, at most; older ones become a hole, which the next one shows.
const MAX_UNADDRESSED: usize = 256;
/// Before the members are read again after the database could not tell them.
const MEMBERS_RETRY: Duration = Duration::from_millis(500);

/// What all conversations of this node share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) db: Db,
    pub(super) lane: Lane,
    pub(super) router: Arc<Router>,
    pub(super) followed: Arc<Followed>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) publisher: Publisher,
    pub(super) feed: Arc<Feed>,
    pub(super) settings: ChatSettings,
}

/// See the module.
pub(super) struct ConversationActor {
    id: ConversationId,
    shared: Shared,
    directory: Arc<Directory<ConversationId, Self>>,
    /// None while they are read: at the start, and behind each row that changed them.
    members: Option<Members>,
    /// A row of this node changed them, of which the nodes of those who are new are to hear.
    turned: bool,
    unaddressed: VecDeque<Announcement>,
    /// What the tail let go of, in order, until it is known who the members are at that place.
    ready: VecDeque<EncodedEvent>,
    /// It is to be laid out, behind the messages that wait in the mailbox now.
    laying: bool,
    /// Answers that are given behind it.
    answers: Vec<Box<dyn FnOnce() + Send>>,
    /// The last one of them, while it is laid out in parts.
    parts: Option<Parts>,
    parts_timer: bool,
    tail: LogTail,
    timer: bool,
    reading: bool,
    typists: Typists,
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
            turned: false,
            unaddressed: VecDeque::new(),
            ready: VecDeque::new(),
            laying: false,
            answers: Vec::new(),
            parts: None,
            parts_timer: false,
            tail: LogTail::default(),
            timer: false,
            reading: false,
            typists: Typists::default(),
            in_flight: 0,
            used_at: Instant::now(),
        }
    }

    fn read_members(&self, address: actix::Addr<Self>) {
        let (db, id, clock) = (self.shared.db.clone(), self.id, self.shared.clock.clone());
        self.shared.db.runtime().spawn(async move {
            let members = match store::members(&db, id).await {
                Ok(members) => Some(Members::of(&members, clock.now())),
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
                    let channels = members.channels(self.id, Instant::now());
                    self.shared.publisher.event_of(self.id, channels, &event);
                    self.turned |= event.turns_members;
                }
                let ready = self.tail.offer(event, Instant::now());
                self.deliver(ready, context);
            }
            Announcement::Ephemeral(json, about) => {
                // It may be about what was said before.
                self.lay_ready(context);
                let log = LogId::Conversation(self.id);
                let hearers = if members.count() > self.shared.settings.receipt_members {
                    &[about][..]
                } else {
                    members.everybody()
                };
                self.shared.publisher.ephemeral(hearers, log, &json);
                self.shared.router.deliver_ephemeral(hearers.iter().copied(), &json);
            }
            Announcement::Hint(rev) => {
                self.tail.hint(rev, Instant::now());
                self.deliver(Vec::new(), context);
            }
        }
    }

    /// Reads a hole once for all sockets of this node.
    fn repair(&mut self, context: &mut Context<Self>) {
        self.timer = false;
        let Some(missing) = self.tail.overdue(Instant::now()) else {
            return self.deliver(Vec::new(), context);
        };
        if std::mem::replace(&mut self.reading, true) {
            return;
        }
        let (db, id, address) = (self.shared.db.clone(), self.id, context.address());
        self.shared.db.runtime().spawn(async move {
            let rows = match hole::read(&db, id, missing).await {
                Ok(rows) => Some(rows),
                Err(error) => {
                    tracing::warn!(conversation = %id, %error, "a hole could not be read");
                    None
                }
            };
            address.do_send(HoleRead { rows });
        });
    }

    fn tell_typing(&mut self, user: UserId, on: bool, context: &mut Context<Self>) {
        let conversation = self.id;
        let typing = Typing { conversation, user, on };
        let json = protocol::push("typing", &typing);
        self.announce(Announcement::Ephemeral(json, user), context);
    }

    /// Asks the database whether one of two people has blocked the other: a block may be of any node.
    fn look_at_block(&self, address: actix::Addr<Self>) {
        let (db, id) = (self.shared.db.clone(), self.id);
        self.shared.db.runtime().spawn(async move {
            let found = store::listed(&db, &[id]).await.map_err(|error| {
                tracing::warn!(conversation = %id, %error, "a block could not be looked at");
            });
            let found = found.ok().and_then(|found| found.into_iter().next());
            let blocked = found.map(|conversation| conversation.blocked.is_any());
            address.do_send(TypingLooked { blocked });
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
        self.in_flight == 0
            && !self.reading
            && self.parts.is_none()
            && !self.laying
            && !self.typists.is_looking()
            && self.used_at.elapsed() >= self.shared.settings.idle
    }

    fn announce_posted(&mut self, posted: &Posted, context: &mut Context<Self>) {
        self.shared.feed.note_row(posted);
        self.announce(Announcement::Event(wire::posted_event(posted), true), context);
    }

    fn settle(&mut self, decision: Decision, context: &mut Context<Self>) -> Sent {
        match decision {
            Decision::Posted(posted) => {
                self.announce_posted(&posted, context);
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

    /// Hands an operation to the lane, behind those that came before.
    fn submit<O: Operation>(&mut self, operation: O, settle: Reply<Outcome<O::Answer>>) {
        self.in_flight += 1;
        if let Err(Full(settle)) = self.shared.lane.submit(operation, settle) {
            settle.send(Err(Failure::Busy));
        }
    }

    fn is_full(&mut self) -> bool {
        self.used_at = Instant::now();
        self.in_flight >= self.shared.settings.in_flight
    }
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
        if self.is_full() {
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
        self.submit(message.post, settle);
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
        self.answer(message.reply, answer);
    }
}

impl Handler<CarryOut> for ConversationActor {
    type Result = ();

    fn handle(&mut self, message: CarryOut, context: &mut Self::Context) {
        if self.is_full() {
            return message.reply.send(Err(ChatError::Busy));
        }
        let (address, reply) = (context.address(), message.reply);
        let settle = Reply::new(move |outcome| {
            address.do_send(ActSettled {
                outcome: outcome.unwrap_or(Err(Failure::Unknown)),
                reply,
            });
        });
        self.submit(message.act, settle);
    }
}

impl Handler<ActSettled> for ConversationActor {
    type Result = ();

    fn handle(&mut self, message: ActSettled, context: &mut Self::Context) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let answer: ActedAnswer = match message.outcome {
            Ok(Ok(Acted { rows, items, answer })) => {
                for row in &rows {
                    self.announce_posted(row, context);
                }
                Ok((answer, items))
            }
            Ok(Err(refusal)) => Err(refusal),
            Err(failure) => Err(ChatError::Failed(failure)),
        };
        self.answer(message.reply, answer);
    }
}

impl Handler<SetTyping> for ConversationActor {
    type Result = ();

    fn handle(&mut self, message: SetTyping, context: &mut Self::Context) {
        let SetTyping { user, on, reply } = message;
        let Some(members) = &self.members else {
            // They are being read: whoever still types says so again.
            return reply.send(Err(ChatError::Busy));
        };
        if !members.has(user) {
            return reply.send(Err(ChatError::NotAMember));
        }
        if members.count() == 2 {
            // It may be the direct conversation of a pair, where a block hides this too.
            if self.typists.add(Typist { user, on, reply }) {
                self.look_at_block(context.address());
            }
            return;
        }
        if members.count() <= self.shared.settings.receipt_members {
            self.tell_typing(user, on, context);
        }
        reply.send(Ok(()));
    }
}

impl Handler<TypingLooked> for ConversationActor {
    type Result = ();

    fn handle(&mut self, message: TypingLooked, context: &mut Self::Context) {
        for Typist { user, on, reply } in self.typists.looked() {
            if message.blocked == Some(false) {
                self.tell_typing(user, on, context);
            }
            // Who is blocked is answered like everybody.
            reply.send(message.blocked.map(drop).ok_or(ChatError::Busy));
        }
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
        let Some(members) = message.members else {
            context.run_later(MEMBERS_RETRY, |actor, context| actor.read_members(context.address()));
            return;
        };
        self.shared.followed.members(self.id, members.everybody());
        if std::mem::take(&mut self.turned)
            && members.is_large()
            && let Some(rev) = self.tail.announced()
        {
            // A node that had no member until now follows the conversation's channel from here on.
            let head = EncodedEvent::head(LogId::Conversation(self.id), rev - 1, rev);
            let channels = members.channels(self.id, Instant::now());
            self.shared.publisher.event_of(self.id, channels, &head);
        }
        self.members = Some(members);
        self.deliver(Vec::new(), context);
        for announcement in std::mem::take(&mut self.unaddressed) {
            self.announce(announcement, context);
        }
    }
}

impl Handler<HoleRead> for ConversationActor {
    type Result = ();

    fn handle(&mut self, message: HoleRead, context: &mut Self::Context) {
        self.reading = false;
        let ready = match message.rows {
            Some((rows, through)) => self.tail.repair(rows, through, Instant::now()),
            None => {
                self.tail.read_failed(Instant::now());
                Vec::new()
            }
        };
        self.deliver(ready, context);
    }
}

impl Handler<Retire> for ConversationActor {
    type Result = ();

    fn handle(&mut self, _: Retire, context: &mut Self::Context) {
        if self.in_flight == 0 && !self.reading && !self.laying && self.parts.is_none() {
            context.stop();
        } else {
            // What is under way comes back to this address; look again once it may have.
            context.run_later(MEMBERS_RETRY, |_, context| context.address().do_send(Retire));
        }
    }
}
