//! What the server tells: the shapes inside answers and pushes.

use serde::Serialize;
use serde_json::value::RawValue;

use super::LogId;
use crate::clock::Micros;
use crate::ids::{AccountId, ClientId, ConversationId, UserId};

/// Every push there is, in the order of the documentation.
pub const PUSHES: &[&str] = &[
    "message.posted",
    "message.changed",
    "item.changed",
    "account.changed",
    "transfer.changed",
    "read.marked",
    "head",
    "drain",
];

/// A person, as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserView {
    /// The id.
    pub id: UserId,
    /// The unique name.
    pub handle: String,
    /// The name to show.
    pub display_name: String,
}

/// A message, the same for every reader.
#[derive(Debug, Clone, Serialize)]
pub struct MessageView {
    /// Its conversation.
    pub conversation: ConversationId,
    /// The position at which it was posted: its name within the conversation.
    pub seq: i64,
    /// The position of its last change; `seq` when new.
    pub rev: i64,
    /// Its number among the countable messages, without gaps; none for system rows.
    pub n: Option<i64>,
    /// Who posted it.
    pub sender: UserId,
    /// The sender's own id of it.
    pub client_id: ClientId,
    /// When the server accepted it.
    pub at: Micros,
    /// `text`, `system` or `card`.
    pub kind: &'static str,
    /// What it says.
    pub text: Option<String>,
    /// The card, for `card`.
    pub card: Option<CardView>,
}

/// Something that the server alone writes into a conversation.
#[derive(Debug, Clone, Serialize)]
pub struct CardView {
    /// What it is, such as `transfer`.
    pub kind: String,
    /// Its opaque id.
    pub id: String,
    /// What every member may see of it.
    pub data: Box<RawValue>,
}

/// A transfer's card: what every member of its conversation sees.
#[derive(Debug, Clone, Serialize)]
pub struct TransferCard<'a> {
    /// Who paid.
    pub from: UserId,
    /// Who was paid.
    pub to: UserId,
    /// A decimal string.
    pub amount: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
    /// What for.
    pub note: &'a str,
    /// `posted`.
    pub state: &'static str,
}

/// The answer to `message.send`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct MessageSent {
    /// Where.
    pub conversation: ConversationId,
    /// The message's name there.
    pub seq: i64,
    /// The position of its last change.
    pub rev: i64,
    /// Its number among the countable messages.
    pub n: Option<i64>,
    /// When the server accepted it.
    pub at: Micros,
    /// It had been sent before with this id.
    pub duplicate: bool,
}

/// A member of a conversation.
#[derive(Debug, Clone, Serialize)]
pub struct MemberView {
    /// Who.
    pub user: UserView,
    /// `owner`, `admin` or `member`.
    pub role: &'static str,
    /// The last message that they have read.
    pub read_seq: i64,
}

/// A conversation, as one member sees it.
#[derive(Debug, Clone, Serialize)]
pub struct ConversationView {
    /// The id.
    pub id: ConversationId,
    /// `direct`, `group` or `support`.
    pub kind: &'static str,
    /// A group's title.
    pub title: Option<String>,
    /// When it began.
    pub created_at: Micros,
    /// Its log's position.
    pub rev: i64,
    /// The number of its last countable message.
    pub n: i64,
    /// Up to 100 of them.
    pub members: Vec<MemberView>,
    /// How many there are.
    pub member_count: usize,
    /// The newest message.
    pub last_message: Option<MessageView>,
    /// Unread messages, at most 100 (shown as 99+).
    pub unread: u32,
    /// The own read mark.
    pub read_seq: i64,
}

/// `read.marked`, and the marks in a `sync`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ReadMarked {
    /// Where.
    pub conversation: ConversationId,
    /// Who read.
    pub user: UserId,
    /// How far.
    pub seq: i64,
}

/// An account, as its owner sees it. Amounts are decimal strings.
#[derive(Debug, Clone, Serialize)]
pub struct AccountView {
    /// The id; none before the first credit.
    pub id: Option<AccountId>,
    /// Its log.
    pub log: Option<LogId>,
    /// Its log's position.
    pub rev: i64,
    /// ISO 4217.
    pub currency: String,
    /// Everything posted.
    pub balance: String,
    /// What can be spent.
    pub available: String,
    /// What is held for payments under way.
    pub held: String,
    /// `open`, `frozen` or `closed`.
    pub status: &'static str,
}

/// A movement of an account, as its owner sees it.
#[derive(Debug, Clone, Serialize)]
pub struct TransferView {
    /// The opaque id.
    pub id: String,
    /// `payment` or `funding`.
    pub kind: &'static str,
    /// `in` or `out`.
    pub direction: &'static str,
    /// `posted`.
    pub state: &'static str,
    /// A decimal string, without a sign.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// The balance after it.
    pub balance: String,
    /// The other person; none for the system.
    pub counterparty: Option<UserView>,
    /// What for.
    pub note: String,
    /// Where its card stands.
    pub conversation: Option<ConversationId>,
    /// When it was posted.
    pub at: Micros,
}

/// `account.changed`.
#[derive(Debug, Clone, Serialize)]
pub struct AccountChanged {
    /// The account after the movement.
    pub account: AccountView,
    /// The movement.
    pub transfer: TransferView,
}

/// `transfer.changed`, to both parties.
#[derive(Debug, Clone, Serialize)]
pub struct TransferChanged {
    /// The opaque id.
    pub id: String,
    /// The payer's own id of it.
    pub client_id: ClientId,
    /// `posted`.
    pub state: &'static str,
    /// Who paid.
    pub from: UserId,
    /// Who was paid.
    pub to: UserId,
    /// A decimal string.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// Where its card stands.
    pub conversation: Option<ConversationId>,
}

/// The answer to `transfer.send` and `transfer.status`.
#[derive(Debug, Clone, Serialize)]
pub struct TransferSent {
    /// The opaque id.
    pub id: String,
    /// `posted`.
    pub state: &'static str,
    /// When it was posted.
    pub at: Micros,
    /// The payer's balance after it.
    pub balance: String,
    /// Where its card stands.
    pub conversation: Option<ConversationId>,
    /// The card's name there.
    pub seq: Option<i64>,
    /// It had been sent before with this id.
    pub duplicate: bool,
}

/// A row of the user's log.
#[derive(Debug, Clone, Serialize)]
pub struct ItemView {
    /// `conversation` or `contact`.
    pub kind: String,
    /// What it is about.
    pub key: String,
    /// The position of its last change.
    pub rev: i64,
    /// What is known of it.
    pub value: Box<RawValue>,
}

/// `item.changed`.
#[derive(Debug, Clone, Serialize)]
pub struct ItemsChanged {
    /// The rows.
    pub items: Vec<ItemView>,
}

/// One log in the answer to `sync`.
#[derive(Debug, Clone, Serialize)]
pub struct SyncedLog {
    /// The log.
    pub log: LogId,
    /// The new cursor, whatever rows came.
    pub through: i64,
    /// There is more: ask again from `through`.
    pub more: bool,
    /// Of a conversation: what was posted or changed, ascending by `rev`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<MessageView>>,
    /// Of a conversation: everybody's read marks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marks: Option<Vec<ReadMarked>>,
    /// Of an account: how it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountView>,
    /// Of a user: what changed, ascending by `rev`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<ItemView>>,
}

/// The answer to `sync`.
#[derive(Debug, Clone, Serialize)]
pub struct Synced {
    /// Each log that was asked for and may be read.
    pub logs: Vec<SyncedLog>,
    /// The logs that may not be read, or are not there.
    pub gone: Vec<LogId>,
}

/// `drain`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Drain {
    /// Come back after this many milliseconds.
    pub reconnect_after_ms: u64,
}
