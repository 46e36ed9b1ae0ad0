//! Random and hostile calls: mostly sensible payments and flows, and everything that somebody might try.

mod banks;
mod disputes;
mod flows;
mod operator;

use std::collections::BTreeMap;
use std::time::Duration;

use quipu::clock::Micros;
use quipu::ids::{ClientId, ConversationId, FlowId, UserId};
use quipu::wallet::{
    AccountKey, AccountKind, AccountRef, Act, Currency, FlowKind, FlowRef, Leg, Limits, MAX_MINOR, Money, Purpose,
    TransferId, TransferKind,
};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, RngExt as _};

use crate::call::{Call, ChatCall, FlowCall, FundCall, Pay, What};
use crate::model::Row;
use crate::node::FEE;
use disputes::Paid;
use flows::Known;

/// People of one world: few, so that they meet.
const PEOPLE: usize = 6;
/// Calls that are remembered, to be repeated or contradicted.
const REMEMBERED: usize = 200;
/// People of its group beside them, who take shares of packets: so many that they come in crowds.
const CROWD: usize = 150;

/// What pauses and the times of short holds are multiples of, in milliseconds.
const STEP_MS: i64 = 100;

/// A world of a seed.
pub(crate) struct Generator {
    pub(crate) random: StdRng,
    people: Vec<UserId>,
    crowd: Vec<UserId>,
    /// Somebody who is in no conversation.
    stranger: UserId,
    /// Who keeps the group, and never leaves it.
    pub(crate) keeper: UserId,
    pub(crate) group: ConversationId,
    currencies: Vec<Currency>,
    targets: Vec<(TransferId, Currency)>,
    /// Those of the targets that are holds.
    holds: Vec<(TransferId, Currency)>,
    issued: Vec<Call>,
    /// Flows that were opened, the last ones at the end.
    opened: Vec<Known>,
    /// Payments that may be disputed, the last ones at the end.
    paid: Vec<Paid>,
    /// Packets that stand.
    packets: Vec<FlowRef>,
    /// Top-ups and withdrawals that somebody wanted, whether they came about or not.
    funded: Vec<(FlowId, UserId, Money)>,
}

/// Ids come from the seed too.
fn id(random: &mut StdRng, now: Micros) -> [u8; 16] {
    let mut bytes = [0; 16];
    random.fill_bytes(&mut bytes);
    let ms = u64::try_from(now.0 / 1_000).unwrap_or(0).to_be_bytes();
    bytes[..6].copy_from_slice(&ms[2..]);
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    bytes
}

impl Generator {
    pub(crate) fn new(mut random: StdRng) -> Self {
        let mut person = || UserId::from_bytes(id(&mut random, Micros(1)));
        let people = (0..PEOPLE).map(|_| person()).collect();
        let crowd = (0..CROWD).map(|_| person()).collect();
        let (stranger, keeper) = (person(), person());
        let group = ConversationId::from_bytes(id(&mut random, Micros(1)));
        let currencies = ["CNY", "JPY", "KWD"].map(|code| Currency::of(code).unwrap()).to_vec();
        Self {
            random,
            people,
            crowd,
            stranger,
            keeper,
            group,
            currencies,
            targets: Vec::new(),
            holds: Vec::new(),
            issued: Vec::new(),
            opened: Vec::new(),
            paid: Vec::new(),
            packets: Vec::new(),
            funded: Vec::new(),
        }
    }

    /// Who is in the group at first, its keeper aside.
    pub(crate) fn members(&self) -> Vec<UserId> {
        self.people.iter().chain(&self.crowd).copied().collect()
    }

    /// What people of this world may send.
    pub(crate) fn limits(&mut self) -> BTreeMap<Currency, Limits> {
        let limits = Limits {
            single: Some(self.random.random_range(400..900)),
            day: Some(self.random.random_range(2_000..6_000)),
            year: Some(self.random.random_range(20_000..60_000)),
        };
        [(self.currencies[0], limits)].into()
    }

    /// The next calls of a world in which it is `now`: one, or some that belong together.
    pub(crate) fn calls(&mut self, now: Micros) -> Vec<Call> {
        if self.random.random_ratio(1, 20)
            && let Some(again) = self.again(now)
        {
            return vec![again];
        }
        let calls = match self.random.random_range(0..100) {
            0..14 => vec![self.open_flow(now)],
            14..34 => self.ask_of_flow(now).into_iter().collect(),
            34..38 => self.ask_at_once(now),
            38..39 => self.crowd_claims(now),
            39..44 => vec![self.chat(now)],
            44..54 => vec![self.fund_or_hear(now)],
            _ => vec![self.instruct(now)],
        };
        for call in &calls {
            self.remember(call);
        }
        calls
    }

    fn remember(&mut self, call: &Call) {
        if matches!(call.what, What::Chat(_) | What::Fund(FundCall::Hear { .. })) {
            return;
        }
        if self.issued.len() < REMEMBERED {
            self.issued.push(call.clone());
        } else {
            let place = self.random.random_range(0..REMEMBERED);
            self.issued[place] = call.clone();
        }
    }

    /// A call of this actor under a fresh id.
    fn fresh(&mut self, now: Micros, actor: UserId, what: What) -> Call {
        Call {
            client_id: ClientId::from_bytes(id(&mut self.random, now)),
            actor,
            asked: now,
            what,
        }
    }

    fn person(&mut self) -> UserId {
        *self.people.choose(&mut self.random).unwrap()
    }

    /// A payment, or something that is instructed of the ledger itself.
    fn instruct(&mut self, now: Micros) -> Call {
        let actor = self.person();
        let (actor, what) = match self.random.random_range(0..100) {
            0..24 => (actor, self.pay(now)),
            24..48 => (UserId::SYSTEM, self.fund()),
            48..55 => (UserId::SYSTEM, self.post()),
            55..68 => (UserId::SYSTEM, self.hold(now)),
            68..77 => (UserId::SYSTEM, self.capture()),
            77..83 => (UserId::SYSTEM, self.void()),
            83..89 => (UserId::SYSTEM, self.reverse()),
            89..92 => match self.refund() {
                Some(refund) => refund,
                None => (UserId::SYSTEM, self.reverse()),
            },
            92..95 => (actor, self.lock(actor)),
            _ => (UserId::SYSTEM, self.change()),
        };
        self.fresh(now, actor, what)
    }

    /// Somebody comes or goes, or blocks somebody.
    fn chat(&mut self, now: Micros) -> Call {
        let user = if self.random.random_ratio(1, 3) {
            *self.crowd.choose(&mut self.random).unwrap()
        } else {
            self.person()
        };
        let (actor, chat) = match self.random.random_range(0..10) {
            0..3 => (user, ChatCall::Leave(self.group)),
            3..7 => (self.keeper, ChatCall::Add(self.group, user)),
            on => {
                let (one, other) = (self.person(), self.person());
                if one == other {
                    (self.keeper, ChatCall::Add(self.group, user))
                } else {
                    (one, ChatCall::Block(other, on == 7))
                }
            }
        };
        self.fresh(now, actor, What::Chat(chat))
    }

    /// A call that ends holds.
    pub(crate) fn expire(&mut self) -> Call {
        self.fresh(Micros(0), UserId::SYSTEM, What::Expire(256))
    }

    /// What everybody begins with.
    pub(crate) fn beginning(&mut self, now: Micros) -> Vec<Call> {
        let mut calls = Vec::new();
        for to in self.people.clone() {
            for currency in self.currencies.clone() {
                let money = Money::of_minor(self.random.random_range(500..4_000), currency).unwrap();
                let leg = Leg {
                    debit: AccountKey::system(AccountKind::ProviderCash, currency).into(),
                    credit: AccountKey::person(to, currency).into(),
                    money,
                    purpose: Purpose::Funding,
                    note: String::new(),
                };
                calls.push(self.fresh(now, UserId::SYSTEM, What::Act(Act::Post(vec![leg]))));
            }
        }
        calls
    }

    /// A row that later calls may name.
    pub(crate) fn learn(&mut self, row: &Row) {
        if let Some(flow) = row.flow.filter(|flow| flow.kind == FlowKind::Packet)
            && !self.packets.contains(&flow)
        {
            self.packets.push(flow);
        }
        self.learn_payment(row);
        let (id, kind, currency) = (row.id, row.kind, row.money.currency());
        let known = if kind == TransferKind::Hold {
            &mut self.holds
        } else {
            &mut self.targets
        };
        if known.len() < REMEMBERED {
            known.push((id, currency));
        } else {
            let place = self.random.random_range(0..REMEMBERED);
            known[place] = (id, currency);
        }
    }

    /// An earlier call once more: the same, or with other content under its id, or under another name.
    fn again(&mut self, now: Micros) -> Option<Call> {
        let mut call = self.issued.choose(&mut self.random)?.clone();
        call.asked = now;
        match self.random.random_range(0..4) {
            0 => {
                call.what = if call.actor == UserId::SYSTEM {
                    self.fund()
                } else if self.random.random_bool(0.5) {
                    self.open_flow(now).what
                } else {
                    self.pay(now)
                };
            }
            1 if call.actor != UserId::SYSTEM => call.actor = *self.people.choose(&mut self.random)?,
            _ => {}
        }
        // The door lets nobody dispute what they got, nor give back what somebody else got.
        let refused = match &call.what {
            What::Flow(FlowCall::Dispute { payee, .. }) => *payee == call.actor,
            What::Act(Act::Reverse { of, .. }) => !self.may_give_back(call.actor, *of),
            _ => false,
        };
        if refused {
            return None;
        }
        Some(call)
    }

    fn currency(&mut self) -> Currency {
        *self.currencies.choose(&mut self.random).unwrap()
    }

    fn money(&mut self, currency: Currency) -> Money {
        let minor = match self.random.random_range(0..100) {
            0 => MAX_MINOR,
            1 => MAX_MINOR - self.random.random_range(0..5),
            2..20 => self.random.random_range(1..5),
            _ => self.random.random_range(1..1_000),
        };
        Money::of_minor(minor, currency).unwrap()
    }

    /// An account of this currency; now and then of another.
    fn account(&mut self, currency: Currency) -> AccountRef {
        let currency = if self.random.random_ratio(1, 60) {
            self.currency()
        } else {
            currency
        };
        if self.random.random_ratio(1, 4) {
            // What is set aside for packets is moved by packets alone.
            let kinds: Vec<_> = AccountKind::ALL[1..]
                .iter()
                .filter(|kind| **kind != AccountKind::Escrow)
                .collect();
            let kind = **kinds.choose(&mut self.random).unwrap();
            return AccountKey::system(kind, currency).into();
        }
        AccountKey::person(*self.people.choose(&mut self.random).unwrap(), currency).into()
    }

    /// An account that mostly has something to give.
    fn giver(&mut self, currency: Currency) -> AccountRef {
        if self.random.random_ratio(1, 3) {
            return AccountKey::system(AccountKind::ProviderCash, currency).into();
        }
        self.account(currency)
    }

    fn pay(&mut self, now: Micros) -> What {
        let to = *self.people.choose(&mut self.random).unwrap();
        let currency = self.currency();
        let money = self.money(currency);
        let late = self.random.random_ratio(1, 15);
        let not_after = late.then(|| Micros(now.0 + self.random.random_range(-2_000_000..2_000_000)));
        What::Pay(Pay {
            to,
            money,
            fee: FEE.of(money),
            note: self.note(),
            conversation: self.random.random_ratio(1, 4).then_some(self.group),
            not_after,
            accept_first: false,
        })
    }

    fn fund(&mut self) -> What {
        let currency = self.currency();
        let to = *self.people.choose(&mut self.random).unwrap();
        let leg = Leg {
            debit: AccountKey::system(AccountKind::ProviderCash, currency).into(),
            credit: AccountKey::person(to, currency).into(),
            money: self.money(currency),
            purpose: Purpose::Funding,
            note: String::new(),
        };
        What::Act(Act::Post(vec![leg]))
    }

    /// How far time goes on before the next round.
    pub(crate) fn pause(&mut self) -> Duration {
        let seconds = match self.random.random_range(0..10) {
            0 if self.random.random_ratio(1, 6) => self.random.random_range(200_000..3_000_000),
            0 => self.random.random_range(3_600..200_000),
            1..4 => self.random.random_range(1..60),
            _ => 0,
        };
        Duration::from_secs(seconds) + Duration::from_millis(STEP_MS.unsigned_abs() * self.random.random_range(0..9))
    }
}
