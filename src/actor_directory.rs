//! Finds or starts the actor of an id, on the arbiter that its hash chooses.
//!
//! Finding, starting, sending and retiring happen under one lock a shard, so that a message is never put into the
//! mailbox of an actor that is being retired. The address stays in the directory: a clone of it would have a mailbox
//! allowance of its own. An actor that ended by itself (a panic ends one in silence) is started anew.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix::dev::{ToEnvelope, channel};
use actix::prelude::SendError;
use actix::{Actor, Addr, Arbiter, ArbiterHandle, Context, Handler, Message};

use crate::metric;

/// Locks that share a directory.
const SHARDS: usize = 64;

/// The threads that actors live on, beside those of the sockets.
#[derive(Clone)]
pub struct ArbiterPool(Arc<[ArbiterHandle]>);

impl ArbiterPool {
    /// Starts `size` arbiters, at least one. A system of actix must be running.
    #[must_use]
    pub fn start(size: usize) -> Self {
        Self((0..size.max(1)).map(|_| Arbiter::new().handle()).collect())
    }

    fn of(&self, hash: u64) -> &ArbiterHandle {
        // The remainder is below the number of arbiters.
        #[allow(clippy::cast_possible_truncation)]
        let index = (hash % self.0.len() as u64) as usize;
        &self.0[index]
    }
}

/// The actor's mailbox is full: the message is handed back.
#[derive(Debug)]
pub struct MailboxFull<M>(pub M);

type Start<K, A> = Box<dyn Fn(K, Arc<Directory<K, A>>) -> A + Send + Sync>;

/// The live actors of one kind.
pub struct Directory<K, A: Actor<Context = Context<A>>> {
    kind: &'static str,
    shards: Vec<Mutex<HashMap<K, Addr<A>>>>,
    live: AtomicUsize,
    arbiters: ArbiterPool,
    mailbox: usize,
    start: Start<K, A>,
}

impl<K, A> Directory<K, A>
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    A: Actor<Context = Context<A>> + Send,
{
    /// An empty directory whose actors have mailboxes of `mailbox` messages and begin as `start` says.
    #[must_use]
    pub fn new(
        kind: &'static str,
        arbiters: ArbiterPool,
        mailbox: usize,
        start: impl Fn(K, Arc<Self>) -> A + Send + Sync + 'static,
    ) -> Arc<Self> {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Arc::new(Self {
            kind,
            shards,
            live: AtomicUsize::new(0),
            arbiters,
            mailbox,
            start: Box::new(start),
        })
    }

    /// Sends to the actor of `key`, which is started when it does not live.
    ///
    /// # Errors
    /// [`MailboxFull`] with the message, when the actor has as much to do as it may.
    pub fn send<M>(self: &Arc<Self>, key: K, message: M) -> Result<(), MailboxFull<M>>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
        A::Context: ToEnvelope<A, M>,
    {
        let mut shard = self.shard(&key);
        let message = match shard.get(&key) {
            Some(address) => match address.try_send(message) {
                Ok(()) => return Ok(()),
                Err(SendError::Full(message)) => return Err(MailboxFull(message)),
                Err(SendError::Closed(message)) => {
                    shard.remove(&key);
                    self.count(-1);
                    tracing::warn!(kind = self.kind, "an actor had ended by itself and is started anew");
                    message
                }
            },
            None => message,
        };
        self.start_and_send(&mut shard, key, message)
    }

    /// Sends to the actor of `key` only if it lives. Whether it took the message.
    pub fn send_if_live<M>(&self, key: K, message: M) -> bool
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
        A::Context: ToEnvelope<A, M>,
    {
        self.shard(&key)
            .get(&key)
            .is_some_and(|address| address.try_send(message).is_ok())
    }

    /// Forgets an actor, which may then stop once it has worked off its mailbox. Another one may start meanwhile.
    pub fn retire(&self, key: K, address: &Addr<A>) {
        let mut shard = self.shard(&key);
        if shard.get(&key) == Some(address) {
            shard.remove(&key);
            self.count(-1);
        }
    }

    fn start_and_send<M>(
        self: &Arc<Self>,
        shard: &mut HashMap<K, Addr<A>>,
        key: K,
        message: M,
    ) -> Result<(), MailboxFull<M>>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
        A::Context: ToEnvelope<A, M>,
    {
        // `start_in_arbiter` would begin with actix's own 16 places, and a burst at a fresh actor would be refused.
        let (sender, receiver) = channel::channel(self.mailbox);
        let directory = self.clone();
        self.arbiters.of(hash(&key)).spawn_fn(move || {
            let actor = (directory.start)(key, directory.clone());
            Context::with_receiver(receiver).run(actor);
        });
        let address = Addr::new(sender);
        let sent = address.try_send(message);
        shard.insert(key, address);
        self.count(1);
        sent.map_err(|error| match error {
            SendError::Full(message) | SendError::Closed(message) => MailboxFull(message),
        })
    }

    fn count(&self, by: isize) {
        let now = self
            .live
            .fetch_add(by.cast_unsigned(), Ordering::Relaxed)
            .wrapping_add_signed(by);
        metric::actors(self.kind, now);
    }

    fn shard(&self, key: &K) -> MutexGuard<'_, HashMap<K, Addr<A>>> {
        // The remainder is below the number of shards.
        #[allow(clippy::cast_possible_truncation)]
        let index = ((hash(key) >> 32) % SHARDS as u64) as usize;
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash<K: Hash>(key: &K) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}
