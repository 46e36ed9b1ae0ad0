//! `sync`: what changed in each log since the client's cursor.

use std::collections::HashSet;

use crate::chat::{ChatError, Range, item_view, message_view};
use crate::gateway::ws::SocketState;
use crate::gateway::ws::caller::Caller;
use crate::protocol::{Coded, ErrorCode, LogId, Position, Sync, Synced, SyncedLog, WireError, fitting};
use crate::wallet::{Account, account_view};

use super::{answer_bytes, page};

/// What an account counts for in an answer.
const ACCOUNT_BYTES: usize = 300;

pub(in crate::gateway::ws) fn later(caller: &Caller, id: u64, wanted: Sync) {
    let asking = caller.clone();
    caller.answer_later(id, async move { sync(&asking, wanted).await });
}

/// Whether no more is asked than may be.
///
/// # Errors
/// `invalid_field` for too many positions.
pub(in crate::gateway::ws) fn check(state: &SocketState, wanted: &Sync) -> Result<(), WireError> {
    let most = state.limits.sync_positions;
    if wanted.positions.len() <= most {
        return Ok(());
    }
    Err(WireError::new(ErrorCode::InvalidField)
        .param("positions")
        .detail("most", most))
}

/// Answers each position; a log that may not be read, or is not there, is `gone`.
///
/// # Errors
/// `invalid_field` for too many positions, or why a log could not be read.
pub(in crate::gateway::ws) async fn sync(caller: &Caller, wanted: Sync) -> Result<Synced, WireError> {
    check(&caller.state, &wanted)?;
    let limit = page(wanted.limit, caller.state.limits.history_page);
    let mut left = answer_bytes(&caller.state);
    let mut asked = HashSet::new();
    let mut answer = Synced {
        logs: Vec::new(),
        gone: Vec::new(),
    };
    for position in wanted.positions {
        if !asked.insert(position.log) {
            continue;
        }
        if left == 0 {
            // The answer is full: this log is asked for again from where it was.
            answer.logs.push(SyncedLog {
                more: true,
                ..unread(position)
            });
            continue;
        }
        match one(caller, position, limit, left).await? {
            Some((log, bytes)) => {
                left = left.saturating_sub(bytes);
                answer.logs.push(log);
            }
            None => answer.gone.push(position.log),
        }
    }
    Ok(answer)
}

/// A log of which nothing is told yet.
fn unread(position: Position) -> SyncedLog {
    let (log, through) = (position.log, position.rev.max(0));
    SyncedLog {
        log,
        through,
        more: false,
        messages: None,
        marks: None,
        mark_rev: None,
        floor: None,
        account: None,
        items: None,
    }
}

/// What one log has to tell within so many bytes, and how many it took.
async fn one(
    caller: &Caller,
    position: Position,
    limit: u64,
    most: usize,
) -> Result<Option<(SyncedLog, usize)>, WireError> {
    let (state, user, rev) = (&caller.state, caller.id(), position.rev.max(0));
    match position.log {
        LogId::Conversation(id) => match state.chat.range(user, id, (rev, position.mark_rev), limit).await {
            Ok(range) => Ok(Some(conversation(position, range, most))),
            Err(ChatError::NotAMember) => Ok(None),
            Err(error) => Err(error.wire()),
        },
        LogId::Account(id) => {
            let account = state.wallet.account(user, id).await.map_err(|error| error.wire())?;
            let view = |account: &Account| SyncedLog {
                through: rev.max(account.last_seq),
                account: Some(account_view(account)),
                ..unread(position)
            };
            Ok(account.map(|account| (view(&account), ACCOUNT_BYTES)))
        }
        LogId::User(id) if id == user => {
            let items = state.users.items_since(user, rev, limit).await;
            let (items, head) = items.map_err(|fault| ChatError::from(fault).wire())?;
            let full = items.len() as u64 == limit && items.last().is_some_and(|last| last.rev < head);
            let mut items: Vec<_> = items.iter().map(item_view).collect();
            let (fit, bytes) = fitting(&items, most);
            let more = full || fit < items.len();
            items.truncate(fit);
            let reached = items.last().map_or(rev, |last| last.rev);
            let through = if more { reached } else { reached.max(head) };
            Ok(Some((
                SyncedLog {
                    through,
                    more,
                    items: Some(items),
                    ..unread(position)
                },
                bytes,
            )))
        }
        LogId::User(_) => Ok(None),
    }
}

fn conversation(position: Position, range: Range, most: usize) -> (SyncedLog, usize) {
    let Range {
        messages,
        mut through,
        mut more,
        marks,
        mark_rev,
        floor,
    } = range;
    let mut messages: Vec<_> = messages.iter().map(message_view).collect();
    let (fit, bytes) = fitting(&messages, most);
    if fit < messages.len() {
        messages.truncate(fit);
        more = true;
        through = messages.last().map_or(position.rev, |last| last.rev);
    }
    let (_, marks_bytes) = fitting(&marks, usize::MAX);
    let log = SyncedLog {
        through,
        more,
        messages: Some(messages),
        marks: Some(marks),
        mark_rev: Some(mark_rev),
        floor: Some(floor),
        ..unread(position)
    };
    (log, bytes + marks_bytes)
}
