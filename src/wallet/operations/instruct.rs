//! What is instructed of the ledger itself, by the operator and by the system: postings, holds and their ends,
//! reversals, and what happens to an account.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::super::ledger::{self, AccountEvent, AccountEventKind, Change, HoldTerms, Leg, Loaded, Order, Plan, Step};
use super::super::money::Money;
use super::super::transfer::{Card, TransferId};
use super::super::{Conditions, WalletError, wire};
use super::{Decision, Moved, done, given_back, keep, refused, repeated};
use crate::chat::Body;
use crate::chat::log::{self, Draft};
use crate::group_commit::{Failure, Moment, Operation, WorkingSet};
use crate::ids::{ClientId, UserId};
use crate::op_receipt::{Fingerprint, Receipts};
use crate::wallet::account::AccountRef;

/// The kept answer of a change that was made.
pub(super) const CHANGED: &str = "changed";

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Money moves, in legs that stand or fall together.
    Post(Vec<Leg>),
    /// Money is held.
    Hold(HoldTerms),
    /// A hold is captured, all of it or an amount.
    Capture {
        /// The hold.
        of: TransferId,
        /// How much; all of it without.
        amount: Option<Money>,
        /// Why.
        note: String,
    },
    /// A hold is given up.
    Void {
        /// The hold.
        of: TransferId,
        /// Why.
        note: String,
    },
    /// Money goes back, all that is left of a transfer or an amount.
    Reverse {
        /// The transfer.
        of: TransferId,
        /// How much; all that is left without.
        amount: Option<Money>,
        /// Why.
        note: String,
        /// The transfer's card, in whose conversation that of the reversal will stand too.
        card: Option<Card>,
    },
    /// An owner lets nothing go out of their wallet any more, or ends that: all of these accounts.
    Lock {
        /// All that they could have.
        accounts: Vec<AccountRef>,
        /// Whether it begins.
        lock: bool,
    },
    /// Something happens to an account itself.
    Change {
        /// Which one.
        account: AccountRef,
        /// What.
        change: Change,
        /// Why.
        reason: String,
    },
}

/// An act under its caller's id.
#[derive(Debug, Clone)]
pub struct Instruct {
    order: Order,
    act: Act,
    conditions: Conditions,
}

impl Instruct {
    /// An act that `actor` wants under their own id.
    #[must_use]
    pub fn new(client_id: ClientId, actor: UserId, act: Act) -> Self {
        let order = Order {
            client_id,
            actor,
            fingerprint: act.fingerprint(),
            flow: None,
        };
        Self {
            order,
            act,
            conditions: Conditions::default(),
        }
    }

    /// The same on these conditions.
    #[must_use]
    pub const fn on(mut self, conditions: Conditions) -> Self {
        self.conditions = conditions;
        self
    }

    fn plan(&self, ledger: &Loaded) -> Result<Plan, WalletError> {
        let order = self.order;
        match self.act.clone() {
            Act::Post(legs) => ledger::plan(ledger, order, legs.into_iter().map(Step::Post).collect()),
            Act::Hold(terms) => ledger::plan(ledger, order, vec![Step::Hold(terms)]),
            Act::Capture { of, amount, note } => ledger::plan(ledger, order, vec![Step::Capture { of, amount, note }]),
            Act::Void { of, note } => ledger::plan(ledger, order, vec![Step::Void { of, note }]),
            Act::Reverse { of, amount, note, .. } => {
                ledger::plan(ledger, order, vec![Step::Reverse { of, amount, note }])
            }
            Act::Lock { accounts, lock: true } => ledger::lock(ledger, order, &accounts),
            Act::Lock { accounts, lock: false } => ledger::unlock(ledger, order, &accounts),
            Act::Change {
                account,
                change,
                reason,
            } => ledger::change(ledger, order, account.id, change, reason),
        }
    }

    /// The card of a reversal, which stands where the card of the payment does; and that one, which tells how much went
    /// back. Who gives the money back is the sender.
    fn cards(&self, set: &mut WorkingSet, plan: &Plan) -> Result<Vec<log::Posted>, WalletError> {
        let Act::Reverse { of, card: named, .. } = &self.act else {
            return Ok(Vec::new());
        };
        let ledger = set.slot::<Loaded>();
        let reversed = ledger.transfer(*of).cloned();
        let reversed = reversed.ok_or(WalletError::Failed(Failure::Internal))?;
        let Some(card) = *named else { return Ok(Vec::new()) };
        if reversed.card != *named {
            return Err(WalletError::Failed(Failure::Internal));
        }
        let owner = |id| ledger.account(id).map(|account| account.key.owner);
        let (Some(from), Some(to)) = (owner(reversed.credit), owner(reversed.debit)) else {
            return Err(WalletError::Failed(Failure::Internal));
        };
        let Some(row) = plan.first() else { return Ok(Vec::new()) };
        let (kind, id, data) = wire::reversal_card(row, from, to);
        let draft = Draft {
            conversation: card.conversation,
            sender: from,
            client_id: self.card_name(from),
            fingerprint: self.order.fingerprint,
            body: Body::Card { kind, id, data },
            extra: crate::protocol::MessageExtra::default(),
            attachments: Vec::new(),
        };
        let mut cards: Vec<_> = given_back::tell(set, *of, plan)?.into_iter().collect();
        cards.push(log::append(set, draft, plan.at())?);
        Ok(cards)
    }

    /// The id of a card in the name of `sender`. Somebody else's instruction does not take an id of theirs: they may have
    /// used the same one, and it names what they said then.
    fn card_name(&self, sender: UserId) -> ClientId {
        let Order { client_id, actor, .. } = self.order;
        if sender == actor {
            return client_id;
        }
        let mut hash = Sha256::new();
        hash.update(b"quipu.card.v1");
        for part in [client_id.bytes(), actor.bytes(), sender.bytes()] {
            hash.update(part);
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        Uuid::new_v8(bytes).into()
    }

    fn carry_out(&self, set: &mut WorkingSet, plan: Plan) -> Result<Decision, WalletError> {
        let cards = self.cards(set, &plan)?;
        let card = cards.last().map(|posted| Card {
            conversation: posted.message.conversation,
            seq: posted.message.seq,
        });
        let (legs, events) = plan.apply(set.slot::<Loaded>(), card);
        let mut moved = Moved {
            legs,
            cards,
            ..Moved::default()
        };
        if matches!(self.act, Act::Change { .. } | Act::Lock { .. }) {
            // The change leaves no transfer by which a repetition would be known.
            keep(set, self.order, CHANGED.into());
            let ledger = set.slot::<Loaded>();
            // That one was opened for it is told with what happened to it.
            let told = events
                .into_iter()
                .filter(|event| event.event != AccountEventKind::Opened);
            let with_account = |event: AccountEvent| ledger.account(event.account).map(|account| (event, *account));
            moved.changes = told.filter_map(with_account).collect();
        }
        Ok(done(set, moved))
    }
}

impl Act {
    fn targets(&self) -> Option<TransferId> {
        match self {
            Self::Capture { of, .. } | Self::Void { of, .. } | Self::Reverse { of, .. } => Some(*of),
            Self::Post(_) | Self::Hold(_) | Self::Change { .. } | Self::Lock { .. } => None,
        }
    }

    fn fingerprint(&self) -> Fingerprint {
        let money = |money: &Money| {
            let minor = money.minor().to_be_bytes();
            [minor.as_slice(), money.currency().code().as_bytes()].concat()
        };
        let amount = |amount: &Option<Money>| amount.as_ref().map_or_else(Vec::new, money);
        match self {
            Self::Post(legs) => {
                let parts = legs.iter().map(|leg| {
                    let purpose = leg.purpose.code().to_be_bytes();
                    let (debit, credit) = (leg.debit.id.bytes(), leg.credit.id.bytes());
                    let terms = money(&leg.money);
                    Fingerprint::of("leg", &[&debit, &credit, &terms, &purpose, leg.note.as_bytes()]).bytes()
                });
                Fingerprint::of("post", &[&parts.collect::<Vec<_>>().concat()])
            }
            Self::Hold(terms) => Fingerprint::of(
                "hold",
                &[
                    &terms.debit.id.bytes(),
                    &terms.credit.id.bytes(),
                    &money(&terms.money),
                    &terms.purpose.code().to_be_bytes(),
                    &terms.expires_at.0.to_be_bytes(),
                    terms.note.as_bytes(),
                ],
            ),
            Self::Capture { of, amount: some, note } => {
                Fingerprint::of("capture", &[of.to_string().as_bytes(), &amount(some), note.as_bytes()])
            }
            Self::Void { of, note } => Fingerprint::of("void", &[of.to_string().as_bytes(), note.as_bytes()]),
            Self::Reverse {
                of, amount: some, note, ..
            } => Fingerprint::of("reverse", &[of.to_string().as_bytes(), &amount(some), note.as_bytes()]),
            // Which accounts there are follows from who it is; with another currency it is the same request.
            Self::Lock { lock, .. } => Fingerprint::of("lock", &[&[u8::from(*lock)]]),
            Self::Change {
                account,
                change,
                reason,
            } => {
                let (word, floor) = match change {
                    Change::Floor(floor) => ("floor", *floor),
                    Change::Freeze => ("freeze", 0),
                    Change::Thaw => ("thaw", 0),
                    Change::Close => ("close", 0),
                };
                Fingerprint::of(word, &[&account.id.bytes(), &floor.to_be_bytes(), reason.as_bytes()])
            }
        }
    }
}

impl Operation for Instruct {
    type Answer = Result<Decision, WalletError>;

    fn wants(&self, set: &mut WorkingSet) {
        let (client_id, actor) = (self.order.client_id, self.order.actor);
        set.slot::<Receipts>().want(client_id, actor);
        let ledger = set.slot::<Loaded>();
        ledger.want_group(client_id, actor);
        match &self.act {
            Act::Post(legs) => {
                for leg in legs {
                    ledger.want_account(leg.debit.id);
                    ledger.want_account(leg.credit.id);
                }
            }
            Act::Hold(terms) => {
                ledger.want_account(terms.debit.id);
                ledger.want_account(terms.credit.id);
            }
            Act::Change { account, .. } => ledger.want_freezer(account.id),
            Act::Lock { accounts, .. } => accounts.iter().for_each(|account| ledger.want_freezer(account.id)),
            Act::Capture { .. } | Act::Void { .. } | Act::Reverse { .. } => {}
        }
        if let Some(of) = self.act.targets() {
            ledger.want_target(of);
        }
        if let Act::Reverse { card: Some(card), .. } = &self.act {
            let chat = set.slot::<log::Loaded>();
            chat.want_conversation(card.conversation);
            chat.want_row(card.conversation, card.seq);
            chat.want_message(client_id, actor);
        }
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        if let Some(answer) = repeated(set, self.order, moment) {
            return answer;
        }
        let (client_id, actor) = (self.order.client_id, self.order.actor);
        if set.slot::<log::Loaded>().posted(client_id, actor).is_some() {
            // They said something under this id, which moved nothing.
            return Err(WalletError::IdempotencyConflict);
        }
        self.conditions.hold(moment.now)?;
        match self.plan(set.slot::<Loaded>()) {
            Ok(plan) => self.carry_out(set, plan),
            Err(refusal) => Err(refused(set, self.order, refusal)),
        }
    }
}
