//! Who hears of a conversation on this node, and what each of them may see of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::store::Present;
use crate::clock::Micros;
use crate::cluster::Channel;
use crate::delivery::CHANNEL_MEMBERS;
use crate::ids::{ConversationId, UserId};

/// How long a node may take to follow the channel of a conversation that became large, or of which somebody became a
/// member there: it hears of it, reads the members and subscribes, well within a second. The rest is for a busy database
/// and for clocks of nodes that differ.
const SETTLING: Duration = Duration::from_secs(5);

/// The members of a conversation as they were read. Which row of the log changed them is known, so that whatever
/// stands behind that row is addressed by who is a member then.
#[derive(Debug, Clone)]
pub(super) struct Members {
    everybody: Arc<[UserId]>,
    /// Those who may not read everything, with the position up to which they may not.
    from: Arc<HashMap<UserId, i64>>,
    /// Of a large conversation: those whose nodes may not follow its channel yet.
    settling: Arc<[UserId]>,
    read_at: Instant,
}

impl Members {
    pub(super) fn of(rows: &[Present], now: Micros) -> Self {
        let from = rows.iter().filter(|row| row.from_seq > 0);
        let everybody: Arc<[UserId]> = rows.iter().map(|row| row.user).collect();
        Self {
            settling: settling(rows, &everybody, now),
            everybody,
            from: Arc::new(from.map(|row| (row.user, row.from_seq)).collect()),
            read_at: Instant::now(),
        }
    }

    /// Whether their conversation has a channel of its own between the nodes.
    pub(super) fn is_large(&self) -> bool {
        self.count() > CHANNEL_MEMBERS
    }

    /// The channels on which all nodes with a member hear of an event: that of each member, or the conversation's, and
    /// with it those of the members whose nodes may not follow that yet.
    pub(super) fn channels(&self, conversation: ConversationId, now: Instant) -> impl Iterator<Item = Channel> {
        let own = self.is_large().then_some(Channel::Conversation(conversation));
        let people: &[UserId] = match own {
            None => &self.everybody,
            Some(_) if now.saturating_duration_since(self.read_at) < SETTLING => &self.settling,
            Some(_) => &[],
        };
        own.into_iter().chain(people.iter().copied().map(Channel::User))
    }

    /// All of them.
    pub(super) fn everybody(&self) -> &Arc<[UserId]> {
        &self.everybody
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.everybody.len()
    }

    /// Whether somebody is one of them.
    pub(super) fn has(&self, user: UserId) -> bool {
        // They are read in the order of their ids.
        self.everybody.binary_search(&user).is_ok()
    }

    /// Those who may see the message at `seq`, and those who may not.
    pub(super) fn split(&self, seq: i64) -> Audience {
        if self.from.values().all(|from| seq > *from) {
            return Audience::Everybody;
        }
        let sees = |user: &&UserId| self.from.get(user).is_none_or(|from| seq > *from);
        let (sees, not): (Vec<_>, Vec<_>) = self.everybody.iter().partition(sees);
        Audience::Some { sees, not }
    }
}

/// Those who have been members, or whose conversation has been large, for less than [`SETTLING`].
fn settling(rows: &[Present], everybody: &Arc<[UserId]>, now: Micros) -> Arc<[UserId]> {
    if rows.len() <= CHANNEL_MEMBERS {
        return Arc::default();
    }
    let since = now
        .0
        .saturating_sub(i64::try_from(SETTLING.as_micros()).unwrap_or(i64::MAX));
    let mut joined: Vec<_> = rows.iter().map(|row| row.joined_at.0).collect();
    // When the first came with whom there were too many: nobody before them followed the channel until then.
    let (_, became_large, _) = joined.select_nth_unstable(CHANNEL_MEMBERS);
    if *became_large > since {
        return everybody.clone();
    }
    let new = rows.iter().filter(|row| row.joined_at.0 > since);
    new.map(|row| row.user).collect()
}

/// Who may see a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Audience {
    /// Every member.
    Everybody,
    /// Not every member.
    Some {
        /// These may.
        sees: Vec<UserId>,
        /// These may not, and learn only that the log moved.
        not: Vec<UserId>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn present(user: UserId, from_seq: i64, joined_at: i64) -> Present {
        let joined_at = Micros(joined_at);
        Present {
            user,
            from_seq,
            joined_at,
        }
    }

    #[test]
    fn a_large_conversation_has_one_channel_once_its_nodes_can_follow_it() {
        const SECOND: i64 = 1_000_000;
        let id = ConversationId::fresh();
        let old: Vec<_> = (0..64).map(|_| present(UserId::fresh(), 0, SECOND)).collect();
        let channels = |rows: &[Present], now: i64, later: Duration| -> Vec<_> {
            let members = Members::of(rows, Micros(now * SECOND));
            members.channels(id, members.read_at + later).collect()
        };
        let (now, own) = (Duration::ZERO, Channel::Conversation(id));
        assert!(channels(&old, 100, now).iter().all(|channel| *channel != own));
        assert_eq!(channels(&old, 100, now).len(), 64);

        let new = present(UserId::fresh(), 0, 100 * SECOND);
        let grown = [old.as_slice(), &[new]].concat();
        let both = channels(&grown, 101, now);
        assert_eq!((both.len(), both[0]), (66, own), "it became large a moment ago");
        assert_eq!(channels(&grown, 101, SETTLING), [own]);
        assert_eq!(channels(&grown, 106, now), [own]);

        let newer = present(UserId::fresh(), 0, 200 * SECOND);
        let grown = [grown.as_slice(), &[newer]].concat();
        assert_eq!(channels(&grown, 201, now), [own, Channel::User(newer.user)]);
        assert_eq!(channels(&grown, 206, now), [own]);
    }

    #[test]
    fn who_joined_later_does_not_see_what_stood_before() {
        let mut people = [UserId::fresh(), UserId::fresh()];
        people.sort();
        let [old, new] = people;
        let members = Members::of(&[present(old, 0, 0), present(new, 7, 0)], Micros(0));
        let split = members.split(7);
        assert_eq!(
            split,
            Audience::Some {
                sees: vec![old],
                not: vec![new]
            }
        );
        assert_eq!(members.split(8), Audience::Everybody);
        assert!(members.has(new) && !members.has(UserId::fresh()));
    }
}
