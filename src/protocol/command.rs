//! What clients may ask for: the `d` of each operation. Unknown fields are ignored; what is missing or of another type
//! is refused with the field's path.

use schemars::JsonSchema;
use serde::Deserialize;

use super::LogId;
use crate::clock::Micros;
use crate::ids::{AttachmentId, ClientId, ConversationId, UserId};

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

/// `user.get`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetUsers {
    /// Ids that a message or a list has told, at most 100.
    pub users: Vec<UserId>,
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

/// `conversation.focus`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct FocusConversation {
    /// What this socket looks at from now on; null for none.
    pub conversation: Option<ConversationId>,
}

/// `message.send`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SendMessage {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Where it goes.
    pub conversation: ConversationId,
    /// What it says; it may be missing beside attachments.
    #[serde(default)]
    pub text: String,
    /// What is attached to it, up to 10: uploaded by the sender, each once.
    #[serde(default)]
    pub attachments: Vec<AttachmentId>,
    /// The message of the same conversation that it answers.
    pub reply_to: Option<i64>,
    /// Whom it mentions; who is no member is left out.
    #[serde(default)]
    pub mentions: Vec<UserId>,
}

/// A message by its place.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub struct MessagePlace {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its name there.
    pub seq: i64,
}

/// `message.forward`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ForwardMessage {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Where it goes.
    pub conversation: ConversationId,
    /// Where it stands.
    pub from: MessagePlace,
}

/// `message.edit`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct EditMessage {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Where it stands.
    pub conversation: ConversationId,
    /// Which one.
    pub seq: i64,
    /// What it says from now on.
    pub text: String,
    /// Whom it mentions from now on.
    #[serde(default)]
    pub mentions: Vec<UserId>,
}

/// `message.recall`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RecallMessage {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Where it stands.
    pub conversation: ConversationId,
    /// Which one.
    pub seq: i64,
}

/// `message.hide`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct HideMessages {
    /// Where they stand.
    pub conversation: ConversationId,
    /// Which ones, 1 to 100.
    pub seqs: Vec<i64>,
}

/// `message.pin`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct PinMessage {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Where it stands.
    pub conversation: ConversationId,
    /// Which one.
    pub seq: i64,
    /// Whether it is pinned from now on.
    pub on: bool,
}

/// `reaction.set`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetReaction {
    /// Where the message stands.
    pub conversation: ConversationId,
    /// Which one.
    pub seq: i64,
    /// One emoji.
    pub emoji: String,
    /// Whether one gives it.
    pub on: bool,
}

/// `reaction.list`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListReactions {
    /// Where the message stands.
    pub conversation: ConversationId,
    /// Which one.
    pub seq: i64,
    /// Only this emoji.
    pub emoji: Option<String>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted at most.
    pub limit: Option<u32>,
}

/// `conversation.update`: only what is given changes.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UpdateConversation {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Which group.
    pub conversation: ConversationId,
    /// Another title.
    pub title: Option<String>,
    /// Another picture: an image that the caller has uploaded.
    pub avatar: Option<AttachmentId>,
    /// What new members may read: `all` or `from_join`.
    pub history: Option<String>,
    /// Seconds between two messages of one member, 0 to 86,400; 0 is no limit.
    pub slow_mode_seconds: Option<u32>,
}

/// `conversation.leave`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct LeaveConversation {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Which group.
    pub conversation: ConversationId,
}

/// `conversation.set`: how it is shown to oneself, whole.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetPreferences {
    /// Which one.
    pub conversation: ConversationId,
    /// No notices until then.
    pub muted_until: Option<Micros>,
    /// It stands in the archive.
    pub archived: bool,
    /// It stands at the top.
    pub pinned: bool,
}

/// `member.list`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListMembers {
    /// Of which conversation.
    pub conversation: ConversationId,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted at most.
    pub limit: Option<u32>,
}

/// `member.add`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AddMembers {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// To which group.
    pub conversation: ConversationId,
    /// Whom, 1 to 100, each once.
    pub users: Vec<UserId>,
}

/// `member.remove`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RemoveMember {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// From which group.
    pub conversation: ConversationId,
    /// Whom.
    pub user: UserId,
}

/// `member.role`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetMemberRole {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// In which group.
    pub conversation: ConversationId,
    /// Whose.
    pub user: UserId,
    /// `member`, `admin` or `owner`; who becomes owner takes the place of who was.
    pub role: String,
}

/// `draft.set`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetDraft {
    /// In which conversation.
    pub conversation: ConversationId,
    /// What was begun; empty for nothing any more.
    pub text: String,
    /// The message that it will answer.
    pub reply_to: Option<i64>,
}

/// `typing.set`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetTyping {
    /// Where.
    pub conversation: ConversationId,
    /// Whether one types.
    pub on: bool,
}

/// `presence.watch`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct WatchPresence {
    /// Whom this socket watches from now on, up to 200; nobody else.
    pub users: Vec<UserId>,
}

/// `settings.set`: one of them at least; what is not there stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetSettings {
    /// Who may see whether one is online: `everybody`, `contacts` or `nobody`.
    pub presence: Option<super::item::SeenBy>,
    /// Whether one gets receipts by e-mail, where the server sends them.
    pub receipt_mail: Option<bool>,
}

/// `contact.request` and `contact.remove`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AboutUser {
    /// Whom.
    pub user: UserId,
}

/// `contact.answer`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AnswerContact {
    /// Who asked.
    pub user: UserId,
    /// Yes or no.
    pub accept: bool,
}

/// `contact.block`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct BlockUser {
    /// Whom.
    pub user: UserId,
    /// Whether they are blocked from now on.
    pub on: bool,
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
    /// Of a conversation: the position of the marks that are known.
    #[serde(default)]
    pub mark_rev: i64,
}

/// `read.mark` and `delivered.mark`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RaiseMark {
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
    /// Only what fits all of this.
    pub filter: Option<HistoryFilter>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted at most.
    pub limit: Option<u32>,
}

/// What of a history is asked for: what fits every field that is there.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct HistoryFilter {
    /// What it is for, such as `payment`.
    pub kind: Option<String>,
    /// `in` or `out`.
    pub direction: Option<String>,
    /// What the row does, such as `posted`.
    pub state: Option<String>,
    /// Whom it was exchanged with.
    pub person: Option<UserId>,
    /// From this time on.
    pub from: Option<Micros>,
    /// Before this time.
    pub to: Option<Micros>,
    /// At least so much: a decimal string.
    pub min: Option<String>,
    /// At most so much: a decimal string.
    pub max: Option<String>,
    /// Parts of the note, of the other's name or handle, or of the amount, all of which stand there; at most 200
    /// characters.
    pub text: Option<String>,
}

/// `wallet.summary`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetSummary {
    /// One currency; the default one when missing.
    pub currency: Option<String>,
    /// The month (UTC), such as `2026-01`; the present one when missing.
    pub month: Option<String>,
}

/// `budget.set`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetBudget {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// ISO 4217.
    pub currency: String,
    /// What for: `payment`, `fee` and other kinds that people spend on, or `all`.
    pub kind: String,
    /// The month (UTC), such as `2026-01`; each when missing.
    pub month: Option<String>,
    /// How much, a decimal string above zero; null for no budget any more.
    pub amount: Option<String>,
}

/// `wallet.transaction`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GetTransaction {
    /// The id of any row that belongs to it.
    pub transfer: String,
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
    /// By what it was confirmed: from `step_up.confirm`.
    pub step_up: Option<String>,
    /// Hold the money until the payee accepts it.
    #[serde(default)]
    pub accept_first: bool,
}

/// `transfer.status`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct TransferStatus {
    /// The id that the payment was sent with.
    pub client_id: ClientId,
}
