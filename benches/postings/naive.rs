//! What is measured against: the transaction that one would write first. Two rows locked, the transfer and its two
//! entries written, two balances updated, one commit each. On PostgreSQL it is run by `pgbench`, on SQLite by one
//! connection, as there is one writer.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use quipu::db::{Db, Fault, FromRow, Row, Source as _};
use rand::RngExt as _;
use sea_orm::{ConnectionTrait, Statement, Value};

use crate::node::Place;

/// Postings a second of the reference; none where it is not measured.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reference {
    pub(crate) uniform: Option<f64>,
    pub(crate) hot: Option<f64>,
}

const TABLES: [&str; 3] = [
    "CREATE TABLE naive_account (id INTEGER PRIMARY KEY, balance BIGINT NOT NULL CHECK (balance >= 0))",
    "CREATE TABLE naive_transfer (id KEY PRIMARY KEY, debit INTEGER NOT NULL, credit INTEGER NOT NULL, \
     amount BIGINT NOT NULL)",
    "CREATE TABLE naive_entry (id KEY PRIMARY KEY, transfer BIGINT NOT NULL, account INTEGER NOT NULL, \
     amount BIGINT NOT NULL)",
];

/// Measures the reference in the database where the ledger will be.
pub(crate) async fn measure(place: &Place, accounts: usize, clients: u32, seconds: Duration) -> Reference {
    let db = place.open().await;
    let key = match place {
        Place::Sqlite(_) => "INTEGER",
        Place::Postgres { .. } => "BIGSERIAL",
    };
    for table in TABLES {
        db.writer()
            .execute_unprepared(&table.replace("KEY PRIMARY", &format!("{key} PRIMARY")))
            .await
            .unwrap();
    }
    let rows: Vec<_> = (1..=accounts).map(|id| format!("({id}, 1000000000)")).collect();
    for some in rows.chunks(5_000) {
        let insert = format!("INSERT INTO naive_account (id, balance) VALUES {}", some.join(","));
        db.writer().execute_unprepared(&insert).await.unwrap();
    }
    let reference = match place {
        Place::Sqlite(_) => Reference {
            uniform: Some(sqlite(&db, accounts, false, seconds).await),
            hot: Some(sqlite(&db, accounts, true, seconds).await),
        },
        Place::Postgres { url, .. } => {
            db.writer()
                .execute_unprepared("VACUUM ANALYZE naive_account")
                .await
                .unwrap();
            Reference {
                uniform: Some(pgbench(url, accounts, false, clients, seconds)),
                hot: Some(pgbench(url, accounts, true, clients, seconds)),
            }
        }
    };
    for (name, rate) in [("uniform", reference.uniform), ("one hot account", reference.hot)] {
        println!("  naive, {name}: {:.0}/s", rate.unwrap_or_default());
    }
    db.close().await;
    reference
}

struct Balance {
    #[expect(dead_code, reason = "reading it is what is measured")]
    balance: i64,
}

impl FromRow for Balance {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        let balance = row.get("balance")?;
        Ok(Self { balance })
    }
}

async fn sqlite(db: &Db, accounts: usize, hot: bool, seconds: Duration) -> f64 {
    let (start, mut count) = (Instant::now(), 0_u64);
    let statement = |text: &str, values: Vec<i64>| {
        let values: Vec<Value> = values.into_iter().map(Value::from).collect();
        Statement::from_sql_and_values(sea_orm::DbBackend::Sqlite, text, values)
    };
    while start.elapsed() < seconds {
        let most = i64::try_from(accounts).unwrap();
        let from = rand::rng().random_range(2..=most);
        let to = if hot { 1 } else { from % most + 1 };
        let tx = db.begin().await.unwrap();
        for account in [from, to] {
            let select = statement("SELECT balance FROM naive_account WHERE id = ?", vec![account]);
            tx.one::<Balance>(select).await.unwrap();
        }
        let insert = statement(
            "INSERT INTO naive_transfer (debit, credit, amount) VALUES (?, ?, 1)",
            vec![from, to],
        );
        tx.execute(insert).await.unwrap();
        let entries = "INSERT INTO naive_entry (transfer, account, amount) \
             VALUES (last_insert_rowid(), ?, -1), (last_insert_rowid(), ?, 1)";
        tx.execute(statement(entries, vec![from, to])).await.unwrap();
        for (account, by) in [(from, -1), (to, 1)] {
            let update = "UPDATE naive_account SET balance = balance + ? WHERE id = ?";
            tx.execute(statement(update, vec![by, account])).await.unwrap();
        }
        tx.commit().await.unwrap();
        count += 1;
    }
    count as f64 / start.elapsed().as_secs_f64()
}

/// `pgbench` of the newest PostgreSQL here.
fn program() -> PathBuf {
    let mut found: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin/pgbench")))
        .filter(|program| program.is_file())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| "pgbench".into())
}

fn pgbench(url: &str, accounts: usize, hot: bool, clients: u32, seconds: Duration) -> f64 {
    let to = if hot {
        "1".to_owned()
    } else {
        format!("random(1, {accounts})")
    };
    // In the order of their ids, or the reference would spend its time in deadlocks.
    let script = format!(
        "\\set a random(2, {accounts})\n\\set b {to}\n\\set x least(:a, :b)\n\\set y greatest(:a, :b)\n\
         BEGIN;\n\
         SELECT balance FROM naive_account WHERE id = :x FOR UPDATE;\n\
         SELECT balance FROM naive_account WHERE id = :y FOR UPDATE;\n\
         INSERT INTO naive_transfer (debit, credit, amount) VALUES (:a, :b, 1);\n\
         INSERT INTO naive_entry (transfer, account, amount) VALUES (lastval(), :a, -1), (lastval(), :b, 1);\n\
         UPDATE naive_account SET balance = balance - 1 WHERE id = :a;\n\
         UPDATE naive_account SET balance = balance + 1 WHERE id = :b;\n\
         COMMIT;\n"
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), script).unwrap();
    let done = Command::new(program())
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--client"])
        .arg(clients.to_string())
        .arg("--time")
        .arg(seconds.as_secs().to_string())
        .arg("--file")
        .arg(file.path())
        .arg(url)
        .output()
        .expect("pgbench is there (Debian's postgresql)");
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    let rate = text
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.unwrap_or_else(|| panic!("pgbench: {text}{}", String::from_utf8_lossy(&done.stderr)))
}
