//! `WalletActor`: one an account that is active on this node. It takes the account's payments in order, bounds them,
//! hands them to the ledger's lane without waiting for the ones before, and announces what was committed. It never
//! refuses from what it remembers: whether there is enough money is decided under the ledger's lock.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, ActorContext, Addr, AsyncContext, Context, Handler};

use super::account::Account;
use super::commands::{
    AnnounceMovement, HintAccount, PayFrom, PlaceFree, Retire, RunFor, TransferAnswer, TransferSettled,
};
use super::flow::FlowKind;
use super::flows::Timers;
use super::operations::{Decision, Moved, SubmitTransfer};
use super::transfer::{Paid, Purpose, Transfer, TransferKind};
use super::{BudgetFeed, WalletError, wire};
use crate::actor_directory::Directory;
use crate::chat::Chat;
use crate::delivery::{EncodedEvent, LogTail, Publisher, Router};
use crate::group_commit::{Failure, Full, Lane};
use crate::ids::{AccountId, ConversationId, UserId};
use crate::protocol::{LogId, UserView};
use crate::reply::Reply;

/// Before an actor that has something under way looks again whether it may end.
const RETIRE_RETRY: Duration = Duration::from_millis(500);

/// The live accounts of this node.
pub(super) type Accounts = Arc<Directory<AccountId, WalletActor>>;

/// What all accounts of this node share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) lane: Lane,
    pub(super) chat: Chat,
    pub(super) router: Arc<Router>,
    pub(super) publisher: Publisher,
    /// Whose money moved, for their budgets.
    pub(super) budgets: Arc<BudgetFeed>,
    /// Payments of one account in the lane at once, at most.
    pub(super) in_flight: usize,
    /// How long an unused account keeps its actor.
    pub(super) idle: Duration,
    /// How long flows last.
    pub(super) timers: Timers,
}

/// A place among what an account may have in the lane at once. It is free again when this is dropped.
pub(super) struct Place(Addr<WalletActor>);

impl Drop for Place {
    fn drop(&mut self) {
        // As many as are in flight, which is bounded.
        self.0.do_send(PlaceFree);
    }
}

/// See the module.
pub(super) struct WalletActor {
    id: AccountId,
    owner: Option<UserId>,
    shared: Shared,
    directory: Accounts,
    tail: LogTail,
    timer: bool,
    in_flight: usize,
    used_at: Instant,
}

impl WalletActor {
    pub(super) fn new(id: AccountId, shared: Shared, directory: Accounts) -> Self {
        Self {
            id,
            owner: None,
            shared,
            directory,
            tail: LogTail::default(),
            timer: false,
            in_flight: 0,
            used_at: Instant::now(),
        }
    }

    fn announce(&mut self, owner: UserId, event: EncodedEvent, context: &mut Context<Self>) {
        self.used_at = Instant::now();
        self.owner = Some(owner);
        let ready = self.tail.offer(event, Instant::now());
        self.deliver(ready, context);
    }

    fn deliver(&mut self, events: Vec<EncodedEvent>, context: &mut Context<Self>) {
        for event in events {
            self.shared.router.deliver(self.owner, &event);
        }
        if let Some(deadline) = self.tail.deadline()
            && !self.timer
        {
            self.timer = true;
            context.run_later(deadline.saturating_duration_since(Instant::now()), Self::repair);
        }
    }

    /// One person's sockets read their hole themselves: `head` tells them how far it goes.
    fn repair(&mut self, context: &mut Context<Self>) {
        self.timer = false;
        let now = Instant::now();
        let ready = match self.tail.overdue(now) {
            Some(hole) => {
                let head = EncodedEvent::head(LogId::Account(self.id), hole.from, hole.to);
                self.tail.repair(vec![head], hole.to, now)
            }
            None => Vec::new(),
        };
        self.deliver(ready, context);
    }

    fn retire_when_idle(&mut self, context: &mut Context<Self>) {
        if self.in_flight == 0 && self.used_at.elapsed() >= self.shared.idle {
            let address = context.address();
            self.directory.retire(self.id, &address);
            // Behind everything that was sent before: the directory gives this address out no more.
            address.do_send(Retire);
        }
    }
}

fn paid(legs: Vec<Transfer>, duplicate: bool) -> TransferAnswer {
    let paid = Paid::of(legs).ok_or(WalletError::Failed(Failure::Internal))?;
    Ok((paid, duplicate))
}

/// Tells everybody on this node and the others what a commit of this node moved: the card to the conversation, each
/// balance to its owner, the payment's state to both parties.
pub(super) fn announce_moved(shared: &Shared, directory: &Accounts, moved: &Moved, people: &HashMap<UserId, UserView>) {
    shared.chat.announce_items(moved.items.clone());
    for card in &moved.cards {
        shared.chat.announce_posted(card);
    }
    for leg in &moved.legs {
        let changed = wire::transfer_changed(leg);
        for account in [&leg.debit, &leg.credit] {
            let owner = account.key.owner;
            if owner == UserId::SYSTEM {
                continue;
            }
            announce_change(
                shared,
                directory,
                owner,
                account,
                wire::movement_event(leg, account, people),
            );
            if is_told(&leg.transfer) {
                shared.router.deliver_ephemeral([owner], &changed);
                shared.publisher.ephemeral(&[owner], LogId::User(owner), &changed);
            }
        }
    }
    for (event, account) in &moved.changes {
        let owner = account.key.owner;
        if owner != UserId::SYSTEM {
            announce_change(shared, directory, owner, account, wire::change_event(event, account));
        }
    }
}

/// Whether both parties hear of a row as a payment of its own. What becomes of one that is accepted first is told as its
/// own change.
fn is_told(row: &Transfer) -> bool {
    let offered = row.flow.is_some_and(|flow| flow.kind == FlowKind::Offer);
    row.purpose != Purpose::Fee && (!offered || row.kind == TransferKind::Hold)
}

fn announce_change(shared: &Shared, directory: &Accounts, owner: UserId, account: &Account, event: EncodedEvent) {
    shared.publisher.event(owner, &event);
    shared.budgets.note(owner);
    if shared.router.is_online(owner) {
        // A full mailbox makes a hole, which the next event shows.
        let _ = directory.send(account.id, AnnounceMovement { owner, event });
    }
}

impl Actor for WalletActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.run_interval(self.shared.idle, Self::retire_when_idle);
    }
}

impl Handler<PayFrom> for WalletActor {
    type Result = ();

    fn handle(&mut self, message: PayFrom, context: &mut Self::Context) {
        self.used_at = Instant::now();
        let PayFrom { instruction, reply } = message;
        self.owner = Some(instruction.from.id);
        if self.in_flight >= self.shared.in_flight {
            return reply.send(Err(WalletError::Busy));
        }
        let operation = SubmitTransfer::new(instruction.clone(), ConversationId::fresh(), self.shared.timers);
        let address = context.address();
        let settle = Reply::new(move |outcome| {
            let outcome = outcome.unwrap_or(Err(Failure::Unknown));
            // As many as are in flight, which is bounded above; an actor that died drops the reply, which says so.
            address.do_send(TransferSettled {
                instruction,
                outcome,
                reply,
            });
        });
        self.in_flight += 1;
        if let Err(Full(settle)) = self.shared.lane.submit(operation, settle) {
            settle.send(Err(Failure::Busy));
        }
    }
}

impl Handler<TransferSettled> for WalletActor {
    type Result = ();

    fn handle(&mut self, message: TransferSettled, _: &mut Self::Context) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let TransferSettled {
            instruction,
            outcome,
            reply,
        } = message;
        match outcome {
            Ok(Ok(Decision::Done(moved))) => {
                reply.send(paid(moved.transfers(), false));
                let people = [instruction.from, instruction.to]
                    .map(|person| (person.id, person))
                    .into();
                announce_moved(&self.shared, &self.directory, &moved, &people);
            }
            Ok(Ok(Decision::Repeated(rows))) => reply.send(paid(rows, true)),
            Ok(Err(refusal)) => reply.send(Err(refusal)),
            Err(failure) => reply.send(Err(failure.into())),
        }
    }
}

impl Handler<RunFor> for WalletActor {
    type Result = ();

    fn handle(&mut self, message: RunFor, context: &mut Self::Context) {
        self.used_at = Instant::now();
        if self.in_flight >= self.shared.in_flight {
            return (message.job)(Err(WalletError::Busy));
        }
        self.in_flight += 1;
        (message.job)(Ok(Place(context.address())));
    }
}

impl Handler<PlaceFree> for WalletActor {
    type Result = ();

    fn handle(&mut self, _: PlaceFree, _: &mut Self::Context) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }
}

impl Handler<AnnounceMovement> for WalletActor {
    type Result = ();

    fn handle(&mut self, message: AnnounceMovement, context: &mut Self::Context) {
        self.announce(message.owner, message.event, context);
    }
}

impl Handler<HintAccount> for WalletActor {
    type Result = ();

    fn handle(&mut self, message: HintAccount, context: &mut Self::Context) {
        self.owner = self.owner.or(message.owner);
        if self.tail.announced().is_none()
            && let Some(owner) = self.owner
        {
            // Nothing was announced here yet, so how far the sockets are is theirs to know.
            let head = EncodedEvent::head(LogId::Account(self.id), message.rev - 1, message.rev);
            return self.announce(owner, head, context);
        }
        self.tail.hint(message.rev, Instant::now());
        self.deliver(Vec::new(), context);
    }
}

impl Handler<Retire> for WalletActor {
    type Result = ();

    fn handle(&mut self, _: Retire, context: &mut Self::Context) {
        if self.in_flight == 0 {
            context.stop();
        } else {
            context.run_later(RETIRE_RETRY, |_, context| context.address().do_send(Retire));
        }
    }
}
