//! Payment methods. They change by writes of their own, beside the ledger: what is opened in the same moment with one that
//! is removed came just before that.

use sea_orm::Value;
use sea_orm::entity::prelude::Uuid;

use crate::clock::{Micros, Month};
use crate::db::{Db, Fault, Kind, Source as _, Sql, Tx, from_row};
use crate::ids::{ClientId, MethodId, UserId};
use crate::notify::{self, Mail};
use crate::op_receipt::Fingerprint;
use crate::wallet::funding::method::{Method, MethodKind};

pub(super) const TABLE: &str = "payment_method";
/// What the receipt of one that was added says.
const ADDED: &str = "added";

/// A row as it is read.
#[derive(Debug)]
pub(super) struct MethodRow {
    id: Uuid,
    owner_id: Uuid,
    fingerprint: Vec<u8>,
    provider: String,
    kind: i16,
    brand: String,
    credit: i16,
    last_four: String,
    label: String,
    expires: Option<i64>,
    number_mac: Vec<u8>,
    sealed: Vec<u8>,
    key_id: String,
    preferred: i16,
    added_at: i64,
    removed_at: Option<i64>,
}

from_row!(MethodRow {
    id,
    owner_id,
    fingerprint,
    provider,
    kind,
    brand,
    credit,
    last_four,
    label,
    expires,
    number_mac,
    sealed,
    key_id,
    preferred,
    added_at,
    removed_at
});

struct Count {
    found: i64,
}

from_row!(Count { found });

pub(super) fn read(row: MethodRow) -> Result<Method, Fault> {
    let id: MethodId = row.id.into();
    let kind = MethodKind::from_code(row.kind)
        .ok_or_else(|| Fault::Corrupt(format!("the payment method {id} is of a kind that there is not")))?;
    Ok(Method {
        id,
        owner: row.owner_id.into(),
        fingerprint: Fingerprint::from_bytes(&row.fingerprint),
        provider: row.provider,
        kind,
        brand: row.brand,
        is_credit: row.credit != 0,
        last_four: row.last_four,
        label: row.label,
        expires: row.expires.map(Month),
        number_mac: row.number_mac,
        sealed: row.sealed,
        key_id: row.key_id,
        preferred: row.preferred != 0,
        added_at: Micros(row.added_at),
        removed_at: row.removed_at.map(Micros),
    })
}

fn values(method: &Method) -> [Value; 16] {
    [
        method.id.into(),
        method.owner.into(),
        method.fingerprint.bytes().into(),
        method.provider.clone().into(),
        method.kind.code().into(),
        method.brand.clone().into(),
        i16::from(method.is_credit).into(),
        method.last_four.clone().into(),
        method.label.clone().into(),
        method.expires.map(|month| month.0).into(),
        method.number_mac.clone().into(),
        method.sealed.clone().into(),
        method.key_id.clone().into(),
        i16::from(method.preferred).into(),
        method.added_at.0.into(),
        method.removed_at.map(|at| at.0).into(),
    ]
}

/// One by its id, whosever it is, removed or not.
pub(in crate::wallet) async fn find(db: &Db, id: MethodId) -> Result<Option<Method>, Fault> {
    let select = db.sql().text("SELECT * FROM payment_method WHERE id = ").bind(id);
    let row: Option<MethodRow> = db.reader().one(select.build()).await?;
    row.map(read).transpose()
}

/// Somebody's that were not removed: the preferred one first, then those that were added last.
pub(in crate::wallet) async fn of_owner(db: &Db, owner: UserId) -> Result<Vec<Method>, Fault> {
    let select = db
        .sql()
        .text("SELECT * FROM payment_method WHERE removed_at IS NULL AND owner_id = ")
        .bind(owner)
        .text(" ORDER BY preferred DESC, added_at DESC, id DESC");
    let rows: Vec<MethodRow> = db.reader().all(select.build()).await?;
    rows.into_iter().map(read).collect()
}

/// Notes that somebody has a provider look at a method; false when they had it do so `most` times since a time. The owner's row
/// is locked for it, so that many at once are as few as one after the other.
pub(in crate::wallet) async fn try_once(
    db: &Db,
    owner: UserId,
    now: Micros,
    (since, most): (Micros, usize),
) -> Result<bool, Fault> {
    let tx = db.begin().await?;
    lock_owner(db, &tx, owner).await?;
    let old = db
        .sql()
        .text("DELETE FROM method_try WHERE owner_id = ")
        .bind(owner)
        .text(" AND at <= ")
        .bind(since.0);
    tx.execute(old.build()).await?;
    let tries = db
        .sql()
        .text("SELECT COUNT(*) AS found FROM method_try WHERE owner_id = ")
        .bind(owner);
    if count(&tx, tries).await? >= most {
        return Ok(false);
    }
    let insert = db
        .sql()
        .text("INSERT INTO method_try (id, owner_id, at) VALUES ")
        .rows([[MethodId::fresh().into(), owner.into(), now.0.into()]]);
    tx.execute(insert.build()).await?;
    tx.commit().await?;
    Ok(true)
}

fn insertion(db: &Db, method: &Method) -> Sql {
    db.sql()
        .text(
            "INSERT INTO payment_method (id, owner_id, fingerprint, provider, kind, brand, credit, last_four, label, \
             expires, number_mac, sealed, key_id, preferred, added_at, removed_at) VALUES ",
        )
        .rows([values(method)])
}

/// What became of one that was to be kept.
#[derive(Debug)]
pub(in crate::wallet) enum Inserted {
    /// It is kept.
    New,
    /// There is one with this id, as it stands.
    There(Box<Method>),
    /// Its owner has one of this number.
    SameNumber,
    /// Its owner has as many as they may.
    TooMany,
    /// The caller's id stands for something else of theirs.
    Conflict,
}

/// Keeps one, with the mail that tells its owner of it; the first one of its owner is preferred. The owner's row is locked for it, so that two at once are as many
/// as one after the other.
pub(in crate::wallet) async fn insert(
    db: &Db,
    client_id: ClientId,
    mut method: Method,
    (most, notice): (usize, Option<&Mail>),
) -> Result<Inserted, Fault> {
    let tx = db.begin().await?;
    lock_owner(db, &tx, method.owner).await?;
    let same = db
        .sql()
        .text("SELECT * FROM payment_method WHERE id = ")
        .bind(method.id);
    if let Some(row) = tx.one::<MethodRow>(same.build()).await? {
        return Ok(Inserted::There(Box::new(read(row)?)));
    }
    if is_used(db, &tx, client_id, method.owner).await? {
        return Ok(Inserted::Conflict);
    }
    let there = standing(db, method.owner, "SELECT COUNT(*) AS found FROM payment_method");
    let there = count(&tx, there).await?;
    if there >= most {
        return Ok(Inserted::TooMany);
    }
    let number = standing(db, method.owner, "SELECT COUNT(*) AS found FROM payment_method")
        .text(" AND number_mac = ")
        .bind(method.number_mac.clone());
    if count(&tx, number).await? > 0 {
        return Ok(Inserted::SameNumber);
    }
    method.preferred = there == 0;
    tx.execute(insertion(db, &method).build()).await?;
    // The id stands for this from now on, whatever else is asked under it.
    let receipt = db
        .sql()
        .text("INSERT INTO op_receipt (client_id, actor_id, fingerprint, answer, at) VALUES ")
        .rows([[
            client_id.into(),
            method.owner.into(),
            method.fingerprint.bytes().into(),
            ADDED.into(),
            method.added_at.0.into(),
        ]]);
    tx.execute(receipt.build()).await?;
    if let Some(notice) = notice {
        notify::enqueue(&tx, notice, method.added_at).await?;
    }
    tx.commit().await?;
    Ok(Inserted::New)
}

/// Whether an id of a caller stands for something already: for what was kept, or for what was moved.
async fn is_used(db: &Db, tx: &Tx, client_id: ClientId, owner: UserId) -> Result<bool, Fault> {
    for select in [
        "SELECT COUNT(*) AS found FROM op_receipt",
        "SELECT COUNT(*) AS found FROM transfer",
    ] {
        let used = db
            .sql()
            .text(select)
            .text(" WHERE client_id = ")
            .bind(client_id)
            .text(" AND actor_id = ")
            .bind(owner);
        if count(tx, used).await? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Changes what of one is named: how it is called, when it expires. False when it was removed.
pub(in crate::wallet) async fn update(
    db: &Db,
    id: MethodId,
    label: Option<String>,
    expires: Option<Month>,
) -> Result<bool, Fault> {
    let mut update = db.sql().text("UPDATE payment_method SET id = id");
    if let Some(label) = label {
        update = update.text(", label = ").bind(label);
    }
    if let Some(expires) = expires {
        update = update.text(", expires = ").bind(expires.0);
    }
    let update = update.text(" WHERE removed_at IS NULL AND id = ").bind(id);
    let tx = db.begin().await?;
    let touched = tx.execute(update.build()).await?;
    tx.commit().await?;
    Ok(touched > 0)
}

/// Prefers one of somebody's; false when they have no such one.
pub(in crate::wallet) async fn prefer(db: &Db, owner: UserId, id: MethodId) -> Result<bool, Fault> {
    let tx = db.begin().await?;
    lock_owner(db, &tx, owner).await?;
    let found = standing(db, owner, "SELECT COUNT(*) AS found FROM payment_method")
        .text(" AND id = ")
        .bind(id);
    if count(&tx, found).await? == 0 {
        return Ok(false);
    }
    prefer_in(db, &tx, owner, Some(id)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Removes one of somebody's; false when they have no such one. Another one is preferred in its place. What is sealed of it
/// goes at once unless something is under way with it.
pub(in crate::wallet) async fn remove(db: &Db, owner: UserId, id: MethodId, now: Micros) -> Result<bool, Fault> {
    let tx = db.begin().await?;
    // Whatever is opened with it in this moment is seen, or sees that it is gone.
    lock_ledger(db, &tx).await?;
    lock_owner(db, &tx, owner).await?;
    let update = db
        .sql()
        .text("UPDATE payment_method SET preferred = ")
        .bind(0_i16)
        .text(", removed_at = ")
        .bind(now.0)
        .text(", label = ")
        .bind(String::new())
        .text(", number_mac = ")
        .bind(Vec::<u8>::new())
        .text(" WHERE removed_at IS NULL AND owner_id = ")
        .bind(owner)
        .text(" AND id = ")
        .bind(id);
    if tx.execute(update.build()).await? == 0 {
        return Ok(false);
    }
    tx.execute(forgetting(db.sql(), &[id]).build()).await?;
    let preferred = standing(db, owner, "SELECT COUNT(*) AS found FROM payment_method").text(" AND preferred = 1");
    if count(&tx, preferred).await? == 0 {
        let newest =
            standing(db, owner, "SELECT * FROM payment_method").text(" ORDER BY added_at DESC, id DESC LIMIT 1");
        let newest: Option<MethodRow> = tx.one(newest.build()).await?;
        prefer_in(db, &tx, owner, newest.map(|row| row.id.into())).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Forgets what is sealed of those of these methods that were removed and with which nothing is under way.
pub(super) fn forgetting(sql: Sql, methods: &[MethodId]) -> Sql {
    sql.text("UPDATE payment_method SET sealed = ")
        .bind(Vec::<u8>::new())
        .text(" WHERE removed_at IS NOT NULL AND id IN (VALUES ")
        .padded_rows(methods.iter().map(|id| [(*id).into()]))
        .text(
            ") AND NOT EXISTS (SELECT 1 FROM funding WHERE funding.state IN (0, 1, 2, 6, 7) AND \
             funding.method_id = payment_method.id)",
        )
}

async fn prefer_in(db: &Db, tx: &Tx, owner: UserId, id: Option<MethodId>) -> Result<(), Fault> {
    let none = db
        .sql()
        .text("UPDATE payment_method SET preferred = 0 WHERE preferred = 1 AND owner_id = ")
        .bind(owner);
    tx.execute(none.build()).await?;
    if let Some(id) = id {
        let one = db
            .sql()
            .text("UPDATE payment_method SET preferred = 1 WHERE id = ")
            .bind(id);
        tx.execute(one.build()).await?;
    }
    Ok(())
}

/// Those of somebody's that were not removed.
fn standing(db: &Db, owner: UserId, select: &'static str) -> Sql {
    db.sql()
        .text(select)
        .text(" WHERE removed_at IS NULL AND owner_id = ")
        .bind(owner)
}

async fn count(tx: &Tx, select: Sql) -> Result<usize, Fault> {
    let row: Option<Count> = tx.one(select.build()).await?;
    Ok(row.map_or(0, |row| usize::try_from(row.found).unwrap_or(usize::MAX)))
}

/// Waits for the ledger's lock, the first one of all.
async fn lock_ledger(db: &Db, tx: &Tx) -> Result<(), Fault> {
    if db.kind() == Kind::Sqlite {
        return Ok(());
    }
    let lock = "SELECT COUNT(*) AS found FROM (SELECT shard FROM ledger_head WHERE shard = 0 FOR UPDATE) head";
    tx.one::<Count>(db.sql().text(lock).build()).await.map(drop)
}

/// Whoever changes the methods of a person takes turns at it. SQLite has one writer.
async fn lock_owner(db: &Db, tx: &Tx, owner: UserId) -> Result<(), Fault> {
    if db.kind() == Kind::Sqlite {
        return Ok(());
    }
    let lock = db
        .sql()
        .text("SELECT COUNT(*) AS found FROM (SELECT id FROM app_user WHERE id = ")
        .bind(owner)
        .text(" FOR UPDATE) owner");
    tx.one::<Count>(lock.build()).await.map(drop)
}
