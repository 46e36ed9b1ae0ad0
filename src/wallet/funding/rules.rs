//! A top-up or a withdrawal: the pure rules of what becomes of it when its provider says something, and when its time
//! comes.
//!
//! Money that comes in is posted from the provider's cash to the person once the provider has it. Money that goes out leaves
//! its person at once, into clearing, and from there to the provider's cash once the bank has it; what the bank does not
//! take goes back the way it came. No state is ever left for an earlier one, and what a provider says twice has no second
//! effect. Where an account takes no money any more, it goes to suspense, where the operator finds it.

use super::state::{Direction, FundingState, Review};
use crate::clock::Micros;
use crate::ids::{ClientId, FlowId, MethodId, UserId};
use crate::op_receipt::Fingerprint;
use crate::wallet::account::{Account, AccountKey, AccountKind, AccountRef, AccountStatus};
use crate::wallet::flow::FlowRef;
use crate::wallet::ledger::{Leg, Step};
use crate::wallet::money::Money;
use crate::wallet::providers::{Reason, Report, Standing};
use crate::wallet::transfer::TransferId;

/// How long things may take, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FundingTimes {
    /// Money goes to a new method only after so long.
    pub cooling_off: i64,
    /// A provider that told nothing is asked after so long, and after twice as long each time,
    pub poll: i64,
    /// at most so long.
    pub poll_most: i64,
    /// What is not decided after so long is put before the operator; so long it is asked whether what was finished was
    /// called back.
    pub review: i64,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Funding {
    /// The id; it follows from the owner and their own id of it. It names it at the provider, too.
    pub id: FlowId,
    /// The owner's own id of it.
    pub client_id: ClientId,
    /// Whose.
    pub owner: UserId,
    /// What the owner meant.
    pub fingerprint: Fingerprint,
    /// Which way.
    pub direction: Direction,
    /// From where, or to where.
    pub method: MethodId,
    /// Who moves it.
    pub provider: String,
    /// The method's brand.
    pub brand: String,
    /// The last four characters of the method's number.
    pub last_four: String,
    /// How much.
    pub money: Money,
    /// Where it stands.
    pub state: FundingState,
    /// Why it failed or came back.
    pub reason: Option<Reason>,
    /// The page on which its owner does what they have to do.
    pub action: Option<String>,
    /// What names it at the provider.
    pub reference: Option<String>,
    /// The money came after it had failed.
    pub late: bool,
    /// Why somebody of the operator looks at it.
    pub review: Option<Review>,
    /// How often the provider was asked since it came to this state.
    pub looks: i16,
    /// When it was begun, in ledger time.
    pub at: Micros,
    /// When it came to this state.
    pub changed_at: Micros,
    /// When the provider is asked next.
    pub due_at: Option<Micros>,
}

/// What a report makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// As it stands then.
    pub funding: Funding,
    /// What the ledger does with it.
    pub steps: Vec<Step>,
    /// What it does instead when it refuses that: the person's account takes no money.
    pub instead: Vec<Step>,
    /// For what the system does it: the rows are named by it.
    pub what: &'static str,
}

/// What the system does, by the names under which its rows stand.
const SETTLE: &str = "settle";
const CALL_BACK: &str = "call_back";
const PAY: &str = "pay";
const GIVE_BACK: &str = "give_back";
const RETURN: &str = "return";
/// Behind the reference of what the bank took back,
const BACK: &str = ":back";
/// and of what of it was not there any more.
const LOST: &str = ":lost";

impl Funding {
    /// What an owner wants moved, before the ledger took it: its times are zero, and what is shown of its method is empty.
    #[must_use]
    pub fn wanted(
        (client_id, owner): (ClientId, UserId),
        direction: Direction,
        method: MethodId,
        money: Money,
    ) -> Self {
        let (minor, currency) = (money.minor().to_be_bytes(), money.currency());
        let meaning = [method.bytes().as_slice(), &minor, currency.code().as_bytes()].concat();
        Self {
            id: FlowRef::of(direction.flow(), client_id, owner).id,
            client_id,
            owner,
            fingerprint: Fingerprint::of(direction.flow().as_str(), &[&meaning]),
            direction,
            method,
            provider: String::new(),
            brand: String::new(),
            last_four: String::new(),
            money,
            state: match direction {
                Direction::In => FundingState::Created,
                Direction::Out => FundingState::Held,
            },
            reason: None,
            action: None,
            reference: None,
            late: false,
            review: None,
            looks: 0,
            at: Micros(0),
            changed_at: Micros(0),
            due_at: None,
        }
    }

    /// It as the flow that rows name.
    #[must_use]
    pub const fn named(&self) -> FlowRef {
        FlowRef {
            kind: self.direction.flow(),
            id: self.id,
        }
    }

    /// The owner's account.
    #[must_use]
    pub fn person(&self) -> AccountRef {
        AccountKey::person(self.owner, self.money.currency()).into()
    }

    /// One of the system's accounts in its currency.
    #[must_use]
    pub fn system(&self, kind: AccountKind) -> AccountRef {
        AccountKey::system(kind, self.money.currency()).into()
    }

    /// Every account that anything about it can move.
    #[must_use]
    pub fn accounts(&self) -> Vec<AccountRef> {
        let kinds: &[AccountKind] = match self.direction {
            Direction::In => &[
                AccountKind::ProviderCash,
                AccountKind::Suspense,
                AccountKind::Chargebacks,
            ],
            Direction::Out => &[
                AccountKind::ProviderCash,
                AccountKind::ClearingOut,
                AccountKind::Suspense,
            ],
        };
        let mut accounts = vec![self.person()];
        accounts.extend(kinds.iter().map(|kind| self.system(*kind)));
        accounts
    }

    /// The row by which a withdrawal left its person, or money came in.
    #[must_use]
    pub fn first_row(&self) -> TransferId {
        match self.direction {
            Direction::In => self.row(SETTLE),
            Direction::Out => TransferId::first(self.client_id, self.owner),
        }
    }

    /// The row by which a withdrawal was paid.
    #[must_use]
    pub fn paid_row(&self) -> TransferId {
        self.row(PAY)
    }

    fn row(&self, what: &'static str) -> TransferId {
        TransferId::first(self.named().act_id(what, 0), UserId::SYSTEM)
    }

    /// The names under which the system may have written rows of it.
    #[must_use]
    pub fn acts(&self) -> Vec<ClientId> {
        let all = match self.direction {
            Direction::In => &[SETTLE, CALL_BACK][..],
            Direction::Out => &[PAY, GIVE_BACK, RETURN][..],
        };
        all.iter().map(|what| self.named().act_id(what, 0)).collect()
    }

    /// The rows that anything about it can give back.
    #[must_use]
    pub fn targets(&self) -> Vec<TransferId> {
        match self.direction {
            Direction::In => vec![self.first_row()],
            Direction::Out => vec![self.first_row(), self.paid_row()],
        }
    }

    /// What it begins with.
    #[must_use]
    pub fn first_steps(&self) -> Vec<Step> {
        match self.direction {
            Direction::In => Vec::new(),
            Direction::Out => vec![self.post(self.person(), self.system(AccountKind::ClearingOut), self.money)],
        }
    }

    /// What the provider calls it; a row that goes the other way at the provider has a name of its own, so that none stands
    /// there twice.
    fn note(&self, way: &str) -> String {
        let reference = self.reference.as_deref().unwrap_or_default();
        format!("{reference}{way}")
    }

    fn post(&self, debit: AccountRef, credit: AccountRef, money: Money) -> Step {
        self.post_as("", debit, credit, money)
    }

    fn post_as(&self, way: &str, debit: AccountRef, credit: AccountRef, money: Money) -> Step {
        Step::Post(Leg {
            debit,
            credit,
            money,
            purpose: self.direction.purpose(),
            note: self.note(way),
        })
    }

    fn reverse(&self, of: TransferId, amount: Option<Money>) -> Step {
        self.reverse_as("", of, amount)
    }

    fn reverse_as(&self, way: &str, of: TransferId, amount: Option<Money>) -> Step {
        let note = self.note(way);
        Step::Reverse { of, amount, note }
    }

    /// The provider is asked now: when it is asked next, unless it says something before. Puts it before the operator when
    /// it takes too long.
    #[must_use]
    pub fn looked(mut self, at: Micros, times: FundingTimes) -> Self {
        let wait = times
            .poll
            .checked_shl(u32::try_from(self.looks).unwrap_or(0))
            .filter(|wait| (1..=times.poll_most).contains(wait))
            .unwrap_or(times.poll_most);
        self.looks = self.looks.saturating_add(1).min(32);
        let next = Micros(at.0.saturating_add(wait));
        let over = Micros(self.changed_at.0.saturating_add(times.review));
        let too_long = at.0.saturating_sub(self.at.0) >= times.review;
        self.due_at = if self.state.is_unfinished() {
            if too_long && self.review.is_none() {
                self.review = Some(Review::TooLong);
            }
            Some(next)
        } else if self.state.is_last() || self.reference.is_none() || next > over {
            // From here on the bank says it by itself, or not at all; and what it never took on, it is not asked for again.
            None
        } else {
            Some(next)
        };
        self
    }

    /// What a report makes of it; none when it says nothing new. `credited` is the account that got its money, as it
    /// stands, once one has.
    #[must_use]
    pub fn hear(&self, report: &Report, at: Micros, times: FundingTimes, credited: Option<&Account>) -> Option<Turn> {
        let mut next = self.clone();
        if !report.reference.is_empty() {
            next.reference.get_or_insert_with(|| report.reference.clone());
        }
        if report.money != self.money {
            next.review = Some(Review::OtherAmount);
            return next.noted(self);
        }
        if next.review == Some(Review::OtherAmount) {
            next.review = None;
        }
        if report.standing == Standing::Unclear {
            return next.contradicted().noted(self);
        }
        match self.direction {
            Direction::In => next.hear_in(self, &report.standing, at, times, credited),
            Direction::Out => next.hear_out(self, &report.standing, at, times),
        }
    }

    fn hear_in(
        self,
        before: &Self,
        standing: &Standing,
        at: Micros,
        times: FundingTimes,
        credited: Option<&Account>,
    ) -> Option<Turn> {
        use FundingState as State;
        let open = self.state.is_unfinished();
        match standing {
            Standing::NeedsOwner(page) if self.state == State::Created => {
                let mut next = self.to(State::RequiresAction, at, times);
                next.action = Some(page.clone());
                next.noted(before)
            }
            Standing::UnderWay if matches!(self.state, State::Created | State::RequiresAction) => {
                self.to(State::Processing, at, times).noted(before)
            }
            Standing::Done if open || self.state == State::Failed => {
                let mut next = self.to(State::Settled, at, times);
                next.late = !open;
                next.reason = None;
                let cash = next.system(AccountKind::ProviderCash);
                let steps = vec![next.post(cash, next.person(), next.money)];
                let instead = vec![next.post(cash, next.system(AccountKind::Suspense), next.money)];
                Some(next.turn(SETTLE, steps, instead))
            }
            Standing::Declined(reason) | Standing::CalledBack(reason) if open => {
                self.because(State::Failed, *reason, at, times).noted(before)
            }
            Standing::CalledBack(reason) if self.state == State::Settled => {
                let next = self.because(State::Reversed, *reason, at, times);
                let (back, lost) = next.split(credited);
                let steps = next.called_back(back, lost);
                let instead = next.called_back(None, Some(next.money));
                let next = if lost.is_some() {
                    next.reviewed(Review::Loss)
                } else {
                    next
                };
                Some(next.turn(CALL_BACK, steps, instead))
            }
            Standing::Declined(_) if self.state == State::Settled => self.contradicted().noted(before),
            Standing::Done if self.state == State::Reversed => self.contradicted().noted(before),
            _ => self.noted(before),
        }
    }

    fn hear_out(self, before: &Self, standing: &Standing, at: Micros, times: FundingTimes) -> Option<Turn> {
        use FundingState as State;
        let open = self.state.is_unfinished();
        let suspense = self.system(AccountKind::Suspense);
        match standing {
            Standing::UnderWay if self.state == State::Held => self.to(State::Submitted, at, times).noted(before),
            Standing::Done if open => {
                let next = self.to(State::Paid, at, times);
                let clearing = next.system(AccountKind::ClearingOut);
                let steps = vec![next.post(clearing, next.system(AccountKind::ProviderCash), next.money)];
                Some(next.turn(PAY, steps, Vec::new()))
            }
            Standing::Declined(reason) | Standing::CalledBack(reason) if open => {
                let next = self.because(State::NotPaid, *reason, at, times);
                let steps = vec![next.reverse(next.first_row(), None)];
                let clearing = next.system(AccountKind::ClearingOut);
                let instead = vec![next.post(clearing, suspense, next.money)];
                Some(next.turn(GIVE_BACK, steps, instead))
            }
            Standing::CalledBack(reason) if self.state == State::Paid => {
                let next = self.because(State::Returned, *reason, at, times);
                let back = next.reverse_as(BACK, next.paid_row(), None);
                let steps = vec![back.clone(), next.reverse(next.first_row(), None)];
                let clearing = next.system(AccountKind::ClearingOut);
                let instead = vec![back, next.post(clearing, suspense, next.money)];
                Some(next.turn(RETURN, steps, instead))
            }
            Standing::Done if matches!(self.state, State::NotPaid | State::Returned) => {
                self.contradicted().noted(before)
            }
            Standing::Declined(_) if self.state == State::Paid => self.contradicted().noted(before),
            _ => self.noted(before),
        }
    }

    /// How much of it its owner's account can give back, and how much is lost. What was set aside is left where it lies: it may
    /// be somebody else's by now, and an operator looks at it anyway.
    fn split(&self, credited: Option<&Account>) -> (Option<Money>, Option<Money>) {
        let open =
            credited.filter(|account| account.key.owner == self.owner && account.status != AccountStatus::Closed);
        let there = open.map_or(0, Account::available).clamp(0, self.money.minor());
        let part = |minor| Money::of_minor(minor, self.money.currency()).ok();
        (part(there), part(self.money.minor().saturating_sub(there)))
    }

    fn called_back(&self, back: Option<Money>, lost: Option<Money>) -> Vec<Step> {
        let back = back.map(|money| self.reverse_as(BACK, self.first_row(), Some(money)));
        let lost = lost.map(|money| {
            let chargebacks = self.system(AccountKind::Chargebacks);
            self.post_as(LOST, chargebacks, self.system(AccountKind::ProviderCash), money)
        });
        back.into_iter().chain(lost).collect()
    }

    /// It comes to another state.
    fn to(mut self, state: FundingState, at: Micros, times: FundingTimes) -> Self {
        self.state = state;
        self.action = None;
        self.changed_at = at;
        self.looks = 0;
        if self.review == Some(Review::TooLong) && !state.is_unfinished() {
            self.review = None;
        }
        self.looked(at, times)
    }

    fn because(self, state: FundingState, reason: Reason, at: Micros, times: FundingTimes) -> Self {
        let mut next = self.to(state, at, times);
        next.reason = Some(reason);
        next
    }

    const fn contradicted(self) -> Self {
        self.reviewed(Review::Contradiction)
    }

    /// Puts it before the operator.
    #[must_use]
    pub const fn reviewed(mut self, review: Review) -> Self {
        self.review = Some(review);
        self
    }

    fn turn(self, what: &'static str, steps: Vec<Step>, instead: Vec<Step>) -> Turn {
        Turn {
            funding: self,
            steps,
            instead,
            what,
        }
    }

    /// A turn that moves nothing, if it says anything new.
    fn noted(self, before: &Self) -> Option<Turn> {
        (self != *before).then(|| self.turn("", Vec::new(), Vec::new()))
    }
}

#[cfg(test)]
mod tests;
