//! Read marks come often and matter little each, so they are gathered for a moment and written together.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

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

/// A mark to be raised.
pub(super) struct Mark {
    pub(super) conversation: ConversationId,
    pub(super) user: UserId,
    pub(super) seq: i64,
    pub(super) reply: Reply<Result<i64, ChatError>>,
}

/// A mark that was raised: who hears of it is decided by the conversation.
pub(super) type Raised = Arc<dyn Fn(ConversationId, UserId, i64) + Send + Sync>;

/// The queue of marks.
#[derive(Clone)]
pub(super) struct ReadMarks(mpsc::Sender<Mark>);

impl ReadMarks {
    /// Starts the gathering on the database's runtime.
    pub(super) fn start(db: Db, raised: Raised) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        db.runtime().clone().spawn(gather(db, receiver, raised));
        Self(sender)
    }

    /// Puts a mark in the queue; its reply is given once it is stored.
    pub(super) fn raise(&self, mark: Mark) {
        if let Err(error) = self.0.try_send(mark) {
            error.into_inner().reply.send(Err(ChatError::Busy));
        }
    }
}

async fn gather(db: Db, mut receiver: mpsc::Receiver<Mark>, raised: Raised) {
    let mut marks = Vec::new();
    while receiver.recv_many(&mut marks, TOGETHER).await > 0 {
        tokio::time::sleep(GATHER).await;
        while marks.len() < TOGETHER
            && let Ok(mark) = receiver.try_recv()
        {
            marks.push(mark);
        }
        settle(&db, std::mem::take(&mut marks), &raised).await;
    }
}

async fn settle(db: &Db, marks: Vec<Mark>, raised: &Raised) {
    let mut wanted = BTreeMap::new();
    for mark in &marks {
        let highest = wanted.entry((mark.conversation, mark.user)).or_insert(mark.seq);
        *highest = mark.seq.max(*highest);
    }
    let stored = write(db, &wanted).await;
    if let Ok(stored) = &stored {
        for ((conversation, user), mark) in stored.iter().filter(|(_, mark)| mark.raised) {
            raised(*conversation, *user, mark.seq);
        }
    }
    for mark in marks {
        mark.reply.send(match &stored {
            Ok(stored) => stored
                .get(&(mark.conversation, mark.user))
                .map(|mark| mark.seq)
                .ok_or(ChatError::NotAMember),
            Err(error) => Err(error.clone()),
        });
    }
}

async fn write(db: &Db, wanted: &BTreeMap<(ConversationId, UserId), i64>) -> Result<store::Marks, ChatError> {
    let mut last = ChatError::Busy;
    for _ in 0..ATTEMPTS {
        match store::raise_read_marks(db, wanted).await {
            Ok(stored) => return Ok(stored),
            Err(Fault::Contention(_) | Fault::Lost(_)) => last = ChatError::Busy,
            Err(other) => return Err(other.into()),
        }
    }
    Err(last)
}
