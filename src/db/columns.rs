//! Many rows in one statement whose text never changes. PostgreSQL takes a column as one array, which it parses and
//! plans once however many rows there are, and looks rows up by key from the array outwards, so that no statistics of a
//! young table can make it read the table instead. SQLite takes rows as lists of values.

use sea_orm::sea_query::ArrayType;
use sea_orm::{Statement, Value};

use super::{Kind, Sql};

/// What stands for nothing in an array of numbers: a database's array of them has no place for it in the driver.
const NO_NUMBER: i64 = i64::MIN;
/// What stands for nothing in an array of texts: a text of nothing but this control character is refused at the door.
const NO_TEXT: &str = "\u{1}";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// 16 bytes.
    Id,
    /// The same or nothing; the nil id stands for nothing.
    OptionalId,
    /// 64 bits.
    Number,
    /// The same or nothing; the least number stands for nothing.
    OptionalNumber,
    /// 16 bits.
    Code,
    /// Text.
    Text,
    /// The same or nothing; a text of one character that no text of ours holds stands for nothing.
    OptionalText,
    /// Bytes.
    Bytes,
    /// The same or nothing; no bytes at all stand for nothing.
    OptionalBytes,
}

impl Column {
    const fn array(self) -> (ArrayType, &'static str) {
        match self {
            Self::Id | Self::OptionalId => (ArrayType::Uuid, "::uuid[]"),
            Self::Number | Self::OptionalNumber => (ArrayType::BigInt, "::bigint[]"),
            Self::Code => (ArrayType::SmallInt, "::smallint[]"),
            Self::Text | Self::OptionalText => (ArrayType::String, "::text[]"),
            Self::Bytes | Self::OptionalBytes => (ArrayType::Bytes, "::bytea[]"),
        }
    }

    fn element(self, value: Value) -> Value {
        match (self, value) {
            (Self::OptionalId, Value::Uuid(None)) => Value::from(sea_orm::entity::prelude::Uuid::nil()),
            (Self::OptionalNumber, Value::BigInt(None)) => Value::from(NO_NUMBER),
            (Self::OptionalText, Value::String(None)) => Value::from(NO_TEXT),
            (Self::OptionalBytes, Value::Bytes(None)) => Value::from(Vec::<u8>::new()),
            (_, value) => value,
        }
    }

    /// The column of an unnested array as it is to be stored.
    fn stored(self, name: &str) -> String {
        match self {
            Self::OptionalId => format!("NULLIF({name}, '00000000-0000-0000-0000-000000000000'::uuid)"),
            Self::OptionalNumber => format!("NULLIF({name}, {NO_NUMBER})"),
            Self::OptionalText => format!("NULLIF({name}, E'\\x01')"),
            Self::OptionalBytes => format!("NULLIF({name}, ''::bytea)"),
            _ => name.to_owned(),
        }
    }
}

/// Columns of a table, by name.
pub type Columns<const N: usize> = [(&'static str, Column); N];

fn names<const N: usize>(columns: &Columns<N>) -> String {
    columns.map(|(name, _)| name).join(", ")
}

/// Rows as one array a column, each cast to its type: `unnest($1::uuid[], …)`.
fn unnest<const N: usize>(mut sql: Sql, columns: &Columns<N>, rows: Vec<[Value; N]>) -> Sql {
    let mut arrays: [Vec<Value>; N] = std::array::from_fn(|_| Vec::with_capacity(rows.len()));
    for row in rows {
        for ((array, value), (_, column)) in arrays.iter_mut().zip(row).zip(columns) {
            array.push(column.element(value));
        }
    }
    sql = sql.text("unnest(");
    for (index, (array, (_, column))) in arrays.into_iter().zip(columns).enumerate() {
        let (kind, cast) = column.array();
        sql = sql
            .text(if index == 0 { "" } else { ", " })
            .bind(Value::Array(kind, Some(Box::new(array))))
            .text(cast);
    }
    sql.text(")")
}

/// An INSERT up to and with `VALUES`.
pub(super) fn insert_head<const N: usize>(table: &'static str, columns: &Columns<N>) -> String {
    format!("INSERT INTO {table} ({}) VALUES ", names(columns))
}

/// An INSERT of rows as arrays, for PostgreSQL.
pub(super) fn insert_arrays<const N: usize>(
    table: &'static str,
    columns: &Columns<N>,
    rows: Vec<[Value; N]>,
    tail: &'static str,
) -> Sql {
    let names = names(columns);
    let stored = columns.map(|(name, column)| column.stored(name)).join(", ");
    let head = format!("INSERT INTO {table} ({names}) SELECT {stored} FROM ");
    unnest(Sql::new(Kind::Postgres).composed(&head), columns, rows)
        .composed(&format!(" AS rows ({names})"))
        .text(tail)
}

/// Reads the rows of a table by the columns of a unique key; `also` is a further condition on them, or nothing.
#[must_use]
pub fn find<const N: usize>(
    kind: Kind,
    table: &'static str,
    key: &Columns<N>,
    also: &'static str,
    rows: Vec<[Value; N]>,
) -> Statement {
    find_up_to(kind, table, key, (also, 1), rows)
}

/// The same by columns of which up to `most` rows have the same values; SQLite reads all of them.
#[must_use]
pub fn find_up_to<const N: usize>(
    kind: Kind,
    table: &'static str,
    key: &Columns<N>,
    (also, most): (&'static str, u32),
    rows: Vec<[Value; N]>,
) -> Statement {
    let names = names(key);
    let and = if also.is_empty() { "" } else { " AND " };
    if kind == Kind::Sqlite {
        return Sql::new(kind)
            .composed(&format!("SELECT * FROM {table} WHERE ({names}) IN (VALUES "))
            .padded_rows(rows)
            .composed(&format!("){and}{also}"))
            .build();
    }
    let same = key
        .map(|(name, _)| format!("{table}.{name} = wanted.{name}"))
        .join(" AND ");
    let found = format!(
        " AS wanted ({names}) CROSS JOIN LATERAL (SELECT * FROM {table} WHERE {same}{and}{also} LIMIT {most}) found"
    );
    unnest(Sql::new(kind).text("SELECT found.* FROM "), key, rows)
        .composed(&found)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Columns<2> = [("a_id", Column::Id), ("n", Column::OptionalNumber)];

    fn row() -> [Value; 2] {
        [Value::from(sea_orm::entity::prelude::Uuid::nil()), Value::BigInt(None)]
    }

    #[test]
    fn each_database_finds_rows_in_its_own_way() {
        let sqlite = find(Kind::Sqlite, "t", &KEY, "leg = 0", vec![row(); 3]);
        let four = "(?, ?), (?, ?), (?, ?), (?, ?)";
        assert_eq!(
            sqlite.sql,
            format!("SELECT * FROM t WHERE (a_id, n) IN (VALUES {four}) AND leg = 0")
        );
        let postgres = find(Kind::Postgres, "t", &KEY, "", vec![row(); 3]);
        assert_eq!(
            postgres.sql,
            "SELECT found.* FROM unnest($1::uuid[], $2::bigint[]) AS wanted (a_id, n) CROSS JOIN LATERAL \
             (SELECT * FROM t WHERE t.a_id = wanted.a_id AND t.n = wanted.n LIMIT 1) found"
        );
        assert_eq!(postgres.values.map(|values| values.0.len()), Some(2));
    }

    #[test]
    fn nothing_has_a_number_that_stands_for_it() {
        let element = Column::OptionalNumber.element(Value::BigInt(None));
        assert_eq!(element, Value::from(NO_NUMBER));
        assert_eq!(Column::OptionalNumber.stored("n"), "NULLIF(n, -9223372036854775808)");
    }
}
