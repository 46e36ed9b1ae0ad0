//! What clients may ask for: the `d` of each operation. Unknown fields are ignored; what is missing or of another type
//! is refused with the field's path.

use schemars::JsonSchema;
use serde::Deserialize;

use super::LogId;
use crate::clock::Micros;
use crate::ids::{ClientId, ConversationId, UserId};

/// `hello`: who is there.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Hello {
    /// The session's token, unless the upgrade carried the cookie; it wins over the cookie.
    pub token: Option<String>,
    /// What the person calls the device.
    #[serde(default)]
    pub device: String,
    /// The program.
    pub client: ClientInfo,
    /// Cursors to synchronise at once.
    pub resume: Option<Sync>,
}

/// A client program.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ClientInfo {
    /// Its name, such as `quipu-web`.
    pub name: String,
    /// Its version, `major.minor.patch`.
    pub version: String,
}

/// Operations without a content.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Nothing {}

/// `user.find`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct FindUser {
    /// The handle, in any case, with or without a leading `@`.
    pub handle: String,
}

/// What kind of conversation is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NewConversationKind {
    /// The one conversation of two people.
    Direct,
    /// A group with a title.
    Group,
}

/// `conversation.create`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateConversation {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Direct or group.
    pub kind: NewConversationKind,
    /// The others.
    pub members: Vec<UserId>,
    /// A group's title.
    pub title: Option<String>,
}

/// `conversation.list`, `contact.list` and other lists in pages.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Page {
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted at most.
    pub limit: Option<u32>,
}

/// `conversation.get`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetConversation {
    /// Which one.
    pub conversation: ConversationId,
}

/// `message.send`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SendMessage {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Where it goes.
    pub conversation: ConversationId,
    /// What it says.
    pub text: String,
}

/// `message.history`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct History {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Messages with a smaller `seq`.
    pub before: Option<i64>,
    /// Messages with a larger `seq`.
    pub after: Option<i64>,
    /// Rows wanted at most.
    pub limit: Option<u32>,
}

/// `sync`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Sync {
    /// The cursor of each log.
    pub positions: Vec<Position>,
    /// Rows of each log wanted at most.
    pub limit: Option<u32>,
}

/// How far a client is in a log.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub struct Position {
    /// The log.
    pub log: LogId,
    /// Its cursor.
    pub rev: i64,
}

/// `read.mark`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct MarkRead {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The last message that was seen.
    pub seq: i64,
}

/// `wallet.history`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct WalletHistory {
    /// One currency; the default one when missing.
    pub currency: Option<String>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted at most.
    pub limit: Option<u32>,
}

/// `transfer.send`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SendTransfer {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Where the card goes; without it, the direct conversation of payer and payee.
    pub conversation: Option<ConversationId>,
    /// Who is paid.
    pub to: UserId,
    /// How much: a decimal string.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// What for.
    #[serde(default)]
    pub note: String,
    /// The fee that the payer agreed to, a decimal string; without it, whatever it is.
    pub fee: Option<String>,
    /// Refuse the payment after this time.
    pub not_after: Option<Micros>,
}

/// `transfer.status`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct TransferStatus {
    /// The id that the payment was sent with.
    pub client_id: ClientId,
}
