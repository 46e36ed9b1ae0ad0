//! What people do: at random, in few conversations, so that they get into each other's way.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::model::Model;

/// How many of the newest messages are acted upon.
const NEWEST: usize = 10;
const EMOJI: [&str; 4] = ["👍", "❤", "😀", "🎉"];

/// How often each act comes.
const WEIGHTS: [(u32, Act); 23] = [
    (30, Act::Send),
    (12, Act::Edit),
    (6, Act::Recall),
    (10, Act::React),
    (5, Act::Pin),
    (4, Act::Hide),
    (4, Act::Forward),
    (10, Act::Read),
    (6, Act::Delivered),
    (4, Act::Draft),
    (3, Act::Preferences),
    (1, Act::Group),
    (3, Act::Direct),
    (7, Act::Add),
    (3, Act::Remove),
    (2, Act::Leave),
    (4, Act::Role),
    (2, Act::Title),
    (3, Act::History),
    (1, Act::SlowMode),
    (3, Act::Block),
    (4, Act::Ask),
    (3, Act::Answer),
];

#[derive(Debug, Clone, Copy)]
enum Act {
    Send,
    Edit,
    Recall,
    React,
    Pin,
    Hide,
    Forward,
    Read,
    Delivered,
    Draft,
    Preferences,
    Group,
    Direct,
    Add,
    Remove,
    Leave,
    Role,
    Title,
    History,
    SlowMode,
    Block,
    Ask,
    Answer,
}

/// Somebody who acts.
pub(crate) struct Actor {
    random: StdRng,
    name: String,
    said: usize,
}

/// A request: its name and its content.
pub(crate) type Request = (&'static str, Value);

impl Actor {
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            name: name.to_owned(),
            said: 0,
        }
    }

    /// The next act; nothing when there is nothing to do it to.
    pub(crate) fn next(&mut self, model: &Model, people: &[String]) -> Option<Request> {
        let act = *WEIGHTS.choose_weighted(&mut self.random, |(weight, _)| *weight).ok()?;
        let mine: Vec<_> = model.conversations.keys().collect();
        let place = mine.choose(&mut self.random).copied()?.clone();
        let request = match act.1 {
            Act::Send => self.send(model, &place, people),
            Act::Edit => self.edit(model, &place, people)?,
            Act::Forward => self.forward(model, &place, &mine)?,
            Act::Recall | Act::React | Act::Pin | Act::Hide => self.on_message(act.1, model, &place)?,
            Act::Read | Act::Delivered => self.mark(act.1, model, &place)?,
            Act::Draft | Act::Preferences => self.own(act.1, &place),
            Act::Group | Act::Direct => self.create(act.1, model, people)?,
            Act::Add | Act::Remove | Act::Role | Act::Leave => self.member(act.1, &place, people)?,
            Act::Title | Act::History | Act::SlowMode => self.update(act.1, &place),
            Act::Block | Act::Ask | Act::Answer => self.contact(act.1, model, people)?,
        };
        Some(request)
    }

    /// Words that nobody says twice.
    fn words(&mut self) -> String {
        self.said += 1;
        format!("{} says {}", self.name, self.said)
    }

    fn mentioned(&mut self, people: &[String]) -> Vec<String> {
        if self.random.random_bool(0.7) {
            return Vec::new();
        }
        let count = self.random.random_range(1..4);
        people.sample(&mut self.random, count).cloned().collect()
    }

    fn send(&mut self, model: &Model, place: &str, people: &[String]) -> Request {
        let reply_to = self
            .random
            .random_bool(0.2)
            .then(|| self.message(model, place))
            .flatten();
        let d = json!({ "client_id": id(), "conversation": place, "text": self.words(), "reply_to": reply_to,
            "mentions": self.mentioned(people) });
        ("message.send", d)
    }

    /// One of the newest messages.
    fn message(&mut self, model: &Model, place: &str) -> Option<i64> {
        let newest: Vec<_> = model.shown(place).into_keys().rev().take(NEWEST).collect();
        newest.choose(&mut self.random).copied()
    }

    fn edit(&mut self, model: &Model, place: &str, people: &[String]) -> Option<Request> {
        let shown = model.shown(place);
        let own = shown.iter().rev().filter(|(_, row)| row["sender"] == model.me.as_str());
        let own: Vec<_> = own.map(|(seq, _)| *seq).take(3).collect();
        let seq = own.choose(&mut self.random).copied()?;
        let d = json!({ "client_id": id(), "conversation": place, "seq": seq, "text": self.words(),
            "mentions": self.mentioned(people) });
        Some(("message.edit", d))
    }

    fn forward(&mut self, model: &Model, place: &str, mine: &[&String]) -> Option<Request> {
        let from = mine.choose(&mut self.random)?.as_str();
        let seq = self.message(model, from)?;
        let from = json!({ "conversation": from, "seq": seq });
        Some((
            "message.forward",
            json!({ "client_id": id(), "conversation": place, "from": from }),
        ))
    }

    fn on_message(&mut self, act: Act, model: &Model, place: &str) -> Option<Request> {
        let seq = self.message(model, place)?;
        let on = self.random.random_bool(0.7);
        let emoji = EMOJI.choose(&mut self.random);
        Some(match act {
            Act::Recall => (
                "message.recall",
                json!({ "client_id": id(), "conversation": place, "seq": seq }),
            ),
            Act::Pin => (
                "message.pin",
                json!({ "client_id": id(), "conversation": place, "seq": seq, "on": on }),
            ),
            Act::Hide => ("message.hide", json!({ "conversation": place, "seqs": [seq] })),
            _ => (
                "reaction.set",
                json!({ "conversation": place, "seq": seq, "emoji": emoji, "on": on }),
            ),
        })
    }

    fn mark(&mut self, act: Act, model: &Model, place: &str) -> Option<Request> {
        let seq = self.message(model, place)?;
        let op = if matches!(act, Act::Read) {
            "read.mark"
        } else {
            "delivered.mark"
        };
        Some((op, json!({ "conversation": place, "seq": seq })))
    }

    fn own(&mut self, act: Act, place: &str) -> Request {
        if matches!(act, Act::Draft) {
            let text = if self.random.random_bool(0.3) {
                String::new()
            } else {
                self.words()
            };
            return ("draft.set", json!({ "conversation": place, "text": text }));
        }
        let muted = self.random.random_bool(0.5).then_some("9999-01-01T00:00:00Z");
        let (archived, pinned) = (self.random.random_bool(0.5), self.random.random_bool(0.5));
        let d = json!({ "conversation": place, "muted_until": muted, "archived": archived, "pinned": pinned });
        ("conversation.set", d)
    }

    fn other(&mut self, model: &Model, people: &[String]) -> Option<String> {
        let others: Vec<_> = people.iter().filter(|person| **person != model.me).collect();
        others.choose(&mut self.random).map(|person| (*person).clone())
    }

    fn create(&mut self, act: Act, model: &Model, people: &[String]) -> Option<Request> {
        let d = if matches!(act, Act::Direct) {
            json!({ "client_id": id(), "kind": "direct", "members": [self.other(model, people)?] })
        } else {
            let others = people.iter().filter(|person| **person != model.me);
            let others: Vec<_> = others.filter(|_| self.random.random_bool(0.5)).collect();
            json!({ "client_id": id(), "kind": "group", "members": others, "title": self.words() })
        };
        Some(("conversation.create", d))
    }

    fn member(&mut self, act: Act, place: &str, people: &[String]) -> Option<Request> {
        let user = people.choose(&mut self.random)?;
        Some(match act {
            Act::Add => {
                let users: Vec<_> = people.sample(&mut self.random, 2).collect();
                (
                    "member.add",
                    json!({ "client_id": id(), "conversation": place, "users": users }),
                )
            }
            Act::Remove => (
                "member.remove",
                json!({ "client_id": id(), "conversation": place, "user": user }),
            ),
            Act::Role => {
                let role = ["member", "admin", "admin", "admin", "owner"].choose(&mut self.random);
                let d = json!({ "client_id": id(), "conversation": place, "user": user, "role": role });
                ("member.role", d)
            }
            _ => (
                "conversation.leave",
                json!({ "client_id": id(), "conversation": place }),
            ),
        })
    }

    fn update(&mut self, act: Act, place: &str) -> Request {
        let mut d = json!({ "client_id": id(), "conversation": place });
        match act {
            Act::Title => d["title"] = json!(self.words()),
            Act::History => d["history"] = json!(["all", "from_join", "from_join"].choose(&mut self.random)),
            _ => d["slow_mode_seconds"] = json!([0, 0, 1].choose(&mut self.random)),
        }
        ("conversation.update", d)
    }

    fn contact(&mut self, act: Act, model: &Model, people: &[String]) -> Option<Request> {
        let user = self.other(model, people)?;
        Some(match act {
            Act::Block => {
                // Whoever is blocked does not stay it for long.
                let on = self.random.random_bool(0.35);
                ("contact.block", json!({ "user": user, "on": on }))
            }
            Act::Answer => {
                let accept = self.random.random_bool(0.7);
                ("contact.answer", json!({ "user": user, "accept": accept }))
            }
            _ if self.random.random_bool(0.2) => ("contact.remove", json!({ "user": user })),
            _ => ("contact.request", json!({ "user": user })),
        })
    }
}

/// A caller's id for one effect.
pub(crate) fn id() -> String {
    Uuid::now_v7().to_string()
}
