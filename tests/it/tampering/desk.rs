//! Where a ledger is tampered with, one change after the other.

use std::collections::BTreeSet;

use quipu::wallet::{AuditError, PublicKey, audit};

use super::names::{self, Names, TABLES};
use crate::harness::{Backend, Books, Column, Database, Server};

/// A ledger with a row of every kind, its server stopped and the database's own guards removed.
pub(super) struct Desk {
    pub(super) server: Server,
    pub(super) database: Database,
    /// The public half of the key that signs now, in hexadecimal.
    key: String,
    /// What was not found, or not by its name.
    faults: Vec<String>,
}

impl Desk {
    pub(super) async fn open(backend: Backend) -> Self {
        let Books { server, .. } = Books::make(backend).await;
        let database = Database::of(&server).await;
        database.unguard(&[&TABLES[..], &["message"]].concat()).await;
        let last = "from_block = (SELECT MAX(from_block) FROM ledger_key)";
        let key = hexadecimal(&database, "ledger_key", "public_key", last).await;
        let desk = Self {
            server,
            database,
            key,
            faults: Vec::new(),
        };
        assert_eq!(desk.found().await, None, "the ledger is sound at first");
        desk
    }

    /// The public half of the key that signs now, in hexadecimal.
    pub(super) fn public_key(&self) -> &str {
        &self.key
    }

    /// What the audit finds.
    async fn found(&self) -> Option<String> {
        let key = PublicKey::from_bytes(&hex::decode(&self.key).unwrap()).unwrap();
        match audit(&self.database.db, &key, None, |_, _| {}).await {
            Ok(_) => None,
            Err(AuditError::Broken(found)) => Some(found.what),
            Err(AuditError::Unread(fault)) => Some(format!("NOT READ: {fault}")),
        }
    }

    /// The audit must find what was done, and name one of these.
    pub(super) async fn expect(&mut self, done: &str, named: &[&Names]) {
        match self.found().await {
            Some(found) if named.iter().any(|names| names.are_in(&found)) => {}
            found => self
                .faults
                .push(format!("{done}: {}", found.as_deref().unwrap_or("not found"))),
        }
    }

    /// The same through the command line: the audit ends with 1 and says this.
    pub(super) fn expect_said(&self, done: &str, arguments: &[&str], said: &str) {
        let (status, text) = self.server.quipu(&[&["audit"], arguments].concat());
        assert_eq!(status.code(), Some(1), "{done}: {text}");
        assert!(
            text.contains("BROKEN: ") && text.contains(said),
            "{done} is to be named by {said:?}: {text}"
        );
    }

    /// Everything was put back as it was, and everything that was done before was found.
    pub(super) async fn close(self) {
        assert!(
            self.faults.is_empty(),
            "{} of the changes were not found by their names:\n{}",
            self.faults.len(),
            self.faults.join("\n")
        );
        assert_eq!(self.found().await, None, "all was put back");
        self.server.expect_quipu(&["audit"]);
    }

    /// Changes every value of every row of a table, one after the other, and puts each back. What is done to the first
    /// row is looked for through the command line too.
    pub(super) async fn change_every_value(&mut self, table: &str) {
        let columns = self.database.columns(table).await;
        let places = self.database.places(table).await;
        let mut changed = BTreeSet::new();
        for (row, mut place) in places.into_iter().enumerate() {
            for column in &columns {
                let old = self.database.value(table, &place, column).await;
                for others in names::other_values(column, old.as_deref()) {
                    let names = Names::of(&self.database, table, &place).await;
                    let Some((at, other)) = self.change(table, &place, column, others).await else {
                        continue;
                    };
                    changed.insert(column.name.clone());
                    let now = Names::of(&self.database, table, &at).await;
                    let done = format!("{table}.{} of {names:?}: {old:?} is {other:?}", column.name);
                    self.expect(&done, &[&names, &now]).await;
                    if row == 0 {
                        self.expect_said(&done, &[], "");
                    }
                    place = self.database.set(table, &at, column, old.as_deref()).await.unwrap();
                }
            }
        }
        let all: BTreeSet<_> = columns.into_iter().map(|column| column.name).collect();
        assert_eq!(changed, all, "every column of {table} was changed");
    }

    /// Gives a value the first of others that the database takes; where the row is then, and the value.
    async fn change(
        &self,
        table: &str,
        place: &str,
        column: &Column,
        others: Vec<Option<String>>,
    ) -> Option<(String, Option<String>)> {
        for other in others {
            if let Ok(at) = self.database.set(table, place, column, other.as_deref()).await {
                return Some((at, other));
            }
        }
        None
    }

    /// Removes every row of a table, one after the other, and puts each back.
    pub(super) async fn remove_every_row(&mut self, table: &str) {
        for place in self.database.places(table).await {
            let names = Names::of(&self.database, table, &place).await;
            self.keep_a_copy(table, &place).await;
            self.delete(table, &place).await;
            self.expect(&format!("{table}: {names:?} is removed"), &[&names]).await;
            self.put_the_copy_in(table).await;
            self.database.done("DROP TABLE kept").await;
        }
    }

    /// Adds a row like one that is there, under keys that are not.
    pub(super) async fn add_a_row(&mut self, table: &str) {
        let known = self.database.places(table).await;
        self.keep_a_copy(table, &known[0]).await;
        let keys = names::fresh_keys(self.database.backend(), table);
        self.database.done(&format!("UPDATE kept SET {keys}")).await;
        self.put_the_copy_in(table).await;
        let places = self.database.places(table).await;
        let new = places.into_iter().find(|place| !known.contains(place));
        let new = new.expect("a row was added");
        let names = Names::of(&self.database, table, &new).await;
        self.expect(&format!("{table}: {names:?} is added"), &[&names]).await;
        self.delete(table, &new).await;
        self.database.done("DROP TABLE kept").await;
    }

    async fn keep_a_copy(&self, table: &str, place: &str) {
        let at = self.database.at(place);
        let copy = format!("CREATE TABLE kept AS SELECT * FROM {table} WHERE {at}");
        self.database.done(&copy).await;
    }

    async fn put_the_copy_in(&self, table: &str) {
        self.database
            .done(&format!("INSERT INTO {table} SELECT * FROM kept"))
            .await;
    }

    async fn delete(&self, table: &str, place: &str) {
        let at = self.database.at(place);
        self.database.done(&format!("DELETE FROM {table} WHERE {at}")).await;
    }
}

/// The bytes of the one row for which a condition holds.
pub(super) async fn hexadecimal(database: &Database, table: &str, column: &str, condition: &str) -> String {
    let text = match database.backend() {
        Backend::Sqlite => format!("lower(hex({column}))"),
        Backend::Postgres => format!("encode({column}, 'hex')"),
    };
    database
        .text(&format!("SELECT {text} FROM {table} WHERE {condition}"))
        .await
}
