//! Many callers, one transaction: the only way a hot path writes.
//!
//! A [`Lane`] takes operations over a bounded queue. While one transaction commits the next batch fills, so there is
//! no timer: an idle lane answers after one commit, a busy one commits hundreds of operations at once. A batch goes
//! through three phases: every slice loads what the operations want, under its locks; each operation is decided in
//! memory, in order of arrival; every slice writes what was decided. Answers are given after the commit, never before.

mod crowd;
#[cfg(test)]
mod tests;
mod worker;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

use crowd::Crowd;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use worker::{RuntimeLife, Worker};

use crate::clock::{Clock, Micros};
use crate::db::{Db, Fault, Kind, Tx, Writes};
use crate::metric;
use crate::protocol::LogId;
use crate::reply::Reply;

/// What the slices loaded and decided in one transaction: one value a type, each slice its own.
#[derive(Default)]
pub struct WorkingSet {
    slots: HashMap<TypeId, Box<dyn Any + Send>>,
}

impl WorkingSet {
    /// The slot of a slice, empty at first use.
    pub fn slot<T: Default + Send + 'static>(&mut self) -> &mut T {
        let slot = self
            .slots
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Box::new(T::default()));
        match slot.downcast_mut::<T>() {
            Some(value) => value,
            // The key is the value's own type.
            None => unreachable!("a slot holds its own type"),
        }
    }
}

/// The logs that a batch moved, each with its new position: what other nodes are hinted at.
#[derive(Debug, Default)]
pub struct Advanced(pub Vec<(LogId, i64)>);

/// What a decision may know beside the loaded rows.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The wall clock when the batch was loaded.
    pub now: Micros,
    /// An earlier attempt at this batch ended in a COMMIT of unknown outcome, so what is found under an operation's
    /// own id may be this very operation's effect and not a repetition.
    pub after_unknown: bool,
}

/// Something to be decided inside a batch.
pub trait Operation: Send + 'static {
    /// What is answered once the batch is committed. A refusal by a rule is an answer too.
    type Answer: Send + 'static;

    /// Names the rows that the decision needs, in the slots of their slices.
    fn wants(&self, set: &mut WorkingSet);

    /// Decides by what is loaded and leaves what is to be written in the slots; touches none of them when it refuses.
    /// May be called again with a fresh set, after the transaction of an earlier call was rolled back.
    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer;
}

/// One slice's part of a batch: what it loads before the decisions and writes after them.
pub trait Batch: Send + Sync + 'static {
    /// Loads what the slot's wants name, taking the slice's locks: one statement a table.
    fn load<'a>(&'a self, tx: &'a Tx, set: &'a mut WorkingSet, now: Micros) -> BoxFuture<'a, Result<(), Fault>>;

    /// Says how what was decided is written: one multi-row statement a table.
    fn write(&self, set: &mut WorkingSet, writes: &mut Writes);
}

/// Why an operation got no decision. Nothing was written, but for [`Failure::Unknown`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The database stayed contended or away through every retry.
    #[error("the database is busy")]
    Busy,
    /// A constraint refused this very operation: the database caught what the rules should have.
    #[error("constraint {0} refused")]
    Constraint(String),
    /// The storage takes no writes.
    #[error("the storage takes no writes")]
    Storage,
    /// The outcome of the COMMIT could not be learnt: ask again with the same id.
    #[error("the outcome is unknown")]
    Unknown,
    /// A fault of ours.
    #[error("internal fault")]
    Internal,
}

/// The decision, or why there is none.
pub type Outcome<A> = Result<A, Failure>;

/// The lane's queue is full: nothing was taken, and the reply is handed back.
#[derive(Debug)]
pub struct Full<A>(pub Reply<Outcome<A>>);

/// How a lane behaves.
#[derive(Debug, Clone, Copy)]
pub struct LaneSettings {
    /// Operations that wait at most; beyond them a caller is told [`Full`].
    pub queue: usize,
    /// Operations in one transaction at most.
    pub batch: usize,
    /// Attempts after the first when the database is contended. While it is away a batch is tried again for a time.
    pub retries: u32,
}

/// The sending end of a lane. Clones share the queue.
#[derive(Clone)]
pub struct Lane {
    name: &'static str,
    sender: mpsc::Sender<Job>,
    crowd: Arc<Crowd>,
}

enum Job {
    Operation(Box<dyn Pending>),
    Flush(oneshot::Sender<()>),
}

impl Lane {
    /// What somebody may bring to a crowded lane before they wait for [`Self::room`].
    pub const TURN: usize = crowd::TURN;

    /// Starts a lane: on the database's runtime, or on a thread of its own where the database works on the thread of
    /// whoever asks it. The order of `slices` is the order of their locks.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn start(
        name: &'static str,
        settings: LaneSettings,
        db: Db,
        clock: Arc<dyn Clock>,
        slices: Arc<[Box<dyn Batch>]>,
    ) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel(settings.queue.max(1));
        let crowd = Arc::new(Crowd::new(sender.max_capacity()));
        let runtime = db.runtime().clone();
        let worker = Worker {
            name,
            settings,
            db,
            clock,
            slices,
            runtime: RuntimeLife::of(&runtime),
            crowd: Arc::clone(&crowd),
        };
        match worker.db.kind() {
            Kind::Sqlite => {
                let thread = std::thread::Builder::new().name(format!("lane-{name}"));
                let lane = move || runtime.block_on(worker.run_with_the_runtime(receiver));
                drop(thread.spawn(lane)?);
            }
            Kind::Postgres => drop(runtime.spawn(worker.run(receiver))),
        }
        Ok(Self { name, sender, crowd })
    }

    /// Puts an operation in the queue. Those of one caller are decided in the order in which they were put there.
    ///
    /// # Errors
    /// [`Full`] when the queue is at its bound or the lane has stopped.
    pub fn submit<O: Operation>(&self, operation: O, reply: Reply<Outcome<O::Answer>>) -> Result<(), Full<O::Answer>> {
        let permit = match self.sender.try_reserve() {
            Ok(permit) => permit,
            Err(_) => return Err(Full(reply)),
        };
        permit.send(Job::Operation(Box::new(Typed {
            operation,
            answer: None,
            reply,
        })));
        let depth = self.sender.max_capacity() - self.sender.capacity();
        metric::lane_depth(self.name, depth);
        self.crowd.grew(depth);
        Ok(())
    }

    /// Whether so much waits here that whoever reads more for it should wait for [`Self::room`] after each
    /// [`Self::TURN`].
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.crowd.is_crowded()
    }

    /// Waits for the next turn, or until half of the queue is free; at most a second.
    pub async fn room(&self) {
        self.crowd.room().await;
    }

    /// Submits an operation and waits for its outcome; for callers that keep no order.
    ///
    /// # Errors
    /// [`Failure::Busy`] when the queue is full, [`Failure::Unknown`] when the lane went away, else as the batch ended.
    pub async fn ask<O: Operation>(&self, operation: O) -> Outcome<O::Answer> {
        let (reply, answer) = Reply::channel();
        self.submit(operation, reply).map_err(|_| Failure::Busy)?;
        answer.await.unwrap_or(Err(Failure::Unknown))
    }

    /// Waits until everything that was queued before this call is committed and answered.
    pub async fn flush(&self) {
        let (sender, receiver) = oneshot::channel();
        if self.sender.send(Job::Flush(sender)).await.is_ok() {
            // A lane that stopped has nothing left to commit.
            let _ = receiver.await;
        }
    }
}

/// An operation of any type, waiting in a lane.
trait Pending: Send {
    fn wants(&self, set: &mut WorkingSet);
    fn decide(&mut self, set: &mut WorkingSet, moment: Moment);
    fn answer(self: Box<Self>, committed: Result<(), Failure>);
}

struct Typed<O: Operation> {
    operation: O,
    answer: Option<O::Answer>,
    reply: Reply<Outcome<O::Answer>>,
}

impl<O: Operation> Pending for Typed<O> {
    fn wants(&self, set: &mut WorkingSet) {
        self.operation.wants(set);
    }

    fn decide(&mut self, set: &mut WorkingSet, moment: Moment) {
        self.answer = Some(self.operation.decide(set, moment));
    }

    fn answer(self: Box<Self>, committed: Result<(), Failure>) {
        let Self { answer, reply, .. } = *self;
        reply.send(committed.and_then(|()| answer.ok_or(Failure::Internal)));
    }
}
