//! What an operator's command and a running server say to each other: one line of JSON each way.

use serde::{Deserialize, Serialize};

use crate::ids::ClientId;

/// What an operator wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum AdminRequest {
    /// A person.
    CreateUser {
        /// The unique name.
        handle: String,
        /// The name to show.
        display_name: String,
        /// Where mail reaches them.
        email: Option<String>,
        /// Their password.
        password: Option<String>,
    },
    /// Play money for a person.
    Fund {
        /// The command's own id of it: asked again with the same one, it is done once.
        client_id: ClientId,
        /// Who gets it.
        handle: String,
        /// A decimal string.
        amount: String,
        /// ISO 4217.
        currency: String,
        /// What the provider's statement calls it.
        #[serde(default)]
        reference: String,
    },
    /// Forgets a person's PIN and how often it was guessed.
    RemovePin {
        /// Whose.
        handle: String,
    },
    /// Something on the ledger itself.
    Ledger {
        /// The command's own id of it: asked again with the same one, it is done once.
        client_id: ClientId,
        /// Why; it stands in the ledger.
        reason: String,
        /// What.
        order: LedgerOrder,
    },
    /// The disputes that nobody has decided.
    Disputes,
    /// The top-ups and withdrawals that somebody has to look at.
    Fundings,
    /// One of them is decided, by who knows from the provider what became of it.
    DecideFunding {
        /// Which one.
        id: String,
        /// What became of it.
        verdict: FundingVerdict,
        /// Why.
        reason: String,
    },
    /// Many people for a load test.
    Seed {
        /// How many.
        users: usize,
        /// What each gets: a decimal string.
        fund: Option<String>,
        /// ISO 4217.
        currency: String,
    },
}

/// What an operator may have done on the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum LedgerOrder {
    /// A person's money is held for a claim on it.
    Hold {
        /// Whose.
        handle: String,
        /// A decimal string.
        amount: String,
        /// ISO 4217.
        currency: String,
        /// How long, in seconds.
        seconds: u64,
    },
    /// A hold is taken, all of it or an amount.
    Capture {
        /// The hold's id.
        of: String,
        /// A decimal string.
        amount: Option<String>,
    },
    /// A hold is given up.
    Void {
        /// The hold's id.
        of: String,
    },
    /// A payment is given back, all that is left of it or an amount.
    Reverse {
        /// The payment's id.
        of: String,
        /// A decimal string.
        amount: Option<String>,
    },
    /// A dispute of a payment is looked at, or decided.
    Judge {
        /// The payment's id, as the dispute names it.
        of: String,
        /// For the payer, for the payee, or nothing yet.
        for_payer: Option<bool>,
    },
    /// Nothing that the owner starts goes out any more.
    Freeze(AccountName),
    /// The end of that.
    Thaw(AccountName),
    /// Nothing moves any more, for good.
    Close(AccountName),
    /// The least that may be in it is set.
    Floor {
        /// Which account.
        #[serde(flatten)]
        account: AccountName,
        /// A decimal string, with a minus for credit that is given.
        amount: String,
    },
}

/// An account as an operator names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountName {
    /// A person's handle, or `@` and the kind of one of the system's accounts.
    pub of: String,
    /// ISO 4217.
    pub currency: String,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum AdminAnswer {
    /// The person is there.
    Created {
        /// Their id.
        id: String,
        /// Their unique name.
        handle: String,
    },
    /// The person has no PIN any more.
    PinRemoved {
        /// Whose it was.
        handle: String,
        /// Whether there was one.
        was_set: bool,
    },
    /// The money is there.
    Funded {
        /// Who got it.
        handle: String,
        /// Their balance after it.
        balance: String,
        /// ISO 4217.
        currency: String,
    },
    /// A row was posted.
    Posted {
        /// Its id.
        id: String,
        /// `held`, `captured`, `voided` or `reversed`.
        state: String,
        /// A decimal string.
        amount: String,
        /// ISO 4217.
        currency: String,
    },
    /// A dispute stands like this.
    Dispute(DisputeLine),
    /// The disputes that nobody has decided.
    Disputes {
        /// The oldest first.
        disputes: Vec<DisputeLine>,
    },
    /// The top-ups and withdrawals that somebody has to look at.
    Fundings {
        /// Those that were begun first.
        fundings: Vec<FundingLine>,
    },
    /// The account is like this.
    Account {
        /// As it was named.
        of: String,
        /// `open`, `frozen` or `closed`.
        status: String,
        /// A decimal string.
        balance: String,
        /// A decimal string.
        held: String,
        /// A decimal string.
        floor: String,
        /// ISO 4217.
        currency: String,
    },
    /// The people are there.
    Seeded {
        /// All of them.
        users: Vec<SeededLine>,
    },
    /// It was not done.
    Refused {
        /// Why, in a sentence.
        reason: String,
    },
}

/// What an operator knows of a top-up or a withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FundingVerdict {
    /// The money came, or was paid out.
    Done,
    /// It came to nothing.
    Failed,
    /// It was looked at, and stays as it is.
    Seen,
}

/// A top-up or a withdrawal as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundingLine {
    /// Its id; at the provider, too.
    pub id: String,
    /// `topup` or `withdrawal`.
    pub kind: String,
    /// Where it stands.
    pub state: String,
    /// Why somebody has to look at it: `other_amount`, `too_long`, `contradiction`, `set_aside` or `loss`.
    pub review: String,
    /// A decimal string.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// Whose it is: their id.
    pub owner: String,
    /// The provider, and what names it there.
    pub provider: String,
    /// What names it there; empty as long as it said nothing.
    pub reference: String,
    /// When it was begun.
    pub at: String,
}

/// A dispute as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeLine {
    /// The payment's id.
    pub of: String,
    /// `open`, `evidence`, `review`, `won` or `lost`.
    pub state: String,
    /// A decimal string.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// The payer's id.
    pub payer: String,
    /// The payee's id.
    pub payee: String,
    /// What the payer says.
    pub reason: String,
    /// What the payee says.
    pub answer: String,
    /// When it was opened.
    pub at: String,
}

/// One of many people made for a load test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeededLine {
    /// The unique name.
    pub handle: String,
    /// The id.
    pub id: String,
    /// The token of a session.
    pub token: String,
}

impl SeededLine {
    /// As a line of a file.
    #[must_use]
    pub fn to_line(&self) -> String {
        super::to_json(self) + "\n"
    }
}

impl AdminRequest {
    /// As a line.
    #[must_use]
    pub fn to_line(&self) -> String {
        super::to_json(self) + "\n"
    }

    /// Reads a line.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(line: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(line)
    }
}

impl AdminAnswer {
    /// As a line.
    #[must_use]
    pub fn to_line(&self) -> String {
        super::to_json(self) + "\n"
    }

    /// Reads a line.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(line: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(line)
    }
}
