//! What waits for somebody, of each sort that can.

use sea_orm::TransactionTrait;

use super::reads::whole;
use super::{Bill, Dispute, Offer, Request, Stored};
use crate::clock::Micros;
use crate::db::{Db, Fault, Kind, Source, Sql};
use crate::ids::{FlowId, UserId};

/// For whom something waits, when, and which of it is wanted.
#[derive(Debug, Clone, Copy)]
pub(in crate::wallet) struct Asked {
    /// For whom.
    pub(in crate::wallet) user: UserId,
    /// Now: what ends by itself has ended by then.
    pub(in crate::wallet) at: Micros,
    /// What was opened before this one, or all.
    pub(in crate::wallet) before: Option<(Micros, FlowId)>,
    /// So many at most.
    pub(in crate::wallet) limit: u64,
}

/// What waits, as it all stood at one moment.
#[derive(Debug)]
pub(in crate::wallet) struct Waiting {
    pub(in crate::wallet) offers: Vec<Offer>,
    pub(in crate::wallet) requests: Vec<Request>,
    pub(in crate::wallet) bills: Vec<Bill>,
    pub(in crate::wallet) disputes: Vec<Dispute>,
}

/// What of each sort waits for somebody where they are a member, the newest first.
pub(in crate::wallet) async fn waiting(db: &Db, asked: &Asked) -> Result<Waiting, Fault> {
    let (tx, kind) = (db.reader().begin().await?, db.kind());
    Ok(Waiting {
        offers: of(&tx, kind, asked).await?,
        requests: of(&tx, kind, asked).await?,
        bills: of(&tx, kind, asked).await?,
        disputes: of(&tx, kind, asked).await?,
    })
}

/// A sort of flow that can wait for somebody who did not open it.
trait Waits: Stored {
    /// Its table as `f` with the condition that it waits for somebody.
    fn waiting(sql: Sql, asked: &Asked) -> Sql;
}

/// Whose part in it is open, by the index of these.
fn by_part<F: Stored>(sql: Sql, asked: &Asked) -> Sql {
    sql.text("flow_party p JOIN ")
        .text(F::TABLE)
        .text(" f ON f.id = p.flow_id WHERE p.state = 0 AND p.user_id = ")
        .bind(asked.user)
        .text(" AND p.kind = ")
        .bind(F::KIND.code())
        .text(" AND f.state IN (0, 1) AND f.expires_at > ")
        .bind(asked.at.0)
}

impl Waits for Offer {
    fn waiting(sql: Sql, asked: &Asked) -> Sql {
        sql.text("offer f WHERE f.state = 0 AND f.payee_id = ")
            .bind(asked.user)
            .text(" AND f.expires_at > ")
            .bind(asked.at.0)
    }
}

impl Waits for Request {
    fn waiting(sql: Sql, asked: &Asked) -> Sql {
        by_part::<Self>(sql, asked)
    }
}

impl Waits for Bill {
    fn waiting(sql: Sql, asked: &Asked) -> Sql {
        by_part::<Self>(sql, asked)
    }
}

impl Waits for Dispute {
    fn waiting(sql: Sql, asked: &Asked) -> Sql {
        sql.text("dispute f WHERE f.state IN (0, 11, 12) AND f.answer = '' AND f.payee_id = ")
            .bind(asked.user)
    }
}

/// The same of one sort.
async fn of<F: Waits>(tx: &impl Source, kind: Kind, asked: &Asked) -> Result<Vec<F>, Fault> {
    let mut select = F::waiting(Sql::new(kind).text("SELECT f.* FROM "), asked)
        .text(
            " AND EXISTS (SELECT 1 FROM member m WHERE m.conversation_id = f.conversation_id AND m.until_seq IS NULL \
             AND m.user_id = ",
        )
        .bind(asked.user)
        .text(")");
    if let Some((at, id)) = asked.before {
        select = select
            .text(" AND (f.at < ")
            .bind(at.0)
            .text(" OR (f.at = ")
            .bind(at.0)
            .text(" AND f.id < ")
            .bind(id)
            .text("))");
    }
    let select = select
        .text(" ORDER BY f.at DESC, f.id DESC LIMIT ")
        .bind(i64::try_from(asked.limit).unwrap_or(i64::MAX))
        .build();
    let mut flows = Vec::new();
    for row in tx.all::<F::Row>(select).await? {
        flows.push(F::read(row)?);
    }
    if F::WHOLE {
        whole(tx, kind, &mut flows).await?;
    }
    Ok(flows)
}
