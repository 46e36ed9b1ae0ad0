//! Receipts by e-mail: once for each payment, to its two sides.

use serde_json::json;

use crate::harness::{
    ANSWER_LIMIT, Backend, Database, Server, eventually, new_client_id, on_both_databases, payment, run,
};

/// The receipts that were queued, sent or not: to whom, about what. Who registers is mailed too.
async fn mails(database: &Database) -> Vec<(String, String)> {
    let rows = database
        .texts::<2>("SELECT recipient, subject FROM mail WHERE subject LIKE '% paid %' ORDER BY created_at, recipient")
        .await;
    let text = |cell: &Option<String>| cell.clone().unwrap();
    rows.iter().map(|[to, subject]| (text(to), text(subject))).collect()
}

/// The addresses, once so many mails are there.
async fn recipients(database: &Database, count: usize) -> Vec<String> {
    let all = async || Some(mails(database).await).filter(|all| all.len() >= count);
    let all = eventually("the mails", ANSWER_LIMIT, all).await;
    let mut to: Vec<_> = all.into_iter().map(|(to, _)| to).collect();
    to.sort();
    to
}

const ANA: &str = "ana@example.com";
const BEN: &str = "ben@example.com";

on_both_databases!(
    both_sides_of_a_payment_get_one_mail_each_whatever_ends_in_between,
    |plan| plan
        .set("wallet.receipt_mail", "true")
        .set("wallet.fee_basis_points", "100"),
    |server| {
        let mut server = server;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let database = Database::of(&server).await;
        let on_ana = server.connect(&ana).await;
        let d = payment(&ben.id, "12.50");
        on_ana.done("transfer.send", d.clone()).await;
        assert_eq!(recipients(&database, 2).await, [ANA, BEN]);
        let subjects = mails(&database).await;
        assert!(
            subjects
                .iter()
                .any(|(to, says)| to == ANA && says.starts_with("You paid 12.50 CNY to @ben"))
        );
        assert!(
            subjects
                .iter()
                .any(|(to, says)| to == BEN && says.starts_with("@ana paid you 12.50 CNY"))
        );
        // Neither a repetition, nor money that no person gave another, nor the end of the node makes another one.
        on_ana.done("transfer.send", d).await;
        server.expect_quipu(&["admin", "hold", "ana", "5.00", "CNY", "--reason", "a claim"]);
        on_ana.pay(&ben.id, "1.00").await;
        server.kill9();
        server.restart();
        assert_eq!(recipients(&database, 4).await, [ANA, ANA, BEN, BEN]);
        let on_ben = server.connect(&ben).await;
        on_ben.pay(&ana.id, "2.00").await;
        assert_eq!(recipients(&database, 6).await, [ANA, ANA, ANA, BEN, BEN, BEN]);
    }
);

on_both_databases!(
    who_turned_it_off_gets_no_mail,
    |plan| plan.set("wallet.receipt_mail", "true"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let database = Database::of(&server).await;
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let set = on_ben.done("settings.set", json!({ "receipt_mail": false })).await;
        assert_eq!(set, json!({ "receipt_mail": false }));
        on_ana.pay(&ben.id, "1.00").await;
        assert_eq!(recipients(&database, 1).await, [ANA]);
        on_ben.done("settings.set", json!({ "receipt_mail": true })).await;
        on_ana.pay(&ben.id, "1.00").await;
        assert_eq!(recipients(&database, 3).await, [ANA, ANA, BEN]);
        on_ben.refused("settings.set", json!({}), "invalid_field").await;
    }
);

on_both_databases!(what_was_paid_before_it_was_turned_on_is_not_mailed, |server| {
    let mut server = server;
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    server.fund(&ana, "100.00", "CNY");
    let database = Database::of(&server).await;
    server.connect(&ana).await.pay(&ben.id, "1.00").await;
    assert!(server.sigterm(std::time::Duration::from_secs(40)).success());
    server.replan(|plan| plan.set("wallet.receipt_mail", "true"));
    server.restart();
    server.connect(&ana).await.pay(&ben.id, "3.00").await;
    recipients(&database, 2).await;
    let all = mails(&database).await;
    assert!(
        all.len() == 2 && all.iter().all(|(_, says)| says.contains("3.00")),
        "{all:?}"
    );
});

on_both_databases!(
    the_mail_of_what_was_accepted_names_the_payment_and_leads_to_what_moved_it,
    // Nothing is sent, so that the words stay where they are read.
    |plan| plan
        .set("wallet.receipt_mail", "true")
        .set("mail.smtp_url", "smtp://127.0.0.1:9")
        .set("identity.verify_email", "never"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let mut d = payment(&ben.id, "12.50");
        d["accept_first"] = json!(true);
        let id = on_ana.done("transfer.send", d).await["id"].clone();
        let accept = json!({ "client_id": new_client_id(), "transfer": id });
        let row = on_ben.done("transfer.accept", accept).await["transfer"]["id"].clone();
        let database = Database::of(&server).await;
        assert_eq!(recipients(&database, 2).await, [ANA, BEN]);
        let bodies = database
            .texts::<1>("SELECT body FROM mail WHERE subject LIKE '% paid %'")
            .await;
        let (id, row) = (id.as_str().unwrap(), row.as_str().unwrap());
        for [body] in bodies {
            let body = body.unwrap();
            assert!(body.contains(&format!("Payment: {id}\n")), "{body}");
            assert!(body.contains(&format!("/receipt?transfer={row}\n")), "{body}");
        }
    }
);

on_both_databases!(
    no_mail_tells_of_money_at_an_address_that_was_not_confirmed,
    |plan| plan
        .set("wallet.receipt_mail", "true")
        .set("identity.verify_email", "before_payment"),
    |server| {
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "100.00", "CNY");
        let database = Database::of(&server).await;
        let confirm = format!(
            "UPDATE app_user SET email_verified_at = 1 WHERE handle = '{}'",
            ana.handle
        );
        database.done(&confirm).await;
        server.connect(&ana).await.pay(&ben.id, "1.00").await;
        let paid = async || {
            let all = mails(&database).await;
            let paid: Vec<_> = all.into_iter().filter(|(_, says)| says.contains("1.00 CNY")).collect();
            (!paid.is_empty()).then_some(paid)
        };
        let paid = eventually("the mail", ANSWER_LIMIT, paid).await;
        assert_eq!(paid.iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(), [ANA]);
    }
);

#[test]
fn two_nodes_that_look_at_once_mail_once() {
    run(async {
        let plan = Server::plan(Backend::Postgres).set("wallet.receipt_mail", "true");
        let plan = plan.with_database().await;
        let (one, two) = (plan.clone().named("one").start_here(), plan.named("two").start_here());
        let (ana, ben) = (one.register("ana"), one.register("ben"));
        one.fund(&ana, "100.00", "CNY");
        let (on_one, on_two) = (one.connect(&ana).await, two.connect(&ana).await);
        for _ in 0..10 {
            on_one.pay(&ben.id, "0.10").await;
            on_two.pay(&ben.id, "0.10").await;
        }
        let database = Database::of(&one).await;
        let to = recipients(&database, 40).await;
        on_two.pay(&ben.id, "9.00").await;
        let all = recipients(&database, 42).await;
        assert_eq!((to.len(), all.len()), (40, 42));
    });
}
