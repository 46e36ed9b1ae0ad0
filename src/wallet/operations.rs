//! What the wallet puts into the ledger's lane: a payment with its card, and play money from the sandbox.

use super::account::{Account, AccountKey};
use super::ledger::{self, Loaded, Posting};
use super::money::Money;
use super::transfer::{Instruction, Transfer, TransferKind};
use super::{Card, TransferFound, WalletError, wire};
use crate::chat::log::{self, Draft, Posted};
use crate::chat::{Body, ChatError, DirectKey};
use crate::delivery::ItemChange;
use crate::group_commit::{Advanced, Failure, Moment, Operation, WorkingSet};
use crate::ids::{ClientId, ConversationId, UserId};
use crate::op_receipt::{Fingerprint, Receipt, Receipts};
use crate::protocol::LogId;

/// What a posted transfer moved, for those who are told.
#[derive(Debug, Clone)]
pub struct Moved {
    /// The row.
    pub transfer: Transfer,
    /// The giver's account after it.
    pub debit: Account,
    /// The getter's account after it.
    pub credit: Account,
    /// The card, when this commit wrote one.
    pub card: Option<Posted>,
    /// Changes in people's own logs, when the conversation was opened for the card.
    pub items: Vec<ItemChange>,
}

/// How a transfer was decided.
#[derive(Debug, Clone)]
pub enum Decision {
    /// It was posted.
    Posted(Box<Moved>),
    /// It had been posted before with this id and this content.
    Repeated(Box<Transfer>),
}

/// `transfer.send`.
#[derive(Debug)]
pub(super) struct SubmitTransfer {
    pub(super) instruction: Instruction,
    /// The id of the direct conversation, should one have to be opened.
    pub(super) new_conversation: ConversationId,
}

impl SubmitTransfer {
    fn pair(&self) -> Result<DirectKey, ChatError> {
        DirectKey::of(self.instruction.from.id, self.instruction.to.id)
    }

    /// The first answer again, if this id was used before: the payment, the refusal, or a conflict.
    fn repeated(&self, set: &mut WorkingSet, moment: Moment) -> Option<Result<Decision, WalletError>> {
        let (client_id, actor) = (self.instruction.client_id, self.instruction.from.id);
        let fingerprint = self.instruction.fingerprint();
        if let Some(transfer) = set.slot::<Loaded>().posted(client_id, actor).cloned() {
            if transfer.fingerprint != fingerprint {
                return Some(Err(WalletError::IdempotencyConflict));
            }
            let (debit, credit) = (self.instruction.debit(), self.instruction.credit());
            return Some(found(set, transfer, debit, credit, moment));
        }
        if let Some(receipt) = Receipts::get(set, client_id, actor) {
            let refusal = WalletError::from_receipt(&receipt.answer).filter(|_| receipt.fingerprint == fingerprint);
            return Some(Err(refusal.unwrap_or(WalletError::IdempotencyConflict)));
        }
        let is_message = set.slot::<log::Loaded>().posted(client_id, actor).is_some();
        is_message.then_some(Err(WalletError::IdempotencyConflict))
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
        }
        Ok(found)
    }

    fn posting(&self) -> Posting {
        let Instruction { client_id, money, .. } = self.instruction;
        Posting {
            client_id,
            actor: self.instruction.from.id,
            fingerprint: self.instruction.fingerprint(),
            kind: TransferKind::Payment,
            debit: self.instruction.debit(),
            credit: self.instruction.credit(),
            money,
            note: self.instruction.note.clone(),
        }
    }

    /// Everything is allowed: the conversation if need be, the card, the posting.
    fn carry_out(
        &self,
        set: &mut WorkingSet,
        found: Option<ConversationId>,
        allowed: ledger::Allowed,
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
        let draft = Draft {
            conversation,
            sender: from,
            client_id: self.instruction.client_id,
            fingerprint: self.instruction.fingerprint(),
            body: card_body(&self.instruction),
        };
        // The place was checked above, so the card cannot be refused once the posting is applied after it.
        let posted = log::append(set, draft, allowed.at())?;
        let card = Card {
            conversation,
            seq: posted.message.seq,
        };
        let posting = self.posting();
        let transfer = ledger::apply(set.slot::<Loaded>(), posting, allowed, Some(card));
        moved(
            set,
            transfer,
            self.instruction.debit(),
            self.instruction.credit(),
            Some(posted),
            items,
        )
    }
}

impl Operation for SubmitTransfer {
    type Answer = Result<Decision, WalletError>;

    fn wants(&self, set: &mut WorkingSet) {
        let (client_id, from) = (self.instruction.client_id, self.instruction.from.id);
        let (debit, credit) = (self.instruction.debit(), self.instruction.credit());
        set.slot::<Loaded>().want(debit, credit, client_id, from);
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
        if let Some(answer) = self.repeated(set, moment) {
            return answer;
        }
        if self.instruction.not_after.is_some_and(|last| moment.now > last) {
            return Err(WalletError::NotAfterPassed);
        }
        let place = self.place(set)?;
        match ledger::check(set.slot::<Loaded>(), &self.posting()) {
            Ok(allowed) => self.carry_out(set, place, allowed, moment),
            Err(refusal) => {
                if let Some(answer) = refusal.as_receipt() {
                    let receipt = Receipt {
                        fingerprint: self.instruction.fingerprint(),
                        answer,
                    };
                    Receipts::give(set, self.instruction.client_id, self.instruction.from.id, receipt);
                }
                Err(refusal)
            }
        }
    }
}

/// `transfer.status`: asked in the ledger's lane and under its lock, so that a payment which is queued before it, or
/// whose COMMIT is under way on any node, is not taken for one that never was.
#[derive(Debug)]
pub(super) struct FindTransfer {
    pub(super) client_id: ClientId,
    pub(super) actor: UserId,
}

impl Operation for FindTransfer {
    type Answer = Result<TransferFound, WalletError>;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<Loaded>().want_transfer(self.client_id, self.actor);
        set.slot::<Receipts>().want(self.client_id, self.actor);
    }

    fn decide(&self, set: &mut WorkingSet, _: Moment) -> Self::Answer {
        if let Some(transfer) = set.slot::<Loaded>().posted(self.client_id, self.actor) {
            return Ok(TransferFound::Posted(Box::new(transfer.clone())));
        }
        let receipt = Receipts::get(set, self.client_id, self.actor);
        let refusal = receipt.and_then(|receipt| WalletError::from_receipt(&receipt.answer));
        refusal.map(TransferFound::Refused).ok_or(WalletError::TransferNotFound)
    }
}

/// Play money from the sandbox's account to a person.
#[derive(Debug)]
pub(super) struct Fund {
    pub(super) client_id: ClientId,
    pub(super) to: UserId,
    pub(super) money: Money,
}

impl Operation for Fund {
    type Answer = Result<Decision, WalletError>;

    fn wants(&self, set: &mut WorkingSet) {
        let (debit, credit) = self.sides();
        set.slot::<Loaded>().want(debit, credit, self.client_id, UserId::SYSTEM);
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        let (debit, credit) = self.sides();
        let minor = self.money.minor().to_be_bytes();
        let fingerprint = Fingerprint::of(
            "fund",
            &[&self.to.bytes(), &minor, self.money.currency().code().as_bytes()],
        );
        if let Some(transfer) = set.slot::<Loaded>().posted(self.client_id, UserId::SYSTEM).cloned() {
            if transfer.fingerprint != fingerprint {
                return Err(WalletError::IdempotencyConflict);
            }
            return found(set, transfer, debit, credit, moment);
        }
        let posting = Posting {
            client_id: self.client_id,
            actor: UserId::SYSTEM,
            fingerprint,
            kind: TransferKind::Funding,
            debit,
            credit,
            money: self.money,
            note: String::new(),
        };
        let allowed = ledger::check(set.slot::<Loaded>(), &posting)?;
        let transfer = ledger::apply(set.slot::<Loaded>(), posting, allowed, None);
        moved(set, transfer, debit, credit, None, Vec::new())
    }
}

impl Fund {
    const fn sides(&self) -> (AccountKey, AccountKey) {
        let currency = self.money.currency();
        (AccountKey::sandbox(currency), AccountKey::person(self.to, currency))
    }
}

/// A transfer that stands in the ledger already. After a COMMIT of unknown outcome it may be what that COMMIT wrote,
/// of which nobody was told yet; to announce it twice does no harm, since everybody knows by its position whether they
/// had it.
fn found(
    set: &mut WorkingSet,
    transfer: Transfer,
    debit: AccountKey,
    credit: AccountKey,
    moment: Moment,
) -> Result<Decision, WalletError> {
    if !moment.after_unknown {
        return Ok(Decision::Repeated(Box::new(transfer)));
    }
    let message = set
        .slot::<log::Loaded>()
        .posted(transfer.client_id, transfer.actor)
        .cloned();
    let card = message.map(log::found);
    let (after, seq) = ((transfer.debit_after, transfer.credit_after), transfer.seq);
    match moved(set, transfer, debit, credit, card, Vec::new())? {
        Decision::Posted(mut moved) => {
            // Later postings may have moved the accounts since: this announcement is of this position.
            (moved.debit.posted, moved.debit.last_seq) = (after.0, seq);
            (moved.credit.posted, moved.credit.last_seq) = (after.1, seq);
            Ok(Decision::Posted(moved))
        }
        repeated @ Decision::Repeated(_) => Ok(repeated),
    }
}

fn moved(
    set: &mut WorkingSet,
    transfer: Transfer,
    debit: AccountKey,
    credit: AccountKey,
    card: Option<Posted>,
    items: Vec<ItemChange>,
) -> Result<Decision, WalletError> {
    let ledger = set.slot::<Loaded>();
    let (debit, credit) = match (ledger.account(debit), ledger.account(credit)) {
        (Some(debit), Some(credit)) => (*debit, *credit),
        _ => return Err(WalletError::Failed(Failure::Internal)),
    };
    let advanced = &mut set.slot::<Advanced>().0;
    advanced.push((LogId::Account(debit.id), transfer.seq));
    advanced.push((LogId::Account(credit.id), transfer.seq));
    Ok(Decision::Posted(Box::new(Moved {
        transfer,
        debit,
        credit,
        card,
        items,
    })))
}

fn card_body(instruction: &Instruction) -> Body {
    let (kind, id, data) = wire::card(instruction);
    Body::Card { kind, id, data }
}
