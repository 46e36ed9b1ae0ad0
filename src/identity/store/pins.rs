//! The SQL of PINs, and of how often secrets were guessed.

use super::Store;
use crate::clock::Micros;
use crate::db::{Fault, Source as _, Sql, from_row};
use crate::identity::IdentityError;
use crate::identity::guess::{Guesses, Locked, Secret};
use crate::ids::UserId;

struct HashRow {
    hash: String,
}

from_row!(HashRow { hash });

struct GuessRow {
    failures: i16,
    last_at: i64,
}

from_row!(GuessRow { failures, last_at });

impl From<GuessRow> for Guesses {
    fn from(row: GuessRow) -> Self {
        Self {
            failures: row.failures,
            last_at: Micros(row.last_at),
        }
    }
}

fn guess_of(sql: Sql, user: UserId, secret: Secret) -> Sql {
    sql.text("SELECT failures, last_at FROM guess WHERE user_id = ")
        .bind(user)
        .text(" AND secret = ")
        .bind(secret.code())
}

impl Store {
    /// The hash of somebody's PIN.
    pub(in crate::identity) async fn pin_of(&self, user: UserId) -> Result<Option<String>, IdentityError> {
        let db = self.db.clone();
        let select = db
            .sql()
            .text("SELECT hash FROM pin WHERE user_id = ")
            .bind(user)
            .build();
        let row: Option<HashRow> = self.db.run(async move { db.reader().one(select).await }).await?;
        Ok(row.map(|row| row.hash))
    }

    /// Keeps somebody's first PIN; false when there is one.
    pub(in crate::identity) async fn insert_pin(
        &self,
        user: UserId,
        hash: String,
        now: Micros,
    ) -> Result<bool, IdentityError> {
        let insert = self
            .db
            .sql()
            .text("INSERT INTO pin (user_id, hash, set_at) VALUES ")
            .rows([[user.into(), hash.into(), now.0.into()]])
            .text(" ON CONFLICT (user_id) DO NOTHING");
        // What was guessed of an earlier one says nothing of this one.
        Ok(self.write([insert, self.no_guesses(user, Secret::Pin)]).await? > 0)
    }

    /// Keeps another PIN in place of the one that there is.
    pub(in crate::identity) async fn replace_pin(
        &self,
        user: UserId,
        hash: String,
        now: Micros,
    ) -> Result<(), IdentityError> {
        let update = self
            .db
            .sql()
            .text("UPDATE pin SET hash = ")
            .bind(hash)
            .text(", set_at = ")
            .bind(now.0)
            .text(" WHERE user_id = ")
            .bind(user);
        match self.write([update]).await? {
            0 => Err(IdentityError::PinNotSet),
            _ => Ok(()),
        }
    }

    /// Forgets somebody's PIN and its guesses; whether there was one.
    pub(in crate::identity) async fn remove_pin(&self, user: UserId) -> Result<bool, IdentityError> {
        let delete = self.db.sql().text("DELETE FROM pin WHERE user_id = ").bind(user);
        Ok(self.write([delete, self.no_guesses(user, Secret::Pin)]).await? > 0)
    }

    /// How often a secret was guessed.
    pub(in crate::identity) async fn guesses(&self, user: UserId, secret: Secret) -> Result<Guesses, IdentityError> {
        let db = self.db.clone();
        let select = guess_of(db.sql(), user, secret).build();
        let row: Option<GuessRow> = self.db.run(async move { db.reader().one(select).await }).await?;
        Ok(row.map_or_else(Guesses::default, Guesses::from))
    }

    /// Counts a guess before it is looked at; guesses at once take turns at the row.
    pub(in crate::identity) async fn take_guess(
        &self,
        user: UserId,
        secret: Secret,
        now: Micros,
        refuse: impl FnOnce(Locked) -> IdentityError + Send + 'static,
    ) -> Result<Guesses, IdentityError> {
        let db = self.db.clone();
        self.db
            .run(async move {
                let tx = db.begin().await?;
                let first = db
                    .sql()
                    .text("INSERT INTO guess (user_id, secret, failures, last_at) VALUES ")
                    .rows([[user.into(), secret.code().into(), 0_i16.into(), now.0.into()]])
                    // Locks the row too, so that nobody forgets it before it is read.
                    .text(" ON CONFLICT (user_id, secret) DO UPDATE SET failures = guess.failures");
                tx.execute(first.build()).await?;
                let select = guess_of(db.sql(), user, secret).build();
                let row: Option<GuessRow> = tx.one(select).await?;
                let row = row.ok_or_else(|| Fault::Other("a row that was just made is gone".into()))?;
                let taken = Guesses::from(row).take(secret, now).map_err(refuse)?;
                let update = db
                    .sql()
                    .text("UPDATE guess SET failures = ")
                    .bind(taken.failures)
                    .text(", last_at = ")
                    .bind(taken.last_at.0)
                    .text(" WHERE user_id = ")
                    .bind(user)
                    .text(" AND secret = ")
                    .bind(secret.code());
                tx.execute(update.build()).await?;
                tx.commit().await?;
                Ok(taken)
            })
            .await
    }

    /// The last guess was not looked at after all.
    pub(in crate::identity) async fn give_guess_back(&self, user: UserId, secret: Secret) -> Result<(), IdentityError> {
        let update = self
            .db
            .sql()
            .text("UPDATE guess SET failures = failures - 1 WHERE user_id = ")
            .bind(user)
            .text(" AND secret = ")
            .bind(secret.code())
            .text(" AND failures > 0");
        self.write([update]).await.map(drop)
    }

    /// The secret was known.
    pub(in crate::identity) async fn forget_guesses(&self, user: UserId, secret: Secret) -> Result<(), IdentityError> {
        let delete = self.no_guesses(user, secret);
        self.write([delete]).await.map(drop)
    }

    fn no_guesses(&self, user: UserId, secret: Secret) -> Sql {
        self.db
            .sql()
            .text("DELETE FROM guess WHERE user_id = ")
            .bind(user)
            .text(" AND secret = ")
            .bind(secret.code())
    }

    /// Statements in one transaction; how many rows the first one touched.
    async fn write<const N: usize>(&self, statements: [Sql; N]) -> Result<u64, IdentityError> {
        let db = self.db.clone();
        self.db
            .run(async move {
                let tx = db.begin().await?;
                let mut touched = None;
                for statement in statements {
                    let rows = tx.execute(statement.build()).await?;
                    touched.get_or_insert(rows);
                }
                tx.commit().await?;
                Ok(touched.unwrap_or(0))
            })
            .await
    }
}
