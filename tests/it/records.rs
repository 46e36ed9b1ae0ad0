//! What people take home of the ledger: receipts that anyone can check, and statements.

use std::time::Duration;

use quipu::wallet::{LedgerKey, check_receipt};
use serde_json::{Value, json};

use crate::harness::{Answer, Backend, Client, Person, Server, on_both_databases, run};

/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);

/// The key that signs the ledger of this server.
fn ledger_key(server: &Server) -> LedgerKey {
    let text = match server.setting("ledger.signing_key") {
        Some(text) => text,
        None => std::fs::read_to_string(server.data_folder().join("ledger.key")).unwrap(),
    };
    LedgerKey::from_hex(text.trim()).unwrap()
}

fn hexadecimal(key: &LedgerKey) -> String {
    hex::encode(key.public().bytes())
}

fn receipt(server: &Server, who: &Person, transfer: &str) -> Answer {
    let path = format!("/api/v1/wallet/receipt?transfer={transfer}");
    server.http().as_bearer(&who.token, "GET", &path, None)
}

/// Verifies a file through the command line, which needs no settings.
fn verify(server: &Server, text: &str, key: &str) -> (Option<i32>, String) {
    let file = server.data_folder().join("receipt.json");
    std::fs::write(&file, text).unwrap();
    let (status, said) = server.quipu(&["verify", &file.display().to_string(), "--key", key]);
    (status.code(), said)
}

async fn history(client: &Client) -> Vec<Value> {
    let told = client.done("wallet.history", json!({})).await;
    told["transfers"].as_array().unwrap().clone()
}

on_both_databases!(
    both_parties_have_a_receipt_that_holds_without_the_server_and_tells_nothing_of_the_other,
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "123.45", "CNY");
        server.fund(&ben, "777.00", "CNY");
        let on_ana = server.connect(&ana).await;
        let paid = on_ana.pay(&ben.id, "12.50").await;
        let id = paid["id"].as_str().unwrap();
        let key = ledger_key(&server);
        for (who, other_has) in [(&ana, "78950"), (&ben, "11095")] {
            let answer = receipt(&server, who, id).expect(200);
            assert_eq!(answer.header("content-type"), "application/json");
            let disposition = answer.header("content-disposition");
            assert!(
                disposition.starts_with("attachment; filename=\"quipu-receipt-") && disposition.ends_with(".json\""),
                "{disposition}"
            );
            let told = answer.json();
            assert_eq!(told["says"]["from"]["user"], ana.id);
            assert_eq!(told["says"]["to"]["user"], ben.id);
            assert_eq!(
                (&told["transfer"], &told["says"]["amount"]),
                (&paid["id"], &json!("12.50"))
            );
            assert_eq!(told["row"]["note"], "for tea");
            assert!(
                !answer.text.contains(&format!("\"{other_has}\"")),
                "the balance of the other"
            );

            let (code, said) = verify(&server, &answer.text, &hexadecimal(&key));
            assert_eq!(code, Some(0), "{said}");
            for part in [
                "the receipt holds",
                "payment: posted 12.50 CNY",
                &format!("from user {} (said to be @ana, \"ana\": not proven)", ana.id),
                &format!("to user {} (said to be @ben", ben.id),
                "signed by the key that was given",
            ] {
                assert!(said.contains(part), "{part}: {said}");
            }
        }
    }
);

on_both_databases!(nobody_but_a_party_learns_even_that_there_is_a_transfer, |server| {
    let [ana, ben, eve] = ["ana", "ben", "eve"].map(|handle| server.register(handle));
    server.fund(&ana, "10.00", "CNY");
    let on_ana = server.connect(&ana).await;
    // In a group of which eve is a member too: she sees the card, and is no party.
    let group = on_ana.group_with("knots", &[&ben.id, &eve.id]).await;
    let mut d = crate::harness::payment(&ben.id, "1.00");
    d["conversation"] = json!(group);
    let paid = on_ana.done("transfer.send", d).await;
    let id = paid["id"].as_str().unwrap();
    let unknown = receipt(&server, &ana, &id.replacen(|c: char| c.is_ascii_lowercase(), "Z", 1)).expect(404);
    let bare = |answer: &Answer| {
        let mut told = answer.json();
        told.as_object_mut().unwrap().remove("reference");
        told
    };
    for (who, asked) in [(&eve, id), (&eve, "x"), (&ana, ""), (&ana, &format!("{id}.1"))] {
        let answer = receipt(&server, who, asked).expect(404);
        assert_eq!(bare(&answer), bare(&unknown), "{asked}");
    }
    assert_eq!(unknown.code(), "transfer_not_found");
    let missing = server
        .http()
        .as_bearer(&ana.token, "GET", "/api/v1/wallet/receipt", None)
        .expect(404);
    assert_eq!(bare(&missing), bare(&unknown));
    let path = format!("/api/v1/wallet/receipt?transfer={id}");
    assert_eq!(server.http().get(&path).expect(401).code(), "unauthenticated");
});

on_both_databases!(one_changed_byte_of_a_receipt_fails_and_is_named, |server| {
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "10.00", "CNY");
    let paid = server.connect(&ana).await.pay(&ben.id, "1.00").await;
    let text = receipt(&server, &ben, paid["id"].as_str().unwrap()).expect(200).text;
    let key = ledger_key(&server).public();
    check_receipt(text.as_bytes(), &key).unwrap();
    for at in 0..text.len() {
        let mut other = text.clone().into_bytes();
        other[at] ^= 1;
        assert!(check_receipt(&other, &key).is_err(), "byte {at}");
    }
    let public = hexadecimal(&ledger_key(&server));
    let (code, said) = verify(&server, &text.replace("\"1.00\"", "\"9.00\""), &public);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("DOES NOT HOLD: the receipt says how much it was"),
        "{said}"
    );
    let (code, said) = verify(&server, &text.replace("\"for tea\"", "\"for all\""), &public);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("they do not lead to the block's root"), "{said}");
    let stranger = hex::encode(LedgerKey::from_hex(&"07".repeat(32)).unwrap().public().bytes());
    let (code, said) = verify(&server, &text, &stranger);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("not to "), "{said}");
});

on_both_databases!(
    every_row_that_moves_a_persons_money_has_its_receipt,
    |plan| plan.set("wallet.fee_basis_points", "100"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let on_ana = server.connect(&ana).await;
        on_ana.pay(&ben.id, "10.00").await;
        let reverse = history(&on_ana).await;
        let payment = reverse.iter().find(|row| row["kind"] == "payment").unwrap();
        server.expect_quipu(&["admin", "reverse", payment["id"].as_str().unwrap(), "--reason", "wrong"]);
        server.expect_quipu(&[
            "admin", "hold", "ana", "5.00", "CNY", "--hours", "3", "--reason", "a claim",
        ]);
        let rows = history(&on_ana).await;
        assert_eq!(rows.len(), 5, "funding, payment, fee, reversal, hold: {rows:?}");
        let key = ledger_key(&server).public();
        for row in rows {
            let told = receipt(&server, &ana, row["id"].as_str().unwrap()).expect(200);
            let proven = check_receipt(told.text.as_bytes(), &key).unwrap();
            assert_eq!(proven.receipt.says.state, row["state"]);
            assert_eq!(proven.receipt.says.kind, row["kind"]);
        }
    }
);

#[test]
fn a_receipt_holds_by_the_present_key_and_by_the_one_that_signed_after_the_key_was_exchanged() {
    run(async {
        let mut server = Server::plan(Backend::Sqlite).start().await;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "10.00", "CNY");
        let paid = server.connect(&ana).await.pay(&ben.id, "1.00").await;
        let id = paid["id"].as_str().unwrap();
        let early = receipt(&server, &ana, id).expect(200).text;
        let mut keys = vec![ledger_key(&server)];
        for _ in 0..2 {
            assert!(server.sigterm(STOP_LIMIT).success());
            server.expect_quipu(&["rotate-key"]);
            keys.push(ledger_key(&server));
            server.restart();
            // A key that has sealed nothing does not hand over.
            server.connect(&ana).await.pay(&ben.id, "1.00").await;
        }
        let now = receipt(&server, &ana, id).expect(200).text;
        for (n, key) in keys.iter().enumerate() {
            let (code, said) = verify(&server, &now, &hexadecimal(key));
            assert_eq!(code, Some(0), "{said}");
            let proven = check_receipt(now.as_bytes(), &key.public()).unwrap();
            assert_eq!((proven.handovers, proven.signed_by.as_str()), (n, keys[0].id()));
        }
        let (code, said) = verify(&server, &early, &hexadecimal(&keys[2]));
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("fetch the receipt anew"), "{said}");
        assert!(check_receipt(early.as_bytes(), &keys[0].public()).is_ok());
    });
}

on_both_databases!(
    receipts_are_asked_for_at_a_rate,
    |plan| plan.set("limits.records_per_minute", "2"),
    |server| {
        let ana = server.register("ana");
        for _ in 0..2 {
            receipt(&server, &ana, "x").expect(404);
        }
        let refused = receipt(&server, &ana, "x").expect(429).json();
        assert_eq!(refused["setting"], "limits.records_per_minute");
    }
);
