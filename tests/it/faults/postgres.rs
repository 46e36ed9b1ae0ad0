//! PostgreSQL around COMMIT: connections that break there, servers that die there, a database that is away.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Pair, assert_not_moved, assert_readiness, end, pay_in_the_end, status, status_in_the_end};
use crate::harness::{At, Backend, Call, PgProxy, Server, What, payment, run};

/// Somebody else's payment waits no longer for a node that stopped with the ledger's lock in its hand.
const LOCK_LIMIT: Duration = Duration::from_secs(3);

async fn server_behind_a_proxy() -> (Server, PgProxy) {
    let (plan, proxy) = PgProxy::before(Server::plan(Backend::Postgres)).await;
    (plan.start_here(), proxy)
}

#[test]
fn a_connection_lost_at_commit_costs_nobody_anything() {
    run(async {
        let (server, proxy) = server_behind_a_proxy().await;
        let (pair, first) = Pair::meet(&server).await;
        let mut payments = vec![first];
        for (number, at) in [At::Before, At::After].into_iter().enumerate() {
            proxy.at_next_commit(at, What::Cut);
            let d = payment(&pair.ben.id, "1.00");
            let paid = pair.on_ana.done("transfer.send", d.clone()).await;
            proxy.happened(number + 1).await;
            assert_eq!(paid["duplicate"], false, "{at:?}");
            let told = status(&pair.on_ana, &d).await.unwrap();
            assert_eq!((&told["id"], &told["state"]), (&paid["id"], &json!("posted")));
            let again = pair.on_ana.done("transfer.send", d).await;
            assert_eq!((&again["id"], &again["duplicate"]), (&paid["id"], &json!(true)));
            payments.extend([paid, pair.on_ana.pay(&pair.ben.id, "1.00").await]);
        }
        pair.hear(&payments.iter().collect::<Vec<_>>()).await;
        pair.have("95.00", "5.00").await;
        end(server);
    });
}

#[test]
fn the_first_payment_between_two_is_heard_though_its_commit_was_not() {
    run(async {
        let (server, proxy) = server_behind_a_proxy().await;
        let (ana, ben) = (server.register("ana"), server.register("ben"));
        server.fund(&ana, "10.00", "CNY");
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let pair = Pair {
            ana,
            ben,
            on_ana,
            on_ben,
        };
        proxy.at_next_commit(At::After, What::Cut);
        let paid = pair.on_ana.pay(&pair.ben.id, "1.00").await;
        proxy.happened(1).await;
        pair.hear(&[&paid]).await;
        pair.have("9.00", "1.00").await;
        end(server);
    });
}

/// The database goes away at COMMIT and stays away until the payment was answered.
fn an_outcome_that_nobody_can_learn(at: At) {
    run(async {
        let (server, proxy) = server_behind_a_proxy().await;
        let (pair, first) = Pair::meet(&server).await;
        proxy.at_next_commit(at, What::GoAway);
        let d = payment(&pair.ben.id, "1.00");
        let refusal = pair.on_ana.refused("transfer.send", d.clone(), "outcome_unknown").await;
        let told = &refusal.whole;
        assert_eq!(
            (&told["retryable"], &told["detail"]["money"]),
            (&json!(true), &json!("unknown")),
            "{told}"
        );
        proxy.come_back().await;

        let committed = at == At::After;
        match status_in_the_end(&pair.on_ana, &d).await {
            Ok(told) => assert!(committed && told["state"] == "posted", "{told}"),
            Err(code) => assert!(!committed && code == "transfer_not_found", "{code}"),
        }
        let paid = pay_in_the_end(&pair.on_ana, &d, "wallet_busy").await;
        assert_eq!(paid["duplicate"], committed);
        let last = pair.on_ana.pay(&pair.ben.id, "1.00").await;
        pair.hear(&[&first, &paid, &last]).await;
        pair.have("97.00", "3.00").await;
        end(server);
    });
}

#[test]
fn a_payment_whose_commit_never_reached_the_database_is_unknown_and_then_not_found() {
    an_outcome_that_nobody_can_learn(At::Before);
}

#[test]
fn a_payment_whose_commit_was_never_heard_of_is_unknown_and_then_found() {
    an_outcome_that_nobody_can_learn(At::After);
}

/// The server dies while the COMMIT is on its way.
fn a_kill_around_commit(at: At) {
    run(async {
        let (mut server, proxy) = server_behind_a_proxy().await;
        let (mut pair, _) = Pair::meet(&server).await;
        proxy.at_next_commit(at, What::Hold);
        let d = payment(&pair.ben.id, "1.00");
        let kill = async {
            proxy.happened(1).await;
            server.kill9();
            proxy.drop_held();
        };
        let (answer, ()) = tokio::join!(pair.on_ana.try_call("transfer.send", d.clone()), kill);
        assert!(matches!(answer, Call::Lost(_)), "{answer:?}");
        server.restart();
        pair.come_back(&server).await;

        let committed = at == At::After;
        let told = status(&pair.on_ana, &d).await;
        assert_eq!(told.map_err(|code| code == "transfer_not_found").is_ok(), committed);
        pair.have(
            if committed { "98.00" } else { "99.00" },
            if committed { "2.00" } else { "1.00" },
        )
        .await;
        let paid = pair.on_ana.done("transfer.send", d).await;
        assert_eq!(paid["duplicate"], committed);
        pair.have("98.00", "2.00").await;
        end(server);
    });
}

#[test]
fn a_server_killed_before_its_commit_has_paid_nothing() {
    a_kill_around_commit(At::Before);
}

#[test]
fn a_server_killed_after_its_commit_has_paid_once() {
    a_kill_around_commit(At::After);
}

#[test]
fn while_the_database_is_away_everything_is_refused_by_its_name_and_then_goes_on_by_itself() {
    run(async {
        let (server, proxy) = server_behind_a_proxy().await;
        let (pair, first) = Pair::meet(&server).await;
        let conversation = first["conversation"].clone();
        proxy.go_away().await;
        let d = payment(&pair.ben.id, "1.00");
        let said = json!({ "client_id": d["client_id"], "conversation": conversation, "text": "are you there?" });
        let of = json!({ "conversation": conversation });
        let (paid, said, accounts, history) = tokio::join!(
            pair.on_ana.call("transfer.send", d.clone()),
            pair.on_ben.refused("message.send", said.clone(), "busy"),
            pair.on_ana.refused("wallet.accounts", json!({}), "wallet_busy"),
            pair.on_ben.refused("message.history", of, "busy"),
        );
        assert_not_moved(&paid.unwrap_err(), "wallet_busy");
        for refusal in [said, accounts, history] {
            assert_eq!(refusal.whole["retryable"], true, "{}", refusal.whole);
        }
        assert_readiness(&server, "unreachable").await;
        proxy.come_back().await;

        let paid = pay_in_the_end(&pair.on_ana, &d, "wallet_busy").await;
        assert_eq!(paid["duplicate"], false);
        assert_readiness(&server, "ok").await;
        pair.on_ben.say(conversation.as_str().unwrap(), "here again").await;
        pair.hear(&[&first, &paid]).await;
        pair.have("98.00", "2.00").await;
        end(server);
    });
}

#[test]
fn a_node_that_stops_with_the_ledgers_lock_in_its_hand_holds_nobody_up() {
    run(async {
        let plan = Server::plan(Backend::Postgres).with_database().await;
        let two = plan.clone().named("two").set("cluster.node_name", "two");
        let (one, proxy) = PgProxy::in_front_of(plan.named("one").set("cluster.node_name", "one")).await;
        let one = one.start_here();
        let two = two.start_here();
        let (pair, first) = Pair::meet(&one).await;
        let cleo = two.register("cleo");
        two.fund(&cleo, "10.00", "CNY");
        let on_cleo = two.connect(&cleo).await;
        on_cleo.pay(&pair.ben.id, "1.00").await;

        proxy.at_next_commit(At::Before, What::Hold);
        let d = payment(&pair.ben.id, "1.00");
        let stopped = async {
            proxy.happened(1).await;
            one.signal("STOP");
            let start = Instant::now();
            on_cleo.pay(&pair.ben.id, "1.00").await;
            let took = start.elapsed();
            one.signal("CONT");
            proxy.go_on();
            took
        };
        let (paid, took) = tokio::join!(pair.on_ana.done("transfer.send", d.clone()), stopped);
        assert!(took < LOCK_LIMIT, "the other node's payment took {took:?}");
        assert_eq!(paid["duplicate"], false);
        let again = pair.on_ana.done("transfer.send", d).await;
        assert_eq!((&again["id"], &again["duplicate"]), (&paid["id"], &json!(true)));
        assert_ne!(paid["id"], first["id"]);
        pair.have("98.00", "4.00").await;
        assert_eq!(on_cleo.available("CNY").await, "8.00");
        end(two);
        end(one);
    });
}
