//! Noting when sessions were last used, cheaply: to about a minute, many sessions in one write, never in the way of
//! whoever is being authenticated.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::store::Store;
use crate::clock::{Clock, Micros};
use crate::ids::SessionId;

/// A session's mark is written again when it is older than this, in microseconds.
const STALE_AFTER_US: i64 = 60_000_000;
/// Sessions that wait to be noted. Beyond it their next use notes them.
const MAX_WAITING: usize = 4_096;

#[derive(Default)]
struct Waiting {
    sessions: HashSet<SessionId>,
    is_writing: bool,
}

/// The sessions whose use is to be noted.
#[derive(Clone)]
pub(super) struct LastSeen {
    waiting: Arc<Mutex<Waiting>>,
    store: Store,
    clock: Arc<dyn Clock>,
}

impl LastSeen {
    pub(super) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            waiting: Arc::default(),
            store,
            clock,
        }
    }

    /// Notes that a session is used, if what is known is older than a minute. Returns at once.
    pub(super) fn note(&self, session: SessionId, known: Micros) {
        if self.clock.now().0.saturating_sub(known.0) < STALE_AFTER_US {
            return;
        }
        {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.sessions.len() >= MAX_WAITING {
                return;
            }
            waiting.sessions.insert(session);
            if std::mem::replace(&mut waiting.is_writing, true) {
                return;
            }
        }
        let this = self.clone();
        self.store.runtime().spawn(async move { this.write_all().await });
    }

    async fn write_all(&self) {
        loop {
            let sessions = {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                if waiting.sessions.is_empty() {
                    waiting.is_writing = false;
                    return;
                }
                std::mem::take(&mut waiting.sessions)
            };
            let sessions: Vec<SessionId> = sessions.into_iter().collect();
            if let Err(error) = self.store.touch_sessions(&sessions, self.clock.now()).await {
                // The next use of each session tries again.
                tracing::warn!(%error, sessions = sessions.len(), "last use of sessions was not noted");
            }
        }
    }
}
