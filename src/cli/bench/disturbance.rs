//! Who does what `chaos` asks for while a load runs: kills the server, tells the sockets when to be cut.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::chaos::Chaos;
use super::child::Child;
use super::timeline::Timeline;

/// What went wrong.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Disturbed {
    pub(super) kills: u64,
    pub(super) cuts: u64,
}

/// Kills and cuts as they are due, until nothing more is sent; never later than a fault's own time before that, so that
/// the run ends undisturbed.
pub(super) async fn disturb(
    chaos: Chaos,
    timeline: &Timeline,
    child: Option<&Arc<Child>>,
    cuts: &watch::Sender<u64>,
) -> anyhow::Result<Disturbed> {
    let mut disturbed = Disturbed::default();
    let end: Instant = timeline.measured_to().into();
    let first = |every: Option<Duration>| every.map(|every| (Instant::from(timeline.measured_from()) + every, every));
    let (mut kill, mut cut) = (first(chaos.kill), first(chaos.cut));
    loop {
        let next = [kill, cut].into_iter().flatten().map(|(at, _)| at).min();
        let Some(next) = next.filter(|next| *next < end) else {
            return Ok(disturbed);
        };
        tokio::time::sleep_until(next).await;
        if let (Some((at, every)), Some(child)) = (kill, child)
            && at <= next
        {
            let child = Arc::clone(child);
            // Waiting for a process blocks.
            tokio::task::spawn_blocking(move || child.kill_and_start()).await??;
            disturbed.kills += 1;
            kill = Some((at + every, every));
        }
        if let Some((at, every)) = cut
            && at <= next
        {
            cuts.send_modify(|number| *number += 1);
            disturbed.cuts += 1;
            cut = Some((at + every, every));
        }
    }
}

/// The number of the next cut; never, where nothing is cut.
pub(super) async fn next_cut(cuts: &mut Option<watch::Receiver<u64>>) -> u64 {
    if let Some(cuts) = cuts
        && cuts.changed().await.is_ok()
    {
        return *cuts.borrow_and_update();
    }
    std::future::pending().await
}
