//! The rules and what the lane makes of them, held against a model that knows neither: any sequence of what providers say,
//! said twice, out of order, of other amounts, with the money spent in between.

use proptest::prelude::*;

use super::*;
use crate::clock::Month;
use crate::group_commit::{Moment, Operation as _, WorkingSet};
use crate::wallet::WalletError;
use crate::wallet::funding::method::{Method, MethodKind};
use crate::wallet::funding::operations::{Hear, OpenFunding, UNDER_WAY_MOST};
use crate::wallet::funding::slot::FundingSlot;
use crate::wallet::ledger::{self, Loaded, Order};
use crate::wallet::money::Currency;
use crate::wallet::transfer::Purpose;
use crate::wallet::{Conditions, MethodError};

const AMOUNT: i64 = 500;
const START: i64 = 700;
const HOUR: i64 = 3_600_000_000;
const TIMES: FundingTimes = FundingTimes {
    cooling_off: 0,
    poll: 10_000_000,
    poll_most: HOUR,
    review: 72 * HOUR,
};

fn cny() -> Currency {
    Currency::of("CNY").unwrap()
}

fn money(minor: i64) -> Money {
    Money::of_minor(minor, cny()).unwrap()
}

fn funding(direction: Direction) -> Funding {
    let by = (ClientId::fresh(), UserId::fresh());
    Funding::wanted(by, direction, MethodId::fresh(), money(AMOUNT))
}

fn method_of(funding: &Funding) -> Method {
    Method {
        id: funding.method,
        owner: funding.owner,
        fingerprint: Fingerprint::of("m", &[]),
        provider: "bank".into(),
        kind: MethodKind::Card,
        brand: "visa".into(),
        is_credit: false,
        last_four: "4242".into(),
        label: String::new(),
        expires: Some(Month::LAST),
        number_mac: vec![1],
        sealed: vec![1],
        key_id: "k".into(),
        preferred: true,
        added_at: Micros(0),
        removed_at: None,
    }
}

/// A ledger, a person with some money in it, and one top-up or withdrawal of theirs.
struct World {
    set: WorkingSet,
    funding: Funding,
    now: i64,
}

impl World {
    fn new(direction: Direction) -> Self {
        let funding = funding(direction);
        let mut set = WorkingSet::default();
        *set.slot::<Loaded>() = Loaded::fresh(Micros(1));
        let slot = set.slot::<FundingSlot>();
        slot.methods.insert(funding.method, method_of(&funding));
        let mut world = Self { set, funding, now: 1 };
        let (cash, person) = (world.funding.system(AccountKind::ProviderCash), world.funding.person());
        world.move_money(cash, person, START, Purpose::Funding).unwrap();
        world
    }

    fn move_money(
        &mut self,
        debit: AccountRef,
        credit: AccountRef,
        minor: i64,
        purpose: Purpose,
    ) -> Result<(), WalletError> {
        let order = Order {
            client_id: ClientId::fresh(),
            actor: UserId::SYSTEM,
            fingerprint: Fingerprint::of("x", &[]),
            flow: None,
        };
        let leg = Leg {
            debit,
            credit,
            money: money(minor),
            purpose,
            note: String::new(),
        };
        let plan = ledger::plan(self.set.slot::<Loaded>(), order, vec![Step::Post(leg)])?;
        plan.apply(self.set.slot::<Loaded>(), None);
        Ok(())
    }

    fn moment(&self) -> Moment {
        Moment {
            now: Micros(self.now),
            after_unknown: false,
        }
    }

    fn open(&mut self) -> Result<bool, WalletError> {
        let operation = OpenFunding {
            funding: self.funding.clone(),
            conditions: Conditions::default(),
            times: TIMES,
        };
        let moment = self.moment();
        operation.decide(&mut self.set, moment).map(|funded| funded.duplicate)
    }

    fn hear(&mut self, standing: Standing, minor: i64) -> bool {
        self.now += 1;
        let report = Report {
            reference: "r".into(),
            money: money(minor),
            standing,
        };
        let hear = Hear {
            id: self.funding.id,
            owner: self.funding.owner,
            report,
            asked: None,
            times: TIMES,
        };
        let moment = self.moment();
        hear.decide(&mut self.set, moment).unwrap().is_some()
    }

    fn stands(&mut self) -> Funding {
        let id = self.funding.id;
        self.set.slot::<FundingSlot>().get(id).cloned().unwrap()
    }

    fn posted(&mut self, account: AccountRef) -> i64 {
        self.set
            .slot::<Loaded>()
            .account(account.id)
            .map_or(0, |account| account.posted)
    }

    fn sum(&mut self) -> i64 {
        let shop = shop();
        let mut accounts = self.funding.accounts();
        accounts.push(shop);
        accounts.push(self.funding.system(AccountKind::Chargebacks));
        accounts.push(self.funding.system(AccountKind::ClearingOut));
        accounts.sort_by_key(|account| account.id);
        accounts.dedup_by_key(|account| account.id);
        accounts.into_iter().map(|account| self.posted(account)).sum()
    }
}

fn shop() -> AccountRef {
    AccountKey::person(UserId::from_bytes([9; 16]), cny()).into()
}

/// What a bank does, as somebody would tell it who never saw the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Waiting,
    Moved,
    Nothing,
    TakenBack,
}

#[derive(Debug)]
struct Model {
    direction: Direction,
    phase: Phase,
    person: i64,
    lost: i64,
}

impl Model {
    fn hear(&mut self, said: &Said) {
        if said.other_amount {
            return;
        }
        match (self.direction, self.phase, said.what) {
            (Direction::In, Phase::Waiting | Phase::Nothing, What::Done) => {
                self.phase = Phase::Moved;
                self.person += AMOUNT;
            }
            (Direction::In, Phase::Moved, What::CalledBack) => {
                self.phase = Phase::TakenBack;
                let back = self.person.min(AMOUNT);
                self.person -= back;
                self.lost += AMOUNT - back;
            }
            (Direction::Out, Phase::Waiting, What::Done) => self.phase = Phase::Moved,
            (Direction::Out, Phase::Moved, What::CalledBack) => {
                self.phase = Phase::TakenBack;
                self.person += AMOUNT;
            }
            (direction, Phase::Waiting, What::Declined | What::CalledBack) => {
                self.phase = Phase::Nothing;
                if direction == Direction::Out {
                    self.person += AMOUNT;
                }
            }
            _ => {}
        }
    }

    /// What a state of the code is called here.
    fn phase_of(state: FundingState) -> Phase {
        use FundingState as State;
        match state {
            State::Created | State::RequiresAction | State::Processing | State::Held | State::Submitted => {
                Phase::Waiting
            }
            State::Settled | State::Paid => Phase::Moved,
            State::Failed | State::NotPaid => Phase::Nothing,
            State::Reversed | State::Returned => Phase::TakenBack,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum What {
    NeedsOwner,
    UnderWay,
    Done,
    Declined,
    CalledBack,
    Spend(i64),
}

#[derive(Debug, Clone)]
struct Said {
    what: What,
    other_amount: bool,
    twice: bool,
}

fn said() -> impl Strategy<Value = Said> {
    let what = prop_oneof![
        1 => Just(What::NeedsOwner),
        1 => Just(What::UnderWay),
        3 => Just(What::Done),
        1 => Just(What::Declined),
        2 => Just(What::CalledBack),
        2 => (1..=START).prop_map(What::Spend),
    ];
    (what, prop::bool::weighted(0.1), prop::bool::weighted(0.3)).prop_map(|(what, other_amount, twice)| Said {
        what,
        other_amount,
        twice,
    })
}

fn standing(what: What) -> Option<Standing> {
    Some(match what {
        What::NeedsOwner => Standing::NeedsOwner("/there".into()),
        What::UnderWay => Standing::UnderWay,
        What::Done => Standing::Done,
        What::Declined => Standing::Declined(Reason::Declined),
        What::CalledBack => Standing::CalledBack(Reason::CalledBack),
        What::Spend(_) => return None,
    })
}

proptest! {
    #[test]
    fn no_sequence_of_reports_makes_or_loses_money(is_in: bool, all in prop::collection::vec(said(), 0..12)) {
        let direction = if is_in { Direction::In } else { Direction::Out };
        let mut world = World::new(direction);
        prop_assert_eq!(world.open(), Ok(false));
        let begun = if is_in { START } else { START - AMOUNT };
        let mut model = Model { direction, phase: Phase::Waiting, person: begun, lost: 0 };
        for said in &all {
            if let What::Spend(minor) = said.what {
                let (person, may) = (world.funding.person(), model.person >= minor);
                let spent = world.move_money(person, shop(), minor, Purpose::Payment);
                prop_assert_eq!(spent.is_ok(), may);
                model.person -= if may { minor } else { 0 };
                continue;
            }
            let amount = if said.other_amount { AMOUNT + 1 } else { AMOUNT };
            let standing = standing(said.what).unwrap();
            world.hear(standing.clone(), amount);
            model.hear(said);
            if said.twice {
                let before = world.stands();
                prop_assert!(!world.hear(standing, amount), "{before:?} said twice");
            }
            let (person, stands) = (world.funding.person(), world.stands());
            prop_assert_eq!(world.posted(person), model.person, "{:?}", &stands);
            let chargebacks = world.funding.system(AccountKind::Chargebacks);
            prop_assert_eq!(world.posted(chargebacks), -model.lost);
            prop_assert_eq!(Model::phase_of(stands.state), model.phase);
            prop_assert_eq!(world.sum(), 0);
            prop_assert!(!said.other_amount || stands.review.is_some());
        }
    }
}

#[test]
fn a_withdrawal_leaves_at_once_and_only_what_is_there() {
    let mut world = World::new(Direction::Out);
    let person = world.funding.person();
    assert_eq!(world.open(), Ok(false));
    assert_eq!(world.posted(person), START - AMOUNT);
    assert_eq!(world.open(), Ok(true), "the same request again");
    assert_eq!(world.posted(person), START - AMOUNT);
    let mut poor = World::new(Direction::Out);
    let person = poor.funding.person();
    poor.move_money(person, shop(), 300, Purpose::Payment).unwrap();
    assert!(matches!(
        poor.open(),
        Err(WalletError::InsufficientFunds { available: 400, .. })
    ));
    assert_eq!(poor.posted(person), 400);
}

#[test]
fn somebody_elses_method_is_none() {
    let mut world = World::new(Direction::In);
    let id = world.funding.method;
    let slot = world.set.slot::<FundingSlot>();
    slot.methods.get_mut(&id).unwrap().owner = UserId::fresh();
    assert_eq!(world.open(), Err(MethodError::NotFound.into()));
}

#[test]
fn what_cannot_be_credited_is_set_aside() {
    for direction in [Direction::In, Direction::Out] {
        let mut world = World::new(direction);
        world.open().unwrap();
        let person = world.funding.person();
        let left = world.posted(person);
        world.move_money(person, shop(), left, Purpose::Payment).unwrap();
        let order = Order {
            client_id: ClientId::fresh(),
            actor: UserId::SYSTEM,
            fingerprint: Fingerprint::of("close", &[]),
            flow: None,
        };
        let closing = ledger::change(
            world.set.slot::<Loaded>(),
            order,
            person.id,
            ledger::Change::Close,
            "gone".into(),
        );
        closing.unwrap().apply(world.set.slot::<Loaded>(), None);
        let standing = match direction {
            Direction::In => Standing::Done,
            Direction::Out => Standing::Declined(Reason::BankRefused),
        };
        assert!(world.hear(standing, AMOUNT));
        let suspense = world.funding.system(AccountKind::Suspense);
        assert_eq!((world.posted(person), world.posted(suspense)), (0, AMOUNT));
        assert_eq!(world.sum(), 0);
    }
}

#[test]
fn a_provider_is_asked_ever_more_rarely_and_the_operator_after_a_while() {
    let mut asked = funding(Direction::In);
    let mut waits = Vec::new();
    for _ in 0..11 {
        let at = asked.due_at.unwrap_or(Micros(0));
        asked = asked.looked(at, TIMES);
        waits.push((asked.due_at.unwrap().0 - at.0) / 1_000_000);
    }
    assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
    assert_eq!(asked.review, None);
    let late = asked.clone().looked(Micros(72 * HOUR), TIMES);
    assert_eq!((late.review, late.due_at.is_some()), (Some(Review::TooLong), true));
    // What is finished is looked at for as long, and then left alone; at once, when the provider never took it on.
    let done = Funding {
        state: FundingState::Settled,
        reference: Some("r".into()),
        ..asked
    };
    let never = Funding {
        reference: None,
        ..done.clone()
    };
    assert_eq!(never.looked(Micros(1), TIMES).due_at, None);
    assert!(done.clone().looked(Micros(71 * HOUR - 1), TIMES).due_at.is_some());
    assert_eq!(done.looked(Micros(72 * HOUR), TIMES).due_at, None);
}

#[test]
fn what_its_owner_has_to_do_is_told_until_it_is_done() {
    let mut world = World::new(Direction::In);
    world.open().unwrap();
    assert!(world.hear(Standing::NeedsOwner("/there".into()), AMOUNT));
    let stands = world.stands();
    assert_eq!(
        (stands.state, stands.action.as_deref()),
        (FundingState::RequiresAction, Some("/there"))
    );
    assert!(world.hear(Standing::UnderWay, AMOUNT));
    assert!(
        !world.hear(Standing::NeedsOwner("/there".into()), AMOUNT),
        "no state is left for an earlier one"
    );
    assert!(world.hear(Standing::Declined(Reason::AuthenticationFailed), AMOUNT));
    assert!(world.hear(Standing::Done, AMOUNT));
    let stands = world.stands();
    assert_eq!(
        (stands.state, stands.late, stands.action),
        (FundingState::Settled, true, None)
    );
}

#[test]
fn an_answer_to_what_was_asked_before_is_too_old() {
    let mut world = World::new(Direction::In);
    world.open().unwrap();
    let asked = world.stands().changed_at;
    world.set.slot::<Loaded>().at = Some(Micros(5));
    assert!(world.hear(Standing::UnderWay, AMOUNT));
    let hear = Hear {
        id: world.funding.id,
        owner: world.funding.owner,
        report: Report {
            reference: "r".into(),
            money: money(AMOUNT),
            standing: Standing::Done,
        },
        asked: Some(asked),
        times: TIMES,
    };
    let moment = world.moment();
    assert!(hear.decide(&mut world.set, moment).unwrap().is_none());
    assert_eq!(world.stands().state, FundingState::Processing);
}

#[test]
fn somebody_has_so_many_under_way_at_most() {
    let mut world = World::new(Direction::In);
    for n in 0..=UNDER_WAY_MOST {
        let client_id = ClientId::fresh();
        let mut funding = world.funding.clone();
        funding.client_id = client_id;
        funding.id = FlowRef::of(Direction::In.flow(), client_id, funding.owner).id;
        world.funding = funding;
        let opened = world.open();
        assert_eq!(opened.is_ok(), n < UNDER_WAY_MOST, "{n}: {opened:?}");
    }
}

#[test]
fn what_contradicts_itself_moves_nothing_and_is_looked_at() {
    for (direction, first, then) in [
        (Direction::In, Standing::Done, Standing::Declined(Reason::Declined)),
        (Direction::Out, Standing::Declined(Reason::Declined), Standing::Done),
        (Direction::Out, Standing::Done, Standing::Declined(Reason::Declined)),
        (Direction::In, Standing::UnderWay, Standing::Unclear),
    ] {
        let mut world = World::new(direction);
        world.open().unwrap();
        assert!(world.hear(first.clone(), AMOUNT));
        let (state, person) = (world.stands().state, world.funding.person());
        let before = world.posted(person);
        assert!(world.hear(then.clone(), AMOUNT), "{first:?} {then:?}");
        assert_eq!((world.stands().state, world.posted(person)), (state, before));
        assert_eq!(world.stands().review, Some(Review::Contradiction), "{first:?} {then:?}");
    }
}
