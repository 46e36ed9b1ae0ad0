//! Rows as they are read: one way for both drivers, by the name of a column and the type that a value has here.

use rusqlite::types::FromSql;
use sea_orm::{ConnectionTrait, QueryResult, Statement, TryGetable};

use super::Fault;

/// A row of either driver.
#[derive(Debug)]
pub enum Row<'a> {
    /// Of the connection that writes SQLite.
    Sqlite(&'a rusqlite::Row<'a>),
    /// Of a pool.
    Pool(&'a QueryResult),
}

impl Row<'_> {
    /// The value of a column.
    ///
    /// # Errors
    /// [`Fault::Other`] when there is no such column, or its value is of another type.
    pub fn get<T: FromSql + TryGetable>(&self, column: &'static str) -> Result<T, Fault> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column)?),
            Self::Pool(row) => Ok(row.try_get("", column)?),
        }
    }
}

/// What a row is read into.
pub trait FromRow: Sized + Send {
    /// Reads it.
    ///
    /// # Errors
    /// As [`Row::get`].
    fn from_row(row: &Row<'_>) -> Result<Self, Fault>;
}

/// Reads a row into a struct whose fields are named as the columns are; those behind `with` read the same row
/// themselves.
macro_rules! from_row {
    ($row:ty { $($field:ident),+ $(,)? } $(with { $($nested:ident),+ })?) => {
        impl $crate::db::FromRow for $row {
            fn from_row(row: &$crate::db::Row<'_>) -> Result<Self, $crate::db::Fault> {
                Ok(Self {
                    $($($nested: $crate::db::FromRow::from_row(row)?,)+)?
                    $($field: row.get(stringify!($field))?,)+
                })
            }
        }
    };
}
pub(crate) use from_row;

/// Where rows can be read: a transaction, or what a pool gives.
pub trait Source {
    /// All rows of a query.
    ///
    /// # Errors
    /// What the database said.
    fn all<T: FromRow>(&self, select: Statement) -> impl Future<Output = Result<Vec<T>, Fault>> + Send;

    /// Its first row, if there is one.
    ///
    /// # Errors
    /// What the database said.
    fn one<T: FromRow>(&self, select: Statement) -> impl Future<Output = Result<Option<T>, Fault>> + Send;
}

impl<C: ConnectionTrait> Source for C {
    async fn all<T: FromRow>(&self, select: Statement) -> Result<Vec<T>, Fault> {
        let rows = self.query_all_raw(select).await?;
        rows.iter().map(|row| T::from_row(&Row::Pool(row))).collect()
    }

    async fn one<T: FromRow>(&self, select: Statement) -> Result<Option<T>, Fault> {
        let row = self.query_one_raw(select).await?;
        row.map(|row| T::from_row(&Row::Pool(&row))).transpose()
    }
}
