//! The wallet: accounts, the ledger that moves them, its chain, and the payments that stand in conversations.

mod account;
mod actor;
mod audit;
mod budget;
mod chain;
mod commands;
mod conditions;
mod error;
mod fee;
mod flow;
pub mod flows;
pub mod funding;
mod history;
mod keys;
mod ledger;
mod money;
mod open;
mod operations;
mod operator_reads;
mod payment;
mod providers;
mod receipt;
mod receipt_mail;
mod reconcile;
mod records;
mod rules;
mod service;
pub mod statement;
mod store;
mod summary;
mod transfer;
mod wire;

pub use account::{Account, AccountKey, AccountKind, AccountRef, AccountStatus, Spent};
pub use audit::{AuditError, AuditReport, Break, Since, audit};
pub use budget::{BudgetFeed, BudgetOf, Budgets};
pub use conditions::{Conditions, Consent};
pub use error::WalletError;
pub use fee::FeeRate;
pub use flow::{FlowKind, FlowRef};
pub use flows::view::every_of;
pub use flows::{
    Asking, Dispute, Flow, FlowPlace, FlowState, OfferAnswer, PacketKind, PartyState, Split, Timers, Verdict,
};
pub use funding::{FundingTimes, Funds, MethodError};
pub use history::Filter;
pub use keys::{KeyError, KeyInForce, LedgerKey, PublicKey};
pub use ledger::{
    Change, Facts, HoldState, HoldTerms, Leg, LimitKind, LimitTable, Limits, Loaded as LedgerSlot, MAX_LEGS, PlacedLeg,
    authorise,
};
pub use money::{Currencies, Currency, MAX_MINOR, Money};
pub use open::{OpenError, RotateError, open_ledger, rotate_key};
pub use operations::{Act, Decision, ExpireHolds, Expired, Instruct, Moved, SubmitTransfer};
pub use operator_reads::{Moment, Standing, account_side};
pub use providers::{Details, Reason, Report, Said as SaidToSandbox, Sandbox, Standing as ProviderStanding};
pub use receipt::{Flaw, Proven, check_receipt};
pub use receipt_mail::ReceiptMail;
pub use reconcile::{Found, LedgerEntry, Period, Reconciled, StatementEntry, TotalsOverflow, reconcile};
pub use records::{Records, Story};
pub use rules::acceptance::AcceptAbove;
pub use rules::{draw, netting, recurrence, split};
pub use service::{Refunded, TransferFound, Wallet, WalletParts, WalletSettings};
pub use store::{HistoryRow, LedgerBatch};
pub use summary::{Flowed, MonthSum, Summary};
pub use transfer::{Card, Instruction, Paid, Purpose, Transfer, TransferId, TransferKind, parse_note, parse_terms};
pub use wire::{account_view, refunded, sent, transfer_view, unopened_view, wallet_view};

use crate::ids::UserId;

/// A page of an account's movements.
#[derive(Debug, Clone, Default)]
pub struct HistoryPage {
    /// The account, once it has opened.
    pub account: Option<Account>,
    /// Each movement with the owner of the other account.
    pub rows: Vec<(Transfer, UserId)>,
    /// The cursor of the next page.
    pub next: Option<i64>,
}
