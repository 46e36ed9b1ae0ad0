//! `sync`: what changed in each log since the client's cursor.

use crate::chat::{ChatError, Range, item_view, message_view};
use crate::gateway::ws::caller::Caller;
use crate::protocol::{Coded, ErrorCode, LogId, Position, Sync, Synced, SyncedLog, WireError};
use crate::wallet::account_view;

use super::page;

pub(in crate::gateway::ws) fn later(caller: &Caller, id: u64, wanted: Sync) {
    let asking = caller.clone();
    caller.answer_later(id, async move { sync(&asking, wanted).await });
}

/// Answers each position; a log that may not be read, or is not there, is `gone`.
///
/// # Errors
/// `invalid_field` for too many positions, or why a log could not be read.
pub(in crate::gateway::ws) async fn sync(caller: &Caller, wanted: Sync) -> Result<Synced, WireError> {
    let most = caller.state.limits.sync_positions;
    if wanted.positions.len() > most {
        return Err(WireError::new(ErrorCode::InvalidField)
            .param("positions")
            .detail("most", most));
    }
    let limit = page(wanted.limit, caller.state.limits.history_page);
    let mut answer = Synced {
        logs: Vec::new(),
        gone: Vec::new(),
    };
    for position in wanted.positions {
        match one(caller, position, limit).await? {
            Some(log) => answer.logs.push(log),
            None => answer.gone.push(position.log),
        }
    }
    Ok(answer)
}

async fn one(caller: &Caller, position: Position, limit: u64) -> Result<Option<SyncedLog>, WireError> {
    let (state, user, log, rev) = (&caller.state, caller.id(), position.log, position.rev.max(0));
    let empty = SyncedLog {
        log,
        through: rev,
        more: false,
        messages: None,
        marks: None,
        account: None,
        items: None,
    };
    match log {
        LogId::Conversation(id) => match state.chat.range(user, id, rev, limit).await {
            Ok(Range {
                messages,
                through,
                more,
                marks,
            }) => {
                let messages = Some(messages.iter().map(message_view).collect());
                Ok(Some(SyncedLog {
                    through,
                    more,
                    messages,
                    marks: Some(marks),
                    ..empty
                }))
            }
            Err(ChatError::NotAMember) => Ok(None),
            Err(error) => Err(error.wire()),
        },
        LogId::Account(id) => {
            let account = state.wallet.account(user, id).await.map_err(|error| error.wire())?;
            Ok(account.map(|account| SyncedLog {
                through: rev.max(account.last_seq),
                account: Some(account_view(&account)),
                ..empty
            }))
        }
        LogId::User(id) if id == user => {
            let items = state.users.items_since(user, rev, limit).await;
            let (items, head) = items.map_err(|fault| ChatError::from(fault).wire())?;
            let more = items.len() as u64 == limit && items.last().is_some_and(|last| last.rev < head);
            let reached = items.last().map_or(rev, |last| last.rev);
            let through = if more { reached } else { reached.max(head) };
            Ok(Some(SyncedLog {
                through,
                more,
                items: Some(items.iter().map(item_view).collect()),
                ..empty
            }))
        }
        LogId::User(_) => Ok(None),
    }
}
