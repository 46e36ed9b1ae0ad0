//! Flows as people want them, checked as far as they can be without the database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::request::PAYERS;
use super::{
    Bill, Dispute, FlowState, Head, LastRun, Offer, Packet, PacketKind, Party, PartyState, REMINDERS, Request,
    Schedule, Split, Timers, offer,
};
use crate::clock::Micros;
use crate::ids::{ClientId, ConversationId, FlowId, UserId};
use crate::op_receipt::Fingerprint;
use crate::wallet::WalletError;
use crate::wallet::account::{AccountKey, AccountKind};
use crate::wallet::flow::{FlowKind, FlowRef};
use crate::wallet::ledger::{Leg, Step};
use crate::wallet::money::{Currency, Money};
use crate::wallet::rules::draw::{Pot, Seed};
use crate::wallet::rules::recurrence::{End, Recurrence};
use crate::wallet::rules::split::{self, SplitError};
use crate::wallet::transfer::{Card, Purpose, TransferId};

/// Due times of one plan at most.
const TIMES: u32 = 10_000;

/// Who opens a flow, under which id, where, and when.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    /// The creator's own id of it.
    pub client_id: ClientId,
    /// The creator.
    pub creator: UserId,
    /// Where its card goes.
    pub conversation: ConversationId,
    /// Now.
    pub at: Micros,
    /// How long flows last.
    pub timers: Timers,
}

impl Opening {
    pub(super) fn head(&self, kind: FlowKind, currency: Currency, meaning: &[&[u8]], lasts: Option<i64>) -> Head {
        let (client_id, creator) = (self.client_id, self.creator);
        let conversation = self.conversation.bytes();
        let parts: Vec<&[u8]> = std::iter::once(conversation.as_slice())
            .chain(meaning.iter().copied())
            .collect();
        Head {
            id: FlowRef::of(kind, client_id, creator).id,
            client_id,
            creator,
            fingerprint: Fingerprint::of(kind.as_str(), &parts),
            card: Card {
                conversation: self.conversation,
                seq: 0,
            },
            currency,
            state: FlowState::Open,
            at: self.at,
            expires_at: lasts.map(|lasts| Micros(self.at.0.saturating_add(lasts))),
            due_at: None,
            reminded: 0,
            retry_at: None,
        }
    }
}

fn party(user: UserId, minor: i64, place: usize, at: Micros, state: PartyState) -> Party {
    Party {
        user,
        state,
        minor,
        place: i64::try_from(place).unwrap_or(i64::MAX),
        client_id: None,
        at,
    }
}

/// What waits for `payee` to accept: an amount, its fee in minor units, and what it is for.
#[must_use]
pub fn offer(
    opening: &Opening,
    payee: UserId,
    (money, fee, note): (Money, i64, String),
    fingerprint: Fingerprint,
) -> Offer {
    let timers = opening.timers;
    let mut head = opening.head(FlowKind::Offer, money.currency(), &[], Some(timers.offer));
    head.fingerprint = fingerprint;
    head.remind_or_end(opening.at, timers.offer_reminder, offer::REMINDERS);
    Offer {
        head,
        payee,
        money,
        fee,
        note,
    }
}

/// A request of `money` from each of `payers`.
///
/// # Errors
/// [`WalletError::PayersInvalid`] without a payer, with more than 100, with somebody twice or with the creator.
pub fn request(opening: &Opening, payers: &[UserId], money: Money, note: String) -> Result<Request, WalletError> {
    let distinct: BTreeSet<_> = payers.iter().collect();
    let fine =
        (1..=PAYERS).contains(&payers.len()) && distinct.len() == payers.len() && !distinct.contains(&opening.creator);
    if !fine {
        return Err(WalletError::PayersInvalid);
    }
    let named: Vec<u8> = distinct.iter().flat_map(|user| user.bytes()).collect();
    let (minor, currency) = (money.minor(), money.currency());
    let meaning: [&[u8]; 4] = [
        &named,
        &minor.to_be_bytes(),
        currency.code().as_bytes(),
        note.as_bytes(),
    ];
    let mut head = opening.head(FlowKind::Request, currency, &meaning, Some(opening.timers.request));
    head.remind_or_end(opening.at, opening.timers.request_reminder, REMINDERS);
    let payers = payers.iter().enumerate();
    let payers = payers.map(|(place, user)| party(*user, minor, place, opening.at, PartyState::Open));
    Ok(Request {
        head,
        money,
        note,
        payers: payers.collect(),
    })
}

/// A packet of `total` in `count` shares, and the step that fills it.
///
/// # Errors
/// [`WalletError::PacketInvalid`].
pub fn packet(
    opening: &Opening,
    (kind, total, count): (PacketKind, Money, u32),
    greeting: String,
    seed: [u8; 32],
) -> Result<(Packet, Vec<Step>), WalletError> {
    let count = i64::from(count);
    Pot::of(total.minor(), count).map_err(|_| WalletError::PacketInvalid)?;
    let (minor, currency) = (total.minor().to_be_bytes(), total.currency());
    let meaning: [&[u8]; 5] = [
        &minor,
        currency.code().as_bytes(),
        &count.to_be_bytes(),
        kind.as_str().as_bytes(),
        greeting.as_bytes(),
    ];
    let mut head = opening.head(FlowKind::Packet, currency, &meaning, Some(opening.timers.packet));
    head.due_at = head.expires_at;
    let fill = Step::Post(Leg {
        debit: AccountKey::person(opening.creator, currency).into(),
        credit: AccountKey::system(AccountKind::Escrow, currency).into(),
        money: total,
        purpose: Purpose::Packet,
        note: greeting.clone(),
    });
    let packet = Packet {
        head,
        kind,
        total,
        count,
        claimed: 0,
        claimed_minor: 0,
        seed: Seed::of(seed),
        greeting,
        claims: BTreeMap::new(),
        shares: Arc::default(),
    };
    Ok((packet, vec![fill]))
}

/// A bill of `total`, split among people by their parts: minor units for [`Split::Exact`], basis points for
/// [`Split::Percent`], weights for [`Split::Weights`]; for [`Split::Equal`] they say nothing.
///
/// # Errors
/// [`WalletError::ShareMismatch`] when the parts do not sum to the whole, [`WalletError::PayersInvalid`] for people who
/// cannot share it.
pub fn bill(
    opening: &Opening,
    (total, split): (Money, Split),
    parts: &[(UserId, i64)],
    note: String,
) -> Result<Bill, WalletError> {
    let (minor, currency) = (total.minor(), total.currency());
    let shares = match split {
        Split::Equal => split::equal(minor, &parts.iter().map(|(user, _)| *user).collect::<Vec<_>>()),
        Split::Exact => split::exact(minor, parts),
        Split::Percent => split::percent(minor, parts),
        Split::Weights => split::weights(minor, parts),
    };
    let shares = shares.map_err(|error| match error {
        SplitError::Mismatch { difference } => WalletError::ShareMismatch { difference },
        SplitError::TotalOutOfRange => WalletError::AmountInvalid,
        _ => WalletError::PayersInvalid,
    })?;
    let named: Vec<u8> = shares
        .iter()
        .flat_map(|share| [share.who.bytes().as_slice(), &share.minor.to_be_bytes()].concat())
        .collect();
    let meaning: [&[u8]; 5] = [
        &minor.to_be_bytes(),
        currency.code().as_bytes(),
        split.as_str().as_bytes(),
        &named,
        note.as_bytes(),
    ];
    let mut head = opening.head(FlowKind::Bill, currency, &meaning, Some(opening.timers.bill));
    head.remind_or_end(opening.at, opening.timers.bill_reminder, REMINDERS);
    let shares = shares.iter().enumerate().map(|(place, share)| {
        let own = share.who == opening.creator;
        let state = if own { PartyState::Own } else { PartyState::Open };
        party(share.who, share.minor, place, opening.at, state)
    });
    Ok(Bill {
        head,
        total,
        split,
        note,
        shares: shares.collect(),
    })
}

/// A dispute of a payment, of which the row `of` moved `money` to `payee`. There is one of each payment at most: its id
/// follows from the payment's.
#[must_use]
pub fn dispute(
    opening: &Opening,
    (payment, of): (TransferId, TransferId),
    (payee, money): (UserId, Money),
    reason: String,
) -> Dispute {
    let meaning = [payment.to_string(), reason.clone()];
    let meaning: Vec<&[u8]> = meaning.iter().map(|part| part.as_bytes()).collect();
    let mut head = opening.head(FlowKind::Dispute, money.currency(), &meaning, None);
    head.id = dispute_of(payment);
    head.due_at = Some(Micros(opening.at.0.saturating_add(opening.timers.dispute_review)));
    Dispute {
        head,
        payee,
        payment,
        of,
        money,
        reason,
        answer: String::new(),
        decision: String::new(),
    }
}

/// The dispute of a payment, if there is one.
#[must_use]
pub fn dispute_of(payment: TransferId) -> FlowId {
    FlowRef::of(FlowKind::Dispute, payment.client_id, payment.actor).id
}

/// A plan to pay `to` at these times.
///
/// # Errors
/// [`WalletError::SelfTransfer`]; [`WalletError::ScheduleInvalid`] for times that are none or too many. Whether they are
/// past is asked when it is opened: whoever repeats the request later is told of the plan that stands.
pub fn schedule(
    opening: &Opening,
    to: UserId,
    (money, times): (Money, Recurrence),
    note: String,
) -> Result<Schedule, WalletError> {
    if to == opening.creator {
        return Err(WalletError::SelfTransfer);
    }
    let end = match times.end {
        End::Never => Vec::new(),
        End::Count(count) if (1..=TIMES).contains(&count) => i64::from(count).to_be_bytes().to_vec(),
        End::Until(until) if until >= times.first => until.0.to_string().into_bytes(),
        End::Count(_) | End::Until(_) => return Err(WalletError::ScheduleInvalid),
    };
    let first = times.due(0).ok_or(WalletError::ScheduleInvalid)?;
    let (minor, currency) = (money.minor().to_be_bytes(), money.currency());
    let meaning: [&[u8]; 7] = [
        &to.bytes(),
        &minor,
        currency.code().as_bytes(),
        note.as_bytes(),
        &times.first.0.to_be_bytes(),
        super::view::every_word(times.every).as_bytes(),
        &end,
    ];
    let mut head = opening.head(FlowKind::Schedule, currency, &meaning, None);
    head.due_at = Some(first);
    Ok(Schedule {
        head,
        payee: to,
        money,
        note,
        times,
        next: 0,
        paid: 0,
        skipped: 0,
        failed: 0,
        last: LastRun::None,
    })
}
