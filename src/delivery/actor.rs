//! `UserActor`: one a user that is online on this node. It holds the order of coming and going of their sockets, tells
//! the bus what this node wants to hear, and announces the user's own log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, ActorContext, AsyncContext, Context, Handler};
use futures_util::future::BoxFuture;

use super::commands::{AnnounceItem, AttachSocket, Attached, DetachSocket, HintUser, Retire};
use super::store;
use super::user_log::{Item, Items};
use super::{EncodedEvent, Followed, LogTail, Outbox, Presence, Router};
use crate::actor_directory::{ArbiterPool, Directory};
use crate::cluster::{Bus, Channel};
use crate::db::{Db, Fault};
use crate::ids::{ConversationId, UserId};
use crate::protocol::LogId;
use crate::reply::Reply;

/// Before it is read again what somebody is in, after the database could not tell.
const FOLLOW_RETRY: Duration = Duration::from_secs(1);

/// Reads the large conversations of a person.
pub type LargeOf = fn(Db, UserId) -> BoxFuture<'static, Result<Vec<ConversationId>, Fault>>;

/// The users that are online here.
#[derive(Clone)]
pub struct Users {
    directory: Arc<Directory<UserId, UserActor>>,
    router: Arc<Router>,
    presence: Presence,
    followed: Arc<Followed>,
    db: Db,
}

impl Users {
    /// Nobody online yet. A user may have `most` sockets on this node (0: any number); `large_of` tells which
    /// conversations are to be followed for them.
    #[must_use]
    pub fn new(
        arbiters: ArbiterPool,
        mailbox: usize,
        most: usize,
        presence: Presence,
        bus: Arc<dyn Bus>,
        db: Db,
        large_of: LargeOf,
    ) -> Self {
        let router = presence.router().clone();
        let followed = Arc::new(Followed::new(bus.clone()));
        let node = Arc::new(Node {
            followed: followed.clone(),
            db: db.clone(),
            large_of,
            most,
            router: router.clone(),
            presence: presence.clone(),
            bus,
        });
        let directory = Directory::new("user", arbiters, mailbox, move |user, directory| UserActor {
            user,
            tail: LogTail::default(),
            timer: false,
            retiring: false,
            node: node.clone(),
            directory,
        });
        Self {
            directory,
            router,
            presence,
            followed,
            db,
        }
    }

    /// Attaches a socket; when the answer comes it hears everything that is announced from then on.
    pub fn attach(&self, user: UserId, outbox: Arc<Outbox>, reply: Reply<Attached>) {
        // A full mailbox drops the reply, which tells the socket that nobody answered.
        let _ = self.directory.send(user, AttachSocket { outbox, reply });
    }

    /// Detaches a socket. The map forgets it at once, the actor as soon as it gets to it.
    pub fn detach(&self, outbox: Arc<Outbox>) {
        if let Some(user) = outbox.user() {
            if self.router.detach(user, &outbox) == 0 {
                self.presence.went(user);
            }
            let _ = self.directory.send_if_live(user, DetachSocket { outbox });
        }
    }

    /// Announces a change of a user's log to their sockets here. Whoever has none here needs no announcer.
    pub fn announce(&self, user: UserId, event: EncodedEvent) {
        let _ = self.directory.send_if_live(user, AnnounceItem { event });
    }

    /// Tells a user's sockets here how far their log is known to be.
    pub fn hint(&self, user: UserId, rev: i64) {
        let _ = self.directory.send_if_live(user, HintUser { rev });
    }

    /// The sockets of this node.
    #[must_use]
    pub const fn router(&self) -> &Arc<Router> {
        &self.router
    }

    /// The large conversations that this node listens to.
    #[must_use]
    pub const fn followed(&self) -> &Arc<Followed> {
        &self.followed
    }

    /// Who is online.
    #[must_use]
    pub const fn presence(&self) -> &Presence {
        &self.presence
    }

    /// A user's log after `rev`, at most `limit` rows, with the log's position.
    ///
    /// # Errors
    /// What the database said.
    pub async fn items_since(&self, user: UserId, rev: i64, limit: u64) -> Result<(Vec<Item>, i64), Fault> {
        store::items_since(&self.db, user, rev, limit).await
    }

    /// The rows of one kind in a user's log after `rev`, at most `limit`.
    ///
    /// # Errors
    /// What the database said.
    pub async fn items_of_kind(&self, user: UserId, kind: &str, rev: i64, limit: u64) -> Result<Items, Fault> {
        store::items_of_kind(&self.db, user, kind, rev, limit).await
    }
}

/// See the module.
struct UserActor {
    user: UserId,
    tail: LogTail,
    timer: bool,
    retiring: bool,
    /// Shared: there is one actor a user.
    node: Arc<Node>,
    directory: Arc<Directory<UserId, Self>>,
}

/// What the actors of a node work with.
struct Node {
    most: usize,
    router: Arc<Router>,
    presence: Presence,
    bus: Arc<dyn Bus>,
    followed: Arc<Followed>,
    db: Db,
    large_of: LargeOf,
}

impl Node {
    /// Reads what somebody is in who came, until the database tells or they are gone.
    async fn learn(self: Arc<Self>, user: UserId) {
        while self.followed.is_here(user) {
            match (self.large_of)(self.db.clone(), user).await {
                Ok(large) => return self.followed.learn(user, large),
                // Until then the hints tell what happens there.
                Err(error) => tracing::warn!(%error, "the large conversations of a person could not be read"),
            }
            tokio::time::sleep(FOLLOW_RETRY).await;
        }
    }
}

impl UserActor {
    fn deliver(&mut self, events: Vec<EncodedEvent>, context: &mut Context<Self>) {
        for event in events {
            self.node.router.deliver([self.user], &event);
        }
        if let Some(deadline) = self.tail.deadline()
            && !self.timer
        {
            self.timer = true;
            let wait = deadline.saturating_duration_since(Instant::now());
            context.run_later(wait, Self::repair);
        }
    }

    /// One user's sockets read their hole themselves: `head` tells them how far it goes.
    fn repair(&mut self, context: &mut Context<Self>) {
        self.timer = false;
        let now = Instant::now();
        let ready = match self.tail.overdue(now) {
            Some(hole) => {
                let head = EncodedEvent::head(LogId::User(self.user), hole.from, hole.to);
                self.tail.repair(vec![head], hole.to, now)
            }
            None => Vec::new(),
        };
        self.deliver(ready, context);
    }

    /// Asked after every message: a mailbox that was too full for the word that the last socket went had one behind it.
    fn retire_if_offline(&mut self, context: &mut Context<Self>) {
        if !self.node.router.is_online(self.user) && !self.retiring {
            self.retiring = true;
            self.node.bus.unsubscribe(Channel::User(self.user));
            self.node.followed.went(self.user);
            let address = context.address();
            self.directory.retire(self.user, &address);
            // Behind everything that was sent before: the directory gives this address out no more.
            address.do_send(Retire);
        }
    }
}

impl Actor for UserActor {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        self.node.bus.subscribe(Channel::User(self.user));
        if self.node.followed.came(self.user) {
            self.node.db.runtime().spawn(self.node.clone().learn(self.user));
        }
    }
}

impl Handler<AttachSocket> for UserActor {
    type Result = ();

    fn handle(&mut self, message: AttachSocket, context: &mut Self::Context) {
        if self.retiring {
            // The directory knows this actor no more: the socket belongs to the one that follows it. A full mailbox
            // drops the reply, which tells the socket that nobody answered.
            let _ = self.directory.send(self.user, message);
            return;
        }
        let attached = self
            .node
            .router
            .attach(self.user, message.outbox.clone(), self.node.most);
        if attached == Ok(1) {
            self.node.presence.came(self.user);
        }
        message.reply.send(attached.map(drop).map_err(drop));
        if message.outbox.is_closed() && self.node.router.detach(self.user, &message.outbox) == 0 {
            // It went away before it was attached.
            self.node.presence.went(self.user);
        }
        self.retire_if_offline(context);
    }
}

impl Handler<DetachSocket> for UserActor {
    type Result = ();

    fn handle(&mut self, message: DetachSocket, context: &mut Self::Context) {
        self.node.router.detach(self.user, &message.outbox);
        self.retire_if_offline(context);
    }
}

impl Handler<AnnounceItem> for UserActor {
    type Result = ();

    fn handle(&mut self, message: AnnounceItem, context: &mut Self::Context) {
        let ready = self.tail.offer(message.event, Instant::now());
        self.deliver(ready, context);
        self.retire_if_offline(context);
    }
}

impl Handler<HintUser> for UserActor {
    type Result = ();

    fn handle(&mut self, message: HintUser, context: &mut Self::Context) {
        if self.tail.announced().is_none() {
            // Nothing was announced here yet, so how far the sockets are is theirs to know.
            let head = EncodedEvent::head(LogId::User(self.user), message.rev - 1, message.rev);
            let ready = self.tail.offer(head, Instant::now());
            self.deliver(ready, context);
        } else {
            self.tail.hint(message.rev, Instant::now());
            self.deliver(Vec::new(), context);
        }
        self.retire_if_offline(context);
    }
}

impl Handler<Retire> for UserActor {
    type Result = ();

    fn handle(&mut self, _: Retire, context: &mut Self::Context) {
        context.stop();
    }
}
