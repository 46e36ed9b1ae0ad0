//! `transfer.send`: a payment between people with its card, and its fee if there is one.

use super::super::ledger::{self, Leg, Loaded, Order, Plan, Step};
use super::super::transfer::{Instruction, Purpose};
use super::super::{Card, WalletError, wire};
use super::{Decision, Moved, done, refused, repeated};
use crate::chat::log::{self, Draft};
use crate::chat::{Body, ChatError, DirectKey};
use crate::group_commit::{Moment, Operation, WorkingSet};
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
}

impl SubmitTransfer {
    /// The payment, and the id of the direct conversation, should one have to be opened for its card.
    #[must_use]
    pub fn new(instruction: Instruction, new_conversation: ConversationId) -> Self {
        Self {
            order: Order {
                client_id: instruction.client_id,
                actor: instruction.from.id,
                fingerprint: instruction.fingerprint(),
                flow: None,
            },
            debit: instruction.debit().into(),
            credit: instruction.credit().into(),
            fees: instruction.fees().into(),
            instruction,
            new_conversation,
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

    fn steps(&self) -> Vec<Step> {
        let leg = |credit, money, purpose, note: &str| Leg {
            debit: self.debit,
            credit,
            money,
            purpose,
            note: note.to_owned(),
        };
        let payment = leg(
            self.credit,
            self.instruction.money,
            Purpose::Payment,
            &self.instruction.note,
        );
        let fee = self.instruction.fee.map(|fee| leg(self.fees, fee, Purpose::Fee, ""));
        std::iter::once(payment).chain(fee).map(Step::Post).collect()
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
        let (kind, id, data) = wire::payment_card(&self.instruction);
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
        let moved = Moved {
            legs,
            change: None,
            card: Some(posted),
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
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        if let Some(answer) = repeated(set, self.order, moment) {
            return answer;
        }
        let (client_id, from) = (self.order.client_id, self.order.actor);
        if set.slot::<log::Loaded>().posted(client_id, from).is_some() {
            return Err(WalletError::IdempotencyConflict);
        }
        if self.instruction.not_after.is_some_and(|last| moment.now > last) {
            return Err(WalletError::NotAfterPassed);
        }
        // Behind the look for an earlier answer: what was paid stays paid, whatever the fee is now.
        let fee = self.instruction.fee.map_or(0, |fee| fee.minor());
        if self.instruction.agreed_fee.is_some_and(|agreed| agreed != fee) {
            let currency = self.instruction.money.currency();
            return Err(WalletError::FeeChanged { fee, currency });
        }
        let place = self.place(set)?;
        match ledger::plan(set.slot::<Loaded>(), self.order, self.steps()) {
            Ok(plan) => self.carry_out(set, place, plan, moment),
            Err(refusal) => Err(refused(set, self.order, refusal)),
        }
    }
}
