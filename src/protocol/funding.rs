//! Payment methods, and money that comes in and goes out through them. Amounts are decimal strings.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::text::secret;
use crate::clock::Micros;
use crate::ids::{ClientId, FlowId, MethodId};

/// `method.add`: either a card or a bank account.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AddMethod {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// A card.
    pub card: Option<CardDetails>,
    /// A bank account.
    pub bank: Option<BankDetails>,
    /// What its owner calls it, 40 characters at most.
    #[serde(default)]
    pub label: String,
    /// By what it was confirmed: from `step_up.confirm`.
    pub step_up: Option<String>,
}

/// A card as it is typed. The server keeps its brand, its last four digits and when it expires.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CardDetails {
    /// The digits; spaces and hyphens between them say nothing.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "String")]
    pub number: SecretString,
    /// The last month in which it can be used, such as `2027-01`.
    pub expires: String,
    /// The security code, which nobody keeps.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "String")]
    pub code: SecretString,
    /// The name on it, 1 to 64 characters.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "String")]
    pub holder: SecretString,
}

/// A bank account as it is typed.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct BankDetails {
    /// The IBAN; spaces in it say nothing.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "String")]
    pub iban: SecretString,
    /// Whose it is, 1 to 64 characters.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "String")]
    pub holder: SecretString,
}

/// `method.update`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateMethod {
    /// Which one.
    pub method: MethodId,
    /// What its owner calls it from now on, 40 characters at most.
    pub label: Option<String>,
    /// When the card that came in its place expires, such as `2030-01`.
    pub expires: Option<String>,
    /// The security code of that card.
    #[serde(default, deserialize_with = "optional_secret")]
    #[schemars(with = "Option<String>")]
    pub code: Option<SecretString>,
}

fn optional_secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}

/// `method.remove`, `method.default`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct NameMethod {
    /// Which one.
    pub method: MethodId,
}

/// A payment method as its owner sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MethodView {
    /// Which one.
    pub id: MethodId,
    /// `card` or `bank`.
    #[schemars(extend("enum" = ["card", "bank"]))]
    pub kind: &'static str,
    /// The card's brand, such as `visa`; the country of a bank account, such as `DE`.
    pub brand: String,
    /// Of a card: `credit` or `debit`.
    pub funding: Option<&'static str>,
    /// The last four characters of its number.
    pub last_four: String,
    /// Whose it is.
    pub holder: String,
    /// What its owner calls it; may be empty.
    pub label: String,
    /// The last month of a card, such as `2027-01`.
    pub expires: Option<String>,
    /// `active`, `expiring` (this month or the next), `expired`.
    #[schemars(extend("enum" = ["active", "expiring", "expired"]))]
    pub state: &'static str,
    /// It is taken when no other is named.
    pub default: bool,
    /// Money can come from it.
    pub top_up: bool,
    /// Money can go to it.
    pub withdraw: bool,
    /// Before this time none can.
    pub withdraw_from: Option<Micros>,
    /// What is under way with it, and is finished even when it is removed.
    pub unfinished: u32,
    /// When it was added.
    pub added_at: Micros,
}

/// The answer to `method.list` and `method.default`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Methods {
    /// The default one first, then those that were added last.
    pub methods: Vec<MethodView>,
    /// The provider moves play money alone, by the test numbers of docs/sandbox.md.
    pub sandbox: bool,
    /// Always `null`: a person has few.
    pub next: Option<String>,
}

/// The answer to `method.add` and `method.update`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MethodDone {
    /// How it stands now.
    pub method: MethodView,
    /// It had been asked before with this id.
    pub duplicate: bool,
}

/// The answer to `method.remove`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MethodRemoved {
    /// Which one.
    pub method: MethodId,
    /// What is under way with it and will be finished.
    pub unfinished: u32,
}

/// `topup.create`, `withdraw.create`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateFunding {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// From where, or to where.
    pub method: MethodId,
    /// How much.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// Refuse it after this time.
    pub not_after: Option<Micros>,
    /// By what it was confirmed: from `step_up.confirm`.
    pub step_up: Option<String>,
}

/// A top-up or a withdrawal as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FundingView {
    /// Which one.
    pub id: FlowId,
    /// The caller's id of it.
    pub client_id: ClientId,
    /// `topup` or `withdrawal`.
    #[schemars(extend("enum" = ["topup", "withdrawal"]))]
    pub kind: &'static str,
    /// Of a top-up `created`, `requires_action`, `processing`, `settled`, `failed`, `reversed`; of a withdrawal `held`,
    /// `submitted`, `paid`, `failed`, `returned`.
    pub state: &'static str,
    /// From where, or to where.
    pub method: MethodId,
    /// The method's brand, or its country.
    pub brand: String,
    /// The last four characters of the method's number.
    pub last_four: String,
    /// How much.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// Why it failed or came back: `declined`, `insufficient_funds`, `authentication_failed`, `bank_refused`, `called_back`.
    pub reason: Option<&'static str>,
    /// What its owner has to do for it, in the state `requires_action`: a page to open, a path of this server or an https
    /// address.
    pub action: Option<String>,
    /// The money came after the top-up had failed; it is in the balance.
    pub late: bool,
    /// Somebody of the operator looks at it.
    pub review: bool,
    /// When it was begun.
    pub at: Micros,
    /// When it came to this state.
    pub changed_at: Micros,
}

/// The answer to `topup.create` and `withdraw.create`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FundingDone {
    /// How it stands.
    #[serde(flatten)]
    pub funding: FundingView,
    /// It had been asked before with this id.
    pub duplicate: bool,
}

/// The answer to `funding.list`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Fundings {
    /// The own top-ups and withdrawals, the newest first.
    pub fundings: Vec<FundingView>,
    /// The cursor of the next page.
    pub next: Option<String>,
}
