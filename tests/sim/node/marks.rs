//! A mark of each decision, in the same commit as what was decided: after a crash it says what was committed.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use quipu::clock::Micros;
use quipu::db::{Db, Fault, Tx, Writes};
use quipu::group_commit::{Batch, WorkingSet};
use sea_orm::ConnectionTrait as _;

/// The decisions of a batch, by their place in the order of all.
#[derive(Debug, Default)]
pub(super) struct Marks(pub(super) Vec<u64>);

/// The slice that writes them.
pub(super) struct MarkBatch;

/// Makes their table.
pub(crate) async fn create(db: &Db) {
    let table = "CREATE TABLE sim_mark (place BIGINT NOT NULL PRIMARY KEY)";
    db.writer().execute_unprepared(table).await.unwrap();
}

/// Every decision that was committed.
pub(crate) async fn committed(db: &Db) -> std::collections::BTreeSet<u64> {
    let select = quipu::db::Sql::new(db.kind())
        .text("SELECT place FROM sim_mark")
        .build();
    let rows = db.reader().query_all_raw(select).await.unwrap();
    let place = |row: &sea_orm::QueryResult| row.try_get::<i64>("", "place").unwrap().unsigned_abs();
    rows.iter().map(place).collect()
}

impl Batch for MarkBatch {
    fn load<'a>(&'a self, _: &'a Tx, _: &'a mut WorkingSet, _: Micros) -> BoxFuture<'a, Result<(), Fault>> {
        async { Ok(()) }.boxed()
    }

    fn write(&self, set: &mut WorkingSet, writes: &mut Writes) {
        let places = set.slot::<Marks>().0.iter();
        let places = places.map(|place| [place.cast_signed().into()]);
        writes.rows("INSERT INTO sim_mark (place) VALUES ", places.collect(), "");
    }
}
