//! What the server acknowledged must be there; what it refused must not.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::compare::Wrong;
use crate::proxy::Network;
use crate::truth::Truth;

/// A request that has its answer.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) person: usize,
    pub(crate) op: &'static str,
    pub(crate) d: Value,
    pub(crate) outcome: Result<Value, String>,
}

type Rows = BTreeMap<String, BTreeMap<i64, Value>>;

/// What is at one place.
type Place<'a> = (&'a str, i64);

/// Holds all answers against what is there in the end.
pub(crate) fn check(
    answers: &[Answered],
    people: &[String],
    truths: &BTreeMap<String, Truth>,
    rows: &Rows,
    network: &Network,
) -> Result<(), Wrong> {
    once(rows)?;
    let mut texts: HashMap<Place<'_>, (i64, &Value)> = HashMap::new();
    let mut pins: HashMap<Place<'_>, (i64, &Value)> = HashMap::new();
    for answered in answers {
        let me = people[answered.person].as_str();
        let said = |wrong: &str| format!("{wrong}: {me} {answered:?}");
        match &answered.outcome {
            Ok(ok) => {
                done(answered, me, ok, &truths[me], rows).map_err(|wrong| said(&wrong))?;
                note(answered, ok, &mut texts, &mut pins);
            }
            Err(_) => refused(answered, me, rows, network).map_err(|wrong| said(&wrong))?,
        }
    }
    for ((place, seq), (rev, text)) in texts {
        if let Some(row) = rows.get(place).and_then(|rows| rows.get(&seq))
            && row.get("recalled").is_none()
            && row["text"] != *text
        {
            return Err(format!(
                "{place}: the last that was answered is {text} at {rev}, but there stands {row}"
            ));
        }
    }
    for ((place, seq), (rev, on)) in pins {
        if let Some(row) = rows.get(place).and_then(|rows| rows.get(&seq))
            && row.get("recalled").is_none()
            && row.get("pinned").is_some() != (*on == true)
        {
            return Err(format!(
                "{place}: the last that was answered is pinned: {on} at {rev}, but there stands {row}"
            ));
        }
    }
    Ok(())
}

/// No id of one person stands in the logs twice.
fn once(rows: &Rows) -> Result<(), Wrong> {
    let mut seen = HashMap::new();
    for row in rows.values().flat_map(BTreeMap::values) {
        if let Some(other) = seen.insert((row["sender"].to_string(), row["client_id"].to_string()), row) {
            return Err(format!("posted twice: {other} and {row}"));
        }
    }
    Ok(())
}

fn place_of(d: &Value) -> Option<Place<'_>> {
    Some((d["conversation"].as_str()?, d["seq"].as_i64()?))
}

/// Remembers the last text and the last pin of each message, by the positions that were answered.
fn note<'a>(
    answered: &'a Answered,
    ok: &'a Value,
    texts: &mut HashMap<Place<'a>, (i64, &'a Value)>,
    pins: &mut HashMap<Place<'a>, (i64, &'a Value)>,
) {
    let rev = match answered.op {
        "message.send" => ok["seq"].as_i64(),
        _ => ok["rev"].as_i64(),
    };
    let (all, what) = match answered.op {
        "message.send" | "message.edit" => (texts, &answered.d["text"]),
        "message.pin" => (pins, &answered.d["on"]),
        _ => return,
    };
    if let (Some(place), Some(rev)) = (place_of(ok), rev) {
        let last = all.entry(place).or_insert((rev, what));
        if rev >= last.0 {
            *last = (rev, what);
        }
    }
}

fn done(answered: &Answered, me: &str, ok: &Value, truth: &Truth, rows: &Rows) -> Result<(), Wrong> {
    let d = &answered.d;
    let id = ok["conversation"].as_str().unwrap_or_default();
    let mine = truth.conversations.get(id);
    let seq = ok["seq"].as_i64().unwrap_or(0);
    let row = rows.get(id).and_then(|rows| rows.get(&seq));
    let is_kept = || mine.is_none_or(|told| seq <= told.view["from_seq"].as_i64().unwrap() || truth.hides(id, seq));
    match answered.op {
        "message.send" | "message.forward" => match row {
            Some(row) => {
                let is_it = row["client_id"] == d["client_id"] && row["sender"] == me && row["n"] == ok["n"];
                is_it
                    .then_some(())
                    .ok_or_else(|| format!("answered, but there stands {row}"))
            }
            None => is_kept().then_some(()).ok_or_else(|| "answered, and lost".to_owned()),
        },
        "message.edit" | "message.recall" | "message.pin" => match row {
            Some(row) => {
                let is_there = row["rev"].as_i64() >= ok["rev"].as_i64();
                let is_gone = answered.op != "message.recall" || row.get("recalled").is_some();
                (is_there && is_gone)
                    .then_some(())
                    .ok_or_else(|| format!("answered, but there stands {row}"))
            }
            None => is_kept().then_some(()).ok_or_else(|| "answered, and lost".to_owned()),
        },
        "message.hide" => {
            let seq = d["seqs"][0].as_i64().unwrap();
            truth
                .hides(id, seq)
                .then_some(())
                .ok_or_else(|| "answered, and not hidden".to_owned())
        }
        "read.mark" => {
            let is_read = |told: &crate::truth::Told| told.view["read_seq"].as_i64() >= ok["seq"].as_i64();
            mine.is_none_or(is_read)
                .then_some(())
                .ok_or_else(|| "answered, and not read".to_owned())
        }
        "conversation.create" => {
            let id = ok["conversation"]["id"].as_str().unwrap_or_default().to_owned();
            let named = truth.items.contains_key(&("conversation".to_owned(), id));
            named.then_some(()).ok_or_else(|| "answered, and not there".to_owned())
        }
        _ => Ok(()),
    }
}

/// A request that went to the server once and was refused has left nothing.
fn refused(answered: &Answered, me: &str, rows: &Rows, network: &Network) -> Result<(), Wrong> {
    let Some(client_id) = answered.d["client_id"].as_str() else {
        return Ok(());
    };
    if network.times_sent(client_id) != 1 {
        return Ok(());
    }
    let text = &answered.d["text"];
    let is_trace = |row: &&Value| {
        (row["sender"] == me && row["client_id"] == client_id) || (text.is_string() && row["text"] == *text)
    };
    match rows.values().flat_map(BTreeMap::values).find(is_trace) {
        Some(row) => Err(format!("refused, but there stands {row}")),
        None => Ok(()),
    }
}
