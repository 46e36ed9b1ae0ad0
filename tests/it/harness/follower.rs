//! What a well-made client knows: it follows logs by the protocol's rules and nothing else.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::client::Client;

/// Cursors and messages, kept by the three rules of `docs/protocol.md`. What is wrong with a push fails the test.
#[derive(Default)]
pub(crate) struct Follower {
    cursors: HashMap<String, i64>,
    messages: HashMap<String, BTreeMap<i64, Value>>,
    accounts: HashMap<String, Value>,
    /// Pushes that showed a hole.
    pub(crate) holes: usize,
    applied: usize,
}

impl Follower {
    /// Follows a log from this position on.
    pub(crate) fn follow(&mut self, log: &str, rev: i64) {
        self.cursors.insert(log.to_owned(), rev);
    }

    /// Looks at the pushes since the last time, and reads the logs only if one of them shows a hole.
    pub(crate) async fn listen(&mut self, client: &Client) {
        let holes = self.holes;
        let pushes = client.pushes_from(self.applied);
        self.applied += pushes.len();
        for push in &pushes {
            self.push(push);
        }
        if self.holes > holes {
            self.sync(client).await;
        }
    }

    /// A new connection: its pushes are counted from the beginning, and what was missed is read.
    pub(crate) async fn reconnected(&mut self, client: &Client) {
        self.applied = 0;
        self.sync(client).await;
    }

    /// One push, by the three rules.
    pub(crate) fn push(&mut self, push: &Value) {
        let (Some(log), Some(rev)) = (push["log"].as_str(), push["rev"].as_i64()) else {
            return;
        };
        let Some(cursor) = self.cursors.get(log).copied() else {
            return;
        };
        let Some(prev) = push["prev"].as_i64() else {
            // `head` only says how far the log has come.
            self.holes += usize::from(rev > cursor);
            return;
        };
        assert!(prev < rev, "prev stands before rev: {push}");
        if prev > cursor {
            self.holes += 1;
        } else if cursor < rev {
            self.keep(log, &push["d"], push["ev"].as_str().unwrap_or_default());
            self.cursors.insert(log.to_owned(), rev);
        }
    }

    /// Reads every log from its cursor until nothing more comes.
    pub(crate) async fn sync(&mut self, client: &Client) {
        loop {
            let positions: Vec<_> = self
                .cursors
                .iter()
                .map(|(log, rev)| json!({ "log": log, "rev": rev }))
                .collect();
            let answer = client.done("sync", json!({ "positions": positions })).await;
            assert_eq!(answer["gone"], json!([]), "nothing is gone");
            let mut more = false;
            for log in answer["logs"].as_array().expect("logs is a list") {
                more |= log["more"].as_bool().expect("more is told");
                self.read(log);
            }
            if !more {
                return;
            }
        }
    }

    fn read(&mut self, log: &Value) {
        let name = log["log"].as_str().expect("a log has a name").to_owned();
        for message in log["messages"].as_array().into_iter().flatten() {
            self.keep(&name, message, "message.posted");
        }
        if log.get("account").is_some_and(Value::is_object) {
            self.accounts.insert(name.clone(), log["account"].clone());
        }
        let through = log["through"].as_i64().expect("through is told");
        let cursor = self.cursors.entry(name).or_default();
        assert!(through >= *cursor, "through does not go back: {log}");
        *cursor = through;
    }

    fn keep(&mut self, log: &str, d: &Value, ev: &str) {
        match ev {
            "message.posted" | "message.changed" => {
                let seq = d["seq"].as_i64().expect("a message has a seq");
                self.messages.entry(log.to_owned()).or_default().insert(seq, d.clone());
            }
            "account.changed" => drop(self.accounts.insert(log.to_owned(), d["account"].clone())),
            _ => {}
        }
    }

    /// The messages of a conversation, by `seq`.
    pub(crate) fn messages(&self, conversation: &str) -> Vec<&Value> {
        self.messages
            .get(&format!("c:{conversation}"))
            .into_iter()
            .flat_map(BTreeMap::values)
            .collect()
    }

    /// What is available in an account, as it was last told.
    pub(crate) fn available(&self, log: &str) -> Option<&str> {
        self.accounts.get(log)?["available"].as_str()
    }

    /// Fails the test unless the countable messages are numbered 1, 2, 3 …
    pub(crate) fn assert_gapless(&self, conversation: &str) {
        let numbers: Vec<_> = self
            .messages(conversation)
            .iter()
            .filter_map(|m| m["n"].as_i64())
            .collect();
        let wanted: Vec<_> = (1..).take(numbers.len()).collect();
        assert_eq!(numbers, wanted, "n is gapless");
    }
}

#[test]
fn a_follower_applies_what_joins_its_cursor_and_nothing_else() {
    let posted = |prev: i64, rev: i64| {
        let d = json!({ "seq": rev, "n": rev });
        json!({ "ev": "message.posted", "log": "c:1", "prev": prev, "rev": rev, "d": d })
    };
    let mut follower = Follower::default();
    follower.push(&posted(0, 1));
    assert!(follower.messages("1").is_empty(), "a log that is not followed");
    follower.follow("c:1", 0);
    for push in [posted(0, 1), posted(0, 1), posted(1, 2), posted(3, 4)] {
        follower.push(&push);
    }
    assert_eq!((follower.messages("1").len(), follower.holes), (2, 1));
    follower.push(&json!({ "ev": "head", "log": "c:1", "rev": 2 }));
    assert_eq!(follower.holes, 1, "a head that is known already");
    follower.push(&json!({ "ev": "head", "log": "c:1", "rev": 9 }));
    assert_eq!(follower.holes, 2);
    follower.assert_gapless("1");
}
