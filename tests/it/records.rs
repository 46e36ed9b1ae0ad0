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

/// The id of an account.
async fn account(client: &Client, currency: &str) -> String {
    client.account(currency).await["id"].as_str().unwrap().to_owned()
}

fn statement(server: &Server, who: &Person, form: &str, query: &str) -> Answer {
    let path = format!("/api/v1/wallet/{form}?{query}");
    server.http().as_bearer(&who.token, "GET", &path, None)
}

/// The records of comma-separated values as RFC 4180 has them.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut rest = text
        .strip_prefix('\u{feff}')
        .expect("a byte order mark")
        .chars()
        .peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => field.extend(rest.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\r' if !quoted => {
                assert_eq!(rest.next(), Some('\n'));
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            c => field.push(c),
        }
    }
    assert!(
        field.is_empty() && record.is_empty(),
        "the last record ends as the others do"
    );
    records
}

fn column(records: &[Vec<String>], row: &str, name: &str) -> Vec<String> {
    let at = records[0].iter().position(|known| known == name).unwrap();
    let rows = records.iter().skip(1).filter(|record| record[0] == row);
    rows.map(|record| record[at].clone()).collect()
}

/// Hundredths of an amount with a sign.
fn hundredths(amount: &str) -> i64 {
    amount.replace('.', "").parse().unwrap()
}

on_both_databases!(
    a_statement_leads_from_the_opening_balance_to_the_closing_one_and_is_safe_in_a_spreadsheet,
    |server| {
        let body = json!({ "handle": "mallory", "email": "mallory@example.com", "password": "knots of m 7421",
            "display_name": "=HYPERLINK(1)" });
        let mallory = server.http().post("/api/v1/register", &body).expect(201).json()["user"]["id"].clone();
        let ana = server.register("ana");
        server.fund(&ana, "100.00", "CNY");
        let on_ana = server.connect(&ana).await;
        let notes = ["=cmd|' /C calc'!A0", "a, \"b\";=1", "-1.00", "茶"];
        for note in notes {
            let mut d = crate::harness::payment(mallory.as_str().unwrap(), "1.25");
            d["note"] = json!(note);
            on_ana.done("transfer.send", d).await;
        }
        server.expect_quipu(&["admin", "hold", "ana", "5.00", "CNY", "--reason", "a claim"]);
        let id = account(&on_ana, "CNY").await;
        let answer = statement(&server, &ana, "statement.csv", &format!("account={id}")).expect(200);
        assert!(answer.header("content-type").starts_with("text/csv; charset=utf-8"));
        assert!(
            answer
                .header("content-disposition")
                .contains("filename=\"quipu-statement-CNY-begin-now.csv\"")
        );
        let found = records(&answer.text);
        assert!(found.iter().all(|record| record.len() == found[0].len()));
        let amounts = column(&found, "movement", "amount");
        assert_eq!(
            amounts,
            ["100.00", "-1.25", "-1.25", "-1.25", "-1.25"],
            "a hold moves nothing"
        );
        let sum: i64 = amounts.iter().map(|amount| hundredths(amount)).sum();
        let of = |row: &str| hundredths(&column(&found, row, "balance")[0]);
        assert_eq!((of("opening"), of("opening") + sum), (0, of("closing")));
        assert_eq!(of("closing"), 9_500);
        let shown = column(&found, "movement", "note");
        assert_eq!(shown[1..], ["'=cmd|' /C calc'!A0", "a, \"b\";'=1", "'-1.00", "茶"]);
        assert_eq!(column(&found, "movement", "name")[1], "'=HYPERLINK(1)");
        assert_eq!(column(&found, "movement", "handle")[1], "mallory");

        let head = server.expect_quipu(&["audit"]);
        let (_, head) = head.split_once("\nhead ").unwrap();
        let (block, hash) = head.trim().split_once(':').unwrap();
        assert_eq!(column(&found, "ledger", "note"), [format!("block {block} {hash}")]);
        let page = statement(&server, &ana, "statement", &format!("account={id}"))
            .expect(200)
            .text;
        assert!(page.contains(hash) && page.contains("95.00 CNY"), "{page}");
    }
);

on_both_databases!(a_statement_is_of_the_days_that_were_asked_for, |server| {
    let ana = server.register("ana");
    server.fund(&ana, "100.00", "CNY");
    let id = account(&server.connect(&ana).await, "CNY").await;
    let of = |days: &str| {
        let found = records(
            &statement(&server, &ana, "statement.csv", &format!("account={id}&{days}"))
                .expect(200)
                .text,
        );
        let balance = |row: &str| column(&found, row, "balance")[0].clone();
        (
            balance("opening"),
            column(&found, "movement", "amount").len(),
            balance("closing"),
        )
    };
    let told = |opening: &str, lines: usize, closing: &str| (opening.to_owned(), lines, closing.to_owned());
    assert_eq!(of("from=2000-01-01&to=2000-01-31"), told("0.00", 0, "0.00"));
    assert_eq!(of("from=2000-01-01&to=9000-12-31"), told("0.00", 1, "100.00"));
    assert_eq!(of("from=9000-01-01"), told("100.00", 0, "100.00"));
    assert_eq!(of("to="), told("0.00", 1, "100.00"));
    // Today, both days included; a test that runs over midnight asks for both.
    let today = records(
        &statement(&server, &ana, "statement.csv", &format!("account={id}"))
            .expect(200)
            .text,
    );
    let at = column(&today, "movement", "at")[0][..10].to_owned();
    assert_eq!(of(&format!("from={at}&to={at}")), told("0.00", 1, "100.00"));
    for (days, param) in [
        ("from=2026-02-30", "from"),
        ("from=2026-2-3", "from"),
        ("to=20260203", "to"),
        ("to=now", "to"),
        ("from=2026-02-02&to=2026-02-01", "to"),
    ] {
        for form in ["statement.csv", "statement"] {
            let refused = statement(&server, &ana, form, &format!("account={id}&{days}"))
                .expect(400)
                .json();
            assert_eq!(
                (&refused["code"], &refused["param"]),
                (&json!("invalid_field"), &json!(param)),
                "{days}"
            );
        }
    }
});

on_both_databases!(nobody_has_a_statement_of_anothers_account, |server| {
    let (ana, eve) = (server.register("ana"), server.register("eve"));
    server.fund(&ana, "1.00", "CNY");
    server.fund(&eve, "1.00", "CNY");
    let id = account(&server.connect(&ana).await, "CNY").await;
    let system = "00000000-0000-8000-8000-000000000000";
    let bare = |answer: Answer| {
        let mut told = answer.expect(404).json();
        told.as_object_mut().unwrap().remove("reference");
        told
    };
    for form in ["statement.csv", "statement"] {
        let unknown = bare(statement(&server, &eve, form, &format!("account={system}")));
        assert_eq!(unknown["code"], "account_not_found");
        for asked in [id.as_str(), "x", ""] {
            assert_eq!(
                bare(statement(&server, &eve, form, &format!("account={asked}"))),
                unknown
            );
        }
        let nobody = server
            .http()
            .get(&format!("/api/v1/wallet/{form}?account={id}"))
            .expect(401);
        assert_eq!(nobody.code(), "unauthenticated");
        assert_eq!(
            statement(&server, &eve, form, "from=2026-01-01").expect(400).json()["param"],
            "account"
        );
    }
});

on_both_databases!(
    the_page_of_a_statement_runs_nothing_and_speaks_both_languages,
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "10.00", "CNY");
        let on_ana = server.connect(&ana).await;
        let mut d = crate::harness::payment(&ben.id, "1.00");
        d["note"] = json!("<script>alert(\"1\")</script>");
        on_ana.done("transfer.send", d).await;
        let id = account(&on_ana, "CNY").await;
        let page = statement(&server, &ana, "statement", &format!("account={id}")).expect(200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        let policy = page.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert!(page.text.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"));
        let tags: Vec<_> = page
            .text
            .split('<')
            .skip(1)
            .filter_map(|part| part.split('>').next())
            .collect();
        for none in ["script", "style=", "style ", " on", "javascript:"] {
            assert!(tags.iter().all(|tag| !tag.contains(none)), "{none}: {tags:?}");
        }
        assert!(page.text.contains("<html lang=\"en\">") && page.text.contains("Closing balance"));
        let asked = statement(&server, &ana, "statement", &format!("account={id}&lang=zh-CN")).expect(200);
        assert!(asked.text.contains("<html lang=\"zh-CN\">") && asked.text.contains("期末余额"));
        let bearer = format!("Bearer {}", ana.token);
        let headers = [
            ("authorization", bearer.as_str()),
            ("accept-language", "zh-CN,zh;q=0.9,en;q=0.8"),
        ];
        let path = format!("/api/v1/wallet/statement?account={id}");
        let accepted = server.http().call("GET", &path, &headers, None).expect(200);
        assert_eq!(accepted.text, asked.text);
        let style = server.http().get("/static/styles/statement.css").expect(200);
        assert!(style.text.contains("@media print"));
    }
);
