//! Every figure that the server tells of itself: names, units, and the one place that each is recorded by.

use std::time::Duration;

use metrics::{counter, gauge, histogram};

/// Operations waiting in a lane. Label `lane`.
pub const LANE_DEPTH: &str = "quipu_lane_depth";
/// Operations in one commit. Label `lane`.
pub const COMMIT_SIZE: &str = "quipu_commit_operations";
/// Seconds from BEGIN to the return of COMMIT. Label `lane`.
pub const COMMIT_SECONDS: &str = "quipu_commit_seconds";

/// An operation joined a lane, in which `depth` now wait.
#[allow(clippy::cast_precision_loss)]
pub fn lane_depth(lane: &'static str, depth: usize) {
    gauge!(LANE_DEPTH, "lane" => lane).set(depth as f64);
}

/// A batch of `operations` was committed in `took`.
#[allow(clippy::cast_precision_loss)]
pub fn commit(lane: &'static str, operations: usize, took: Duration) {
    histogram!(COMMIT_SIZE, "lane" => lane).record(operations as f64);
    histogram!(COMMIT_SECONDS, "lane" => lane).record(took.as_secs_f64());
}

/// Messages that were taken into the index of the search.
pub const SEARCH_INDEXED: &str = "quipu_search_indexed_total";

/// So many messages were taken into the index.
pub fn search_indexed(messages: usize) {
    counter!(SEARCH_INDEXED).increment(messages as u64);
}

/// Requests that were refused. Label `code`.
pub const REFUSALS: &str = "quipu_refusals_total";

/// A request was refused with `code`.
pub fn refused(code: &'static str) {
    counter!(REFUSALS, "code" => code).increment(1);
}

/// Frames that were not laid into an outbox. Label `why`: `ephemeral` or `collapsed`.
pub const OUTBOX_DROPPED: &str = "quipu_outbox_dropped_total";

/// A frame was dropped or collapsed because its socket reads slowly.
pub fn outbox_dropped(why: &'static str) {
    counter!(OUTBOX_DROPPED, "why" => why).increment(1);
}

/// Bytes that wait for all sockets of this node.
pub const OUTBOX_BYTES: &str = "quipu_outbox_bytes";

/// So many bytes wait for all sockets.
#[allow(clippy::cast_precision_loss)]
pub fn outbox_bytes(now: usize) {
    gauge!(OUTBOX_BYTES).set(now as f64);
}

/// Sockets cut because they read too slowly. Label `reason`: `budget` or `stalled`.
pub const SLOW_CONSUMER_CUTS: &str = "quipu_slow_consumer_cuts_total";

/// A socket was cut.
pub fn slow_consumer_cut(reason: &'static str) {
    counter!(SLOW_CONSUMER_CUTS, "reason" => reason).increment(1);
}

/// Sockets closed by the server with a code of ours. Label `reason`.
pub const SOCKETS_CLOSED: &str = "quipu_sockets_closed_total";

/// The server asked a socket to close.
pub fn socket_closed(reason: &'static str) {
    counter!(SOCKETS_CLOSED, "reason" => reason).increment(1);
}

/// Sockets that are signed in on this node.
pub const CONNECTIONS: &str = "quipu_connections";

/// The number of sockets that are signed in on this node changed.
#[allow(clippy::cast_precision_loss)]
pub fn connections(now: usize) {
    gauge!(CONNECTIONS).set(now as f64);
}

/// Letters that wait to be sent.
pub const MAIL_PENDING: &str = "quipu_mail_pending";

/// So many letters wait to be sent.
#[allow(clippy::cast_precision_loss)]
pub fn mail_pending(now: usize) {
    gauge!(MAIL_PENDING).set(now as f64);
}

/// Actors that live on this node. Label `kind`.
pub const ACTORS: &str = "quipu_actors";

/// The number of actors of a kind changed.
#[allow(clippy::cast_precision_loss)]
pub fn actors(kind: &'static str, now: usize) {
    gauge!(ACTORS, "kind" => kind).set(now as f64);
}

/// Events handed to other nodes, one a channel that it went to.
pub const BUS_PUBLISHED: &str = "quipu_bus_published_total";
/// Events that came from other nodes.
pub const BUS_RECEIVED: &str = "quipu_bus_received_total";
/// Events that were not, or not for certain, handed to other nodes: these find them by the hints. Label `reason`.
pub const BUS_DROPPED: &str = "quipu_bus_dropped_total";
/// What came over the bus, or as a hint, and made no sense. Label `kind`.
pub const BUS_SKIPPED: &str = "quipu_bus_skipped_total";
/// 1 for the state that the bus is in, 0 for the others. Label `state`.
pub const BUS_STATE: &str = "quipu_bus_state";
/// Positions of logs that were read from the hints.
pub const HINTS_POLLED: &str = "quipu_hints_polled_total";
/// Times that hints may have been missed, so that every open log was read again.
pub const HINTS_LAPSED: &str = "quipu_hints_lapsed_total";

/// So many events were published.
pub fn bus_published(events: usize) {
    counter!(BUS_PUBLISHED).increment(events as u64);
}

/// So many events came in.
pub fn bus_received(events: usize) {
    counter!(BUS_RECEIVED).increment(events as u64);
}

/// So many events were dropped on their way out.
pub fn bus_dropped(reason: &'static str, events: usize) {
    counter!(BUS_DROPPED, "reason" => reason).increment(events as u64);
}

/// Something that came in was skipped.
pub fn bus_skipped(kind: &'static str) {
    counter!(BUS_SKIPPED, "kind" => kind).increment(1);
}

/// The bus is in `state`, or is not.
pub fn bus_state(state: &'static str, is: bool) {
    gauge!(BUS_STATE, "state" => state).set(f64::from(u8::from(is)));
}

/// So many positions were read from the hints.
pub fn hints_polled(positions: usize) {
    counter!(HINTS_POLLED).increment(positions as u64);
}

/// Hints may have been missed.
pub fn hints_lapsed() {
    counter!(HINTS_LAPSED).increment(1);
}
