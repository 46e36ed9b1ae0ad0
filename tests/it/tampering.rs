//! Somebody changes the ledger behind the program's back. The audit finds it and names the row.

mod desk;
mod names;

use serde_json::Value;

use crate::harness::{Backend, Books, Database, Server, run};
use desk::{Desk, hexadecimal};
use names::TABLES;

/// A stopped server has drained by then.
const STOP_LIMIT: std::time::Duration = std::time::Duration::from_secs(40);

/// Makes of one check a test for each database.
macro_rules! on_both {
    ($name:ident, $check:ident) => {
        mod $name {
            use super::*;

            #[test]
            fn on_sqlite() {
                run($check(Backend::Sqlite));
            }

            #[test]
            fn on_postgres() {
                run($check(Backend::Postgres));
            }
        }
    };
}

on_both!(
    any_value_that_was_changed_is_found_and_its_row_named,
    change_every_value
);

async fn change_every_value(backend: Backend) {
    let mut desk = Desk::open(backend).await;
    for table in TABLES {
        desk.change_every_value(table).await;
    }
    desk.close().await;
}

on_both!(a_row_that_was_removed_or_added_is_found_and_named, remove_and_add_rows);

async fn remove_and_add_rows(backend: Backend) {
    let mut desk = Desk::open(backend).await;
    for table in TABLES {
        desk.remove_every_row(table).await;
        desk.add_a_row(table).await;
    }
    desk.close().await;
}

on_both!(
    a_card_that_was_removed_added_or_exchanged_is_found_and_named,
    move_cards
);

async fn move_cards(backend: Backend) {
    let desk = Desk::open(backend).await;
    let database = &desk.database;
    let first = "SELECT CAST(MIN(card_seq) AS TEXT) FROM transfer";
    let seq = database.text(first).await;
    let payment = database
        .text(&format!(
            "SELECT CAST(seq AS TEXT) FROM transfer WHERE card_seq = {seq}"
        ))
        .await;
    let card = format!("seq = {seq} AND card_kind IS NOT NULL");
    database
        .done(&format!("CREATE TABLE kept AS SELECT * FROM message WHERE {card}"))
        .await;
    database.done(&format!("DELETE FROM message WHERE {card}")).await;
    desk.expect_said(
        "a card is removed",
        &[],
        &format!("payment {payment} has no card at message {seq}"),
    );
    database.done("INSERT INTO message SELECT * FROM kept").await;

    // The same card once more, elsewhere in the conversation.
    database
        .done(&format!(
            "UPDATE kept SET seq = 1000, rev = 1000, client_id = {}",
            names::fresh_id(backend)
        ))
        .await;
    database.done("INSERT INTO message SELECT * FROM kept").await;
    desk.expect_said("a card is added", &[], "message 1000 of conversation ");
    database.done("DELETE FROM message WHERE seq = 1000").await;
    database.done("DROP TABLE kept").await;

    for (column, other) in [
        ("card_data", "replace(card_data, '10.00', '90.00')"),
        ("card_data", "replace(card_data, 'posted', 'reversed')"),
        ("card_kind", "'reversal'"),
        ("card_id", "card_id || '.1'"),
    ] {
        let old = database
            .text(&format!("SELECT {column} FROM message WHERE {card}"))
            .await;
        database
            .done(&format!("UPDATE message SET {column} = {other} WHERE {card}"))
            .await;
        desk.expect_said(column, &[], &format!("payment {payment} "));
        database
            .done(&format!("UPDATE message SET {column} = '{old}' WHERE {card}"))
            .await;
    }
    desk.close().await;
}

on_both!(two_rows_that_changed_places_are_found_and_named, swap_rows);

async fn swap_rows(backend: Backend) {
    let desk = Desk::open(backend).await;
    for (table, column) in [("transfer", "seq"), ("account_event", "seq"), ("block", "number")] {
        let rows = desk
            .database
            .texts::<1>(&format!("SELECT CAST({column} AS TEXT) FROM {table} ORDER BY {column}"))
            .await;
        let numbers: Vec<_> = rows.into_iter().flatten().flatten().collect();
        let [.., one, two] = numbers.as_slice() else {
            panic!("two rows of {table}")
        };
        let swap = format!(
            "UPDATE {table} SET {column} = -1 WHERE {column} = {one};
             UPDATE {table} SET {column} = {one} WHERE {column} = {two};
             UPDATE {table} SET {column} = {two} WHERE {column} = -1"
        );
        desk.database.done(&swap).await;
        let word = if table == "block" { "block" } else { "row" };
        desk.expect_said(
            &format!("two rows of {table} are swapped"),
            &[],
            &format!("{word} {one} "),
        );
        desk.database.done(&swap).await;
    }
    desk.close().await;
}

on_both!(a_tail_that_was_cut_off_is_found_by_a_head_that_was_kept, cut_the_tail);

async fn cut_the_tail(backend: Backend) {
    let Books {
        mut server, ana, ben, ..
    } = Books::make(backend).await;
    let before = told(&server, &[]);
    server.restart();
    server.expect_quipu(&["admin", "freeze", "ana", "CNY", "--reason", "case 9"]);
    assert!(server.sigterm(STOP_LIMIT).success());
    let after = told(&server, &[]);
    let head = |told: &Value| format!("{}:{}", told["head"]["block"], told["head"]["hash"].as_str().unwrap());
    assert_ne!(head(&before), head(&after));
    assert_ne!(ana.id, ben.id);

    let database = Database::of(&server).await;
    database.unguard(&TABLES).await;
    let (block, hash) = (&before["head"]["block"], before["head"]["hash"].as_str().unwrap());
    let hash = match backend {
        Backend::Sqlite => format!("X'{hash}'"),
        Backend::Postgres => format!("decode('{hash}', 'hex')"),
    };
    database
        .done(&format!(
            "UPDATE account SET status = 0, last_seq = (SELECT prev_seq FROM account_event ORDER BY seq DESC LIMIT 1)
                WHERE last_seq = (SELECT MAX(seq) FROM account_event);
             DELETE FROM account_event WHERE seq = (SELECT next_seq - 1 FROM ledger_head);
             DELETE FROM block WHERE number > {block};
             UPDATE ledger_head SET next_seq = next_seq - 1, next_block = {block} + 1, head_hash = {hash},
                last_at = (SELECT MAX(at) FROM block)"
        ))
        .await;
    // By itself, what is left is a ledger that never had more.
    assert_eq!(told(&server, &[])["head"], before["head"]);
    assert_eq!(told(&server, &["--since", &head(&before)])["holds"], true);
    let (status, said) = server.quipu(&["audit", "--since", &head(&after)]);
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("block {} is not there", after["head"]["block"])),
        "{said}"
    );
}

/// What the audit tells in JSON, which must be that the ledger holds.
fn told(server: &Server, arguments: &[&str]) -> Value {
    let said = server.expect_quipu(&[&["audit", "--json"], arguments].concat());
    let line = said.lines().find(|line| line.starts_with('{')).expect("an object");
    let told: Value = serde_json::from_str(line).unwrap();
    assert_eq!(told["holds"], true, "{told}");
    told
}

on_both!(a_sound_ledger_is_audited_in_every_way_that_is_offered, audit_every_way);

async fn audit_every_way(backend: Backend) {
    let desk = Desk::open(backend).await;
    let whole = told(&desk.server, &[]);
    for (what, least) in [
        ("transfers", 13),
        ("account_events", 9),
        ("open_and_ended_holds", 4),
        ("refunds", 2),
        ("cards", 4),
        ("keys", 2),
    ] {
        assert!(whole[what].as_u64().unwrap() >= least, "{what}: {whole}");
    }
    assert_eq!(whole["currencies"], serde_json::json!(["CNY", "EUR"]));
    let key = desk.public_key().to_owned();
    let last = whole["head"]["block"].as_i64().unwrap();
    for block in [1, last / 3, last / 2, last - 1, last] {
        let hash = hexadecimal(&desk.database, "block", "hash", &format!("number = {block}")).await;
        let since = format!("{block}:{hash}");
        let told = told(&desk.server, &["--since", &since, "--public-key", &key]);
        assert_eq!((&told["since"], &told["head"]), (&block.into(), &whole["head"]));
        assert_eq!(told["blocks"], last - block);
        let another = format!("{block}:{}", "00".repeat(32));
        desk.expect_said(
            "another hash",
            &["--since", &another],
            &format!("block {block} has the hash {hash}"),
        );
    }
    desk.expect_said("no such block", &["--since", "999999"], "block 999999 is not there");
    let (status, said) = desk.server.quipu(&["audit", "--public-key", &"11".repeat(32)]);
    assert_ne!(status.code(), Some(0), "{said}");
    let broken = "UPDATE ledger_head SET last_at = last_at + 1";
    desk.database.done(broken).await;
    let (status, said) = desk.server.quipu(&["audit", "--json", "--public-key", &key]);
    let line = said.lines().find(|line| line.starts_with('{')).expect("an object");
    let told: Value = serde_json::from_str(line).unwrap();
    assert_eq!((status.code(), &told["holds"]), (Some(1), &false.into()));
    assert!(told["broken"].as_str().unwrap().contains("head"), "{told}");
    desk.database.done("UPDATE ledger_head SET last_at = last_at - 1").await;
    desk.close().await;
}
