//! Flows at the wallet's door: each command goes through the actor of the person who gives it, into the ledger's lane,
//! and is told to everybody once it is committed.

use std::collections::BTreeMap;

use super::act::Terms;
use super::store::Stored;
use super::terms::{self, Opening};
use super::{
    Act, Bill, Dispute, Flow, Offer, Open, Packet, PacketKind, Party, Request, RunDue, Schedule, Split, Stepped, bill,
    offer, packet, request, schedule, store, view,
};
use crate::clock::Micros;
use crate::group_commit::{Failure, Full, Operation};
use crate::ids::{ClientId, ConversationId, FlowId, UserId};
use crate::protocol::{BillsNetted, ClaimView, FlowDone, LogId, ShownPacket};
use crate::reply::Reply;
use crate::wallet::account::AccountKey;
use crate::wallet::actor::{Place, announce_moved};
use crate::wallet::commands::RunFor;
use crate::wallet::flow::{FlowKind, FlowRef};
use crate::wallet::ledger::PlacedLeg;
use crate::wallet::money::{Currency, Money};
use crate::wallet::operations::Moved;
use crate::wallet::rules::recurrence::Recurrence;
use crate::wallet::transfer::TransferId;
use crate::wallet::{Conditions, Wallet, WalletError};

/// Open bills that are netted at once, at most: with 100 shares each they are as many debts as are settled at once.
const NETTED_BILLS: u64 = 100;

/// The answer to whatever is asked of a flow.
pub type FlowAnswer = Result<FlowDone, WalletError>;

/// Who asks something, under their own id.
#[derive(Debug, Clone, Copy)]
pub struct Asking {
    /// Who.
    pub actor: UserId,
    /// Under which id.
    pub client_id: ClientId,
    /// Now.
    pub at: Micros,
    /// On what it is done, beside what it is.
    pub conditions: Conditions,
}

/// What somebody decides about a payment that is to be accepted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferAnswer {
    /// Take it.
    Accept,
    /// Not wanted.
    Decline,
    /// Take it back.
    Cancel,
}

impl Wallet {
    pub(super) fn terms(&self) -> Terms {
        Terms {
            fee: self.settings.fee,
            timers: self.settings.timers,
        }
    }

    pub(super) fn opening(&self, asking: Asking, conversation: ConversationId) -> Opening {
        Opening {
            client_id: asking.client_id,
            creator: asking.actor,
            conversation,
            at: asking.at,
            timers: self.settings.timers,
        }
    }

    /// Accepts, declines or takes back a payment that is to be accepted first.
    pub fn answer_offer(&self, asking: Asking, of: TransferId, answer: OfferAnswer, reply: Reply<FlowAnswer>) {
        let id = FlowRef::of(FlowKind::Offer, of.client_id, of.actor).id;
        let (command, meaning): (_, &[u8]) = match answer {
            OfferAnswer::Accept => (offer::Command::Accept, b"accept"),
            OfferAnswer::Decline => (offer::Command::Decline, b"decline"),
            OfferAnswer::Cancel => (offer::Command::Cancel, b"cancel"),
        };
        let by = (asking.client_id, asking.actor);
        let act = Act::<Offer>::new(by, id, (command, meaning), self.terms());
        self.run_flow(asking.actor, act, reply);
    }

    /// Asks people for money.
    pub fn create_request(
        &self,
        asking: Asking,
        conversation: ConversationId,
        payers: &[UserId],
        (money, note): (Money, String),
        reply: Reply<FlowAnswer>,
    ) {
        match terms::request(&self.opening(asking, conversation), payers, money, note) {
            Ok(flow) => {
                let parties = payers.to_vec();
                self.run_flow(asking.actor, Open::new(flow, Vec::new(), parties), reply);
            }
            Err(refusal) => reply.send(Err(refusal)),
        }
    }

    /// Pays what one was asked for; `fee` is what the payer agreed to, in minor units of the request's currency.
    pub fn pay_request(&self, asking: Asking, id: FlowId, fee: Option<i64>, reply: Reply<FlowAnswer>) {
        let by = (asking.client_id, asking.actor);
        let act = Act::<Request>::new(by, id, (request::Command::Pay(fee), b"pay"), self.terms());
        self.run_flow(asking.actor, act.on(asking.conditions), reply);
    }

    /// Declines a request, or takes one's own back.
    pub fn end_request(&self, asking: Asking, id: FlowId, cancel: bool, reply: Reply<FlowAnswer>) {
        let (command, meaning): (_, &[u8]) = if cancel {
            (request::Command::Cancel, b"cancel")
        } else {
            (request::Command::Decline, b"decline")
        };
        let by = (asking.client_id, asking.actor);
        let act = Act::<Request>::new(by, id, (command, meaning), self.terms());
        self.run_flow(asking.actor, act, reply);
    }

    /// Makes a red packet; `seed` is random.
    pub fn create_packet(
        &self,
        asking: Asking,
        conversation: ConversationId,
        content: (PacketKind, Money, u32),
        (greeting, seed): (String, [u8; 32]),
        reply: Reply<FlowAnswer>,
    ) {
        match terms::packet(&self.opening(asking, conversation), content, greeting, seed) {
            Ok((flow, steps)) => {
                let open = Open::new(flow, steps, Vec::new()).on(asking.conditions);
                self.run_flow(asking.actor, open, reply);
            }
            Err(refusal) => reply.send(Err(refusal)),
        }
    }

    /// Takes a share of a packet.
    pub fn claim_packet(&self, asking: Asking, id: FlowId, reply: Reply<FlowAnswer>) {
        let by = (asking.client_id, asking.actor);
        let act = Act::<Packet>::new(by, id, (packet::Command::Claim, b"claim"), self.terms());
        self.run_flow(asking.actor, act, reply);
    }

    /// Opens a bill; see [`terms::bill`] for the parts.
    pub fn create_bill(
        &self,
        asking: Asking,
        conversation: ConversationId,
        (total, split, note): (Money, Split, String),
        parts: &[(UserId, i64)],
        reply: Reply<FlowAnswer>,
    ) {
        match terms::bill(&self.opening(asking, conversation), (total, split), parts, note) {
            Ok(flow) => {
                let parties = flow.told();
                self.run_flow(asking.actor, Open::new(flow, Vec::new(), parties), reply);
            }
            Err(refusal) => reply.send(Err(refusal)),
        }
    }

    /// Pays one's share of a bill; `fee` is what the payer agreed to, in minor units of the bill's currency.
    pub fn pay_bill(&self, asking: Asking, id: FlowId, fee: Option<i64>, reply: Reply<FlowAnswer>) {
        let by = (asking.client_id, asking.actor);
        let act = Act::<Bill>::new(by, id, (bill::Command::Pay(fee), b"pay"), self.terms());
        self.run_flow(asking.actor, act.on(asking.conditions), reply);
    }

    /// Takes back what of one's bill is still open.
    pub fn cancel_bill(&self, asking: Asking, id: FlowId, reply: Reply<FlowAnswer>) {
        let by = (asking.client_id, asking.actor);
        let act = Act::<Bill>::new(by, id, (bill::Command::Cancel, b"cancel"), self.terms());
        self.run_flow(asking.actor, act, reply);
    }

    /// Plans payments.
    pub fn create_schedule(
        &self,
        asking: Asking,
        conversation: ConversationId,
        to: UserId,
        (money, times, note): (Money, Recurrence, String),
        reply: Reply<FlowAnswer>,
    ) {
        match terms::schedule(&self.opening(asking, conversation), to, (money, times), note) {
            Ok(flow) => {
                let open = Open::new(flow, Vec::new(), Vec::new()).on(asking.conditions);
                self.run_flow(asking.actor, open, reply);
            }
            Err(refusal) => reply.send(Err(refusal)),
        }
    }

    /// Ends one's own plan.
    pub fn cancel_schedule(&self, asking: Asking, id: FlowId, reply: Reply<FlowAnswer>) {
        let by = (asking.client_id, asking.actor);
        let act = Act::<Schedule>::new(by, id, (schedule::Command::Cancel, b"cancel"), self.terms());
        self.run_flow(asking.actor, act, reply);
    }

    /// A packet as `reader` may see it, with a page of its claims behind a place. Whether they are a member of its
    /// conversation is asked with it.
    ///
    /// # Errors
    /// [`WalletError::NotAMember`], also of a packet that there is not; or when the database could not tell.
    pub async fn show_packet(
        &self,
        reader: UserId,
        id: FlowId,
        after: Option<i64>,
        limit: u64,
    ) -> Result<ShownPacket, WalletError> {
        let packet: Option<Packet> = store::find(&self.db, id).await?;
        let packet = packet.ok_or(WalletError::NotAMember)?;
        let conversation = packet.head.card.conversation;
        self.shared.chat.must_be_member(reader, conversation).await?;
        let mine = store::party_of(&self.db, id, reader).await?;
        let currency = packet.head.currency;
        let claim = |party: &Party| ClaimView {
            user: party.user,
            amount: currency.format(party.minor),
            place: party.place,
            at: party.at,
        };
        let open = packet.head.state.is_open();
        let (mut claims, mut next) = (Vec::new(), None);
        if !open || mine.is_some() || packet.head.creator == reader {
            let found = store::parties_page(&self.db, id, after.unwrap_or(-1), limit + 1).await?;
            let shown = usize::try_from(limit).unwrap_or(usize::MAX).min(found.len());
            claims = found[..shown].iter().map(claim).collect();
            next = (found.len() > shown).then(|| found[shown.saturating_sub(1)].place.to_string());
        }
        Ok(ShownPacket {
            flow: view::flow_view(&packet),
            mine: mine.as_ref().map(claim),
            claims,
            next,
        })
    }

    /// Few payments that settle what a conversation's open bills leave open, for each currency.
    ///
    /// # Errors
    /// [`WalletError::NotAMember`]; [`WalletError::BalanceLimit`] when sums leave the range of the ledger; or when the
    /// database could not tell.
    pub async fn net_bills(&self, reader: UserId, conversation: ConversationId) -> Result<BillsNetted, WalletError> {
        self.shared.chat.must_be_member(reader, conversation).await?;
        let bills = store::open_bills(&self.db, conversation, NETTED_BILLS).await?;
        let more = u64::try_from(bills.len()).is_ok_and(|found| found >= NETTED_BILLS);
        let mut by_currency: BTreeMap<Currency, Vec<&Bill>> = BTreeMap::new();
        for bill in &bills {
            by_currency.entry(bill.head.currency).or_default().push(bill);
        }
        let currencies = by_currency.into_iter();
        let currencies = currencies.map(|(currency, bills)| view::netting(currency, &bills));
        Ok(BillsNetted {
            currencies: currencies.collect::<Result<_, _>>()?,
            more,
        })
    }

    /// Does what the time of flows brings; tells how many there were.
    ///
    /// # Errors
    /// When the database could not tell, or a batch failed.
    pub async fn run_due(&self, now: Micros) -> Result<usize, WalletError> {
        Ok(self.due_of::<Offer>(now).await?
            + self.due_of::<Request>(now).await?
            + self.due_of::<Packet>(now).await?
            + self.due_of::<Bill>(now).await?
            + self.due_of::<Schedule>(now).await?
            + self.due_of::<Dispute>(now).await?)
    }

    /// What cannot be done is put off, so that each look leaves less that is due.
    async fn due_of<F: Stored>(&self, now: Micros) -> Result<usize, WalletError> {
        let (mut done, mut alone) = (0, false);
        while store::has_due::<F>(&self.db, now).await? {
            let run = if alone { RunDue::first } else { RunDue::<F>::new };
            let due = match self.shared.lane.ask(run(self.terms())).await {
                // The database refuses what the rules allowed: of which one is found out one by one.
                Err(Failure::Constraint(_) | Failure::Internal) if !alone => {
                    alone = true;
                    continue;
                }
                Err(Failure::Constraint(_) | Failure::Internal) => {
                    alone = false;
                    self.shared.lane.ask(RunDue::<F>::put_off_first(self.terms())).await??
                }
                other => other??,
            };
            done += due.stepped.len();
            for stepped in due.stepped {
                self.tell(stepped, UserId::SYSTEM);
            }
            if !due.more {
                break;
            }
        }
        Ok(done)
    }

    /// Puts something into the lane through the actor of the person who wants it, which keeps the order of what they
    /// want and bounds it. Which account a flow moves is known only under the lock, so it is the actor of their account
    /// in the default currency.
    pub(super) fn run_flow<F, O>(&self, actor: UserId, operation: O, reply: Reply<FlowAnswer>)
    where
        F: Stored,
        O: Operation<Answer = Result<Stepped<F>, WalletError>>,
    {
        let wallet = self.clone();
        let job = Box::new(move |place: Result<Place, WalletError>| {
            let place = match place {
                Ok(place) => place,
                Err(refusal) => return reply.send(Err(refusal)),
            };
            let lane = wallet.shared.lane.clone();
            let settle = Reply::new(move |outcome: Option<Result<O::Answer, Failure>>| {
                drop(place);
                match outcome.unwrap_or(Err(Failure::Unknown)) {
                    Ok(Ok(stepped)) => {
                        reply.send(Ok(view::done(&stepped, actor)));
                        if !stepped.duplicate {
                            wallet.tell(stepped, actor);
                        }
                    }
                    Ok(Err(refusal)) => reply.send(Err(refusal)),
                    Err(failure) => reply.send(Err(failure.into())),
                }
            });
            if let Err(Full(settle)) = lane.submit(operation, settle) {
                settle.send(Err(Failure::Busy));
            }
        });
        let account = AccountKey::person(actor, self.settings.currencies.default_currency());
        if let Err(full) = self.directory.send(account.id(), RunFor { job }) {
            (full.0.job)(Err(WalletError::Busy));
        }
    }

    /// Tells everybody what became of a flow: its card, what was moved, and its new state to those who take part.
    pub(super) fn tell<F: Flow>(&self, stepped: Stepped<F>, actor: UserId) {
        let push = stepped.flow.push();
        let mut people = stepped.flow.told();
        people.extend([stepped.flow.head().creator, actor]);
        people.sort_unstable();
        people.dedup();
        people.retain(|user| *user != UserId::SYSTEM);
        self.announce_soon(stepped.moved);
        self.shared.router.deliver_ephemeral(people.iter().copied(), &push);
        for user in people {
            self.shared.publisher.ephemeral(&[user], LogId::User(user), &push);
        }
    }

    fn announce_soon(&self, moved: Moved) {
        if moved.legs.iter().all(|leg| PlacedLeg::people(leg).is_none()) {
            // No name stands beside what moved.
            return announce_moved(&self.shared, &self.directory, &moved, &std::collections::HashMap::new());
        }
        let wallet = self.clone();
        self.db.runtime().spawn(async move { wallet.announce(&moved).await });
    }
}
