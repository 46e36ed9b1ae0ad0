//! The ledger's key is exchanged for a new one.

use std::time::Duration;

use crate::harness::{Backend, Server, payment, run};

/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);

#[test]
fn a_new_key_takes_over_on_sqlite_and_the_old_one_is_kept_and_refused() {
    run(async {
        let mut server = Server::plan(Backend::Sqlite).start().await;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "10.00", "CNY");
        let (status, said) = server.quipu(&["rotate-key"]);
        assert!(!status.success() && said.contains("another quipu works on"), "{said}");
        assert!(server.sigterm(STOP_LIMIT).success());

        let folder = server.data_folder();
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let keys = || {
            let names = std::fs::read_dir(&folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name());
            let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
            names.retain(|name| name.starts_with("ledger.key"));
            names.sort();
            names
        };
        let old = read("ledger.key");
        let said = server.expect_quipu(&["rotate-key"]);
        let kept = keys();
        assert_eq!(kept.len(), 2, "{kept:?}: {said}");
        assert_eq!(read(&kept[1]), old, "the old key is kept");
        let new = read("ledger.key");
        assert_ne!(new, old);
        // A key that has sealed nothing has nothing to hand over, and one that is not needed is not left lying about.
        let (status, said) = server.quipu(&["rotate-key"]);
        assert!(!status.success() && said.contains("has signed nothing yet"), "{said}");
        assert_eq!((keys(), read("ledger.key")), (kept.clone(), new.clone()));

        server.restart();
        let on_ana = server.connect(&ana).await;
        assert_eq!(on_ana.pay(&ben.id, "1.00").await["balance"], "9.00");
        assert!(server.sigterm(STOP_LIMIT).success());
        let said = server.expect_quipu(&["audit"]);
        assert!(said.contains("signed by the key in force, of 2"), "{said}");

        let (new_id, old_id) = (id_of(&new), id_of(&old));
        assert_eq!(kept[1], format!("ledger.key.{old_id}"));
        std::fs::write(folder.join("ledger.key"), &old).unwrap();
        let (status, said) = server.quipu(&["serve", "--listen", "127.0.0.1:0"]);
        assert!(
            !status.success() && said.contains(&new_id) && said.contains(&old_id),
            "{said}"
        );
        let (status, said) = server.quipu(&["audit"]);
        assert_eq!(status.code(), Some(1), "{said}");
        assert!(
            said.contains(&format!("the ledger's last key is not {old_id}")),
            "{said}"
        );
        let (status, said) = server.quipu(&["rotate-key"]);
        assert!(!status.success() && said.contains("cannot hand over"), "{said}");
        std::fs::write(folder.join("ledger.key"), &new).unwrap();
        server.expect_quipu(&["audit"]);
    });
}

#[test]
fn a_node_with_the_old_key_takes_no_payment_until_it_has_the_new_one() {
    run(async {
        let mut server = Server::plan(Backend::Postgres).start().await;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "10.00", "CNY");
        let on_ana = server.connect(&ana).await;
        on_ana.pay(&ben.id, "1.00").await;
        let elsewhere = tempfile::tempdir().unwrap();
        let (file, folder) = (elsewhere.path().join("new.key"), elsewhere.path().display().to_string());
        let name = file.display().to_string();
        let (status, said) = server.quipu(&["rotate-key", "--data-dir", &folder]);
        assert!(!status.success() && said.contains("--new-key-file"), "{said}");
        // From another machine, as it were, while this node runs.
        let said = server.expect_quipu(&["rotate-key", "--data-dir", &folder, "--new-key-file", &name]);
        let new = std::fs::read_to_string(&file).unwrap();
        assert!(said.contains(&id_of(&new)), "{said}");

        let d = payment(&ben.id, "2.00");
        let refusal = on_ana.refused("transfer.send", d.clone(), "storage_unavailable").await;
        assert_eq!(refusal.whole["detail"]["money"], "not_moved");
        assert_eq!(on_ana.available("CNY").await, "9.00");
        let conversation = on_ana.direct_with(&ben.id).await;
        on_ana.say(&conversation, "messages go on").await;
        assert!(server.said().contains("restart this node with it"));
        assert!(server.sigterm(STOP_LIMIT).success());
        server.replan(|plan| plan.set("ledger.signing_key", new.trim()));
        server.restart();
        let on_ana = server.connect(&ana).await;
        assert_eq!(on_ana.done("transfer.send", d).await["balance"], "7.00");
        server.expect_quipu(&["audit"]);
    });
}

/// What names a key, of whose secret half this is the text.
fn id_of(key: &str) -> String {
    quipu::wallet::LedgerKey::from_hex(key).unwrap().id().to_owned()
}
