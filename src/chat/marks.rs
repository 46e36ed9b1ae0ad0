//! Marks of what reached people and what they have read come often and matter little each, so they are gathered for a
//! moment and written together.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::store::{MarksOf, Raised, Wanted};
use super::{ChatError, store};
use crate::db::{Db, Fault};
use crate::ids::{ConversationId, UserId};
use crate::reply::Reply;

/// How long marks are gathered before they are written.
const GATHER: Duration = Duration::from_millis(100);
/// Marks that wait at most.
const QUEUE: usize = 4_096;
/// Marks in one statement at most.
const TOGETHER: usize = 256;
/// Attempts at one statement: two nodes may lock the same rows in another order.
const ATTEMPTS: u32 = 4;

/// Which mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// What somebody has read.
    Read,
    /// What reached a device of theirs.
    Delivered,
}

/// A mark to be raised.
pub(super) struct Mark {
    pub(super) conversation: ConversationId,
    pub(super) user: UserId,
    pub(super) kind: MarkKind,
    pub(super) seq: i64,
    pub(super) reply: Reply<Result<i64, ChatError>>,
}

/// A mark that was raised: who hears of it is decided by the conversation.
pub(super) type Tell = Arc<dyn Fn(ConversationId, UserId, MarkKind, i64) + Send + Sync>;

/// The queue of marks.
#[derive(Clone)]
pub(super) struct MarkQueue(mpsc::Sender<Mark>);

impl MarkQueue {
    /// Starts the gathering on the database's runtime.
    pub(super) fn start(db: Db, tell: Tell) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        db.runtime().clone().spawn(gather(db, receiver, tell));
        Self(sender)
    }

    /// Puts a mark in the queue; its reply is given once it is stored.
    pub(super) fn raise(&self, mark: Mark) {
        if let Err(error) = self.0.try_send(mark) {
            error.into_inner().reply.send(Err(ChatError::Busy));
        }
    }
}

async fn gather(db: Db, mut receiver: mpsc::Receiver<Mark>, tell: Tell) {
    let mut marks = Vec::new();
    while receiver.recv_many(&mut marks, TOGETHER).await > 0 {
        tokio::time::sleep(GATHER).await;
        while marks.len() < TOGETHER
            && let Ok(mark) = receiver.try_recv()
        {
            marks.push(mark);
        }
        settle(&db, std::mem::take(&mut marks), &tell).await;
    }
}

async fn settle(db: &Db, marks: Vec<Mark>, tell: &Tell) {
    let mut wanted = MarksOf::<Wanted>::new();
    for mark in &marks {
        let highest = wanted.entry((mark.conversation, mark.user)).or_default();
        match mark.kind {
            MarkKind::Read => highest.read = mark.seq.max(highest.read),
            MarkKind::Delivered => highest.delivered = mark.seq.max(highest.delivered),
        }
    }
    let stored = write(db, &wanted).await;
    if let Ok(stored) = &stored {
        for ((conversation, user), (before, after)) in stored {
            if after.read > before.read {
                tell(*conversation, *user, MarkKind::Read, after.read);
            }
            // What was read has been delivered: of both, one word is enough.
            if after.delivered > before.delivered && after.delivered > after.read {
                tell(*conversation, *user, MarkKind::Delivered, after.delivered);
            }
        }
    }
    for mark in marks {
        mark.reply.send(match &stored {
            Ok(stored) => stored
                .get(&(mark.conversation, mark.user))
                .map(|(_, standing)| match mark.kind {
                    MarkKind::Read => standing.read,
                    MarkKind::Delivered => standing.delivered,
                })
                .ok_or(ChatError::NotAMember),
            Err(error) => Err(error.clone()),
        });
    }
}

async fn write(db: &Db, wanted: &MarksOf<Wanted>) -> Result<Raised, ChatError> {
    let mut last = ChatError::Busy;
    for _ in 0..ATTEMPTS {
        match store::raise_marks(db, wanted).await {
            Ok(stored) => return Ok(stored),
            Err(Fault::Contention(_) | Fault::Lost(_)) => last = ChatError::Busy,
            Err(other) => return Err(other.into()),
        }
    }
    Err(last)
}
