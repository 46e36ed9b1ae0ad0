//! Statements that read alike on both databases: text and bound values in step.

use sea_orm::{Statement, Value};

use super::Kind;

/// A statement under construction: text and bound values in step, with each database's own placeholders.
#[derive(Debug)]
pub struct Sql {
    kind: Kind,
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// An empty statement for `kind`.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            text: String::new(),
            values: Vec::new(),
        }
    }

    /// Appends text. It comes from the source code alone: whatever a person said is bound.
    #[must_use]
    pub fn text(mut self, text: &'static str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Appends text that the code has put together from its own names.
    #[must_use]
    pub(super) fn composed(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Appends text that only PostgreSQL understands, such as a row lock: SQLite's one writer needs none.
    #[must_use]
    pub fn postgres(self, text: &'static str) -> Self {
        if self.kind == Kind::Postgres {
            self.text(text)
        } else {
            self
        }
    }

    /// Appends a placeholder and binds `value` to it.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.push(value.into());
        self
    }

    /// Appends `(?, …), (?, …)` for the rows. A list shorter than a power of two repeats its last row up to it, so
    /// that few texts of a statement exist and stay prepared: for membership tests, where a repetition says nothing.
    #[must_use]
    pub fn padded_rows<const N: usize>(mut self, rows: impl IntoIterator<Item = [Value; N]>) -> Self {
        let mut count = 0_usize;
        let mut last: Option<[Value; N]> = None;
        for row in rows {
            self.row(count, row.clone());
            last = Some(row);
            count += 1;
        }
        if let Some(last) = last {
            for index in count..count.next_power_of_two() {
                self.row(index, last.clone());
            }
        }
        self
    }

    /// Appends `(?, …), (?, …)` for exactly these rows.
    #[must_use]
    pub fn rows<const N: usize>(mut self, rows: impl IntoIterator<Item = [Value; N]>) -> Self {
        for (index, row) in rows.into_iter().enumerate() {
            self.row(index, row);
        }
        self
    }

    /// The statement, ready to run.
    #[must_use]
    pub fn build(self) -> Statement {
        Statement::from_sql_and_values(self.kind.backend(), self.text, self.values)
    }

    fn row<const N: usize>(&mut self, index: usize, row: [Value; N]) {
        self.text.push_str(if index == 0 { "(" } else { ", (" });
        for (column, value) in row.into_iter().enumerate() {
            if column > 0 {
                self.text.push_str(", ");
            }
            self.push(value);
        }
        self.text.push(')');
    }

    fn push(&mut self, value: Value) {
        self.values.push(value);
        match self.kind {
            Kind::Sqlite => self.text.push('?'),
            Kind::Postgres => {
                self.text.push('$');
                self.text.push_str(&self.values.len().to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_each_databases_own() {
        let sqlite = Sql::new(Kind::Sqlite)
            .text("SELECT ")
            .bind(1)
            .text(", ")
            .bind(2)
            .postgres(" FOR UPDATE")
            .build();
        let postgres = Sql::new(Kind::Postgres)
            .text("SELECT ")
            .bind(1)
            .text(", ")
            .bind(2)
            .postgres(" FOR UPDATE")
            .build();
        assert_eq!(sqlite.sql, "SELECT ?, ?");
        assert_eq!(postgres.sql, "SELECT $1, $2 FOR UPDATE");
    }

    #[test]
    fn padding_repeats_the_last_row_up_to_a_power_of_two() {
        let built = Sql::new(Kind::Sqlite)
            .padded_rows([[Value::from(1)], [2.into()], [3.into()]])
            .build();
        assert_eq!(built.sql, "(?), (?), (?), (?)");
    }
}
