//! What the server tells: the shapes inside answers and pushes.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{ForwardedView, LogId, ReactionView};
use crate::clock::Micros;
use crate::ids::{AccountId, AttachmentId, ClientId, ConversationId, SessionId, UserId};

/// A person, as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UserView {
    /// The id.
    pub id: UserId,
    /// The unique name.
    pub handle: String,
    /// The name to show.
    pub display_name: String,
}

/// A message, the same for every reader.
#[derive(Debug, Clone, Serialize, JsonSchema)]
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
    #[schemars(extend("enum" = ["text", "system", "card"]))]
    pub kind: &'static str,
    /// What it says.
    pub text: Option<String>,
    /// The card, for `card`.
    pub card: Option<CardView>,
    /// The message of this conversation that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<i64>,
    /// Whose words it repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<ForwardedView>,
    /// When its text was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Micros>,
    /// Who recalled it; nothing else is left of it then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recalled: Option<RecalledView>,
    /// It is pinned; absent when it is not.
    #[serde(skip_serializing_if = "is_false")]
    pub pinned: bool,
    /// Whom it mentions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// What is attached to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<super::AttachmentView>,
    /// What stands under it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<ReactionView>,
    /// What happened, for `system`: `{what, by, …}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<super::SystemView>")]
    pub system: Option<Box<RawValue>>,
}

// serde calls it with a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// Who recalled a message.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct RecalledView {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Micros,
}

/// Something that the server alone writes into a conversation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CardView {
    /// What it is, such as `transfer`.
    #[schemars(extend("examples" = ["transfer"]))]
    pub kind: String,
    /// Its opaque id.
    #[schemars(extend("examples" = ["AaIJbsgsdFGlV"]))]
    pub id: String,
    /// What every member may see of it.
    #[schemars(with = "serde_json::Value")]
    #[schemars(extend("examples" = [{"from": "01a2096e-c441-7451-a557-d845361cb7ee", "to": "01a2096e-c441-7451-a557-d845361cb7ee", "amount": "12.50", "currency": "CNY", "note": "for tea", "state": "posted"}]))]
    pub data: Box<RawValue>,
}

/// A transfer's card: what every member of its conversation sees.
#[derive(Debug, Clone, Serialize, JsonSchema)]
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
    /// `posted`, or `reversed` for money that went back; of one that is accepted first `held`, `accepted`, `declined`,
    /// `cancelled` or `expired`.
    #[schemars(extend("enum" = ["posted", "reversed", "held", "accepted", "declined", "cancelled", "expired"]))]
    pub state: &'static str,
    /// What of it went back, if something did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refunded: Option<&'a str>,
    /// Until when it can be accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Micros>,
}

impl TransferCard<'_> {
    /// Whether a card, as it was written, says all of this but for its state; it may say more.
    #[must_use]
    pub fn is_said_by(&self, card: &str) -> bool {
        let said = serde_json::from_str::<serde_json::Value>(card);
        let (Ok(said), Ok(serde_json::Value::Object(this))) = (said, serde_json::to_value(self)) else {
            return false;
        };
        let but_state = this.iter().filter(|(name, _)| *name != "state");
        but_state.into_iter().all(|(name, value)| said.get(name) == Some(value))
    }

    /// The state that a card, as it was written, says.
    #[must_use]
    pub fn state_of(card: &str) -> Option<String> {
        let said: serde_json::Value = serde_json::from_str(card).ok()?;
        Some(said.get("state")?.as_str()?.to_owned())
    }
}

/// The answer to `message.send`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MemberView {
    /// Who.
    pub user: UserView,
    /// `owner`, `admin` or `member`.
    #[schemars(extend("enum" = ["owner", "admin", "member"]))]
    pub role: &'static str,
    /// The last message that they have read.
    pub read_seq: i64,
    /// The last message that reached a device of theirs.
    pub delivered_seq: i64,
}

/// A conversation, as one member sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ConversationView {
    /// The id.
    pub id: ConversationId,
    /// `direct`, `group` or `support`.
    #[schemars(extend("enum" = ["direct", "group", "support"]))]
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
    /// Those of them that mention oneself.
    pub mentions: u32,
    /// The own read mark.
    pub read_seq: i64,
    /// What one may do: `owner`, `admin` or `member`.
    pub my_role: &'static str,
    /// What stands up to here may not be read by oneself.
    pub from_seq: i64,
    /// The picture that shows it.
    pub avatar: Option<AttachmentId>,
    /// What new members may read: `all` or `from_join`.
    pub history: &'static str,
    /// Seconds between two messages of one member; 0 is no limit.
    pub slow_mode_seconds: u32,
    /// Of a direct one: `none`, `by_me`, `by_them` or `both`.
    pub blocked: &'static str,
}

/// `read.marked` and `delivered.marked`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct MarkRaised {
    /// Where.
    pub conversation: ConversationId,
    /// Whose it is.
    pub user: UserId,
    /// How far.
    pub seq: i64,
}

/// Somebody's marks in a `sync`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct MarksView {
    /// Where.
    pub conversation: ConversationId,
    /// Whose they are.
    pub user: UserId,
    /// The last message that they have read.
    pub seq: i64,
    /// The last message that reached a device of theirs.
    pub delivered_seq: i64,
}

/// `presence.changed`, and a person in the answer to `presence.watch`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct PresenceView {
    /// Who.
    pub user: UserId,
    /// `online`, `offline`, or `hidden` when it is not for this reader to know.
    pub state: &'static str,
    /// When they last were online, if that is known and they are not.
    pub last_seen: Option<Micros>,
}

impl PresenceView {
    /// Somebody who may be seen.
    #[must_use]
    pub const fn of(user: UserId, online: bool, last_seen: Option<Micros>) -> Self {
        let state = if online { "online" } else { "offline" };
        Self { user, state, last_seen }
    }

    /// Somebody who may not.
    #[must_use]
    pub const fn hidden(user: UserId) -> Self {
        Self {
            user,
            state: "hidden",
            last_seen: None,
        }
    }
}

/// The answer to `presence.watch`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PresenceWatched {
    /// Everybody who was asked about.
    pub presence: Vec<PresenceView>,
}

/// The answer to `presence.count`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct PresenceCounted {
    /// Members who are online.
    pub online: u64,
}

/// The answer to `settings.set`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct SettingsSet {
    /// Who may see whether one is online, if that was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<super::item::SeenBy>,
    /// Whether one gets receipts by e-mail, if that was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt_mail: Option<bool>,
}

/// `typing`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct Typing {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub user: UserId,
    /// Whether they began or stopped.
    pub on: bool,
}

/// An account, as its owner sees it. Amounts are decimal strings.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AccountView {
    /// The id; none before the first credit.
    pub id: Option<AccountId>,
    /// Its log.
    #[schemars(extend("examples" = ["a:01a2096e-c441-7451-a557-d845361cb7ee"]))]
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
    #[schemars(extend("enum" = ["open", "frozen", "closed"]))]
    pub status: &'static str,
}

/// A movement of an account, as its owner sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TransferView {
    /// The opaque id.
    pub id: String,
    /// `payment`, `funding`, `fee`, `claim`, `correction`, `request`, `packet`, `bill`, `schedule`, `topup` or `withdrawal`.
    #[schemars(extend("enum" = [
        "payment", "funding", "fee", "claim", "correction", "request", "packet", "bill", "schedule", "topup", "withdrawal"
    ]))]
    pub kind: &'static str,
    /// `in` or `out`.
    #[schemars(extend("enum" = ["in", "out"]))]
    pub direction: &'static str,
    /// `posted`, `held`, `captured`, `voided`, `expired` or `reversed`.
    #[schemars(extend("enum" = ["posted", "held", "captured", "voided", "expired", "reversed"]))]
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
    /// When a hold ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Micros>,
    /// When it was posted.
    pub at: Micros,
}

/// `account.changed`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AccountChanged {
    /// The account after the movement.
    pub account: AccountView,
    /// The movement; none when something happened to the account itself.
    pub transfer: Option<TransferView>,
}

/// `transfer.changed`, to both parties.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TransferChanged {
    /// The opaque id.
    pub id: String,
    /// The payer's own id of it.
    pub client_id: ClientId,
    /// As in a movement; of one that is accepted first `held`, `accepted`, `declined`, `cancelled` or `expired`.
    #[schemars(extend("enum" = ["posted", "held", "captured", "voided", "expired", "reversed", "accepted", "declined", "cancelled"]))]
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

/// The answer to `wallet.summary`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Summary {
    /// ISO 4217.
    pub currency: String,
    /// The month, such as `2026-01`.
    pub month: String,
    /// All movements are counted; if not, ask again, and what follows is not yet all.
    pub complete: bool,
    /// The balance before the month; null until all is counted.
    pub opening: Option<String>,
    /// The balance after it, or now; null until all is counted.
    pub closing: Option<String>,
    /// What came in.
    #[serde(rename = "in")]
    pub came_in: String,
    /// What went out.
    pub out: String,
    /// Movements.
    pub count: i64,
    /// The same by kind and direction.
    pub sums: Vec<SummarySum>,
}

/// A sum of a month.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SummarySum {
    /// What for, such as `payment`.
    pub kind: &'static str,
    /// `in` or `out`.
    #[schemars(extend("enum" = ["in", "out"]))]
    pub direction: &'static str,
    /// It is of what was given back.
    pub returned: bool,
    /// How much.
    pub amount: String,
    /// Movements.
    pub count: i64,
}

/// The answer to `budget.set`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BudgetSet {
    /// The budget; null when there is none any more.
    pub budget: Option<BudgetView>,
}

/// The answer to `budget.list`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BudgetList {
    /// All of them.
    pub budgets: Vec<BudgetView>,
}

/// A budget and what was spent of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BudgetView {
    /// What was set, and the last notice.
    #[serde(flatten)]
    pub budget: super::item::Budget,
    /// The month that `spent` is of: its own, or the present one.
    pub in_month: String,
    /// What was spent in that month; null while it is being counted.
    pub spent: Option<String>,
}

/// The answer to `wallet.transaction`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Transaction {
    /// Its rows that are the caller's, in the order of the ledger: what was held, captured, released, paid and given
    /// back, and the fee.
    pub transfers: Vec<TransferView>,
    /// All of them are there; false beyond 200.
    pub complete: bool,
}

/// The answer to `transfer.send` and `transfer.status`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TransferSent {
    /// The opaque id.
    pub id: String,
    /// `posted`, or `held` until the payee accepts it.
    #[schemars(extend("enum" = ["posted", "held"]))]
    pub state: &'static str,
    /// When it was posted.
    pub at: Micros,
    /// The payer's balance after it.
    pub balance: String,
    /// What it cost the payer on top; none when it cost nothing.
    pub fee: Option<String>,
    /// Where its card stands.
    pub conversation: Option<ConversationId>,
    /// The card's name there.
    pub seq: Option<i64>,
    /// It had been sent before with this id.
    pub duplicate: bool,
}

/// A row of the user's log.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ItemView {
    /// `conversation` or `contact`.
    #[schemars(extend("examples" = ["contact"]))]
    pub kind: String,
    /// What it is about.
    #[schemars(extend("examples" = ["01a2096e-c441-7451-a557-d845361cb7ee"]))]
    pub key: String,
    /// The position of its last change.
    pub rev: i64,
    /// What is known of it.
    #[schemars(with = "serde_json::Value")]
    #[schemars(extend("examples" = [{"since": "2026-11-23T17:23:04.886Z"}]))]
    pub value: Box<RawValue>,
}

/// `item.changed`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ItemsChanged {
    /// The rows.
    pub items: Vec<ItemView>,
}

/// One log in the answer to `sync`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
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
    /// Of a conversation: the marks that were raised beyond the `mark_rev` of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marks: Option<Vec<MarksView>>,
    /// Of a conversation: the position of its marks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark_rev: Option<i64>,
    /// Of a conversation: what stands up to here can no longer be given to this person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor: Option<i64>,
    /// Of an account: how it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountView>,
    /// Of a user: what changed, ascending by `rev`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<ItemView>>,
}

/// The answer to `sync`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Synced {
    /// Each log that was asked for and may be read.
    pub logs: Vec<SyncedLog>,
    /// The logs that may not be read, or are not there.
    pub gone: Vec<LogId>,
}

/// `drain`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct Drain {
    /// Come back after this many milliseconds.
    pub reconnect_after_ms: u64,
}

/// The answer to `hello`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Welcome {
    /// Who is signed in.
    pub user: super::http::OwnUserView,
    /// The login.
    pub session: SessionId,
    /// The server's time.
    pub now: Micros,
    /// What the server holds the client to.
    pub limits: LimitsView,
    /// Milliseconds between two pings.
    pub heartbeat_ms: u64,
    /// The server.
    pub server: HelloServer,
    /// What the wallet offers.
    pub wallet: WalletView,
    /// The answer to `resume`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume: Option<Synced>,
}

/// The server, as `hello` tells of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HelloServer {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The oldest web client that it serves.
    pub min_client: String,
    /// The oldest web client that may move money.
    pub min_pay: String,
}

/// What the wallet offers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WalletView {
    /// All currencies.
    pub currencies: Vec<CurrencyView>,
    /// The one that a new wallet shows.
    pub default_currency: String,
    /// What a payment costs its payer on top, in hundredths of a per cent of the amount, rounded down to whole minor
    /// units.
    pub fee_basis_points: u16,
}

/// A currency.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CurrencyView {
    /// ISO 4217.
    pub code: String,
    /// Decimals of an amount.
    pub exponent: u8,
    /// A payment of more is held until its payee accepts it; none without such a bound.
    pub accept_first_above: Option<String>,
}

/// What the server holds a client to. A rate of 0 is unlimited.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LimitsView {
    /// Bytes of a frame.
    pub frame_bytes: usize,
    /// Bytes of a message's text.
    pub text_bytes: usize,
    /// Sockets of a user on one node.
    pub connections_per_user: u32,
    /// Messages and payments a second.
    pub sends_per_second: u32,
    /// As many at once.
    pub sends_burst: u32,
    /// Operations a second.
    pub ops_per_second: u32,
    /// As many at once.
    pub ops_burst: u32,
    /// Rows of a page.
    pub history_page: u32,
    /// Positions of a `sync`.
    pub sync_positions: usize,
    /// Members of a group.
    pub group_members: usize,
    /// Members up to which everybody hears what others have read and who types.
    pub receipt_members: usize,
    /// Members from which on only a socket that looks at a conversation gets its messages whole.
    pub head_mode_members: usize,
    /// Seconds in which one's own message may be edited.
    pub edit_seconds: u32,
    /// Seconds in which one's own message may be recalled.
    pub recall_seconds: u32,
    /// Characters of a payment's note.
    pub note_chars: usize,
    /// Requests without an answer on one socket.
    pub in_flight: usize,
}

/// The answer to `ping`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Pong {
    /// The server's time.
    pub now: Micros,
}

/// The answer to `user.find`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FoundUser {
    /// Who.
    pub user: UserView,
}

/// The answer to `user.get`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GotUsers {
    /// Those that there are, in no order.
    pub users: Vec<UserView>,
}

/// A contact.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ContactView {
    /// Who.
    pub user: UserView,
    /// `accepted`, `requested` (by oneself) or `pending` (by them).
    pub state: super::item::ContactState,
    /// Since when.
    pub since: Micros,
}

/// The answer to `contact.list`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Contacts {
    /// All of them, by name.
    pub contacts: Vec<ContactView>,
    /// The next page.
    pub next: Option<String>,
}

/// The answer to `conversation.create`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Created {
    /// The conversation.
    pub conversation: ConversationView,
    /// It was there before.
    pub duplicate: bool,
}

/// The answer to `conversation.get`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GotConversation {
    /// The conversation.
    pub conversation: ConversationView,
}

/// The answer to `conversation.list`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Conversations {
    /// The page.
    pub conversations: Vec<ConversationView>,
    /// The next page.
    pub next: Option<String>,
}

/// The answer to `message.history`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Messages {
    /// The page, ascending by `seq`.
    pub messages: Vec<MessageView>,
    /// The next page.
    pub next: Option<i64>,
}

/// The answer to `message.edit`, `message.recall` and `message.pin`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct MessageChanged {
    /// Where.
    pub conversation: ConversationId,
    /// Which message.
    pub seq: i64,
    /// The position that it has now.
    pub rev: i64,
    /// It had been asked before with this id.
    pub duplicate: bool,
}

/// The answer to `reaction.set`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct ReactionSet {
    /// Where.
    pub conversation: ConversationId,
    /// Under which message.
    pub seq: i64,
    /// The position that it has now.
    pub rev: i64,
}

/// The answer to `conversation.update`, `conversation.leave`, `member.add`, `member.remove` and `member.role`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ConversationChanged {
    /// Which one.
    pub conversation: ConversationId,
    /// The log's position after it.
    pub rev: i64,
    /// Who was added, for `member.add`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added: Option<Vec<UserId>>,
    /// It had been asked before with this id.
    pub duplicate: bool,
}

/// The answer to `conversation.set`, `draft.set` and `typing.set`: what it was about.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct ConversationSet {
    /// Which one.
    pub conversation: ConversationId,
}

/// The answer to `conversation.focus`: what the socket looks at now.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct ConversationFocused {
    /// Which one; none when it is null.
    pub conversation: Option<ConversationId>,
}

/// The answer to `message.hide`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MessagesHidden {
    /// Where.
    pub conversation: ConversationId,
    /// Which ones.
    pub seqs: Vec<i64>,
}

/// The answer to `message.pinned`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PinnedMessages {
    /// What is pinned, the latest first.
    pub messages: Vec<MessageView>,
}

/// A reaction of one person.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GivenReaction {
    /// Who.
    pub user: UserView,
    /// The emoji.
    pub emoji: String,
    /// When.
    pub at: Micros,
}

/// The answer to `reaction.list`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GivenReactions {
    /// The page.
    pub reactions: Vec<GivenReaction>,
    /// The next page.
    pub next: Option<String>,
}

/// The answer to `member.list`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Members {
    /// The page.
    pub members: Vec<MemberView>,
    /// The next page.
    pub next: Option<String>,
}

/// The answer to `contact.request` and `contact.answer`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct ContactAsked {
    /// Who.
    pub user: UserId,
    /// How one stands to them now; none when they are no contact.
    pub state: Option<super::item::ContactState>,
}

/// The answer to `contact.remove`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct ContactRemoved {
    /// Who.
    pub user: UserId,
}

/// The answer to `contact.block`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct ContactBlocked {
    /// Who.
    pub user: UserId,
    /// Whether they are blocked now.
    pub on: bool,
}

/// Somebody whom one has blocked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BlockedView {
    /// Who.
    pub user: UserView,
    /// Since when.
    pub since: Micros,
}

/// The answer to `contact.blocked`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BlockedPeople {
    /// All of them.
    pub users: Vec<BlockedView>,
}

/// The answer to `read.mark` and `delivered.mark`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Marked {
    /// Where.
    pub conversation: ConversationId,
    /// How far the mark is now.
    pub seq: i64,
}

/// The answer to `wallet.accounts`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Accounts {
    /// All of them, the default currency first.
    pub accounts: Vec<AccountView>,
    /// The next page.
    pub next: Option<String>,
}

/// The answer to `wallet.history`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Transfers {
    /// The page, newest first.
    pub transfers: Vec<TransferView>,
    /// The next page.
    pub next: Option<String>,
}

/// The answer to `transfer.status`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum TransferOutcome {
    /// It was posted.
    Posted(TransferSent),
    /// It was refused for good.
    Refused {
        /// `refused`.
        #[schemars(extend("enum" = ["refused"]))]
        state: &'static str,
        /// Why.
        error: super::WireError,
    },
}
