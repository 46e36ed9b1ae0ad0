//! New connections at a steady rate: each signs in, stands for a while and closes.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::meter::{Meter, Samples};
use super::plan::{Pace, StormPlan};
use super::report::Check;
use super::socket::Socket;
use super::users::Person;

/// What became of the connections.
#[derive(Debug, Default)]
struct Storm {
    opened: u64,
    failed: u64,
    /// Why the last one failed.
    why: String,
}

/// Opens connections until the time is over, and waits for the last of them.
pub(super) async fn run(
    plan: StormPlan,
    people: Vec<Person>,
    meter: Arc<Meter>,
    endures: bool,
) -> anyhow::Result<Vec<Check>> {
    let timeline = *meter.timeline();
    let every = Pace::Steady(plan.rate).every(1).unwrap_or(1);
    let (mut storm, mut opening, mut due) = (Storm::default(), JoinSet::new(), 0_u64);
    let mut people = people.iter().cycle();
    while !timeline.is_over() {
        let next: Instant = timeline.at(due).into();
        tokio::select! {
            () = tokio::time::sleep_until(next) => {
                let Some(person) = people.next() else { break };
                opening.spawn(open(person.clone(), due, plan.stands, Arc::clone(&meter)));
                due += every;
            }
            Some(ended) = opening.join_next() => storm.ended(ended?, &meter),
        }
    }
    while let Some(ended) = opening.join_next().await {
        storm.ended(ended?, &meter);
    }
    let Storm { opened, failed, why } = storm;
    let said = format!("{opened} signed in, {failed} did not{why}");
    // While a server is down, nobody can sign in.
    Ok(vec![Check::new(
        "every connection is signed in",
        failed == 0 || endures,
        said,
    )])
}

async fn open(person: Person, due: u64, stands: Duration, meter: Arc<Meter>) -> anyhow::Result<()> {
    let (mut socket, _) = Socket::sign_in(&person).await?;
    let (timeline, mut samples) = (meter.timeline(), Samples::default());
    samples.answered(due, timeline.now(), timeline);
    meter.take(&mut samples);
    let until = Instant::now() + stands;
    // Reading answers the heartbeat; what is pushed is of no interest.
    while let Ok(frame) = tokio::time::timeout_at(until, socket.next()).await {
        frame?;
    }
    socket.close().await;
    Ok(())
}

impl Storm {
    fn ended(&mut self, one: anyhow::Result<()>, meter: &Meter) {
        match one {
            Ok(()) => self.opened += 1,
            Err(error) => {
                self.failed += 1;
                self.why = format!("; the last one: {error:#}");
                meter.refused("connection");
            }
        }
    }
}
