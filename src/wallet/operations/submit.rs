//! `transfer.send`: a payment between people with its card, and its fee if there is one. One that the payee accepts first
//! is held, and an offer stands beside it.

use super::super::flow::{FlowKind, FlowRef};
use super::super::flows::terms::{self, Opening};
use super::super::flows::{Flow as _, Offer, Slot, Timers};
use super::super::ledger::{self, HoldTerms, Leg, Loaded, Order, Plan, Step};
use super::super::transfer::{Instruction, Purpose};
use super::super::{Card, WalletError, wire};
use super::{Decision, Moved, done, refused, repeated};
use crate::chat::log::{self, Draft};
use crate::chat::{Body, ChatError, DirectKey};
use crate::clock::Micros;
use crate::group_commit::{Failure, Moment, Operation, WorkingSet};
use crate::ids::ConversationId;
use crate::op_receipt::Receipts;
use crate::wallet::account::AccountRef;

/// See the module.
#[derive(Debug)]
pub struct SubmitTransfer {
    instruction: Instruction,
    order: Order,
    debit: AccountRef,
    credit: AccountRef,
    /// Where the fee goes.
    fees: AccountRef,
    /// The id of the direct conversation, should one have to be opened.
    new_conversation: ConversationId,
    timers: Timers,
}

impl SubmitTransfer {
    /// The payment, and the id of the direct conversation, should one have to be opened for its card.
    #[must_use]
    pub fn new(instruction: Instruction, new_conversation: ConversationId, timers: Timers) -> Self {
        let (client_id, from) = (instruction.client_id, instruction.from.id);
        let offer = instruction
            .is_held()
            .then(|| FlowRef::of(FlowKind::Offer, client_id, from));
        Self {
            order: Order {
                client_id: instruction.client_id,
                actor: instruction.from.id,
                fingerprint: instruction.fingerprint(),
                flow: offer,
            },
            debit: instruction.debit().into(),
            credit: instruction.credit().into(),
            fees: instruction.fees().into(),
            instruction,
            new_conversation,
            timers,
        }
    }

    fn pair(&self) -> Result<DirectKey, ChatError> {
        DirectKey::of(self.instruction.from.id, self.instruction.to.id)
    }

    /// Where the card will stand; `None` for a direct conversation that is yet to be opened.
    fn place(&self, set: &mut WorkingSet) -> Result<Option<ConversationId>, WalletError> {
        let (from, to) = (self.instruction.from.id, self.instruction.to.id);
        let chat = set.slot::<log::Loaded>();
        let found = match self.instruction.conversation {
            Some(named) => Some(named),
            None => chat.direct(self.pair()?),
        };
        if let Some(conversation) = found {
            chat.may_post(conversation, from)?;
            chat.may_post(conversation, to)
                .map_err(|_| WalletError::PayeeUnavailable)?;
        } else {
            log::may_open(set, self.pair()?)?;
        }
        Ok(found)
    }

    fn steps(&self, at: Micros) -> Vec<Step> {
        let step = |credit, money, purpose, note: &str| {
            let (debit, note) = (self.debit, note.to_owned());
            if self.instruction.is_held() {
                let expires_at = Micros(at.0.saturating_add(self.timers.offer));
                return Step::Hold(HoldTerms {
                    debit,
                    credit,
                    money,
                    purpose,
                    expires_at,
                    note,
                });
            }
            Step::Post(Leg {
                debit,
                credit,
                money,
                purpose,
                note,
            })
        };
        let payment = step(
            self.credit,
            self.instruction.money,
            Purpose::Payment,
            &self.instruction.note,
        );
        let fee = self.instruction.fee.map(|fee| step(self.fees, fee, Purpose::Fee, ""));
        std::iter::once(payment).chain(fee).collect()
    }

    /// What waits for the payee, if the payment is to be accepted first.
    fn offer(&self, conversation: ConversationId, at: Micros) -> Option<Offer> {
        let wanted = &self.instruction;
        wanted.is_held().then(|| {
            let opening = Opening {
                client_id: wanted.client_id,
                creator: wanted.from.id,
                conversation,
                at,
                timers: self.timers,
            };
            let fee = wanted.fee.map_or(0, |fee| fee.minor());
            let terms = (wanted.money, fee, wanted.note.clone());
            terms::offer(&opening, wanted.to.id, terms, self.order.fingerprint)
        })
    }

    /// Everything is allowed: the conversation if need be, the card, the posting.
    fn carry_out(
        &self,
        set: &mut WorkingSet,
        found: Option<ConversationId>,
        plan: Plan,
        moment: Moment,
    ) -> Result<Decision, WalletError> {
        let from = self.instruction.from.id;
        let (conversation, items) = match found {
            Some(conversation) => (conversation, Vec::new()),
            None => {
                let (opened, items) = log::open_direct(set, self.pair()?, self.new_conversation, from, moment.now);
                (opened.id, items)
            }
        };
        let (kind, id, mut data) = wire::payment_card(&self.instruction);
        let offer = self.offer(conversation, plan.at());
        if let Some(offer) = &offer {
            data = offer.card();
        }
        let draft = Draft {
            conversation,
            sender: from,
            client_id: self.order.client_id,
            fingerprint: self.order.fingerprint,
            body: Body::Card { kind, id, data },
            extra: crate::protocol::MessageExtra::default(),
            attachments: Vec::new(),
        };
        // The place was checked above, so the card cannot be refused once the posting is applied after it.
        let posted = log::append(set, draft, plan.at())?;
        let card = Card {
            conversation,
            seq: posted.message.seq,
        };
        let (legs, _) = plan.apply(set.slot::<Loaded>(), Some(card));
        if let Some(mut offer) = offer {
            offer.head.card = card;
            set.slot::<Slot<Offer>>().put(offer, Vec::new());
        }
        let moved = Moved {
            legs,
            changes: Vec::new(),
            cards: vec![posted],
            items,
        };
        Ok(done(set, moved))
    }
}

impl Operation for SubmitTransfer {
    type Answer = Result<Decision, WalletError>;

    fn wants(&self, set: &mut WorkingSet) {
        let (client_id, from) = (self.order.client_id, self.order.actor);
        let ledger = set.slot::<Loaded>();
        ledger.want_group(client_id, from);
        ledger.want_account(self.debit.id);
        ledger.want_account(self.credit.id);
        // Without a fee too: what was posted under this id before may have had one.
        ledger.want_account(self.fees.id);
        set.slot::<Receipts>().want(client_id, from);
        let chat = set.slot::<log::Loaded>();
        match (self.instruction.conversation, self.pair()) {
            (Some(conversation), _) => {
                chat.want_post(conversation, from, client_id);
                chat.want_member(conversation, self.instruction.to.id);
            }
            (None, Ok(pair)) => {
                chat.want_message(client_id, from);
                chat.want_direct(pair);
            }
            (None, Err(_)) => {}
        }
        // In the direct conversation of the two there is nobody else who could ask something of it.
        let opening = self.instruction.conversation;
        if let Some(offer) = opening.and_then(|conversation| self.offer(conversation, Micros(0))) {
            set.slot::<Slot<Offer>>().want_opening(offer);
        }
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        if let Some(answer) = repeated(set, self.order, moment) {
            return answer;
        }
        let (client_id, from) = (self.order.client_id, self.order.actor);
        if set.slot::<log::Loaded>().posted(client_id, from).is_some() {
            return Err(WalletError::IdempotencyConflict);
        }
        self.instruction.conditions.hold(moment.now)?;
        // Behind the look for an earlier answer: what was paid stays paid, whatever the fee is now.
        let fee = self.instruction.fee.map_or(0, |fee| fee.minor());
        if self.instruction.agreed_fee.is_some_and(|agreed| agreed != fee) {
            let currency = self.instruction.money.currency();
            return Err(WalletError::FeeChanged { fee, currency });
        }
        let place = self.place(set)?;
        let ledger = set.slot::<Loaded>();
        let at = ledger.at().ok_or(WalletError::Failed(Failure::Internal))?;
        match ledger::plan(ledger, self.order, self.steps(at)) {
            Ok(plan) => self.carry_out(set, place, plan, moment),
            Err(refusal) => Err(refused(set, self.order, refusal)),
        }
    }
}
