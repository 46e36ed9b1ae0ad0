//! One seed: a server, people with their devices, a bad network, and what must be the same in the end.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use tokio::sync::watch;

use crate::acts::id;
use crate::answers::{self, Answered};
use crate::compare::{self, Wrong};
use crate::device::{Device, Order, Seen};
use crate::model::Model;
use crate::people::Person;
use crate::proxy::Network;
use crate::server::{Server, Template};
use crate::truth::{Caller, Truth};
use crate::{STEP_LIMIT, Size};

/// The last acts and answers that are shown when a seed fails.
const SHOWN: usize = 10_000;
/// How long the devices may take to become the same.
const SAME_LIMIT: Duration = Duration::from_secs(5);
/// Between two looks at something that is waited for.
const LOOK: Duration = Duration::from_millis(3);

/// What everybody in a seed shares.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) people: Vec<Person>,
    /// Their ids.
    pub(crate) ids: Vec<String>,
    pub(crate) network: Arc<Network>,
    answers: Mutex<Vec<Answered>>,
    acts_over: AtomicUsize,
    trace: Arc<Trace>,
    began: Instant,
}

/// The last acts and answers.
#[derive(Default)]
pub(crate) struct Trace(Mutex<VecDeque<String>>);

impl Trace {
    pub(crate) fn show(&self) -> String {
        let lines = self.0.lock().unwrap();
        lines.iter().cloned().collect::<Vec<_>>().join("\n")
    }
}

impl World {
    /// Keeps a line for the case that the seed fails.
    pub(crate) fn trace(&self, who: &str, what: &str) {
        let mut lines = self.trace.0.lock().unwrap();
        if lines.len() >= SHOWN {
            lines.pop_front();
        }
        let at = self.began.elapsed().as_millis();
        lines.push_back(format!("{at:>6} ms {who} {what:.600}"));
    }

    pub(crate) fn answered(&self, answered: Answered) {
        self.answers.lock().unwrap().push(answered);
        self.act_is_over();
    }

    /// An act has its answer, or there was nothing to do.
    pub(crate) fn act_is_over(&self) {
        self.acts_over.fetch_add(1, Ordering::SeqCst);
    }
}

/// What a seed did.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Told {
    pub(crate) answers: usize,
    pub(crate) refusals: usize,
    pub(crate) pushes: usize,
    pub(crate) holes: usize,
    pub(crate) cuts: usize,
    pub(crate) doubled: usize,
    pub(crate) reordered: usize,
    pub(crate) kills: usize,
}

impl Told {
    pub(crate) const fn add(&mut self, other: Self) {
        self.answers += other.answers;
        self.refusals += other.refusals;
        self.pushes += other.pushes;
        self.holes += other.holes;
        self.cuts += other.cuts;
        self.doubled += other.doubled;
        self.reordered += other.reordered;
        self.kills += other.kills;
    }
}

/// Lives one seed to its end. The error is what is wrong, and what the server said.
pub(crate) fn live(template: &Template, seed: u64, size: Size, trace: &Arc<Trace>) -> Result<Told, Wrong> {
    let place = template.copy();
    let mut server = place.server();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let address = server.address;
    let ids: Vec<_> = template.people.iter().map(|person| person.id.clone()).collect();
    let world = Arc::new(World {
        address,
        people: template.people.clone(),
        ids,
        network: Arc::default(),
        answers: Mutex::default(),
        acts_over: AtomicUsize::new(0),
        trace: Arc::clone(trace),
        began: Instant::now(),
    });
    let told = runtime.block_on(seed_in(&world, &mut server, seed, size));
    runtime.shutdown_background();
    told.map_err(|wrong| format!("{wrong}\n---- the server said ----\n{}", server.said()))
}

async fn seed_in(world: &Arc<World>, server: &mut Server, seed: u64, size: Size) -> Result<Told, Wrong> {
    let mut random = StdRng::seed_from_u64(seed);
    begin(world).await;
    let (orders, order) = watch::channel(Order::default());
    let mut devices = Vec::new();
    let mut lives = Vec::new();
    for (person, who) in world.people.iter().enumerate() {
        for number in 0..size.devices {
            let seen = Arc::new(Seen {
                name: format!("{}.{number}", who.handle),
                person,
                model: Mutex::new(Model::new(who.id.clone())),
                done_in: 0.into(),
            });
            let device = Device::new(world, &seen, random.random(), size.acts, order.clone());
            lives.push(tokio::spawn(device.live()));
            devices.push(seen);
        }
    }
    let all = world.people.len() * size.devices * size.acts;
    let kills = kill(world, server, &mut random, all).await?;
    settled(&devices, &lives, 0).await?;
    world.network.heal();
    world.trace("network", "is well again");
    same(world, &devices, &lives, false).await?;
    orders.send_modify(|order| order.epoch = 1);
    settled(&devices, &lives, 1).await?;
    let truths = same(world, &devices, &lives, true).await?;
    orders.send_modify(|order| order.over = true);
    for life in lives {
        life.await.map_err(|error| format!("a device died: {error}"))?;
    }
    let rows = compare::union(&truths)?;
    let answers = world.answers.lock().unwrap();
    answers::check(&answers, &world.ids, &truths, &rows, &world.network)?;
    let counts = world.network.counts();
    let of = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    let models: Vec<_> = devices.iter().map(|device| device.model.lock().unwrap()).collect();
    models.iter().try_for_each(|model| compare::surprises(model, &rows))?;
    Ok(Told {
        answers: answers.len(),
        refusals: answers.iter().filter(|answered| answered.outcome.is_err()).count(),
        pushes: models.iter().map(|model| model.applied).sum(),
        holes: models.iter().map(|model| model.holes).sum(),
        cuts: of(&counts.cuts),
        doubled: of(&counts.doubled_requests) + of(&counts.doubled_pushes),
        reordered: of(&counts.reordered) + of(&counts.heads),
        kills,
    })
}

/// Two groups of everybody, and a pair that talks.
async fn begin(world: &World) {
    for (owner, title) in [(0, "the knots"), (1, "the cords")] {
        let mut caller = Caller::connect(world.address, &world.people[owner].token).await;
        let others: Vec<_> = world.ids.iter().filter(|id| **id != world.ids[owner]).collect();
        let d = json!({ "client_id": id(), "kind": "group", "members": others, "title": title });
        caller.ask("conversation.create", d).await;
        let d = json!({ "client_id": id(), "kind": "direct", "members": [world.ids[1 - owner]] });
        caller.ask("conversation.create", d).await;
    }
}

/// Kills the server and starts it again, up to twice, at any moment of what happens.
async fn kill(world: &World, server: &mut Server, random: &mut StdRng, all: usize) -> Result<usize, Wrong> {
    let mut moments: Vec<_> = (0..random.random_range(0..3))
        .map(|_| random.random_range(0..all * 9 / 10))
        .collect();
    moments.sort_unstable();
    for moment in &moments {
        let reached = || (world.acts_over.load(Ordering::SeqCst) >= *moment).then_some(());
        wait(|| format!("{moment} acts are over"), reached).await?;
        world.trace("server", "is killed");
        server.kill_and_restart();
        world.trace("server", "is there again");
    }
    Ok(moments.len())
}

/// Waits until every device has all its answers and nothing more to ask.
async fn settled(devices: &[Arc<Seen>], lives: &[tokio::task::JoinHandle<()>], epoch: u32) -> Result<(), Wrong> {
    let is_busy = |device: &&Arc<Seen>| device.done_in.load(Ordering::SeqCst) != epoch + 1;
    let busy = || {
        let busy = devices.iter().filter(is_busy).map(|device| device.name.clone());
        format!("{:?} are done", busy.collect::<Vec<_>>())
    };
    let done = || {
        (lives.iter().any(tokio::task::JoinHandle::is_finished) || !devices.iter().any(|d| is_busy(&d))).then_some(())
    };
    wait(busy, done).await
}

async fn wait<T>(what: impl Fn() -> String, look: impl Fn() -> Option<T>) -> Result<T, Wrong> {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if start.elapsed() > STEP_LIMIT {
            return Err(format!("not within {STEP_LIMIT:?}: {}", what()));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Asks the server afresh until every device has what it says; some of what was sent may still be under way.
async fn same(
    world: &World,
    devices: &[Arc<Seen>],
    lives: &[tokio::task::JoinHandle<()>],
    resumed: bool,
) -> Result<BTreeMap<String, Truth>, Wrong> {
    let start = Instant::now();
    loop {
        if lives.iter().any(tokio::task::JoinHandle::is_finished) {
            return Err("a device died".to_owned());
        }
        let truths = truths(world).await;
        let wrong = compare::people(&truths).and_then(|()| {
            devices.iter().try_for_each(|device| {
                let model = device.model.lock().unwrap();
                let truth = &truths[&world.ids[device.person]];
                compare::device(&model, truth, resumed)
                    .map_err(|wrong| format!("{} {}: {wrong}", device.name, model.me))
            })
        });
        match wrong {
            Ok(()) => return Ok(truths),
            Err(wrong) if start.elapsed() > SAME_LIMIT => {
                let when = if resumed {
                    "after all have resumed"
                } else {
                    "with pushes alone"
                };
                return Err(format!("not the same {when}: {wrong}"));
            }
            Err(_) => tokio::time::sleep(LOOK).await,
        }
    }
}

async fn truths(world: &World) -> BTreeMap<String, Truth> {
    let each = world.people.iter().map(async |person| {
        let mut caller = Caller::connect(world.address, &person.token).await;
        (person.id.clone(), caller.everything(&person.id).await)
    });
    join_all(each).await.into_iter().collect()
}
