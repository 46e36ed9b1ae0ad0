//! The people of a load test, as `quipu admin seed` wrote them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use crate::ids::UserId;
use crate::protocol::admin::SeededLine;

/// A person to act as.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) id: UserId,
    pub(super) token: String,
    /// The socket of the node at which they sign in.
    pub(super) url: Arc<str>,
}

/// Reads as many as are wanted, who take the nodes in turn. Neighbours in the file, the first and the second, the third
/// and the fourth, are contacts.
pub(super) fn read(file: &Path, wanted: usize, nodes: &[Arc<str>]) -> anyhow::Result<Vec<Person>> {
    let name = file.display().to_string();
    let lines = BufReader::new(std::fs::File::open(file).with_context(|| name.clone())?).lines();
    let mut people = Vec::with_capacity(wanted);
    for ((number, line), url) in lines.take(wanted).enumerate().zip(nodes.iter().cycle()) {
        let place = || format!("{name}, line {}", number + 1);
        let line: SeededLine = serde_json::from_str(&line.with_context(place)?).with_context(place)?;
        people.push(Person {
            id: line.id.parse().with_context(place)?,
            token: line.token,
            url: Arc::clone(url),
        });
    }
    if people.len() < wanted {
        bail!(
            "{name} has {} people and the load needs {wanted}: `quipu admin seed --users {wanted} …`",
            people.len()
        );
    }
    Ok(people)
}
