//! Names of people, kept for a moment: every list and every payment shows some.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::identity::{Identity, IdentityError};
use crate::ids::UserId;
use crate::protocol::UserView;

/// How long a name is shown after it was read: a changed one appears within this time.
const KEEP: Duration = Duration::from_secs(30);
/// Names kept at most; beyond it all are forgotten, and those in use are read again.
const MOST: usize = 20_000;

/// See the module.
pub struct People {
    identity: Identity,
    known: Mutex<HashMap<UserId, (UserView, Instant)>>,
}

impl People {
    /// Nobody known yet.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            known: Mutex::default(),
        }
    }

    /// A person, if they were seen a moment ago.
    #[must_use]
    pub fn known(&self, id: UserId) -> Option<UserView> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(&id)
            .filter(|(_, at)| at.elapsed() < KEEP)
            .map(|(view, _)| view.clone())
    }

    /// These people; who does not exist is missing.
    ///
    /// # Errors
    /// What identity said.
    pub async fn get(&self, ids: &[UserId]) -> Result<HashMap<UserId, UserView>, IdentityError> {
        let mut found: HashMap<_, _> = ids.iter().filter_map(|id| Some((*id, self.known(*id)?))).collect();
        let missing: Vec<_> = ids.iter().filter(|id| !found.contains_key(id)).copied().collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let read = self.identity.users(&missing).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() + read.len() > MOST {
            known.clear();
        }
        for (id, user) in read {
            let view = user.view();
            known.insert(id, (view.clone(), Instant::now()));
            found.insert(id, view);
        }
        Ok(found)
    }
}
