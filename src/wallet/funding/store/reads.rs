//! What of top-ups and withdrawals is read outside of a commit.

use super::fundings::{self, Row};
use crate::clock::Micros;
use crate::db::{Db, Fault, Kind, Source, Sql, from_row};
use crate::ids::{FlowId, MethodId, UserId};
use crate::wallet::flows::FlowPlace;
use crate::wallet::funding::rules::Funding;

struct Found {
    found: i64,
}

from_row!(Found { found });

/// Whether the time of one has come.
pub(in crate::wallet) async fn has_due(db: &Db, now: Micros) -> Result<bool, Fault> {
    let select = db
        .sql()
        .text("SELECT COUNT(*) AS found FROM (SELECT id FROM funding WHERE due_at <= ")
        .bind(now.0)
        .text(" LIMIT 1) due")
        .build();
    let row: Option<Found> = db.reader().one(select).await?;
    Ok(row.is_some_and(|row| row.found > 0))
}

/// Somebody's, the newest first, behind a place.
pub(in crate::wallet) async fn of_owner(
    db: &Db,
    owner: UserId,
    behind: Option<FlowPlace>,
    limit: u64,
) -> Result<Vec<Funding>, Fault> {
    let mut select = db.sql().text("SELECT * FROM funding WHERE owner_id = ").bind(owner);
    if let Some(FlowPlace(at, id)) = behind {
        select = select
            .text(" AND (at < ")
            .bind(at.0)
            .text(" OR (at = ")
            .bind(at.0)
            .text(" AND id < ")
            .bind(id)
            .text("))");
    }
    let select = select
        .text(" ORDER BY at DESC, id DESC LIMIT ")
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .build();
    let rows = db.reader().all::<Row>(select).await?;
    rows.into_iter().map(fundings::read).collect()
}

/// How many are under way with a method.
pub(in crate::wallet) async fn unfinished(db: &Db, method: MethodId) -> Result<u32, Fault> {
    let select = db
        .sql()
        .text("SELECT COUNT(*) AS found FROM funding WHERE state IN (0, 1, 2, 6, 7) AND method_id = ")
        .bind(method)
        .build();
    let row: Option<Found> = db.reader().one(select).await?;
    Ok(row.map_or(0, |row| u32::try_from(row.found).unwrap_or(u32::MAX)))
}

/// Those that somebody has to look at, the ones that were begun first at the front.
pub(in crate::wallet) async fn in_review(db: &Db, limit: u64) -> Result<Vec<Funding>, Fault> {
    let select = db
        .sql()
        .text("SELECT * FROM funding WHERE review <> 0 ORDER BY at, id LIMIT ")
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .build();
    let rows = db.reader().all::<Row>(select).await?;
    rows.into_iter().map(fundings::read).collect()
}

/// One by its id.
pub(in crate::wallet) async fn find_funding(db: &Db, id: FlowId) -> Result<Option<Funding>, Fault> {
    let select = db.sql().text("SELECT * FROM funding WHERE id = ").bind(id).build();
    let row: Option<Row> = db.reader().one(select).await?;
    row.map(fundings::read).transpose()
}

/// All of them behind an id, in the order of ids, as an audit reads them.
pub(in crate::wallet) async fn audit_page(
    from: &impl Source,
    kind: Kind,
    after: Option<FlowId>,
    limit: u64,
) -> Result<Vec<Funding>, Fault> {
    let mut select = Sql::new(kind).text("SELECT * FROM funding");
    if let Some(after) = after {
        select = select.text(" WHERE id > ").bind(after);
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let select = select.text(" ORDER BY id LIMIT ").bind(limit).build();
    let rows = from.all::<Row>(select).await?;
    rows.into_iter().map(fundings::read).collect()
}
