//! A thousand people want the last share of a packet at once, on all nodes: one has it, and the others are told that it
//! is gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use quipu::clock::{Clock, ManualClock, Micros};
use quipu::ids::{ClientId, ConversationId, UserId};
use quipu::wallet::{
    AccountKey, AccountKind, Act, Currency, FlowRef, FlowState, Leg, Money, PacketKind, Purpose, Timers, WalletError,
};

use crate::call::{Call, FlowCall, What};
use crate::compare;
use crate::model::{Answer, Model, Places};
use crate::node::{Gather, Nodes, UnderWay};
use crate::services::Backend;
use crate::world;

const CROWD: usize = 1_000;
const NOW: Micros = Micros(1_772_323_200_000_000);
const HOUR: i64 = 3_600_000_000;

/// See the module; panics when it is not so.
pub(crate) fn claims_the_last_share(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let place = world::make(backend, folder.path());
    let lanes = if backend == Backend::Postgres { 2 } else { 1 };
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(NOW));
    let (limits, timers) = (BTreeMap::new(), timers());
    let (nodes, _) = Nodes::start(&place, lanes, &clock, (&limits, timers), Arc::default());
    let (group, keeper) = (ConversationId::fresh(), UserId::fresh());
    let crowd: Vec<_> = (0..CROWD).map(|_| UserId::fresh()).collect();
    nodes.gather(Gather {
        group,
        keeper,
        others: crowd.clone(),
    });
    let everybody = crowd.iter().copied().chain([keeper]);
    let mut model = Model::new(limits, Places::of(group, everybody), timers);
    let mut one = |call| hold(&nodes, &mut model, vec![nodes.submit(0, call).unwrap()]).remove(0);
    one(call(UserId::SYSTEM, funding(keeper)));
    let packet = call(keeper, packet(group));
    let named = match &packet.what {
        What::Flow(wanted) => wanted.flow(packet.client_id, keeper),
        other => panic!("a packet: {other:?}"),
    };
    one(packet);
    one(claim(keeper, named));
    let race = crowd.iter().enumerate();
    let race = race.map(|(number, user)| nodes.submit(number % lanes, claim(*user, named)).unwrap());
    let answers = hold(&nodes, &mut model, race.collect());
    let took = |answer: &&Answer| matches!(answer, Answer::Stepped(step) if step.flow.state == FlowState::Exhausted);
    assert_eq!(answers.iter().filter(took).count(), 1, "one has it");
    let empty = Answer::Refused(WalletError::PacketEmpty);
    assert_eq!(answers.iter().filter(|answer| **answer == empty).count(), CROWD - 1);
    nodes.block_on(compare::tables(&nodes.db, &model));
    nodes.block_on(compare::audited(&nodes.db, &nodes.key.public(), &model));
    nodes.stop();
}

/// Waits for the answers and holds them against the model.
fn hold(nodes: &Nodes, model: &mut Model, race: Vec<UnderWay>) -> Vec<Answer> {
    let mut answers = Vec::with_capacity(race.len());
    nodes.block_on(async {
        for mut one in race {
            let told = compare::answer(one.answer().await);
            answers.push((one.decided().expect("a decision"), one.call, told));
        }
    });
    answers.sort_by_key(|(decided, ..)| decided.order);
    let mut all = Vec::with_capacity(answers.len());
    for (decided, call, told) in answers {
        let expected = model.apply(&call, decided.at, decided.now);
        assert!(
            compare::agree(&expected, &told),
            "expected {expected:?}\n    told {told:?}"
        );
        all.push(told);
    }
    all
}

fn call(actor: UserId, what: What) -> Call {
    Call {
        client_id: ClientId::fresh(),
        actor,
        asked: NOW,
        what,
    }
}

fn claim(user: UserId, packet: FlowRef) -> Call {
    call(user, What::Flow(FlowCall::Claim(packet)))
}

fn money(minor: i64) -> Money {
    Money::of_minor(minor, Currency::of("CNY").unwrap()).unwrap()
}

fn funding(to: UserId) -> What {
    let money = money(1_000);
    What::Act(Act::Post(vec![Leg {
        debit: AccountKey::system(AccountKind::ProviderCash, money.currency()).into(),
        credit: AccountKey::person(to, money.currency()).into(),
        money,
        purpose: Purpose::Funding,
        note: String::new(),
    }]))
}

fn packet(conversation: ConversationId) -> What {
    What::Flow(FlowCall::Packet {
        conversation,
        kind: PacketKind::Lucky,
        total: money(1_000),
        count: 2,
        greeting: String::new(),
        seed: [7; 32],
    })
}

const fn timers() -> Timers {
    Timers {
        offer: HOUR,
        offer_reminder: HOUR,
        request: HOUR,
        request_reminder: HOUR,
        packet: HOUR,
        bill: HOUR,
        bill_reminder: HOUR,
        schedule_late: HOUR,
        dispute_review: HOUR,
    }
}
