//! What top-ups and withdrawals put into the ledger's lane: they are opened, they are taken to be asked about, and what
//! their provider says is carried out. The provider itself is never spoken to under the lock.

use super::method::Method;
use super::rules::{Funding, FundingTimes, Turn};
use super::slot::FundingSlot;
use super::state::{FundingState, Review};
use super::{Direction, MethodError, wire};
use crate::chat::log;
use crate::clock::Micros;
use crate::delivery::UserLog;
use crate::group_commit::{Failure, Moment, Operation, WorkingSet};
use crate::ids::{FlowId, UserId};
use crate::op_receipt::{Fingerprint, Receipts};
use crate::protocol::{self, item};
use crate::wallet::account::AccountStatus;
use crate::wallet::ledger::{self, Loaded, Order, Step};
use crate::wallet::operations::{Moved, advanced, as_they_stand, keep, refused};
use crate::wallet::providers::Report;
use crate::wallet::{Conditions, WalletError};

/// The kept answer of what was opened: how it stands is told by itself.
const OPENED: &str = "opened";
/// Top-ups and withdrawals of a person that are under way at once, at most: each is asked about again and again.
pub const UNDER_WAY_MOST: usize = 20;
/// Top-ups of a person that failed in a day, at most, before no other is begun: a server is no place to find out which stolen
/// cards still have money.
pub const FAILED_IN_A_DAY: usize = 10;
/// Taken by one operation at most: each is a question to a provider.
const AT_ONCE: usize = 16;

/// How something was decided.
#[derive(Debug, Clone)]
pub struct Funded {
    /// As it stands.
    pub funding: Funding,
    /// What was moved.
    pub moved: Moved,
    /// It had been asked before with this id.
    pub duplicate: bool,
}

/// `topup.create`, `withdraw.create`.
#[derive(Debug)]
pub struct OpenFunding {
    /// As it will stand, but for its times and what is known of its method.
    pub funding: Funding,
    /// On what it is done.
    pub conditions: Conditions,
    /// How long things may take.
    pub times: FundingTimes,
}

impl OpenFunding {
    fn order(&self) -> Order {
        Order {
            client_id: self.funding.client_id,
            actor: self.funding.owner,
            fingerprint: self.funding.fingerprint,
            flow: Some(self.funding.named()),
        }
    }

    /// The first answer again, if the id was used before.
    fn first_answer(&self, set: &mut WorkingSet, moment: Moment) -> Option<Result<Funded, WalletError>> {
        let order = self.order();
        let (client_id, actor) = (order.client_id, order.actor);
        let Some(receipt) = Receipts::get(set, client_id, actor) else {
            let moved = set.slot::<Loaded>().group(client_id, actor).next().is_some();
            let posted = set.slot::<log::Loaded>().posted(client_id, actor).is_some();
            return (moved || posted).then_some(Err(WalletError::IdempotencyConflict));
        };
        if receipt.fingerprint != order.fingerprint {
            return Some(Err(WalletError::IdempotencyConflict));
        }
        if receipt.answer != OPENED {
            let refusal = WalletError::from_receipt(&receipt.answer);
            return Some(Err(refusal.unwrap_or(WalletError::IdempotencyConflict)));
        }
        let found = set.slot::<FundingSlot>().get(self.funding.id).cloned();
        let Some(funding) = found else {
            return Some(Err(WalletError::Failed(Failure::Internal)));
        };
        Some(found_again(set, order, funding, moment))
    }

    fn open(&self, set: &mut WorkingSet) -> Result<Funded, WalletError> {
        let at = ledger_time(set)?;
        let (owner, direction) = (self.funding.owner, self.funding.direction);
        let method = set.slot::<FundingSlot>().method(self.funding.method).cloned();
        let method = method.ok_or(MethodError::NotFound)?;
        method.may(owner, direction, at, self.times.cooling_off)?;
        if set.slot::<FundingSlot>().under_way(owner) >= UNDER_WAY_MOST {
            let most = UNDER_WAY_MOST;
            return Err(MethodError::TooManyUnderWay { most }.into());
        }
        if direction == Direction::In && set.slot::<FundingSlot>().failed(owner) >= FAILED_IN_A_DAY {
            let most = FAILED_IN_A_DAY;
            return Err(MethodError::TooOften { most }.into());
        }
        let closed = set.slot::<Loaded>().account(self.funding.person().id);
        if closed.is_some_and(|account| account.status == AccountStatus::Closed) {
            return Err(refused(set, self.order(), WalletError::AccountClosed));
        }
        let funding = begun(&self.funding, &method, at, self.times);
        let moved = carry_out(set, self.order(), funding.first_steps());
        let mut moved = moved.map_err(|refusal| refused(set, self.order(), refusal))?;
        put(set, &funding, &mut moved);
        keep(set, self.order(), OPENED.to_owned());
        Ok(Funded {
            funding,
            moved,
            duplicate: false,
        })
    }
}

/// It with its times, and with what is shown of its method from then on, whatever becomes of that.
fn begun(funding: &Funding, method: &Method, at: Micros, times: FundingTimes) -> Funding {
    let funding = Funding {
        provider: method.provider.clone(),
        brand: method.brand.clone(),
        last_four: method.last_four.clone(),
        at,
        changed_at: at,
        ..funding.clone()
    };
    // Whoever opened it asks at once; should that node end before, another one asks then.
    funding.looked(at, times)
}

fn found_again(set: &mut WorkingSet, order: Order, funding: Funding, moment: Moment) -> Result<Funded, WalletError> {
    let rows: Vec<_> = set
        .slot::<Loaded>()
        .group(order.client_id, order.actor)
        .cloned()
        .collect();
    let moved = as_they_stand(set, rows)?;
    let moved = if moment.after_unknown {
        advanced(set, moved)
    } else {
        Moved::default()
    };
    Ok(Funded {
        funding,
        moved,
        duplicate: !moment.after_unknown,
    })
}

impl Operation for OpenFunding {
    type Answer = Result<Funded, WalletError>;

    fn wants(&self, set: &mut WorkingSet) {
        let (client_id, owner) = (self.funding.client_id, self.funding.owner);
        set.slot::<Receipts>().want(client_id, owner);
        set.slot::<log::Loaded>().want_message(client_id, owner);
        set.slot::<UserLog>().want(owner);
        let slot = set.slot::<FundingSlot>();
        slot.want(self.funding.id);
        slot.want_method(self.funding.method);
        slot.want_counts(owner);
        let ledger = set.slot::<Loaded>();
        ledger.want_head();
        ledger.want_group(client_id, owner);
        ledger.want_account(self.funding.person().id);
        for step in self.funding.first_steps() {
            step.want(ledger);
        }
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        if let Some(answer) = self.first_answer(set, moment) {
            return answer;
        }
        self.conditions.hold(moment.now)?;
        self.open(set)
    }
}

/// Takes those whose time has come: each is asked about by whoever took it, and again later if nothing comes of that.
#[derive(Debug)]
pub struct TakeDue {
    /// How long things may take.
    pub times: FundingTimes,
}

/// One that was taken.
#[derive(Debug, Clone)]
pub struct Taken {
    /// As it stands.
    pub funding: Funding,
    /// It was put before the operator with this.
    pub newly_reviewed: bool,
}

impl Operation for TakeDue {
    type Answer = Result<Vec<Taken>, WalletError>;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<FundingSlot>().want_due(AT_ONCE);
        set.slot::<Loaded>().want_head();
    }

    fn decide(&self, set: &mut WorkingSet, _: Moment) -> Self::Answer {
        let at = ledger_time(set)?;
        let slot = set.slot::<FundingSlot>();
        let mut taken = Vec::new();
        for before in slot.due_at(at).into_iter().take(AT_ONCE) {
            let funding = before.clone().looked(at, self.times);
            slot.put(funding.clone());
            taken.push(Taken {
                newly_reviewed: funding.review != before.review,
                funding,
            });
        }
        Ok(taken)
    }
}

/// What its provider says of one.
#[derive(Debug)]
pub struct Hear {
    /// Which one.
    pub id: FlowId,
    /// Whose it is: each change is a row of their log.
    pub owner: UserId,
    /// What is said.
    pub report: Report,
    /// The state that was asked about, by when it came to it: an answer that comes when it has gone on is too old. None for
    /// what is said whatever was asked.
    pub asked: Option<Micros>,
    /// How long things may take.
    pub times: FundingTimes,
}

impl Hear {
    fn turn(&self, set: &mut WorkingSet, funding: &Funding, at: Micros) -> Option<Turn> {
        if self.asked.is_some_and(|asked| asked != funding.changed_at) {
            return None;
        }
        let ledger = set.slot::<Loaded>();
        let credited = match funding.direction {
            Direction::In => ledger.transfer(funding.first_row()),
            Direction::Out => None,
        };
        let credited = credited.and_then(|row| ledger.account(row.credit));
        funding.hear(&self.report, at, self.times, credited)
    }

    /// Nothing new, unless an earlier attempt at this very commit may have written it: then it is yet to be told.
    fn nothing_new(set: &mut WorkingSet, funding: Funding, moment: Moment) -> Result<Option<Funded>, WalletError> {
        if !moment.after_unknown {
            return Ok(None);
        }
        let mut rows = Vec::new();
        for act in funding.acts() {
            rows.extend(set.slot::<Loaded>().group(act, UserId::SYSTEM).cloned());
        }
        let moved = as_they_stand(set, rows)?;
        let moved = advanced(set, moved);
        Ok(Some(Funded {
            funding,
            moved,
            duplicate: false,
        }))
    }
}

impl Operation for Hear {
    type Answer = Result<Option<Funded>, WalletError>;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<FundingSlot>().want(self.id);
        set.slot::<UserLog>().want(self.owner);
        set.slot::<Loaded>().want_head();
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> Self::Answer {
        let at = ledger_time(set)?;
        let found = set.slot::<FundingSlot>().get(self.id).cloned();
        let Some(funding) = found.filter(|funding| funding.owner == self.owner) else {
            return Ok(None);
        };
        let Some(turn) = self.turn(set, &funding, at) else {
            return Self::nothing_new(set, funding, moment);
        };
        let order = Order {
            client_id: turn.funding.named().act_id(turn.what, 0),
            actor: UserId::SYSTEM,
            fingerprint: Fingerprint::of("funding", &[&self.id.bytes(), turn.what.as_bytes()]),
            flow: Some(turn.funding.named()),
        };
        let mut funding = turn.funding;
        let mut moved = match carry_out(set, order, turn.steps) {
            // What cannot be credited is set aside; it was moved all the same.
            Err(WalletError::AccountClosed | WalletError::BalanceLimit) if !turn.instead.is_empty() => {
                let review = match funding.state {
                    FundingState::Reversed => Review::Loss,
                    _ => Review::SetAside,
                };
                funding = funding.reviewed(review);
                carry_out(set, order, turn.instead)?
            }
            other => other?,
        };
        put(set, &funding, &mut moved);
        Ok(Some(Funded {
            funding,
            moved,
            duplicate: false,
        }))
    }
}

/// Somebody of the operator looked at one.
#[derive(Debug)]
pub struct Seen {
    /// Which one.
    pub id: FlowId,
}

impl Operation for Seen {
    type Answer = Result<(), WalletError>;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<FundingSlot>().want(self.id);
        set.slot::<Loaded>().want_head();
    }

    fn decide(&self, set: &mut WorkingSet, _: Moment) -> Self::Answer {
        let slot = set.slot::<FundingSlot>();
        if let Some(mut funding) = slot.get(self.id).cloned() {
            funding.review = None;
            slot.put(funding);
        }
        Ok(())
    }
}

/// Puts one in its place, and into its owner's log, so that all of their devices have it, after an absence too.
fn put(set: &mut WorkingSet, funding: &Funding, moved: &mut Moved) {
    let value = protocol::to_json(&wire::funding_view(funding));
    let told = UserLog::put(set, funding.owner, item::FUNDING, item::LAST.to_owned(), value);
    moved.items.push(told);
    set.slot::<FundingSlot>().put(funding.clone());
}

fn ledger_time(set: &mut WorkingSet) -> Result<Micros, WalletError> {
    let at = set.slot::<Loaded>().at();
    at.ok_or(WalletError::Failed(Failure::Internal))
}

/// Moves what the steps move; they have no card.
fn carry_out(set: &mut WorkingSet, order: Order, steps: Vec<Step>) -> Result<Moved, WalletError> {
    if steps.is_empty() {
        return Ok(Moved::default());
    }
    let plan = ledger::plan(set.slot::<Loaded>(), order, steps)?;
    let (legs, _) = plan.apply(set.slot::<Loaded>(), None);
    let moved = Moved {
        legs,
        ..Moved::default()
    };
    Ok(advanced(set, moved))
}
