//! One conversation on one device.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::list;

/// Everything that a device holds of a conversation.
#[derive(Debug)]
pub(crate) struct Conversation {
    /// Which life of it: what was asked in an earlier one says nothing.
    pub(crate) generation: u64,
    /// How often the own log told of it.
    pub(crate) told: u64,
    /// The position in the log; none until it has begun.
    pub(crate) cursor: Option<i64>,
    known: i64,
    behind: bool,
    is_gone: bool,
    mark_rev: i64,
    /// What stands up to here may not be read.
    pub(crate) floor: i64,
    /// The messages, by `seq`.
    pub(crate) messages: BTreeMap<i64, Value>,
    /// How far everybody has read, and what has reached them.
    pub(crate) marks: BTreeMap<String, (i64, i64)>,
    /// What `conversation.get` told last.
    pub(crate) view: Value,
    view_rev: i64,
    wanted: u64,
    settled: u64,
    /// Where reading backwards goes on: nothing once the beginning is reached.
    before: Option<Option<i64>>,
    /// Reading backwards ended before the beginning, since nothing could be read any more: who comes back begins anew.
    is_cut: bool,
}

/// What a push was.
pub(crate) enum Begin {
    Hole,
    Applied,
    Known,
}

impl Conversation {
    /// One that was just told of. `backwards`: it begins with `conversation.get` and reads the history from there.
    pub(crate) const fn new(generation: u64, backwards: bool) -> Self {
        Self {
            generation,
            told: 1,
            cursor: if backwards { None } else { Some(0) },
            known: 0,
            behind: true,
            is_gone: false,
            mark_rev: 0,
            floor: 0,
            messages: BTreeMap::new(),
            marks: BTreeMap::new(),
            view: Value::Null,
            view_rev: -1,
            wanted: 1,
            settled: 0,
            before: None,
            is_cut: false,
        }
    }

    /// Its floor was lowered: what was kept from this person before is to be read after all.
    pub(crate) fn begin_again(&mut self, generation: u64) {
        let (told, known, floor) = (self.told, self.known, self.floor);
        *self = Self {
            told,
            known,
            floor,
            ..Self::new(generation, false)
        };
    }

    pub(crate) const fn reconnected(&mut self) {
        self.behind = true;
    }

    /// The own log told of it again: perhaps one came back.
    pub(crate) const fn told_again(&mut self) {
        self.told += 1;
        self.wanted += 1;
        self.behind = true;
        self.is_gone = false;
    }

    /// The positions to ask from, if there is more to be read.
    pub(crate) fn wants_sync(&self) -> Option<(i64, i64)> {
        let cursor = self.cursor?;
        ((self.behind || self.known > cursor) && !self.is_gone).then_some((cursor, self.mark_rev))
    }

    /// Nothing of it is missing, and it may be read as far as is known.
    pub(crate) fn is_whole(&self) -> bool {
        !self.is_gone && self.wants_sync().is_none()
    }

    pub(crate) const fn wants_view(&self) -> bool {
        self.wanted > self.settled
    }

    /// What answers of `conversation.get` are held against.
    pub(crate) const fn wanted(&self) -> u64 {
        self.wanted
    }

    pub(crate) const fn wants_history(&self) -> Option<Option<i64>> {
        self.before
    }

    pub(crate) fn push(&mut self, prev: Option<i64>, rev: i64, d: Option<&Value>) -> Begin {
        self.known = self.known.max(rev);
        let (Some(cursor), Some(prev)) = (self.cursor, prev) else {
            return Begin::Known;
        };
        if prev > cursor {
            return Begin::Hole;
        }
        if rev <= cursor {
            return Begin::Known;
        }
        if let Some(message) = d {
            self.keep(message);
        }
        self.cursor = Some(rev);
        Begin::Applied
    }

    fn keep(&mut self, message: &Value) {
        let (seq, rev) = (position(message, "seq"), position(message, "rev"));
        if seq <= self.floor {
            return;
        }
        if message["kind"] == "system" && seq > self.view_rev {
            self.wanted = self.settled.max(self.wanted) + 1;
        }
        let known = self.messages.get(&seq).map_or(0, |known| position(known, "rev"));
        if rev > known {
            self.messages.insert(seq, message.clone());
        }
    }

    pub(crate) fn mark(&mut self, user: &str, read: i64, delivered: i64) {
        let mark = self.marks.entry(user.to_owned()).or_default();
        *mark = (mark.0.max(read), mark.1.max(delivered));
    }

    /// Takes the answer to a `sync`. True when it has to begin again.
    pub(crate) fn synced(&mut self, log: &Value) -> bool {
        if let Some(floor) = log["floor"].as_i64()
            && self.forget_up_to(floor)
        {
            return true;
        }
        for message in list(&log["messages"]) {
            self.keep(message);
        }
        for mark in list(&log["marks"]) {
            let user = mark["user"].as_str().expect("a mark is somebody's");
            self.mark(user, position(mark, "seq"), position(mark, "delivered_seq"));
        }
        self.mark_rev = self.mark_rev.max(log["mark_rev"].as_i64().unwrap_or(0));
        self.cursor = self.cursor.max(Some(position(log, "through")));
        self.behind = log["more"].as_bool().expect("more is told");
        false
    }

    /// What may not be read any more is forgotten. True when more may be read than before.
    fn forget_up_to(&mut self, floor: i64) -> bool {
        let lowered = floor < self.floor;
        self.floor = floor;
        self.messages.retain(|seq, _| *seq > floor);
        lowered
    }

    /// It is not to be read. Unless the own log told of it since that was asked.
    pub(crate) const fn gone(&mut self, told: u64) {
        self.is_gone = told == self.told;
        self.behind = !self.is_gone;
    }

    /// Takes the answer to a `conversation.get`. True when it has to begin again.
    pub(crate) fn got(&mut self, wanted: u64, view: Option<&Value>) -> bool {
        self.settled = self.settled.max(wanted);
        let Some(view) = view else { return false };
        let rev = position(view, "rev");
        for member in list(&view["members"]) {
            let user = member["user"]["id"].as_str().expect("a member is somebody");
            self.mark(user, position(member, "read_seq"), position(member, "delivered_seq"));
        }
        if rev >= self.view_rev {
            self.view_rev = rev;
            self.view = view.clone();
        }
        let system = self.messages.iter().rev().find(|(_, row)| row["kind"] == "system");
        if system.is_some_and(|(seq, _)| *seq > self.view_rev) {
            self.wanted = self.settled.max(self.wanted) + 1;
        }
        if self.cursor.is_none() {
            self.cursor = Some(rev);
            self.before = Some(None);
        } else if std::mem::take(&mut self.is_cut) {
            self.before = Some(None);
        }
        self.cursor.is_some_and(|cursor| rev >= cursor) && self.forget_up_to(position(view, "from_seq"))
    }

    /// Takes a page of the history, read backwards.
    pub(crate) fn read(&mut self, page: Option<&Value>) {
        let Some(page) = page else {
            // Nothing may be read any more: the own log says so.
            self.before = None;
            self.is_cut = true;
            return;
        };
        for message in list(&page["messages"]) {
            self.keep(message);
        }
        self.before = page["next"].as_i64().map(Some);
    }
}

fn position(value: &Value, name: &str) -> i64 {
    value[name]
        .as_i64()
        .unwrap_or_else(|| panic!("{name} is told: {value}"))
}
