//! Who is online, and who watches whom. A person is online while a row says so whose node is alive; the rows follow the
//! sockets within a second or two. A word over the bus makes the nodes on which somebody watches look again, and what it
//! loses is found by the look that comes anyway.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;

use super::event::{Class, text_frame};
use super::{Outbox, Publisher, Router, store};
use crate::clock::{Clock, Micros};
use crate::db::{Db, Fault};
use crate::ids::UserId;
use crate::protocol::{self, PresenceView};

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(1);
/// How long somebody may be away without having gone: a client that comes back within it was never offline.
const GRACE: Duration = Duration::from_secs(8);
/// Between two looks at everybody who is watched.
const LOOK: Duration = Duration::from_secs(30);
/// Between two signs of life of this node.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);
/// How long a node counts as alive after one, in microseconds.
const ALIVE_US: i64 = 45_000_000;
/// People looked at by one statement.
const AT_ONCE: usize = 1_000;

/// What is known of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// They are online.
    pub online: bool,
    /// When they last were, if that is known and they are not.
    pub last: Option<Micros>,
}

/// The service. Clones share everything.
#[derive(Clone)]
pub struct Presence(Arc<Shared>);

struct Shared {
    db: Db,
    clock: Arc<dyn Clock>,
    router: Arc<Router>,
    publisher: Publisher,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Who came since the last round.
    came: BTreeSet<UserId>,
    /// Who went, and when.
    went: HashMap<UserId, Instant>,
    /// Who is written down as online here.
    written: HashSet<UserId>,
    /// Those who are watched here.
    watched: HashMap<UserId, Watched>,
    /// Whom a socket watches, by its address; it stands as long as somebody holds the outbox weakly.
    watching: HashMap<usize, (Weak<Outbox>, Vec<UserId>)>,
    /// Whom to look at in the next round.
    look: HashSet<UserId>,
}

#[derive(Default)]
struct Watched {
    told: Option<Seen>,
    sockets: Vec<Weak<Outbox>>,
}

fn address(socket: &Arc<Outbox>) -> usize {
    Arc::as_ptr(socket) as usize
}

impl Presence {
    /// Nobody online yet.
    #[must_use]
    pub fn new(db: Db, clock: Arc<dyn Clock>, router: Arc<Router>, publisher: Publisher) -> Self {
        Self(Arc::new(Shared {
            db,
            clock,
            router,
            publisher,
            state: Mutex::default(),
        }))
    }

    /// The sockets of this node.
    #[must_use]
    pub fn router(&self) -> &Arc<Router> {
        &self.0.router
    }

    /// Somebody's first socket here.
    pub fn came(&self, user: UserId) {
        let mut state = self.lock();
        if state.went.remove(&user).is_none() {
            state.came.insert(user);
        }
    }

    /// Somebody's last socket here is gone.
    pub fn went(&self, user: UserId) {
        let mut state = self.lock();
        if !state.came.remove(&user) {
            state.went.insert(user, Instant::now());
        }
    }

    /// A word of another node: whoever is watched here is looked at.
    pub fn look_at(&self, user: UserId) {
        let mut state = self.lock();
        if state.watched.contains_key(&user) {
            state.look.insert(user);
        }
    }

    /// How people are, whoever asks.
    ///
    /// # Errors
    /// What the database said.
    pub async fn seen(&self, people: &[UserId]) -> Result<HashMap<UserId, Seen>, Fault> {
        let now = self.0.clock.now();
        let mut seen = HashMap::new();
        for some in people.chunks(AT_ONCE) {
            for (user, last, elsewhere) in store::presence(&self.0.db, some, now).await? {
                let online = elsewhere || self.0.router.is_online(user);
                let last = last.filter(|_| !online);
                seen.insert(user, Seen { online, last });
            }
        }
        for user in people {
            let here = self.0.router.is_online(*user);
            let nothing = Seen {
                online: here,
                last: None,
            };
            seen.entry(*user).or_insert(nothing);
        }
        Ok(seen)
    }

    /// From now on this socket hears of these people and of nobody else; they are known to be as `seen` says.
    pub fn watch(&self, socket: &Arc<Outbox>, seen: &HashMap<UserId, Seen>) {
        let mut state = self.lock();
        let before = state.watching.remove(&address(socket));
        let before: Vec<_> = before.map(|(_, people)| people).unwrap_or_default();
        for user in before.iter().filter(|user| !seen.contains_key(user)) {
            self.forget(&mut state, *user, socket);
        }
        for (user, seen) in seen {
            let watched = state.watched.entry(*user).or_default();
            if watched.sockets.is_empty() {
                self.0.publisher.follow_presence(*user, true);
            }
            watched.told.get_or_insert(*seen);
            if !watched.sockets.iter().any(|one| one.as_ptr() == Arc::as_ptr(socket)) {
                watched.sockets.push(Arc::downgrade(socket));
            }
        }
        if !seen.is_empty() {
            let people = seen.keys().copied().collect();
            state.watching.insert(address(socket), (Arc::downgrade(socket), people));
        }
    }

    fn forget(&self, state: &mut State, user: UserId, socket: &Arc<Outbox>) {
        if let Some(watched) = state.watched.get_mut(&user) {
            watched.sockets.retain(|one| one.as_ptr() != Arc::as_ptr(socket));
            if watched.sockets.is_empty() {
                state.watched.remove(&user);
                self.0.publisher.follow_presence(user, false);
            }
        }
    }

    /// Somebody wants to be seen by others than before: who watches them is told that they are hidden, and may ask anew.
    pub fn hide(&self, user: UserId) {
        self.tell_hidden(user);
        self.0.publisher.presence(&[user]);
    }

    fn tell_hidden(&self, user: UserId) {
        let watched = self.lock().watched.remove(&user);
        if let Some(watched) = watched {
            self.0.publisher.follow_presence(user, false);
            tell(&watched.sockets, &PresenceView::hidden(user));
        }
    }

    /// The rounds, until the server stops.
    pub async fn run(self) {
        let mut tick = tokio::time::interval(ROUND);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut alive, mut looked) = (None::<Instant>, Instant::now());
        loop {
            tick.tick().await;
            if alive.is_none_or(|at| at.elapsed() >= SIGN_OF_LIFE) {
                match self.sign_of_life().await {
                    Ok(()) => alive = Some(Instant::now()),
                    Err(error) => tracing::warn!(%error, "this node could not say that it is alive"),
                }
            }
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "who came and went could not be written");
            }
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                self.sweep();
            }
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "who is online could not be read");
            }
        }
    }

    async fn sign_of_life(&self) -> Result<(), Fault> {
        let (boot, now) = (self.0.publisher.origin().number(), self.0.clock.now());
        store::sign_of_life(&self.0.db, boot, now, Micros(now.0.saturating_add(ALIVE_US))).await
    }

    /// Writes down who came and who went.
    async fn round(&self) -> Result<(), Fault> {
        let (came, went) = {
            let mut state = self.lock();
            let came: Vec<_> = std::mem::take(&mut state.came).into_iter().collect();
            let gone: Vec<_> = state
                .went
                .iter()
                .filter(|(user, since)| since.elapsed() >= GRACE && !self.0.router.is_online(**user))
                .map(|(user, _)| *user)
                .collect();
            state
                .went
                .retain(|user, _| !gone.contains(user) && !self.0.router.is_online(*user));
            (came, gone)
        };
        if came.is_empty() && went.is_empty() {
            return Ok(());
        }
        let boot = self.0.publisher.origin().number();
        let written = store::write_presence(&self.0.db, boot, &came, &went, self.0.clock.now()).await;
        let mut state = self.lock();
        if let Err(fault) = written {
            // The next round tries again.
            state.came.extend(came);
            state.went.extend(went.into_iter().map(|user| (user, Instant::now())));
            return Err(fault);
        }
        state.written.extend(&came);
        for user in &went {
            state.written.remove(user);
        }
        let moved: Vec<_> = came.into_iter().chain(went).collect();
        let watched: Vec<_> = moved
            .iter()
            .filter(|user| state.watched.contains_key(user))
            .copied()
            .collect();
        state.look.extend(watched);
        drop(state);
        self.0.publisher.presence(&moved);
        Ok(())
    }

    /// Lets go of sockets that are gone, and has everybody looked at who is watched.
    fn sweep(&self) {
        let mut state = self.lock();
        let open = |socket: &Weak<Outbox>| socket.upgrade().is_some_and(|socket| !socket.is_closed());
        state.watching.retain(|_, (socket, _)| open(socket));
        let mut alone = Vec::new();
        state.watched.retain(|user, watched| {
            watched.sockets.retain(open);
            if watched.sockets.is_empty() {
                alone.push(*user);
            }
            !watched.sockets.is_empty()
        });
        let everybody: Vec<_> = state.watched.keys().copied().collect();
        state.look.extend(everybody);
        drop(state);
        for user in alone {
            self.0.publisher.follow_presence(user, false);
        }
    }

    /// Looks at those about whom there may be news, and tells who watches them.
    async fn look(&self) -> Result<(), Fault> {
        let people: Vec<_> = std::mem::take(&mut self.lock().look).into_iter().collect();
        if people.is_empty() {
            return Ok(());
        }
        let seen = match self.seen(&people).await {
            Ok(seen) => seen,
            Err(fault) => {
                self.lock().look.extend(people);
                return Err(fault);
            }
        };
        let mut state = self.lock();
        for (user, seen) in seen {
            if let Some(watched) = state.watched.get_mut(&user)
                && watched.told.is_none_or(|told| told.online != seen.online)
            {
                watched.told = Some(seen);
                tell(&watched.sockets, &PresenceView::of(user, seen.online, seen.last));
            }
        }
        Ok(())
    }

    /// This node goes: nobody is online here any more.
    ///
    /// # Errors
    /// What the database said; then the others learn of it when its time has passed.
    pub async fn leave(&self) -> Result<(), Fault> {
        let people: Vec<_> = std::mem::take(&mut self.lock().written).into_iter().collect();
        let (boot, now) = (self.0.publisher.origin().number(), self.0.clock.now());
        for some in people.chunks(AT_ONCE) {
            store::write_presence(&self.0.db, boot, &[], some, now).await?;
            self.0.publisher.presence(some);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock panics between two halves of a change.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tell(sockets: &[Weak<Outbox>], view: &PresenceView) {
    let frame = text_frame(&protocol::push("presence.changed", view));
    for socket in sockets.iter().filter_map(Weak::upgrade) {
        socket.put(frame.clone(), Class::Ephemeral);
    }
}
