//! The ledger and the flows on it again, plain and slow: what is asked does and what it answers, said without queues,
//! batches, plans or SQL. It shares the vocabulary with the code under test and none of its rules.

mod asking;
mod bills;
mod books;
mod calendar;
mod cards;
mod cells;
mod disputes;
mod flows;
mod fundings;
mod ledger;
mod offers;
mod packets;
mod payments;
mod places;
mod requests;
mod schedules;

use std::collections::BTreeMap;

use quipu::clock::Micros;
use quipu::ids::{ClientId, FlowId, UserId};
use quipu::wallet::{Act, Currency, HoldState, Limits, TransferId, WalletError};

pub(crate) use books::{Account, Row};
use books::{Step, Under};
pub(crate) use cells::Cell;
pub(crate) use flows::{Flow, Part, Seen, Timers};
pub(crate) use fundings::Bank;
use ledger::Ledger;
use payments::Payments;
pub(crate) use places::Places;

use serde_json::Value;

use crate::call::{Call, FundCall, Pay, What};

/// What an instruction answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Done(Vec<Row>),
    Changed(Vec<i64>),
    Repeated(Vec<Row>),
    Refused(WalletError),
    Expired(Vec<Row>),
    /// A flow was opened or changed.
    Stepped(Box<Stepped>),
    /// Flows whose time had come.
    Due(Vec<Stepped>),
    /// Somebody came, went, blocked or was let speak again, or could not.
    Chat(bool),
    /// Money is on its way in or out.
    Funded {
        rows: Vec<Row>,
        duplicate: bool,
    },
    /// A bank said something, and this was moved.
    Heard(Vec<Row>),
}

/// What became of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stepped {
    pub(crate) flow: Seen,
    pub(crate) rows: Vec<Row>,
    pub(crate) duplicate: bool,
}

/// What became of an id, and what was meant by it.
#[derive(Debug, Clone)]
struct Kept {
    meant: What,
    became: Became,
}

#[derive(Debug, Clone)]
enum Became {
    Rows(Vec<i64>),
    Changed,
    Flow(FlowId, Vec<i64>),
    Funding,
    Refused(WalletError),
}

/// The ledger, the flows, and who may speak where.
#[derive(Debug)]
pub(crate) struct Model {
    ledger: Ledger,
    places: Places,
    flows: BTreeMap<FlowId, Flow>,
    banks: BTreeMap<FlowId, Bank>,
    payments: Payments,
    timers: Timers,
    kept: BTreeMap<(ClientId, UserId), Kept>,
}

impl Model {
    pub(crate) fn new(limits: BTreeMap<Currency, Limits>, places: Places, timers: Timers) -> Self {
        Self {
            ledger: Ledger::new(limits),
            places,
            flows: BTreeMap::new(),
            banks: BTreeMap::new(),
            payments: Payments::default(),
            timers,
            kept: BTreeMap::new(),
        }
    }

    pub(crate) fn next_seq(&self) -> i64 {
        self.ledger.books.next_seq
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.ledger.books.accounts.values()
    }

    pub(crate) fn flows(&self) -> impl Iterator<Item = &Flow> {
        self.flows.values()
    }

    pub(crate) fn banks(&self) -> impl Iterator<Item = &Bank> {
        self.banks.values()
    }

    /// Cards of payments that are no offers, by their ids.
    pub(crate) fn payments(&self) -> BTreeMap<String, Value> {
        let cards = self.payments.cards.iter();
        cards.map(|(id, card)| (id.to_string(), card.clone())).collect()
    }

    /// Cards of what went back without a flow, by the ids of the rows.
    pub(crate) fn reversals(&self) -> BTreeMap<String, Value> {
        let cards = self.payments.reversals.iter();
        cards.map(|(id, card)| (id.to_string(), card.clone())).collect()
    }

    /// Amount, captured and state of each hold by the position of its row.
    pub(crate) fn holds(&self) -> BTreeMap<i64, (i64, i64, HoldState)> {
        let held = self.ledger.books.holds.iter();
        held.map(|(seq, (amount, captured, state, _))| (*seq, (*amount, *captured, *state)))
            .collect()
    }

    /// Amount and what was given back of it, by the position of the row.
    pub(crate) fn refunds(&self) -> BTreeMap<i64, (i64, i64)> {
        self.ledger.books.refunds.clone()
    }

    pub(crate) fn row_count(&self) -> usize {
        self.ledger.rows.len()
    }

    /// The sum of each currency, which is zero.
    pub(crate) fn sums(&self) -> BTreeMap<Currency, i128> {
        let mut sums = BTreeMap::new();
        for account in self.accounts() {
            *sums.entry(account.account.key.currency).or_insert(0) += i128::from(account.posted);
        }
        sums
    }

    /// Why a call does not come into the ledger's queue at all.
    pub(crate) fn at_the_door(call: &Call) -> Option<WalletError> {
        match &call.what {
            What::Flow(flow) => asking::refused_at_the_door(call, flow),
            _ => None,
        }
    }

    /// Does what a call says at a ledger time, when the wall clock showed `now`.
    pub(crate) fn apply(&mut self, call: &Call, at: Micros, now: Micros) -> Answer {
        match &call.what {
            What::Expire(most) => return Answer::Expired(self.ledger.expire(*most, at)),
            What::Due(kind) => return Answer::Due(self.run_due(*kind, at)),
            What::Chat(chat) => return Answer::Chat(self.places.change(call.actor, chat)),
            What::Fund(hear @ FundCall::Hear { .. }) => return self.hear(hear, at),
            What::Pay(_) | What::Act(_) | What::Flow(_) | What::Fund(_) => {}
        }
        let key = (call.client_id, call.actor);
        let meant = call.what.meant();
        if let Some(kept) = self.kept.get(&key) {
            if kept.meant != meant {
                return Answer::Refused(WalletError::IdempotencyConflict);
            }
            return self.again(&kept.became);
        }
        let done = match &call.what {
            What::Flow(flow) => self.flow(call, flow, at, now),
            What::Pay(pay) => self.pay(call, pay, at, now),
            What::Act(act) => self.act(call, act, at),
            What::Fund(wanted) => self.fund(call, wanted, at),
            What::Expire(_) | What::Due(_) | What::Chat(_) => unreachable!("answered above"),
        };
        match done {
            Ok((became, answer)) => {
                self.kept.insert(key, Kept { meant, became });
                answer
            }
            Err(refusal) => {
                // What an operator is refused of a flow, they may try again.
                let by_operator = matches!(call.what, What::Flow(_)) && call.actor == UserId::SYSTEM;
                if is_final(&refusal) && !by_operator {
                    let became = Became::Refused(refusal.clone());
                    self.kept.insert(key, Kept { meant, became });
                }
                Answer::Refused(refusal)
            }
        }
    }

    /// What whoever asks the same again is told.
    fn again(&self, became: &Became) -> Answer {
        let rows = |seqs: &[i64]| seqs.iter().map(|seq| self.ledger.rows[seq].clone()).collect();
        match became {
            Became::Rows(seqs) => Answer::Repeated(rows(seqs)),
            Became::Changed => Answer::Repeated(Vec::new()),
            Became::Refused(refusal) => Answer::Refused(refusal.clone()),
            Became::Funding => Answer::Funded {
                rows: Vec::new(),
                duplicate: true,
            },
            Became::Flow(id, seqs) => Answer::Stepped(Box::new(Stepped {
                flow: self.flows[id].seen(),
                rows: rows(seqs),
                duplicate: true,
            })),
        }
    }

    fn pay(&mut self, call: &Call, pay: &Pay, at: Micros, now: Micros) -> Result<(Became, Answer), WalletError> {
        if pay.not_after.is_some_and(|last| now > last) {
            return Err(WalletError::NotAfterPassed);
        }
        let place = self.places.of_payment(call.actor, pay)?;
        let under = Under {
            id: TransferId::first(call.client_id, call.actor),
            flow: pay.accept_first.then(|| offers::named(call)),
            at,
        };
        let until = pay.accept_first.then(|| Micros(at.0 + self.timers.offer));
        let rows = self.ledger.carry_out(under, &offers::steps(call.actor, pay, until))?;
        self.places.open(place, call.actor, pay.to);
        self.payments.placed(&rows, Some(under.id));
        if !pay.accept_first {
            let card = cards::of_payment((call.actor, pay.to), pay.money, &pay.note);
            self.payments.cards.insert(under.id, card);
        }
        if pay.accept_first {
            let flow = offers::open(call, pay, place, at, &self.timers);
            self.flows.insert(flow.id, flow);
        }
        let seqs = rows.iter().map(|row| row.seq).collect();
        Ok((Became::Rows(seqs), Answer::Done(rows)))
    }

    fn act(&mut self, call: &Call, act: &Act, at: Micros) -> Result<(Became, Answer), WalletError> {
        let step = match act.clone() {
            Act::Post(legs) if legs.is_empty() || legs.len() > 100 => return Err(WalletError::LegsInvalid),
            Act::Change { account, change, .. } => {
                let seq = self.ledger.change(call.actor, account.id, change)?;
                return Ok((Became::Changed, Answer::Changed(vec![seq])));
            }
            Act::Lock { accounts, lock } => {
                let seqs = self.ledger.lock(call.actor, &accounts, lock)?;
                return Ok((Became::Changed, Answer::Changed(seqs)));
            }
            Act::Post(legs) => legs
                .into_iter()
                .map(|leg| Step::Post(leg.debit, leg.credit, leg.money, leg.purpose, leg.note))
                .collect(),
            Act::Hold(terms) => {
                let (sides, note) = ((terms.debit, terms.credit), terms.note);
                let (money, purpose, until) = (terms.money, terms.purpose, terms.expires_at);
                vec![Step::Hold(sides.0, sides.1, money, purpose, note, until)]
            }
            Act::Capture { of, amount, note } => vec![Step::Capture(of, amount, note)],
            Act::Void { of, note } => vec![Step::Void(of, note)],
            Act::Reverse { of, amount, note, .. } => vec![Step::Reverse(of, amount, note)],
        };
        let under = Under {
            id: TransferId::first(call.client_id, call.actor),
            flow: None,
            at,
        };
        let rows = self.ledger.carry_out(under, &step)?;
        self.reversed(&rows);
        let seqs = rows.iter().map(|row| row.seq).collect();
        Ok((Became::Rows(seqs), Answer::Done(rows)))
    }
}

/// Refusals that a repetition of the same request gets again, whatever changed since.
fn is_final(refusal: &WalletError) -> bool {
    matches!(
        refusal,
        WalletError::InsufficientFunds { .. }
            | WalletError::LimitExceeded { .. }
            | WalletError::CaptureExceeds { .. }
            | WalletError::RefundExceeds { .. }
            | WalletError::AccountNotEmpty { .. }
            | WalletError::HoldResolved { .. }
            | WalletError::BalanceLimit
            | WalletError::AccountFrozen
            | WalletError::AccountClosed
            | WalletError::NotAHold
            | WalletError::NotReversible
            | WalletError::CurrencyMismatch
            | WalletError::AccountUnchanged
    )
}
