//! Disputes of payments that were made. The lane takes a dispute whose terms the door has read from the ledger before;
//! so only what the door would let pass is opened here: payments from one person to another, by who paid, in the direct
//! conversation of the two, whether there is one or not. Who tries to open somebody else's is no member of that.

use quipu::clock::Micros;
use quipu::ids::UserId;
use quipu::wallet::{AccountKey, Act, Money, Purpose, TransferId, TransferKind};
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;

use super::flows::{Known, LATEST};
use super::{Generator, REMEMBERED};
use crate::call::{self, Call, FlowCall, What};
use crate::model::Row;

const WORDS: [&str; 3] = ["nothing came", "\u{6ca1}\u{6536}\u{5230}", "\"broken\" <b>"];

/// A payment that may be disputed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paid {
    of: TransferId,
    payer: UserId,
    pub(super) payee: UserId,
    money: Money,
}

impl Generator {
    /// Remembers a row that may be disputed.
    pub(super) fn learn_payment(&mut self, row: &Row) {
        let purposes = [Purpose::Payment, Purpose::Request, Purpose::Bill, Purpose::Schedule];
        let kinds = [TransferKind::Post, TransferKind::Capture];
        if !purposes.contains(&row.purpose) || !kinds.contains(&row.kind) {
            return;
        }
        let currency = row.money.currency();
        let of = |account| move |user: &&UserId| AccountKey::person(**user, currency).id() == account;
        let who = |account| self.people.iter().find(of(account)).copied();
        let (Some(payer), Some(payee)) = (who(row.debit), who(row.credit)) else {
            return;
        };
        if self.paid.len() == REMEMBERED {
            self.paid.remove(0);
        }
        self.paid.push(Paid {
            of: row.id,
            payer,
            payee,
            money: row.money,
        });
    }

    /// One of the payments, mostly one of the latest.
    fn some_payment(&mut self) -> Option<Paid> {
        let from = if self.random.random_ratio(1, 5) {
            0
        } else {
            self.paid.len().saturating_sub(LATEST)
        };
        self.paid[from..].choose(&mut self.random).copied()
    }

    pub(super) fn words(&mut self) -> String {
        (*WORDS.choose(&mut self.random).unwrap()).to_owned()
    }

    /// Somebody disputes a payment, which may have been disputed before.
    pub(super) fn open_dispute(&mut self, now: Micros) -> Option<Call> {
        let paid = self.some_payment()?;
        let mut actor = paid.payer;
        if self.random.random_ratio(1, 10) {
            let other = self.person();
            actor = if other == paid.payee { self.stranger } else { other };
        }
        let what = FlowCall::Dispute {
            conversation: call::direct(paid.payer, paid.payee),
            of: paid.of,
            payee: paid.payee,
            money: paid.money,
            reason: self.words(),
        };
        let call = self.fresh(now, actor, What::Flow(what.clone()));
        let flow = what.flow(call.client_id, actor);
        self.opened
            .push(Known::new(flow, paid.payer, vec![paid.payee], paid.of));
        Some(call)
    }

    /// Whether the door lets somebody give a payment back: an operator, or who was paid.
    pub(super) fn may_give_back(&self, actor: UserId, of: TransferId) -> bool {
        actor == UserId::SYSTEM || self.paid.iter().any(|paid| paid.of == of && paid.payee == actor)
    }

    /// Who was paid gives some of it back, as the door lets them.
    pub(super) fn refund(&mut self) -> Option<(UserId, What)> {
        let paid = self.some_payment()?;
        let currency = paid.money.currency();
        let some = self.random.random_bool(0.7);
        let minor = self.random.random_range(1..=paid.money.minor());
        let act = Act::Reverse {
            of: paid.of,
            amount: some.then(|| Money::of_minor(minor, currency).unwrap()),
            note: self.note(),
            card: None,
        };
        Some((paid.payee, What::Act(act)))
    }

    /// What is asked of a dispute, by whom.
    pub(super) fn ask_of_dispute(&mut self, known: &Known) -> (Option<UserId>, FlowCall) {
        let flow = known.flow;
        let pick = self.random.random_range(0..12);
        match pick {
            0..5 => {
                let text = self.words();
                (known.people.first().copied(), FlowCall::Say { flow, text })
            }
            5..6 => (Some(known.creator), FlowCall::Withdraw(flow)),
            6..8 => (Some(UserId::SYSTEM), FlowCall::Review(flow)),
            _ => {
                let (won, why) = (pick < 11, self.words());
                (Some(UserId::SYSTEM), FlowCall::Decide { flow, won, why })
            }
        }
    }
}
