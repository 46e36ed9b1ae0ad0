//! What is looked after while the server runs: sockets that stall, sessions that ended, holds whose time has passed,
//! storage that refused, attachments that nobody needs.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;

use crate::chat::attachments::Attachments;
use crate::clock::{Clock as _, GuardedClock};
use crate::db::Db;
use crate::delivery::Router;
use crate::identity::Identity;
use crate::ids::SessionId;
use crate::metric;
use crate::protocol::CloseCode;
use crate::telemetry::Metrics;
use crate::wallet::{Funds, ReceiptMail, Wallet};

/// Between two looks for sockets that take nothing.
const STALL_LOOK: Duration = Duration::from_secs(1);
/// Between two looks for sessions that ended elsewhere.
const SESSION_LOOK: Duration = Duration::from_secs(30);
/// Sessions asked about in one query.
const SESSIONS_AT_ONCE: usize = 1_000;
/// Between two attempts at a write while the storage refuses them.
const STORAGE_LOOK: Duration = Duration::from_secs(1);
/// Between two looks for holds and flows whose time has come.
const EXPIRY_LOOK: Duration = Duration::from_secs(1);
/// Between two looks for payments whose receipts are to be mailed.
const RECEIPT_LOOK: Duration = Duration::from_secs(2);

/// Between two times at which samples are moved into their buckets: a few thousand commits wait meanwhile.
const FIGURES_UPKEEP: Duration = Duration::from_secs(5);

/// Between two looks for attachments that no message has.
const COLLECT_LOOK: Duration = Duration::from_secs(10 * 60);
/// So many of those looks go between two for bytes that no row speaks of: that one reads every name there is.
const SWEEP_EVERY: u32 = 36;

/// Removes attachments that nobody needs, at the start and then now and then, unless the clock by which they grew old
/// was turned.
pub(super) async fn collect_attachments(attachments: Attachments, clock: Arc<GuardedClock>) {
    let mut tick = tokio::time::interval(COLLECT_LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for look in (0..SWEEP_EVERY).cycle() {
        tick.tick().await;
        if clock.is_jumped() {
            continue;
        }
        match attachments.collect().await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "attachments that no message has were removed"),
            Err(error) => tracing::warn!(%error, "attachments that no message has could not be removed"),
        }
        if look > 0 {
            continue;
        }
        match attachments.sweep().await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "bytes that belong to no attachment were removed"),
            Err(error) => tracing::warn!(%error, "bytes that belong to no attachment could not be removed"),
        }
    }
}

/// Does what the time of holds and flows brings, unless the clock by which it passed was turned.
pub(super) async fn expire_holds(wallet: Wallet, clock: Arc<GuardedClock>) {
    let mut tick = tokio::time::interval(EXPIRY_LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if clock.is_jumped() {
            continue;
        }
        match wallet.run_due(clock.now()).await {
            Ok(0) => {}
            Ok(due) => tracing::info!(due, "flows went on by their time"),
            // The next look finds the same ones.
            Err(error) => tracing::warn!(%error, "what was due in flows could not be done"),
        }
        match wallet.expire_holds(clock.now()).await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "holds ended by their time"),
            // The next look finds the same ones.
            Err(error) => tracing::warn!(%error, "holds whose time has passed could not be ended"),
        }
    }
}

/// Asks providers about what they told nothing of, unless the clock by which its time came was turned.
pub(super) async fn ask_providers(funds: Funds, clock: Arc<GuardedClock>) {
    let mut tick = tokio::time::interval(EXPIRY_LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if clock.is_jumped() {
            continue;
        }
        if let Err(error) = funds.run_due(clock.now()).await {
            // The next look finds the same ones.
            tracing::warn!(%error, "providers could not be asked");
        }
    }
}

/// Queues the receipts of payments that were posted since.
pub(super) async fn mail_receipts(mails: ReceiptMail) {
    let mut tick = tokio::time::interval(RECEIPT_LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = mails.queue().await {
            // The next look begins where this one ended.
            tracing::warn!(%error, "receipts could not be queued");
        }
    }
}

/// After a refused write: tries one now and then, since nobody may send another to a node that is not ready.
pub(super) async fn try_refused_storage(db: Db) {
    let mut tick = tokio::time::interval(STORAGE_LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if db.is_refusing() {
            match db.try_write().await {
                Ok(()) => tracing::info!("the storage takes writes again"),
                Err(error) => tracing::warn!(%error, "the storage takes no writes yet"),
            }
        }
    }
}

/// Moves the samples of histograms into their buckets: until then each waits in memory, and nobody may ever ask for the
/// figures.
pub(super) async fn keep_figures(metrics: Metrics) {
    let mut tick = tokio::time::interval(FIGURES_UPKEEP);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        metrics.upkeep();
    }
}

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
