//! What is missing of a log, read for all sockets of this node at once.

use super::store::{self, Reader};
use super::wire;
use crate::db::{Db, Fault};
use crate::delivery::{EncodedEvent, Hole};
use crate::ids::ConversationId;
use crate::protocol::LogId;

/// Rows read at once for a hole; a longer one is told as the log's `head`.
const HOLE_ROWS: u64 = 200;

/// The rows of a hole as pushes, and how far they go. A hole that is longer than one read is told as `head`.
///
/// # Errors
/// What the database said.
pub(super) async fn read(db: &Db, id: ConversationId, hole: Hole) -> Result<(Vec<EncodedEvent>, i64), Fault> {
    let (messages, head) = store::changed_since(db, id, hole.from, Reader::SERVER, HOLE_ROWS + 1).await?;
    let head = head.map_or(0, |head| head.last_rev);
    let through = head.max(hole.to);
    if messages.len() as u64 > HOLE_ROWS {
        return Ok((
            vec![EncodedEvent::head(LogId::Conversation(id), hole.from, through)],
            through,
        ));
    }
    let mut prev = hole.from;
    let mut rows = Vec::with_capacity(messages.len());
    for message in &messages {
        rows.push(wire::event(message, prev));
        prev = message.rev;
    }
    Ok((rows, prev.max(head)))
}
