//! Who is at the other end of a signed-in socket, and how they are answered.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::SocketState;
use crate::delivery::Outbox;
use crate::group_commit::Lane;
use crate::identity::User;
use crate::ids::{SessionId, UserId};
use crate::metric;
use crate::protocol::{self, Coded, ErrorCode, Tell, WireError};
use crate::reply::Reply;

/// How somebody came to be here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Login {
    /// The session.
    pub(super) session: SessionId,
    /// Their client is new enough to move money.
    pub(super) may_pay: bool,
}

/// A person on a socket.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) user: Arc<User>,
    login: Login,
    pub(super) state: Arc<SocketState>,
    outbox: Arc<Outbox>,
    in_flight: Arc<AtomicUsize>,
    brought: Arc<AtomicUsize>,
}

impl Caller {
    pub(super) fn new(user: User, login: Login, state: Arc<SocketState>, outbox: Arc<Outbox>) -> Self {
        Self {
            user: Arc::new(user),
            login,
            state,
            outbox,
            in_flight: Arc::default(),
            brought: Arc::default(),
        }
    }

    /// The person's id.
    pub(super) fn id(&self) -> UserId {
        self.user.id
    }

    /// The login.
    pub(super) const fn session(&self) -> SessionId {
        self.login.session
    }

    /// Whether the client is new enough to move money.
    pub(super) const fn may_pay(&self) -> bool {
        self.login.may_pay
    }

    /// The socket.
    pub(super) const fn outbox(&self) -> &Arc<Outbox> {
        &self.outbox
    }

    /// Brings one more to a crowded lane. Whether its turn is over with that.
    pub(super) fn ends_turn(&self) -> bool {
        let brought = self.brought.fetch_add(1, Ordering::Relaxed) + 1;
        brought.is_multiple_of(Lane::TURN)
    }

    /// Opens a request: the answer that is owed for it. `None` when the socket has as many open as it may; the
    /// refusal is given then.
    pub(super) fn owe(&self, id: u64, if_lost: ErrorCode) -> Option<Owed> {
        let owed = Owed {
            id,
            if_lost,
            outbox: self.outbox.clone(),
            in_flight: self.in_flight.clone(),
            answered: false,
        };
        if self.in_flight.fetch_add(1, Ordering::Relaxed) < self.state.limits.in_flight {
            return Some(owed);
        }
        let mut refusal = WireError::new(ErrorCode::Busy).detail("limit", "in_flight");
        if if_lost == ErrorCode::OutcomeUnknown {
            refusal = refusal.detail("money", "not_moved");
        }
        owed.refuse(&refusal);
        None
    }

    /// Carries a request out beside the socket and answers it.
    pub(super) fn answer_later<T, F>(&self, id: u64, work: F)
    where
        T: Tell,
        F: Future<Output = Result<T, WireError>> + Send + 'static,
    {
        if let Some(owed) = self.owe(id, ErrorCode::OutcomeLost) {
            self.state.db.runtime().spawn(async move { owed.give(work.await) });
        }
    }

    /// Answers at once.
    pub(super) fn answer<T: Tell>(&self, id: u64, ok: &T) {
        self.outbox.answer(&protocol::answer(id, ok));
    }

    /// Refuses at once.
    pub(super) fn refuse(&self, id: u64, refusal: &WireError) {
        metric::refused(refusal.code.as_str());
        self.outbox.answer(&protocol::refusal(Some(id), refusal));
    }
}

/// The answer to one request. Dropped without having been given, it tells the client that it was lost.
pub(super) struct Owed {
    id: u64,
    if_lost: ErrorCode,
    outbox: Arc<Outbox>,
    in_flight: Arc<AtomicUsize>,
    answered: bool,
}

impl Owed {
    /// Gives the answer.
    pub(super) fn give<T: Tell>(mut self, result: Result<T, WireError>) {
        match result {
            Ok(ok) => {
                self.answered = true;
                self.outbox.answer(&protocol::answer(self.id, &ok));
            }
            Err(refusal) => self.refuse(&refusal),
        }
    }

    /// Gives a refusal.
    pub(super) fn refuse(mut self, refusal: &WireError) {
        self.answered = true;
        metric::refused(refusal.code.as_str());
        self.outbox.answer(&protocol::refusal(Some(self.id), refusal));
    }

    /// As a reply that an actor or a lane gives: `show` makes the wire's shape of what it says.
    pub(super) fn into_reply<T, E, V>(self, show: impl FnOnce(T) -> V + Send + 'static) -> Reply<Result<T, E>>
    where
        E: Coded,
        V: Tell,
    {
        Reply::new(move |answer: Option<Result<T, E>>| {
            if let Some(result) = answer {
                self.give(result.map(show).map_err(|error| error.wire()));
            }
        })
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        if !self.answered {
            let mut refusal = WireError::new(self.if_lost);
            if self.if_lost == ErrorCode::OutcomeUnknown {
                refusal = refusal.detail("money", "unknown");
            }
            metric::refused(refusal.code.as_str());
            self.outbox.answer(&protocol::refusal(Some(self.id), &refusal));
        }
    }
}
