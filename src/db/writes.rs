//! What a transaction writes, gathered before any of it is sent. On SQLite each statement is a hand-over to the driver's
//! thread and back, which costs more than what a small statement does: small ones go together.

use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement, Value};

use super::columns::{self, Columns};
use super::{Fault, Kind, Sql};

/// Rows in one INSERT: beyond it a longer statement gains nothing.
const INSERT_ROWS: usize = 256;
/// Values of statements that go together: what one or two operations write. The texts of larger batches differ from
/// each other, and the driver would compile each of them anew.
const TOGETHER: usize = 256;

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
    pub async fn run(self, tx: &DatabaseTransaction) -> Result<(), Fault> {
        for statement in self.sent() {
            tx.execute_raw(statement).await?;
        }
        Ok(())
    }

    /// The statements as they are sent: PostgreSQL takes one at a time.
    fn sent(self) -> Vec<Statement> {
        let values = self.statements.iter().map(values).sum::<usize>();
        if self.kind == Kind::Postgres || self.statements.len() < 2 || values > TOGETHER {
            return self.statements;
        }
        let mut text = String::new();
        let mut bound = Vec::with_capacity(values);
        for statement in self.statements {
            text.push_str(&statement.sql);
            text.push(';');
            bound.extend(statement.values.map(|values| values.0).unwrap_or_default());
        }
        vec![Statement::from_sql_and_values(self.kind.backend(), text, bound)]
    }
}

fn values(statement: &Statement) -> usize {
    statement.values.as_ref().map_or(0, |values| values.0.len())
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

    fn rows(count: usize) -> Vec<[Value; 2]> {
        vec![[Value::from(1_i64), 2_i64.into()]; count]
    }

    fn texts(writes: Writes) -> Vec<String> {
        writes.sent().into_iter().map(|statement| statement.sql).collect()
    }

    fn two_tables(kind: Kind, count: usize) -> Writes {
        let mut writes = Writes::new(kind);
        writes.insert("t", &COLUMNS, rows(count), "");
        writes.insert("none", &COLUMNS, Vec::new(), "");
        writes.push(writes.sql().text("UPDATE u SET a = ").bind(3_i64));
        writes
    }

    #[test]
    fn small_statements_go_together_on_sqlite() {
        let sent = two_tables(Kind::Sqlite, 3).sent();
        let [one] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!(
            one.sql,
            "INSERT INTO t (a, b) VALUES (?, ?), (?, ?);INSERT INTO t (a, b) VALUES (?, ?);UPDATE u SET a = ?;"
        );
        let bound: Vec<Value> = [1, 2, 1, 2, 1, 2, 3_i64].map(Value::from).into();
        assert_eq!(one.values.as_ref().map(|values| &values.0), Some(&bound));
    }

    #[test]
    fn many_values_and_postgres_take_one_statement_at_a_time() {
        assert_eq!(texts(two_tables(Kind::Sqlite, 128)).len(), 2);
        assert_eq!(texts(two_tables(Kind::Postgres, 3)).len(), 2);
    }

    #[test]
    fn powers_of_two_split_any_number_of_rows() {
        assert_eq!([1, 2, 3, 255, 256].map(largest_power_of_two), [1, 2, 2, 128, 256]);
    }
}
