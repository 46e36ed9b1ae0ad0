//! Flows: what people do with money in several steps. Each is a state machine on the ledger whose changes are a message
//! in the conversation's log.
//!
//! There is one way to build one. A file of rules says what a flow is ([`Flow`]): its state, what may be asked of it, and
//! the pure function from state, command and time to the next state, the ledger's steps and what its card shows. A file
//! of SQL says how it is stored (`store::Stored`), a file of wire types how it is shown. The rest is here once for all of
//! them: [`Open`] and [`Act`] carry commands out in the ledger's group commit, [`RunDue`] what their time brings.

mod act;
mod bill;
mod dispute;
mod disputes;
mod draws;
mod due;
mod offer;
mod open;
mod packet;
mod payment;
mod request;
mod schedule;
mod service;
mod slot;
mod state;
mod store;
pub mod terms;
pub mod view;
mod waiting;

use std::fmt;

pub use act::{Act, Terms};
pub use bill::{Bill, Command as BillCommand, Split};
pub use dispute::{Command as DisputeCommand, Dispute};
pub use disputes::Verdict;
pub use due::{Due, RunDue};
pub use offer::{Command as OfferCommand, Offer};
pub use open::Open;
pub use packet::{Command as PacketCommand, Packet, PacketKind};
pub use request::{Command as RequestCommand, Request};
pub use schedule::{Command as ScheduleCommand, LastRun, Schedule};
pub use service::{Asking, OfferAnswer};
pub use slot::Slot;
pub use state::{FlowState, Head, Party, PartyState};
pub(in crate::wallet) use store::{FlowTable, Stored, page, tables};
pub use waiting::{FlowPlace, WaitingFlow};

use super::WalletError;
use super::account::AccountRef;
use super::fee::FeeRate;
use super::flow::FlowKind;
use super::ledger::Step;
use super::operations::Moved;
use super::transfer::TransferId;
use crate::clock::Micros;
use crate::ids::{ClientId, UserId};
use crate::protocol;

/// Who asks something of a flow, when, and what holds on this node.
#[derive(Debug, Clone, Copy)]
pub struct By {
    /// Who; [`UserId::SYSTEM`] when its time has come.
    pub actor: UserId,
    /// Under which id: that of the ledger's rows, if there are some.
    pub client_id: ClientId,
    /// Ledger time.
    pub at: Micros,
    /// What a payment costs its payer.
    pub fee: FeeRate,
    /// How long flows last.
    pub timers: Timers,
}

/// How long flows last, and when they remind, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timers {
    /// An offer is given back after so long.
    pub offer: i64,
    /// Its payee is reminded after so long.
    pub offer_reminder: i64,
    /// A request ends after so long.
    pub request: i64,
    /// Who has not answered it is reminded after so long, and again.
    pub request_reminder: i64,
    /// What is left of a packet goes back after so long.
    pub packet: i64,
    /// A bill ends after so long.
    pub bill: i64,
    /// Who has not paid is reminded after so long, and again.
    pub bill_reminder: i64,
    /// A planned payment that could not be made for so long is skipped.
    pub schedule_late: i64,
    /// A dispute is taken up after so long.
    pub dispute_review: i64,
}

/// Reminders of one flow at most.
pub const REMINDERS: i16 = 3;

/// What a command makes of a flow.
#[derive(Debug, Clone)]
pub struct Change<F> {
    /// The flow after it.
    pub flow: F,
    /// What the ledger does with it, all or none.
    pub steps: Vec<Step>,
    /// Whose part in it changed.
    pub touched: Vec<UserId>,
    /// Its card shows something else now.
    pub shown: bool,
    /// Who is reminded of it in the conversation.
    pub remind: Vec<UserId>,
    /// A card of its own for what is moved, in the name of whoever pays.
    pub receipt: Option<PaymentCard>,
}

/// The card of a payment that a flow makes.
#[derive(Debug, Clone)]
pub struct PaymentCard {
    /// Who pays.
    pub sender: UserId,
    /// Its id: that of the payment.
    pub id: TransferId,
    /// What every member may see, as JSON.
    pub data: String,
}

impl<F> Change<F> {
    /// A change that moves no money and that everybody sees.
    pub const fn shown(flow: F) -> Self {
        Self {
            flow,
            steps: Vec::new(),
            touched: Vec::new(),
            shown: true,
            remind: Vec::new(),
            receipt: None,
        }
    }

    /// The same with money.
    pub fn moving(flow: F, steps: Vec<Step>) -> Self {
        Self {
            steps,
            ..Self::shown(flow)
        }
    }

    /// The same, in which somebody's part changed.
    #[must_use]
    pub fn by(mut self, user: UserId) -> Self {
        self.touched.push(user);
        self
    }
}

/// What a flow is. Everything here is pure.
pub trait Flow: Clone + fmt::Debug + Send + Sync + 'static {
    /// What can be asked of one that stands.
    type Command: Clone + fmt::Debug + Send + Sync + 'static;

    /// The sort.
    const KIND: FlowKind;

    /// What all flows have.
    fn head(&self) -> &Head;

    /// What all flows have.
    fn head_mut(&mut self) -> &mut Head;

    /// Somebody's part in it, as far as it is loaded.
    fn party(&self, user: UserId) -> Option<&Party>;

    /// Whoever is told at once of what becomes of it, the creator not named.
    fn told(&self) -> Vec<UserId>;

    /// Puts a loaded party in its place.
    fn put_party(&mut self, party: Party);

    /// Accounts that a command of `actor` may move.
    fn accounts(&self, actor: UserId) -> Vec<AccountRef>;

    /// Transfers that a command, or without one its time, may resolve or reverse.
    fn targets(&self, command: Option<&Self::Command>) -> Vec<TransferId> {
        let _ = command;
        Vec::new()
    }

    /// Who must be a member of its conversation when `actor` asks for `command`.
    fn members(&self, command: &Self::Command, actor: UserId) -> Vec<UserId>;

    /// Who must be able to speak in its conversation for what its time brings.
    fn due_needs(&self) -> Vec<UserId> {
        Vec::new()
    }

    /// Whether who opens it must be able to speak in its conversation.
    fn needs_to_speak(&self) -> bool {
        true
    }

    /// Who must be a member of its conversation for it to be opened.
    fn invited(&self) -> Vec<UserId>;

    /// Whether it is not too late to open it.
    ///
    /// # Errors
    /// [`WalletError`], of what could only come to nothing.
    fn may_open(&self, at: Micros) -> Result<(), WalletError> {
        let _ = at;
        Ok(())
    }

    /// The next state.
    ///
    /// # Errors
    /// [`WalletError`]: nothing changes then.
    fn step(self, command: &Self::Command, by: &By) -> Result<Change<Self>, WalletError>;

    /// What becomes of it when its `due_at` has come. Each time it moves `due_at` on, or sets it to none.
    fn due(self, by: &By) -> Change<Self>;

    /// What becomes of it instead when the ledger refuses what its time brings. It must not be refused again.
    fn due_refused(self, by: &By, refusal: &WalletError) -> Change<Self>;

    /// The id of its card.
    fn card_id(&self) -> String {
        self.head().id.to_string()
    }

    /// Whether a card, as it stands in the conversation, shows the flow as it is.
    fn is_told_by(&self, card: &str) -> bool {
        protocol::same_json(&self.card(), card)
    }

    /// The word of its state on the wire.
    fn word(&self) -> &'static str {
        self.head().state.as_str()
    }

    /// The push that tells of a change.
    fn push(&self) -> bytes::Bytes {
        protocol::push(view::push_name(Self::KIND), &view::flow_view(self))
    }

    /// What every member may see, as JSON.
    fn card(&self) -> String;
}

/// How something asked of a flow was decided.
#[derive(Debug, Clone)]
pub struct Stepped<F> {
    /// The flow after it; after a repetition, as it stands now.
    pub flow: F,
    /// What was moved and shown.
    pub moved: Moved,
    /// It had been asked before with this id.
    pub duplicate: bool,
}
