//! The SQL of the users' logs.

use std::collections::HashMap;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use quipu_entity::{user_head, user_item};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

use super::user_log::{Item, Items, UserLog};
use crate::clock::Micros;
use crate::db::columns::{self, Column};
use crate::db::{Db, Fault, Kind, Source as _, Sql, Tx, Writes, from_row};
use crate::group_commit::{Batch, WorkingSet};
use crate::ids::UserId;

from_row!(user_head::Model { user_id, last_rev });
from_row!(user_item::Model {
    user_id,
    kind,
    item_key,
    rev,
    value
});

/// Heads locked by one statement, well below each database's limit of variables.
const HEADS_IN_ONE_STATEMENT: usize = 4_096;

/// Rows read by one statement.
const VALUES_IN_ONE_STATEMENT: usize = 1_024;

/// The users' logs in a group commit.
#[derive(Debug)]
pub struct UserLogBatch {
    kind: Kind,
}

impl UserLogBatch {
    /// For a database of this kind.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self { kind }
    }

    /// Locks the heads by id. A head that is not there yet is made first where there are several nodes: two that both
    /// found none would both give out position 1.
    async fn lock(&self, tx: &Tx, log: &mut UserLog) -> Result<(), Fault> {
        if log.wanted.is_empty() {
            return Ok(());
        }
        if self.kind == Kind::Postgres {
            let rows = log.wanted.iter().map(|user| [(*user).into(), 0_i64.into()]).collect();
            let head = "INSERT INTO user_head (user_id, last_rev) VALUES ";
            let mut writes = Writes::new(self.kind);
            writes.rows(head, rows, " ON CONFLICT (user_id) DO NOTHING");
            writes.run(tx).await?;
        }
        // In the order of their ids over all statements: everybody locks in the same one.
        let wanted: Vec<_> = log.wanted.iter().copied().collect();
        for some in wanted.chunks(HEADS_IN_ONE_STATEMENT) {
            let select = Sql::new(self.kind)
                .text("SELECT user_id, last_rev FROM user_head WHERE (user_id) IN (VALUES ")
                .padded_rows(some.iter().map(|user| [(*user).into()]))
                .text(") ORDER BY user_id")
                .postgres(" FOR UPDATE")
                .build();
            for row in tx.all::<user_head::Model>(select).await? {
                log.heads.insert(row.user_id.into(), row.last_rev);
            }
        }
        // SQLite has one writer, who makes them with what it writes.
        for user in wanted {
            log.heads.entry(user).or_insert(0);
        }
        Ok(())
    }

    /// Reads the rows that were asked for, under the locks of their logs.
    async fn read_values(&self, tx: &Tx, log: &mut UserLog) -> Result<(), Fault> {
        let wanted: Vec<_> = log.wanted_values.iter().cloned().collect();
        for some in wanted.chunks(VALUES_IN_ONE_STATEMENT) {
            let rows = some.iter().cloned();
            let rows = rows.map(|(user, kind, key)| [user.into(), kind.into(), key.into()]);
            let key = [
                ("user_id", Column::Id),
                ("kind", Column::Text),
                ("item_key", Column::Text),
            ];
            let select = columns::find(self.kind, "user_item", &key, "", rows.collect());
            for row in tx.all::<user_item::Model>(select).await? {
                log.values
                    .insert((row.user_id.into(), row.kind, row.item_key), row.value);
            }
        }
        Ok(())
    }
}

impl Batch for UserLogBatch {
    fn load<'a>(&'a self, tx: &'a Tx, set: &'a mut WorkingSet, _: Micros) -> BoxFuture<'a, Result<(), Fault>> {
        async move {
            let log = set.slot::<UserLog>();
            self.lock(tx, log).await?;
            self.read_values(tx, log).await
        }
        .boxed()
    }

    fn write(&self, set: &mut WorkingSet, writes: &mut Writes) {
        save(set.slot(), writes);
    }
}

fn save(log: &UserLog, writes: &mut Writes) {
    // One statement may not touch a row twice: of several changes of a key the last one stands.
    let mut last = HashMap::new();
    for change in &log.changes {
        last.insert((change.user, &change.item.kind, &change.item.key), &change.item);
    }
    let rows = last
        .iter()
        .map(|((user, kind, key), item)| {
            [
                (*user).into(),
                (*kind).clone().into(),
                (*key).clone().into(),
                item.rev.into(),
                item.value.clone().into(),
            ]
        })
        .collect();
    let head = "INSERT INTO user_item (user_id, kind, item_key, rev, value) VALUES ";
    let tail = " ON CONFLICT (user_id, kind, item_key) DO UPDATE SET rev = excluded.rev, value = excluded.value";
    writes.rows(head, rows, tail);
    let moved: HashMap<_, _> = log
        .changes
        .iter()
        .map(|change| (change.user, change.item.rev))
        .collect();
    let rows = moved.into_iter().map(|(user, rev)| [user.into(), rev.into()]).collect();
    let head = "INSERT INTO user_head (user_id, last_rev) VALUES ";
    let tail = " ON CONFLICT (user_id) DO UPDATE SET last_rev = excluded.last_rev";
    writes.rows(head, rows, tail);
}

/// A user's log after `rev`, at most `limit` rows, with the log's position.
pub(super) async fn items_since(db: &Db, user: UserId, rev: i64, limit: u64) -> Result<(Items, i64), Fault> {
    // The position is read first: rows that come between are seen again later, and none is missed.
    let head = user_head::Entity::find_by_id(user.uuid())
        .one(db.reader())
        .await?
        .map_or(0, |row| row.last_rev);
    let rows = user_item::Entity::find()
        .filter(user_item::Column::UserId.eq(user.uuid()))
        .filter(user_item::Column::Rev.gt(rev))
        .order_by_asc(user_item::Column::Rev)
        .limit(limit)
        .all(db.reader())
        .await?;
    Ok((rows.into_iter().map(item).collect(), head))
}

/// The rows of one kind in a user's log after `rev`, at most `limit`.
pub(super) async fn items_of_kind(db: &Db, user: UserId, kind: &str, rev: i64, limit: u64) -> Result<Items, Fault> {
    let rows = user_item::Entity::find()
        .filter(user_item::Column::UserId.eq(user.uuid()))
        .filter(user_item::Column::Kind.eq(kind))
        .filter(user_item::Column::Rev.gt(rev))
        .order_by_asc(user_item::Column::Rev)
        .limit(limit)
        .all(db.reader())
        .await?;
    Ok(rows.into_iter().map(item).collect())
}

fn item(row: user_item::Model) -> Item {
    Item {
        kind: row.kind,
        key: row.item_key,
        rev: row.rev,
        value: row.value,
    }
}

#[derive(FromQueryResult)]
struct PresenceRow {
    user_id: sea_orm::entity::prelude::Uuid,
    at: Option<i64>,
    online: i64,
}

/// Of these people: when they were last seen, and whether a node that is alive says that they are online.
pub(super) async fn presence(
    db: &Db,
    people: &[UserId],
    now: Micros,
) -> Result<Vec<(UserId, Option<Micros>, bool)>, Fault> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let select = db
        .sql()
        .text("WITH asked (user_id) AS (VALUES ")
        .padded_rows(people.iter().map(|user| [(*user).into()]))
        .text(
            ") SELECT a.user_id, (SELECT s.at FROM last_seen s WHERE s.user_id = a.user_id) AS at, \
             (SELECT COUNT(*) FROM online o JOIN node n ON n.boot = o.boot \
              WHERE o.user_id = a.user_id AND n.alive_until > ",
        )
        .bind(now.0)
        .text(") AS online FROM asked a")
        .build();
    let rows = PresenceRow::find_by_statement(select).all(db.reader()).await?;
    let seen = rows
        .into_iter()
        .map(|row| (row.user_id.into(), row.at.map(Micros), row.online > 0));
    Ok(seen.collect())
}

/// Says that a node is alive until a time, and lets go of the nodes whose time has passed.
pub(super) async fn sign_of_life(db: &Db, boot: i64, now: Micros, until: Micros) -> Result<(), Fault> {
    let alive = db
        .sql()
        .text("INSERT INTO node (boot, alive_until) VALUES ")
        .rows([[boot.into(), until.0.into()]])
        .text(" ON CONFLICT (boot) DO UPDATE SET alive_until = excluded.alive_until");
    // Whoever was online there was last seen when its time ended.
    let seen = db
        .sql()
        .text(
            "INSERT INTO last_seen (user_id, at) SELECT o.user_id, MAX(n.alive_until) FROM online o \
             JOIN node n ON n.boot = o.boot WHERE n.alive_until < ",
        )
        .bind(now.0)
        .text(
            " GROUP BY o.user_id ON CONFLICT (user_id) DO UPDATE SET at = \
             CASE WHEN excluded.at > last_seen.at THEN excluded.at ELSE last_seen.at END",
        );
    let offline = db
        .sql()
        .text("DELETE FROM online WHERE boot IN (SELECT boot FROM node WHERE alive_until < ")
        .bind(now.0)
        .text(")");
    let gone = db.sql().text("DELETE FROM node WHERE alive_until < ").bind(now.0);
    let mut writes = Writes::new(db.kind());
    for statement in [alive, seen, offline, gone] {
        writes.push(statement);
    }
    let tx = db.begin().await?;
    writes.run(&tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes down who came online on a node and who went.
pub(super) async fn write_presence(
    db: &Db,
    boot: i64,
    came: &[UserId],
    went: &[UserId],
    now: Micros,
) -> Result<(), Fault> {
    let tx = db.begin().await?;
    let mut writes = Writes::new(db.kind());
    let rows = came.iter().map(|user| [(*user).into(), boot.into()]).collect();
    let head = "INSERT INTO online (user_id, boot) VALUES ";
    writes.rows(head, rows, " ON CONFLICT DO NOTHING");
    if !went.is_empty() {
        let delete = db
            .sql()
            .text("DELETE FROM online WHERE (user_id, boot) IN (VALUES ")
            .padded_rows(went.iter().map(|user| [(*user).into(), boot.into()]))
            .text(")");
        writes.push(delete);
        let rows = went.iter().map(|user| [(*user).into(), now.0.into()]).collect();
        let head = "INSERT INTO last_seen (user_id, at) VALUES ";
        let tail = " ON CONFLICT (user_id) DO UPDATE SET at = \
            CASE WHEN excluded.at > last_seen.at THEN excluded.at ELSE last_seen.at END";
        writes.rows(head, rows, tail);
    }
    writes.run(&tx).await?;
    tx.commit().await?;
    Ok(())
}
