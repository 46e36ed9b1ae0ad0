//! What a well-made client knows: it follows its logs by the rules of `docs/protocol.md` and by nothing else.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::conversation::{Begin, Conversation};

/// A person's whole state on one device.
#[derive(Debug)]
pub(crate) struct Model {
    /// Who.
    pub(crate) me: String,
    /// The position in the own log.
    pub(crate) cursor: i64,
    known: i64,
    behind: bool,
    /// The own log's rows with their positions, by kind and key; what is gone is null.
    pub(crate) items: BTreeMap<(String, String), (i64, Value)>,
    /// The conversations that the own log names.
    pub(crate) conversations: BTreeMap<String, Conversation>,
    generation: u64,
    /// Pushes that showed a hole.
    pub(crate) holes: usize,
    /// Pushes that joined a cursor.
    pub(crate) applied: usize,
    /// Holes between two positions of a conversation for which the network is not to blame.
    pub(crate) surprises: Vec<(String, i64, i64)>,
}

/// What a `sync` asked for: by conversation which life of it, and what was told of it by then.
pub(crate) type Asked = BTreeMap<String, (u64, u64)>;

impl Model {
    pub(crate) const fn new(me: String) -> Self {
        Self {
            me,
            cursor: 0,
            known: 0,
            behind: true,
            items: BTreeMap::new(),
            conversations: BTreeMap::new(),
            generation: 0,
            holes: 0,
            applied: 0,
            surprises: Vec::new(),
        }
    }

    /// After a new connection everything is asked for from its cursor.
    pub(crate) fn reconnected(&mut self) {
        self.behind = true;
        for one in self.conversations.values_mut() {
            one.reconnected();
        }
    }

    fn own_log(&self) -> String {
        format!("u:{}", self.me)
    }

    /// The cursors of the logs of which more is to be read.
    pub(crate) fn positions(&self) -> (Vec<Value>, Asked) {
        let mut positions = Vec::new();
        if self.behind || self.known > self.cursor {
            positions.push(json!({ "log": self.own_log(), "rev": self.cursor }));
        }
        let mut asked = Asked::new();
        for (id, one) in &self.conversations {
            if let Some((rev, mark_rev)) = one.wants_sync() {
                positions.push(json!({ "log": format!("c:{id}"), "rev": rev, "mark_rev": mark_rev }));
                asked.insert(id.clone(), (one.generation, one.told));
            }
        }
        (positions, asked)
    }

    /// Whether nothing more is to be asked for.
    pub(crate) fn is_settled(&self) -> bool {
        self.positions().0.is_empty()
            && self
                .conversations
                .values()
                .all(|one| !one.wants_view() && one.wants_history().is_none())
    }

    /// Remembers a push that shows a hole in a conversation of which nothing was missing.
    pub(crate) fn watch(&mut self, push: &Value) {
        let Some(id) = push["log"].as_str().and_then(|log| log.strip_prefix("c:")) else {
            return;
        };
        if let (Some(one), Some(prev)) = (self.conversations.get(id), push["prev"].as_i64())
            && let Some(cursor) = one.cursor
            && prev > cursor
            && one.is_whole()
        {
            self.surprises.push((id.to_owned(), cursor, prev));
        }
    }

    /// A push.
    pub(crate) fn push(&mut self, push: &Value) {
        let Some(log) = push["log"].as_str() else {
            return self.without_log(push);
        };
        let rev = push["rev"].as_i64().expect("a push of a log has its position");
        let prev = push["prev"].as_i64();
        assert!(prev.is_none_or(|prev| prev < rev), "prev stands before rev: {push}");
        if let Some(id) = log.strip_prefix("c:") {
            // One that the own log has not named yet is read from its start once it does.
            let Some(one) = self.conversations.get_mut(id) else {
                return;
            };
            match one.push(prev, rev, push.get("d")) {
                Begin::Hole => self.holes += 1,
                Begin::Applied => self.applied += 1,
                Begin::Known => {}
            }
        } else if log == self.own_log() {
            self.known = self.known.max(rev);
            match prev {
                Some(prev) if prev <= self.cursor && rev > self.cursor => {
                    self.applied += 1;
                    for item in list(&push["d"]["items"]) {
                        self.item(item);
                    }
                    self.cursor = rev;
                }
                Some(prev) if prev > self.cursor => self.holes += 1,
                _ => {}
            }
        }
    }

    fn without_log(&mut self, push: &Value) {
        let d = &push["d"];
        let Some(one) = d["conversation"].as_str().and_then(|id| self.conversations.get_mut(id)) else {
            return;
        };
        let (user, seq) = (d["user"].as_str().unwrap_or_default(), d["seq"].as_i64().unwrap_or(0));
        match push["ev"].as_str() {
            Some("read.marked") => one.mark(user, seq, seq),
            Some("delivered.marked") => one.mark(user, 0, seq),
            _ => {}
        }
    }

    fn item(&mut self, item: &Value) {
        let word = |name: &str| item[name].as_str().expect("an item has its kind and key").to_owned();
        let (kind, key) = (word("kind"), word("key"));
        let rev = item["rev"].as_i64().expect("an item has its position");
        let known = self.items.get(&(kind.clone(), key.clone()));
        if known.is_some_and(|(known, _)| *known >= rev) {
            return;
        }
        if kind == "conversation" {
            if item["value"]["state"].is_string() {
                self.conversations.remove(&key);
            } else if let Some(one) = self.conversations.get_mut(&key) {
                one.told_again();
            } else {
                self.generation += 1;
                // Half of them are read forwards from nothing, half backwards from what `conversation.get` tells.
                let one = Conversation::new(self.generation, self.generation.is_multiple_of(2));
                self.conversations.insert(key.clone(), one);
            }
        }
        self.items.insert((kind, key), (rev, item["value"].clone()));
    }

    /// The answer to a `sync`, or to a `hello` with one.
    pub(crate) fn synced(&mut self, answer: &Value, asked: &Asked) {
        for log in list(&answer["logs"]) {
            let name = log["log"].as_str().expect("a log has a name");
            match name.strip_prefix("c:") {
                Some(id) => {
                    // Of a conversation that was left meanwhile, or begun anew, an old answer says nothing.
                    if let Some(one) = self.conversations.get_mut(id)
                        && asked
                            .get(id)
                            .is_some_and(|(generation, _)| *generation == one.generation)
                        && one.synced(log)
                    {
                        self.generation += 1;
                        one.begin_again(self.generation);
                    }
                }
                None => {
                    assert_eq!(name, self.own_log(), "nobody else's log");
                    for item in list(&log["items"]) {
                        self.item(item);
                    }
                    self.cursor = self.cursor.max(log["through"].as_i64().expect("through is told"));
                    self.behind = log["more"].as_bool().expect("more is told");
                }
            }
        }
        for gone in list(&answer["gone"]) {
            let id = gone
                .as_str()
                .and_then(|log| log.strip_prefix("c:"))
                .expect("the own log is never gone");
            if let (Some(one), Some(asked)) = (self.conversations.get_mut(id), asked.get(id))
                && asked.0 == one.generation
            {
                one.gone(asked.1);
            }
        }
    }

    /// The answer to a `conversation.get`, or that it was refused.
    pub(crate) fn got(&mut self, id: &str, generation: u64, wanted: u64, view: Option<&Value>) {
        if let Some(one) = self.conversations.get_mut(id)
            && one.generation == generation
            && one.got(wanted, view)
        {
            self.generation += 1;
            one.begin_again(self.generation);
        }
    }

    /// A page of `message.history`.
    pub(crate) fn read(&mut self, id: &str, generation: u64, page: Option<&Value>) {
        if let Some(one) = self.conversations.get_mut(id)
            && one.generation == generation
        {
            one.read(page);
        }
    }

    /// Whether the person deleted a message for themselves.
    pub(crate) fn hides(&self, id: &str, seq: i64) -> bool {
        self.items.contains_key(&("hidden".to_owned(), format!("{id}:{seq}")))
    }

    /// The messages of a conversation that are shown.
    pub(crate) fn shown(&self, id: &str) -> BTreeMap<i64, &Value> {
        let of = self.conversations.get(id).into_iter().flat_map(|one| &one.messages);
        of.filter(|(seq, _)| !self.hides(id, **seq))
            .map(|(seq, row)| (*seq, row))
            .collect()
    }

    /// What is unread, and how much of it mentions oneself, by the rules of the page.
    pub(crate) fn unread(&self, id: &str) -> (usize, usize) {
        const COUNTED: usize = 100;
        let Some(one) = self.conversations.get(id) else {
            return (0, 0);
        };
        let read = one.marks.get(&self.me).map_or(0, |mark| mark.0);
        // What one deleted for oneself counts for nothing.
        let beyond = one
            .messages
            .iter()
            .rev()
            .filter(|(seq, _)| **seq > read && !self.hides(id, **seq));
        let beyond = beyond.filter(|(_, row)| row["n"].is_i64()).take(COUNTED);
        let unread = beyond.take_while(|(_, row)| row["sender"] != self.me.as_str());
        let unread: Vec<_> = unread.filter(|(_, row)| row.get("recalled").is_none()).collect();
        let named = |row: &Value| list(&row["mentions"]).iter().any(|user| *user == self.me.as_str());
        (unread.len(), unread.iter().filter(|(_, row)| named(row)).count())
    }
}

/// The elements of a list; none of what is not there.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
