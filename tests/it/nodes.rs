//! Two servers on one database: the same conversation, the same accounts, with the bus and without it.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, Client, Cluster, Follower, eventually, payment, run};

/// What the bus lost comes by the hints, which are polled every two seconds, on a machine busy with other tests.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(60);
/// A session is checked again every 30 s when the word of its end was lost.
const SESSION_LIMIT: Duration = Duration::from_secs(45);
/// A stopped server has drained by then.
const STOP_LIMIT: Duration = Duration::from_secs(40);

/// Texts of each socket in each phase.
const TEXTS: usize = 12;
/// Payments of each socket in each phase.
const PAYMENTS: usize = 4;

/// One socket, whom it pays and how much, and what it knows.
struct Seat {
    client: Client,
    payee: String,
    amount: &'static str,
    account: String,
    follower: Follower,
}

/// All sockets say and pay at once.
async fn phase(name: &str, seats: &[Seat], group: &str) {
    let says = seats.iter().enumerate().flat_map(|(seat, Seat { client, .. })| {
        (0..TEXTS).map(move |i| async move { drop(client.say(group, &format!("{name}: {seat}.{i}")).await) })
    });
    let pays = seats.iter().flat_map(
        |Seat {
             client, payee, amount, ..
         }| {
            (0..PAYMENTS).map(move |_| async move {
                let mut d = payment(payee, amount);
                d["conversation"] = json!(group);
                client.done("transfer.send", d).await;
            })
        },
    );
    tokio::join!(join_all(says), join_all(pays));
}

/// Waits until a socket knows everything, by pushes, and by reading only where a push showed a hole.
async fn knows(seat: &mut Seat, group: &str, messages: usize, available: &str) {
    let Seat {
        client,
        follower,
        account,
        ..
    } = seat;
    let what = format!("{messages} messages and {available} on one screen");
    eventually(&what, CATCH_UP_LIMIT, async || {
        follower.listen(client).await;
        let known = follower.messages(group).iter().filter(|m| m["n"].is_i64()).count();
        (known == messages && follower.available(account) == Some(available)).then_some(())
    })
    .await;
    follower.assert_gapless(group);
}

/// The same position of a log never has two predecessors, whichever node told of it.
fn assert_one_chain(seats: &[Seat]) {
    let mut prevs: HashMap<(String, i64), i64> = HashMap::new();
    for push in seats.iter().flat_map(|seat| seat.client.pushes_from(0)) {
        let (Some(log), Some(prev), Some(rev)) = (push["log"].as_str(), push["prev"].as_i64(), push["rev"].as_i64())
        else {
            continue;
        };
        let known = *prevs.entry((log.to_owned(), rev)).or_insert(prev);
        assert_eq!(known, prev, "{push}");
    }
}

#[test]
fn two_nodes_carry_one_conversation_and_one_account_with_the_bus_and_without() {
    run(async {
        let Cluster {
            mut one,
            mut two,
            mut redis,
        } = Cluster::start(|plan| plan).await;
        let (ana, ben) = (one.register("ana"), two.register("ben"));
        one.fund(&ana, "100.00", "CNY");
        two.fund(&ben, "100.00", "CNY");
        let group = one.connect(&ana).await.group_with("knots", &[&ben.id]).await;
        let mut seats = Vec::new();
        for (person, payee, amount) in [(&ana, &ben, "1.00"), (&ben, &ana, "2.00")] {
            for node in [&one, &two] {
                let client = node.connect(person).await;
                let account = client.account("CNY").await["log"].as_str().unwrap().to_owned();
                let mut follower = Follower::default();
                follower.follow(&format!("c:{group}"), 0);
                follower.follow(&account, 0);
                follower.sync(&client).await;
                seats.push(Seat {
                    client,
                    payee: payee.id.clone(),
                    amount,
                    account,
                    follower,
                });
            }
        }
        phase("with the bus", &seats, &group).await;
        redis.stop();
        phase("without the bus", &seats, &group).await;
        redis.start_again();
        phase("with the bus again", &seats, &group).await;

        let messages = 3 * seats.len() * (TEXTS + PAYMENTS);
        // In each phase ana pays 8 times 1.00 and ben 8 times 2.00.
        for (seat, available) in seats.iter_mut().zip(["124.00", "124.00", "76.00", "76.00"]) {
            knows(seat, &group, messages, available).await;
        }
        assert_one_chain(&seats);
        drop(seats);
        assert!(one.sigterm(STOP_LIMIT).success() && two.sigterm(STOP_LIMIT).success());
        one.expect_quipu(&["audit"]);
    });
}

#[test]
fn one_payment_sent_to_both_nodes_many_times_is_one_payment() {
    run(async {
        let Cluster {
            one,
            two,
            redis: _redis,
        } = Cluster::start(|plan| plan).await;
        let (ana, ben) = (one.register("ana"), one.register("ben"));
        one.fund(&ana, "10.00", "CNY");
        let clients = [one.connect(&ana).await, two.connect(&ana).await];
        let d = payment(&ben.id, "1.00");
        let answers = join_all((0..50).map(|i| clients[i % 2].done("transfer.send", d.clone()))).await;
        assert_eq!(answers.iter().filter(|answer| answer["duplicate"] == false).count(), 1);
        assert!(
            answers
                .iter()
                .all(|answer| answer["id"] == answers[0]["id"] && answer["at"] == answers[0]["at"])
        );
        assert_eq!(clients[1].available("CNY").await, "9.00");
    });
}

#[test]
fn two_nodes_never_spend_the_same_money() {
    run(async {
        let Cluster {
            one,
            two,
            redis: _redis,
        } = Cluster::start(|plan| plan).await;
        let (ana, ben) = (one.register("ana"), two.register("ben"));
        one.fund(&ana, "60.00", "CNY");
        let clients = [one.connect(&ana).await, two.connect(&ana).await];
        let sends = (0..100).map(|i| clients[i % 2].call("transfer.send", payment(&ben.id, "1.00")));
        let answers = join_all(sends).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 60);
        let refused = answers.into_iter().filter_map(Result::err);
        assert!(refused.into_iter().all(|refusal| refusal.code == "insufficient_funds"));
        assert_eq!(two.connect(&ben).await.available("CNY").await, "60.00");
    });
}

#[test]
fn a_session_ended_on_one_node_is_over_on_the_other_even_without_the_bus() {
    run(async {
        let Cluster { one, two, mut redis } = Cluster::start(|plan| plan).await;
        let (ana, ben) = (one.register("ana"), one.register("ben"));
        let on_ben = one.connect(&ben).await;
        let conversation = on_ben.direct_with(&ana.id).await;
        for bus in [true, false] {
            let token = ana.sign_in(&one.http(), "phone");
            let client = Client::open(&two).await;
            client.hello(&token).await;
            // Once this is heard, the other node listens for her.
            on_ben.say(&conversation, "there?").await;
            client.next_event("message.posted").await;
            if !bus {
                redis.stop();
            }
            one.http().as_bearer(&token, "POST", "/api/v1/logout", None).expect(204);
            let limit = if bus { ANSWER_LIMIT } else { SESSION_LIMIT };
            assert_eq!(client.closed(limit).await.code, Some(4501), "with the bus: {bus}");
            two.http().as_bearer(&token, "GET", "/api/v1/me", None).expect(401);
        }
    });
}

#[test]
fn a_node_that_dies_takes_nothing_with_it() {
    run(async {
        let Cluster {
            mut one,
            two,
            redis: _redis,
        } = Cluster::start(|plan| plan).await;
        let (ana, ben) = (one.register("ana"), one.register("ben"));
        one.fund(&ana, "10.00", "CNY");
        let on_one = one.connect(&ana).await;
        let conversation = on_one.direct_with(&ben.id).await;
        let said = on_one.say(&conversation, "acknowledged").await;
        let paid = on_one.pay(&ben.id, "1.00").await;
        one.kill9();
        let on_two = two.connect(&ana).await;
        // The ledger's head must not stay locked by the dead.
        assert_eq!(on_two.pay(&ben.id, "1.00").await["balance"], "8.00");
        let history = on_two.whole_history(&conversation).await;
        let seqs: Vec<&Value> = history.iter().map(|message| &message["seq"]).collect();
        assert!(seqs.contains(&&said["seq"]) && seqs.contains(&&paid["seq"]));
    });
}
