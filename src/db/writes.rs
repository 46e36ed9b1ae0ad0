//! What a transaction writes, gathered before any of it is carried out.

use sea_orm::{Statement, Value};

use super::columns::{self, Columns};
use super::{Fault, Kind, Sql, Tx};

/// Rows in one INSERT: beyond it a longer statement gains nothing.
const INSERT_ROWS: usize = 256;

/// Statements in the order in which they are carried out.
#[derive(Debug)]
pub struct Writes {
    kind: Kind,
    statements: Vec<Statement>,
}

impl Writes {
    /// Nothing yet, for a database of this kind.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            statements: Vec::new(),
        }
    }

    /// The kind of the database.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// An empty statement for this database.
    #[must_use]
    pub const fn sql(&self) -> Sql {
        Sql::new(self.kind)
    }

    /// Adds a statement.
    pub fn push(&mut self, sql: Sql) {
        self.statements.push(sql.build());
    }

    /// Adds an INSERT of rows; `tail` is what follows them (`ON CONFLICT …`, or nothing).
    pub fn insert<const N: usize>(
        &mut self,
        table: &'static str,
        columns: &Columns<N>,
        rows: Vec<[Value; N]>,
        tail: &'static str,
    ) {
        if rows.is_empty() {
            return;
        }
        match self.kind {
            Kind::Sqlite => self.rows_behind(&columns::insert_head(table, columns), rows, tail),
            Kind::Postgres => self.push(columns::insert_arrays(table, columns, rows, tail)),
        }
    }

    /// Adds rows in statements of a power of two of rows each, the largest first, so that their texts are few. `head` is
    /// everything up to and with `VALUES`, `tail` what follows the rows (`ON CONFLICT …`, or nothing).
    pub fn rows<const N: usize>(&mut self, head: &'static str, rows: Vec<[Value; N]>, tail: &'static str) {
        self.rows_behind(head, rows, tail);
    }

    fn rows_behind<const N: usize>(&mut self, head: &str, rows: Vec<[Value; N]>, tail: &'static str) {
        let most = INSERT_ROWS.min(self.kind.max_variables() / N.max(1)).max(1);
        let mut rest = rows.into_iter();
        while rest.len() > 0 {
            let take = largest_power_of_two(rest.len().min(most));
            self.push(self.sql().composed(head).rows(rest.by_ref().take(take)).text(tail));
        }
    }

    /// Carries all of them out, in their order.
    ///
    /// # Errors
    /// What the database said; the statements before the one that it refused stay in the transaction.
    pub async fn run(self, tx: &Tx) -> Result<(), Fault> {
        tx.execute_all(self.statements).await
    }
}

/// The largest power of two that is at most `n`; 1 for 0.
const fn largest_power_of_two(n: usize) -> usize {
    if n == 0 {
        1
    } else {
        1 << (usize::BITS - 1 - n.leading_zeros())
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::Column;
    use super::*;

    const COLUMNS: Columns<2> = [("a", Column::Number), ("b", Column::Number)];

    fn texts(kind: Kind, rows: usize) -> Vec<String> {
        let mut writes = Writes::new(kind);
        writes.insert("t", &COLUMNS, vec![[Value::from(1_i64), 2_i64.into()]; rows], "");
        writes.insert("none", &COLUMNS, Vec::new(), "");
        writes.push(writes.sql().text("UPDATE u SET a = ").bind(3_i64));
        writes.statements.into_iter().map(|statement| statement.sql).collect()
    }

    #[test]
    fn sqlite_takes_rows_in_powers_of_two_and_postgres_as_arrays() {
        let sqlite = texts(Kind::Sqlite, 3);
        let [two, one, update] = &sqlite[..] else {
            panic!("{sqlite:?}")
        };
        assert_eq!(two, "INSERT INTO t (a, b) VALUES (?, ?), (?, ?)");
        assert_eq!(one, "INSERT INTO t (a, b) VALUES (?, ?)");
        assert_eq!(update, "UPDATE u SET a = ?");
        assert_eq!(texts(Kind::Postgres, 3).len(), 2);
    }

    #[test]
    fn powers_of_two_split_any_number_of_rows() {
        assert_eq!([1, 2, 3, 255, 256].map(largest_power_of_two), [1, 2, 2, 128, 256]);
    }
}
