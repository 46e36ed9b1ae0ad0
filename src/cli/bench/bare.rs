//! A room of a bare relay, which stores nothing, and then the same room of ours: what storing, ordering and protecting
//! cost of the rate.

use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::Context as _;

use super::child::{Process, lines, listening};
use super::fanout::Room;
use super::meter::Meter;
use super::plan::{Part, Plan, RoomPlan};
use super::progress;
use super::report::{Ended, Load, Phase, Report};
use super::target::Target;
use super::timeline::Timeline;

/// The two measured parts of a run.
const BARE: &str = "by a bare relay";
const OURS: &str = "stored";
/// The relay's name on the command line.
pub(super) const RELAY: &str = "bare-relay";

pub(super) async fn run(plan: &Plan, room: RoomPlan, target: &Target) -> anyhow::Result<Report> {
    // Starting a process and waiting for it blocks; nothing else runs on this runtime yet.
    let (relay, origin) = tokio::task::spawn_blocking(start).await??;
    let bare = target.at(&origin)?;
    let (mut phases, mut checks, mut last) = (Vec::new(), Vec::new(), None);
    for (name, target) in [(BARE, &bare), (OURS, target)] {
        let (ready, welcome) = Room::gather(room, target.people()).await?;
        let meter = Arc::new(Meter::new(Timeline::begin(plan.warm_up, plan.seconds))?);
        let meters = [Arc::clone(&meter)];
        let (usage, (held, _)) =
            tokio::try_join!(progress::watch(target, &meters), ready.run(Arc::clone(&meter), None))?;
        phases.push(Phase::new((name, "deliveries"), &meter, &usage));
        checks.extend(held.into_iter().map(|check| check.of(name)));
        last = Some((meter, usage, welcome));
    }
    drop(relay);
    let (meter, usage, welcome) = last.context("nothing was measured")?;
    let counted = (Load::of(&Part::Fanout(room)), "deliveries to others");
    let ended = Ended::of(counted, &meter, checks, usage, welcome.server.version);
    let report = Report::new(plan, &meter, ended).with_phases(phases);
    Ok(report.with_rates("deliveries of a stored message and of a bare relay"))
}

/// The relay in a process of its own, as a server is.
fn start() -> anyhow::Result<(Process, String)> {
    let program = std::env::current_exe().context("this program's own file")?;
    let mut relay = Process::of(
        Command::new(program)
            .args(["bench", RELAY])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("the relay cannot be started")?,
    );
    let lines = lines(relay.take_output()?);
    let origin = listening(&lines)?;
    Ok((relay, origin))
}
