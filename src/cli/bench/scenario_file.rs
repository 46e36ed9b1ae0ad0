//! Scenario files: the loads of `mixed` and `soak`, as TOML.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use super::plan::{
    CONNECTIONS, PAIRS, Pace, PairPlan, Part, RATE, ROOM, RoomPlan, SIZE, StormPlan, THINK, WINDOW, within,
};
use super::stamp;

/// What is taken without a file.
pub(super) const DEFAULT: &str = include_str!("mixed.toml");
/// Loads of one file.
const PARTS: std::ops::RangeInclusive<usize> = 1..=16;
/// Seconds that a connection of a storm stands.
const STANDS: std::ops::RangeInclusive<u64> = 0..=600;

/// A file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioFile {
    load: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Entry {
    Chat(Requests),
    Wallet(Requests),
    Hot(Requests),
    Fanout {
        room: usize,
        rate: Option<u64>,
        think_ms: Option<u64>,
        window: Option<usize>,
        size: Option<usize>,
    },
    Idle {
        connections: usize,
    },
    Storm {
        rate: u64,
        people: usize,
        stands_s: u64,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Requests {
    pairs: usize,
    rate: Option<u64>,
    think_ms: Option<u64>,
    window: Option<usize>,
    size: Option<usize>,
}

impl ScenarioFile {
    /// Reads one.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let name = || path.display().to_string();
        Self::parse(&std::fs::read_to_string(path).with_context(name)?).with_context(name)
    }

    /// The one that stands in the program.
    pub(super) fn built_in() -> anyhow::Result<Self> {
        Self::parse(DEFAULT)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        Ok(toml::from_str(text)?)
    }

    /// Its loads, with rates of so many per cent.
    pub(super) fn parts(&self, percent: u64) -> anyhow::Result<Vec<Part>> {
        within("the number of loads", self.load.len(), &PARTS)?;
        let parts = self.load.iter().zip(1..).map(|(entry, number)| {
            let named = || format!("load {number}");
            entry.part(percent).with_context(named)
        });
        let parts: Vec<Part> = parts.collect::<anyhow::Result<_>>()?;
        let mut names: Vec<_> = parts.iter().map(Part::name).collect();
        names.sort_unstable();
        names.dedup();
        ensure!(
            names.len() == parts.len(),
            "two loads are of one kind: their figures would have one name"
        );
        Ok(parts)
    }
}

impl Entry {
    fn part(&self, percent: u64) -> anyhow::Result<Part> {
        Ok(match self {
            Self::Chat(requests) => Part::Chat(requests.plan(percent, 200)?),
            Self::Wallet(requests) => Part::Wallet(requests.plan(percent, stamp::BYTES)?),
            Self::Hot(requests) => Part::Hot(requests.plan(percent, stamp::BYTES)?),
            Self::Fanout {
                room,
                rate,
                think_ms,
                window,
                size,
            } => {
                let pace = pace(*rate, *think_ms, percent)?;
                Part::Fanout(RoomPlan {
                    members: within("room", *room, &ROOM)?,
                    window: within("window", window.unwrap_or(pace.window()), &WINDOW)?,
                    pace,
                    size: within("size", size.unwrap_or(200), &SIZE)?,
                })
            }
            Self::Idle { connections } => Part::Idle(within("connections", *connections, &CONNECTIONS)?),
            Self::Storm { rate, people, stands_s } => Part::Storm(StormPlan {
                rate: scaled(*rate, percent)?,
                people: within("people", *people, &CONNECTIONS)?,
                stands: Duration::from_secs(within("stands_s", *stands_s, &STANDS)?),
            }),
        })
    }
}

impl Requests {
    fn plan(&self, percent: u64, size: usize) -> anyhow::Result<PairPlan> {
        let pace = pace(self.rate, self.think_ms, percent)?;
        Ok(PairPlan {
            pairs: within("pairs", self.pairs, &PAIRS)?,
            window: within("window", self.window.unwrap_or(pace.window()), &WINDOW)?,
            pace,
            size: within("size", self.size.unwrap_or(size), &SIZE)?,
        })
    }
}

fn pace(rate: Option<u64>, think: Option<u64>, percent: u64) -> anyhow::Result<Pace> {
    Ok(match (rate, think) {
        (Some(_), Some(_)) => anyhow::bail!("rate and think_ms exclude each other"),
        (Some(rate), None) => Pace::Steady(scaled(rate, percent)?),
        // Half the load thinks twice as long.
        (None, Some(think)) => Pace::Thinking((within("think_ms", think, &THINK)? * 100 / percent).max(1)),
        (None, None) => Pace::Closed,
    })
}

fn scaled(rate: u64, percent: u64) -> anyhow::Result<u64> {
    let rate = within("rate", rate, &RATE)?;
    within("rate", (rate * percent / 100).max(1), &RATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        match ScenarioFile::parse(text).and_then(|file| file.parts(100)) {
            Ok(_) => "taken".to_owned(),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn the_built_in_scenario_has_every_sort_of_load_but_a_hot_account() {
        let parts = ScenarioFile::built_in().unwrap().parts(100).unwrap();
        let names: Vec<_> = parts.iter().map(Part::name).collect();
        assert_eq!(names, ["chat", "wallet", "fanout", "idle", "storm"]);
    }

    #[test]
    fn half_the_load_has_half_the_rates_and_thinks_twice_as_long() {
        let text =
            "[[load]]\nkind = \"chat\"\npairs = 2\nrate = 100\n[[load]]\nkind = \"wallet\"\npairs = 2\nthink_ms = 30\n";
        let parts = ScenarioFile::parse(text).unwrap().parts(50).unwrap();
        assert!(
            matches!(
                parts[0],
                Part::Chat(PairPlan {
                    pace: Pace::Steady(50),
                    ..
                })
            ),
            "{parts:?}"
        );
        assert!(
            matches!(
                parts[1],
                Part::Wallet(PairPlan {
                    pace: Pace::Thinking(60),
                    ..
                })
            ),
            "{parts:?}"
        );
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (text, word) in [
            ("", "load"),
            ("load = []", "number of loads"),
            ("[[load]]\nkind = \"dance\"", "dance"),
            ("[[load]]\nkind = \"chat\"\npairs = 0", "load 1: pairs"),
            ("[[load]]\nkind = \"chat\"\npairs = 1\nspeed = 5", "speed"),
            (
                "[[load]]\nkind = \"chat\"\npairs = 1\nrate = 5\nthink_ms = 5",
                "exclude",
            ),
            (
                "[[load]]\nkind = \"idle\"\nconnections = 1\n[[load]]\nkind = \"idle\"\nconnections = 2",
                "one kind",
            ),
        ] {
            let told = refusal(text);
            assert!(told.contains(word), "{text}: {told}");
        }
    }
}
