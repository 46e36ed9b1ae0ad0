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
    /// The money is there.
    Funded {
        /// Who got it.
        handle: String,
        /// Their balance after it.
        balance: String,
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
