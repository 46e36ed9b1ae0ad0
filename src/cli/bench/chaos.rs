//! What goes wrong while a load runs, and when.

use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};

/// The shortest time between two faults of one sort.
const SHORTEST: Duration = Duration::from_millis(100);
/// The longest.
const LONGEST: Duration = Duration::from_secs(3_600);

/// What goes wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Chaos {
    /// How often the server is killed, with SIGKILL, and started again.
    pub(super) kill: Option<Duration>,
    /// How often a quarter of the sockets is cut, without a word.
    pub(super) cut: Option<Duration>,
}

impl Chaos {
    /// True when something goes wrong.
    pub(super) const fn any(self) -> bool {
        self.kill.is_some() || self.cut.is_some()
    }
}

impl FromStr for Chaos {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let mut chaos = Self::default();
        for word in text.split(',') {
            let (what, every) = word
                .split_once('=')
                .with_context(|| format!("`{word}` is not of the form kill=30s or cut=5s"))?;
            let place = match what {
                "kill" => &mut chaos.kill,
                "cut" => &mut chaos.cut,
                _ => bail!("`{what}` does not go wrong here: kill and cut do"),
            };
            ensure!(place.is_none(), "{what} is there twice");
            *place = Some(duration(every)?);
        }
        Ok(chaos)
    }
}

/// Such as `500ms`, `5s`, `2m`.
fn duration(text: &str) -> anyhow::Result<Duration> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: u64 = digits
        .parse()
        .with_context(|| format!("`{text}` is no time such as 5s"))?;
    let found = match &text[digits.len()..] {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.saturating_mul(60)),
        unit => bail!("`{unit}` is no unit of time: ms, s and m are"),
    };
    ensure!(
        (SHORTEST..=LONGEST).contains(&found),
        "a fault comes every 100ms to 60m, not every {text}"
    );
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_faults_have_their_times() {
        let chaos: Chaos = "kill=30s,cut=500ms".parse().unwrap();
        assert_eq!(chaos.kill, Some(Duration::from_secs(30)));
        assert_eq!(chaos.cut, Some(Duration::from_millis(500)));
        assert!(chaos.any() && !Chaos::default().any());
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (text, word) in [
            ("kill", "kill"),
            ("burn=3s", "burn"),
            ("kill=3", "unit"),
            ("kill=3h", "h"),
            ("cut=1ms", "100ms"),
            ("cut=1s,cut=2s", "twice"),
            ("cut=s", "no time"),
        ] {
            let told = text.parse::<Chaos>().unwrap_err().to_string();
            assert!(told.contains(word), "{text}: {told}");
        }
    }
}
