//! What the cards of flows show to every member, and how a flow is told.

use super::schedule::LastRun;
use super::{Bill, Dispute, Flow, Offer, Packet, Party, Request, Schedule, Stepped};
use crate::ids::UserId;
use crate::protocol::{
    self, BillCard, DisputeCard, FlowDone, FlowView, MovedView, NetPayment, NettingView, PacketCard, PartyView,
    RequestCard, ScheduleCard, TransferCard, TransferChanged,
};
use crate::wallet::WalletError;
use crate::wallet::flow::FlowKind;
use crate::wallet::ledger::PlacedLeg;
use crate::wallet::money::Currency;
use crate::wallet::rules::netting;
use crate::wallet::rules::recurrence::{End, Every};
use crate::wallet::transfer::{Purpose, TransferKind};

fn party_view(party: &Party, currency: Currency) -> PartyView {
    PartyView {
        user: party.user,
        state: party.state.as_str(),
        amount: currency.format(party.minor),
    }
}

pub(super) fn offer_card(offer: &Offer) -> String {
    let (amount, currency) = (offer.money.to_string(), offer.money.currency());
    protocol::to_json(&TransferCard {
        from: offer.head.creator,
        to: offer.payee,
        amount: &amount,
        currency: currency.code(),
        note: &offer.note,
        state: offer.word(),
        refunded: None,
        expires_at: offer.head.expires_at,
    })
}

/// Whether a card tells an offer as it is; it may say what went back as well.
pub(super) fn offer_is_told_by(offer: &Offer, card: &str) -> bool {
    protocol::says_all_of(card, &offer_card(offer))
}

/// The push of an offer's change: the payment came to this state.
pub(super) fn offer_changed(offer: &Offer) -> bytes::Bytes {
    let head = &offer.head;
    let changed = TransferChanged {
        id: offer.card_id(),
        client_id: head.client_id,
        state: offer.word(),
        from: head.creator,
        to: offer.payee,
        amount: offer.money.to_string(),
        currency: offer.money.currency().code().to_owned(),
        conversation: Some(head.card.conversation),
    };
    protocol::push("transfer.changed", &changed)
}

pub(super) fn request_card(request: &Request) -> String {
    let (amount, currency) = (request.money.to_string(), request.head.currency);
    protocol::to_json(&RequestCard {
        from: request.head.creator,
        amount: &amount,
        currency: currency.code(),
        note: &request.note,
        state: request.head.state.as_str(),
        payers: request.payers.iter().map(|party| party_view(party, currency)).collect(),
        expires_at: request.head.expires_at,
    })
}

pub(super) fn packet_card(packet: &Packet) -> String {
    let (total, currency) = (packet.total.to_string(), packet.head.currency);
    let ended = !packet.head.state.is_open();
    protocol::to_json(&PacketCard {
        from: packet.head.creator,
        kind: packet.kind.as_str(),
        total: &total,
        currency: currency.code(),
        count: packet.count,
        claimed: packet.claimed,
        greeting: &packet.greeting,
        state: packet.head.state.as_str(),
        commitment: &packet.commitment(),
        seed: ended.then(|| hex::encode(packet.seed.bytes())),
        expires_at: packet.head.expires_at,
    })
}

pub(super) fn bill_card(bill: &Bill) -> String {
    let (total, currency) = (bill.total.to_string(), bill.head.currency);
    protocol::to_json(&BillCard {
        from: bill.head.creator,
        total: &total,
        paid: &currency.format(bill.paid()),
        currency: currency.code(),
        split: bill.split.as_str(),
        note: &bill.note,
        state: bill.head.state.as_str(),
        shares: bill.shares.iter().map(|party| party_view(party, currency)).collect(),
        expires_at: bill.head.expires_at,
    })
}

/// The word of a rhythm on the wire.
#[must_use]
pub const fn every_word(every: Every) -> &'static str {
    match every {
        Every::Once => "once",
        Every::Day => "day",
        Every::Week => "week",
        Every::Month => "month",
        Every::Year => "year",
    }
}

/// Reads the word of a rhythm.
#[must_use]
pub fn every_of(word: &str) -> Option<Every> {
    let all = [Every::Once, Every::Day, Every::Week, Every::Month, Every::Year];
    all.into_iter().find(|every| every_word(*every) == word)
}

pub(super) fn schedule_card(plan: &Schedule) -> String {
    let amount = plan.money.to_string();
    let (times, until) = match plan.times.end {
        End::Never => (None, None),
        End::Count(times) => (Some(times), None),
        End::Until(until) => (None, Some(until)),
    };
    protocol::to_json(&ScheduleCard {
        from: plan.head.creator,
        to: plan.payee,
        amount: &amount,
        currency: plan.money.currency().code(),
        note: &plan.note,
        every: every_word(plan.times.every),
        state: plan.head.state.as_str(),
        next_at: plan.head.due_at,
        times,
        until,
        paid: plan.paid,
        skipped: plan.skipped,
        failed: plan.failed,
        last: plan.last.word(),
    })
}

/// The card of one payment that a plan makes.
pub(super) fn scheduled_payment_card(plan: &Schedule) -> String {
    let amount = plan.money.to_string();
    protocol::to_json(&TransferCard {
        from: plan.head.creator,
        to: plan.payee,
        amount: &amount,
        currency: plan.money.currency().code(),
        note: &plan.note,
        state: TransferKind::Post.state(),
        refunded: None,
        expires_at: None,
    })
}

impl LastRun {
    /// The word in the database and on the wire.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::None => "",
            Self::Paid => "paid",
            Self::Skipped => "skipped",
            Self::Failed(code) => code,
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn read(word: &str) -> Self {
        match word {
            "" => Self::None,
            "paid" => Self::Paid,
            "skipped" => Self::Skipped,
            code => Self::Failed(code.to_owned()),
        }
    }
}

/// How a flow stands, for every member of its conversation.
pub(in crate::wallet) fn flow_view<F: Flow>(flow: &F) -> FlowView {
    let head = flow.head();
    FlowView {
        id: flow.card_id(),
        kind: F::KIND.as_str(),
        state: flow.word(),
        conversation: head.card.conversation,
        seq: head.card.seq,
        data: protocol::raw_json(flow.card()),
    }
}

/// The answer to `actor`.
pub(in crate::wallet) fn done<F: Flow>(stepped: &Stepped<F>, actor: UserId) -> FlowDone {
    FlowDone {
        flow: flow_view(&stepped.flow),
        transfer: moved_view(&stepped.moved.legs, actor),
        duplicate: stepped.duplicate,
    }
}

/// What these rows did to the account of `actor`: the first that touches it, with the fee beside it.
fn moved_view(legs: &[PlacedLeg], actor: UserId) -> Option<MovedView> {
    let own = |leg: &&PlacedLeg| leg.debit.key.owner == actor || leg.credit.key.owner == actor;
    let first = legs.iter().find(own)?;
    let last = legs.iter().rfind(own).unwrap_or(first);
    let (money, transfer) = (first.transfer.money, &last.transfer);
    let after = if last.debit.key.owner == actor {
        transfer.debit_after
    } else {
        transfer.credit_after
    };
    let fee = legs
        .iter()
        .find(|leg| leg.transfer.purpose == Purpose::Fee && leg.debit.key.owner == actor);
    Some(MovedView {
        id: first.transfer.id().to_string(),
        amount: money.to_string(),
        currency: money.currency().code().to_owned(),
        balance: money.currency().format(after),
        fee: fee.map(|leg| leg.transfer.money.to_string()),
        at: first.transfer.at,
    })
}

pub(super) fn dispute_card(dispute: &Dispute) -> String {
    let (amount, currency) = (dispute.money.to_string(), dispute.head.currency);
    protocol::to_json(&DisputeCard {
        from: dispute.head.creator,
        to: dispute.payee,
        transfer: &dispute.payment.to_string(),
        amount: &amount,
        currency: currency.code(),
        reason: &dispute.reason,
        answer: &dispute.answer,
        decision: &dispute.decision,
        state: dispute.head.state.as_str(),
    })
}

/// What settles these bills of one currency.
///
/// # Errors
/// [`WalletError::BalanceLimit`] when what somebody owes leaves the range of the ledger.
pub(super) fn netting(currency: Currency, bills: &[&Bill]) -> Result<NettingView, WalletError> {
    let debts: Vec<_> = bills.iter().flat_map(|bill| bill.debts()).collect();
    let settled = netting::settle(&debts).map_err(|_| WalletError::BalanceLimit)?;
    let payments = settled.iter().map(|payment| NetPayment {
        from: payment.from,
        to: payment.to,
        amount: currency.format(payment.minor),
    });
    Ok(NettingView {
        currency: currency.code().to_owned(),
        bills: u32::try_from(bills.len()).unwrap_or(u32::MAX),
        shares: u32::try_from(debts.len()).unwrap_or(u32::MAX),
        payments: payments.collect(),
    })
}

/// The name of the push that tells of a change.
pub(in crate::wallet) const fn push_name(kind: FlowKind) -> &'static str {
    match kind {
        FlowKind::Offer => "transfer.changed",
        FlowKind::Request => "request.changed",
        FlowKind::Packet => "packet.changed",
        FlowKind::Bill => "bill.changed",
        FlowKind::Schedule => "schedule.changed",
        FlowKind::Dispute => "dispute.changed",
        // They are told by a row of the owner's log.
        FlowKind::TopUp | FlowKind::Withdrawal => "item.changed",
    }
}
