//! Money in and out: people's cards and bank accounts, top-ups from them and withdrawals to them.
//!
//! What is typed is checked (`card`, `bank`, `method`), given to a provider and kept as what the provider made of it,
//! sealed (`secret`). A top-up or a withdrawal is a state machine (`rules`) whose money and state are one commit of the
//! ledger's lane (`operations`); its provider is spoken to outside of it (`service`), whatever is said is only a report, and
//! whatever was not said is asked again.

mod bank;
mod card;
mod error;
mod method;
mod notice;
mod operations;
mod rules;
mod secret;
mod service;
mod slot;
mod state;
mod store;
mod wire;

pub use bank::BankNumber;
pub use card::CardNumber;
pub use error::MethodError;
pub use method::{Method, MethodKind, check_code, parse_expiry, parse_holder, parse_label};
pub use operations::{Funded, Hear, OpenFunding, UNDER_WAY_MOST};
pub use rules::{Funding, FundingTimes};
pub use service::{Funds, KnownMethod, Mails, NewMethod, Renewal, Submitted, Wanted};
pub use state::{Direction, FundingState, Review};
pub(in crate::wallet) use store::{FundingTable, audit_page};
pub use wire::{funding_done, funding_view, method_view};
