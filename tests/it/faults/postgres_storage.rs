//! PostgreSQL that takes no writes: set to read only, or without room for the ledger's rows.

use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use serde_json::{Value, json};

use super::{Pair, RECOVERY_LIMIT, assert_not_moved, assert_readiness, end, pay_in_the_end};
use crate::harness::{Backend, Server, Strace, eventually, new_client_id, payment, postgres, run};

/// More payments than fit into the pages that the ledger's files have.
const MANY: usize = 300;

/// An operator of PostgreSQL and the name of a server's database.
struct Operator {
    connection: DatabaseConnection,
    database: String,
}

impl Operator {
    async fn of(server: &Server) -> Self {
        let (_, database) = server.started_with().setting("database.url").rsplit_once('/').unwrap();
        Self {
            connection: postgres(None).await,
            database: database.to_owned(),
        }
    }

    async fn does(&self, statement: &str) {
        let statement = statement.replace("DATABASE", &format!("DATABASE {}", self.database));
        self.connection.execute_unprepared(&statement).await.unwrap();
    }

    /// Ends the server's connections, since a setting of the database holds for new ones.
    async fn ends_connections(&self) {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '";
        self.does(&format!("{end}{}'", self.database)).await;
    }

    /// The processes that carry out what the server asks.
    async fn backends(&self) -> Vec<u32> {
        let select = format!(
            "SELECT pid::text FROM pg_stat_activity WHERE application_name = 'quipu' AND datname = '{}'",
            self.database
        );
        let ids = texts(&self.connection, &select).await;
        ids.into_iter().map(|id| id.parse().unwrap()).collect()
    }
}

async fn texts(connection: &DatabaseConnection, select: &str) -> Vec<String> {
    let statement = Statement::from_string(DbBackend::Postgres, select);
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// The files of the ledger's rows and of their indices.
async fn ledger_files(server: &Server) -> Vec<PathBuf> {
    let own = postgres(Some(server.started_with().setting("database.url"))).await;
    let folder = texts(&own, "SHOW data_directory").await.remove(0);
    let select = "SELECT pg_relation_filepath(oid) FROM pg_class WHERE oid = 'transfer'::regclass \
         UNION SELECT pg_relation_filepath(indexrelid) FROM pg_index WHERE indrelid = 'transfer'::regclass";
    let files = texts(&own, select).await;
    own.close().await.unwrap();
    let files: Vec<_> = files.iter().map(|file| Path::new(&folder).join(file)).collect();
    for file in &files {
        assert!(
            file.is_file(),
            "{} is here: the tests' PostgreSQL must run on this machine",
            file.display()
        );
    }
    files
}

fn text(conversation: &Value) -> Value {
    json!({ "client_id": new_client_id(), "conversation": conversation, "text": "is there room?" })
}

#[test]
fn a_database_that_only_reads_refuses_payments_by_name_and_takes_them_once_it_writes_again() {
    run(async {
        let server = Server::plan(Backend::Postgres).start().await;
        let (pair, first) = Pair::meet(&server).await;
        let operator = Operator::of(&server).await;
        operator
            .does("ALTER DATABASE SET default_transaction_read_only = on")
            .await;
        operator.ends_connections().await;

        let d = payment(&pair.ben.id, "1.00");
        let refusal = pair.on_ana.call("transfer.send", d.clone()).await.unwrap_err();
        assert_not_moved(&refusal, "storage_unavailable");
        let said = text(&first["conversation"]);
        let refusal = pair.on_ben.refused("message.send", said, "storage_unavailable").await;
        assert_eq!(refusal.whole["retryable"], true);
        assert_readiness(&server, "storage_refused").await;
        // Each connection that was ended costs one read before a new one takes its place.
        let accounts = eventually("reads are served", RECOVERY_LIMIT, async || {
            pair.on_ana.call("wallet.accounts", json!({})).await.ok()
        })
        .await;
        assert_eq!(accounts["accounts"][0]["available"], "99.00");

        operator
            .does("ALTER DATABASE RESET default_transaction_read_only")
            .await;
        operator.ends_connections().await;
        let paid = pay_in_the_end(&pair.on_ana, &d, "storage_unavailable").await;
        assert_eq!(paid["duplicate"], false);
        assert_readiness(&server, "ok").await;
        pair.hear(&[&first, &paid]).await;
        pair.have("98.00", "2.00").await;
        end(server);
    });
}

#[test]
fn a_database_without_room_for_the_ledger_refuses_payments_by_name_and_takes_them_once_there_is_room() {
    run(async {
        let server = Server::plan(Backend::Postgres).start().await;
        let (pair, first) = Pair::meet(&server).await;
        let operator = Operator::of(&server).await;
        let files = ledger_files(&server).await;
        // These processes and these files alone: other tests have databases on the same PostgreSQL.
        let mut arguments = vec!["-e", "inject=pwrite64,pwritev,pwritev2,fallocate:error=ENOSPC"];
        for file in &files {
            arguments.extend(["-P", file.to_str().unwrap()]);
        }
        let strace = Strace::attach(&operator.backends().await, &arguments);
        let mut paid = vec![first.clone()];
        let (d, refusal) = loop {
            let d = payment(&pair.ben.id, "0.10");
            match pair.on_ana.call("transfer.send", d.clone()).await {
                Ok(done) => paid.push(done),
                Err(refusal) => break (d, refusal),
            }
            assert!(paid.len() < MANY, "the files have grown: {}", strace.saw());
        };
        assert_not_moved(&refusal, "storage_unavailable");
        let cents = 10_000 - 100 - 10 * (paid.len() as i64 - 1);
        let of_ana = format!("{}.{:02}", cents / 100, cents % 100);
        assert_eq!(pair.on_ana.available("CNY").await, of_ana, "reads are served");

        strace.detach();
        let last = pay_in_the_end(&pair.on_ana, &d, "storage_unavailable").await;
        assert_eq!(last["duplicate"], false);
        paid.push(last);
        assert_readiness(&server, "ok").await;
        pair.hear(&paid.iter().collect::<Vec<_>>()).await;
        end(server);
    });
}
