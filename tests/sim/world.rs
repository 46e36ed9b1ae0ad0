//! A world of a seed: rounds of calls that race, time that goes on or is turned, crashes, and after each of it the
//! model held against the code.

mod clocks;
mod crash;
mod told;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use quipu::clock::{Clock as _, Micros};
use quipu::db::Db;
use quipu::wallet::{Act, Card, Currency, Limits, Timers};
use quipu_entity::transfer;
use quipu_migration::{Migrator, MigratorTrait as _};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::call::{Call, What};
use crate::compare;
use crate::generator::Generator;
use crate::model::{Answer, Model, Places, Row};
use crate::node::{Decided, Gather, Nodes, Place, UnderWay, add_methods, create_marks};
use crate::services::Backend;
use clocks::Clocks;
pub(crate) use told::Told;

const DAY: i64 = 86_400_000_000;
/// Calls that race in one round at most.
const AT_ONCE: usize = 80;
/// In most rounds.
const FEW: usize = 12;
/// A round has ended by then.
const ROUND_LIMIT: Duration = Duration::from_secs(60);

struct World {
    generator: Generator,
    model: Model,
    clocks: Clocks,
    place: Place,
    lanes: usize,
    limits: BTreeMap<Currency, Limits>,
    timers: Timers,
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
    let (limits, timers) = (generator.limits(), generator.timers());
    let everybody = generator.members().into_iter().chain([generator.keeper]);
    let places = Places::of(generator.group, everybody);
    let mut world = World {
        model: Model::new(limits.clone(), places, timers),
        generator,
        clocks: Clocks::new(),
        place,
        lanes: if backend == Backend::Postgres { 2 } else { 1 },
        limits,
        timers,
        order: Arc::default(),
        last_at: Micros(0),
        told: Told::default(),
    };
    let mut nodes = world.start();
    nodes.gather(Gather {
        group: world.generator.group,
        keeper: world.generator.keeper,
        others: world.generator.members(),
    });
    let people = world.generator.members();
    nodes.block_on(add_methods(&nodes.db, &people));
    world.begin(&nodes);
    while world.told.calls < calls {
        nodes = world.round(nodes);
    }
    nodes.block_on(compare::tables(&nodes.db, &world.model));
    nodes.block_on(compare::audited(&nodes.db, &nodes.key.public(), &world.model));
    nodes.stop();
    world.told
}

/// A migrated, empty database.
pub(crate) fn make(backend: Backend, folder: &std::path::Path) -> Place {
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
        create_marks(&db).await;
        db.close().await;
        place
    })
}

impl World {
    fn start(&mut self) -> Nodes {
        let clock = self.clocks.dynamic();
        let (nodes, last) = Nodes::start(
            &self.place,
            self.lanes,
            &clock,
            (&self.limits, self.timers),
            self.order.clone(),
        );
        self.clocks.guarded.not_before(last);
        nodes
    }

    /// Everybody is given something.
    fn begin(&mut self, nodes: &Nodes) {
        let calls = self.generator.beginning(self.clocks.guarded.now());
        let race = calls
            .into_iter()
            .filter_map(|call| self.submit(nodes, None, call))
            .collect();
        self.settle_race(nodes, race);
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
        self.settle_race(&nodes, race);
        if self.generator.random.random_ratio(1, 8) {
            nodes.block_on(compare::tables(&nodes.db, &self.model));
        }
        nodes
    }

    /// Waits for the answers, and holds them against the model.
    fn settle_race(&mut self, nodes: &Nodes, race: Vec<UnderWay>) {
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
    }

    /// Calls into all lanes at once. Time does its work as a server lets it: not while the clock is not believed.
    fn race(&mut self, nodes: &Nodes) -> Vec<UnderWay> {
        let most = if self.generator.random.random_ratio(1, 3) {
            AT_ONCE
        } else {
            FEW
        };
        let count = self.generator.random.random_range(1..=most);
        let now = self.clocks.guarded.now();
        let mut race = Vec::with_capacity(count + 1);
        for _ in 0..count {
            for call in self.generator.calls(now) {
                let call = nodes.block_on(aimed(&nodes.db, call));
                race.extend(self.submit(nodes, None, call));
            }
            if self.clocks.guarded.is_jumped() {
                continue;
            }
            if self.generator.random.random_ratio(1, 40) {
                let expire = self.generator.expire();
                race.extend(self.submit(nodes, None, expire));
            }
            if self.generator.random.random_ratio(1, 10) {
                // On all nodes at once, as they look at the same moment.
                for due in self.generator.due() {
                    for lane in 0..nodes.lanes() {
                        race.extend(self.submit(nodes, Some(lane), due.clone()));
                    }
                }
            }
        }
        race
    }

    /// Puts a call into a lane, any one if none is named. The door refuses what the model says that it does.
    fn submit(&mut self, nodes: &Nodes, lane: Option<usize>, call: Call) -> Option<UnderWay> {
        let lane = lane.unwrap_or_else(|| self.generator.random.random_range(0..nodes.lanes()));
        let expected = Model::at_the_door(&call);
        match nodes.submit(lane, call.clone()) {
            Ok(under_way) => {
                assert_eq!(expected, None, "{call:?}");
                Some(under_way)
            }
            Err(refusal) => {
                assert_eq!(expected.as_ref(), Some(&refusal), "{call:?}");
                self.told.refuse(&refusal);
                None
            }
        }
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
        let rows: Vec<&Row> = match told {
            Answer::Done(rows) => rows.iter().collect(),
            Answer::Stepped(stepped) => stepped.rows.iter().collect(),
            Answer::Due(due) => due.iter().flat_map(|stepped| &stepped.rows).collect(),
            Answer::Funded { rows, .. } | Answer::Heard(rows) => rows.iter().collect(),
            _ => Vec::new(),
        };
        for row in rows {
            self.generator.learn(row);
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
