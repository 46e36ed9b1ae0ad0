//! What people want of their banks, and what banks say: in any order, of any amount, and of what there is not.

use quipu::clock::Micros;
use quipu::ids::{FlowId, UserId};
use quipu::wallet::funding::Direction;
use quipu::wallet::{FlowRef, Money, ProviderStanding as Standing, Reason};
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;

use super::{Generator, REMEMBERED, id};
use crate::call::{Call, FundCall, What, method_of};

impl Generator {
    pub(super) fn fund_or_hear(&mut self, now: Micros) -> Call {
        if self.random.random_ratio(1, 3) {
            return self.open_funding(now);
        }
        let (of, owner, money) = match self.funded.choose(&mut self.random) {
            Some(known) => *known,
            None => return self.open_funding(now),
        };
        let of = if self.random.random_ratio(1, 40) {
            FlowId::from_bytes(id(&mut self.random, now))
        } else {
            of
        };
        let standing = match self.random.random_range(0..10) {
            0 => Standing::NeedsOwner("/there".into()),
            1..3 => Standing::UnderWay,
            3..7 => Standing::Done,
            7 => Standing::Declined(Reason::Declined),
            _ => Standing::CalledBack(Reason::CalledBack),
        };
        let money = if self.random.random_ratio(1, 12) {
            Money::of_minor(money.minor() / 2 + 1, money.currency()).unwrap()
        } else {
            money
        };
        let what = What::Fund(FundCall::Hear {
            id: of,
            owner,
            standing,
            money,
        });
        self.fresh(now, UserId::SYSTEM, what)
    }

    fn open_funding(&mut self, now: Micros) -> Call {
        let (actor, currency) = (self.person(), self.currency());
        let direction = if self.random.random_bool(0.5) {
            Direction::In
        } else {
            Direction::Out
        };
        let money = self.money(currency);
        let method = if self.random.random_ratio(1, 20) {
            method_of(self.person())
        } else {
            method_of(actor)
        };
        let what = What::Fund(FundCall::Open {
            direction,
            method,
            money,
        });
        let call = self.fresh(now, actor, what);
        let known = (FlowRef::of(direction.flow(), call.client_id, actor).id, actor, money);
        if self.funded.len() < REMEMBERED {
            self.funded.push(known);
        } else {
            let place = self.random.random_range(0..REMEMBERED);
            self.funded[place] = known;
        }
        call
    }
}
