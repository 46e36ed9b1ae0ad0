//! Large groups on two nodes: an event crosses once, and whoever is a member anywhere hears it. The hints come so late
//! here that what is heard came over the bus.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, Client, Cluster, Person, Plan, Server, eventually, new_client_id, run};
use crate::large_groups::seeded;

/// Members of a group that has a channel of its own.
const MEMBERS: usize = 70;
/// What each node says at once.
const TEXTS: usize = 15;
/// A group settles within 5 s of its last change, on a machine busy with other tests.
const SETTLE_LIMIT: Duration = Duration::from_secs(60);

fn late_hints(plan: Plan) -> Plan {
    plan.set("cluster.hint_poll_ms", "60000")
}

async fn everybody(server: &Server, people: &[Person]) -> Vec<Client> {
    join_all(people.iter().map(|person| server.connect(person))).await
}

/// The revisions of a group's messages that were pushed to a client, from one on, in order of arrival.
fn heard(client: &Client, group: &str, from: i64) -> Vec<i64> {
    let log = format!("c:{group}");
    let rev = |push: Value| {
        let rev = push["rev"].as_i64().filter(|rev| *rev >= from)?;
        (push["ev"] == "message.posted" && push["log"] == *log).then_some(rev)
    };
    client.pushes_from(0).into_iter().filter_map(rev).collect()
}

/// Says something until all of these have heard one of it.
async fn warm_up(from: &Client, group: &str, to: &[&Client]) {
    eventually("the other node listens", ANSWER_LIMIT, async || {
        from.say(group, "does anybody hear?").await;
        to.iter()
            .all(|client| !heard(client, group, 1).is_empty())
            .then_some(())
    })
    .await;
}

/// Says something until one message is one event of the bus, which the other node's client hears.
async fn settles(node: &Server, from: &Client, group: &str, to: &Client) {
    eventually("a message crosses once", SETTLE_LIMIT, async || {
        let before = node.metric("quipu_bus_published_total", "");
        let said = from.say(group, "once?").await;
        let rev = said["rev"].as_i64().unwrap();
        let is_it = |push: &Value| (push["rev"] == rev && push["log"] == format!("c:{group}")).then_some(());
        to.next_push("what the other node said", ANSWER_LIMIT, is_it).await;
        let published = node.metric("quipu_bus_published_total", "") - before;
        (published < 1.5).then_some(())
    })
    .await;
}

#[test]
fn a_large_group_hears_each_message_once_and_in_order_on_both_nodes() {
    run(async {
        let Cluster {
            one,
            two,
            redis: _redis,
        } = Cluster::start(late_hints).await;
        let people = seeded(&one, MEMBERS);
        let (here, there) = (
            everybody(&one, &people[..6]).await,
            everybody(&two, &people[6..12]).await,
        );
        let others: Vec<_> = people[1..].iter().map(|person| person.id.as_str()).collect();
        let group = here[0].group_with("both banks", &others).await;
        warm_up(&here[0], &group, &there.iter().collect::<Vec<_>>()).await;
        warm_up(&there[0], &group, &here.iter().collect::<Vec<_>>()).await;
        settles(&one, &here[0], &group, &there[5]).await;
        settles(&two, &there[0], &group, &here[5]).await;

        let first = here[1].say(&group, "from here on").await["rev"].as_i64().unwrap();
        let says = (0..TEXTS).flat_map(|i| [(&here[2], i), (&there[2], i)]);
        join_all(says.map(|(client, i)| {
            let group = &group;
            async move { drop(client.say(group, &i.to_string()).await) }
        }))
        .await;
        let all: Vec<_> = (first..=first + 2 * i64::try_from(TEXTS).unwrap()).collect();
        for client in here.iter().chain(&there) {
            eventually("everything on every screen", ANSWER_LIMIT, async || {
                (heard(client, &group, first).len() >= all.len()).then_some(())
            })
            .await;
            assert_eq!(heard(client, &group, first), all);
        }
    });
}

#[test]
fn who_is_added_to_a_large_group_hears_the_next_message_on_a_node_without_a_member() {
    run(async {
        let Cluster {
            one,
            two,
            redis: _redis,
        } = Cluster::start(late_hints).await;
        let people = seeded(&one, MEMBERS + 1);
        let (newcomer, members) = people.split_last().unwrap();
        let on_one = one.connect(&members[0]).await;
        let on_two = two.connect(newcomer).await;
        let others: Vec<_> = members[1..].iter().map(|person| person.id.as_str()).collect();
        let group = on_one.group_with("the one bank", &others).await;
        let pair = on_one.direct_with(&newcomer.id).await;
        warm_up(&on_one, &pair, &[&on_two]).await;
        settles(&one, &on_one, &group, &on_one).await;

        let d = json!({ "client_id": new_client_id(), "conversation": group, "users": [newcomer.id] });
        on_one.done("member.add", d).await;
        on_one.say(&group, "welcome").await;
        let welcome = |push: &Value| (push["d"]["text"] == "welcome").then_some(());
        on_two.next_push("the next message", ANSWER_LIMIT, welcome).await;
        settles(&one, &on_one, &group, &on_two).await;

        // Who comes later has it followed by what is read of them.
        drop(on_two);
        eventually("nobody is left on the other node", ANSWER_LIMIT, async || {
            (two.metric("quipu_connections", "") < 0.5).then_some(())
        })
        .await;
        let on_two = two.connect(newcomer).await;
        warm_up(&on_one, &group, &[&on_two]).await;
        settles(&one, &on_one, &group, &on_two).await;
    });
}
