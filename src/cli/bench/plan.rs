//! What is to be done in a run: its loads, their paces, and for how long; each number within its bounds.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};

use super::chaos::Chaos;
use super::expect::Expectation;
use super::stamp;

/// Pairs of people.
pub(super) const PAIRS: RangeInclusive<usize> = 1..=5_000;
/// Requests of a pair or a room under way at once.
pub(super) const WINDOW: RangeInclusive<usize> = 1..=1_024;
/// Members of a room. More would not fit into the frame that makes it.
pub(super) const ROOM: RangeInclusive<usize> = 2..=1_600;
/// Signed-in sockets that do nothing.
pub(super) const CONNECTIONS: RangeInclusive<usize> = 1..=50_000;
/// Bytes of a message's text: at least its stamp, at most what a server takes by default.
pub(super) const SIZE: RangeInclusive<usize> = stamp::BYTES..=8_192;
/// Seconds that are measured: up to a day.
pub(super) const SECONDS: RangeInclusive<u64> = 1..=86_400;
/// Requests, or sign-ins, a second over all of a load.
pub(super) const RATE: RangeInclusive<u64> = 1..=1_000_000;
/// Messages of the long conversation.
pub(super) const MESSAGES: RangeInclusive<u64> = 2_000..=100_000_000;
/// Shares of a packet, each with a claimer of its own: as many as a packet may have.
pub(super) const SHARES: RangeInclusive<usize> = 1..=10_000;
/// Seconds before the measured ones.
pub(super) const WARM_UP: RangeInclusive<u64> = 0..=600;
/// How many times what the server takes is wanted of it.
pub(super) const TIMES: RangeInclusive<u64> = 1..=100;
/// Milliseconds that somebody thinks between two requests, in the mean.
pub(super) const THINK: RangeInclusive<u64> = 1..=600_000;
/// Requests of a pair under way at most when they are sent at a steady rate: as many as a socket may have by default.
pub(super) const STEADY_WINDOW: usize = 64;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scenario {
    /// Pairs of people, one of whom writes to the other.
    Chat,
    /// Pairs of people, one of whom pays the other.
    Wallet,
    /// The same, and then all payers pay one person.
    Hot,
    /// One room, in which one member writes to all others.
    Fanout,
    /// Signed-in sockets that do nothing: memory, and sign-ins a second.
    Idle,
    /// New connections at a steady rate, while pairs of people write.
    Storm,
    /// Several loads at once.
    Mixed,
    /// Pairs of people who want to write many times more than the server can take.
    Overload,
    /// The same for long, and whether memory and latency stay where they are.
    Soak,
    /// A conversation of many messages beside one of a thousand: opening, paging, searching, synchronising.
    Long,
    /// One packet of many shares, claimed while pairs of people pay each other.
    Packet,
}

impl Scenario {
    /// Its name on the command line and in the report.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Wallet => "wallet",
            Self::Hot => "hot",
            Self::Fanout => "fanout",
            Self::Idle => "idle",
            Self::Storm => "storm",
            Self::Mixed => "mixed",
            Self::Overload => "overload",
            Self::Soak => "soak",
            Self::Long => "long",
            Self::Packet => "packet",
        }
    }
}

/// When the next request leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// When one has come through and there is room in the window again.
    Closed,
    /// So many milliseconds after one has come through, in the mean: the times are distributed exponentially.
    Thinking(u64),
    /// So many a second over the whole load, however the server answers; each counts from when it should have left.
    Steady(u64),
    /// So many are wanted, which the window or a refusal may hold back; each counts from when it left.
    Pressing(u64),
}

impl Pace {
    /// Requests under way at most, unless said otherwise.
    pub(super) const fn window(self) -> usize {
        match self {
            Self::Closed | Self::Thinking(_) => 1,
            Self::Steady(_) | Self::Pressing(_) => STEADY_WINDOW,
        }
    }

    /// Microseconds between two requests of one of `many` who share a steady rate.
    pub(super) fn every(self, many: usize) -> Option<u64> {
        const SECOND: u64 = 1_000_000;
        match self {
            Self::Steady(rate) | Self::Pressing(rate) => Some((SECOND * many as u64 / rate).max(1)),
            Self::Closed | Self::Thinking(_) => None,
        }
    }
}

/// People who write to, or pay, each other in pairs.
#[derive(Debug, Clone, Copy)]
pub(super) struct PairPlan {
    pub(super) pairs: usize,
    pub(super) window: usize,
    pub(super) pace: Pace,
    /// Bytes of a text or of a note.
    pub(super) size: usize,
}

/// One room.
#[derive(Debug, Clone, Copy)]
pub(super) struct RoomPlan {
    pub(super) members: usize,
    pub(super) window: usize,
    pub(super) pace: Pace,
    pub(super) size: usize,
}

/// New connections.
#[derive(Debug, Clone, Copy)]
pub(super) struct StormPlan {
    /// Connections a second.
    pub(super) rate: u64,
    /// People who take turns.
    pub(super) people: usize,
    /// How long each connection stands.
    pub(super) stands: Duration,
}

/// One load of a run.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Chat(PairPlan),
    Wallet(PairPlan),
    Hot(PairPlan),
    Fanout(RoomPlan),
    Idle(usize),
    Storm(StormPlan),
}

impl Part {
    /// Its name in a scenario file and in the report.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Chat(_) => "chat",
            Self::Wallet(_) => "wallet",
            Self::Hot(_) => "hot",
            Self::Fanout(_) => "fanout",
            Self::Idle(_) => "idle",
            Self::Storm(_) => "storm",
        }
    }

    /// How many people it needs.
    pub(super) const fn people(&self) -> usize {
        match self {
            Self::Chat(plan) | Self::Wallet(plan) => plan.pairs * 2,
            // The last one is paid by all others.
            Self::Hot(plan) => plan.pairs + 1,
            Self::Fanout(plan) => plan.members,
            Self::Idle(connections) => *connections,
            Self::Storm(plan) => plan.people,
        }
    }

    /// Sockets that it has open at once.
    fn sockets(&self) -> usize {
        match self {
            Self::Storm(plan) => {
                let standing = plan.rate.saturating_mul(plan.stands.as_secs() + 1);
                usize::try_from(standing).unwrap_or(usize::MAX)
            }
            _ => self.people(),
        }
    }

    /// True when money moves in it.
    const fn pays(&self) -> bool {
        matches!(self, Self::Wallet(_) | Self::Hot(_))
    }
}

/// A server that somebody else started, or several nodes of one.
#[derive(Debug)]
pub(super) struct Elsewhere {
    /// As they were written.
    pub(super) urls: Vec<String>,
    /// The file of its people.
    pub(super) users: PathBuf,
    /// It may be beyond this machine.
    pub(super) allow_remote: bool,
}

/// A packet, and the payments beside it.
#[derive(Debug, Clone, Copy)]
pub(super) struct PacketPlan {
    pub(super) shares: usize,
    pub(super) payments: PairPlan,
}

impl PacketPlan {
    /// Who is in the group: its maker and a claimer for each share.
    pub(super) const fn group(&self) -> usize {
        self.shares + 1
    }
}

/// What is done.
#[derive(Debug, Clone)]
pub(super) enum Task {
    /// Loads, all at once.
    Loads(Vec<Part>),
    /// Sockets that do nothing, measured while they open.
    Idle(usize),
    /// Payments to many, then to one.
    Hot(PairPlan),
    /// As much as the server takes, then so many times as much, then as before.
    Overload(PairPlan, u64),
    /// A room of a bare relay, then the same of the server.
    Bare(RoomPlan),
    /// A long conversation of so many messages.
    Long(u64),
    /// A packet.
    Packet(PacketPlan),
}

/// A run, within bounds.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) scenario: Scenario,
    pub(super) task: Task,
    pub(super) elsewhere: Option<Elsewhere>,
    pub(super) seconds: Duration,
    pub(super) warm_up: Duration,
    pub(super) chaos: Chaos,
    pub(super) expect: Vec<Expectation>,
    /// The rate is raised until something that is expected does not hold.
    pub(super) search: bool,
    pub(super) json: Option<PathBuf>,
    pub(super) html: Option<PathBuf>,
}

/// Refuses what lies outside of its bounds.
pub(super) fn within<T: PartialOrd + Display>(name: &str, value: T, range: &RangeInclusive<T>) -> anyhow::Result<T> {
    if !range.contains(&value) {
        bail!("{name} is {} to {}, not {value}", range.start(), range.end());
    }
    Ok(value)
}

impl Plan {
    /// How many people it needs.
    pub(super) fn people(&self) -> usize {
        match &self.task {
            Task::Loads(parts) => parts.iter().map(Part::people).sum(),
            Task::Idle(connections) => *connections,
            Task::Overload(pairs, _) => pairs.pairs * 2,
            // The payees of the first half, and the one of the second.
            Task::Hot(pairs) => pairs.pairs * 2 + 1,
            Task::Bare(room) => room.members,
            Task::Long(_) => 2,
            Task::Packet(packet) => packet.payments.pairs * 2 + packet.group(),
        }
    }

    /// True when people need money.
    pub(super) fn pays(&self) -> bool {
        match &self.task {
            Task::Loads(parts) => parts.iter().any(Part::pays),
            Task::Hot(_) | Task::Packet(_) => true,
            Task::Overload(..) | Task::Idle(_) | Task::Bare(_) | Task::Long(_) => false,
        }
    }

    /// The largest group that is made.
    pub(super) fn largest_group(&self) -> usize {
        match &self.task {
            Task::Loads(parts) => parts
                .iter()
                .map(|part| if let Part::Fanout(room) = part { room.members } else { 0 })
                .max(),
            Task::Packet(packet) => Some(packet.group()),
            Task::Bare(room) => Some(room.members),
            Task::Idle(_) | Task::Hot(_) | Task::Overload(..) | Task::Long(_) => None,
        }
        .unwrap_or(0)
    }

    /// Refuses a load that this process may not open the sockets for.
    pub(super) fn check_open_files(&self) -> anyhow::Result<()> {
        /// Files that are open besides the sockets.
        const OTHERS: usize = 64;
        let text = std::fs::read_to_string("/proc/self/limits").context("/proc/self/limits")?;
        let soft = text
            .lines()
            .find_map(|line| line.strip_prefix("Max open files"))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|word| word.parse::<usize>().ok());
        // "unlimited" is no number.
        let Some(most) = soft else { return Ok(()) };
        let sockets = match &self.task {
            Task::Loads(parts) => parts.iter().map(Part::sockets).fold(0, usize::saturating_add),
            _ => self.people(),
        };
        ensure!(
            sockets.saturating_add(OTHERS) <= most,
            "{sockets} sockets need as many open files, and a process here may have {most}: raise `ulimit -n`"
        );
        Ok(())
    }
}
