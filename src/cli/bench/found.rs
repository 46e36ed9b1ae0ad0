//! What stands in a conversation when it is read once more, held against what was acknowledged: the last word on what was
//! lost or doubled.

use std::collections::HashMap;

use super::frames::{History, Page};
use super::report::Verdict;
use super::socket::Socket;
use super::stamp::Stamp;
use crate::ids::ConversationId;

/// Messages of one page.
const PAGE: u32 = 100;

/// Reads the whole conversation, the newest first.
pub(super) async fn verdict(
    socket: &mut Socket,
    conversation: ConversationId,
    acknowledged: &[u64],
) -> anyhow::Result<Verdict> {
    let mut stands: HashMap<u64, u64> = HashMap::with_capacity(acknowledged.len());
    let mut before = None;
    loop {
        let ask = History {
            conversation,
            before,
            limit: PAGE,
        };
        let Page { messages, next } = socket.call("message.history", ask).await?;
        for stamp in messages.iter().filter_map(|message| Stamp::read(message.words()?)) {
            *stands.entry(stamp.number).or_insert(0) += 1;
        }
        before = next;
        if before.is_none() {
            break;
        }
    }
    let found = acknowledged.iter().filter(|number| stands.contains_key(number)).count() as u64;
    Ok(Verdict {
        acknowledged: acknowledged.len() as u64,
        found,
        lost: acknowledged.len() as u64 - found,
        doubled: stands.values().map(|times| times - 1).sum(),
        ..Verdict::default()
    })
}
