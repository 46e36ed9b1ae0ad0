//! A small ledger that has a row of every kind.

use std::time::Duration;

use serde_json::json;

use super::{ANSWER_LIMIT, Backend, Person, Server, eventually};

/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);

/// The ledger, and who stands in it.
pub(crate) struct Books {
    /// Its server, which is stopped.
    pub(crate) server: Server,
    /// Who paid most.
    pub(crate) ana: Person,
    /// Who was paid.
    pub(crate) ben: Person,
}

/// Has an operator's command done on the ledger that posts a row; the row's id.
pub(crate) fn posted(server: &Server, arguments: &[&str]) -> String {
    let said = server.expect_quipu(&[&["admin"], arguments, &["--reason", "case 7"]].concat());
    let line = said.lines().find(|line| line.contains(": ") && line.contains(", "));
    let id = line.and_then(|line| line.rsplit(", ").next());
    id.unwrap_or_else(|| panic!("no row in {said:?}")).to_owned()
}

/// Has an operator's command done on the ledger that changes an account.
fn changed(server: &Server, arguments: &[&str]) {
    server.expect_quipu(&[&["admin"], arguments, &["--reason", "case 8"]].concat());
}

impl Books {
    /// Makes it with a fee of one per cent.
    pub(crate) async fn make(backend: Backend) -> Self {
        let plan = Server::plan(backend).set("wallet.fee_basis_points", "100");
        let mut server = plan.start().await;
        let (ana, ben, eve) = (server.register("ana"), server.register("ben"), server.register("eve"));
        server.fund(&ana, "100.00", "CNY");
        server.fund(&ben, "20.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let paid = on_ana.pay(&ben.id, "10.00").await;
        assert_eq!(paid["fee"], "0.10");
        on_ben.pay(&ana.id, "1.00").await;

        let taken = posted(&server, &["hold", "ana", "5.00", "CNY"]);
        posted(&server, &["capture", &taken, "--amount", "2.00"]);
        let given_up = posted(&server, &["hold", "ana", "3.00", "CNY"]);
        posted(&server, &["void", &given_up]);
        posted(&server, &["hold", "ana", "1.00", "CNY", "--seconds", "1"]);
        posted(&server, &["hold", "ana", "4.00", "CNY"]);
        posted(&server, &["reverse", paid["id"].as_str().unwrap(), "--amount", "4.00"]);
        server.fund(&eve, "1.00", "EUR");
        let on_eve = server.connect(&eve).await;
        let history = on_eve.done("wallet.history", json!({ "currency": "EUR" })).await;
        posted(&server, &["reverse", history["transfers"][0]["id"].as_str().unwrap()]);
        changed(&server, &["close", "eve", "EUR"]);
        changed(&server, &["freeze", "ben", "CNY"]);
        changed(&server, &["thaw", "ben", "CNY"]);
        changed(&server, &["floor", "ben", "CNY", "-5.00"]);
        let expired = async || {
            let history = on_ana.done("wallet.history", json!({})).await;
            let rows = history["transfers"].as_array().unwrap().clone();
            rows.iter().any(|row| row["state"] == "expired").then_some(())
        };
        eventually("a hold of a second expires", ANSWER_LIMIT, expired).await;
        assert_eq!(on_ana.account("CNY").await["held"], "4.00");

        assert!(server.sigterm(STOP_LIMIT).success());
        rotate(&mut server);
        server.restart();
        let on_ana = server.connect(&ana).await;
        on_ana.pay(&ben.id, "0.50").await;
        assert!(server.sigterm(STOP_LIMIT).success());
        Self { server, ana, ben }
    }
}

/// Has the ledger of a stopped server signed with a new key, which its next start has.
fn rotate(server: &mut Server) {
    match server.backend() {
        Backend::Sqlite => drop(server.expect_quipu(&["rotate-key"])),
        Backend::Postgres => {
            let file = server.data_folder().join("next.key").display().to_string();
            server.expect_quipu(&["rotate-key", "--new-key-file", &file]);
            server.replan(|plan| plan.unset("ledger.signing_key").set("ledger.signing_key_file", &file));
        }
    }
}
