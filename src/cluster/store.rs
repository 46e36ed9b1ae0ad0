//! The hints' SQL: a row a commit in `commit_hint`, written by the batch that it tells of. PostgreSQL alone.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Value};

use super::hints;
use crate::clock::Micros;
use crate::db::{Db, Fault, Kind, Tx, Writes};
use crate::group_commit::{Advanced, Batch, WorkingSet};

/// Rows that one statement deletes: few enough that it ends long before the statement timeout.
const DELETE_ROWS: u64 = 5_000;

/// Tells the other nodes what a batch moved, in the batch's own transaction. It stands last in the list of slices:
/// what the others write after it would not be told, and its row's id is taken as late as can be.
#[derive(Debug, Clone, Copy)]
pub struct HintBatch {
    kind: Kind,
}

impl HintBatch {
    /// The hints of a database of `kind`: none on SQLite, which has one node.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self { kind }
    }
}

impl Batch for HintBatch {
    fn load<'a>(&'a self, _tx: &'a Tx, _set: &'a mut WorkingSet, _now: Micros) -> BoxFuture<'a, Result<(), Fault>> {
        async { Ok(()) }.boxed()
    }

    fn write(&self, set: &mut WorkingSet, writes: &mut Writes) {
        let rows = match self.kind {
            Kind::Sqlite => return,
            Kind::Postgres => hints::write(&set.slot::<Advanced>().0),
        };
        if rows.is_empty() {
            return;
        }
        // The database's own clock, which all nodes share: `at` says when a row may be deleted, and no more.
        let insert = writes
            .sql()
            .text(
                "INSERT INTO commit_hint (at, logs) \
                 SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint, moved.logs FROM (VALUES ",
            )
            .rows(rows.into_iter().map(|row| [Value::from(row)]))
            .text(") AS moved (logs)");
        writes.push(insert);
    }
}

/// The highest id that any transaction has taken, committed or not; 0 before the first.
pub(super) async fn last_id(db: &Db) -> Result<i64, Fault> {
    let statement = db
        .sql()
        .text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM commit_hint_id_seq")
        .build();
    match db.reader().query_one_raw(statement).await? {
        Some(row) => Ok(row.try_get_by_index(0)?),
        None => Ok(0),
    }
}

/// The ids above `after`, up to `through`, whose rows are visible; ascending.
pub(super) async fn ids_between(db: &Db, after: i64, through: i64) -> Result<Vec<i64>, Fault> {
    let statement = db
        .sql()
        .text("SELECT id FROM commit_hint WHERE id > ")
        .bind(after)
        .text(" AND id <= ")
        .bind(through)
        .text(" ORDER BY id")
        .build();
    let rows = db.reader().query_all_raw(statement).await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<Result<_, _>>()?)
}

/// The first `limit` rows above `after`, up to `through`; ascending.
pub(super) async fn page(db: &Db, after: i64, through: i64, limit: u64) -> Result<Vec<(i64, String)>, Fault> {
    let statement = db
        .sql()
        .text("SELECT id, logs FROM commit_hint WHERE id > ")
        .bind(after)
        .text(" AND id <= ")
        .bind(through)
        .text(" ORDER BY id LIMIT ")
        .bind(limit)
        .build();
    read(&db.reader().query_all_raw(statement).await?)
}

/// Those of these rows that are visible; ascending.
pub(super) async fn rows(db: &Db, ids: &[i64]) -> Result<Vec<(i64, String)>, Fault> {
    let statement = db
        .sql()
        .text("SELECT id, logs FROM commit_hint WHERE id IN (VALUES ")
        .padded_rows(ids.iter().map(|id| [Value::from(*id)]))
        .text(") ORDER BY id")
        .build();
    read(&db.reader().query_all_raw(statement).await?)
}

/// Deletes a bounded number of rows older than `keep`, passing over those that another node is deleting. Answers
/// whether there may be more.
pub(super) async fn delete_older(db: &Db, keep: Duration) -> Result<bool, Fault> {
    let keep = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX);
    let statement = db
        .sql()
        .text(
            "DELETE FROM commit_hint WHERE id IN (SELECT id FROM commit_hint \
             WHERE at < (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint - ",
        )
        .bind(keep)
        .text(" ORDER BY at LIMIT ")
        .bind(DELETE_ROWS)
        .text(" FOR UPDATE SKIP LOCKED)")
        .build();
    let deleted = db.writer().execute_raw(statement).await?.rows_affected();
    Ok(deleted >= DELETE_ROWS)
}

fn read(rows: &[QueryResult]) -> Result<Vec<(i64, String)>, Fault> {
    let rows: Result<_, DbErr> = rows
        .iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect();
    Ok(rows?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use std::sync::Arc;

    use quipu_migration::{Migrator, MigratorTrait};
    use tokio::runtime::Handle;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
    use tokio::time::timeout;

    use super::super::{HintPoll, HintSettings};
    use super::*;
    use crate::ids::ConversationId;
    use crate::protocol::LogId;

    /// Longer than anything that is waited for here, on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(30);
    const KEEP: Duration = Duration::from_secs(15 * 60);
    /// A poll that comes by its interval, and one that comes only when it is poked.
    const SOON: Duration = Duration::from_millis(20);
    const NEVER: Duration = Duration::from_secs(3_600);

    /// A database of the test's own.
    struct Scratch {
        db: Db,
        admin: Db,
        name: String,
    }

    impl Scratch {
        async fn make() -> Self {
            let url = std::env::var("QUIPU_TEST_POSTGRES").expect(
                "QUIPU_TEST_POSTGRES is not set: run scripts/test, \
                 or set it to the URL of a database of a PostgreSQL superuser",
            );
            let open = async |url: &str| Db::open_postgres(url, 4, 4, Handle::current()).await;
            let admin = open(&url).await.unwrap();
            let name = format!("quipu_hints_{:016x}", rand::random::<u64>());
            let create = format!("CREATE DATABASE {name}");
            admin.writer().execute_unprepared(&create).await.unwrap();
            let (server, query) = url.split_once('?').unwrap_or((&url, ""));
            let (server, _) = server.rsplit_once('/').unwrap();
            let db = open(&format!("{server}/{name}?{query}")).await.unwrap();
            Migrator::up(db.writer(), None).await.unwrap();
            Self { db, admin, name }
        }

        async fn end(self) {
            self.db.close().await;
            let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
            self.admin.writer().execute_unprepared(&drop).await.unwrap();
        }

        /// Begins a transaction that has written its hint.
        async fn moved(&self, logs: &[(LogId, i64)]) -> Tx {
            let tx = self.db.begin().await.unwrap();
            // On a busy machine the test is slower than a node may be.
            let patient = "SET LOCAL idle_in_transaction_session_timeout = 0";
            tx.execute_unprepared(patient).await.unwrap();
            let mut set = WorkingSet::default();
            set.slot::<Advanced>().0.extend_from_slice(logs);
            let batch = HintBatch::new(self.db.kind());
            batch.load(&tx, &mut set, Micros(0)).await.unwrap();
            let mut writes = Writes::new(self.db.kind());
            batch.write(&mut set, &mut writes);
            writes.run(&tx).await.unwrap();
            tx
        }

        async fn commit(&self, logs: &[(LogId, i64)]) {
            self.moved(logs).await.commit().await.unwrap();
        }

        async fn count(&self) -> i64 {
            let statement = self.db.sql().text("SELECT count(*) FROM commit_hint").build();
            let row = self.db.reader().query_one_raw(statement).await.unwrap();
            row.unwrap().try_get_by_index(0).unwrap()
        }

        fn poll(&self, every: Duration) -> Listening {
            let (sender, hints) = unbounded_channel();
            let (lapse, lapses) = unbounded_channel();
            let poll = HintPoll::start(
                self.db.clone(),
                HintSettings {
                    poll: every,
                    keep: KEEP,
                },
                Arc::new(move |log, rev| sender.send((log, rev)).unwrap_or_default()),
                Arc::new(move || lapse.send(()).unwrap_or_default()),
            );
            Listening { poll, hints, lapses }
        }
    }

    struct Listening {
        poll: HintPoll,
        hints: UnboundedReceiver<(LogId, i64)>,
        lapses: UnboundedReceiver<()>,
    }

    impl Listening {
        async fn hint(&mut self) -> (LogId, i64) {
            timeout(PATIENCE, self.hints.recv()).await.unwrap().unwrap()
        }

        /// Commits `log` at rising positions until the poll, which begins with what is committed after it, tells one.
        async fn begun(&mut self, scratch: &Scratch) {
            let log = log();
            timeout(PATIENCE, async {
                let mut rev = 0;
                while self.hints.try_recv().is_err() {
                    rev += 1;
                    scratch.commit(&[(log, rev)]).await;
                    self.poll.poke();
                }
                scratch.commit(&[(log, i64::MAX)]).await;
                self.poll.poke();
                while self.hints.recv().await != Some((log, i64::MAX)) {}
            })
            .await
            .unwrap();
        }
    }

    fn log() -> LogId {
        LogId::Conversation(ConversationId::fresh())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_commit_is_told_once_and_what_was_before_the_start_never() {
        let scratch = Scratch::make().await;
        scratch.commit(&[(log(), 1)]).await;
        let mut node = scratch.poll(SOON);
        node.begun(&scratch).await;
        let (one, two) = (log(), log());
        scratch.commit(&[(one, 3), (two, 8), (one, 4)]).await;
        assert_eq!([node.hint().await, node.hint().await], [(one, 4), (two, 8)]);
        let many: Vec<_> = (0..1_000).map(|rev| (log(), rev)).collect();
        scratch.commit(&many).await;
        let mut told = Vec::new();
        for _ in &many {
            told.push(node.hint().await);
        }
        told.sort_by_key(|(_, rev)| *rev);
        assert_eq!(told, many, "over several rows, each once");
        scratch.commit(&[]).await;
        assert!(node.lapses.try_recv().is_err());
        drop(node);
        scratch.end().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_transaction_that_took_its_id_early_and_commits_late_is_told() {
        let scratch = Scratch::make().await;
        // One is under way when the poll begins, one begins before another that commits first, one is rolled back.
        let (older, early, later, gone) = (log(), log(), log(), log());
        let before = scratch.moved(&[(older, 1)]).await;
        let mut node = scratch.poll(SOON);
        node.begun(&scratch).await;
        let first = scratch.moved(&[(early, 2)]).await;
        let undone = scratch.moved(&[(gone, 3)]).await;
        scratch.commit(&[(later, 4)]).await;
        assert_eq!(node.hint().await, (later, 4));
        undone.rollback().await.unwrap();
        first.commit().await.unwrap();
        assert_eq!(node.hint().await, (early, 2));
        before.commit().await.unwrap();
        assert_eq!(node.hint().await, (older, 1));
        scratch.commit(&[(later, 5)]).await;
        assert_eq!(node.hint().await, (later, 5), "and nothing twice");
        drop(node);
        scratch.end().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_poke_reads_at_once_and_in_pages() {
        let scratch = Scratch::make().await;
        let mut node = scratch.poll(NEVER);
        node.begun(&scratch).await;
        let one = log();
        let rows = "INSERT INTO commit_hint (at, logs) SELECT 0, '";
        let fill = format!("{rows}{one}=' || n FROM generate_series(1, 2500) AS n");
        scratch.db.writer().execute_unprepared(&fill).await.unwrap();
        node.poll.poke();
        for rev in 1..=2_500 {
            assert_eq!(node.hint().await, (one, rev));
        }
        drop(node);
        scratch.end().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn ids_that_went_back_are_a_lapse() {
        let scratch = Scratch::make().await;
        let mut node = scratch.poll(NEVER);
        node.begun(&scratch).await;
        let back = "TRUNCATE commit_hint RESTART IDENTITY";
        scratch.db.writer().execute_unprepared(back).await.unwrap();
        node.poll.poke();
        timeout(PATIENCE, node.lapses.recv()).await.unwrap();
        let one = log();
        scratch.commit(&[(one, 1)]).await;
        node.poll.poke();
        assert_eq!(node.hint().await, (one, 1));
        drop(node);
        scratch.end().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn old_hints_are_deleted_a_bounded_number_at_a_time() {
        let scratch = Scratch::make().await;
        let old = "INSERT INTO commit_hint (at, logs) SELECT 0, '' FROM generate_series(1, 5001)";
        scratch.db.writer().execute_unprepared(old).await.unwrap();
        scratch.commit(&[(log(), 1)]).await;
        assert!(delete_older(&scratch.db, KEEP).await.unwrap());
        assert_eq!(scratch.count().await, 2);
        let other = scratch.db.begin().await.unwrap();
        let lock = "SELECT 1 FROM commit_hint FOR UPDATE";
        other.execute_unprepared(lock).await.unwrap();
        assert!(!delete_older(&scratch.db, KEEP).await.unwrap());
        assert_eq!(scratch.count().await, 2, "what another node holds is left");
        other.rollback().await.unwrap();
        assert!(!delete_older(&scratch.db, KEEP).await.unwrap());
        assert_eq!(scratch.count().await, 1, "what is young stays");
        scratch.end().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_panic_of_who_is_told_is_a_lapse_and_not_the_end() {
        let scratch = Scratch::make().await;
        let (sender, mut told) = unbounded_channel();
        let (lapse, mut lapses) = unbounded_channel();
        let poll = HintPoll::start(
            scratch.db.clone(),
            HintSettings { poll: SOON, keep: KEEP },
            Arc::new(move |log, rev| {
                assert!(rev != 0, "a planted fault");
                sender.send((log, rev)).unwrap_or_default();
            }),
            Arc::new(move || lapse.send(()).unwrap_or_default()),
        );
        let one = log();
        timeout(PATIENCE, async {
            while told.try_recv().is_err() {
                scratch.commit(&[(one, 1)]).await;
            }
            scratch.commit(&[(one, 0)]).await;
            lapses.recv().await;
            scratch.commit(&[(one, 2)]).await;
            while told.recv().await != Some((one, 2)) {}
        })
        .await
        .unwrap();
        drop(poll);
        scratch.end().await;
    }

    #[tokio::test]
    async fn sqlite_has_no_hints() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("quipu.db");
        let db = Db::open_sqlite(&file, 1, Handle::current()).await.unwrap();
        let tx = db.begin().await.unwrap();
        let mut set = WorkingSet::default();
        set.slot::<Advanced>().0.push((log(), 1));
        let batch = HintBatch::new(db.kind());
        let mut writes = Writes::new(db.kind());
        batch.write(&mut set, &mut writes);
        writes.run(&tx).await.unwrap();
        tx.commit().await.unwrap();
        let settings = HintSettings { poll: SOON, keep: KEEP };
        let poll = HintPoll::start(db, settings, Arc::new(|_, _| {}), Arc::new(|| {}));
        poll.poke();
    }
}
