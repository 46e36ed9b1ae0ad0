//! What waits to be written to one socket: filled by publishers, drained by the socket's response stream, counted in
//! bytes. The publisher enforces the bound, since a client that does not read freezes its own actor, timers and all.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};

use super::event::{Class, EncodedEvent, close_frame, text_frame};
use crate::ids::{ConversationId, SessionId, UserId};
use crate::metric;
use crate::protocol::{self, CloseCode, LogId};

/// Bytes handed to the transport at once: small frames share a write.
const CHUNK_BYTES: usize = 16 * 1024;
/// What a log's `head` that waits counts for in the budget.
const HEAD_BYTES: usize = 128;

/// How long an empty queue keeps its room for what comes next.
const KEEP_ROOM: Duration = Duration::from_secs(1);

/// Cuts the socket's connection from outside. Called at most once, under the outbox's lock.
pub type Cut = Box<dyn FnOnce() + Send>;

/// The bounds of an outbox.
#[derive(Debug, Clone, Copy)]
pub struct OutboxLimits {
    /// Bytes that may wait; at it the socket is cut.
    pub bytes: usize,
    /// How long something may wait while nothing is taken.
    pub stalled: Duration,
}

/// The outgoing queue of one socket.
pub struct Outbox {
    signed_in: OnceLock<(UserId, SessionId)>,
    limits: OutboxLimits,
    state: Mutex<State>,
}

struct State {
    queue: VecDeque<(Bytes, Class)>,
    heads: BTreeMap<LogId, Head>,
    bytes: usize,
    /// What the socket looks at. Boxed: most sockets look at nothing, and are many.
    focus: Option<Box<ConversationId>>,
    taken_at: Instant,
    waker: Option<Waker>,
    phase: Phase,
    cut: Option<Cut>,
}

/// How far a log has come that is told by its `head`.
struct Head {
    rev: i64,
    /// As it is written, when it was encoded for many sockets already.
    frame: Option<Bytes>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// What waits is still written, then the close frame.
    Closing(CloseCode),
    /// Nothing more is written.
    Closed,
}

impl Outbox {
    /// An empty outbox of somebody who is nobody yet; `cut` ends the connection under it.
    #[must_use]
    pub fn new(limits: OutboxLimits, cut: Cut, now: Instant) -> Self {
        let state = State {
            queue: VecDeque::new(),
            heads: BTreeMap::new(),
            bytes: 0,
            focus: None,
            taken_at: now,
            waker: None,
            phase: Phase::Open,
            cut: Some(cut),
        };
        Self {
            signed_in: OnceLock::new(),
            limits,
            state: Mutex::new(state),
        }
    }

    /// Says whose socket it is. Only the first time: a socket never becomes somebody else's. Whether it was the first.
    #[must_use]
    pub fn sign_in(&self, user: UserId, session: SessionId) -> bool {
        self.signed_in.set((user, session)).is_ok()
    }

    /// Whose socket it is, once that is known.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.signed_in.get().map(|(user, _)| *user)
    }

    /// The login that it belongs to, once that is known.
    #[must_use]
    pub fn session(&self) -> Option<SessionId> {
        self.signed_in.get().map(|(_, session)| *session)
    }

    /// Lays in an answer to one of the client's own requests.
    pub fn answer(&self, json: &Bytes) {
        self.put(text_frame(json), Class::Answer);
    }

    /// From now on the socket looks at this conversation and at no other.
    pub fn focus(&self, conversation: Option<ConversationId>) {
        self.lock().focus = conversation.map(Box::new);
    }

    /// Lays in a push of a log.
    pub fn event(&self, event: &EncodedEvent) {
        self.put(event.frame.clone(), Class::Log(event.log, event.rev));
    }

    /// Lays in several pushes, of which the socket hears at once.
    pub fn events(&self, events: &[EncodedEvent]) {
        let mut state = self.lock();
        for event in events {
            self.lay(&mut state, event.frame.clone(), Class::Log(event.log, event.rev));
        }
        wake(state);
    }

    /// Lays in a push of a large conversation: whole for who looks at it, as its `head` for who does not.
    pub fn event_or_head(&self, event: &EncodedEvent, head: &EncodedEvent) {
        let mut state = self.lock();
        let looks = state.focus.as_deref().copied().map(LogId::Conversation) == Some(event.log);
        if looks {
            self.lay(&mut state, event.frame.clone(), Class::Log(event.log, event.rev));
        } else {
            self.lay(&mut state, head.frame.clone(), Class::Head(head.log, head.rev));
        }
        wake(state);
    }

    /// Lays in a frame as its class allows: over half of the budget ephemeral ones are dropped, over three quarters
    /// pushes collapse into their log's `head`, over the whole of it the socket is cut.
    pub fn put(&self, frame: Bytes, class: Class) {
        let mut state = self.lock();
        self.lay(&mut state, frame, class);
        wake(state);
    }

    fn lay(&self, state: &mut State, frame: Bytes, class: Class) {
        if state.phase != Phase::Open {
            return;
        }
        if state.bytes == 0 {
            // The time of what waits begins with it: the socket was last looked at when nothing waited.
            state.taken_at = Instant::now();
        }
        let budget = self.limits.bytes;
        match class {
            Class::Ephemeral if state.bytes >= budget / 2 => {
                metric::outbox_dropped("ephemeral");
                return;
            }
            Class::Log(log, rev) if state.bytes >= budget / 4 * 3 => {
                metric::outbox_dropped("collapsed");
                state.reach(log, Head { rev, frame: None });
            }
            Class::Head(log, rev) => {
                let frame = Some(frame);
                state.reach(log, Head { rev, frame });
            }
            _ => {
                state.bytes += frame.len();
                state.queue.push_back((frame, class));
            }
        }
        if state.bytes > budget {
            self.sever(state, "budget");
        }
    }

    /// Asks for a close once everything that waits is written.
    pub fn close(&self, code: CloseCode) {
        let mut state = self.lock();
        if state.phase == Phase::Open {
            state.phase = Phase::Closing(code);
            metric::socket_closed(code.reason());
        }
        wake(state);
    }

    /// Cuts the socket if something has waited for too long while nothing was taken; and gives back the room that a
    /// queue needed which has been empty since.
    pub fn cut_if_stalled(&self, now: Instant) {
        let mut state = self.lock();
        let since = now.saturating_duration_since(state.taken_at);
        if state.queue.is_empty() && since >= KEEP_ROOM {
            state.queue = VecDeque::new();
        }
        let stalled = since >= self.limits.stalled;
        if state.bytes > 0 && stalled && state.phase != Phase::Closed {
            self.sever(&mut state, "stalled");
            wake(state);
        }
    }

    /// The transport is gone: nothing is kept and nothing can be cut any more. Taken under the same lock as the cut,
    /// so that a descriptor used again for another socket is never shut down by mistake.
    pub fn detach(&self) {
        let mut state = self.lock();
        state.cut = None;
        state.shut();
    }

    /// The next bytes for the transport; `None` once the outbox is closed.
    pub fn poll_take(&self, context: &mut Context<'_>, now: Instant) -> Poll<Option<Bytes>> {
        let mut state = self.lock();
        if let Some(chunk) = state.take() {
            state.taken_at = now;
            return Poll::Ready(Some(chunk));
        }
        match state.phase {
            Phase::Closing(code) => {
                state.shut();
                Poll::Ready(Some(close_frame(code.number(), code.reason())))
            }
            Phase::Closed => Poll::Ready(None),
            Phase::Open => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Whether requests of this socket are still answered.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.lock().phase == Phase::Open
    }

    /// Whether nothing more will be written.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.lock().phase == Phase::Closed
    }

    /// Bytes that wait.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.lock().bytes
    }

    fn sever(&self, state: &mut State, reason: &'static str) {
        tracing::info!(session = ?self.session(), waiting = state.bytes, reason, "a socket that reads too slowly is cut");
        metric::slow_consumer_cut(reason);
        state.shut();
        if let Some(cut) = state.cut.take() {
            cut();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code under this lock can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A log is told by its `head`, which takes the place of the one that waits.
    fn reach(&mut self, log: LogId, head: Head) {
        if self.heads.insert(log, head).is_none() {
            self.bytes += HEAD_BYTES;
        }
    }

    /// Up to a chunk of what waits. The `head` of a log comes once the queue before it is gone.
    fn take(&mut self) -> Option<Bytes> {
        if self.queue.is_empty() {
            for (log, Head { rev, frame }) in std::mem::take(&mut self.heads) {
                self.bytes -= HEAD_BYTES;
                let frame = frame.unwrap_or_else(|| text_frame(&protocol::head(log, rev)));
                self.bytes += frame.len();
                self.queue.push_back((frame, Class::Head(log, rev)));
            }
        }
        let (first, _) = self.queue.pop_front()?;
        self.bytes -= first.len();
        let fits = |state: &Self, sum: usize| state.queue.front().is_some_and(|(f, _)| sum + f.len() <= CHUNK_BYTES);
        if !fits(self, first.len()) {
            return Some(first);
        }
        let mut chunk = BytesMut::with_capacity(CHUNK_BYTES.min(first.len() + self.bytes));
        chunk.extend_from_slice(&first);
        while fits(self, chunk.len())
            && let Some((frame, _)) = self.queue.pop_front()
        {
            self.bytes -= frame.len();
            chunk.extend_from_slice(&frame);
        }
        Some(chunk.freeze())
    }

    fn shut(&mut self) {
        self.phase = Phase::Closed;
        self.queue = VecDeque::new();
        self.heads.clear();
        self.bytes = 0;
    }
}

/// Wakes the drain after the lock is released.
fn wake(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox")
            .field("session", &self.session())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::task::Wake;

    use futures_util::task::noop_waker;

    use super::*;
    use crate::ids::ConversationId;

    /// How often a task was woken.
    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn outbox(bytes: usize) -> (Outbox, Arc<AtomicBool>, Instant) {
        let (cut, now) = (Arc::new(AtomicBool::new(false)), Instant::now());
        let flag = cut.clone();
        let limits = OutboxLimits {
            bytes,
            stalled: Duration::from_secs(15),
        };
        let cut_it = Box::new(move || flag.store(true, Ordering::SeqCst));
        (Outbox::new(limits, cut_it, now), cut, now)
    }

    fn drain(outbox: &Outbox, now: Instant) -> Vec<u8> {
        let waker = noop_waker();
        let mut all = Vec::new();
        while let Poll::Ready(Some(chunk)) = outbox.poll_take(&mut Context::from_waker(&waker), now) {
            all.extend_from_slice(&chunk);
        }
        all
    }

    #[test]
    fn what_is_laid_in_together_wakes_once_and_leaves_in_order() {
        let (outbox, _, now) = outbox(1 << 20);
        let woken = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        assert!(outbox.poll_take(&mut context, now).is_pending());
        let log = LogId::Conversation(ConversationId::fresh());
        let event = |rev| EncodedEvent::new(log, rev - 1, rev, Bytes::from(format!("{{\"n\":{rev}}}")));
        outbox.events(&[event(1), event(2), event(3)]);
        assert_eq!(woken.0.load(Ordering::SeqCst), 1);
        let written = String::from_utf8_lossy(&drain(&outbox, now)).into_owned();
        let places: Vec<_> = (1..=3).map(|n| written.find(&format!("\"n\":{n}"))).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{written}");
    }

    #[test]
    fn over_three_quarters_pushes_collapse_into_one_head_a_log() {
        let (outbox, cut, now) = outbox(1000);
        let log = LogId::Conversation(ConversationId::fresh());
        outbox.put(Bytes::from(vec![1; 760]), Class::Answer);
        for rev in 1..=500 {
            outbox.event(&EncodedEvent::new(log, rev - 1, rev, Bytes::from_static(b"{\"a\":1}")));
        }
        let written = String::from_utf8_lossy(&drain(&outbox, now)).into_owned();
        assert!(
            written.contains("\"ev\":\"head\"") && written.contains("\"rev\":500"),
            "{written}"
        );
        assert_eq!(written.matches("head").count(), 1);
        assert!(!cut.load(Ordering::SeqCst));
    }

    #[test]
    fn who_looks_gets_everything_and_who_does_not_gets_the_last_head_once() {
        let (outbox, _, now) = outbox(1000);
        let (id, other) = (ConversationId::fresh(), ConversationId::fresh());
        let log = LogId::Conversation(id);
        let says = |rev| {
            let json = Bytes::from(format!("{{\"said\":{rev}}}"));
            outbox.event_or_head(
                &EncodedEvent::new(log, rev - 1, rev, json),
                &EncodedEvent::head(log, rev - 1, rev),
            );
        };
        let written = || String::from_utf8_lossy(&drain(&outbox, now)).into_owned();
        outbox.focus(Some(other));
        (1..=9).for_each(says);
        let away = written();
        assert!(!away.contains("said") && away.contains("\"rev\":9"), "{away}");
        assert_eq!(away.matches("\"ev\":\"head\"").count(), 1);
        outbox.focus(Some(id));
        (10..=11).for_each(says);
        let there = written();
        assert!(there.contains("\"said\":10") && there.contains("\"said\":11") && !there.contains("head"));
        outbox.focus(None);
        says(12);
        assert!(written().contains("\"rev\":12"));
        assert_eq!(outbox.waiting_bytes(), 0);
    }

    #[test]
    fn at_the_budget_the_socket_is_cut_and_nothing_is_kept() {
        let (outbox, cut, now) = outbox(1000);
        for _ in 0..4 {
            outbox.put(Bytes::from(vec![1; 300]), Class::Answer);
        }
        assert!(cut.load(Ordering::SeqCst) && outbox.is_closed());
        assert_eq!((outbox.waiting_bytes(), drain(&outbox, now).len()), (0, 0));
    }

    #[test]
    fn a_frame_that_nobody_takes_is_cut_after_its_time_and_an_idle_socket_is_not() {
        let (outbox, cut, now) = outbox(1000);
        outbox.cut_if_stalled(now + Duration::from_secs(60));
        assert!(!cut.load(Ordering::SeqCst));
        outbox.put(Bytes::from_static(b"x"), Class::Answer);
        outbox.cut_if_stalled(Instant::now() + Duration::from_secs(14));
        assert!(
            !cut.load(Ordering::SeqCst),
            "a frame has its own time, however long the socket was idle before"
        );
        outbox.cut_if_stalled(Instant::now() + Duration::from_secs(16));
        assert!(cut.load(Ordering::SeqCst));
    }

    #[test]
    fn a_detached_outbox_never_cuts() {
        let (outbox, cut, _) = outbox(10);
        outbox.detach();
        outbox.put(Bytes::from(vec![1; 300]), Class::Answer);
        assert!(!cut.load(Ordering::SeqCst));
    }

    #[test]
    fn an_idle_outbox_stays_small() {
        // There is one a socket. With the two counts of its Arc it fills a block of 216 bytes, and one more byte would
        // take the next larger one.
        assert!(size_of::<Outbox>() <= 200, "{}", size_of::<Outbox>());
    }

    #[test]
    fn a_close_comes_after_what_waits() {
        let (outbox, _, now) = outbox(1000);
        outbox.put(Bytes::from_static(b"last words"), Class::Answer);
        outbox.close(CloseCode::Draining);
        let written = drain(&outbox, now);
        assert!(written.starts_with(b"last words") && written.ends_with(b"draining"));
    }
}
