//! Who may see whether somebody is online.

use std::collections::HashSet;

use super::store::{self, Sight};
use super::{Chat, ChatError};
use crate::clock::Micros;
use crate::ids::{ConversationId, UserId};
use crate::protocol::item::{self, ContactState, SeenBy};

impl Chat {
    /// Those of these people whom somebody may see. Who does not exist is seen by nobody.
    ///
    /// # Errors
    /// [`ChatError::Busy`] or [`ChatError::Failed`] when the database could not tell.
    pub async fn visible_people(&self, asker: UserId, people: &[UserId]) -> Result<HashSet<UserId>, ChatError> {
        let sights = store::sight(self.db(), asker, people).await?;
        Ok(sights
            .iter()
            .filter(|sight| may_see(sight))
            .map(|sight| sight.user)
            .collect())
    }

    /// How many members of a conversation are online.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`], or as [`Self::visible_people`].
    pub async fn online_members(
        &self,
        asker: UserId,
        conversation: ConversationId,
        now: Micros,
    ) -> Result<u64, ChatError> {
        self.membership(asker, conversation).await?;
        Ok(store::online_members(self.db(), conversation, now).await?)
    }

    /// Sets who may see whether somebody is online. Who watched them looks anew.
    ///
    /// # Errors
    /// [`ChatError::Failed`] when the batch failed.
    pub async fn set_seen_by(&self, user: UserId, seen_by: SeenBy) -> Result<(), ChatError> {
        let value = Box::new(move |_| item::presence(seen_by));
        let key = item::PRESENCE.to_owned();
        self.set_own(user, None, item::SETTINGS, key, value).await?;
        self.users().presence().hide(user);
        Ok(())
    }

    /// Sets another of somebody's settings, which means nothing to chat.
    ///
    /// # Errors
    /// [`ChatError::Failed`] when the batch failed.
    pub async fn set_setting(&self, user: UserId, key: &'static str, value: String) -> Result<(), ChatError> {
        let value = Box::new(move |_| value.clone());
        self.set_own(user, None, item::SETTINGS, key.to_owned(), value).await
    }
}

fn may_see(sight: &Sight) -> bool {
    let stands = |value: &Option<String>| value.as_deref().is_some_and(|value| item::read_block(value).is_some());
    if stands(&sight.blocked) || stands(&sight.blocks) {
        return false;
    }
    let contact = sight.contact.as_deref().and_then(item::read_contact);
    let contact = matches!(contact, Some((ContactState::Accepted, _)));
    match sight.settings.as_deref().map_or(SeenBy::Everybody, item::read_presence) {
        SeenBy::Everybody => contact || sight.together,
        SeenBy::Contacts => contact,
        SeenBy::Nobody => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(seen_by: Option<SeenBy>, contact: Option<ContactState>, together: bool) -> Sight {
        Sight {
            user: UserId::fresh(),
            settings: seen_by.map(item::presence),
            contact: contact.map(|state| item::contact(state, Micros(1))),
            blocked: None,
            blocks: None,
            together,
        }
    }

    #[test]
    fn the_setting_says_who_may_see() {
        use ContactState::{Accepted, Pending};
        assert!(may_see(&sight(None, None, true)));
        assert!(may_see(&sight(Some(SeenBy::Everybody), Some(Accepted), false)));
        assert!(!may_see(&sight(None, None, false)), "a stranger");
        assert!(!may_see(&sight(Some(SeenBy::Contacts), Some(Pending), true)));
        assert!(may_see(&sight(Some(SeenBy::Contacts), Some(Accepted), false)));
        assert!(!may_see(&sight(Some(SeenBy::Nobody), Some(Accepted), true)));
    }

    #[test]
    fn a_block_on_either_side_hides() {
        let seen = sight(None, Some(ContactState::Accepted), true);
        let block = Some(item::block(Micros(1)));
        assert!(!may_see(&Sight {
            blocked: block.clone(),
            ..seen.clone()
        }));
        assert!(!may_see(&Sight {
            blocks: block,
            ..seen.clone()
        }));
        let before = Some(item::NOTHING.to_owned());
        assert!(may_see(&Sight {
            blocked: before,
            ..seen
        }));
    }
}
