//! What a conversation is, and who may be in it.

use crate::clock::Micros;
use crate::ids::{AttachmentId, ConversationId, UserId};

use super::ChatError;

/// Characters of a title, counted as a person would roughly count them.
const TITLE_CHARS: usize = 100;

/// What sort of conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationKind {
    /// The one conversation of two people.
    Direct,
    /// A group with a title and roles.
    Group,
    /// A person and the staff.
    Support,
}

impl ConversationKind {
    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Direct => 0,
            Self::Group => 1,
            Self::Support => 2,
        }
    }

    /// Reads the number; an unknown one is of a later version and shown as a group.
    #[must_use]
    pub const fn from_code(code: i16) -> Self {
        match code {
            0 => Self::Direct,
            2 => Self::Support,
            _ => Self::Group,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Group => "group",
            Self::Support => "support",
        }
    }
}

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Talks.
    Member,
    /// Invites and removes as well.
    Admin,
    /// Everything.
    Owner,
}

impl Role {
    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Member => 0,
            Self::Admin => 1,
            Self::Owner => 2,
        }
    }

    /// Reads the number; an unknown one gives no right.
    #[must_use]
    pub const fn from_code(code: i16) -> Self {
        match code {
            1 => Self::Admin,
            2 => Self::Owner,
            _ => Self::Member,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Member, Self::Admin, Self::Owner]
            .into_iter()
            .find(|role| role.as_str() == word)
    }
}

/// The unique key of a direct conversation: the two ids, the smaller first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DirectKey {
    first: UserId,
    second: UserId,
}

impl DirectKey {
    /// The key of a pair.
    ///
    /// # Errors
    /// [`ChatError::MembersInvalid`] for a person and themselves.
    pub fn of(one: UserId, other: UserId) -> Result<Self, ChatError> {
        match one.cmp(&other) {
            std::cmp::Ordering::Less => Ok(Self {
                first: one,
                second: other,
            }),
            std::cmp::Ordering::Greater => Ok(Self {
                first: other,
                second: one,
            }),
            std::cmp::Ordering::Equal => Err(ChatError::MembersInvalid),
        }
    }

    /// The other one of the two.
    #[must_use]
    pub fn other(&self, than: UserId) -> UserId {
        if self.first == than { self.second } else { self.first }
    }

    /// The two people.
    #[must_use]
    pub const fn people(&self) -> [UserId; 2] {
        [self.first, self.second]
    }

    /// 32 bytes, as the database holds them.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        [self.first.bytes(), self.second.bytes()].concat()
    }
}

/// A group's title: 1 to 100 characters, none of them a control or direction character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    /// Parses a title, trimmed.
    ///
    /// # Errors
    /// [`ChatError::TitleInvalid`].
    pub fn parse(text: &str) -> Result<Self, ChatError> {
        let text = text.trim();
        let fits = (1..=TITLE_CHARS).contains(&text.chars().count());
        if fits && !text.chars().any(is_invisible) && text.chars().any(|c| !c.is_whitespace()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ChatError::TitleInvalid)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control, zero-width and direction characters: they make one text look like another.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A group that is wanted: its owner and the others, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// Who makes it.
    pub owner: UserId,
    /// The others, sorted.
    pub others: Vec<UserId>,
    /// What it is called.
    pub title: Title,
}

impl NewGroup {
    /// Checks who is to be in it.
    ///
    /// # Errors
    /// [`ChatError::MembersInvalid`] when nobody else is, somebody stands twice, the owner stands among the others, or
    /// there would be more than `most` in all.
    pub fn of(owner: UserId, mut others: Vec<UserId>, title: Title, most: usize) -> Result<Self, ChatError> {
        let asked = others.len();
        others.sort_unstable();
        others.dedup();
        if others.is_empty() || others.len() != asked || others.contains(&owner) || others.len() >= most {
            return Err(ChatError::MembersInvalid);
        }
        Ok(Self { owner, others, title })
    }
}

/// A conversation's own row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The id.
    pub id: ConversationId,
    /// What sort.
    pub kind: ConversationKind,
    /// A group's title.
    pub title: Option<String>,
    /// The pair of a direct one.
    pub direct_key: Option<DirectKey>,
    /// The log's position.
    pub last_rev: i64,
    /// The number of the last countable message.
    pub last_n: i64,
    /// When it last moved.
    pub last_at: Micros,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Micros,
    /// People who are members now.
    pub member_count: i64,
    /// The position of its marks.
    pub mark_rev: i64,
    /// What new members may read.
    pub history: HistoryForNew,
    /// Seconds between two messages of one member; 0 is no limit.
    pub slow_mode_seconds: u32,
    /// Who of a direct one has blocked the other.
    pub blocked: Blocked,
    /// Messages that are pinned.
    pub pinned_count: i64,
    /// The picture that shows it.
    pub avatar: Option<AttachmentId>,
}

/// What new members of a group may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HistoryForNew {
    /// Everything.
    #[default]
    All,
    /// What comes after they joined.
    FromJoin,
}

impl HistoryForNew {
    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::All => 0,
            Self::FromJoin => 1,
        }
    }

    /// Reads the number; an unknown one shows the least.
    #[must_use]
    pub const fn from_code(code: i16) -> Self {
        match code {
            0 => Self::All,
            _ => Self::FromJoin,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::FromJoin => "from_join",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::All, Self::FromJoin].into_iter().find(|one| one.as_str() == word)
    }
}

/// Who of a pair has blocked the other: one bit each, in the order of the pair's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Blocked(i16);

impl Blocked {
    const FIRST: i16 = 1;
    const SECOND: i16 = 2;

    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        self.0
    }

    /// Reads the number.
    #[must_use]
    pub const fn from_code(code: i16) -> Self {
        Self(code & (Self::FIRST | Self::SECOND))
    }

    /// Whether either has blocked the other.
    #[must_use]
    pub const fn is_any(self) -> bool {
        self.0 != 0
    }

    /// With what `by` has set of the pair `key`.
    #[must_use]
    pub fn set(self, key: DirectKey, by: UserId, on: bool) -> Self {
        let bit = if key.first == by { Self::FIRST } else { Self::SECOND };
        Self(if on { self.0 | bit } else { self.0 & !bit })
    }

    /// The word that `user` of the pair is told.
    #[must_use]
    pub fn word_for(self, key: DirectKey, user: UserId) -> &'static str {
        let (mine, theirs) = if key.first == user {
            (Self::FIRST, Self::SECOND)
        } else {
            (Self::SECOND, Self::FIRST)
        };
        match (self.0 & mine != 0, self.0 & theirs != 0) {
            (false, false) => "none",
            (true, false) => "by_me",
            (false, true) => "by_them",
            (true, true) => "both",
        }
    }
}

/// A person in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// What they may do.
    pub role: Role,
    /// Messages after this position may be read.
    pub from_seq: i64,
    /// They left at this position.
    pub until_seq: Option<i64>,
    /// The last message that they have read.
    pub read_seq: i64,
    /// The last message that reached a device of theirs.
    pub delivered_seq: i64,
    /// When they last posted under slow mode.
    pub last_post_at: Micros,
    /// When they joined.
    pub joined_at: Micros,
}

impl Membership {
    /// Somebody who joins at a position of the log and may read what stands after `from_seq`.
    #[must_use]
    pub const fn joining(role: Role, from_seq: i64, at_seq: i64, now: Micros) -> Self {
        Self {
            role,
            from_seq,
            until_seq: None,
            read_seq: at_seq,
            delivered_seq: at_seq,
            last_post_at: Micros(0),
            joined_at: now,
        }
    }

    /// Whether they are a member now.
    #[must_use]
    pub const fn is_current(&self) -> bool {
        self.until_seq.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_one_key_whoever_asks() {
        let (one, other) = (UserId::fresh(), UserId::fresh());
        assert_eq!(DirectKey::of(one, other), DirectKey::of(other, one));
        assert_eq!(DirectKey::of(one, one), Err(ChatError::MembersInvalid));
    }

    #[test]
    fn a_title_that_hides_something_is_refused() {
        assert!(Title::parse(" 周末 hiking ").is_ok_and(|t| t.as_str() == "周末 hiking"));
        for bad in ["", "   ", "a\u{202e}b", "line\nbreak", &"x".repeat(101)] {
            assert_eq!(Title::parse(bad), Err(ChatError::TitleInvalid), "{bad:?}");
        }
    }

    #[test]
    fn a_group_has_each_member_once_and_not_too_many() {
        let (owner, other) = (UserId::fresh(), UserId::fresh());
        let title = || Title::parse("t").expect("a title");
        assert!(NewGroup::of(owner, vec![other], title(), 2).is_ok());
        for others in [vec![], vec![owner], vec![other, other], vec![other, UserId::fresh()]] {
            assert_eq!(NewGroup::of(owner, others, title(), 2), Err(ChatError::MembersInvalid));
        }
    }
}
