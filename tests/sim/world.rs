//! A world of a seed: rounds of calls that race, time that goes on or is turned, crashes, and after each of it the
//! model held against the code.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use quipu::clock::{Clock, GuardedClock, ManualClock, Micros};
use quipu::db::Db;
use quipu::ids::{ClientId, ConversationId, UserId};
use quipu::wallet::{Act, Card, Currency, Limits};
use quipu_entity::{account_event, op_receipt, transfer};
use quipu_migration::{Migrator, MigratorTrait as _};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::call::{Call, What};
use crate::compare;
use crate::generator::Generator;
use crate::model::{Answer, Model};
use crate::node::{Decided, Nodes, Place, UnderWay};
use crate::services::Backend;

/// When every world begins: 2026-03-01.
const BEGINNING: i64 = 1_772_323_200_000_000;
const DAY: i64 = 86_400_000_000;
/// Calls that race in one round at most.
const AT_ONCE: usize = 80;
/// A round has ended by then.
const ROUND_LIMIT: Duration = Duration::from_secs(60);

/// What was lived through.
#[derive(Debug, Default)]
pub(crate) struct Told {
    calls: usize,
    done: usize,
    refused: BTreeMap<&'static str, usize>,
    repeated: usize,
    expired: usize,
    crashes: usize,
    /// Of the calls that a crash left without an answer: those that were committed, and those that were not.
    landed: usize,
    lost: usize,
    jumps: usize,
}

impl Told {
    pub(crate) fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.done += other.done;
        self.repeated += other.repeated;
        self.expired += other.expired;
        self.crashes += other.crashes;
        self.landed += other.landed;
        self.lost += other.lost;
        self.jumps += other.jumps;
        for (code, count) in &other.refused {
            *self.refused.entry(code).or_default() += count;
        }
    }

    fn count(&mut self, answer: &Answer) {
        self.calls += 1;
        match answer {
            Answer::Done(_) | Answer::Changed(_) => self.done += 1,
            Answer::Repeated(_) => self.repeated += 1,
            Answer::Expired(rows) => self.expired += rows.len(),
            Answer::Refused(refusal) => {
                let code = quipu::protocol::Coded::wire(refusal).code.as_str();
                *self.refused.entry(code).or_default() += 1;
            }
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            calls,
            done,
            refused,
            repeated,
            expired,
            crashes,
            landed,
            lost,
            jumps,
        } = self;
        write!(
            f,
            "{calls} calls, {done} done, {repeated} repeated, {expired} holds expired, {crashes} crashes \
             ({landed} calls without an answer were committed, {lost} not), {jumps} turned clocks, refused {refused:?}"
        )
    }
}

/// The clocks of a world: one on the wall, which can be turned, and one that only runs.
struct Clocks {
    wall: Arc<ManualClock>,
    ran: Arc<AtomicI64>,
    guarded: Arc<GuardedClock>,
}

impl Clocks {
    fn new() -> Self {
        let wall = Arc::new(ManualClock::at(Micros(BEGINNING)));
        let ran = Arc::new(AtomicI64::new(0));
        let guarded = Self::guard(&wall, &ran);
        Self { wall, ran, guarded }
    }

    /// What a process that starts now has.
    fn guard(wall: &Arc<ManualClock>, ran: &Arc<AtomicI64>) -> Arc<GuardedClock> {
        let ran = ran.clone();
        let since = move || Duration::from_micros(ran.load(Ordering::SeqCst).unsigned_abs());
        Arc::new(GuardedClock::new(wall.clone(), since))
    }

    fn restart(&mut self) {
        self.guarded = Self::guard(&self.wall, &self.ran);
    }

    fn pass(&self, by: Duration) {
        let by = i64::try_from(by.as_micros()).unwrap();
        self.ran.fetch_add(by, Ordering::SeqCst);
        self.wall.set(Micros(self.wall.now().0 + by));
    }

    fn turn(&self, by: i64) {
        self.wall.set(Micros(self.wall.now().0 + by));
    }

    fn dynamic(&self) -> Arc<dyn Clock> {
        self.guarded.clone()
    }
}

struct World {
    generator: Generator,
    model: Model,
    clocks: Clocks,
    place: Place,
    lanes: usize,
    limits: BTreeMap<Currency, Limits>,
    order: Arc<AtomicU64>,
    /// The time of the last row.
    last_at: Micros,
    told: Told,
}

/// Lives a world of so many calls; panics at the first difference.
pub(crate) fn live(backend: Backend, seed: u64, calls: usize) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let place = make(backend, folder.path());
    let mut generator = Generator::new(StdRng::seed_from_u64(seed));
    let limits = generator.limits();
    let mut world = World {
        model: Model::new(limits.clone()),
        generator,
        clocks: Clocks::new(),
        place,
        lanes: if backend == Backend::Postgres { 2 } else { 1 },
        limits,
        order: Arc::default(),
        last_at: Micros(0),
        told: Told::default(),
    };
    let mut nodes = world.start();
    while world.told.calls < calls {
        nodes = world.round(nodes);
    }
    nodes.block_on(compare::tables(&nodes.db, &world.model));
    nodes.block_on(compare::audited(&nodes.db, &nodes.key.public(), &world.model));
    nodes.stop();
    world.told
}

/// A migrated, empty database.
fn make(backend: Backend, folder: &std::path::Path) -> Place {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let handle = tokio::runtime::Handle::current();
        let file = folder.join("quipu.db");
        let (place, db) = match backend {
            Backend::Sqlite => (Place::File(file.clone()), Db::open_sqlite(&file, 1, handle).await),
            Backend::Postgres => {
                let settings = backend.fresh().await;
                let url = settings
                    .into_iter()
                    .find(|(name, _)| name.ends_with("DATABASE__URL"))
                    .unwrap()
                    .1;
                (Place::Url(url.clone()), Db::open_postgres(&url, 1, 1, handle).await)
            }
        };
        let db = db.unwrap();
        Migrator::up(db.writer(), None).await.unwrap();
        db.close().await;
        place
    })
}

impl World {
    fn start(&mut self) -> Nodes {
        let clock = self.clocks.dynamic();
        let (nodes, last) = Nodes::start(&self.place, self.lanes, &clock, &self.limits, self.order.clone());
        self.clocks.guarded.not_before(last);
        nodes
    }

    fn round(&mut self, nodes: Nodes) -> Nodes {
        let pause = self.generator.pause();
        self.clocks.pass(pause);
        match self.generator.random.random_range(0..100) {
            0..6 => self.turn_the_clock(),
            6..14 => return self.crash(nodes),
            _ => {}
        }
        let race = self.race(&nodes);
        let mut answers = Vec::with_capacity(race.len());
        nodes.block_on(async {
            let all = async {
                for mut one in race {
                    let told = one.answer().await;
                    let decided = one.decided().expect("an answer follows a decision");
                    answers.push((decided, one.call, compare::answer(told)));
                }
            };
            tokio::time::timeout(ROUND_LIMIT, all).await.expect("a round ends");
        });
        self.check(answers);
        if self.generator.random.random_ratio(1, 8) {
            nodes.block_on(compare::tables(&nodes.db, &self.model));
        }
        nodes
    }

    /// Calls into all lanes at once. Holds are ended as a server does it: not while the clock is not believed.
    fn race(&mut self, nodes: &Nodes) -> Vec<UnderWay> {
        let count = self.generator.random.random_range(1..=AT_ONCE);
        let now = self.clocks.guarded.now();
        let mut race = Vec::with_capacity(count + 1);
        for _ in 0..count {
            let lane = self.generator.random.random_range(0..nodes.lanes());
            let call = self.generator.call(now);
            let call = nodes.block_on(aimed(&nodes.db, call));
            race.push(nodes.submit(lane, call, ConversationId::fresh()));
            if self.generator.random.random_ratio(1, 40) && !self.clocks.guarded.is_jumped() {
                race.push(nodes.submit(0, self.generator.expire(), ConversationId::fresh()));
            }
        }
        race
    }

    /// Holds answers against the model, in the order in which they were decided.
    fn check(&mut self, mut answers: Vec<(Decided, Call, Answer)>) {
        answers.sort_by_key(|(decided, ..)| decided.order);
        for (decided, call, told) in answers {
            let expected = self.apply(&call, decided);
            assert!(
                compare::agree(&expected, &told),
                "{call:?}\nat {decided:?}\nexpected {expected:?}\n    told {told:?}"
            );
            self.learn(&told);
            self.told.count(&told);
        }
    }

    fn apply(&mut self, call: &Call, decided: Decided) -> Answer {
        let Decided { at, now, .. } = decided;
        assert!(at >= self.last_at, "ledger time goes on: {decided:?}");
        assert!(at >= now, "ledger time is never behind the clock: {decided:?}");
        let before = self.model.next_seq();
        let answer = self.model.apply(call, at, now);
        // What wrote no row took no time either.
        if self.model.next_seq() > before {
            self.last_at = at;
        }
        answer
    }

    fn learn(&mut self, told: &Answer) {
        if let Answer::Done(rows) = told {
            for row in rows {
                self.generator.learn(row.id, row.kind, row.money.currency());
            }
        }
    }

    fn turn_the_clock(&mut self) {
        self.told.jumps += 1;
        let by = if self.generator.random.random_bool(0.5) {
            DAY
        } else {
            -DAY
        };
        self.clocks.turn(by);
        assert!(
            self.clocks.guarded.is_jumped()
                || self.clocks.wall.now().0.abs_diff(self.clocks.guarded.now().0) < 60_000_001
        );
    }

    /// Everything ends in the middle of a race. What was not answered is asked again after the start, and was done
    /// before or is done then, but never both.
    fn crash(&mut self, nodes: Nodes) -> Nodes {
        self.told.crashes += 1;
        let mut race = self.race(&nodes);
        let wait = Duration::from_micros(self.generator.random.random_range(0..20_000));
        std::thread::sleep(wait);
        nodes.crash();
        let (mut answers, mut open) = (Vec::new(), Vec::new());
        for mut one in race.drain(..) {
            match (one.answered(), one.decided()) {
                (Some(told), Some(decided)) => answers.push((decided, one.call, compare::answer(told))),
                (None, decided) => open.push((one.call, one.lane, decided)),
                (Some(told), None) => panic!("an answer follows a decision: {told:?}"),
            }
        }
        self.clocks.restart();
        let nodes = self.start();
        // Behind the ledger's lock, whatever the ended process still had under way has come to its end.
        let known = self.generator.expire().client_id;
        self.settle(&nodes, known);
        let known: BTreeSet<_> = answers
            .iter()
            .map(|(_, call, _)| (call.client_id, call.actor))
            .collect();
        let is_known = |call: &Call| known.contains(&(call.client_id, call.actor)) || self.model.knows(call);
        let landed = nodes.block_on(landed(&nodes.db, &open, is_known));
        self.told.landed += landed.iter().filter(|landed| **landed).count();
        self.told.lost += landed.iter().filter(|landed| !**landed).count();
        self.check_with_landed(answers, &open, &landed);
        nodes.block_on(compare::tables(&nodes.db, &self.model));
        self.ask_again(&nodes, open);
        nodes
    }

    /// Takes the ledger's lock once on each lane.
    fn settle(&mut self, nodes: &Nodes, unknown: ClientId) {
        for lane in 0..nodes.lanes() {
            let of = quipu::wallet::TransferId::first(unknown, UserId::SYSTEM);
            let note = String::new();
            let what = What::Act(Act::Void { of, note });
            let (client_id, actor) = (unknown, UserId::SYSTEM);
            let call = Call { client_id, actor, what };
            let mut one = nodes.submit(lane, call, ConversationId::fresh());
            let told = nodes.block_on(async {
                tokio::time::timeout(ROUND_LIMIT, one.answer())
                    .await
                    .expect("the lock is free")
            });
            assert_eq!(
                compare::answer(told),
                Answer::Refused(quipu::wallet::WalletError::TransferNotFound)
            );
        }
    }

    /// What was answered, and what landed without having been, in the order of the decisions.
    fn check_with_landed(
        &mut self,
        answers: Vec<(Decided, Call, Answer)>,
        open: &[(Call, usize, Option<Decided>)],
        landed: &[bool],
    ) {
        let answered = answers
            .into_iter()
            .map(|(decided, call, told)| (decided, call, Some(told)));
        let silent = open.iter().zip(landed).filter(|(_, landed)| **landed);
        let silent = silent.filter_map(|((call, _, decided), _)| decided.map(|decided| (decided, call.clone(), None)));
        let mut all: Vec<_> = answered.chain(silent).collect();
        all.sort_by_key(|(decided, ..)| decided.order);
        for (decided, call, told) in all {
            let expected = self.apply(&call, decided);
            if let Some(told) = told {
                assert!(
                    compare::agree(&expected, &told),
                    "{call:?}\nexpected {expected:?}\n    told {told:?}"
                );
                self.told.count(&told);
            }
            self.learn(&expected);
        }
    }

    fn ask_again(&mut self, nodes: &Nodes, open: Vec<(Call, usize, Option<Decided>)>) {
        let again = open
            .into_iter()
            .filter(|(call, ..)| !matches!(call.what, What::Expire(_)));
        let race: Vec<_> = again
            .map(|(call, ..)| nodes.submit(0, call, ConversationId::fresh()))
            .collect();
        let mut answers = Vec::with_capacity(race.len());
        nodes.block_on(async {
            for mut one in race {
                let told = tokio::time::timeout(ROUND_LIMIT, one.answer())
                    .await
                    .expect("an answer");
                answers.push((one.decided().expect("a decision"), one.call, compare::answer(told)));
            }
        });
        self.check(answers);
    }
}

/// Which of the calls without an answer were committed. A batch is committed whole or not at all, and what it leaves
/// tells which: rows of its time under the ids of its calls, or receipts.
async fn landed(db: &Db, open: &[(Call, usize, Option<Decided>)], is_known: impl Fn(&Call) -> bool) -> Vec<bool> {
    let mut batches: HashMap<(usize, i64), bool> = HashMap::new();
    for (call, lane, decided) in open {
        let Some(decided) = decided else { continue };
        let known = batches.entry((*lane, decided.at.0)).or_default();
        *known = *known || left_something(db, call, decided.at, is_known(call)).await;
    }
    let found = |(_, lane, decided): &(Call, usize, Option<Decided>)| {
        decided.is_some_and(|decided| batches.get(&(*lane, decided.at.0)).copied().unwrap_or_default())
    };
    open.iter().map(found).collect()
}

async fn left_something(db: &Db, call: &Call, at: Micros, known: bool) -> bool {
    let reader = db.reader();
    if matches!(call.what, What::Expire(_)) {
        const EXPIRE: i16 = 4;
        let rows = transfer::Entity::find()
            .filter(transfer::Column::At.eq(at.0))
            .filter(transfer::Column::Kind.eq(EXPIRE));
        return rows.one(reader).await.unwrap().is_some();
    }
    let (client, actor) = (call.client_id.uuid(), call.actor.uuid());
    let row = transfer::Entity::find()
        .filter(transfer::Column::ClientId.eq(client))
        .filter(transfer::Column::ActorId.eq(actor))
        .filter(transfer::Column::At.eq(at.0));
    let event = account_event::Entity::find()
        .filter(account_event::Column::ClientId.eq(client))
        .filter(account_event::Column::ActorId.eq(actor))
        .filter(account_event::Column::At.eq(at.0));
    if row.one(reader).await.unwrap().is_some() || event.one(reader).await.unwrap().is_some() {
        return true;
    }
    // A receipt has no time of its batch: one of an id that was known before says nothing.
    if known {
        return false;
    }
    let receipt = op_receipt::Entity::find_by_id((client, actor));
    receipt.one(reader).await.unwrap().is_some()
}

/// A reversal names the card of what it reverses, which its caller has read before: a row never
/// changes.
async fn aimed(db: &Db, mut call: Call) -> Call {
    if let What::Act(Act::Reverse { of, card, .. }) = &mut call.what {
        let row = transfer::Entity::find()
            .filter(transfer::Column::ClientId.eq(of.client_id.uuid()))
            .filter(transfer::Column::ActorId.eq(of.actor.uuid()))
            .filter(transfer::Column::Leg.eq(of.leg));
        let row = row.one(db.reader()).await.unwrap();
        *card = row
            .and_then(|row| row.conversation_id.zip(row.card_seq))
            .map(|(conversation, seq)| Card {
                conversation: conversation.into(),
                seq,
            });
    }
    call
}
