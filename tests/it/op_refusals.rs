//! Every operation of the catalogue and all that it refuses, in one table: to who is no member, who is blocked, who has
//! not the role, what is too long or too much, and an id that was used for something else. An operation that is missing
//! here fails, and so does one whose refusal is told differently.

use std::collections::BTreeSet;

use quipu::protocol::OPS;
use serde_json::{Value, json};

use crate::harness::{ANSWER_LIMIT, Client, Person, WireError, eventually, new_client_id, on_both_databases};

/// Operations that ask for nothing and about the caller alone: there is nothing that they could refuse.
const ABOUT_ONESELF: [&str; 7] = [
    "ping",
    "contact.blocked",
    "device.list",
    "wallet.accounts",
    "budget.list",
    "factor.list",
    "method.list",
];

/// Operations of payments, whose refusals have tables of their own (`payments`, `refusals`, `history_filters`, `flows::waiting`,
/// `budgets`, `confirmed`, `methods`, `fundings`), and of devices (`devices`).
const PAYMENTS: [&str; 22] = [
    "wallet.history",
    "wallet.waiting",
    "wallet.summary",
    "budget.set",
    "wallet.transaction",
    "transfer.send",
    "transfer.status",
    "device.revoke",
    "limits.show",
    "wallet.freeze",
    "wallet.unfreeze",
    "pin.set",
    "pin.change",
    "step_up.begin",
    "step_up.confirm",
    "method.add",
    "method.update",
    "method.default",
    "method.remove",
    "topup.create",
    "withdraw.create",
    "funding.list",
];

/// Who is there: `ana` owns a group with `ben`; `fay` is blocked by `ana` and has a conversation with her; `eve` knows
/// nobody.
struct World {
    ana: Person,
    ben: Person,
    eve: Person,
    on_ana: Client,
    on_ben: Client,
    on_eve: Client,
    on_fay: Client,
    group: String,
    /// What `ana` said there.
    seq: Value,
    /// The conversation of `ana` and `fay`.
    blocked: String,
    /// What `fay` said there before.
    fays: Value,
    /// The conversation of `ben` and `eve`.
    eves: String,
}

fn with_id(mut d: Value) -> Value {
    d["client_id"] = json!(new_client_id());
    d
}

/// A request with some fields more, or in the place of those that it has.
fn merged(mut d: Value, more: &Value) -> Value {
    d.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    d
}

impl World {
    /// A request about what `ana` said in the group, with an id of its own.
    fn at(&self, more: Value) -> Value {
        merged(with_id(json!({ "conversation": self.group, "seq": self.seq })), &more)
    }

    async fn of(server: &crate::harness::Server) -> Self {
        let [ana, ben, eve, fay] = ["ana", "ben", "eve", "fay"].map(|handle| server.register(handle));
        let (on_ana, on_ben) = (server.connect(&ana).await, server.connect(&ben).await);
        let (on_eve, on_fay) = (server.connect(&eve).await, server.connect(&fay).await);
        let group = on_ana.group_with("secret knots", &[&ben.id]).await;
        let seq = on_ana.say(&group, "secret words").await["seq"].clone();
        let blocked = on_fay.direct_with(&ana.id).await;
        let fays = on_fay.say(&blocked, "before the block").await["seq"].clone();
        on_ana
            .done("contact.block", json!({ "user": fay.id, "on": true }))
            .await;
        let eves = on_eve.direct_with(&ben.id).await;
        Self {
            ana,
            ben,
            eve,
            on_ana,
            on_ben,
            on_eve,
            on_fay,
            group,
            seq,
            blocked,
            fays,
            eves,
        }
    }
}

/// One refusal: who asks, for what, and the code.
type Row<'a> = (&'static str, &'a Client, Value, &'static str);

/// What is asked of a conversation by who is no member of it.
fn of_a_stranger(world: &World, place: &str) -> Vec<(&'static str, Value)> {
    let one = json!({ "conversation": place, "seq": world.seq });
    let with = |more: Value| merged(with_id(one.clone()), &more);
    let (ana, eve) = (&world.ana.id, &world.eve.id);
    vec![
        ("message.send", with(json!({ "text": "x" }))),
        ("message.edit", with(json!({ "text": "x" }))),
        ("message.recall", with(json!({}))),
        ("message.pin", with(json!({ "on": true }))),
        ("message.pinned", one.clone()),
        ("message.hide", json!({ "conversation": place, "seqs": [world.seq] })),
        ("message.history", one.clone()),
        (
            "message.forward",
            with(json!({ "from": { "conversation": world.eves, "seq": 1 } })),
        ),
        ("reaction.set", with(json!({ "emoji": "👍", "on": true }))),
        ("reaction.list", one.clone()),
        ("conversation.get", one.clone()),
        ("conversation.update", with(json!({ "title": "x" }))),
        ("conversation.leave", with(json!({}))),
        ("conversation.focus", one.clone()),
        (
            "conversation.set",
            with(json!({ "muted_until": null, "archived": true, "pinned": false })),
        ),
        ("member.list", one.clone()),
        ("member.add", with(json!({ "users": [eve] }))),
        ("member.remove", with(json!({ "user": ana }))),
        ("member.role", with(json!({ "user": eve, "role": "owner" }))),
        ("draft.set", with(json!({ "text": "x" }))),
        ("typing.set", with(json!({ "on": true }))),
        ("presence.count", one.clone()),
        ("read.mark", one.clone()),
        ("delivered.mark", one),
        ("search.messages", json!({ "query": "secret", "conversation": place })),
    ]
}

/// What is refused to who is blocked, in a conversation that stands.
fn of_the_blocked(world: &World) -> Vec<Row<'_>> {
    let (fay, place) = (&world.on_fay, &world.blocked);
    let at = |more: Value| merged(with_id(json!({ "conversation": place, "seq": world.fays })), &more);
    let forward = json!({ "from": { "conversation": place, "seq": world.fays } });
    vec![
        ("message.send", fay, at(json!({ "text": "let me in" })), "blocked"),
        ("message.forward", fay, at(forward), "blocked"),
        ("message.edit", fay, at(json!({ "text": "other words" })), "blocked"),
        ("reaction.set", fay, at(json!({ "emoji": "👍", "on": true })), "blocked"),
        ("message.pin", fay, at(json!({ "on": true })), "blocked"),
        (
            "conversation.create",
            fay,
            with_id(json!({ "kind": "group", "title": "come", "members": [world.ana.id] })),
            "person_unavailable",
        ),
    ]
}

/// What is refused to a member without the role, or without the right over what it is about.
fn of_the_role(world: &World) -> Vec<Row<'_>> {
    let (ana, ben) = (&world.on_ana, &world.on_ben);
    let at = |more| world.at(more);
    let (ana_id, ben_id, eve_id) = (&world.ana.id, &world.ben.id, &world.eve.id);
    vec![
        (
            "conversation.update",
            ben,
            at(json!({ "title": "mine" })),
            "forbidden_role",
        ),
        ("member.add", ben, at(json!({ "users": [eve_id] })), "forbidden_role"),
        ("member.remove", ben, at(json!({ "user": ana_id })), "forbidden_role"),
        (
            "member.role",
            ben,
            at(json!({ "user": ben_id, "role": "owner" })),
            "forbidden_role",
        ),
        (
            "member.role",
            ana,
            at(json!({ "user": ana_id, "role": "member" })),
            "forbidden_role",
        ),
        ("message.edit", ben, at(json!({ "text": "not mine" })), "not_editable"),
        ("message.recall", ben, at(json!({})), "forbidden_role"),
        ("message.pin", ben, at(json!({ "on": true })), "forbidden_role"),
        ("conversation.leave", ana, at(json!({})), "owner_must_hand_over"),
        (
            "conversation.update",
            &world.on_eve,
            with_id(json!({ "conversation": world.eves, "title": "a pair" })),
            "wrong_kind",
        ),
    ]
}

/// People who are not there, and too many of them.
fn of_people(world: &World) -> Vec<Row<'_>> {
    let ana = &world.on_ana;
    let ids = |count: usize| -> Vec<_> { (0..count).map(|_| new_client_id()).collect() };
    let nobody = new_client_id();
    vec![
        (
            "hello",
            ana,
            json!({ "client": { "name": "x", "version": "1.0.0" } }),
            "invalid_field",
        ),
        (
            "user.find",
            ana,
            json!({ "handle": "nobody_of_this_name" }),
            "user_not_found",
        ),
        ("user.get", ana, json!({ "users": ids(101) }), "invalid_field"),
        ("contact.list", ana, json!({ "cursor": "?" }), "invalid_field"),
        ("contact.request", ana, json!({ "user": nobody }), "person_unavailable"),
        (
            "contact.answer",
            ana,
            json!({ "user": world.eve.id, "accept": true }),
            "person_unavailable",
        ),
        ("contact.remove", ana, json!({ "user": nobody }), "person_unavailable"),
        (
            "contact.block",
            ana,
            json!({ "user": nobody, "on": true }),
            "person_unavailable",
        ),
        ("presence.watch", ana, json!({ "users": ids(1_001) }), "invalid_field"),
        (
            "settings.set",
            ana,
            json!({ "presence": "my friends" }),
            "invalid_field",
        ),
    ]
}

/// Groups: titles, members, settings.
fn of_groups(world: &World) -> Vec<Row<'_>> {
    let ana = &world.on_ana;
    let ids = |count: usize| -> Vec<_> { (0..count).map(|_| new_client_id()).collect() };
    let nobody = new_client_id();
    let at = |more| world.at(more);
    vec![
        ("conversation.list", ana, json!({ "cursor": "?" }), "invalid_field"),
        (
            "conversation.create",
            ana,
            with_id(json!({ "kind": "group", "title": "t".repeat(200), "members": [world.ben.id] })),
            "title_invalid",
        ),
        (
            "conversation.create",
            ana,
            with_id(json!({ "kind": "direct", "members": [nobody] })),
            "members_invalid",
        ),
        (
            "conversation.update",
            ana,
            at(json!({ "title": "t".repeat(200) })),
            "title_invalid",
        ),
        (
            "conversation.update",
            ana,
            at(json!({ "slow_mode_seconds": 1_000_000 })),
            "invalid_field",
        ),
        (
            "conversation.update",
            ana,
            at(json!({ "avatar": nobody })),
            "attachment_not_found",
        ),
        (
            "conversation.set",
            ana,
            at(json!({ "muted_until": "soon" })),
            "invalid_field",
        ),
        ("member.list", ana, at(json!({ "cursor": "?" })), "invalid_field"),
        ("member.add", ana, at(json!({ "users": ids(1_001) })), "members_invalid"),
        ("member.add", ana, at(json!({ "users": [nobody] })), "members_invalid"),
        (
            "member.role",
            ana,
            at(json!({ "user": world.ben.id, "role": "king" })),
            "invalid_field",
        ),
        (
            "member.role",
            ana,
            at(json!({ "user": world.eve.id, "role": "admin" })),
            "person_unavailable",
        ),
    ]
}

/// Words: too long, too many mentions, what is not there.
fn of_words(world: &World) -> Vec<Row<'_>> {
    let ana = &world.on_ana;
    let ids = |count: usize| -> Vec<_> { (0..count).map(|_| new_client_id()).collect() };
    let long = "x".repeat(8_193);
    let at = |more| world.at(more);
    vec![
        ("message.send", ana, at(json!({ "text": long })), "text_too_long"),
        ("message.send", ana, at(json!({ "text": " " })), "text_empty"),
        (
            "message.send",
            ana,
            at(json!({ "text": "x", "mentions": ids(51) })),
            "invalid_field",
        ),
        (
            "message.send",
            ana,
            at(json!({ "text": "x", "attachments": ids(11) })),
            "invalid_field",
        ),
        (
            "message.send",
            ana,
            at(json!({ "text": "x", "attachments": ids(1) })),
            "attachment_not_found",
        ),
        (
            "message.send",
            ana,
            at(json!({ "text": "x", "reply_to": 999 })),
            "message_not_found",
        ),
        ("message.edit", ana, at(json!({ "text": long })), "text_too_long"),
        (
            "message.edit",
            ana,
            at(json!({ "text": "x", "mentions": ids(51) })),
            "invalid_field",
        ),
        (
            "message.edit",
            ana,
            at(json!({ "seq": 999, "text": "x" })),
            "message_not_found",
        ),
        (
            "message.forward",
            ana,
            at(json!({ "from": { "conversation": world.eves, "seq": 1 } })),
            "message_not_found",
        ),
        ("draft.set", ana, at(json!({ "text": long })), "text_too_long"),
    ]
}

/// Messages that are not there, cursors that nobody gave out, queries that are too long.
fn of_reading(world: &World) -> Vec<Row<'_>> {
    let ana = &world.on_ana;
    let at = |more| world.at(more);
    let group = &world.group;
    let seqs: Vec<_> = (1..=101).collect();
    vec![
        ("message.recall", ana, at(json!({ "seq": 999 })), "message_not_found"),
        (
            "message.pin",
            ana,
            at(json!({ "seq": 999, "on": true })),
            "message_not_found",
        ),
        (
            "message.hide",
            ana,
            json!({ "conversation": group, "seqs": seqs }),
            "invalid_field",
        ),
        (
            "message.hide",
            ana,
            json!({ "conversation": group, "seqs": [999] }),
            "message_not_found",
        ),
        (
            "reaction.set",
            ana,
            at(json!({ "emoji": "ten thousand", "on": true })),
            "emoji_invalid",
        ),
        (
            "reaction.set",
            ana,
            at(json!({ "seq": 999, "emoji": "👍", "on": true })),
            "message_not_found",
        ),
        ("reaction.list", ana, at(json!({ "cursor": "?" })), "invalid_field"),
        (
            "search.messages",
            ana,
            json!({ "query": "x".repeat(201) }),
            "invalid_field",
        ),
        (
            "search.messages",
            ana,
            json!({ "query": "x", "cursor": "?" }),
            "invalid_field",
        ),
        (
            "search.people",
            ana,
            json!({ "query": "x".repeat(201) }),
            "invalid_field",
        ),
        (
            "search.conversations",
            ana,
            json!({ "query": "x".repeat(201) }),
            "invalid_field",
        ),
        (
            "sync",
            ana,
            json!({ "positions": (0..501).map(|_| json!({ "log": format!("c:{group}"), "rev": 0 })).collect::<Vec<_>>() }),
            "invalid_field",
        ),
    ]
}

/// Requests with an id, each with the same id and another content: the second is a conflict.
fn of_the_id(world: &World) -> Vec<(&'static str, Value, Value)> {
    let twice = |op: &'static str, first: Value, other: Value| {
        let first = world.at(first);
        let second = merged(first.clone(), &other);
        (op, first, second)
    };
    let (ben, eve) = (&world.ben.id, &world.eve.id);
    let here = json!({ "conversation": world.group, "seq": world.seq });
    vec![
        twice(
            "conversation.create",
            json!({ "kind": "group", "title": "one", "members": [ben] }),
            json!({ "title": "another" }),
        ),
        twice(
            "conversation.update",
            json!({ "title": "one" }),
            json!({ "title": "another" }),
        ),
        twice("member.add", json!({ "users": [eve] }), json!({ "users": [ben] })),
        twice(
            "member.role",
            json!({ "user": ben, "role": "admin" }),
            json!({ "role": "member" }),
        ),
        twice("member.remove", json!({ "user": eve }), json!({ "user": ben })),
        twice("message.send", json!({ "text": "one" }), json!({ "text": "another" })),
        twice(
            "message.send",
            json!({ "text": "one" }),
            json!({ "reply_to": world.seq }),
        ),
        twice(
            "message.forward",
            json!({ "from": here }),
            json!({ "from": { "conversation": world.group, "seq": 77 } }),
        ),
        twice("message.edit", json!({ "text": "one" }), json!({ "text": "another" })),
        twice("message.pin", json!({ "on": true }), json!({ "on": false })),
        twice("message.recall", json!({}), json!({ "seq": 77 })),
    ]
}

/// A refusal; who asks while the members are being read is told to ask again.
async fn refusal(client: &Client, op: &str, d: &Value) -> WireError {
    eventually(op, ANSWER_LIMIT, async || match client.call(op, d.clone()).await {
        Err(refusal) if refusal.code == "busy" => None,
        Err(refusal) => Some(refusal),
        Ok(done) => panic!("{op} {d} is done: {done}"),
    })
    .await
}

on_both_databases!(
    each_operation_refuses_what_it_must_and_tells_a_stranger_nothing,
    |plan| plan
        .set("limits.searches_per_second", "0")
        .set("limits.sends_per_second", "0")
        .set("limits.ops_per_second", "0"),
    |server| {
        let world = World::of(&server).await;
        let mut seen: BTreeSet<&str> = ABOUT_ONESELF.into_iter().chain(PAYMENTS).collect();
        // Those of flows have a table of their own.
        seen.extend(crate::flows::refusals::OPS);
        let nowhere = new_client_id();
        let made_up = of_a_stranger(&world, &nowhere);
        for ((op, real), (_, made_up)) in of_a_stranger(&world, &world.group).into_iter().zip(made_up) {
            let real = refusal(&world.on_eve, op, &real).await;
            let made_up = refusal(&world.on_eve, op, &made_up).await;
            assert_eq!(real.code, "not_a_member", "{op}");
            assert_eq!(
                real.whole, made_up.whole,
                "{op}: a conversation that is there and one that is not"
            );
            seen.insert(op);
        }
        for (op, client, d, code) in [
            of_the_blocked(&world),
            of_the_role(&world),
            of_people(&world),
            of_groups(&world),
            of_words(&world),
            of_reading(&world),
        ]
        .concat()
        {
            let refusal = refusal(client, op, &d).await;
            assert_eq!(
                refusal.code,
                code,
                "{op} {}",
                &d.to_string()[..d.to_string().len().min(300)]
            );
            seen.insert(op);
        }
        for (op, first, other) in of_the_id(&world) {
            world.on_ana.done(op, first.clone()).await;
            let again = world.on_ana.done(op, first).await;
            assert_eq!(again["duplicate"], true, "{op}");
            assert_eq!(
                refusal(&world.on_ana, op, &other).await.code,
                "idempotency_conflict",
                "{op}"
            );
        }
        let missing: Vec<_> = OPS.iter().filter(|op| !seen.contains(**op)).collect();
        assert!(missing.is_empty(), "no refusal is tested of {missing:?}");
    }
);
