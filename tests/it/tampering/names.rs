//! What an audit may call a row, and what else a value could be.

use crate::harness::{Backend, Column, Database};

/// The tables of the ledger.
pub(super) const TABLES: [&str; 8] = quipu::db::LEDGER_TABLES;

/// By what a row is named in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// A sealed row or its block: any row of the block, or the block.
    Sealed { rows: Vec<i64>, block: Option<i64> },
    /// An account, by its id.
    Account(String),
    /// A hold, by its transfer.
    Hold(i64),
    /// A refund, by the transfer that it gives back.
    Refund(i64),
    /// The one head.
    Head,
    /// A key, by its id.
    Key(String),
}

impl Names {
    /// What the row at a place is called.
    pub(super) async fn of(database: &Database, table: &str, place: &str) -> Self {
        let at = database.at(place);
        let read = async |column: &str| {
            let sql = format!("SELECT CAST({column} AS TEXT) FROM {table} WHERE {at}");
            database.text(&sql).await
        };
        let number = async |column: &str| read(column).await.parse::<i64>().unwrap();
        match table {
            "transfer" | "account_event" => {
                let seq = number("seq").await;
                Self::sealed_with(database, seq).await
            }
            "block" => {
                let (first, last) = (number("first_seq").await, number("last_seq").await);
                Self::Sealed {
                    rows: (first..=last).collect(),
                    block: Some(number("number").await),
                }
            }
            "account" => {
                let columns = database.columns("account").await;
                let id = database.value("account", place, &columns[0]).await.unwrap();
                let id: uuid::Uuid = id.parse().unwrap();
                Self::Account(id.to_string())
            }
            "hold" => Self::Hold(number("transfer_seq").await),
            "refund" => Self::Refund(number("transfer_seq").await),
            "ledger_head" => Self::Head,
            "ledger_key" => Self::Key(read("key_id").await),
            other => panic!("nobody said what a row of {other} is called"),
        }
    }

    async fn sealed_with(database: &Database, seq: i64) -> Self {
        let block = format!(
            "SELECT CAST(number AS TEXT), CAST(first_seq AS TEXT), CAST(last_seq AS TEXT) FROM block \
             WHERE {seq} BETWEEN first_seq AND last_seq"
        );
        let found = database.texts::<3>(&block).await;
        let numbers = found
            .first()
            .map(|row| row.clone().map(|n| n.unwrap().parse::<i64>().unwrap()));
        match numbers {
            Some([block, first, last]) => Self::Sealed {
                rows: (first..=last).collect(),
                block: Some(block),
            },
            None => Self::Sealed {
                rows: vec![seq],
                block: None,
            },
        }
    }

    /// Whether a sentence names the row.
    pub(super) fn are_in(&self, sentence: &str) -> bool {
        let any = |words: &[&str], number: i64| words.iter().any(|word| says(sentence, word, number));
        match self {
            Self::Sealed { rows, block } => {
                let row = |seq: &i64| any(&["row", "payment", "hold"], *seq);
                rows.iter().any(row) || block.is_some_and(|number| any(&["block"], number))
            }
            Self::Account(id) => sentence.contains(&format!("account {id}")),
            Self::Hold(seq) => any(&["hold"], *seq),
            Self::Refund(seq) => any(&["refund of"], *seq),
            Self::Head => sentence.contains("head"),
            // Of a first key that is gone nothing is known but that.
            Self::Key(id) => {
                let named = sentence.contains("key") && sentence.contains(id.as_str());
                named || sentence.starts_with("the first key is missing")
            }
        }
    }
}

/// Whether a sentence has this word before exactly this number.
fn says(sentence: &str, word: &str, number: i64) -> bool {
    let phrase = format!("{word} {number}");
    sentence.match_indices(&phrase).any(|(at, _)| {
        let behind = sentence[at + phrase.len()..].chars().next();
        behind.is_none_or(|next| !next.is_ascii_digit())
    })
}

/// Other values of a column that could stand there: of each list the first one that the database takes.
pub(super) fn other_values(column: &Column, old: Option<&str>) -> Vec<Vec<Option<String>>> {
    let mut all = match old {
        None if column.is_number() => vec![vec![Some("1".to_owned())]],
        None => vec![vec![Some("0190".repeat(8))]],
        Some(old) if column.is_number() => {
            let number: i64 = old.parse().unwrap();
            let near = [number + 1, number + 1_000];
            vec![near.map(|number| Some(number.to_string())).to_vec()]
        }
        Some(old) if column.is_bytes() => {
            let (most, last) = old.split_at(old.len() - 1);
            let flipped = u8::from_str_radix(last, 16).unwrap() ^ 1;
            // An id is of a fixed length, which PostgreSQL knows by itself.
            let is_id = column.name == "id" || column.name.ends_with("_id");
            let longer = (!is_id).then(|| vec![Some(format!("{old}00"))]);
            let flipped = vec![Some(format!("{most}{flipped:x}"))];
            std::iter::once(flipped).chain(longer).collect()
        }
        Some(_) if column.name == "currency" => vec![["USD", "JPY"].map(|code| Some(code.to_owned())).to_vec()],
        Some(old) => {
            let mut other: String = old
                .chars()
                .rev()
                .skip(1)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect();
            other.push(if old.ends_with('0') { '1' } else { '0' });
            vec![vec![Some(other)]]
        }
    };
    if column.nullable && old.is_some() {
        all.push(vec![None]);
    }
    all
}

/// An id that nothing has.
pub(super) fn fresh_id(backend: Backend) -> String {
    match backend {
        Backend::Sqlite => format!("X'{}'", "0190".repeat(8)),
        Backend::Postgres => format!("'{}'::uuid", "0190".repeat(8)),
    }
}

/// New keys for the copy of a row: `SET` of an `UPDATE`.
pub(super) fn fresh_keys(backend: Backend, table: &str) -> String {
    let id = fresh_id(backend);
    let next = "(SELECT next_seq FROM ledger_head)";
    match table {
        "transfer" | "account_event" => format!("seq = {next}, client_id = {id}"),
        "account" => format!("id = {id}, owner_id = {id}"),
        "hold" | "refund" => "transfer_seq = 0".to_owned(),
        "block" => "number = (SELECT next_block FROM ledger_head), shard = 1".to_owned(),
        "ledger_head" => "shard = 1".to_owned(),
        "ledger_key" => "key_id = '0123456789abcdef', from_block = 2".to_owned(),
        other => panic!("nobody said what the keys of {other} are"),
    }
}
