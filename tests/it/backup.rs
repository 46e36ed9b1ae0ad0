//! A copy of the database that a server goes on from, and copies that none may go on from.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};
use tokio::task::block_in_place;

use crate::harness::{
    ANSWER_LIMIT, Backend, Client, Person, Server, Site, eventually, on_both_databases, payment, run,
};

/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);
/// Payments that are acknowledged before the backup begins.
const BEFORE: usize = 10;

fn plan(server: &Server) -> crate::harness::Plan {
    let url = server.started_as().database_url();
    Server::plan(if url.is_some() {
        Backend::Postgres
    } else {
        Backend::Sqlite
    })
}

/// The secret of the server's ledger, as hexadecimal digits.
fn signing_key(server: &Server) -> String {
    match server.started_as().database_url() {
        Some(_) => "5a".repeat(32),
        None => std::fs::read_to_string(server.data_folder().join("ledger.key")).unwrap(),
    }
}

/// Brings the ledger's key to a new place, where it is a file.
fn bring_key(site: &Site, server: &Server) {
    if site.database_url().is_none() {
        site.bring_key(&server.data_folder().join("ledger.key"));
    }
}

/// All that a backup holds, in the open: a dump of PostgreSQL is compressed.
fn content(file: &Path) -> Vec<u8> {
    let bytes = std::fs::read(file).unwrap();
    if !bytes.starts_with(b"PGDMP") {
        return bytes;
    }
    let told = Command::new("pg_restore").arg("--file=-").arg(file).output().unwrap();
    assert!(told.status.success(), "{told:?}");
    told.stdout
}

fn holds(content: &[u8], part: &[u8]) -> bool {
    content.windows(part.len()).any(|window| window == part)
}

/// Raw, or as digits of either case.
fn holds_hex(content: &[u8], digits: &str) -> bool {
    let raw = (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[2 * at..][..2], 16).unwrap());
    holds(content, &raw.collect::<Vec<_>>())
        || holds(content, digits.as_bytes())
        || holds(content, digits.to_uppercase().as_bytes())
}

/// What follows `head ` in what a command said.
fn head(said: &str) -> &str {
    let found = said.lines().find_map(|line| line.strip_prefix("head "));
    found
        .unwrap_or_else(|| panic!("no head: {said}"))
        .split(',')
        .next()
        .unwrap()
}

/// Payments of one cent until it is told to stop; the client ids of those that were acknowledged.
fn pay_on(client: Client, to: String, stop: Arc<AtomicBool>) -> Arc<Mutex<Vec<Value>>> {
    let paid = Arc::new(Mutex::new(Vec::new()));
    tokio::spawn({
        let paid = paid.clone();
        async move {
            while !stop.load(Ordering::SeqCst) {
                let d = payment(&to, "0.01");
                let id = d["client_id"].clone();
                client.done("transfer.send", d).await;
                paid.lock().unwrap().push(id);
            }
        }
    });
    paid
}

fn count(paid: &Mutex<Vec<Value>>) -> usize {
    paid.lock().unwrap().len()
}

/// A server with a few payments, and its people.
async fn with_payments(server: &Server) -> (Person, Person) {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "100.00", "CNY");
    let on_ana = server.connect(&ana).await;
    for _ in 0..3 {
        on_ana.pay(&ben.id, "1.00").await;
    }
    (ana, ben)
}

on_both_databases!(
    a_backup_taken_while_payments_run_is_one_moment_that_a_server_goes_on_from,
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "1000.00", "CNY");
        let stop = Arc::new(AtomicBool::new(false));
        let paid = pay_on(server.connect(&ana).await, ben.id.clone(), stop.clone());
        let enough = async || (count(&paid) >= BEFORE).then_some(());
        eventually("payments", ANSWER_LIMIT, enough).await;

        let site = Site::new(plan(&server)).await;
        let file = site.path("backup").display().to_string();
        let before = paid.lock().unwrap().clone();
        let said = block_in_place(|| server.expect_quipu(&["backup", &file]));
        assert!(count(&paid) > before.len(), "payments went on meanwhile");
        stop.store(true, Ordering::SeqCst);
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        bring_key(&site, &server);
        let restored = block_in_place(|| site.expect_quipu(&["restore", "--verify", &file]));
        assert!(restored.contains("the ledger holds"), "{restored}");
        assert_eq!(head(&restored), head(&said));
        assert!(
            restored.contains("is here") && !restored.contains("MISSING"),
            "{restored}"
        );

        let mut again = block_in_place(|| site.start());
        let (on_ana, on_ben) = (again.connect(&ana).await, again.connect(&ben).await);
        for id in &before {
            let status = on_ana.done("transfer.status", json!({ "client_id": id })).await;
            assert_eq!(status["state"], "posted");
        }
        let cents = |text: String| text.replace('.', "").parse::<usize>().unwrap();
        let (left, got) = (
            cents(on_ana.available("CNY").await),
            cents(on_ben.available("CNY").await),
        );
        assert_eq!(left + got, 100_000);
        assert!(
            got >= before.len() && got <= count(&paid) + 1,
            "{got} of {}",
            count(&paid)
        );
        on_ana.pay(&ben.id, "1.00").await;
        assert_eq!(cents(on_ben.available("CNY").await), got + 100);
        assert!(block_in_place(|| again.sigterm(STOP_LIMIT)).success());
        block_in_place(|| again.expect_quipu(&["audit"]));
    }
);

on_both_databases!(
    a_backup_holds_the_public_halves_of_the_keys_and_never_the_signing_key,
    |server| {
        let mut server = server;
        with_payments(&server).await;
        assert!(server.sigterm(STOP_LIMIT).success());
        let site = Site::new(plan(&server)).await;
        let file = site.path("backup").display().to_string();
        // Without a server as well.
        let said = server.expect_quipu(&["backup", &file]);
        let public = said.lines().find(|line| line.contains("signs from block 1 on"));
        let public = public.and_then(|line| line.rsplit(' ').next()).unwrap();
        let content = content(Path::new(&file));
        assert!(holds_hex(&content, public), "the search finds what is there");
        assert!(!holds_hex(&content, &signing_key(&server)));
        assert!(said.contains("to be kept elsewhere: the signing key"), "{said}");
        let attachments = server.data_folder().join("attachments").display().to_string();
        assert!(
            said.contains(&format!("not inside: the bytes of attachments in {attachments}")),
            "{said}"
        );

        let site = if site.database_url().is_some() {
            site.change(|plan| plan.set("ledger.signing_key", &"7b".repeat(32)))
        } else {
            site
        };
        let restored = site.expect_quipu(&["restore", "--verify", &file]);
        let wanted = said
            .split("the signing key ")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap();
        assert!(
            restored.contains(&format!("MISSING: the signing key {wanted}")),
            "{restored}"
        );
        assert!(restored.contains("only the signing key helps"), "{restored}");
        let (status, started) = site.quipu(&["serve", "--listen", "127.0.0.1:0"]);
        assert!(!status.success() && started.contains(wanted), "{started}");
        site.refused_quipu(&["admin", "fund", "ana", "1.00", "CNY"], wanted);
    }
);

on_both_databases!(a_head_that_was_kept_elsewhere_is_held_against_the_backup, |server| {
    let (ana, ben) = with_payments(&server).await;
    let kept = head(&server.expect_quipu(&["audit"])).to_owned();
    server.connect(&ana).await.pay(&ben.id, "1.00").await;
    let site = Site::new(plan(&server)).await;
    let file = site.path("backup").display().to_string();
    server.expect_quipu(&["backup", &file]);
    let said = site.expect_quipu(&["restore", "--verify", "--head", &kept, &file]);
    assert!(said.contains("has the hash that was kept"), "{said}");

    let (block, hash) = kept.split_once(':').unwrap();
    let other = if hash.starts_with('0') { "1" } else { "0" };
    for (wrong, why) in [
        (format!("{block}:{other}{}", &hash[1..]), "not the one kept"),
        (format!("9{block}:{hash}"), "its end was cut off"),
    ] {
        let fresh = Site::new(plan(&server)).await;
        fresh.refused_quipu(&["restore", "--verify", "--head", &wrong, &file], why);
        assert!(!fresh.data_folder().join("quipu.db").exists());
    }
});

on_both_databases!(nothing_is_written_over_what_is_there, |server| {
    let mut server = server;
    with_payments(&server).await;
    let site = Site::new(plan(&server)).await;
    let file = site.path("backup").display().to_string();
    server.expect_quipu(&["backup", &file]);
    let first = std::fs::read(&file).unwrap();
    let (status, said) = server.quipu(&["backup", &file]);
    assert!(status.code() == Some(1) && said.contains("is there already"), "{said}");
    assert_eq!(std::fs::read(&file).unwrap(), first);

    let (status, said) = server.quipu(&["restore", &file]);
    assert!(
        status.code() == Some(1) && said.contains("another quipu works on"),
        "{said}"
    );
    assert!(server.sigterm(STOP_LIMIT).success());
    let why = if site.database_url().is_some() {
        "the database is not empty"
    } else {
        "quipu.db is there already"
    };
    let (status, said) = server.quipu(&["restore", &file]);
    assert!(status.code() == Some(1) && said.contains(why), "{said}");
    server.expect_quipu(&["audit"]);
});

/// Changes a database behind Quipu's back: the guards go first.
async fn tamper(url: &str, statements: &[&str]) {
    let database = Database::connect(url).await.unwrap();
    for statement in statements {
        database.execute_unprepared(statement).await.unwrap();
    }
    database.close().await.unwrap();
}

const TAKE_A_CENT: &str = "UPDATE transfer SET amount = amount + 1 WHERE seq = (SELECT MAX(seq) FROM transfer)";

#[test]
fn a_damaged_or_changed_file_is_refused_and_nothing_is_put_in_place() {
    run(async {
        let server = Server::plan(Backend::Sqlite).start().await;
        with_payments(&server).await;
        let site = Site::new(Server::plan(Backend::Sqlite)).await;
        let good = site.path("good");
        server.expect_quipu(&["backup", &good.display().to_string()]);
        let bytes = std::fs::read(&good).unwrap();

        // One bit of a payment's note, which the file's own structure does not notice.
        let mut flipped = bytes.clone();
        let note = b"for tea";
        let places: Vec<_> = (0..bytes.len() - note.len())
            .filter(|at| &bytes[*at..at + note.len()] == note)
            .collect();
        assert!(!places.is_empty());
        places.iter().for_each(|at| flipped[*at] ^= 1);
        std::fs::write(site.path("flipped"), flipped).unwrap();

        // The structure itself.
        let mut torn = bytes.clone();
        let page = 4096;
        torn[page..2 * page].fill(0xff);
        std::fs::write(site.path("torn"), torn).unwrap();
        std::fs::write(site.path("short"), &bytes[..bytes.len() / 2]).unwrap();

        std::fs::copy(&good, site.path("changed")).unwrap();
        let url = format!("sqlite://{}", site.path("changed").display());
        tamper(&url, &["DROP TRIGGER transfer_no_UPDATE", TAKE_A_CENT]).await;

        for name in ["flipped", "torn", "short", "changed"] {
            let file = site.path(name).display().to_string();
            let said = site.refused_quipu(&["restore", "--verify", &file], "nothing was put in place");
            assert!(!said.contains("restored"), "{name}: {said}");
            let left: Vec<_> = std::fs::read_dir(site.data_folder()).unwrap().collect();
            assert_eq!(left.len(), 1, "only the lock is there: {left:?}");
        }
        // Without --verify the file's own structure is looked at all the same.
        let torn = site.path("torn").display().to_string();
        site.refused_quipu(&["restore", &torn], "nothing was put in place");
        site.expect_quipu(&["restore", "--verify", &good.display().to_string()]);
    });
}

#[test]
fn what_is_no_backup_is_refused_by_what_it_is() {
    run(async {
        let mut server = Server::plan(Backend::Sqlite).start().await;
        with_payments(&server).await;
        let site = Site::new(Server::plan(Backend::Sqlite)).await;
        let name = |file: &str| site.path(file).display().to_string();
        std::fs::write(site.path("text"), "SELECT 1").unwrap();
        site.refused_quipu(&["restore", &name("text")], "is no backup");
        site.refused_quipu(&["restore", &name("nothing")], "nothing");
        tamper(
            &format!("sqlite://{}?mode=rwc", name("other")),
            &["CREATE TABLE song (title TEXT)"],
        )
        .await;
        site.refused_quipu(&["restore", &name("other")], "this is no database of Quipu");

        // The file of a server that was ended at once is not whole without what is beside it.
        server.kill9();
        let of_server = server.data_folder().join("quipu.db");
        assert!(of_server.with_extension("db-wal").metadata().unwrap().len() > 0);
        site.refused_quipu(&["restore", &of_server.display().to_string()], "not whole without it");

        server.expect_quipu(&["backup", &name("newer")]);
        let newer = ["INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)"];
        tamper(&format!("sqlite://{}", name("newer")), &newer).await;
        site.refused_quipu(&["restore", &name("newer")], "m9999_later");
        assert!(!site.data_folder().join("quipu.db").exists());

        server.expect_quipu(&["backup", &name("good")]);
        std::fs::write(site.data_folder().join("quipu.db-wal"), "left").unwrap();
        site.refused_quipu(&["restore", &name("good")], "belongs to another database");
        std::fs::remove_file(site.data_folder().join("quipu.db-wal")).unwrap();
        // What an ended restore left is no obstacle.
        std::fs::write(site.data_folder().join("quipu.db.part"), "half").unwrap();
        site.expect_quipu(&["restore", &name("good")]);
        let postgres = Site::new(Server::plan(Backend::Postgres)).await;
        postgres.refused_quipu(&["restore", &name("good")], "of a SQLite database");
    });
}

#[test]
fn after_a_rotation_the_restored_ledger_wants_the_new_key() {
    run(async {
        let mut server = Server::plan(Backend::Sqlite).start().await;
        with_payments(&server).await;
        let site = Site::new(Server::plan(Backend::Sqlite)).await;
        bring_key(&site, &server);
        assert!(server.sigterm(STOP_LIMIT).success());
        server.expect_quipu(&["rotate-key"]);
        let file = site.path("backup").display().to_string();
        let said = server.expect_quipu(&["backup", &file]);
        assert_eq!(said.matches("signs from block").count(), 2, "{said}");
        let restored = site.expect_quipu(&["restore", "--verify", &file]);
        assert!(restored.contains("which does not sign this ledger"), "{restored}");
        bring_key(&site, &server);
        site.expect_quipu(&["audit"]);
    });
}

#[test]
fn a_broken_dump_is_named_and_left_to_be_looked_at() {
    run(async {
        let mut server = Server::plan(Backend::Postgres).start().await;
        with_payments(&server).await;
        assert!(server.sigterm(STOP_LIMIT).success());
        let url = server.started_as().database_url().unwrap();
        tamper(url, &["DROP TRIGGER transfer_append_only ON transfer", TAKE_A_CENT]).await;
        let site = Site::new(Server::plan(Backend::Postgres)).await;
        let file = site.path("backup").display().to_string();
        server.expect_quipu(&["backup", &file]);
        let said = site.refused_quipu(&["restore", "--verify", &file], "BROKEN");
        assert!(said.contains("is in the database, to be looked at"), "{said}");
        site.refused_quipu(&["audit"], "BROKEN");

        // Half a dump leaves nothing behind, and a dump of something else is not taken.
        let fresh = Site::new(Server::plan(Backend::Postgres)).await;
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(fresh.path("half"), &bytes[..bytes.len() - 64]).unwrap();
        fresh.refused_quipu(
            &["restore", &fresh.path("half").display().to_string()],
            "nothing was restored",
        );
        fresh.refused_quipu(&["audit"], "quipu");
        fresh.expect_quipu(&["restore", &file]);

        let sqlite = Site::new(Server::plan(Backend::Sqlite)).await;
        sqlite.refused_quipu(&["restore", &file], "of a PostgreSQL");
    });
}

#[test]
fn the_databases_password_is_on_no_command_line() {
    run(async {
        let server = Server::plan(Backend::Postgres).start().await;
        let programs = tempfile::tempdir().unwrap();
        // In place of the real program: says how it was called, and fails.
        let fake = programs.path().join("pg_dump");
        let script = "#!/bin/sh\necho \"called with: $*\"\necho \"password: $PGPASSWORD\"\nexit 3\n";
        std::fs::write(&fake, script).unwrap();
        std::fs::set_permissions(&fake, std::fs::Permissions::from_mode(0o755)).unwrap();
        let url = server.started_as().database_url().unwrap();
        let password = url.split(['/', '@']).nth(2).unwrap().split(':').nth(1).unwrap();
        let path = format!("{}:/usr/bin:/bin", programs.path().display());
        let site = Site::new(Server::plan(Backend::Sqlite)).await;
        let site = site.change(|plan| {
            let plan = plan
                .set("database.url", url)
                .set("ledger.signing_key", &"5a".repeat(32))
                .set("vault.key", &"a5".repeat(32));
            plan.environment("PATH", &path)
        });
        let file = site.path("backup");
        let said = site.refused_quipu(&["backup", &file.display().to_string()], "pg_dump failed");
        let called = said.lines().find(|line| line.starts_with("called with:")).unwrap();
        assert!(
            called.contains("--dbname=postgres://") && !called.contains(password),
            "{called}"
        );
        assert!(said.contains(&format!("password: {password}")), "{said}");
        assert!(
            !file.exists() && !site.path("backup.part").exists(),
            "nothing is left of it"
        );
    });
}
