//! JSON that the server keeps in a column because the wire shows it as it is: what a message has beside its text, the
//! rows about a conversation itself, and the rows of people's own logs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Micros;
use crate::ids::{ConversationId, UserId};

/// An object that we wrote ourselves, with a text under a name beside what it has.
#[must_use]
pub fn with_text(object: &str, name: &str, text: String) -> String {
    match serde_json::from_str(object) {
        Ok(serde_json::Value::Object(mut fields)) => {
            fields.insert(name.to_owned(), text.into());
            serde_json::Value::Object(fields).to_string()
        }
        _ => object.to_owned(),
    }
}

/// What a message has beside its text. For most messages it is empty, and nothing is kept then.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessageExtra {
    /// The message of the same conversation that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<i64>,
    /// Whose words it repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<ForwardedView>,
    /// Whom it mentions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// What is attached to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<super::AttachmentView>,
}

impl MessageExtra {
    /// As a column holds it: nothing when it is empty.
    #[must_use]
    pub fn to_column(&self) -> Option<String> {
        (*self != Self::default()).then(|| super::to_json(self))
    }

    /// Reads a column. What cannot be read, such as one of a later version, shows nothing.
    #[must_use]
    pub fn from_column(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }
}

/// Whose words a forwarded message repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForwardedView {
    /// Who wrote them first.
    pub sender: UserId,
    /// When.
    pub at: Micros,
}

/// How often an emoji stands under a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReactionView {
    /// The emoji.
    pub emoji: String,
    /// How many people gave it.
    pub count: u32,
    /// Up to 8 of them, those who came first.
    pub users: Vec<UserId>,
}

/// Reactions as a column holds them: nothing when there are none.
#[must_use]
pub fn reactions_to_column(reactions: &[ReactionView]) -> Option<String> {
    (!reactions.is_empty()).then(|| super::to_json(&reactions))
}

/// Reads reactions from a column.
#[must_use]
pub fn reactions_from_column(text: Option<&str>) -> Vec<ReactionView> {
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

/// Something that happened to a conversation itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SystemChange {
    /// People were added.
    MembersAdded(Vec<UserId>),
    /// Somebody was removed.
    MemberRemoved(UserId),
    /// Somebody left.
    MemberLeft(UserId),
    /// Somebody has another role: `owner`, `admin` or `member`.
    RoleChanged(UserId, &'static str),
    /// It has another title.
    TitleChanged(String),
    /// It has another picture.
    AvatarChanged,
    /// New members may read something else: `all` or `from_join`.
    HistoryChanged(&'static str),
    /// Seconds between two messages of a member were set; 0 is off.
    SlowModeChanged(u32),
    /// A message was pinned, or is pinned no more.
    MessagePinned(i64, bool),
}

/// The words of what changes who the members are.
const TURN_MEMBERS: [&str; 3] = ["members_added", "member_removed", "member_left"];

/// What happened to a conversation itself, as its row and the wire hold it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct SystemView {
    /// `members_added`, `member_removed`, `member_left`, `role_changed`, `title_changed`, `avatar_changed`,
    /// `history_changed`, `slow_mode_changed` or `message_pinned`.
    pub what: String,
    /// Who did it.
    pub by: Option<UserId>,
    /// Whom it concerns: those who were added, or the one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<UserId>>,
    /// The role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What new members may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<String>,
    /// Seconds between two messages of a member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// The message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// Whether it is pinned now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<bool>,
}

/// Writes a change by somebody.
#[must_use]
pub fn system_row(change: &SystemChange, by: UserId) -> String {
    let says = |what: &str| SystemView {
        what: what.to_owned(),
        by: Some(by),
        ..SystemView::default()
    };
    let about = |what: &str, users: &[UserId]| SystemView {
        users: Some(users.to_vec()),
        ..says(what)
    };
    super::to_json(&match change {
        SystemChange::MembersAdded(users) => about("members_added", users),
        SystemChange::MemberRemoved(user) => about("member_removed", &[*user]),
        SystemChange::MemberLeft(user) => about("member_left", &[*user]),
        SystemChange::RoleChanged(user, role) => SystemView {
            role: Some((*role).to_owned()),
            ..about("role_changed", &[*user])
        },
        SystemChange::TitleChanged(title) => SystemView {
            title: Some(title.clone()),
            ..says("title_changed")
        },
        SystemChange::AvatarChanged => says("avatar_changed"),
        SystemChange::HistoryChanged(history) => SystemView {
            history: Some((*history).to_owned()),
            ..says("history_changed")
        },
        SystemChange::SlowModeChanged(seconds) => SystemView {
            seconds: Some(*seconds),
            ..says("slow_mode_changed")
        },
        SystemChange::MessagePinned(seq, on) => SystemView {
            seq: Some(*seq),
            on: Some(*on),
            ..says("message_pinned")
        },
    })
}

/// Whether other people are members after what a row tells.
#[must_use]
pub fn turns_members(row: &str) -> bool {
    let read = serde_json::from_str::<SystemView>(row);
    read.is_ok_and(|row| TURN_MEMBERS.contains(&row.what.as_str()))
}

/// The kind and the key of a row of a person's own log, and how its value is written. A value of `null` says that
/// there is nothing any more.
pub mod item {
    use super::{ConversationId, Deserialize, JsonSchema, Micros, Serialize, UserId};

    /// A conversation that one is or was a member of; key: its id.
    pub const CONVERSATION: &str = "conversation";
    /// A contact or a request for one; key: the other's id.
    pub const CONTACT: &str = "contact";
    /// Somebody whom one blocked; key: their id.
    pub const BLOCK: &str = "block";
    /// What one began to write; key: the conversation's id.
    pub const DRAFT: &str = "draft";
    /// How one has set a conversation; key: its id.
    pub const PREFERENCES: &str = "preferences";
    /// A message that one deleted for oneself; key: `<conversation>:<seq>`.
    pub const HIDDEN: &str = "hidden";
    /// A setting; key: its name.
    pub const SETTINGS: &str = "settings";
    /// A budget; key: `<currency>.<kind or all>.<month or every>`.
    pub const BUDGET: &str = "budget";
    /// The top-up or withdrawal that came to its state last; key: [`LAST`].
    pub const FUNDING: &str = "funding";
    /// The one key of a kind of which the last one alone is told.
    pub const LAST: &str = "last";
    /// There is nothing any more.
    pub const NOTHING: &str = "null";

    #[derive(Serialize)]
    struct Conversation<'a> {
        kind: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        state: Option<&'a str>,
    }

    /// A conversation; `state` is `left` or `removed` once one is no member any more.
    #[must_use]
    pub fn conversation(kind: &str, state: Option<&str>) -> String {
        crate::protocol::to_json(&Conversation { kind, state })
    }

    /// How two people stand to each other, as one of them sees it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    pub enum ContactState {
        /// Both agreed.
        #[default]
        Accepted,
        /// One asked the other.
        Requested,
        /// One was asked by the other.
        Pending,
    }

    #[derive(Serialize, Deserialize)]
    struct Contact {
        #[serde(default)]
        state: ContactState,
        since: Micros,
    }

    /// A contact in a state since a time.
    #[must_use]
    pub fn contact(state: ContactState, since: Micros) -> String {
        crate::protocol::to_json(&Contact { state, since })
    }

    /// Reads a contact; none when it was removed.
    #[must_use]
    pub fn read_contact(value: &str) -> Option<(ContactState, Micros)> {
        let contact: Contact = serde_json::from_str(value).ok()?;
        Some((contact.state, contact.since))
    }

    #[derive(Serialize, Deserialize)]
    struct Since {
        since: Micros,
    }

    /// Somebody blocked since a time.
    #[must_use]
    pub fn block(since: Micros) -> String {
        crate::protocol::to_json(&Since { since })
    }

    /// Reads since when somebody is blocked; none when they are not.
    #[must_use]
    pub fn read_block(value: &str) -> Option<Micros> {
        serde_json::from_str::<Since>(value).ok().map(|block| block.since)
    }

    #[derive(Serialize)]
    struct Draft<'a> {
        text: &'a str,
        reply_to: Option<i64>,
        at: Micros,
    }

    /// A draft.
    #[must_use]
    pub fn draft(text: &str, reply_to: Option<i64>, at: Micros) -> String {
        crate::protocol::to_json(&Draft { text, reply_to, at })
    }

    #[derive(Serialize)]
    struct Preferences {
        muted_until: Option<Micros>,
        archived: bool,
        pinned: bool,
    }

    /// How a conversation is set.
    #[must_use]
    pub fn preferences(muted_until: Option<Micros>, archived: bool, pinned: bool) -> String {
        crate::protocol::to_json(&Preferences {
            muted_until,
            archived,
            pinned,
        })
    }

    /// What somebody means to spend in a month at most.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub struct Budget {
        /// ISO 4217.
        pub currency: String,
        /// What for, such as `payment`, or `all`.
        pub kind: String,
        /// The month, such as `2026-01`; null for each.
        pub month: Option<String>,
        /// How much: a decimal string.
        pub amount: String,
        /// The last notice.
        pub notice: Option<BudgetNotice>,
    }

    /// That so much of a budget is spent.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub struct BudgetNotice {
        /// In which month.
        pub month: String,
        /// 80 or 100.
        pub percent: u8,
        /// What was spent then: a decimal string.
        pub spent: String,
        /// When it was noticed.
        pub at: Micros,
    }

    /// A budget as a row.
    #[must_use]
    pub fn budget(budget: &Budget) -> String {
        crate::protocol::to_json(budget)
    }

    /// Reads a budget; none when there is none any more.
    #[must_use]
    pub fn read_budget(value: &str) -> Option<Budget> {
        serde_json::from_str(value).ok()
    }

    /// Who may see whether one is online.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    pub enum SeenBy {
        /// Everybody with whom one shares a conversation or is in contact.
        #[default]
        Everybody,
        /// Contacts.
        Contacts,
        /// Nobody.
        Nobody,
    }

    /// The key of the setting who may see whether one is online.
    pub const PRESENCE: &str = "presence";

    /// The key of the setting whether one gets receipts by e-mail where the server sends them.
    pub const RECEIPT_MAIL: &str = "receipt_mail";

    #[derive(Serialize, Deserialize)]
    struct ReceiptMail {
        receipt_mail: bool,
    }

    /// The setting whether one gets receipts by e-mail.
    #[must_use]
    pub fn receipt_mail(receipt_mail: bool) -> String {
        crate::protocol::to_json(&ReceiptMail { receipt_mail })
    }

    /// Reads the setting. What cannot be read sends nothing.
    #[must_use]
    pub fn read_receipt_mail(value: &str) -> bool {
        serde_json::from_str::<ReceiptMail>(value).is_ok_and(|setting| setting.receipt_mail)
    }

    #[derive(Serialize, Deserialize)]
    struct Presence {
        presence: SeenBy,
    }

    /// The setting who may see whether one is online.
    #[must_use]
    pub fn presence(presence: SeenBy) -> String {
        crate::protocol::to_json(&Presence { presence })
    }

    /// Reads the setting. What cannot be read lets nobody see.
    #[must_use]
    pub fn read_presence(value: &str) -> SeenBy {
        serde_json::from_str::<Presence>(value).map_or(SeenBy::Nobody, |setting| setting.presence)
    }

    /// The key of a message that was deleted for oneself.
    #[must_use]
    pub fn hidden_key(conversation: ConversationId, seq: i64) -> String {
        format!("{conversation}:{seq}")
    }

    /// The key of a person.
    #[must_use]
    pub fn person_key(user: UserId) -> String {
        user.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_for_a_plain_message() {
        assert_eq!(MessageExtra::default().to_column(), None);
        let extra = MessageExtra {
            reply_to: Some(4),
            ..MessageExtra::default()
        };
        assert_eq!(extra.to_column().as_deref(), Some(r#"{"reply_to":4}"#));
        assert_eq!(MessageExtra::from_column(extra.to_column().as_deref()), extra);
        assert_eq!(MessageExtra::from_column(Some("no json")), MessageExtra::default());
    }

    #[test]
    fn what_changes_the_members_is_known_from_its_row() {
        let by = UserId::fresh();
        for (change, turns) in [
            (SystemChange::MembersAdded(vec![by]), true),
            (SystemChange::MemberRemoved(by), true),
            (SystemChange::MemberLeft(by), true),
            (SystemChange::RoleChanged(by, "admin"), false),
            (SystemChange::AvatarChanged, false),
            (SystemChange::MessagePinned(3, true), false),
        ] {
            let row = system_row(&change, by);
            assert!(row.contains(&format!(r#""by":"{by}""#)), "{row}");
            assert_eq!(turns_members(&row), turns, "{row}");
        }
        assert!(!turns_members(r#"{"what":"of_a_later_version","by":null}"#));
    }

    #[test]
    fn a_contact_of_before_requests_existed_is_accepted() {
        let read = item::read_contact(r#"{"since":"2026-01-01T00:00:00Z"}"#);
        assert_eq!(read.map(|(state, _)| state), Some(item::ContactState::Accepted));
        assert_eq!(item::read_contact(item::NOTHING), None);
    }
}
