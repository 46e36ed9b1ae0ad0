//! Who is in a group, what they may do there, and how it is called.

use crate::delivery::ItemChange;
use crate::group_commit::WorkingSet;
use crate::ids::{AttachmentId, ConversationId, UserId};
use crate::op_receipt::Fingerprint;
use crate::protocol::SystemChange;

use super::change::{Changer, append_system};
use super::open::appear;
use super::{Loaded, Posted, at_least, has_blocked, want_block, want_people};
use crate::chat::attachments::{self, AttachmentKind, FOR_EVERY_MEMBER};
use crate::chat::{ChatError, ConversationKind, HistoryForNew, Membership, Role, Title};

/// What is to become of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupChange {
    /// How it is called and what holds in it; only what is given changes.
    Update {
        /// Another title.
        title: Option<Title>,
        /// The picture that shows it: an image of the actor's.
        avatar: Option<AttachmentId>,
        /// What new members may read.
        history: Option<HistoryForNew>,
        /// Seconds between two messages of one member.
        slow_mode_seconds: Option<u32>,
    },
    /// People are added, each once, sorted.
    Add(Vec<UserId>),
    /// Somebody is removed.
    Remove(UserId),
    /// The actor leaves.
    Leave,
    /// Somebody has another role. A new owner takes the place of the old one.
    SetRole(UserId, Role),
}

impl GroupChange {
    /// The bytes of the intent.
    #[must_use]
    pub fn fingerprint(&self, conversation: ConversationId) -> Fingerprint {
        let place = conversation.bytes();
        match self {
            Self::Update {
                title,
                avatar,
                history,
                slow_mode_seconds,
            } => {
                let avatar = avatar.map_or([0; 16], AttachmentId::bytes);
                let title = title.as_ref().map_or("", Title::as_str);
                let history = history.map_or("", HistoryForNew::as_str);
                let slow = slow_mode_seconds.map(u32::to_be_bytes);
                let slow: &[u8] = slow.as_ref().map_or(&[], |bytes| bytes);
                Fingerprint::of(
                    "conversation.update",
                    &[&place, title.as_bytes(), history.as_bytes(), slow, &avatar],
                )
            }
            Self::Add(users) => {
                let users: Vec<u8> = users.iter().flat_map(|user| user.bytes()).collect();
                Fingerprint::of("member.add", &[&place, &users])
            }
            Self::Remove(user) => Fingerprint::of("member.remove", &[&place, &user.bytes()]),
            Self::Leave => Fingerprint::of("conversation.leave", &[&place]),
            Self::SetRole(user, role) => {
                Fingerprint::of("member.role", &[&place, &user.bytes(), role.as_str().as_bytes()])
            }
        }
    }

    /// Asks for what it is decided by.
    pub fn want(&self, set: &mut WorkingSet, conversation: ConversationId, actor: UserId) {
        let loaded = set.slot::<Loaded>();
        loaded.want_conversation(conversation);
        loaded.want_member(conversation, actor);
        match self {
            Self::Update { avatar, .. } => {
                if let Some(id) = avatar {
                    let uploaded = set.slot::<attachments::Loaded>();
                    uploaded.want(&[*id]);
                    uploaded.want_of(conversation, FOR_EVERY_MEMBER);
                }
            }
            Self::Add(users) => {
                for user in users {
                    set.slot::<Loaded>().want_member(conversation, *user);
                    want_block(set, *user, actor);
                }
                want_people(set, users);
            }
            Self::Remove(user) => {
                loaded.want_member(conversation, *user);
                want_people(set, &[*user]);
            }
            Self::Leave => want_people(set, &[actor]),
            Self::SetRole(user, _) => loaded.want_member(conversation, *user),
        }
    }
}

/// What a change of a group did: the rows about it, and what changed in people's own logs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Altered {
    /// The rows that tell of it.
    pub rows: Vec<Posted>,
    /// What changed in people's own logs.
    pub items: Vec<ItemChange>,
    /// Who was added.
    pub added: Vec<UserId>,
}

/// Decides a change of a group; `most` is how many members it may have. Nothing is written when it is like this
/// already.
///
/// # Errors
/// [`ChatError::NotAMember`], [`ChatError::WrongKind`] for what is no group, [`ChatError::RoleForbids`],
/// [`ChatError::OwnerMustHandOver`], [`ChatError::TooMany`], [`ChatError::PersonUnavailable`].
pub fn alter(set: &mut WorkingSet, who: Changer, change: &GroupChange, most: usize) -> Result<Altered, ChatError> {
    let (conversation, actor) = set.slot::<Loaded>().member(who.conversation, who.actor)?;
    if conversation.kind != ConversationKind::Group {
        return Err(ChatError::WrongKind);
    }
    let actor = *actor;
    match change {
        GroupChange::Update { .. } => {
            at_least(&actor, Role::Admin)?;
            update(set, who, change)
        }
        GroupChange::Add(users) => {
            at_least(&actor, Role::Admin)?;
            add(set, who, users, most)
        }
        GroupChange::Remove(user) => remove(set, who, actor, *user),
        GroupChange::Leave => leave(set, who, actor),
        GroupChange::SetRole(user, role) => {
            at_least(&actor, Role::Owner)?;
            set_role(set, who, actor, *user, *role)
        }
    }
}

/// Shows a group by a picture of the actor's, in the place of the one before.
fn show_by(set: &mut WorkingSet, who: Changer, id: AttachmentId) -> Result<(), ChatError> {
    let uploaded = set.slot::<attachments::Loaded>();
    let usable = uploaded.usable(id, who.actor);
    if !usable.is_ok_and(|usable| usable.kind == AttachmentKind::Image) {
        return Err(ChatError::AttachmentNotFound);
    }
    uploaded.unrefer(who.conversation, FOR_EVERY_MEMBER);
    uploaded.refer(id, who.conversation, FOR_EVERY_MEMBER);
    Ok(())
}

fn update(set: &mut WorkingSet, who: Changer, change: &GroupChange) -> Result<Altered, ChatError> {
    let GroupChange::Update {
        title,
        avatar,
        history,
        slow_mode_seconds,
    } = change
    else {
        return Ok(Altered::default());
    };
    let shown_by = set.slot::<Loaded>().member(who.conversation, who.actor)?.0.avatar;
    let avatar = avatar.filter(|id| shown_by != Some(*id));
    if let Some(id) = avatar {
        show_by(set, who, id)?;
    }
    let loaded = set.slot::<Loaded>();
    let head = loaded.conversations.get_mut(&who.conversation);
    let head = head.ok_or(ChatError::NotAMember)?;
    let mut told = Vec::new();
    if let Some(id) = avatar {
        head.avatar = Some(id);
        told.push(SystemChange::AvatarChanged);
    }
    if let Some(title) = title.as_ref().map(|title| title.as_str().to_owned())
        && head.title.as_ref() != Some(&title)
    {
        head.title = Some(title.clone());
        told.push(SystemChange::TitleChanged(title));
    }
    if let Some(history) = *history
        && head.history != history
    {
        head.history = history;
        told.push(SystemChange::HistoryChanged(history.as_str()));
    }
    if let Some(seconds) = *slow_mode_seconds
        && head.slow_mode_seconds != seconds
    {
        head.slow_mode_seconds = seconds;
        told.push(SystemChange::SlowModeChanged(seconds));
    }
    if !told.is_empty() {
        loaded.written.altered.insert(who.conversation);
    }
    let mut rows = Vec::with_capacity(told.len());
    for (place, change) in told.iter().enumerate() {
        // Each row has an id of its own, which follows from the caller's.
        let client_id = who.client_id.derived(u8::try_from(place).unwrap_or(u8::MAX));
        rows.push(append_system(set, Changer { client_id, ..who }, change)?);
    }
    Ok(Altered {
        rows,
        ..Altered::default()
    })
}

fn add(set: &mut WorkingSet, who: Changer, users: &[UserId], most: usize) -> Result<Altered, ChatError> {
    let loaded = set.slot::<Loaded>();
    let is_new = |user: &&UserId| loaded.member(who.conversation, **user).is_err();
    let added: Vec<_> = users.iter().filter(is_new).copied().collect();
    if added.is_empty() {
        return Ok(Altered::default());
    }
    for user in &added {
        if has_blocked(set, *user, who.actor) {
            return Err(ChatError::PersonUnavailable { user: *user });
        }
    }
    let loaded = set.slot::<Loaded>();
    let head = loaded.conversations.get_mut(&who.conversation);
    let head = head.ok_or(ChatError::NotAMember)?;
    let count = head.member_count.saturating_add(as_count(added.len()));
    if count > as_count(most) {
        return Err(ChatError::TooMany { what: "members" });
    }
    head.member_count = count;
    let from_seq = match head.history {
        HistoryForNew::All => 0,
        HistoryForNew::FromJoin => head.last_rev,
    };
    loaded.written.altered.insert(who.conversation);
    let row = append_system(set, who, &SystemChange::MembersAdded(added.clone()))?;
    let loaded = set.slot::<Loaded>();
    let head = loaded.conversations.get(&who.conversation).cloned();
    let head = head.ok_or(ChatError::NotAMember)?;
    let mut items = Vec::with_capacity(added.len());
    for user in &added {
        let joining = Membership::joining(Role::Member, from_seq, row.message.seq, who.now);
        set.slot::<Loaded>().put_member(who.conversation, *user, joining);
        items.push(appear(set, *user, &head, None));
    }
    Ok(Altered {
        rows: vec![row],
        items,
        added,
    })
}

fn as_count(people: usize) -> i64 {
    i64::try_from(people).unwrap_or(i64::MAX)
}

fn remove(set: &mut WorkingSet, who: Changer, actor: Membership, user: UserId) -> Result<Altered, ChatError> {
    at_least(&actor, Role::Admin)?;
    if user == who.actor {
        return Err(ChatError::RoleForbids);
    }
    let Ok((_, target)) = set.slot::<Loaded>().member(who.conversation, user) else {
        return Ok(Altered::default());
    };
    if target.role >= actor.role {
        return Err(ChatError::RoleForbids);
    }
    end(set, who, user, &SystemChange::MemberRemoved(user), "removed")
}

fn leave(set: &mut WorkingSet, who: Changer, actor: Membership) -> Result<Altered, ChatError> {
    let (head, _) = set.slot::<Loaded>().member(who.conversation, who.actor)?;
    if actor.role == Role::Owner && head.member_count > 1 {
        return Err(ChatError::OwnerMustHandOver);
    }
    end(set, who, who.actor, &SystemChange::MemberLeft(who.actor), "left")
}

/// Ends a membership at the position of the row that tells of it.
fn end(
    set: &mut WorkingSet,
    who: Changer,
    user: UserId,
    told: &SystemChange,
    state: &str,
) -> Result<Altered, ChatError> {
    let row = append_system(set, who, told)?;
    let loaded = set.slot::<Loaded>();
    let (_, membership) = loaded.member(who.conversation, user)?;
    let ended = Membership {
        until_seq: Some(row.message.seq),
        role: Role::Member,
        ..*membership
    };
    loaded.put_member(who.conversation, user, ended);
    let head = loaded.conversations.get_mut(&who.conversation);
    let head = head.ok_or(ChatError::NotAMember)?;
    head.member_count = head.member_count.saturating_sub(1);
    let head = head.clone();
    loaded.written.altered.insert(who.conversation);
    let item = appear(set, user, &head, Some(state));
    Ok(Altered {
        rows: vec![row],
        items: vec![item],
        added: Vec::new(),
    })
}

fn set_role(
    set: &mut WorkingSet,
    who: Changer,
    actor: Membership,
    user: UserId,
    role: Role,
) -> Result<Altered, ChatError> {
    let loaded = set.slot::<Loaded>();
    let Ok((_, target)) = loaded.member(who.conversation, user) else {
        return Err(ChatError::PersonUnavailable { user });
    };
    if user == who.actor {
        // The owner is who hands over; nobody else has this right.
        return Err(ChatError::RoleForbids);
    }
    if target.role == role {
        return Ok(Altered::default());
    }
    let target = Membership { role, ..*target };
    loaded.put_member(who.conversation, user, target);
    if role == Role::Owner {
        let before = Membership {
            role: Role::Admin,
            ..actor
        };
        loaded.put_member(who.conversation, who.actor, before);
    }
    let told = SystemChange::RoleChanged(user, role.as_str());
    Ok(Altered {
        rows: vec![append_system(set, who, &told)?],
        ..Altered::default()
    })
}
