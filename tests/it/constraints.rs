//! What the rules never write, the database itself refuses, and the program knows what that means.

mod broken;
mod broken_flows;

use std::collections::BTreeSet;

use quipu::db::{FLOW_TABLES, Fault, LEDGER_TABLES, meaning};
use serde_json::{Value, json};

use crate::fundings::debit_card;
use crate::harness::{Backend, Books, Column, Database, Server, new_client_id, run};
use broken::{BROKEN, Broken, Way};

/// What no column of money holds: one more than 2^62.
const TOO_MUCH: i64 = (1 << 62) + 1;
/// A stopped server has drained by then.
const STOP_LIMIT: std::time::Duration = std::time::Duration::from_secs(40);

#[test]
fn whatever_would_break_the_ledger_is_refused_by_name_on_sqlite() {
    run(break_everything(Backend::Sqlite));
}

#[test]
fn whatever_would_break_the_ledger_is_refused_by_name_on_postgres() {
    run(break_everything(Backend::Postgres));
}

async fn break_everything(backend: Backend) {
    let server = with_flows(Books::make(backend).await).await;
    let database = Database::of(&server).await;
    let mut refused = BTreeSet::new();
    for broken in BROKEN.iter().chain(broken_flows::BROKEN) {
        let name = refusal(&database, &statement(&database, broken).await).await;
        let expected = match backend {
            Backend::Postgres => broken.name,
            Backend::Sqlite => broken.columns.unwrap_or(broken.name),
        };
        assert_eq!(name, expected, "{broken:?}");
        refused.insert(name);
    }
    for table in ["transfer", "account_event", "block", "ledger_key"] {
        let column = &database.columns(table).await[1].name;
        let mut verbs = vec![
            format!("UPDATE {table} SET {column} = {column}"),
            format!("DELETE FROM {table}"),
        ];
        if backend == Backend::Postgres {
            verbs.push(format!("TRUNCATE {table}"));
        }
        for verb in verbs {
            assert_eq!(
                refusal(&database, &verb).await,
                format!("{table} is append-only"),
                "{verb}"
            );
        }
    }
    for name in names_in_the_catalogue(&database).await {
        let mut all = BROKEN.iter().chain(broken_flows::BROKEN);
        let meant = all.any(|broken| broken.name == name);
        assert!(meant || name.ends_with("_check"), "nobody tried to break {name}");
        assert!(meaning(&name).is_some(), "{name} has no meaning");
    }
    for table in LEDGER_TABLES.into_iter().chain(FLOW_TABLES) {
        for column in database.columns(table).await {
            wrong_values(&database, table, &column).await;
        }
    }
    server.expect_quipu(&["audit"]);
}

/// The same with a flow of every sort.
async fn with_flows(books: Books) -> Server {
    let Books { mut server, ana, ben } = books;
    server.replan(|plan| plan.set("funding.cooling_off_seconds", "0"));
    server.restart();
    let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
    let direct = on_ana.direct_with(&ben.id).await;
    let fresh = |mut d: Value| {
        d["client_id"] = json!(new_client_id());
        d["conversation"] = json!(direct);
        d["currency"] = json!("CNY");
        d
    };
    let offer = json!({ "to": ben.id, "amount": "1.00", "accept_first": true });
    on_ana.done("transfer.send", fresh(offer)).await;
    let request = json!({ "payers": [ben.id], "amount": "1.00" });
    let asked = on_ana.done("request.create", fresh(request.clone())).await;
    let pay = json!({ "client_id": new_client_id(), "request": asked["flow"]["id"] });
    on_ben.done("request.pay", pay).await;
    on_ana.done("request.create", fresh(request)).await;
    let packet = json!({ "total": "1.00", "count": 2, "kind": "equal" });
    let made = on_ana.done("packet.create", fresh(packet)).await;
    let claim = json!({ "client_id": new_client_id(), "packet": made["flow"]["id"] });
    on_ben.done("packet.claim", claim).await;
    let bill = json!({ "total": "2.00", "split": "equal", "shares": [{ "user": ana.id }, { "user": ben.id }] });
    on_ana.done("bill.create", fresh(bill)).await;
    let plan = json!({ "to": ben.id, "amount": "1.00", "first_at": "2199-01-01T00:00:00Z", "every": "month" });
    on_ana.done("schedule.create", fresh(plan)).await;
    let paid = on_ana.pay(&ben.id, "0.01").await;
    let dispute = json!({ "client_id": new_client_id(), "transfer": paid["id"], "reason": "nothing came" });
    on_ana.done("dispute.open", dispute).await;
    let method = on_ana.done("method.add", debit_card()).await["method"]["id"].clone();
    for op in ["topup.create", "withdraw.create"] {
        let d = json!({ "client_id": new_client_id(), "method": method, "amount": "1.00", "currency": "CNY" });
        on_ana.done(op, d).await;
    }
    assert!(server.sigterm(STOP_LIMIT).success());
    server
}

/// The name of the constraint that refuses a statement, which must have a meaning.
async fn refusal(database: &Database, sql: &str) -> String {
    match database.run(sql).await {
        Err(Fault::Constraint(name)) => {
            assert!(meaning(&name).is_some(), "{name} has no meaning: {sql}");
            name
        }
        other => panic!("a constraint is to refuse, but {other:?}: {sql}"),
    }
}

async fn statement(database: &Database, broken: &Broken) -> String {
    let Broken { table, row, values, .. } = broken;
    match broken.way {
        Way::Change => {
            let set: Vec<_> = values
                .iter()
                .map(|(column, value)| format!("{column} = {value}"))
                .collect();
            format!("UPDATE {table} SET {} WHERE {row}", set.join(", "))
        }
        Way::Copy => copy(database, table, row, values).await,
    }
}

/// Inserts a copy of a row with other values in some columns.
async fn copy(database: &Database, table: &str, row: &str, values: &[(&str, &str)]) -> String {
    let fresh = match database.backend() {
        Backend::Sqlite => format!("X'{}'", "0190".repeat(8)),
        Backend::Postgres => format!("'{}'::uuid", "0190".repeat(8)),
    };
    let (mut names, mut sources) = (Vec::new(), Vec::new());
    for column in database.columns(table).await {
        let other = values.iter().find(|(name, _)| *name == column.name);
        sources.push(other.map_or(column.name.clone(), |(_, value)| value.replace("FRESH", &fresh)));
        names.push(column.name);
    }
    format!(
        "INSERT INTO {table} ({}) SELECT {} FROM {table} WHERE {row} LIMIT 1",
        names.join(", "),
        sources.join(", ")
    )
}

/// Every constraint and unique index of the ledger's tables that has a name.
async fn names_in_the_catalogue(database: &Database) -> BTreeSet<String> {
    let tables = LEDGER_TABLES.into_iter().chain(FLOW_TABLES);
    let tables: Vec<_> = tables.map(|table| format!("'{table}'")).collect();
    let tables = tables.join(", ");
    let sql = match database.backend() {
        Backend::Postgres => format!(
            "SELECT conname::text FROM pg_constraint WHERE conrelid IN (SELECT oid FROM pg_class WHERE relname IN \
             ({tables})) UNION SELECT i.relname::text FROM pg_index JOIN pg_class i ON i.oid = indexrelid \
             JOIN pg_class t ON t.oid = indrelid WHERE indisunique AND t.relname IN ({tables})"
        ),
        Backend::Sqlite => format!(
            "SELECT sql FROM sqlite_master WHERE tbl_name IN ({tables}) AND type IN ('table', 'index') \
             AND sql IS NOT NULL"
        ),
    };
    let found: Vec<String> = database
        .texts::<1>(&sql)
        .await
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    if database.backend() == Backend::Postgres {
        return found.into_iter().collect();
    }
    let mut names = BTreeSet::new();
    for sql in found {
        let words: Vec<_> = sql.split_whitespace().collect();
        for pair in words.windows(2) {
            if pair[0] == "CONSTRAINT" || (pair[0] == "INDEX" && sql.starts_with("CREATE UNIQUE")) {
                names.insert(pair[1].to_owned());
            }
        }
    }
    assert!(names.len() > 20, "the constraints are found: {names:?}");
    names
}

/// A column takes no value that it is not for.
async fn wrong_values(database: &Database, table: &str, column: &Column) {
    let name = column.name.as_str();
    let tried = async |value: &str| {
        let sql = copy(database, table, "1 = 1", &[(name, value)]).await;
        let refused = refusal(database, &sql).await;
        assert!(
            refused.contains(name) || refused == "datatype mismatch",
            "{table}.{name} = {value} is refused by {refused}"
        );
    };
    // SQLite gives a row that has no number of its own the next one.
    let is_rowid = database.backend() == Backend::Sqlite && matches!(name, "seq" | "transfer_seq" | "shard");
    if !column.nullable && !is_rowid {
        tried("NULL").await;
    }
    let money = is_money(database, table, name).await;
    if money && !matches!(name, "captured" | "refunded" | "claimed_minor") {
        // Held money has to be there, or another constraint is first.
        let more = [
            (name, TOO_MUCH.to_string()),
            ("id", "FRESH".into()),
            ("owner_id", "FRESH".into()),
        ];
        let beside = [
            ("posted", (TOO_MUCH - 1).to_string()),
            ("floor", (1 - TOO_MUCH).to_string()),
        ];
        let beside = beside.into_iter().filter(|(other, _)| name == "held" && *other != name);
        let values: Vec<_> = more.into_iter().chain(beside).collect();
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = refusal(database, &copy(database, table, "1 = 1", &values).await).await;
        assert!(refused.contains(name), "{table}.{name} is refused by {refused}");
    }
    if database.backend() == Backend::Postgres {
        return;
    }
    let wrong: &[&str] = match (column.kind.as_str(), name) {
        ("INTEGER", _) => &["1.5", "'one'", "X'01'"],
        ("BLOB", name) if name == "id" || name.ends_with("_id") => {
            &["X'019001900190019001900190019001'", "'0123456789abcdef'"]
        }
        ("BLOB", _) => &["'0123456789abcdef'", "7"],
        _ => &[],
    };
    for value in wrong {
        tried(value).await;
    }
}

async fn is_money(database: &Database, table: &str, column: &str) -> bool {
    let sql = match database.backend() {
        Backend::Postgres => {
            format!("SELECT conname::text FROM pg_constraint WHERE conname = '{table}_{column}_check'")
        }
        Backend::Sqlite => format!(
            "SELECT name FROM sqlite_master WHERE name = '{table}' AND sql LIKE '%''integer'' AND {column} BETWEEN -46%'"
        ),
    };
    !database.texts::<1>(&sql).await.is_empty()
}
