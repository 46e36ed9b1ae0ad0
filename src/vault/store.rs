//! The SQL of data keys.

use crate::clock::Micros;
use crate::db::{Db, Fault, Source as _, from_row};
use crate::ids::UserId;

/// A key as it stands in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrapped {
    /// What names the master key.
    pub(super) master: String,
    /// Nonce and sealed key.
    pub(super) bytes: Vec<u8>,
}

struct Row {
    master: String,
    wrapped: Vec<u8>,
}

from_row!(Row { master, wrapped });

pub(super) async fn find(db: &Db, owner: UserId, purpose: &'static str) -> Result<Option<Wrapped>, Fault> {
    let select = db
        .sql()
        .text("SELECT master, wrapped FROM data_key WHERE owner_id = ")
        .bind(owner)
        .text(" AND purpose = ")
        .bind(purpose)
        .build();
    let row: Option<Row> = db.reader().one(select).await?;
    Ok(row.map(|row| Wrapped {
        master: row.master,
        bytes: row.wrapped,
    }))
}

struct MasterRow {
    master: String,
}

from_row!(MasterRow { master });

/// What names the master key of the key that was made last.
pub(super) async fn any_master(db: &Db) -> Result<Option<String>, Fault> {
    let newest = "SELECT master FROM data_key ORDER BY created_at DESC LIMIT 1";
    let row: Option<MasterRow> = db.reader().one(db.sql().text(newest).build()).await?;
    Ok(row.map(|row| row.master))
}

/// Keeps a key, unless there is one already.
pub(super) async fn insert(
    db: &Db,
    owner: UserId,
    purpose: &'static str,
    key: &Wrapped,
    now: Micros,
) -> Result<(), Fault> {
    let insert = db
        .sql()
        .text("INSERT INTO data_key (owner_id, purpose, master, wrapped, created_at) VALUES ")
        .rows([[
            owner.into(),
            purpose.into(),
            key.master.clone().into(),
            key.bytes.clone().into(),
            now.0.into(),
        ]])
        .text(" ON CONFLICT (owner_id, purpose) DO NOTHING");
    let tx = db.begin().await?;
    tx.execute(insert.build()).await?;
    tx.commit().await
}
