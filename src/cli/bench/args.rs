//! The flags of the load tool, of each scenario those that mean something to it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{bail, ensure};
use clap::{Args, Subcommand};

use super::bare;
use super::chaos::Chaos;
use super::expect::Expectation;
use super::plan::{
    CONNECTIONS, Elsewhere, MESSAGES, PAIRS, Pace, PacketPlan, PairPlan, Part, Plan, RATE, ROOM, RoomPlan, SECONDS,
    SHARES, SIZE, STEADY_WINDOW, Scenario, StormPlan, THINK, TIMES, Task, WARM_UP, WINDOW, within,
};
use super::scenario_file::{self, ScenarioFile};
use super::stamp;

/// Bytes of a message's text, unless said otherwise.
const TEXT: usize = 200;
/// Requests under way with which a server is as fast as it gets.
const BUSY: usize = 4_000;
/// How long a connection of a storm stands.
const STANDS: Duration = Duration::from_secs(2);
/// People of a storm, unless there are fewer connections.
const STORM_PEOPLE: usize = 1_000;

/// How to measure.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct BenchArgs {
    #[command(subcommand)]
    what: Bench,
}

/// What to measure.
#[derive(Debug, Clone, Subcommand)]
enum Bench {
    /// Pairs of people, one of whom writes to the other.
    Chat(OfPairs),
    /// Pairs of people, one of whom pays the other.
    Wallet(OfPairs),
    /// Payments of many to as many, then of the same to one: what one hot account costs.
    Hot(OfPairs),
    /// As much as the server takes, then many times as much, then as before: what it refuses, and what it still does.
    Overload {
        /// Pairs of people, one of whom writes to the other.
        #[arg(long, value_name = "N", default_value_t = 1_000)]
        pairs: usize,
        /// How many times what the server takes is wanted of it.
        #[arg(long, value_name = "N", default_value_t = 10)]
        times: u64,
        #[command(flatten)]
        run: RunFlags,
    },
    /// One room, in which one member writes to all others.
    Fanout {
        /// Members of the room.
        #[arg(long, value_name = "N", default_value_t = 100)]
        room: usize,
        /// Measure the same room of a bare relay first, which stores nothing, and what part of its rate is reached.
        #[arg(long, conflicts_with_all = ["search", "chaos"])]
        bare: bool,
        #[command(flatten)]
        load: LoadFlags,
        #[command(flatten)]
        run: RunFlags,
    },
    /// The bare relay that `fanout --bare` measures against.
    #[command(name = bare::RELAY, hide = true)]
    Relay,
    /// Signed-in sockets that do nothing: memory, and sign-ins a second.
    Idle {
        /// Sockets to open.
        #[arg(long, value_name = "N", default_value_t = 1_000)]
        connections: usize,
        #[command(flatten)]
        run: RunFlags,
    },
    /// New connections at a steady rate, each signed in, while pairs of people write at another.
    Storm {
        /// New connections a second.
        #[arg(long, value_name = "N", default_value_t = 1_000)]
        rate: u64,
        /// Pairs of people who write meanwhile.
        #[arg(long, value_name = "N", default_value_t = 50)]
        pairs: usize,
        /// Their messages a second.
        #[arg(long, value_name = "N", default_value_t = 1_000)]
        messages_rate: u64,
        #[command(flatten)]
        run: RunFlags,
    },
    /// Several loads at once: messages, payments, a room, idle sockets, new connections.
    Mixed(OfScenario),
    /// The same for long, with whether memory and latency stay where they are.
    Soak(OfScenario),
    /// A conversation of many messages beside one of a thousand: opening, paging, searching, synchronising.
    Long {
        /// Messages of the long conversation.
        #[arg(long, value_name = "N", default_value_t = 1_000_000)]
        messages: u64,
        #[command(flatten)]
        run: RunFlags,
    },
    /// One packet of many shares, claimed while pairs of people pay each other.
    Packet {
        /// Shares of the packet, each claimed by somebody else.
        #[arg(long, value_name = "N", default_value_t = 10_000)]
        shares: usize,
        /// Pairs of people who pay each other.
        #[arg(long, value_name = "N", default_value_t = 50)]
        pairs: usize,
        /// Their payments a second.
        #[arg(long, value_name = "N", default_value_t = 200)]
        rate: u64,
        #[command(flatten)]
        run: RunFlags,
    },
    /// Two reports beside each other; fails when the second is worse by more than `--within`.
    Compare {
        /// The report of before.
        before: PathBuf,
        /// The report of after.
        after: PathBuf,
        /// Per cent by which a figure may be worse.
        #[arg(long, value_name = "PERCENT", default_value_t = 10)]
        within: u32,
    },
}

/// A load of pairs.
#[derive(Debug, Clone, Args)]
struct OfPairs {
    /// Pairs of people.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pairs: usize,
    #[command(flatten)]
    load: LoadFlags,
    #[command(flatten)]
    run: RunFlags,
}

/// A load of several parts.
#[derive(Debug, Clone, Args)]
struct OfScenario {
    /// A file that names the parts; `quipu bench mixed --print` writes the one that is taken without it.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Write the scenario to standard output and do nothing.
    #[arg(long)]
    print: bool,
    /// Per cent of the scenario's rates.
    #[arg(long, value_name = "PERCENT", default_value_t = 100)]
    load: u64,
    #[command(flatten)]
    run: RunFlags,
}

/// How requests leave.
#[derive(Debug, Clone, Args)]
struct LoadFlags {
    /// Requests of a pair or the room under way at once [default: 1; with --rate at most 64].
    #[arg(long, value_name = "N")]
    window: Option<usize>,
    /// Requests a second over all, sent at a steady rate however the server answers; latencies are then of the moment at
    /// which each should have left.
    #[arg(long, value_name = "N", conflicts_with = "think")]
    rate: Option<u64>,
    /// Milliseconds between what has come through and the next request, in the mean.
    #[arg(long, value_name = "MS")]
    think: Option<u64>,
    /// Bytes of a message's text, or of a payment's note [default: 200; of a note 32].
    #[arg(long, value_name = "BYTES")]
    size: Option<usize>,
    /// Raise the rate until what is expected no longer holds, and say which was the highest that held.
    #[arg(long, requires = "expect", conflicts_with_all = ["think", "chaos"])]
    search: bool,
}

/// Where, how long, and what is to become of the figures.
#[derive(Debug, Clone, Args)]
struct RunFlags {
    /// The server to measure, such as http://127.0.0.1:8080, again for each node of a cluster; without it one is started
    /// in a temporary folder.
    #[arg(long, requires = "users")]
    url: Vec<String>,
    /// People of that server, as `quipu admin seed --out` wrote them.
    #[arg(long, value_name = "FILE", requires = "url")]
    users: Option<PathBuf>,
    /// Let the load reach beyond this machine.
    #[arg(long, requires = "url")]
    allow_remote: bool,
    /// Seconds to measure; packet: of payments alone, and again while all shares are claimed [default: 10; packet and
    /// overload: 60; soak: 3600].
    #[arg(long, value_name = "S")]
    seconds: Option<u64>,
    /// Seconds of the same load before them, not counted [default: 2; soak: 60].
    #[arg(long, value_name = "S")]
    warm_up: Option<u64>,
    /// What must hold, such as 'ack.p99<50ms', 'per_s>=20000', 'chat.receipt.p50<5ms', 'errors=0'; again for each. The
    /// exit code says whether all did.
    #[arg(long, value_name = "METRIC<VALUE")]
    expect: Vec<Expectation>,
    /// What goes wrong meanwhile: `kill=30s` kills the server that was started here and starts it again, `cut=5s` cuts
    /// a quarter of the sockets; or both with a comma between.
    #[arg(long, value_name = "WHAT=EVERY")]
    chaos: Option<Chaos>,
    /// Where to write the figures as JSON.
    #[arg(long, value_name = "OUT")]
    json: Option<PathBuf>,
    /// Where to write the figures as a page with plots.
    #[arg(long, value_name = "OUT")]
    html: Option<PathBuf>,
}

/// What the command line asks for.
pub(super) enum Wanted {
    /// A run.
    Run(Box<Plan>),
    /// Two reports beside each other.
    Compare {
        before: PathBuf,
        after: PathBuf,
        within: u32,
    },
    /// A relay to measure against.
    Relay,
    /// A text.
    Print(String),
}

/// What is to be done, how, and whether the highest rate is searched for.
type Asked = (Scenario, Task, RunFlags, bool);

impl BenchArgs {
    /// Checks every flag.
    pub(super) fn wanted(self) -> anyhow::Result<Wanted> {
        let (scenario, task, run, search): Asked = match self.what {
            Bench::Chat(of) => of.asked(Scenario::Chat, TEXT, Part::Chat)?,
            Bench::Wallet(of) => of.asked(Scenario::Wallet, stamp::BYTES, Part::Wallet)?,
            Bench::Hot(of) => {
                ensure!(!of.load.search, "--search means nothing to bench hot");
                (
                    Scenario::Hot,
                    Task::Hot(of.load.of_pairs(of.pairs, stamp::BYTES)?),
                    of.run,
                    false,
                )
            }
            Bench::Fanout { room, bare, load, run } => {
                let (search, room) = (load.search, load.of_room(room)?);
                let task = if bare {
                    Task::Bare(room)
                } else {
                    Task::Loads(vec![Part::Fanout(room)])
                };
                (Scenario::Fanout, task, run, search)
            }
            Bench::Overload { pairs, times, run } => (
                Scenario::Overload,
                Task::Overload(at_most(pairs)?, within("--times", times, &TIMES)?),
                run,
                false,
            ),
            Bench::Relay => return Ok(Wanted::Relay),
            Bench::Idle { connections, run } => (
                Scenario::Idle,
                Task::Idle(within("--connections", connections, &CONNECTIONS)?),
                run,
                false,
            ),
            Bench::Storm {
                rate,
                pairs,
                messages_rate,
                run,
            } => (
                Scenario::Storm,
                Task::Loads(storm(rate, pairs, messages_rate)?),
                run,
                false,
            ),
            Bench::Mixed(of) | Bench::Soak(of) if of.print => {
                return Ok(Wanted::Print(scenario_file::DEFAULT.to_owned()));
            }
            Bench::Mixed(of) => (Scenario::Mixed, of.task()?, of.run, false),
            Bench::Soak(of) => (Scenario::Soak, of.task()?, of.run, false),
            Bench::Long { messages, run } => (
                Scenario::Long,
                Task::Long(within("--messages", messages, &MESSAGES)?),
                run,
                false,
            ),
            Bench::Packet {
                shares,
                pairs,
                rate,
                run,
            } => (Scenario::Packet, packet(shares, pairs, rate)?, run, false),
            Bench::Compare { before, after, within } => return Ok(Wanted::Compare { before, after, within }),
        };
        Ok(Wanted::Run(Box::new(run.plan(scenario, task, search)?)))
    }
}

fn storm(rate: u64, pairs: usize, messages_rate: u64) -> anyhow::Result<Vec<Part>> {
    let pace = Pace::Steady(within("--messages-rate", messages_rate, &RATE)?);
    Ok(vec![
        Part::Storm(StormPlan {
            rate: within("--rate", rate, &RATE)?,
            people: STORM_PEOPLE,
            stands: STANDS,
        }),
        Part::Chat(PairPlan {
            pairs: within("--pairs", pairs, &PAIRS)?,
            window: pace.window(),
            pace,
            size: TEXT,
        }),
    ])
}

/// Pairs with as much under way as keeps a server busy.
fn at_most(pairs: usize) -> anyhow::Result<PairPlan> {
    let pairs = within("--pairs", pairs, &PAIRS)?;
    Ok(PairPlan {
        pairs,
        window: BUSY.div_ceil(pairs).min(STEADY_WINDOW),
        pace: Pace::Closed,
        size: TEXT,
    })
}

fn packet(shares: usize, pairs: usize, rate: u64) -> anyhow::Result<Task> {
    // What other payments wait for is seen only of those that do not wait for each other.
    let pace = Pace::Steady(within("--rate", rate, &RATE)?);
    Ok(Task::Packet(PacketPlan {
        shares: within("--shares", shares, &SHARES)?,
        payments: PairPlan {
            pairs: within("--pairs", pairs, &PAIRS)?,
            window: pace.window(),
            pace,
            size: stamp::BYTES,
        },
    }))
}

impl OfPairs {
    fn asked(self, scenario: Scenario, size: usize, part: fn(PairPlan) -> Part) -> anyhow::Result<Asked> {
        let pairs = self.load.of_pairs(self.pairs, size)?;
        Ok((scenario, Task::Loads(vec![part(pairs)]), self.run, self.load.search))
    }
}

impl OfScenario {
    fn task(&self) -> anyhow::Result<Task> {
        let file = match &self.scenario {
            Some(path) => ScenarioFile::read(path)?,
            None => ScenarioFile::built_in()?,
        };
        Ok(Task::Loads(file.parts(within("--load", self.load, &(1..=10_000))?)?))
    }
}

impl LoadFlags {
    fn pace(&self) -> anyhow::Result<Pace> {
        Ok(match (self.rate, self.think) {
            (Some(rate), _) => Pace::Steady(within("--rate", rate, &RATE)?),
            (None, Some(think)) => Pace::Thinking(within("--think", think, &THINK)?),
            (None, None) if self.search => bail!("--search begins at a --rate: name one that surely holds"),
            (None, None) => Pace::Closed,
        })
    }

    fn of_pairs(&self, pairs: usize, size: usize) -> anyhow::Result<PairPlan> {
        let pace = self.pace()?;
        Ok(PairPlan {
            pairs: within("--pairs", pairs, &PAIRS)?,
            window: within("--window", self.window.unwrap_or(pace.window()), &WINDOW)?,
            pace,
            size: within("--size", self.size.unwrap_or(size), &SIZE)?,
        })
    }

    fn of_room(&self, members: usize) -> anyhow::Result<RoomPlan> {
        let pace = self.pace()?;
        Ok(RoomPlan {
            members: within("--room", members, &ROOM)?,
            window: within("--window", self.window.unwrap_or(pace.window()), &WINDOW)?,
            pace,
            size: within("--size", self.size.unwrap_or(TEXT), &SIZE)?,
        })
    }
}

impl RunFlags {
    fn plan(self, scenario: Scenario, task: Task, search: bool) -> anyhow::Result<Plan> {
        let chaos = self.chaos.unwrap_or_default();
        if chaos.any() {
            ensure!(
                matches!(task, Task::Loads(_)),
                "--chaos means nothing to bench {}",
                scenario.name()
            );
        }
        ensure!(
            chaos.kill.is_none() || self.url.is_empty(),
            "only a server that was started here is killed: leave --url away, or only cut"
        );
        let (seconds, warm_up) = match scenario {
            Scenario::Packet | Scenario::Overload => (60, 2),
            Scenario::Soak => (3_600, 60),
            _ => (10, 2),
        };
        Ok(Plan {
            scenario,
            task,
            elsewhere: self.users.map(|users| Elsewhere {
                urls: self.url,
                users,
                allow_remote: self.allow_remote,
            }),
            seconds: Duration::from_secs(within("--seconds", self.seconds.unwrap_or(seconds), &SECONDS)?),
            warm_up: Duration::from_secs(within("--warm-up", self.warm_up.unwrap_or(warm_up), &WARM_UP)?),
            chaos,
            expect: self.expect,
            search,
            json: self.json,
            html: self.html,
        })
    }
}
