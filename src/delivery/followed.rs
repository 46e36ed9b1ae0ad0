//! Which large conversations this node listens to: those of which somebody is a member who is online here. What a person
//! is in is read once, when they come; what changes of it the conversations' actors tell, which read their members anew.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cluster::{Bus, BusState, Channel};
use crate::ids::{ConversationId, UserId};

/// Members of a conversation up to which an event is published on the channel of each of them. With more, one channel
/// for all costs Redis less than a PUBLISH for each, and few enough conversations have more that following them is cheap.
pub const CHANNEL_MEMBERS: usize = 64;

/// See the module. On a single node it keeps nothing.
pub struct Followed {
    bus: Arc<dyn Bus>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Who is online here, and what they are in.
    online: HashMap<UserId, HashSet<ConversationId>>,
    /// For whom a conversation is listened to.
    followed: HashMap<ConversationId, HashSet<UserId>>,
}

impl Followed {
    pub(super) fn new(bus: Arc<dyn Bus>) -> Self {
        Self {
            bus,
            state: Mutex::default(),
        }
    }

    /// Somebody came. Whether it is to be read what they are in, for [`Self::learn`].
    pub(super) fn came(&self, user: UserId) -> bool {
        let others = self.bus.state() != BusState::Local;
        if others {
            self.lock().online.entry(user).or_default();
        }
        others
    }

    /// Whether somebody came and did not go.
    pub(super) fn is_here(&self, user: UserId) -> bool {
        self.lock().online.contains_key(&user)
    }

    /// Somebody is gone.
    pub(super) fn went(&self, user: UserId) {
        let mut state = self.lock();
        for conversation in state.online.remove(&user).unwrap_or_default() {
            self.drop_one(&mut state, conversation, user);
        }
    }

    /// What somebody is in was read. Whoever went meanwhile is passed over.
    pub(super) fn learn(&self, user: UserId, conversations: Vec<ConversationId>) {
        let mut state = self.lock();
        for conversation in conversations {
            self.add(&mut state, conversation, user);
        }
    }

    /// Who the members of a conversation are now, in the order of their ids. One that has become small is listened to
    /// for as long as those stay who are here: another node may hold it for large a moment longer.
    pub fn members(&self, conversation: ConversationId, members: &[UserId]) {
        let mut state = self.lock();
        if members.len() > CHANNEL_MEMBERS {
            for user in members {
                self.add(&mut state, conversation, *user);
            }
        }
        let followers = state.followed.get(&conversation);
        let gone = |user: &&UserId| members.binary_search(user).is_err();
        let gone: Vec<_> = followers.into_iter().flatten().filter(gone).copied().collect();
        for user in gone {
            if let Some(own) = state.online.get_mut(&user) {
                own.remove(&conversation);
            }
            self.drop_one(&mut state, conversation, user);
        }
    }

    fn add(&self, state: &mut State, conversation: ConversationId, user: UserId) {
        let Some(own) = state.online.get_mut(&user) else { return };
        own.insert(conversation);
        let followers = state.followed.entry(conversation).or_default();
        if followers.is_empty() {
            // Under the lock, as the end of it is: the bus hears both in their order.
            self.bus.subscribe(Channel::Conversation(conversation));
        }
        followers.insert(user);
    }

    fn drop_one(&self, state: &mut State, conversation: ConversationId, user: UserId) {
        let Some(followers) = state.followed.get_mut(&conversation) else {
            return;
        };
        followers.remove(&user);
        if followers.is_empty() {
            state.followed.remove(&conversation);
            self.bus.unsubscribe(Channel::Conversation(conversation));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock panics between two halves of a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Envelope;

    /// A bus that keeps what is asked of it.
    #[derive(Default)]
    struct Asked(Mutex<Vec<(Channel, bool)>>);

    impl Bus for Asked {
        fn publish(&self, _: Vec<(Channel, Envelope)>) {}

        fn subscribe(&self, channel: Channel) {
            self.0.lock().expect("a list").push((channel, true));
        }

        fn unsubscribe(&self, channel: Channel) {
            self.0.lock().expect("a list").push((channel, false));
        }

        fn state(&self) -> BusState {
            BusState::Up
        }
    }

    fn people(count: usize) -> Vec<UserId> {
        let mut people: Vec<_> = (0..count).map(|_| UserId::fresh()).collect();
        people.sort_unstable();
        people
    }

    #[test]
    fn a_conversation_is_followed_while_one_of_its_members_is_here() {
        let asked = Arc::new(Asked::default());
        let followed = Followed::new(asked.clone());
        let since = || std::mem::take(&mut *asked.0.lock().expect("a list"));
        let (one, other) = (ConversationId::fresh(), ConversationId::fresh());
        let members = people(CHANNEL_MEMBERS + 1);
        let (ana, ben) = (members[0], members[64]);
        assert!(followed.came(ana) && followed.came(ben));
        followed.learn(ana, vec![one, other]);
        followed.learn(ben, vec![one]);
        let [first, second] = [one, other].map(Channel::Conversation);
        assert_eq!(since(), [(first, true), (second, true)]);
        followed.went(ana);
        assert_eq!(since(), [(second, false)]);
        followed.learn(ana, vec![other]);
        followed.members(other, &people(CHANNEL_MEMBERS + 1));
        assert_eq!(since(), [], "nobody of it is here");
        followed.members(other, &members);
        assert_eq!(since(), [(second, true)], "ben is in it now");
        followed.members(other, &members[1..]);
        assert_eq!(since(), [], "small, but followed");
        followed.members(other, &members[..64]);
        assert_eq!(since(), [(second, false)], "without ben");
        followed.went(ben);
        assert_eq!(since(), [(first, false)]);
    }
}
