//! The end of a lane that commits.

use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use super::crowd::Crowd;
use super::{Batch, Failure, Job, LaneSettings, Moment, Pending, WorkingSet};
use crate::clock::Clock;
use crate::db::{self, Db, Fault, Kind, Tx, Writes};
use crate::metric;

/// How long the database may take for a batch up to COMMIT, and for the COMMIT: beyond what its own limits allow, so
/// that only a connection that leads nowhere comes to it.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// The first wait before a batch is tried again; it doubles each time.
const RETRY_WAIT: Duration = Duration::from_millis(10);
/// The longest one.
const RETRY_WAIT_MOST: Duration = Duration::from_millis(500);
/// No attempt at a batch begins later than this after the first: whoever waits for it shall hear something.
const RETRY_LIMIT: Duration = Duration::from_secs(10);

/// Where one attempt at a batch failed.
enum Broken {
    /// Before COMMIT was sent: nothing is written.
    Before(Fault),
    /// At COMMIT: it may be written.
    AtCommit(Fault),
}

/// Operations that are committed together.
struct Part {
    operations: Vec<Box<dyn Pending>>,
    /// A COMMIT with all of them ended in an unknown outcome.
    after_unknown: bool,
}

/// What an attempt at a batch has left.
struct Patience {
    since: Instant,
    wait: Duration,
    contended: u32,
    constraint_seen: bool,
}

impl Patience {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            wait: RETRY_WAIT,
            contended: 0,
            constraint_seen: false,
        }
    }

    /// Waits before the next attempt; `false` when there is to be none.
    async fn lasts(&mut self) -> bool {
        if self.since.elapsed() + self.wait > RETRY_LIMIT {
            return false;
        }
        tokio::time::sleep(self.wait).await;
        self.wait = (self.wait * 2).min(RETRY_WAIT_MOST);
        true
    }
}

/// Whether a runtime is still there.
pub(super) struct RuntimeLife(watch::Receiver<()>);

impl RuntimeLife {
    pub(super) fn of(runtime: &Handle) -> Self {
        let (alive, watched) = watch::channel(());
        // A runtime that ends drops its tasks, and this one's end of the channel with them.
        runtime.spawn(async move { alive.closed().await });
        Self(watched)
    }

    /// Goes on if it is. Else whoever waits for this is about to be dropped, as a task of the runtime is.
    async fn lasts(&self) {
        if self.0.has_changed().is_err() {
            pending().await
        }
    }

    /// Waits for its end.
    fn ended(&self) -> impl Future<Output = ()> + use<> {
        let mut watched = self.0.clone();
        async move { while watched.changed().await.is_ok() {} }
    }
}

pub(super) struct Worker {
    pub(super) name: &'static str,
    pub(super) settings: LaneSettings,
    pub(super) db: Db,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) slices: Arc<[Box<dyn Batch>]>,
    pub(super) runtime: RuntimeLife,
    pub(super) crowd: Arc<Crowd>,
}

impl Worker {
    /// [`Self::run`] on a thread that is none of the runtime's: it ends with it all the same, wherever it stands.
    pub(super) async fn run_with_the_runtime(self, receiver: mpsc::Receiver<Job>) {
        let ended = self.runtime.ended();
        tokio::select! {
            () = self.run(receiver) => {}
            () = ended => {}
        }
    }

    pub(super) async fn run(self, mut receiver: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(self.settings.batch);
        while receiver.recv_many(&mut jobs, self.settings.batch.max(1)).await > 0 {
            self.crowd.shrank(jobs.len(), receiver.len());
            let mut operations = Vec::with_capacity(jobs.len());
            let mut flushed = Vec::new();
            for job in jobs.drain(..) {
                match job {
                    Job::Operation(operation) => operations.push(operation),
                    Job::Flush(done) => flushed.push(done),
                }
            }
            self.settle(operations).await;
            for done in flushed {
                // Whoever flushed may have stopped waiting.
                let _ = done.send(());
            }
        }
    }

    /// Commits the operations, together as far as they let each other: a constraint's refusal splits the batch until
    /// the one that it means stands alone. Order is kept, since the earlier half always goes first.
    async fn settle(&self, operations: Vec<Box<dyn Pending>>) {
        let mut parts = vec![Part {
            operations,
            after_unknown: false,
        }];
        while let Some(mut part) = parts.pop() {
            if part.operations.is_empty() {
                continue;
            }
            match self.commit_with_retries(&mut part).await {
                Ok(()) => answer_all(part, &Ok(())),
                // The fault may be one operation's alone: the others are not to fail with it.
                Err(failure @ (Failure::Constraint(_) | Failure::Internal)) if part.operations.len() > 1 => {
                    let operations = part.operations.len();
                    tracing::warn!(lane = self.name, %failure, operations, "a batch is split");
                    let later = part.operations.split_off(operations / 2);
                    parts.push(Part {
                        operations: later,
                        after_unknown: part.after_unknown,
                    });
                    parts.push(part);
                }
                Err(failure) => answer_all(part, &Err(failure)),
            }
        }
    }

    async fn commit_with_retries(&self, part: &mut Part) -> Result<(), Failure> {
        let mut patience = Patience::new();
        loop {
            let attempt = AssertUnwindSafe(self.attempt(&mut part.operations, part.after_unknown));
            let ended = attempt.catch_unwind().await;
            let ended = ended.unwrap_or_else(|_| Err(Broken::Before(Fault::Other("a rule panicked".into()))));
            let fault = match ended {
                Ok(()) => return Ok(()),
                Err(Broken::AtCommit(fault)) => {
                    // What the database itself refuses it has not done.
                    let refused = match fault {
                        Fault::Constraint(_) | Fault::Contention(_) => true,
                        // A PostgreSQL whose log could not be synced ends, and its next start may find the commit.
                        Fault::Storage(_) => self.db.kind() == Kind::Sqlite,
                        _ => false,
                    };
                    part.after_unknown |= !refused;
                    fault
                }
                Err(Broken::Before(fault)) => fault,
            };
            self.runtime.lasts().await;
            let again = self.may_try_again(&fault, part.after_unknown, &mut patience)?;
            if !(again && patience.lasts().await) {
                tracing::error!(lane = self.name, error = %fault, "a batch is given up");
                let unknown = part.after_unknown;
                return Err(if unknown { Failure::Unknown } else { Failure::Busy });
            }
            tracing::warn!(lane = self.name, error = %fault, "a batch is tried again");
        }
    }

    /// Whether another attempt may end better.
    ///
    /// # Errors
    /// When the fault is final, whoever waits.
    fn may_try_again(&self, fault: &Fault, after_unknown: bool, patience: &mut Patience) -> Result<bool, Failure> {
        match fault {
            // Two nodes may race for one unique key: the second attempt finds what the other made.
            Fault::Constraint(name) => {
                if patience.constraint_seen {
                    let meaning = db::meaning(name).unwrap_or("a constraint without a meaning");
                    tracing::warn!(lane = self.name, constraint = %name, meaning, "refused");
                    return Err(Failure::Constraint(name.clone()));
                }
                patience.constraint_seen = true;
                Ok(true)
            }
            Fault::Contention(_) => {
                patience.contended += 1;
                Ok(patience.contended <= self.settings.retries)
            }
            Fault::Lost(_) => Ok(true),
            _ if after_unknown => Ok(true),
            Fault::Storage(reason) => {
                tracing::error!(lane = self.name, %reason, "the storage takes no writes");
                self.db.note_refusal();
                Err(Failure::Storage)
            }
            other => {
                tracing::error!(lane = self.name, error = %other, "a batch failed");
                Err(Failure::Internal)
            }
        }
    }

    /// Everything up to COMMIT.
    async fn prepare(&self, part: &mut [Box<dyn Pending>], after_unknown: bool) -> Result<Tx, Fault> {
        self.runtime.lasts().await;
        let tx = self.db.begin().await?;
        let mut set = WorkingSet::default();
        for pending in part.iter() {
            pending.wants(&mut set);
        }
        let mut moment = Moment {
            now: self.clock.now(),
            after_unknown,
        };
        for slice in self.slices.iter() {
            slice.load(&tx, &mut set, moment.now).await?;
        }
        // Locks were waited for: what must not happen after a time is decided by the time of the decision.
        moment.now = moment.now.max(self.clock.now());
        for pending in part.iter_mut() {
            pending.decide(&mut set, moment);
        }
        let mut writes = Writes::new(self.db.kind());
        for slice in self.slices.iter() {
            slice.write(&mut set, &mut writes);
        }
        self.runtime.lasts().await;
        writes.run(&tx).await?;
        Ok(tx)
    }

    /// Waits for a database beyond the network at most [`ANSWER_LIMIT`]; one on this thread has answered when it returns.
    async fn in_time<T>(&self, work: impl Future<Output = T>) -> Result<T, Elapsed> {
        match self.db.kind() {
            Kind::Sqlite => Ok(work.await),
            Kind::Postgres => timeout(ANSWER_LIMIT, work).await,
        }
    }

    async fn attempt(&self, part: &mut [Box<dyn Pending>], after_unknown: bool) -> Result<(), Broken> {
        let started = Instant::now();
        let prepared = self.in_time(self.prepare(part, after_unknown)).await;
        let late = || {
            Fault::Lost(format!(
                "the database did not answer within {} s",
                ANSWER_LIMIT.as_secs()
            ))
        };
        let tx = prepared.unwrap_or_else(|_| Err(late())).map_err(Broken::Before)?;
        self.runtime.lasts().await;
        let committed = self.in_time(tx.commit()).await;
        self.runtime.lasts().await;
        committed
            .map_err(|_| Broken::AtCommit(late()))?
            .map_err(Broken::AtCommit)?;
        metric::commit(self.name, part.len(), started.elapsed());
        Ok(())
    }
}

fn answer_all(part: Part, committed: &Result<(), Failure>) {
    for pending in part.operations {
        pending.answer(committed.clone());
    }
}
