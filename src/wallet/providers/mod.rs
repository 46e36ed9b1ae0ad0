//! Providers: who moves money between people's banks and this server. What they say is believed as a report of where a
//! payment stands, never as an answer to the question that was asked last: an answer may be lost, late or doubled.

mod sandbox;

use futures_util::future::BoxFuture;
use secrecy::SecretString;

pub use sandbox::{AskedOrder, Said, Sandbox};

use super::funding::{BankNumber, CardNumber, Direction};
use super::money::Money;
use crate::clock::Month;
use crate::ids::FlowId;

/// Why a provider refuses, or takes money back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The bank does not say why.
    Declined,
    /// There is too little in the bank.
    InsufficientFunds,
    /// The owner did not confirm it, or the security code was wrong.
    AuthenticationFailed,
    /// The bank does not take it.
    BankRefused,
    /// The bank called it back.
    CalledBack,
    /// The sandbox takes its own test numbers alone.
    NotATestNumber,
}

impl Reason {
    /// All of them, by their numbers from 1.
    const ALL: [Self; 6] = [
        Self::Declined,
        Self::InsufficientFunds,
        Self::AuthenticationFailed,
        Self::BankRefused,
        Self::CalledBack,
        Self::NotATestNumber,
    ];

    /// The number in the database; 0 stands for none.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Declined => 1,
            Self::InsufficientFunds => 2,
            Self::AuthenticationFailed => 3,
            Self::BankRefused => 4,
            Self::CalledBack => 5,
            Self::NotATestNumber => 6,
        }
    }

    /// Reads the number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::InsufficientFunds => "insufficient_funds",
            Self::AuthenticationFailed => "authentication_failed",
            Self::BankRefused => "bank_refused",
            Self::CalledBack => "called_back",
            Self::NotATestNumber => "not_a_test_number",
        }
    }
}

/// A payment method as it was typed, on its way to the provider.
#[derive(Debug)]
pub enum Details {
    /// A card.
    Card {
        /// Its number.
        number: CardNumber,
        /// The last month in which it can be used.
        expires: Month,
        /// The security code.
        code: SecretString,
    },
    /// A bank account.
    Bank {
        /// Its number.
        number: BankNumber,
    },
}

/// What a provider makes of a payment method.
#[derive(Debug)]
pub struct Tokenised {
    /// What names it there from now on.
    pub token: SecretString,
    /// Of a card: it is one of credit, so no money can go to it.
    pub is_credit: bool,
}

/// What is to be moved. Its id is the key of its idempotency at the provider.
#[derive(Debug, Clone)]
pub struct ProviderOrder {
    /// Which top-up or withdrawal.
    pub id: FlowId,
    /// Which way.
    pub direction: Direction,
    /// How much.
    pub money: Money,
    /// From where, or to where.
    pub token: SecretString,
}

/// Where something stands, as its provider has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Its owner has to do something: a page to open.
    NeedsOwner(String),
    /// It is under way.
    UnderWay,
    /// The money came, or was paid out.
    Done,
    /// It will not be done.
    Declined(Reason),
    /// It had been done, and was called back.
    CalledBack(Reason),
    /// It says no to a question that it had been asked before: what became of the first one, nobody knows.
    Unclear,
}

/// What a provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What names it there.
    pub reference: String,
    /// How much it is there.
    pub money: Money,
    /// Where it stands.
    pub standing: Standing,
}

/// Why a provider said nothing that can be used.
#[derive(Debug, thiserror::Error)]
pub enum ProviderFault {
    /// It does not want this at all.
    #[error("refused: {}", .0.as_str())]
    Refused(Reason),
    /// It does not answer, or with something that is no answer. Nothing is known of what was asked.
    #[error("unreachable: {0}")]
    Unreachable(String),
}

/// See the module.
pub trait PaymentProvider: Send + Sync {
    /// Its name in the database.
    fn name(&self) -> &'static str;

    /// Whether it moves money that is worth something.
    fn is_live(&self) -> bool;

    /// Gives it a payment method for good.
    fn tokenise<'a>(&'a self, details: &'a Details) -> BoxFuture<'a, Result<Tokenised, ProviderFault>>;

    /// Another expiry of a card that it knows, after the card was replaced.
    fn renew<'a>(
        &'a self,
        token: &'a SecretString,
        expires: Month,
        code: &'a SecretString,
    ) -> BoxFuture<'a, Result<(), ProviderFault>>;

    /// Has it move money, unless it does or did so already under this id; tells where it stands.
    fn submit<'a>(&'a self, order: &'a ProviderOrder) -> BoxFuture<'a, Result<Report, ProviderFault>>;

    /// Where something stands that was submitted.
    fn look<'a>(&'a self, order: &'a ProviderOrder, reference: &'a str)
    -> BoxFuture<'a, Result<Report, ProviderFault>>;
}
