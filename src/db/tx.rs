//! A transaction that writes.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryTrait, Statement};

use super::row::{FromRow, Source};
use super::{Fault, sqlite};

/// A transaction that writes. Dropped without [`Self::commit`] it is rolled back.
#[derive(Debug)]
pub struct Tx(Inner);

#[derive(Debug)]
enum Inner {
    Sqlite(sqlite::Transaction),
    Postgres(DatabaseTransaction),
}

impl Tx {
    pub(super) const fn sqlite(transaction: sqlite::Transaction) -> Self {
        Self(Inner::Sqlite(transaction))
    }

    pub(super) const fn postgres(transaction: DatabaseTransaction) -> Self {
        Self(Inner::Postgres(transaction))
    }

    const fn backend(&self) -> DbBackend {
        match self.0 {
            Inner::Sqlite(_) => DbBackend::Sqlite,
            Inner::Postgres(_) => DbBackend::Postgres,
        }
    }

    /// Carries a statement out. How many rows it touched.
    ///
    /// # Errors
    /// What the database said.
    pub async fn execute(&self, statement: Statement) -> Result<u64, Fault> {
        match &self.0 {
            Inner::Sqlite(tx) => tx.execute(&statement),
            Inner::Postgres(tx) => Ok(tx.execute_raw(statement).await?.rows_affected()),
        }
    }

    /// Carries out what was put together from an entity. How many rows it touched.
    ///
    /// # Errors
    /// What the database said.
    pub async fn run(&self, query: impl QueryTrait) -> Result<u64, Fault> {
        let statement = query.build(self.backend());
        self.execute(statement).await
    }

    /// The rows of a query that was put together from an entity.
    ///
    /// # Errors
    /// What the database said.
    pub async fn find<T: FromRow>(&self, query: impl QueryTrait) -> Result<Vec<T>, Fault> {
        let select = query.build(self.backend());
        self.all(select).await
    }

    /// Carries statements out, in their order.
    ///
    /// # Errors
    /// What the database said; the statements before the one that it refused stay in the transaction.
    pub(super) async fn execute_all(&self, statements: Vec<Statement>) -> Result<(), Fault> {
        match &self.0 {
            Inner::Sqlite(tx) => tx.execute_all(&statements),
            Inner::Postgres(tx) => {
                for statement in statements {
                    tx.execute_raw(statement).await?;
                }
                Ok(())
            }
        }
    }

    /// Carries text out as it is, which may be several statements.
    ///
    /// # Errors
    /// What the database said.
    pub async fn execute_unprepared(&self, text: &str) -> Result<(), Fault> {
        match &self.0 {
            Inner::Sqlite(tx) => tx.unprepared(text),
            Inner::Postgres(tx) => {
                tx.execute_unprepared(text).await?;
                Ok(())
            }
        }
    }

    /// Commits. On SQLite whatever fails here is not written, but for [`Fault::Lost`] and [`Fault::Other`], of which
    /// nobody knows.
    ///
    /// # Errors
    /// What the database said.
    pub async fn commit(self) -> Result<(), Fault> {
        match self.0 {
            Inner::Sqlite(tx) => tx.commit(),
            Inner::Postgres(tx) => Ok(tx.commit().await?),
        }
    }

    /// Rolls back, and waits for it.
    ///
    /// # Errors
    /// What the database said.
    pub async fn rollback(self) -> Result<(), Fault> {
        match self.0 {
            Inner::Sqlite(tx) => {
                drop(tx);
                Ok(())
            }
            Inner::Postgres(tx) => Ok(tx.rollback().await?),
        }
    }
}

impl Source for Tx {
    async fn all<T: FromRow>(&self, select: Statement) -> Result<Vec<T>, Fault> {
        match &self.0 {
            Inner::Sqlite(tx) => tx.rows(&select, usize::MAX),
            Inner::Postgres(tx) => tx.all(select).await,
        }
    }

    async fn one<T: FromRow>(&self, select: Statement) -> Result<Option<T>, Fault> {
        match &self.0 {
            Inner::Sqlite(tx) => Ok(tx.rows(&select, 1)?.pop()),
            Inner::Postgres(tx) => tx.one(select).await,
        }
    }
}
