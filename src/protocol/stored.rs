//! JSON that the server keeps in a column because the wire shows it as it is: what a message has beside its text, the
//! rows about a conversation itself, and the rows of people's own logs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Micros;
use crate::ids::{ConversationId, UserId};

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum SystemChange {
    /// People were added.
    MembersAdded {
        /// Whom.
        users: Vec<UserId>,
    },
    /// Somebody was removed.
    MemberRemoved {
        /// The one.
        users: [UserId; 1],
    },
    /// Somebody left.
    MemberLeft {
        /// The one.
        users: [UserId; 1],
    },
    /// Somebody has another role.
    RoleChanged {
        /// The one.
        users: [UserId; 1],
        /// `owner`, `admin` or `member`.
        role: String,
    },
    /// It has another title.
    TitleChanged {
        /// The title.
        title: String,
    },
    /// It has another picture.
    AvatarChanged,
    /// New members may read something else.
    HistoryChanged {
        /// `all` or `from_join`.
        history: String,
    },
    /// Slow mode was set.
    SlowModeChanged {
        /// Seconds between two messages of a member; 0 is off.
        seconds: u32,
    },
    /// A message was pinned, or is pinned no more.
    MessagePinned {
        /// Which one.
        seq: i64,
        /// Whether it is pinned now.
        on: bool,
    },
}

impl SystemChange {
    /// Whether other people are members after it.
    #[must_use]
    pub const fn turns_members(&self) -> bool {
        matches!(
            self,
            Self::MembersAdded { .. } | Self::MemberRemoved { .. } | Self::MemberLeft { .. }
        )
    }
}

/// A change with who made it, as the row and the wire hold it.
#[derive(Debug, Serialize, Deserialize)]
struct SystemRow<'a> {
    #[serde(flatten)]
    change: std::borrow::Cow<'a, SystemChange>,
    by: UserId,
}

/// Writes a change by somebody.
#[must_use]
pub fn system_row(change: &SystemChange, by: UserId) -> String {
    super::to_json(&SystemRow {
        change: std::borrow::Cow::Borrowed(change),
        by,
    })
}

/// Reads a change; none for one of a later version.
#[must_use]
pub fn system_change(text: &str) -> Option<SystemChange> {
    let row: SystemRow<'_> = serde_json::from_str(text).ok()?;
    Some(row.change.into_owned())
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
    fn a_change_is_read_as_it_was_written() {
        let by = UserId::fresh();
        for change in [
            SystemChange::MembersAdded { users: vec![by] },
            SystemChange::AvatarChanged,
            SystemChange::MessagePinned { seq: 3, on: true },
        ] {
            let row = system_row(&change, by);
            assert!(row.contains(&format!(r#""by":"{by}""#)), "{row}");
            assert_eq!(system_change(&row), Some(change));
        }
        assert_eq!(system_change(r#"{"what":"of_a_later_version"}"#), None);
    }

    #[test]
    fn a_contact_of_before_requests_existed_is_accepted() {
        let read = item::read_contact(r#"{"since":"2026-01-01T00:00:00Z"}"#);
        assert_eq!(read.map(|(state, _)| state), Some(item::ContactState::Accepted));
        assert_eq!(item::read_contact(item::NOTHING), None);
    }
}
