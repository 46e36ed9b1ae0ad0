//! The rows that belong to one transaction.

use std::collections::{BTreeMap, HashMap};

use quipu_entity::{account, transfer};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};

use super::reads::transfer_at;
use super::rows;
use crate::db::{Db, Fault};
use crate::ids::{AccountId, UserId};
use crate::wallet::transfer::Transfer;

/// What was captured is given back, and what was held is captured: no row stands on a longer chain.
const DEPTH: usize = 3;

/// All rows that belong to a transaction, in order, at most `most` and whether that is all: the first row of it with
/// the legs that were posted with it, what ended or gave back any of these, and what gave back any of those.
pub(in crate::wallet) async fn story(db: &Db, named: Transfer, most: usize) -> Result<(Vec<Transfer>, bool), Fault> {
    let mut first = named;
    for _ in 0..DEPTH {
        let Some(of) = first.of else { break };
        let before = transfer_at(db, of).await?;
        first = before.ok_or_else(|| Fault::Corrupt(format!("row {} is of a row that there is not", first.seq)))?;
    }
    let begin = first.seq - i64::from(first.leg);
    let legs = transfer::Entity::find()
        .filter(transfer::Column::Seq.between(begin, begin + i64::from(first.legs) - 1))
        .all(db.reader())
        .await?;
    let mut found = BTreeMap::new();
    let mut newest: Vec<i64> = Vec::new();
    for row in legs {
        newest.push(row.seq);
        found.insert(row.seq, rows::transfer(row)?);
    }
    for _ in 0..DEPTH {
        let later = later(db, &newest, most).await?;
        newest = later.iter().map(|row| row.seq).collect();
        found.extend(later.into_iter().map(|row| (row.seq, row)));
        if newest.is_empty() || found.len() > most {
            break;
        }
    }
    let complete = found.len() <= most;
    Ok((found.into_values().take(most).collect(), complete))
}

/// The rows that end or give back one of these, at most one more than `most`. Each half has an index of its own.
async fn later(db: &Db, of: &[i64], most: usize) -> Result<Vec<Transfer>, Fault> {
    if of.is_empty() {
        return Ok(Vec::new());
    }
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let mut found = Vec::new();
    for kinds in ["kind IN (2, 3, 4)", "kind = 5"] {
        let select = db
            .sql()
            .text("SELECT * FROM transfer WHERE ")
            .text(kinds)
            .text(" AND of_seq IN (VALUES ")
            .padded_rows(of.iter().map(|seq| [(*seq).into()]))
            .text(") ORDER BY of_seq LIMIT ")
            .bind(limit)
            .build();
        for row in transfer::Model::find_by_statement(select).all(db.reader()).await? {
            found.push(rows::transfer(row)?);
        }
    }
    Ok(found)
}

/// Whose these accounts are.
pub(in crate::wallet) async fn owners(db: &Db, accounts: Vec<AccountId>) -> Result<HashMap<AccountId, UserId>, Fault> {
    let ids: Vec<_> = accounts.into_iter().map(AccountId::uuid).collect();
    let found = account::Entity::find()
        .filter(account::Column::Id.is_in(ids))
        .order_by_asc(account::Column::Id)
        .all(db.reader())
        .await?;
    Ok(found
        .into_iter()
        .map(|row| (row.id.into(), row.owner_id.into()))
        .collect())
}
