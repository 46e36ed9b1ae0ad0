//! What every commit moved, for the nodes that missed its event: the form of a hint, and the poll that finds them.
//!
//! A hint is a row whose id comes from a sequence, taken inside the transaction. Rows become visible in the order of
//! their commits, not of their ids, so a poll that only looked above the highest id would miss the late ones. The
//! [`Cursor`] instead knows which ids it passed without seeing a row: those it asks for again, by name, until either
//! the row is there or its transaction cannot be alive any more. So each hint is read once, and an idle poll costs one
//! trivial statement. All of it runs on the monotonic clock: no wall clock is trusted, one's own or the database's.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::store;
use crate::db::{Db, Fault, Kind};
use crate::metric;
use crate::protocol::LogId;

/// Bytes of one row's text at most, about 130 logs: a larger batch writes several rows.
const ROW_BYTES: usize = 8 << 10;
/// How long after its id was passed a row may still appear. Between taking the id and being visible lie the INSERT, the
/// idle time before COMMIT and the COMMIT, which the database itself ends after 15 s (`statement_timeout`), 2 s
/// (`idle_in_transaction_session_timeout`) and 15 s; the rest is for a clock that runs unevenly.
const LATE_COMMIT: Duration = Duration::from_secs(40);
/// Ids passed without a row that are remembered at most: a rolled back commit leaves one, so this is two hundred of
/// them a second. Beyond it the oldest are given up, and that counts as a lapse.
const MISSING_IDS: usize = 8_192;
/// How far before the newest id a starting poll looks for rows of transactions that are still under way.
const START_BACK: i64 = 1_024;
/// Rows read by one statement.
const PAGE_ROWS: u64 = 1_000;
/// How often old rows are deleted.
const PRUNE_EVERY: Duration = Duration::from_secs(60);
/// Statements of one deletion at most, so that it never keeps the poll from its work for long.
const PRUNE_STATEMENTS: usize = 20;

/// How the poll behaves.
#[derive(Debug, Clone, Copy)]
pub struct HintSettings {
    /// The pause between two polls (`hint_poll_ms`).
    pub poll: Duration,
    /// How long a hint is kept (`hint_keep_minutes`). A node that was away for longer reads its open logs again.
    pub keep: Duration,
}

/// Called with a log and the position that it has reached, for every commit of any node. Most of it is known already,
/// so it must be cheap, and it must not wait.
pub type OnHint = Arc<dyn Fn(LogId, i64) + Send + Sync>;

/// Called when hints may have been missed: every log that is open on this node is to be read again.
pub type OnLapse = Arc<dyn Fn() + Send + Sync>;

/// Writes logs and positions as the text of as many rows as the bound on one asks for.
pub(super) fn write(moved: &[(LogId, i64)]) -> Vec<String> {
    let mut latest = BTreeMap::new();
    for (log, rev) in moved {
        let known = latest.entry(*log).or_insert(*rev);
        *known = (*known).max(*rev);
    }
    let mut rows: Vec<String> = Vec::new();
    for (log, rev) in latest {
        let entry = format!("{log}={rev}");
        match rows.last_mut() {
            Some(row) if row.len() + 1 + entry.len() <= ROW_BYTES => {
                row.push(',');
                row.push_str(&entry);
            }
            _ => rows.push(entry),
        }
    }
    rows
}

/// Reads a row's text. What makes no sense, such as a log of a later version, is counted and passed over.
fn read(row: &str) -> impl Iterator<Item = (LogId, i64)> {
    row.split(',').filter_map(|entry| {
        let hint = entry
            .split_once('=')
            .and_then(|(log, rev)| Some((log.parse().ok()?, rev.parse().ok()?)));
        if hint.is_none() {
            metric::bus_skipped("hint");
        }
        hint
    })
}

/// How far the hints are read, and which ids were passed without a row.
#[derive(Debug)]
struct Cursor {
    through: i64,
    missing: BTreeMap<i64, Instant>,
}

impl Cursor {
    const fn at(through: i64) -> Self {
        Self {
            through,
            missing: BTreeMap::new(),
        }
    }

    /// Moves on to `to`, having seen the rows `found` (ascending) on the way. Answers whether every other id is
    /// remembered; if not, the oldest were given up.
    fn advance(&mut self, to: i64, found: impl IntoIterator<Item = i64>, now: Instant) -> bool {
        let mut whole = true;
        let mut next = self.through.saturating_add(1);
        let bound = i64::try_from(MISSING_IDS).unwrap_or(i64::MAX);
        for id in found.into_iter().chain([to.saturating_add(1)]) {
            let from = next.max(id.saturating_sub(bound));
            whole &= from == next;
            self.missing.extend((from..id).map(|hole| (hole, now)));
            next = id.saturating_add(1);
        }
        while self.missing.len() > MISSING_IDS {
            self.missing.pop_first();
            whole = false;
        }
        self.through = self.through.max(to);
        whole
    }

    /// Forgets the ids whose transactions cannot be alive any more: they were rolled back.
    fn expire(&mut self, now: Instant) {
        self.missing
            .retain(|_, since| now.saturating_duration_since(*since) < LATE_COMMIT);
    }
}

/// Reads the hints of all nodes, at intervals and when poked. Dropping it ends it.
#[derive(Debug)]
pub struct HintPoll {
    poke: Arc<Notify>,
    task: Option<AbortHandle>,
}

impl HintPoll {
    /// Starts on the database's runtime, with what is committed from now on. On SQLite, which has one node, nothing
    /// is started.
    #[must_use]
    pub fn start(db: Db, settings: HintSettings, on_hint: OnHint, on_lapse: OnLapse) -> Self {
        let poke = Arc::new(Notify::new());
        let task = (db.kind() == Kind::Postgres).then(|| {
            let runtime = db.runtime().clone();
            let poller = Poller {
                db,
                settings,
                on_hint,
                on_lapse,
                cursor: None,
                read_at: None,
                lapsed: false,
            };
            runtime.spawn(poller.run(poke.clone())).abort_handle()
        });
        Self { poke, task }
    }

    /// Asks for a poll at once, such as after the bus was away.
    pub fn poke(&self) {
        self.poke.notify_one();
    }
}

impl Drop for HintPoll {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

struct Poller {
    db: Db,
    settings: HintSettings,
    on_hint: OnHint,
    on_lapse: OnLapse,
    cursor: Option<Cursor>,
    /// When a poll last succeeded.
    read_at: Option<Instant>,
    /// Hints may have been missed, and nobody was told yet.
    lapsed: bool,
}

impl Poller {
    async fn run(mut self, poke: Arc<Notify>) {
        let mut failing = false;
        let mut pruned = Instant::now();
        loop {
            // Whoever is told of a hint may panic: that costs a lapse, not every hint after it.
            let mut result = AssertUnwindSafe(self.poll())
                .catch_unwind()
                .await
                .unwrap_or_else(|_| Err(Fault::Other("the reading of hints panicked".to_owned())));
            if result.is_ok() && pruned.elapsed() >= PRUNE_EVERY {
                pruned = Instant::now();
                result = self.prune().await;
            }
            match result {
                Ok(()) => failing = false,
                Err(fault) if !failing => {
                    tracing::warn!(error = %fault, "the hints of other nodes cannot be read");
                    failing = true;
                }
                // Told already; the interval is the pause.
                Err(_) => {}
            }
            tokio::select! {
                () = tokio::time::sleep(self.settings.poll) => {}
                () = poke.notified() => {}
            }
        }
    }

    /// Reads what was committed since the last poll. What a fault interrupts is read by the next one.
    async fn poll(&mut self) -> Result<(), Fault> {
        let started = Instant::now();
        // Before the rows: whatever took its id until now and is not there when they are read is missing, not later.
        let last = store::last_id(&self.db).await?;
        let known = self.cursor.take().filter(|cursor| cursor.through <= last);
        let mut cursor = match known {
            Some(cursor) => cursor,
            None => {
                // Either this is the start, or the ids went back with a database that lost its latest commits.
                self.lapsed |= self.read_at.is_some();
                self.begin(last, started).await?
            }
        };
        let result = self.catch_up(&mut cursor, last, started).await;
        self.cursor = Some(cursor);
        result?;
        let away = self.read_at.map(|at| started.saturating_duration_since(at));
        self.read_at = Some(started);
        self.lapsed |= away.is_some_and(|away| away >= self.settings.keep);
        if std::mem::take(&mut self.lapsed) {
            tracing::warn!("hints may have been missed: every open log is read again");
            metric::hints_lapsed();
            (self.on_lapse)();
        }
        Ok(())
    }

    /// A cursor at the end, which knows the transactions that are under way.
    async fn begin(&self, last: i64, now: Instant) -> Result<Cursor, Fault> {
        let from = last.saturating_sub(START_BACK).max(0);
        let found = store::ids_between(&self.db, from, last).await?;
        let mut cursor = Cursor::at(from);
        cursor.advance(last, found, now);
        Ok(cursor)
    }

    /// Reads the missing rows that have come since, then the new ones up to `last`.
    async fn catch_up(&mut self, cursor: &mut Cursor, last: i64, started: Instant) -> Result<(), Fault> {
        if !cursor.missing.is_empty() {
            let missing: Vec<i64> = cursor.missing.keys().copied().collect();
            for (id, logs) in store::rows(&self.db, &missing).await? {
                self.tell(&logs);
                cursor.missing.remove(&id);
            }
            // Only now, after they were looked for once more: a database that was away for long answers late.
            cursor.expire(started);
        }
        while cursor.through < last {
            let page = store::page(&self.db, cursor.through, last, PAGE_ROWS).await?;
            let full = page.len() as u64 >= PAGE_ROWS;
            let to = page.last().filter(|_| full).map_or(last, |(id, _)| *id);
            for (_, logs) in &page {
                self.tell(logs);
            }
            let found = page.into_iter().map(|(id, _)| id);
            self.lapsed |= !cursor.advance(to, found, Instant::now());
        }
        Ok(())
    }

    fn tell(&self, logs: &str) {
        let mut told = 0;
        for (log, rev) in read(logs) {
            (self.on_hint)(log, rev);
            told += 1;
        }
        metric::hints_polled(told);
    }

    /// Deletes old rows, a bounded number of them; the rest waits for the next time, or for another node.
    async fn prune(&self) -> Result<(), Fault> {
        for _ in 0..PRUNE_STATEMENTS {
            if !store::delete_older(&self.db, self.settings.keep).await? {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn log(n: u32) -> LogId {
        LogId::Conversation(format!("0197b2c4-0000-7000-8000-{n:012x}").parse().unwrap())
    }

    #[test]
    fn a_hint_has_the_last_position_of_each_log() {
        let rows = write(&[(log(2), 4), (log(1), 7), (log(2), 5), (log(2), 3)]);
        assert_eq!(
            rows,
            ["c:0197b2c4-0000-7000-8000-000000000001=7,c:0197b2c4-0000-7000-8000-000000000002=5"]
        );
        assert_eq!(read(&rows[0]).collect::<Vec<_>>(), [(log(1), 7), (log(2), 5)]);
        assert!(write(&[]).is_empty());
    }

    #[test]
    fn many_logs_are_written_in_bounded_rows() {
        let moved: Vec<_> = (0..1_000).map(|n| (log(n), i64::MAX)).collect();
        let rows = write(&moved);
        assert!(rows.iter().all(|row| row.len() <= ROW_BYTES));
        assert!(rows.len() < 10);
        let back: Vec<_> = rows.iter().flat_map(|row| read(row)).collect();
        assert_eq!(back, moved);
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        let row = format!("z:later=1,,{}=x,=,{}=9", log(1), log(2));
        assert_eq!(read(&row).collect::<Vec<_>>(), [(log(2), 9)]);
    }

    #[test]
    fn an_id_that_was_passed_is_missed_until_it_cannot_come_any_more() {
        let start = Instant::now();
        let mut cursor = Cursor::at(10);
        assert!(cursor.advance(15, [11, 14], start));
        assert_eq!(cursor.missing.keys().copied().collect::<Vec<_>>(), [12, 13, 15]);
        cursor.missing.remove(&13);
        assert!(cursor.advance(16, [16], start + LATE_COMMIT / 2));
        assert!(cursor.advance(17, [], start + LATE_COMMIT / 2));
        cursor.expire(start + LATE_COMMIT);
        assert_eq!(cursor.missing.keys().copied().collect::<Vec<_>>(), [17]);
        assert_eq!(cursor.through, 17);
    }

    #[test]
    fn more_missing_ids_than_the_bound_are_a_lapse() {
        let now = Instant::now();
        let mut cursor = Cursor::at(0);
        assert!(!cursor.advance(i64::MAX - 1, [], now));
        assert_eq!(cursor.missing.len(), MISSING_IDS);
        assert!(cursor.missing.contains_key(&(i64::MAX - 1)));

        let bound = i64::try_from(MISSING_IDS).unwrap();
        let mut cursor = Cursor::at(0);
        assert!(cursor.advance(bound, [], now));
        assert!(!cursor.advance(bound + 1, [], now));
        assert!(!cursor.missing.contains_key(&1));
    }
}
