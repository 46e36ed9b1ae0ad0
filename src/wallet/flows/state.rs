//! What all flows have.

use crate::clock::Micros;
use crate::ids::{ClientId, FlowId, UserId};
use crate::op_receipt::Fingerprint;
use crate::wallet::money::Currency;
use crate::wallet::transfer::Card;

/// Where a flow stands. Each sort has some of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FlowState {
    /// Something may still happen.
    Open,
    /// Some have paid.
    PartlyPaid,
    /// Everybody who did not decline has paid.
    Paid,
    /// A bill is paid.
    Settled,
    /// A payment was accepted.
    Accepted,
    /// Nobody wanted it.
    Declined,
    /// Who opened it took it back.
    Cancelled,
    /// Its time passed.
    Expired,
    /// A packet is empty.
    Exhausted,
    /// A plan has come to its end.
    Ended,
    /// A planned payment could not be made, and there is none after it.
    Failed,
    /// Who is meant by a dispute has said something.
    Evidence,
    /// An operator looks at it.
    Review,
    /// It was decided for who opened it.
    Won,
    /// It was decided for the other.
    Lost,
    /// Who opened it gave it up.
    Withdrawn,
}

impl FlowState {
    /// All of them, by their numbers.
    pub const ALL: [Self; 16] = [
        Self::Open,
        Self::PartlyPaid,
        Self::Paid,
        Self::Settled,
        Self::Accepted,
        Self::Declined,
        Self::Cancelled,
        Self::Expired,
        Self::Exhausted,
        Self::Ended,
        Self::Failed,
        Self::Evidence,
        Self::Review,
        Self::Won,
        Self::Lost,
        Self::Withdrawn,
    ];

    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Open => 0,
            Self::PartlyPaid => 1,
            Self::Paid => 2,
            Self::Settled => 3,
            Self::Accepted => 4,
            Self::Declined => 5,
            Self::Cancelled => 6,
            Self::Expired => 7,
            Self::Exhausted => 8,
            Self::Ended => 9,
            Self::Failed => 10,
            Self::Evidence => 11,
            Self::Review => 12,
            Self::Won => 13,
            Self::Lost => 14,
            Self::Withdrawn => 15,
        }
    }

    /// Reads the number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::PartlyPaid => "partly_paid",
            Self::Paid => "paid",
            Self::Settled => "settled",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Exhausted => "exhausted",
            Self::Ended => "ended",
            Self::Failed => "failed",
            Self::Evidence => "evidence",
            Self::Review => "review",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether something may still happen.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::PartlyPaid | Self::Evidence | Self::Review)
    }
}

/// What all flows have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The id; it follows from the creator and their own id.
    pub id: FlowId,
    /// The creator's own id of it.
    pub client_id: ClientId,
    /// Who opened it.
    pub creator: UserId,
    /// What the creator meant.
    pub fingerprint: Fingerprint,
    /// Where its card stands.
    pub card: Card,
    /// In what.
    pub currency: Currency,
    /// Where it stands.
    pub state: FlowState,
    /// When it was opened, in ledger time.
    pub at: Micros,
    /// When it ends by itself, if it does.
    pub expires_at: Option<Micros>,
    /// When its time brings something next.
    pub due_at: Option<Micros>,
    /// Reminders so far.
    pub reminded: i16,
    /// What is due is looked at again at this time, since it could not be done before; none if it never failed.
    pub retry_at: Option<Micros>,
}

/// What could not be done is tried again after so long at least, in microseconds,
const RETRY_SOONEST: i64 = 10_000_000;
/// and after so long at most.
const RETRY_LATEST: i64 = 3_600_000_000;

impl Head {
    /// Nothing more happens to it.
    pub fn close(&mut self, state: FlowState) {
        self.state = state;
        self.due_at = None;
    }

    /// When to remind next, `every` so many microseconds from `from`, at most `most` times; else when it ends.
    pub fn remind_or_end(&mut self, from: Micros, every: i64, most: i16) {
        let next = (self.reminded < most).then(|| Micros(from.0.saturating_add(every)));
        self.due_at = match (next, self.expires_at) {
            (Some(next), Some(end)) if next < end => Some(next),
            (next, end) => end.or(next),
        };
    }

    /// What is due at `at` could not be done: it is put off by half of how long it has been due, so that it is tried
    /// ever more rarely.
    pub fn put_off(&mut self, at: Micros) {
        let overdue = self.due_at.map_or(0, |due| at.0.saturating_sub(due.0));
        let wait = (overdue / 2).clamp(RETRY_SOONEST, RETRY_LATEST);
        self.retry_at = Some(Micros(at.0.saturating_add(wait)));
    }

    /// Whether what its time brings is to be done at `at`.
    #[must_use]
    pub fn is_due(&self, at: Micros) -> bool {
        self.due_at.is_some_and(|due| due <= at) && self.retry_at.is_none_or(|retry| retry <= at)
    }

    /// Whether its time has passed.
    #[must_use]
    pub fn is_over(&self, at: Micros) -> bool {
        self.expires_at.is_some_and(|end| end <= at)
    }
}

/// What somebody did in a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PartyState {
    /// Nothing yet.
    Open,
    /// They paid, or took their share.
    Paid,
    /// They do not want to.
    Declined,
    /// It is the creator's own part.
    Own,
}

impl PartyState {
    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Open => 0,
            Self::Paid => 1,
            Self::Declined => 2,
            Self::Own => 3,
        }
    }

    /// Reads the number.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::Open),
            1 => Some(Self::Paid),
            2 => Some(Self::Declined),
            3 => Some(Self::Own),
            _ => None,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Declined => "declined",
            Self::Own => "own",
        }
    }
}

/// Somebody's part in a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Who.
    pub user: UserId,
    /// What they did.
    pub state: PartyState,
    /// Their amount, in minor units.
    pub minor: i64,
    /// Their place, from 0: in the order in which they came.
    pub place: i64,
    /// Under which id of theirs money moved, if it did.
    pub client_id: Option<ClientId>,
    /// When they did something last.
    pub at: Micros,
}
