//! Everything ends at once, and starts again.

use std::time::Duration;

use quipu::clock::Clock as _;
use quipu::ids::{ClientId, UserId};
use quipu::wallet::{Act, TransferId, WalletError};
use rand::RngExt as _;

use super::{ROUND_LIMIT, World};
use crate::call::{Call, FundCall, What};
use crate::compare;
use crate::model::Answer;
use crate::node::{Decided, Nodes, committed};

impl World {
    /// Everything ends in the middle of a race. What was not answered is asked again after the start, and was done
    /// before or is done then, but never both.
    pub(super) fn crash(&mut self, nodes: Nodes) -> Nodes {
        self.told.crashes += 1;
        let mut race = self.race(&nodes);
        let wait = Duration::from_micros(self.generator.random.random_range(0..60_000));
        std::thread::sleep(wait);
        nodes.crash();
        let (mut answers, mut open) = (Vec::new(), Vec::new());
        for mut one in race.drain(..) {
            match (one.answered(), one.decided()) {
                (Some(told), Some(decided)) => answers.push((decided, one.call, compare::answer(told))),
                (None, _) => {
                    let decisions = one.decisions();
                    open.push((one.call, decisions));
                }
                (Some(told), None) => panic!("an answer follows a decision: {told:?}"),
            }
        }
        self.clocks.restart();
        let nodes = self.start();
        // Behind the ledger's lock, whatever the ended process still had under way has come to its end.
        let unknown = self.generator.expire().client_id;
        self.settle(&nodes, unknown);
        let committed = nodes.block_on(committed(&nodes.db));
        let mut silent = Vec::new();
        for (call, decisions) in &open {
            let landed = decisions.iter().find(|decided| committed.contains(&decided.order));
            match landed {
                Some(decided) => silent.push((*decided, call.clone())),
                None => self.told.lost += 1,
            }
        }
        self.told.landed += silent.len();
        self.check_with_landed(answers, silent);
        nodes.block_on(compare::tables(&nodes.db, &self.model));
        self.ask_again(&nodes, open);
        nodes
    }

    /// Takes the ledger's lock once on each lane.
    fn settle(&mut self, nodes: &Nodes, unknown: ClientId) {
        for lane in 0..nodes.lanes() {
            let of = TransferId::first(unknown, UserId::SYSTEM);
            let note = String::new();
            let what = What::Act(Act::Void { of, note });
            let (client_id, actor) = (unknown, UserId::SYSTEM);
            let asked = self.clocks.guarded.now();
            let call = Call {
                client_id,
                actor,
                asked,
                what,
            };
            let mut one = nodes.submit(lane, call).unwrap();
            let told = nodes.block_on(async {
                tokio::time::timeout(ROUND_LIMIT, one.answer())
                    .await
                    .expect("the lock is free")
            });
            assert_eq!(compare::answer(told), Answer::Refused(WalletError::TransferNotFound));
        }
    }

    /// What was answered, and what landed without having been, in the order of the decisions.
    fn check_with_landed(&mut self, answers: Vec<(Decided, Call, Answer)>, silent: Vec<(Decided, Call)>) {
        let answered = answers
            .into_iter()
            .map(|(decided, call, told)| (decided, call, Some(told)));
        let silent = silent.into_iter().map(|(decided, call)| (decided, call, None));
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

    /// What has an id of its own is asked again, as whoever got no answer does.
    fn ask_again(&mut self, nodes: &Nodes, open: Vec<(Call, Vec<Decided>)>) {
        let without_id = |what: &What| {
            let heard = matches!(what, What::Fund(FundCall::Hear { .. }));
            heard || matches!(what, What::Expire(_) | What::Due(_) | What::Chat(_))
        };
        let again = open.into_iter().filter(|(call, _)| !without_id(&call.what));
        let asked = self.clocks.guarded.now();
        let again: Vec<_> = again.map(|(call, _)| Call { asked, ..call }).collect();
        let race: Vec<_> = again
            .into_iter()
            .filter_map(|call| self.submit(nodes, Some(0), call))
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
