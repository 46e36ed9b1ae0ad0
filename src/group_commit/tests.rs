//! A lane over real databases, with a slice as small as one can be: names that are tied into a string, in order.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait as _, Statement};
use tokio::sync::watch;
use tokio::time::timeout;

use super::*;
use crate::clock::SystemClock;
use crate::db::{self, Fault, Kind, Source, Writes};
use crate::scratch::{Scratch, on_both_databases};

/// An answer comes within this, on a machine busy with other tests.
const LIMIT: Duration = Duration::from_secs(30);

/// A queue that nobody fills, batches that take all of it, no patience with contention.
const SETTINGS: LaneSettings = LaneSettings {
    queue: 1_000,
    batch: 1_000,
    retries: 0,
};

/// Ties a name. Some names are not to be tied: by a constraint, by a rule, by a fault of the rule.
struct Tie(&'static str);

const UNWRITABLE: &str = "unwritable";
const UNWANTED: &str = "unwanted";
const FAULTY: &str = "faulty";

#[derive(Debug, PartialEq, Eq)]
struct Refused;

#[derive(Default)]
struct Slot {
    wanted: usize,
    last: i64,
    tied: Vec<(i64, &'static str)>,
}

impl Operation for Tie {
    type Answer = Result<i64, Refused>;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<Slot>().wanted += 1;
    }

    fn decide(&self, set: &mut WorkingSet, _: Moment) -> Self::Answer {
        let slot = set.slot::<Slot>();
        assert!(self.0 != FAULTY, "a fault of a rule");
        if self.0 == UNWANTED {
            return Err(Refused);
        }
        slot.last += 1;
        slot.tied.push((slot.last, self.0));
        Ok(slot.last)
    }
}

/// The slice, and what its tests do to it.
struct Knots {
    kind: Kind,
    /// Loads wait until this is true.
    open: watch::Receiver<bool>,
    /// How many operations each attempt that came to its load had.
    attempts: watch::Sender<Vec<usize>>,
    /// What the next loads end in.
    faults: Arc<Mutex<VecDeque<Fault>>>,
}

struct Knot {
    place: i64,
    name: String,
}

db::from_row!(Knot { place, name });

impl Batch for Knots {
    fn load<'a>(
        &'a self,
        tx: &'a Tx,
        set: &'a mut WorkingSet,
        _: crate::clock::Micros,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        async move {
            let slot = set.slot::<Slot>();
            self.attempts.send_modify(|attempts| attempts.push(slot.wanted));
            let mut open = self.open.clone();
            open.wait_for(|open| *open).await.unwrap();
            if let Some(fault) = self.faults.lock().unwrap().pop_front() {
                return Err(fault);
            }
            let lock = db::Sql::new(self.kind)
                .text("SELECT place, name FROM knot WHERE place = 0")
                .postgres(" FOR UPDATE")
                .build();
            tx.one::<Knot>(lock).await?;
            slot.last = all(self.kind, tx).await?.last().map_or(0, |knot| knot.place);
            Ok(())
        }
        .boxed()
    }

    fn write(&self, set: &mut WorkingSet, writes: &mut Writes) {
        let tied = std::mem::take(&mut set.slot::<Slot>().tied);
        let rows = tied.into_iter().map(|(place, name)| [place.into(), name.into()]);
        writes.rows("INSERT INTO knot (place, name) VALUES ", rows.collect(), "");
    }
}

async fn all(kind: Kind, from: &impl Source) -> Result<Vec<Knot>, Fault> {
    let select: Statement = db::Sql::new(kind)
        .text("SELECT place, name FROM knot ORDER BY place")
        .build();
    from.all(select).await
}

/// A lane with its slice.
struct Cord {
    lane: Lane,
    open: watch::Sender<bool>,
    attempts: watch::Receiver<Vec<usize>>,
    faults: Arc<Mutex<VecDeque<Fault>>>,
}

type Answer = tokio::sync::oneshot::Receiver<Outcome<Result<i64, Refused>>>;

impl Cord {
    async fn on(scratch: &Scratch, settings: LaneSettings) -> Self {
        let table = "CREATE TABLE knot (place BIGINT PRIMARY KEY, name TEXT NOT NULL, \
             CONSTRAINT knot_name CHECK (name <> 'unwritable')); \
             INSERT INTO knot (place, name) VALUES (0, 'the end')";
        scratch.db.writer().execute_unprepared(table).await.unwrap();
        let (open, opened) = watch::channel(true);
        let (attempted, attempts) = watch::channel(Vec::new());
        let faults = Arc::default();
        let knots = Knots {
            kind: scratch.db.kind(),
            open: opened,
            attempts: attempted,
            faults: Arc::clone(&faults),
        };
        let slices: Arc<[Box<dyn Batch>]> = Arc::new([Box::new(knots)]);
        let lane = Lane::start("test", settings, scratch.db.clone(), Arc::new(SystemClock), slices).unwrap();
        Self {
            lane,
            open,
            attempts,
            faults,
        }
    }

    fn tie(&self, name: &'static str) -> Result<Answer, Full<Result<i64, Refused>>> {
        let (reply, answer) = Reply::channel();
        self.lane.submit(Tie(name), reply).map(|()| answer)
    }

    async fn attempted(&self, many: usize) -> Vec<usize> {
        let mut attempts = self.attempts.clone();
        let enough = attempts.wait_for(|attempts| attempts.len() >= many);
        timeout(LIMIT, enough).await.unwrap().unwrap().clone()
    }

    /// Ties these in one batch: behind one that waits, so that they gather. What became of them and in what batches.
    async fn tie_together(&self, names: &[&'static str]) -> (Vec<Outcome<Result<i64, Refused>>>, Vec<usize>) {
        self.open.send_replace(false);
        let first = self.tie("first").unwrap();
        self.attempted(1).await;
        let waiting: Vec<_> = names.iter().map(|name| self.tie(name).unwrap()).collect();
        self.open.send_replace(true);
        assert_eq!(answer(first).await, Ok(Ok(1)));
        let outcomes = join_all(waiting.into_iter().map(answer)).await;
        (outcomes, self.attempts.borrow()[1..].to_vec())
    }

    async fn names(scratch: &Scratch) -> Vec<String> {
        let knots = all(scratch.db.kind(), scratch.db.reader()).await.unwrap();
        knots.into_iter().skip(1).map(|knot| knot.name).collect()
    }
}

async fn answer(answer: Answer) -> Outcome<Result<i64, Refused>> {
    timeout(LIMIT, answer).await.unwrap().unwrap()
}

fn refused_by_the_constraint() -> Failure {
    Failure::Constraint("knot_name".to_owned())
}

on_both_databases!(operations_that_wait_are_committed_together_in_their_order, |scratch| {
    let cord = Cord::on(&scratch, SETTINGS).await;
    let (outcomes, attempts) = cord.tie_together(&["a", "b", "c"]).await;
    assert_eq!(outcomes, [Ok(Ok(2)), Ok(Ok(3)), Ok(Ok(4))]);
    assert_eq!(attempts, [3]);
    assert_eq!(Cord::names(&scratch).await, ["first", "a", "b", "c"]);
});

on_both_databases!(a_constraint_fails_the_one_operation_that_it_means, |scratch| {
    let cord = Cord::on(&scratch, SETTINGS).await;
    let (outcomes, attempts) = cord.tie_together(&["a", "b", UNWRITABLE, "c", "d"]).await;
    let refused = Err(refused_by_the_constraint());
    assert_eq!(outcomes, [Ok(Ok(2)), Ok(Ok(3)), refused, Ok(Ok(4)), Ok(Ok(5))]);
    // Each part in which the constraint refuses is tried twice, then halved.
    assert_eq!(attempts, [5, 5, 2, 3, 3, 1, 1, 2]);
    assert_eq!(Cord::names(&scratch).await, ["first", "a", "b", "c", "d"]);
});

on_both_databases!(several_refused_by_a_constraint_take_nobody_with_them, |scratch| {
    let cord = Cord::on(&scratch, SETTINGS).await;
    let names = [UNWRITABLE, "a", UNWRITABLE, "b", UNWRITABLE];
    let (outcomes, _) = cord.tie_together(&names).await;
    let refused = || Err(refused_by_the_constraint());
    assert_eq!(outcomes, [refused(), Ok(Ok(2)), refused(), Ok(Ok(3)), refused()]);
    assert_eq!(Cord::names(&scratch).await, ["first", "a", "b"]);
});

on_both_databases!(a_rule_that_panics_fails_alone, |scratch| {
    let cord = Cord::on(&scratch, SETTINGS).await;
    let (outcomes, _) = cord.tie_together(&["a", FAULTY, "b"]).await;
    assert_eq!(outcomes, [Ok(Ok(2)), Err(Failure::Internal), Ok(Ok(3))]);
    assert_eq!(answer(cord.tie("c").unwrap()).await, Ok(Ok(4)), "the lane lives");
    assert_eq!(Cord::names(&scratch).await, ["first", "a", "b", "c"]);
});

on_both_databases!(a_refused_operation_fails_alone_and_splits_nothing, |scratch| {
    let cord = Cord::on(&scratch, SETTINGS).await;
    let (outcomes, attempts) = cord.tie_together(&["a", UNWANTED, "b"]).await;
    assert_eq!(outcomes, [Ok(Ok(2)), Ok(Err(Refused)), Ok(Ok(3))]);
    assert_eq!(attempts, [3]);
    assert_eq!(Cord::names(&scratch).await, ["first", "a", "b"]);
});

on_both_databases!(a_full_queue_is_told_and_takes_nothing, |scratch| {
    let settings = LaneSettings {
        queue: 2,
        batch: 1,
        ..SETTINGS
    };
    let cord = Cord::on(&scratch, settings).await;
    cord.open.send_replace(false);
    let first = cord.tie("first").unwrap();
    cord.attempted(1).await;
    let waiting = ["a", "b"].map(|name| cord.tie(name).unwrap());
    let Full(reply) = cord.tie("c").unwrap_err();
    drop(reply);
    cord.open.send_replace(true);
    assert_eq!(answer(first).await, Ok(Ok(1)));
    let outcomes = join_all(waiting.map(answer)).await;
    assert_eq!(outcomes, [Ok(Ok(2)), Ok(Ok(3))]);
    cord.lane.flush().await;
    assert_eq!(Cord::names(&scratch).await, ["first", "a", "b"]);
    assert_eq!(answer(cord.tie("d").unwrap()).await, Ok(Ok(4)), "there is room again");
});

on_both_databases!(a_batch_under_contention_is_tried_again_as_often_as_is_set, |scratch| {
    let settings = LaneSettings { retries: 2, ..SETTINGS };
    let cord = Cord::on(&scratch, settings).await;
    let contended = |many| (0..many).map(|_| Fault::Contention("in the way".into()));
    cord.faults.lock().unwrap().extend(contended(2));
    assert_eq!(answer(cord.tie("a").unwrap()).await, Ok(Ok(1)));
    assert_eq!(*cord.attempts.borrow(), [1, 1, 1]);
    cord.faults.lock().unwrap().extend(contended(3));
    assert_eq!(answer(cord.tie("b").unwrap()).await, Err(Failure::Busy));
    assert_eq!(cord.attempts.borrow().len(), 6);
    assert_eq!(Cord::names(&scratch).await, ["a"]);
});

on_both_databases!(a_lock_that_somebody_else_holds_is_contention, |scratch| {
    let cord = Cord::on(&scratch, SETTINGS).await;
    let file = scratch.folder.path().join("quipu.db");
    let other = match scratch.db.kind() {
        Kind::Sqlite => {
            let impatient = scratch.db.begin().await.unwrap();
            impatient.execute_unprepared("PRAGMA busy_timeout = 20").await.unwrap();
            impatient.commit().await.unwrap();
            let runtime = tokio::runtime::Handle::current();
            Db::open_sqlite(&file, 1, runtime).await.unwrap()
        }
        Kind::Postgres => scratch.db.clone(),
    };
    let held = other.begin().await.unwrap();
    if scratch.db.kind() == Kind::Postgres {
        let wait = "SET LOCAL idle_in_transaction_session_timeout = 0";
        held.execute_unprepared(wait).await.unwrap();
    }
    let touch = "UPDATE knot SET name = name WHERE place = 0";
    held.execute_unprepared(touch).await.unwrap();
    assert_eq!(answer(cord.tie("a").unwrap()).await, Err(Failure::Busy));
    held.rollback().await.unwrap();
    assert_eq!(answer(cord.tie("b").unwrap()).await, Ok(Ok(1)));
    assert_eq!(Cord::names(&scratch).await, ["b"]);
    if scratch.db.kind() == Kind::Sqlite {
        other.close().await;
    }
});

on_both_databases!(a_lost_connection_is_no_contention_and_is_waited_for, |scratch| {
    let cord = Cord::on(&scratch, SETTINGS).await;
    let lost = (0..4).map(|_| Fault::Lost("away".into()));
    cord.faults.lock().unwrap().extend(lost);
    assert_eq!(answer(cord.tie("a").unwrap()).await, Ok(Ok(1)));
    assert_eq!(cord.attempts.borrow().len(), 5);
});

on_both_databases!(
    a_refusal_of_the_storage_is_final_and_noted_until_a_write_passes,
    |scratch| {
        let cord = Cord::on(&scratch, SETTINGS).await;
        let full = Fault::Storage("no room".into());
        cord.faults.lock().unwrap().push_back(full);
        let (a, b) = (cord.tie("a").unwrap(), cord.tie("b").unwrap());
        let outcomes = [answer(a).await, answer(b).await];
        assert!(outcomes.contains(&Err(Failure::Storage)), "{outcomes:?}");
        assert!(scratch.db.is_refusing());
        scratch.db.try_write().await.unwrap();
        assert!(!scratch.db.is_refusing());
    }
);
