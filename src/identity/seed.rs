//! Many people at once, for load tests: no password is hashed and no mail is sent.

use super::password::UNUSABLE;
use super::store::{NewRow, NewSession};
use super::{DeviceName, DisplayName, Email, Handle, Identity, IdentityError, SeededUser, Token, User};
use crate::ids::UserId;

/// People in one commit: short enough that what others write does not wait.
const USERS_IN_ONE_COMMIT: usize = 1_000;

impl Identity {
    /// Makes `count` people, each with a session, and answers their tokens. Nobody can sign in as them by password.
    ///
    /// # Errors
    /// The database's fault; people made before it stay.
    pub async fn create_users_bulk(&self, count: usize) -> Result<Vec<SeededUser>, IdentityError> {
        // Each run has names of its own, so that it can be repeated on the same database.
        let run: u32 = rand::random();
        let mut seeded = Vec::with_capacity(count);
        while seeded.len() < count {
            let from = seeded.len();
            let to = count.min(from + USERS_IN_ONE_COMMIT);
            let mut rows = Vec::with_capacity(to - from);
            for number in from..to {
                let (row, new, user) = self.seed_one(run, number)?;
                rows.push((row, new));
                seeded.push(user);
            }
            self.store.insert_seeded(rows).await?;
        }
        Ok(seeded)
    }

    fn seed_one(&self, run: u32, number: usize) -> Result<(NewRow, NewSession, SeededUser), IdentityError> {
        let handle = Handle::parse(&format!("load.{run:08x}.{number}"))?;
        let now = self.clock.now();
        let user = User {
            id: UserId::fresh(),
            display_name: DisplayName::parse(&format!("Load {number}"))?,
            email: Email::nobody(&handle),
            email_verified_at: Some(now),
            handle: handle.clone(),
        };
        let token = Token::fresh();
        let session = self.new_session(user.id, DeviceName::from_text("load test"));
        let seeded = SeededUser {
            id: user.id,
            handle,
            session: session.id,
            token,
        };
        let row = NewRow {
            user,
            password_hash: UNUSABLE.to_owned(),
            created_at: now,
        };
        let new = NewSession {
            session,
            hash: seeded.token.hash(),
        };
        Ok((row, new, seeded))
    }
}
