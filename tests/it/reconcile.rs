//! A provider's statement against the ledger's rows.

use serde_json::{Value, json};

use crate::harness::{Server, on_both_databases};

/// Writes a statement and compares it; how it ended and the object that it said.
fn reconcile(server: &Server, csv: &str, more: &[&str]) -> (Option<i32>, Value) {
    let file = server.data_folder().join("statement.csv").display().to_string();
    std::fs::write(&file, csv).unwrap();
    let arguments = [&["reconcile", &file, "--currency", "CNY", "--json"], more].concat();
    let (status, said) = server.quipu(&arguments);
    let told = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
    (status.code(), told)
}

fn fund(server: &Server, amount: &str, reference: &str) {
    server.expect_quipu(&["admin", "fund", "ana", amount, "CNY", "--reference", reference]);
}

/// The references of one kind of difference.
fn named<'a>(told: &'a Value, kind: &str) -> Vec<&'a str> {
    let all = told["differences"][kind].as_array().unwrap();
    all.iter().map(|found| found["reference"].as_str().unwrap()).collect()
}

on_both_databases!(a_statement_that_says_what_the_ledger_says_agrees, |server| {
    let ana = server.register("ana");
    for (amount, reference) in [("100.00", "bank-1"), ("20.50", "bank-2"), ("7.00", "")] {
        fund(&server, amount, reference);
    }
    let client = server.connect(&ana).await;
    let history = client.done("wallet.history", json!({})).await;
    let id = |at: usize| history["transfers"][at]["id"].as_str().unwrap().to_owned();
    // A funding given back is money that went out at the provider; a hold on a person's money moves nothing there.
    server.expect_quipu(&[
        "admin",
        "reverse",
        &id(1),
        "--amount",
        "0.50",
        "--reason",
        "bank-2-back",
    ]);
    server.expect_quipu(&["admin", "hold", "ana", "1.00", "CNY", "--reason", "bank-3"]);
    let csv = format!(
        "date,memo,reference,amount\r\n2026-01-01,\"x, y\",bank-1,100\r\n2026-01-01,,bank-2,20.50\r\n\
         2026-01-02,,bank-2-back,-0.50\r\n2026-01-02,,{},7.00\r\n",
        id(0)
    );
    let (code, told) = reconcile(&server, &csv, &[]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!((&told["agrees"], &told["matched"]), (&json!(true), &json!(4)));
    assert_eq!(
        (&told["file"]["total"], &told["ledger"]["total"]),
        (&json!("127.00"), &json!("127.00"))
    );
    assert_eq!(told["difference"], "0.00");
    let file = server.data_folder().join("statement.csv").display().to_string();
    let said = server.expect_quipu(&["reconcile", &file, "--currency", "CNY"]);
    assert!(
        said.contains("matched: 4") && said.contains("difference: 0.00"),
        "{said}"
    );
});

on_both_databases!(each_kind_of_difference_is_named_and_the_command_fails, |server| {
    server.register("ana");
    for (amount, reference) in [
        ("1.00", "same"),
        ("2.00", "less"),
        ("3.00", "unstated"),
        ("4.00", "stated twice"),
        ("5.00", "paid twice"),
        ("5.00", "paid twice"),
    ] {
        fund(&server, amount, reference);
    }
    let csv = "reference,amount,currency\nsame,1.00,CNY\nless,1.99,CNY\nnever paid,9.00,CNY\nstated twice,4.00,CNY\n\
               stated twice,4.00,CNY\npaid twice,5.00,CNY\nsame,1.00,EUR\n";
    let (code, told) = reconcile(&server, csv, &[]);
    assert_eq!((code, &told["agrees"]), (Some(1), &json!(false)), "{told}");
    assert_eq!(told["matched"], 1);
    for (kind, reference) in [
        ("amount_differs", "less"),
        ("only_in_file", "never paid"),
        ("only_in_ledger", "unstated"),
        ("twice_in_file", "stated twice"),
        ("twice_in_ledger", "paid twice"),
    ] {
        assert_eq!(named(&told, kind), [reference], "{kind}");
    }
    let less = &told["differences"]["amount_differs"][0];
    assert_eq!(
        (&less["file"][0]["line"], &less["file"][0]["amount"]),
        (&json!(3), &json!("1.99"))
    );
    assert_eq!(less["ledger"][0]["amount"], "2.00");
    assert_eq!(
        (&told["file"]["total"], &told["ledger"]["total"]),
        (&json!("24.99"), &json!("20.00"))
    );
    assert_eq!(
        (&told["difference"], &told["file"]["in_other_currencies"]),
        (&json!("4.99"), &json!(1))
    );

    let file = server.data_folder().join("statement.csv").display().to_string();
    let (status, said) = server.quipu(&["reconcile", &file, "--currency", "CNY"]);
    assert_eq!(status.code(), Some(1));
    for told in [
        "amount differs: 1",
        "\"less\": line 3: 1.99",
        "only in the ledger: 1",
        "difference: 4.99",
    ] {
        assert!(said.contains(told), "{told:?} in {said}");
    }
    std::fs::write(&file, "reference,amount\nsame,1.00\nless,two\n").unwrap();
    let (status, said) = server.quipu(&["reconcile", &file, "--currency", "CNY"]);
    assert!(
        status.code() == Some(1) && said.contains("line 3: \"two\" is no amount"),
        "{said}"
    );
    std::fs::write(&file, b"reference,amount\nsame,\xff\n").unwrap();
    let (status, said) = server.quipu(&["reconcile", &file, "--currency", "CNY"]);
    assert!(status.code() == Some(1) && said.contains("line 2: not UTF-8"), "{said}");
});

on_both_databases!(only_the_rows_of_the_period_are_compared, |server| {
    server.register("ana");
    fund(&server, "1.00", "today");
    let csv = "reference,amount,date\nlong ago,5.00,2001-01-01\n";
    let (code, told) = reconcile(&server, csv, &["--to", "2001-01-31"]);
    assert_eq!(code, Some(1));
    assert_eq!(
        (&told["ledger"]["rows"], named(&told, "only_in_file")),
        (&json!(0), vec!["long ago"])
    );
    let (code, told) = reconcile(&server, csv, &["--from", "2001-01-02"]);
    assert_eq!((code, &told["file"]["outside_of_period"]), (Some(1), &json!(1)));
    assert_eq!(named(&told, "only_in_ledger"), ["today"]);
    let (code, told) = reconcile(&server, csv, &["--from", "2001-01-02", "--to", "2001-01-03"]);
    assert_eq!((code, &told["matched"]), (Some(0), &json!(0)), "{told}");
    let (code, _) = reconcile(&server, "reference,amount\n", &["--account", "fees"]);
    assert_eq!(code, Some(0), "an account that never opened is empty");
});

on_both_databases!(an_account_of_many_pages_is_read_to_its_first_row, |server| {
    let out = server.data_folder().join("people.jsonl").display().to_string();
    server.register("ana");
    fund(&server, "2.00", "the first");
    server.expect_quipu(&["admin", "seed", "--users", "1100", "--fund", "1.00", "--out", &out]);
    let (code, told) = reconcile(&server, "reference,amount\nthe first,2\n", &[]);
    assert_eq!(
        (code, &told["matched"], &told["ledger"]["rows"]),
        (Some(1), &json!(1), &json!(1101))
    );
    assert_eq!(named(&told, "only_in_ledger").len(), 1100);
    assert_eq!(told["ledger"]["total"], "1102.00");
});
