//! The SQL of people.

use std::collections::HashMap;

use quipu_entity::user;
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, Value};

use super::email_tokens::{TokenMail, insert_token};
use super::sessions::{NewSession, session_values};
use super::{IDS_IN_ONE_QUERY, Store, padded};
use crate::clock::Micros;
use crate::db::{Fault, Writes};
use crate::identity::{DisplayName, Email, Handle, IdentityError, User};
use crate::ids::UserId;

/// A person to insert.
pub(in crate::identity) struct NewRow {
    pub(in crate::identity) user: User,
    pub(in crate::identity) password_hash: String,
    pub(in crate::identity) created_at: Micros,
}

impl Store {
    /// Inserts a person, and the mail that asks to confirm the address, in one commit.
    pub(in crate::identity) async fn insert_user(
        &self,
        row: NewRow,
        mail: Option<TokenMail>,
    ) -> Result<(), IdentityError> {
        let db = self.db.clone();
        self.db
            .run(async move {
                let tx = db.begin().await?;
                let now = row.created_at;
                let mailed = mail.map(|mail| (mail, row.user.id, row.user.email.clone()));
                tx.run(user::Entity::insert(user_row(row)))
                    .await
                    .map_err(IdentityError::of_new_user)?;
                if let Some((mail, user, email)) = mailed {
                    insert_token(&tx, &mail, user, &email, now).await?;
                }
                Ok(tx.commit().await?)
            })
            .await
    }

    /// Inserts many people, each with a session, in one commit.
    pub(in crate::identity) async fn insert_seeded(
        &self,
        rows: Vec<(NewRow, NewSession)>,
    ) -> Result<(), IdentityError> {
        let db = self.db.clone();
        let lifetime = self.session_lifetime;
        self.db
            .run(async move {
                let (mut users, mut sessions) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
                for (row, new) in rows {
                    sessions.push(session_values(&new, lifetime));
                    users.push(user_values(row));
                }
                let tx = db.begin().await?;
                let head = "INSERT INTO app_user (id, handle, email, email_verified_at, display_name, password_hash, \
                            created_at) VALUES ";
                let mut writes = Writes::new(db.kind());
                writes.rows(head, users, "");
                writes.run(&tx).await.map_err(IdentityError::of_new_user)?;
                let head = "INSERT INTO session (id, user_id, token_hash, device, created_at, last_seen_at, expires_at) \
                            VALUES ";
                let mut writes = Writes::new(db.kind());
                writes.rows(head, sessions, "");
                writes.run(&tx).await?;
                Ok(tx.commit().await?)
            })
            .await
    }

    /// The person with this handle, and the password's hash.
    pub(in crate::identity) async fn by_handle(&self, handle: Handle) -> Result<Option<(User, String)>, IdentityError> {
        self.one_user(user::Column::Handle.eq(handle.as_str())).await
    }

    /// The person with this address, and the password's hash.
    pub(in crate::identity) async fn by_email(&self, email: Email) -> Result<Option<(User, String)>, IdentityError> {
        self.one_user(user::Column::Email.eq(email.as_str())).await
    }

    /// The person with this id, and the password's hash.
    pub(in crate::identity) async fn by_id(&self, id: UserId) -> Result<Option<(User, String)>, IdentityError> {
        self.one_user(user::Column::Id.eq(id.uuid())).await
    }

    async fn one_user(&self, which: SimpleExpr) -> Result<Option<(User, String)>, IdentityError> {
        let db = self.db.clone();
        self.db
            .run(async move {
                let found = user::Entity::find().filter(which).one(db.reader()).await;
                let found = found.map_err(Fault::from)?;
                Ok(found.map(|mut model| {
                    let hash = std::mem::take(&mut model.password_hash);
                    (to_user(model), hash)
                }))
            })
            .await
    }

    /// Those of the people that there are.
    pub(in crate::identity) async fn by_ids(&self, ids: Vec<UserId>) -> Result<HashMap<UserId, User>, IdentityError> {
        let db = self.db.clone();
        self.db
            .run(async move {
                let mut found = HashMap::with_capacity(ids.len());
                for part in ids.chunks(IDS_IN_ONE_QUERY) {
                    let ids = padded(part.iter().map(|id| id.uuid()).collect());
                    let rows = user::Entity::find()
                        .filter(user::Column::Id.is_in(ids))
                        .all(db.reader())
                        .await;
                    found.extend(
                        rows.map_err(Fault::from)?
                            .into_iter()
                            .map(|row| (row.id.into(), to_user(row))),
                    );
                }
                Ok(found)
            })
            .await
    }
}

fn user_row(row: NewRow) -> user::ActiveModel {
    user::ActiveModel {
        id: Set(row.user.id.uuid()),
        handle: Set(row.user.handle.as_str().to_owned()),
        email: Set(row.user.email.as_str().to_owned()),
        email_verified_at: Set(row.user.email_verified_at.map(|at| at.0)),
        display_name: Set(row.user.display_name.as_str().to_owned()),
        password_hash: Set(row.password_hash),
        created_at: Set(row.created_at.0),
    }
}

fn user_values(row: NewRow) -> [Value; 7] {
    [
        row.user.id.into(),
        row.user.handle.as_str().into(),
        row.user.email.as_str().into(),
        row.user.email_verified_at.map(|at| at.0).into(),
        row.user.display_name.as_str().into(),
        row.password_hash.into(),
        row.created_at.0.into(),
    ]
}

pub(super) fn to_user(row: user::Model) -> User {
    User {
        id: row.id.into(),
        handle: Handle::stored(row.handle),
        display_name: DisplayName::stored(row.display_name),
        email: Email::stored(row.email),
        email_verified_at: row.email_verified_at.map(Micros),
    }
}
