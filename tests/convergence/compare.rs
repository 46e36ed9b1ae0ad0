//! Holds a device against what the server says, and the server against itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::{Model, list};
use crate::truth::{Told, Truth};

/// What is wrong.
pub(crate) type Wrong = String;

fn same<T: PartialEq + std::fmt::Debug>(what: &str, have: &T, want: &T) -> Result<(), Wrong> {
    if have == want {
        return Ok(());
    }
    Err(format!(
        "{what}: the device has\n  {have:?}\nand the server says\n  {want:?}"
    ))
}

/// A device against what its person is told. Marks are certain only after it has resumed.
pub(crate) fn device(model: &Model, truth: &Truth, resumed: bool) -> Result<(), Wrong> {
    let items = model.items.iter().filter(|(_, (_, value))| !value.is_null());
    let items: BTreeMap<_, _> = items.map(|(key, (_, value))| (key.clone(), value.clone())).collect();
    same("the position of the own log", &model.cursor, &truth.rev)?;
    same("the own log", &items, &truth.items)?;
    let (have, want): (Vec<_>, Vec<_>) = (
        model.conversations.keys().collect(),
        truth.conversations.keys().collect(),
    );
    same("the conversations", &have, &want)?;
    for (id, told) in &truth.conversations {
        conversation(model, id, told, resumed).map_err(|wrong| format!("conversation {id}: {wrong}"))?;
    }
    Ok(())
}

fn conversation(model: &Model, id: &str, told: &Told, resumed: bool) -> Result<(), Wrong> {
    let (one, view) = (&model.conversations[id], &told.view);
    same("the position", &one.cursor, &view["rev"].as_i64())?;
    same("the floor", &one.floor, &view["from_seq"].as_i64().unwrap())?;
    if let Some((seq, _)) = one.messages.first_key_value().filter(|(seq, _)| **seq <= one.floor) {
        return Err(format!("message {seq} may not be read up to {}", one.floor));
    }
    let shown = model.shown(id);
    let seqs: Vec<_> = shown.keys().collect();
    same("which messages there are", &seqs, &told.history.keys().collect())?;
    for (seq, message) in &shown {
        same(&format!("message {seq}"), message, &&told.history[seq])?;
    }
    let pinned = shown.iter().rev().filter(|(_, row)| row["pinned"] == true);
    same("what is pinned", &pinned.map(|(seq, _)| *seq).collect(), &told.pinned)?;
    for name in [
        "kind",
        "title",
        "created_at",
        "member_count",
        "my_role",
        "history",
        "slow_mode_seconds",
    ] {
        same(name, &one.view[name], &view[name])?;
    }
    same("the members", &roles(&one.view), &roles(view))?;
    let last = shown.last_key_value().map_or(Value::Null, |(_, row)| (*row).clone());
    same("the last message", &last, &view["last_message"])?;
    if resumed {
        marks(model, id, view)?;
    }
    Ok(())
}

fn marks(model: &Model, id: &str, view: &Value) -> Result<(), Wrong> {
    let one = &model.conversations[id];
    for member in list(&view["members"]) {
        let user = member["user"]["id"].as_str().unwrap();
        let told = (
            member["read_seq"].as_i64().unwrap(),
            member["delivered_seq"].as_i64().unwrap(),
        );
        same(
            &format!("the marks of {user}"),
            &one.marks.get(user).copied(),
            &Some(told),
        )?;
    }
    let own = one.marks.get(&model.me).map(|mark| mark.0);
    same("the own mark", &own, &view["read_seq"].as_i64())?;
    let count = |name: &str| usize::try_from(view[name].as_u64().unwrap()).unwrap();
    same(
        "what is unread",
        &model.unread(id),
        &(count("unread"), count("mentions")),
    )
}

/// One node announces a conversation in order: of whom nothing was missing, and whose network left the pushes as they
/// were, sees no hole, unless they were no member in between.
pub(crate) fn surprises(model: &Model, rows: &BTreeMap<String, BTreeMap<i64, Value>>) -> Result<(), Wrong> {
    for (id, cursor, prev) in &model.surprises {
        let Some(rows) = rows.get(id) else { continue };
        let went = |row: &Value| {
            let what = &row["system"]["what"];
            let is_me = list(&row["system"]["users"])
                .iter()
                .any(|user| *user == model.me.as_str());
            is_me && (what == "member_removed" || what == "member_left")
        };
        if !rows.range(cursor + 1..=prev + 1).any(|(_, row)| went(row)) {
            return Err(format!(
                "{}: a hole in {id} from {cursor} to {prev} that nothing explains",
                model.me
            ));
        }
    }
    Ok(())
}

fn roles(view: &Value) -> BTreeMap<&str, &str> {
    list(&view["members"])
        .iter()
        .filter_map(|member| Some((member["user"]["id"].as_str()?, member["role"].as_str()?)))
        .collect()
}

/// What all people are told, against each other.
pub(crate) fn people(truths: &BTreeMap<String, Truth>) -> Result<(), Wrong> {
    let rows = union(truths)?;
    for (me, truth) in truths {
        for (id, told) in &truth.conversations {
            let floor = told.view["from_seq"].as_i64().unwrap();
            let mine = rows[id].keys().filter(|seq| **seq > floor && !truth.hides(id, **seq));
            same(
                &format!("what {me} may read of {id}"),
                &told.history.keys().collect::<Vec<_>>(),
                &mine.collect(),
            )?;
            numbers(id, told, truth)?;
        }
        standing(me, truth, truths)?;
    }
    Ok(())
}

/// Every row that somebody sees, the same for everybody who does.
pub(crate) fn union(truths: &BTreeMap<String, Truth>) -> Result<BTreeMap<String, BTreeMap<i64, Value>>, Wrong> {
    let mut rows: BTreeMap<String, BTreeMap<i64, Value>> = BTreeMap::new();
    for truth in truths.values() {
        for (id, told) in &truth.conversations {
            let of = rows.entry(id.clone()).or_default();
            for (seq, message) in &told.history {
                let known = of.entry(*seq).or_insert_with(|| message.clone());
                same(&format!("message {seq} of {id} for two people"), known, message)?;
            }
        }
    }
    Ok(rows)
}

/// Positions are given out once, and `n` has no gaps but for what one deleted for oneself.
fn numbers(id: &str, told: &Told, truth: &Truth) -> Result<(), Wrong> {
    let (mut revs, mut last) = (BTreeSet::new(), None::<(i64, i64)>);
    let head = told.view["rev"].as_i64().unwrap();
    for (seq, message) in &told.history {
        let rev = message["rev"].as_i64().unwrap();
        if rev < *seq || rev > head || !revs.insert(rev) {
            return Err(format!("{id}: a position that cannot be: {message}"));
        }
        let Some(n) = message["n"].as_i64() else { continue };
        if let Some((before, at)) = last {
            let hidden = (at + 1..*seq).filter(|seq| truth.hides(id, *seq)).count();
            if n <= before || n - before - 1 > i64::try_from(hidden).unwrap() {
                return Err(format!(
                    "{id}: n goes from {before} to {n}, with {hidden} deleted between: {message}"
                ));
            }
        }
        last = Some((n, *seq));
    }
    Ok(())
}

/// Memberships, contacts and blocks are the same from both sides.
fn standing(me: &str, truth: &Truth, truths: &BTreeMap<String, Truth>) -> Result<(), Wrong> {
    let named = |kind: &str, truth: &Truth, key: &str| truth.items.get(&(kind.to_owned(), key.to_owned())).cloned();
    for ((kind, key), value) in &truth.items {
        let is_wrong = match kind.as_str() {
            "conversation" => value["state"].is_string() == truth.conversations.contains_key(key),
            "contact" if value["state"] == "accepted" => {
                let theirs = truths.get(key).and_then(|theirs| named("contact", theirs, me));
                theirs.is_none_or(|theirs| theirs["state"] != "accepted")
            }
            "block" => {
                let theirs = truths.get(key).and_then(|theirs| named("contact", theirs, me));
                // Who is blocked may go on asking, and is not told.
                named("contact", truth, key).is_some() || theirs.is_some_and(|theirs| theirs["state"] != "requested")
            }
            _ => false,
        };
        if is_wrong {
            return Err(format!(
                "{me}: {kind} {key} is {value}, which does not fit the other side"
            ));
        }
    }
    for (id, told) in &truth.conversations {
        for member in list(&told.view["members"]) {
            let user = member["user"]["id"].as_str().unwrap();
            let theirs = truths.get(user).and_then(|theirs| theirs.conversations.get(id));
            let Some(theirs) = theirs else {
                return Err(format!("{user} is a member of {id} and is not shown it"));
            };
            same(
                &format!("the members of {id}"),
                &roles(&theirs.view),
                &roles(&told.view),
            )?;
            let words = (told.view["blocked"].as_str(), theirs.view["blocked"].as_str());
            let mine = named("block", truth, user).is_some();
            let shown = matches!(words.0, Some("by_me" | "both"));
            if told.view["kind"] == "direct" && user != me && mine != shown {
                return Err(format!("{me} has blocked {user}: {mine}, but {id} shows {words:?}"));
            }
        }
    }
    Ok(())
}
