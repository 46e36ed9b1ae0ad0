//! What people want of flows.

use quipu::clock::Micros;
use quipu::ids::{ClientId, ConversationId, UserId};
use quipu::wallet::recurrence::{End, Every, Recurrence};
use quipu::wallet::{FlowKind, FlowRef, Money, OfferAnswer, PacketKind, Split, Timers, TransferId};
use rand::seq::{IndexedRandom as _, IteratorRandom as _};
use rand::{Rng as _, RngExt as _};

use super::{Generator, STEP_MS, id};
use crate::call::{self, Call, FlowCall, What};

/// Flows of which something is wanted mostly.
pub(super) const LATEST: usize = 8;
const HOUR: i64 = 3_600_000_000;
const NOTES: [&str; 5] = ["", "tea", "\u{665a}\u{996d}", "=1+1", "\"quoted\" <b>"];

/// A flow that was opened, or was to be.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) flow: FlowRef,
    pub(super) creator: UserId,
    /// Who is named in it.
    pub(super) people: Vec<UserId>,
    /// The id of its first row.
    of: TransferId,
    /// Whether everybody can see it.
    in_group: bool,
}

impl Known {
    pub(super) const fn new(flow: FlowRef, creator: UserId, people: Vec<UserId>, of: TransferId) -> Self {
        Self {
            flow,
            creator,
            people,
            of,
            in_group: false,
        }
    }
}

impl Generator {
    /// How long flows last in this world: some for moments, some for days, at moments that come exactly.
    pub(crate) fn timers(&mut self) -> Timers {
        let mut lasts = || {
            if self.random.random_ratio(1, 3) {
                STEP_MS * 1_000 * self.random.random_range(2..600)
            } else {
                HOUR * self.random.random_range(1..100)
            }
        };
        let mut timers = Timers {
            offer: lasts(),
            offer_reminder: lasts(),
            request: lasts(),
            request_reminder: lasts(),
            packet: lasts(),
            bill: lasts(),
            bill_reminder: lasts(),
            schedule_late: lasts(),
            dispute_review: lasts(),
        };
        // In half of the worlds there is time for every reminder.
        if self.random.random_bool(0.5) {
            let mut soon = || STEP_MS * 1_000 * self.random.random_range(2..60);
            (timers.offer_reminder, timers.request_reminder, timers.bill_reminder) = (soon(), soon(), soon());
            for lasts in [&mut timers.offer, &mut timers.request, &mut timers.bill] {
                *lasts += HOUR;
            }
        }
        timers
    }

    /// What their time brings to some sorts of flows.
    pub(crate) fn due(&mut self) -> Vec<Call> {
        let many = self.random.random_range(1..=FlowKind::ALL.len());
        let kinds = FlowKind::ALL.into_iter().sample(&mut self.random, many);
        let due = |kind| self.fresh(Micros(0), UserId::SYSTEM, What::Due(kind));
        kinds.into_iter().map(due).collect()
    }

    pub(super) fn note(&mut self) -> String {
        (*NOTES.choose(&mut self.random).unwrap()).to_owned()
    }

    /// An amount that somebody may well have.
    fn some_money(&mut self) -> Money {
        let currency = self.currency();
        if self.random.random_ratio(1, 10) {
            return self.money(currency);
        }
        Money::of_minor(self.random.random_range(1..250), currency).unwrap()
    }

    /// Where a flow is opened: mostly in the group, else between two people or nowhere.
    fn place(&mut self, actor: UserId, other: UserId) -> ConversationId {
        match self.random.random_range(0..40) {
            0 => ConversationId::from_bytes(id(&mut self.random, Micros(0))),
            1..9 => call::direct(actor, other),
            _ => self.group,
        }
    }

    /// Some people, each once.
    fn some_people(&mut self, without: UserId, most: usize) -> Vec<UserId> {
        let many = self.random.random_range(1..=most);
        let others = self.people.iter().copied().filter(|user| *user != without);
        let mut chosen: Vec<_> = others.sample(&mut self.random, many);
        match self.random.random_range(0..60) {
            0 => chosen.push(without),
            1 => chosen.push(chosen[0]),
            2 => chosen.push(self.stranger),
            3 => chosen.clear(),
            _ => {}
        }
        chosen
    }

    /// Somebody opens a flow.
    pub(super) fn open_flow(&mut self, now: Micros) -> Call {
        if self.random.random_ratio(1, 6)
            && let Some(dispute) = self.open_dispute(now)
        {
            return dispute;
        }
        let actor = if self.random.random_ratio(1, 40) {
            self.stranger
        } else {
            self.person()
        };
        let (what, people) = match self.random.random_range(0..5) {
            0 => self.offer(now),
            1 => self.request(actor),
            2 => self.packet(actor),
            3 => self.bill(actor),
            _ => self.plan(now, actor),
        };
        let call = self.fresh(now, actor, what);
        let (client_id, of) = (call.client_id, TransferId::first(call.client_id, actor));
        let (flow, in_group) = match &call.what {
            What::Flow(flow) => {
                let in_group = matches!(flow, FlowCall::Packet { conversation, .. } if *conversation == self.group);
                (flow.flow(client_id, actor), in_group)
            }
            _ => (FlowRef::of(FlowKind::Offer, client_id, actor), false),
        };
        self.opened.push(Known {
            flow,
            creator: actor,
            people,
            of,
            in_group,
        });
        call
    }

    fn offer(&mut self, now: Micros) -> (What, Vec<UserId>) {
        let What::Pay(mut pay) = self.pay(now) else {
            unreachable!("a payment is one")
        };
        pay.money = self.some_money();
        pay.fee = crate::node::FEE.of(pay.money);
        pay.accept_first = true;
        let to = pay.to;
        (What::Pay(pay), vec![to])
    }

    fn request(&mut self, actor: UserId) -> (What, Vec<UserId>) {
        let payers = self.some_people(actor, 4);
        let other = payers.first().copied().unwrap_or(actor);
        let what = FlowCall::Request {
            conversation: self.place(actor, other),
            payers: payers.clone(),
            money: self.some_money(),
            note: self.note(),
        };
        (What::Flow(what), payers)
    }

    fn packet(&mut self, actor: UserId) -> (What, Vec<UserId>) {
        let mut total = self.some_money();
        let count = match self.random.random_range(0..20) {
            0 => 0,
            1 => 10_001,
            2..5 => self.random.random_range(5..30),
            5..7 => self.random.random_range(90..140),
            _ => self.random.random_range(1..5),
        };
        if count > 4 && total.minor() < i64::from(count) && self.random.random_ratio(9, 10) {
            let minor = i64::from(count) + self.random.random_range(0..200);
            total = Money::of_minor(minor, total.currency()).unwrap();
        }
        let mut seed = [0; 32];
        self.random.fill_bytes(&mut seed);
        let kinds = [PacketKind::Equal, PacketKind::Lucky];
        let other = self.person();
        let what = FlowCall::Packet {
            conversation: self.place(actor, other),
            kind: *kinds.choose(&mut self.random).unwrap(),
            total,
            count,
            greeting: self.note(),
            seed,
        };
        (What::Flow(what), self.people.clone())
    }

    fn bill(&mut self, actor: UserId) -> (What, Vec<UserId>) {
        let mut people = self.some_people(actor, 4);
        if self.random.random_bool(0.7) && !people.contains(&actor) {
            people.push(actor);
        }
        let total = self.some_money();
        let split = *Split::ALL.choose(&mut self.random).unwrap();
        let mut parts: Vec<_> = people
            .iter()
            .map(|user| (*user, self.random.random_range(1..20)))
            .collect();
        let whole = match split {
            Split::Exact => total.minor(),
            Split::Percent => 10_000,
            Split::Equal | Split::Weights => 0,
        };
        let sum: i64 = parts.iter().map(|(_, part)| *part).sum();
        if whole > sum
            && self.random.random_ratio(9, 10)
            && let Some(last) = parts.last_mut()
        {
            last.1 += whole - sum;
        }
        if self.random.random_ratio(1, 30)
            && let Some(first) = parts.first_mut()
        {
            first.1 = *[0, -1, 1_000_001].choose(&mut self.random).unwrap();
        }
        let other = people.first().copied().unwrap_or(actor);
        let what = FlowCall::Bill {
            conversation: self.place(actor, other),
            total,
            split,
            parts,
            note: self.note(),
        };
        (What::Flow(what), people)
    }

    fn plan(&mut self, now: Micros, actor: UserId) -> (What, Vec<UserId>) {
        let to = self.person();
        let ahead = match self.random.random_range(0..12) {
            0 => -STEP_MS * 1_000 * self.random.random_range(0..20),
            1..6 => STEP_MS * 1_000 * self.random.random_range(1..600),
            _ => HOUR * self.random.random_range(1..60),
        };
        let first = Micros(now.0 + ahead);
        let every = [Every::Once, Every::Day, Every::Week, Every::Month, Every::Year];
        let until = Micros(first.0 + HOUR * self.random.random_range(-2..400));
        let ends = [
            End::Never,
            End::Until(until),
            End::Count(self.random.random_range(0..6)),
        ];
        let times = Recurrence {
            first,
            every: *every.choose(&mut self.random).unwrap(),
            end: *ends.choose(&mut self.random).unwrap(),
        };
        let what = FlowCall::Schedule {
            conversation: self.place(actor, to),
            to,
            money: self.some_money(),
            times,
            note: self.note(),
        };
        (What::Flow(what), vec![to])
    }

    /// One of the flows: mostly one of the latest, now and then none that there is.
    fn some_flow(&mut self) -> Option<Known> {
        if self.random.random_ratio(1, 40) {
            let (client_id, creator) = (ClientId::from_bytes(id(&mut self.random, Micros(0))), self.person());
            let kind = *FlowKind::ALL.choose(&mut self.random).unwrap();
            let (flow, of) = (
                FlowRef::of(kind, client_id, creator),
                TransferId::first(client_id, creator),
            );
            return Some(Known::new(flow, creator, self.people.clone(), of));
        }
        let from = if self.random.random_ratio(1, 5) {
            0
        } else {
            self.opened.len().saturating_sub(LATEST)
        };
        self.opened[from..].choose(&mut self.random).cloned()
    }

    /// Something that somebody wants of a flow.
    pub(super) fn ask_of_flow(&mut self, now: Micros) -> Option<Call> {
        let known = self.some_flow()?;
        Some(self.ask_of(now, &known))
    }

    /// Several people want something of one flow at once.
    pub(super) fn ask_at_once(&mut self, now: Micros) -> Vec<Call> {
        let Some(known) = self.some_flow() else {
            return Vec::new();
        };
        let many = self.random.random_range(2..8);
        (0..many).map(|_| self.ask_of(now, &known)).collect()
    }

    /// A crowd wants shares of one packet at once.
    pub(super) fn crowd_claims(&mut self, now: Micros) -> Vec<Call> {
        let seen = |packet: &&FlowRef| self.opened.iter().any(|known| known.flow == **packet && known.in_group);
        let latest = self.packets.iter().rev().filter(seen).take(2);
        let Some(packet) = latest.choose(&mut self.random).copied() else {
            return Vec::new();
        };
        let many = self.random.random_range(5..170);
        let mut claims = Vec::with_capacity(many);
        for _ in 0..many {
            let who = *self.crowd.choose(&mut self.random).unwrap();
            let claim = What::Flow(FlowCall::Claim(packet));
            claims.push(self.fresh(now, who, claim));
        }
        claims
    }

    fn ask_of(&mut self, now: Micros, known: &Known) -> Call {
        let flow = known.flow;
        let named = known.people.choose(&mut self.random).copied();
        let (mut actor, what) = match (flow.kind, self.random.random_range(0..10)) {
            (FlowKind::Offer, pick) => {
                let (answer, who) = match pick {
                    0..4 => (OfferAnswer::Accept, named),
                    4..7 => (OfferAnswer::Decline, named),
                    _ => (OfferAnswer::Cancel, Some(known.creator)),
                };
                (who, FlowCall::Answer { of: known.of, answer })
            }
            (FlowKind::Packet, _) => (named, FlowCall::Claim(flow)),
            (FlowKind::Dispute, _) => self.ask_of_dispute(known),
            (FlowKind::TopUp | FlowKind::Withdrawal, _) => panic!("no conversation has one of these"),
            (FlowKind::Request, 6..8) => (named, FlowCall::Decline(flow)),
            (FlowKind::Schedule, _) | (FlowKind::Request | FlowKind::Bill, 8..) => {
                (Some(known.creator), FlowCall::Cancel(flow))
            }
            (FlowKind::Request | FlowKind::Bill, _) => {
                let late = self.random.random_ratio(1, 20);
                let pay = FlowCall::Pay {
                    flow,
                    fee: self.random.random_ratio(1, 8).then(|| self.random.random_range(0..3)),
                    not_after: late.then(|| Micros(now.0 + self.random.random_range(-2_000_000..2_000_000))),
                };
                (named, pay)
            }
        };
        match self.random.random_range(0..30) {
            0 => actor = Some(self.stranger),
            1..4 => actor = Some(self.person()),
            _ => {}
        }
        self.fresh(now, actor.unwrap_or(known.creator), What::Flow(what))
    }
}
