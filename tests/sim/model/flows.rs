//! What all flows have: how they are opened, what may be asked of them, and what their time brings.

use quipu::clock::Micros;
use quipu::ids::{ClientId, ConversationId, FlowId, UserId};
use quipu::wallet::recurrence::{End, Recurrence};
use quipu::wallet::{
    AccountKey, AccountKind, AccountRef, Currency, FlowKind, FlowRef, FlowState, Money, PacketKind, PartyState,
    Purpose, Split, TransferId, WalletError,
};
use serde_json::Value;
use uuid::Uuid;

use super::{Answer, Became, Model, Step, Stepped, Under};
use super::{bills, calendar, cards, offers, packets, requests, schedules};
use crate::call::{Call, FlowCall};

/// Flows that one look at the time does something to, at most.
const AT_ONCE: usize = 64;
/// What a payment costs its payer, in basis points.
pub(super) const FEE_POINTS: i128 = 70;

/// How long flows last, in microseconds.
pub(crate) type Timers = quipu::wallet::Timers;

/// A flow.
#[derive(Debug, Clone)]
pub(crate) struct Flow {
    pub(crate) id: FlowId,
    pub(crate) kind: FlowKind,
    pub(crate) client_id: ClientId,
    pub(crate) creator: UserId,
    pub(crate) conversation: ConversationId,
    pub(crate) state: FlowState,
    /// Of the whole: what is offered, asked of each, in the packet, on the bill, paid each time.
    pub(super) money: Money,
    pub(super) note: String,
    pub(super) at: Micros,
    pub(super) expires_at: Option<Micros>,
    pub(super) due_at: Option<Micros>,
    pub(super) reminded: i16,
    /// In the order of their places.
    pub(crate) parties: Vec<Part>,
    pub(super) terms: Terms,
    /// The card, as it stands in the conversation.
    pub(crate) shown: Value,
    /// Who was reminded, each time.
    pub(crate) reminders: Vec<Vec<UserId>>,
    /// Cards of their own for what it paid: ids and contents.
    pub(crate) receipts: Vec<(TransferId, Value)>,
}

/// Somebody's part in a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) user: UserId,
    pub(crate) state: PartyState,
    pub(crate) minor: i64,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) at: Micros,
}

/// What one sort has.
#[derive(Debug, Clone)]
pub(super) enum Terms {
    Offer {
        payee: UserId,
        fee: i64,
    },
    Request,
    Packet {
        kind: PacketKind,
        seed: [u8; 32],
        shares: Vec<i64>,
    },
    Bill {
        split: Split,
    },
    Schedule {
        payee: UserId,
        times: Recurrence,
        next: u32,
        paid: i64,
        skipped: i64,
        failed: i64,
        last: String,
    },
}

/// A flow as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: FlowId,
    pub(crate) state: FlowState,
    pub(crate) due_at: Option<Micros>,
    pub(crate) reminded: i16,
    pub(crate) card: Value,
}

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Code(i16),
    Number(i64),
    Maybe(Option<i64>),
    Text(String),
    Id(Uuid),
    Bytes(Vec<u8>),
}

/// Who asks something of a flow.
#[derive(Debug, Clone, Copy)]
pub(super) struct By {
    pub(super) actor: UserId,
    pub(super) client_id: ClientId,
    pub(super) at: Micros,
}

/// What is to become of a flow, if the ledger does the steps.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) flow: Flow,
    pub(super) steps: Vec<Step>,
    /// The card shows it.
    pub(super) shown: bool,
    /// For whom the flow waits still, if it is to be said.
    pub(super) remind: Vec<UserId>,
    /// What is paid has a card of its own.
    pub(super) receipt: Option<(TransferId, Value)>,
}

impl Next {
    pub(super) const fn shown(flow: Flow, steps: Vec<Step>) -> Self {
        Self {
            flow,
            steps,
            shown: true,
            remind: Vec::new(),
            receipt: None,
        }
    }
}

impl Flow {
    /// One that somebody opens.
    pub(super) fn new(
        call: &Call,
        flow: FlowRef,
        (conversation, money, note): (ConversationId, Money, &str),
        (at, terms): (Micros, Terms),
    ) -> Self {
        Self {
            id: flow.id,
            kind: flow.kind,
            client_id: call.client_id,
            creator: call.actor,
            conversation,
            state: FlowState::Open,
            money,
            note: note.to_owned(),
            at,
            expires_at: None,
            due_at: None,
            reminded: 0,
            parties: Vec::new(),
            terms,
            shown: Value::Null,
            reminders: Vec::new(),
            receipts: Vec::new(),
        }
    }

    pub(crate) const fn currency(&self) -> Currency {
        self.money.currency()
    }

    pub(super) const fn named(&self) -> FlowRef {
        FlowRef {
            kind: self.kind,
            id: self.id,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, FlowState::Open | FlowState::PartlyPaid)
    }

    /// Nothing more becomes of it.
    pub(super) fn end(&mut self, state: FlowState) {
        (self.state, self.due_at) = (state, None);
    }

    /// People may still do something about it: it is open, and its time has not passed.
    pub(super) fn must_be_open(&self, at: Micros) -> Result<(), WalletError> {
        let passed = self.is_open() && self.expires_at.is_some_and(|end| end <= at);
        let state = if passed { FlowState::Expired } else { self.state };
        if passed || !self.is_open() {
            return Err(WalletError::FlowClosed { kind: self.kind, state });
        }
        Ok(())
    }

    /// When its time comes next: a reminder, of which there are so many at most, or its end if that is not later.
    pub(super) fn wait(&mut self, from: Micros, every: i64, most: i16) {
        let end = self.expires_at.unwrap();
        let next = Micros(from.0 + every);
        self.due_at = Some(if self.reminded < most && next < end { next } else { end });
    }

    pub(super) fn is_over(&self, at: Micros) -> bool {
        self.expires_at.is_some_and(|end| end <= at)
    }

    /// Those who have not answered yet.
    pub(super) fn waits_for(&self) -> Vec<UserId> {
        let open = self.parties.iter().filter(|part| part.state == PartyState::Open);
        open.map(|part| part.user).collect()
    }

    pub(super) fn count(&self, state: PartyState) -> usize {
        self.parties.iter().filter(|part| part.state == state).count()
    }

    pub(crate) fn seen(&self) -> Seen {
        Seen {
            id: self.id,
            state: self.state,
            due_at: self.due_at,
            reminded: self.reminded,
            card: cards::of(self),
        }
    }

    /// What is left of a packet, in minor units; nothing once it has ended.
    pub(crate) fn set_aside(&self) -> i64 {
        if self.kind != FlowKind::Packet || !self.is_open() {
            return 0;
        }
        self.money.minor() - self.parties.iter().map(|part| part.minor).sum::<i64>()
    }

    /// The table of its sort.
    pub(crate) const fn table(&self) -> &'static str {
        match self.kind {
            FlowKind::Offer => "offer",
            FlowKind::Request => "request",
            FlowKind::Packet => "packet",
            FlowKind::Bill => "bill",
            FlowKind::Schedule => "schedule",
        }
    }

    /// The id of its card.
    pub(crate) fn card_id(&self) -> String {
        match self.kind {
            FlowKind::Offer => TransferId::first(self.client_id, self.creator).to_string(),
            _ => self.id.to_string(),
        }
    }

    /// What its row says, but for the place of its card.
    pub(crate) fn cells(&self) -> Vec<(&'static str, Cell)> {
        let time = |at: Option<Micros>| Cell::Maybe(at.map(|at| at.0));
        let mut cells = vec![
            ("client_id", Cell::Id(self.client_id.uuid())),
            ("creator_id", Cell::Id(self.creator.uuid())),
            ("conversation_id", Cell::Id(self.conversation.uuid())),
            ("currency", Cell::Text(self.currency().code().to_owned())),
            ("state", Cell::Code(self.state.code())),
            ("at", Cell::Number(self.at.0)),
            ("expires_at", time(self.expires_at)),
            ("due_at", time(self.due_at)),
            ("reminded", Cell::Code(self.reminded)),
        ];
        let (minor, note) = (Cell::Number(self.money.minor()), Cell::Text(self.note.clone()));
        match &self.terms {
            Terms::Offer { payee, fee } => cells.extend([
                ("amount", minor),
                ("note", note),
                ("payee_id", Cell::Id(payee.uuid())),
                ("fee", Cell::Number(*fee)),
            ]),
            Terms::Request => cells.extend([("amount", minor), ("note", note)]),
            Terms::Packet { kind, seed, shares } => cells.extend([
                ("total", minor),
                ("greeting", note),
                ("kind", Cell::Code(kind.code())),
                ("seed", Cell::Bytes(seed.to_vec())),
                ("count", Cell::Number(i64::try_from(shares.len()).unwrap())),
                ("claimed", Cell::Number(i64::try_from(self.parties.len()).unwrap())),
                (
                    "claimed_minor",
                    Cell::Number(self.parties.iter().map(|part| part.minor).sum()),
                ),
            ]),
            Terms::Bill { split } => {
                cells.extend([("total", minor), ("note", note), ("split", Cell::Code(split.code()))]);
            }
            Terms::Schedule {
                payee,
                times,
                next,
                paid,
                skipped,
                failed,
                last,
            } => {
                let (count, until) = match times.end {
                    End::Never => (None, None),
                    End::Count(count) => (Some(i64::from(count)), None),
                    End::Until(until) => (None, Some(until.0)),
                };
                cells.extend([
                    ("amount", minor),
                    ("note", note),
                    ("payee_id", Cell::Id(payee.uuid())),
                    ("first_at", Cell::Number(times.first.0)),
                    ("times", Cell::Maybe(count)),
                    ("until", Cell::Maybe(until)),
                    ("next", Cell::Number(i64::from(*next))),
                    ("paid", Cell::Number(*paid)),
                    ("skipped", Cell::Number(*skipped)),
                    ("failed", Cell::Number(*failed)),
                    ("last", Cell::Text(last.clone())),
                ]);
            }
        }
        cells
    }
}

/// What can be said of something wanted before anybody looks at the ledger.
pub(super) fn refused_at_the_door(call: &Call, wanted: &FlowCall) -> Option<WalletError> {
    match wanted {
        FlowCall::Request { payers, .. } => requests::refused(call.actor, payers),
        FlowCall::Packet { total, count, .. } => packets::refused(*total, *count),
        FlowCall::Bill {
            total, split, parts, ..
        } => bills::shares(total.minor(), *split, parts).err(),
        FlowCall::Schedule { to, times, .. } => schedules::refused(call, *to, *times),
        _ => None,
    }
}

impl Model {
    /// A flow is opened, or somebody wants something of it.
    pub(super) fn flow(
        &mut self,
        call: &Call,
        wanted: &FlowCall,
        at: Micros,
        now: Micros,
    ) -> Result<(Became, Answer), WalletError> {
        let opened = match wanted {
            FlowCall::Request { .. } => Some(requests::open(call, wanted, at, &self.timers)),
            FlowCall::Packet { .. } => Some(packets::open(call, wanted, at, &self.timers)),
            FlowCall::Bill { .. } => Some(bills::open(call, wanted, at, &self.timers)),
            FlowCall::Schedule { .. } => Some(schedules::open(call, wanted, at)?),
            _ => None,
        };
        let next = match opened {
            Some(next) => self.may_open(next)?,
            None => self.asked(call, wanted, at, now)?,
        };
        let under = Under {
            id: TransferId::first(call.client_id, call.actor),
            flow: Some(next.flow.named()),
            at,
        };
        let stepped = self.become_next(under, next)?;
        let seqs = stepped.rows.iter().map(|row| row.seq).collect();
        let became = Became::Flow(stepped.flow.id, seqs);
        Ok((became, Answer::Stepped(Box::new(stepped))))
    }

    /// Who opens it may speak there, and whom it names is there.
    fn may_open(&self, next: Next) -> Result<Next, WalletError> {
        let Flow {
            conversation, creator, ..
        } = next.flow;
        if !self.places.is_member(conversation, creator) {
            return Err(WalletError::NotAMember);
        }
        let named = match &next.flow.terms {
            Terms::Schedule { payee, .. } | Terms::Offer { payee, .. } => vec![*payee],
            _ => next.flow.parties.iter().map(|part| part.user).collect(),
        };
        let here = |user: &UserId| self.places.is_member(conversation, *user);
        if !self.places.may_speak(conversation, creator) || !named.iter().all(here) {
            return Err(WalletError::PayeeUnavailable);
        }
        Ok(next)
    }

    /// Something is asked of one that stands. Whoever is not there learns nothing of it.
    fn asked(&self, call: &Call, wanted: &FlowCall, at: Micros, now: Micros) -> Result<Next, WalletError> {
        if let FlowCall::Pay {
            not_after: Some(last), ..
        } = wanted
            && now > *last
        {
            return Err(WalletError::NotAfterPassed);
        }
        let id = wanted.flow(call.client_id, call.actor).id;
        let flow = self.flows.get(&id).ok_or(WalletError::NotAMember)?;
        if !self.places.is_member(flow.conversation, call.actor) {
            return Err(WalletError::NotAMember);
        }
        if let FlowCall::Pay { .. } = wanted {
            let speaks = |user| self.places.may_speak(flow.conversation, user);
            if !speaks(call.actor) || !speaks(flow.creator) {
                return Err(WalletError::PayeeUnavailable);
            }
        }
        let by = By {
            actor: call.actor,
            client_id: call.client_id,
            at,
        };
        let flow = flow.clone();
        match (flow.kind, wanted) {
            (FlowKind::Offer, FlowCall::Answer { answer, .. }) => offers::answer(flow, *answer, by),
            (FlowKind::Request, FlowCall::Pay { fee, .. }) => requests::pay(flow, *fee, by),
            (FlowKind::Request, FlowCall::Decline(_)) => requests::decline(flow, by),
            (FlowKind::Bill, FlowCall::Pay { fee, .. }) => bills::pay(flow, *fee, by),
            (FlowKind::Packet, FlowCall::Claim(_)) => packets::claim(flow, by),
            (FlowKind::Request | FlowKind::Bill | FlowKind::Schedule, FlowCall::Cancel(_)) => cancel(flow, by),
            other => panic!("nobody asks this: {other:?}"),
        }
    }

    /// The ledger does the steps, or nothing becomes of it.
    fn become_next(&mut self, under: Under, next: Next) -> Result<Stepped, WalletError> {
        let rows = if next.steps.is_empty() {
            Vec::new()
        } else {
            self.ledger.carry_out(under, &next.steps)?
        };
        let mut flow = next.flow;
        if next.shown {
            flow.shown = cards::of(&flow);
        }
        flow.receipts.extend(next.receipt);
        // Who is not there is not reminded, and nobody is in the name of somebody who may not speak.
        let here = |user: &UserId| self.places.is_member(flow.conversation, *user);
        let people: Vec<_> = next.remind.into_iter().filter(here).collect();
        if !people.is_empty() && self.places.may_speak(flow.conversation, flow.creator) {
            flow.reminders.push(people);
        }
        let seen = flow.seen();
        self.flows.insert(flow.id, flow);
        Ok(Stepped {
            flow: seen,
            rows,
            duplicate: false,
        })
    }

    /// What its time brings to each flow of a sort whose time has come, the earliest first.
    pub(super) fn run_due(&mut self, kind: FlowKind, at: Micros) -> Vec<Stepped> {
        let due = self.flows.values().filter(|flow| flow.kind == kind);
        let due = due.filter_map(|flow| flow.due_at.filter(|due| *due <= at).map(|due| (due, flow.id)));
        let mut due: Vec<_> = due.collect();
        due.sort_unstable();
        assert!(due.len() < AT_ONCE, "so many are due that it depends on the batch");
        due.into_iter().filter_map(|(_, id)| self.time_of(id, at)).collect()
    }

    fn time_of(&mut self, id: FlowId, at: Micros) -> Option<Stepped> {
        let flow = self.flows[&id].clone();
        let client_id = flow.named().act_id("due", flow.due_at.unwrap().0);
        let by = By {
            actor: UserId::SYSTEM,
            client_id,
            at,
        };
        let under = Under {
            id: TransferId::first(client_id, UserId::SYSTEM),
            flow: Some(flow.named()),
            at,
        };
        let timers = self.timers;
        let next = match &flow.terms {
            Terms::Offer { .. } => offers::due(flow, by, &timers),
            Terms::Request => requests::due(flow, by, &timers),
            Terms::Bill { .. } => bills::due(flow, by, &timers),
            Terms::Packet { .. } => {
                let otherwise = packets::to_suspense(flow.clone());
                let next = self.become_next(under, packets::due(flow));
                return next.or_else(|_| self.become_next(under, otherwise)).ok();
            }
            Terms::Schedule { payee, .. } => {
                let speaks = |user| self.places.may_speak(flow.conversation, user);
                if !speaks(flow.creator) || !speaks(*payee) {
                    let failed = schedules::failed(flow, &WalletError::PayeeUnavailable);
                    return self.become_next(under, failed).ok();
                }
                let next = self.become_next(under, schedules::due(flow.clone(), by, &timers));
                return next
                    .or_else(|refusal| self.become_next(under, schedules::failed(flow, &refusal)))
                    .ok();
            }
        };
        self.become_next(under, next).ok()
    }
}

/// Whoever opened it takes it back.
fn cancel(mut flow: Flow, by: By) -> Result<Next, WalletError> {
    if by.actor != flow.creator {
        return Err(WalletError::NotYours);
    }
    flow.must_be_open(by.at)?;
    flow.end(FlowState::Cancelled);
    Ok(Next::shown(flow, Vec::new()))
}

/// A person's account.
pub(super) fn person(user: UserId, currency: Currency) -> AccountRef {
    AccountKey::person(user, currency).into()
}

/// An account of the house.
pub(super) fn house(kind: AccountKind, currency: Currency) -> AccountRef {
    AccountKey::system(kind, currency).into()
}

/// What a payment costs on top, rounded down.
pub(super) fn fee_on(money: Money) -> i64 {
    i64::try_from(i128::from(money.minor()) * FEE_POINTS / 10_000).unwrap()
}

/// A payment with its fee, to which the payer may have agreed.
pub(super) fn payment(
    (payer, payee): (UserId, UserId),
    (money, purpose): (Money, Purpose),
    agreed: Option<i64>,
    note: &str,
) -> Result<Vec<Step>, WalletError> {
    let (fee, currency) = (fee_on(money), money.currency());
    if agreed.is_some_and(|agreed| agreed != fee) {
        return Err(WalletError::FeeChanged { fee, currency });
    }
    let (from, to) = (person(payer, currency), person(payee, currency));
    let mut steps = vec![Step::Post(from, to, money, purpose, note.to_owned())];
    if fee > 0 {
        let fees = house(AccountKind::Fees, currency);
        let fee = Money::of_minor(fee, currency).unwrap();
        steps.push(Step::Post(from, fees, fee, Purpose::Fee, String::new()));
    }
    Ok(steps)
}

/// The due time of a plan at a place.
pub(super) fn due_of(times: Recurrence, place: u32) -> Option<Micros> {
    calendar::due(times, place)
}
