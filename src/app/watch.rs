//! What is looked after while the server runs: sockets that stall, and sessions that ended.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::delivery::Router;
use crate::identity::Identity;
use crate::ids::SessionId;
use crate::metric;
use crate::protocol::CloseCode;

/// Between two looks for sockets that take nothing.
const STALL_LOOK: Duration = Duration::from_secs(1);
/// Between two looks for sessions that ended elsewhere.
const SESSION_LOOK: Duration = Duration::from_secs(30);
/// Sessions asked about in one query.
const SESSIONS_AT_ONCE: usize = 1_000;

/// Cuts sockets whose frames nobody takes.
pub(super) async fn cut_stalled(router: Arc<Router>) {
    let mut tick = tokio::time::interval(STALL_LOOK);
    loop {
        tick.tick().await;
        let (now, mut waiting) = (Instant::now(), 0);
        for socket in router.all() {
            socket.cut_if_stalled(now);
            waiting += socket.waiting_bytes();
        }
        metric::outbox_bytes(waiting);
    }
}

/// Closes sockets whose session has ended, on whatever node that was.
pub(super) async fn end_revoked(router: Arc<Router>, identity: Identity) {
    let mut tick = tokio::time::interval(SESSION_LOOK);
    loop {
        tick.tick().await;
        let open: HashSet<SessionId> = router.all().iter().filter_map(|socket| socket.session()).collect();
        let open: Vec<_> = open.into_iter().collect();
        for some in open.chunks(SESSIONS_AT_ONCE) {
            match identity.revoked_among(some).await {
                Ok(ended) => ended
                    .into_iter()
                    .for_each(|s| router.close_session(s, CloseCode::SessionOver)),
                Err(error) => tracing::warn!(%error, "open sessions could not be checked"),
            }
        }
    }
}
