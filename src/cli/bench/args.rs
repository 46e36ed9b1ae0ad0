//! The flags of the load tool, each within its bounds.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::{Args, ValueEnum};

use super::stamp;

/// Pairs of people.
const PAIRS: RangeInclusive<usize> = 1..=5_000;
/// Requests of a pair or a room under way at once.
const WINDOW: RangeInclusive<usize> = 1..=1_024;
/// Members of a room. More would not fit into the frame that makes it.
const ROOM: RangeInclusive<usize> = 2..=1_600;
/// Signed-in sockets that do nothing.
const CONNECTIONS: RangeInclusive<usize> = 1..=50_000;
/// Bytes of a message's text: at least its stamp, at most what a server takes by default.
const SIZE: RangeInclusive<usize> = stamp::BYTES..=8_192;
/// Requests of a pair under way at most when they are sent at a steady rate.
const STEADY_WINDOW: usize = 64;
/// Seconds that are measured.
const SECONDS: RangeInclusive<u64> = 1..=3_600;
/// Requests a second over all pairs.
const RATE: RangeInclusive<u64> = 1..=1_000_000;
/// Payments a second beside a packet, unless said otherwise.
const PACKET_RATE: u64 = 200;
/// Seconds in which a packet is claimed, unless said otherwise: all of its shares in a minute.
const PACKET_SECONDS: u64 = 60;
/// Messages of the long conversation.
const MESSAGES: RangeInclusive<u64> = 2_000..=100_000_000;
/// Shares of a packet, each with a claimer of its own: as many as a packet may have.
const SHARES: RangeInclusive<usize> = 1..=10_000;
/// Seconds before them that are not.
const WARM_UP: RangeInclusive<u64> = 0..=60;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Scenario {
    /// Pairs of people, one of whom writes to the other.
    Chat,
    /// Pairs of people, one of whom pays the other.
    Wallet,
    /// One room, in which one member writes to all others.
    Fanout,
    /// Signed-in sockets that do nothing: memory, and sign-ins a second.
    Idle,
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
            Self::Fanout => "fanout",
            Self::Idle => "idle",
            Self::Long => "long",
            Self::Packet => "packet",
        }
    }
}

/// How to measure.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct BenchArgs {
    /// What to measure.
    #[arg(value_enum)]
    scenario: Scenario,
    /// The server to measure, such as http://127.0.0.1:8080; without it one is started in a temporary folder.
    #[arg(long, requires = "users")]
    url: Option<String>,
    /// People of that server, as `quipu admin seed --out` wrote them.
    #[arg(long, value_name = "FILE", requires = "url")]
    users: Option<PathBuf>,
    /// Let the load reach beyond this machine.
    #[arg(long, requires = "url")]
    allow_remote: bool,
    /// chat, wallet, packet: pairs of people [default: 50].
    #[arg(long, value_name = "N")]
    pairs: Option<usize>,
    /// chat, wallet, fanout: requests of a pair or the room under way at once [default: 1].
    #[arg(long, value_name = "N")]
    window: Option<usize>,
    /// chat, wallet, packet: requests a second over all pairs, sent at a steady rate however the server answers;
    /// latencies are then of the moment at which each should have left [default: packet: 200].
    #[arg(long, value_name = "N", conflicts_with = "window")]
    rate: Option<u64>,
    /// long: messages of the long conversation [default: 1000000].
    #[arg(long, value_name = "N")]
    messages: Option<u64>,
    /// fanout: members of the room [default: 100].
    #[arg(long, value_name = "N")]
    room: Option<usize>,
    /// idle: sockets to open [default: 1000].
    #[arg(long, value_name = "N")]
    connections: Option<usize>,
    /// packet: shares of the packet, each claimed by somebody else [default: 10000].
    #[arg(long, value_name = "N")]
    shares: Option<usize>,
    /// chat, wallet and packet (the note), fanout: bytes of a message's text [default: 200; wallet, packet: 32].
    #[arg(long, value_name = "BYTES")]
    size: Option<usize>,
    /// Seconds to measure; packet: of payments alone, and again of payments while all shares are claimed
    /// [default: 10; packet: 60].
    #[arg(long, value_name = "S")]
    seconds: Option<u64>,
    /// chat, wallet, fanout, packet: seconds of the same load before them, not counted [default: 2].
    #[arg(long, value_name = "S")]
    warm_up: Option<u64>,
    /// Where to write the figures as JSON.
    #[arg(long, value_name = "OUT")]
    json: Option<PathBuf>,
}

/// A server that somebody else started.
#[derive(Debug)]
pub(super) struct Elsewhere {
    /// As it was written.
    pub(super) url: String,
    /// The file of its people.
    pub(super) users: PathBuf,
    /// It may be beyond this machine.
    pub(super) allow_remote: bool,
}

/// What is to be done, within bounds.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) scenario: Scenario,
    pub(super) elsewhere: Option<Elsewhere>,
    pub(super) pairs: usize,
    pub(super) window: usize,
    pub(super) rate: Option<u64>,
    pub(super) messages: u64,
    pub(super) room: usize,
    pub(super) connections: usize,
    pub(super) shares: usize,
    pub(super) size: usize,
    pub(super) seconds: Duration,
    pub(super) warm_up: Duration,
    pub(super) json: Option<PathBuf>,
}

impl BenchArgs {
    /// Checks every flag.
    pub(super) fn plan(self) -> anyhow::Result<Plan> {
        self.refuse_what_has_no_meaning()?;
        let Self { scenario, .. } = self;
        let elsewhere = match (self.url, self.users) {
            (Some(url), Some(users)) => Some(Elsewhere {
                url,
                users,
                allow_remote: self.allow_remote,
            }),
            _ => None,
        };
        let packet = scenario == Scenario::Packet;
        let size = if packet || scenario == Scenario::Wallet {
            stamp::BYTES
        } else {
            200
        };
        // What other payments wait for is seen only of those that do not wait for each other.
        let rate = self.rate.or(packet.then_some(PACKET_RATE));
        // At a steady rate the window only bounds what may be under way: as much as a socket may have by default.
        let window = if rate.is_some() { STEADY_WINDOW } else { 1 };
        let seconds = self.seconds.unwrap_or(if packet { PACKET_SECONDS } else { 10 });
        Ok(Plan {
            scenario,
            elsewhere,
            pairs: within("--pairs", self.pairs.unwrap_or(50), &PAIRS)?,
            window: within("--window", self.window.unwrap_or(window), &WINDOW)?,
            rate: rate.map(|rate| within("--rate", rate, &RATE)).transpose()?,
            messages: within("--messages", self.messages.unwrap_or(1_000_000), &MESSAGES)?,
            room: within("--room", self.room.unwrap_or(100), &ROOM)?,
            connections: within("--connections", self.connections.unwrap_or(1_000), &CONNECTIONS)?,
            shares: within("--shares", self.shares.unwrap_or(*SHARES.end()), &SHARES)?,
            size: within("--size", self.size.unwrap_or(size), &SIZE)?,
            seconds: Duration::from_secs(within("--seconds", seconds, &SECONDS)?),
            warm_up: Duration::from_secs(within("--warm-up", self.warm_up.unwrap_or(2), &WARM_UP)?),
            json: self.json,
        })
    }

    /// A flag that changes nothing would make its figure a lie.
    fn refuse_what_has_no_meaning(&self) -> anyhow::Result<()> {
        use Scenario::{Chat, Fanout, Idle, Long, Packet, Wallet};
        let rules: [(&str, bool, &[Scenario]); 9] = [
            ("--pairs", self.pairs.is_some(), &[Chat, Wallet, Packet]),
            ("--window", self.window.is_some(), &[Chat, Wallet, Fanout]),
            ("--rate", self.rate.is_some(), &[Chat, Wallet, Packet]),
            ("--messages", self.messages.is_some(), &[Long]),
            ("--room", self.room.is_some(), &[Fanout]),
            ("--connections", self.connections.is_some(), &[Idle]),
            ("--shares", self.shares.is_some(), &[Packet]),
            ("--warm-up", self.warm_up.is_some(), &[Chat, Wallet, Fanout, Packet]),
            ("--size", self.size.is_some(), &[Chat, Wallet, Fanout, Packet]),
        ];
        for (flag, given, scenarios) in rules {
            ensure!(
                !given || scenarios.contains(&self.scenario),
                "{flag} means nothing to bench {}",
                self.scenario.name()
            );
        }
        Ok(())
    }
}

fn within<T: PartialOrd + std::fmt::Display>(flag: &str, value: T, range: &RangeInclusive<T>) -> anyhow::Result<T> {
    if !range.contains(&value) {
        bail!("{flag} is {} to {}, not {value}", range.start(), range.end());
    }
    Ok(value)
}

impl Plan {
    /// How many people the scenario needs.
    pub(super) const fn people(&self) -> usize {
        match self.scenario {
            Scenario::Chat | Scenario::Wallet => self.pairs * 2,
            Scenario::Fanout => self.room,
            Scenario::Idle => self.connections,
            Scenario::Long => 2,
            // The last one makes the packet.
            Scenario::Packet => self.pairs * 2 + self.group(),
        }
    }

    /// Who is in the group of a packet: its maker and a claimer for each share.
    pub(super) const fn group(&self) -> usize {
        self.shares + 1
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
        let people = self.people();
        ensure!(
            people + OTHERS <= most,
            "{people} sockets need as many open files, and a process here may have {most}: raise `ulimit -n`"
        );
        Ok(())
    }
}
