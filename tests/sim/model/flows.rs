//! What all flows have.

use quipu::clock::Micros;
use quipu::ids::{ClientId, ConversationId, FlowId, UserId};
use quipu::wallet::recurrence::Recurrence;
use quipu::wallet::{
    AccountKey, AccountKind, AccountRef, Currency, FlowKind, FlowRef, FlowState, Money, PacketKind, PartyState,
    Purpose, Split, TransferId, WalletError,
};
use serde_json::Value;

use super::{Step, calendar, cards};
use crate::call::Call;

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
    Dispute {
        payee: UserId,
        of: TransferId,
        answer: String,
        decision: String,
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
        matches!(
            self.state,
            FlowState::Open | FlowState::PartlyPaid | FlowState::Evidence | FlowState::Review
        )
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
            FlowKind::Dispute => "dispute",
            FlowKind::TopUp | FlowKind::Withdrawal => "funding",
        }
    }

    /// The id of its card.
    pub(crate) fn card_id(&self) -> String {
        match self.kind {
            FlowKind::Offer => TransferId::first(self.client_id, self.creator).to_string(),
            _ => self.id.to_string(),
        }
    }
}

/// Whoever opened it takes it back.
pub(super) fn cancel(mut flow: Flow, by: By) -> Result<Next, WalletError> {
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
