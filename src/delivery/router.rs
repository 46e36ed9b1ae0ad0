//! Who is online on this node: the outboxes of each user's sockets.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::event::{Class, EncodedEvent, text_frame};
use super::outbox::Outbox;
use crate::ids::{SessionId, UserId};
use crate::metric;
use crate::protocol::CloseCode;

/// Locks that share the map, so that publishers on several threads rarely meet.
const SHARDS: usize = 64;

type Online = HashMap<UserId, Vec<Arc<Outbox>>>;

/// The sockets of this node by user.
#[derive(Debug)]
pub struct Router {
    shards: Vec<Mutex<Online>>,
    sockets: AtomicUsize,
}

impl Default for Router {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            sockets: AtomicUsize::new(0),
        }
    }
}

impl Router {
    /// Adds a socket of a user, unless they have `most` already (0: any number). Says how many they have now.
    ///
    /// # Errors
    /// The number that the user has, when one more would be too many.
    pub fn attach(&self, user: UserId, outbox: Arc<Outbox>, most: usize) -> Result<usize, usize> {
        let mut shard = self.shard(user);
        let sockets = shard.entry(user).or_default();
        if most > 0 && sockets.len() >= most {
            return Err(sockets.len());
        }
        sockets.push(outbox);
        let count = sockets.len();
        drop(shard);
        metric::connections(self.sockets.fetch_add(1, Ordering::Relaxed) + 1);
        Ok(count)
    }

    /// Removes a socket of a user. Says how many they have left.
    pub fn detach(&self, user: UserId, outbox: &Arc<Outbox>) -> usize {
        let mut shard = self.shard(user);
        let Some(sockets) = shard.get_mut(&user) else {
            return 0;
        };
        let before = sockets.len();
        sockets.retain(|socket| !Arc::ptr_eq(socket, outbox));
        let left = sockets.len();
        if left == 0 {
            shard.remove(&user);
        }
        drop(shard);
        if left < before {
            metric::connections(self.sockets.fetch_sub(1, Ordering::Relaxed) - 1);
        }
        left
    }

    /// Whether the user has a socket on this node.
    #[must_use]
    pub fn is_online(&self, user: UserId) -> bool {
        self.shard(user).contains_key(&user)
    }

    /// Signed-in sockets on this node.
    #[must_use]
    pub fn sockets(&self) -> usize {
        self.sockets.load(Ordering::Relaxed)
    }

    /// Lays an event into every socket of these users.
    pub fn deliver(&self, users: impl IntoIterator<Item = UserId>, event: &EncodedEvent) {
        self.each(users, |socket| socket.event(event));
    }

    /// Lays several events, in their order, into every socket of these users.
    pub fn deliver_all(&self, users: impl IntoIterator<Item = UserId>, events: &[EncodedEvent]) {
        self.each(users, |socket| socket.events(events));
    }

    /// Lays an event of a large conversation into every socket of these users: whole where it is looked at, as the log's
    /// `head` elsewhere.
    pub fn deliver_by_focus(&self, users: impl IntoIterator<Item = UserId>, event: &EncodedEvent, head: &EncodedEvent) {
        self.each(users, |socket| socket.event_or_head(event, head));
    }

    /// Lays a push without a log into every socket of these users.
    pub fn deliver_ephemeral(&self, users: impl IntoIterator<Item = UserId>, json: &Bytes) {
        let frame = text_frame(json);
        self.each(users, |socket| socket.put(frame.clone(), Class::Ephemeral));
    }

    /// Closes the sockets of a session on this node.
    pub fn close_session(&self, session: SessionId, code: CloseCode) {
        for socket in self.all() {
            if socket.session() == Some(session) {
                socket.close(code);
            }
        }
    }

    /// Every socket of this node, as of now.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Outbox>> {
        let shards = self.shards.iter();
        shards
            .flat_map(|shard| lock(shard).values().flatten().cloned().collect::<Vec<_>>())
            .collect()
    }

    fn each(&self, users: impl IntoIterator<Item = UserId>, put: impl Fn(&Outbox)) {
        for user in users {
            if let Some(sockets) = self.shard(user).get(&user) {
                for socket in sockets {
                    put(socket);
                }
            }
        }
    }

    fn shard(&self, user: UserId) -> MutexGuard<'_, Online> {
        let mut hasher = DefaultHasher::new();
        user.hash(&mut hasher);
        // The remainder is below the number of shards.
        #[allow(clippy::cast_possible_truncation)]
        let index = (hasher.finish() % SHARDS as u64) as usize;
        lock(&self.shards[index])
    }
}

fn lock(shard: &Mutex<Online>) -> MutexGuard<'_, Online> {
    // Nothing under this lock panics between two halves of a change.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
