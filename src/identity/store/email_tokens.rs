//! The SQL of mailed tokens.

use quipu_entity::{email_token, user};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::Store;
use crate::clock::Micros;
use crate::db::{Fault, Tx, from_row};
use crate::identity::token::TokenHash;
use crate::identity::{Email, IdentityError, User, verify_email};
use crate::ids::UserId;
use crate::notify::{self, Mail};

from_row!(email_token::Model {
    token_hash,
    user_id,
    email,
    expires_at,
    used_at
});
from_row!(user::Model {
    id,
    handle,
    email,
    email_verified_at,
    display_name,
    password_hash,
    created_at
});

/// A mail that carries a token, to be inserted beside its hash.
pub(in crate::identity) struct TokenMail {
    pub(in crate::identity) hash: TokenHash,
    pub(in crate::identity) mail: Mail,
}

impl Store {
    /// Uses a mailed token: once, while it is good, for the address that it was mailed to.
    pub(in crate::identity) async fn use_email_token(
        &self,
        hash: TokenHash,
        now: Micros,
    ) -> Result<UserId, IdentityError> {
        let db = self.db.clone();
        self.db
            .run(async move {
                let tx = db.begin().await?;
                // The update is the decision: of two that race here, the database lets one find the row unused.
                let used = email_token::Entity::update_many()
                    .col_expr(email_token::Column::UsedAt, Expr::value(Some(now.0)))
                    .filter(email_token::Column::TokenHash.eq(hash.to_vec()))
                    .filter(email_token::Column::UsedAt.is_null())
                    .filter(email_token::Column::ExpiresAt.gt(now.0));
                let used = tx.run(used).await?;
                let token = tx.find(email_token::Entity::find_by_id(hash.to_vec())).await?.pop();
                let (1, Some(token)): (_, Option<email_token::Model>) = (used, token) else {
                    return Err(IdentityError::TokenInvalid);
                };
                let verified = user::Entity::update_many()
                    .col_expr(user::Column::EmailVerifiedAt, Expr::value(Some(now.0)))
                    .filter(user::Column::Id.eq(token.user_id))
                    .filter(user::Column::Email.eq(token.email));
                if tx.run(verified).await? != 1 {
                    return Err(IdentityError::TokenInvalid);
                }
                tx.commit().await?;
                Ok(token.user_id.into())
            })
            .await
    }

    /// Queues another mail with a token, if it is not too soon after the last ones; forgets tokens that expired.
    pub(in crate::identity) async fn add_email_token(
        &self,
        user: &User,
        mail: TokenMail,
        now: Micros,
    ) -> Result<(), IdentityError> {
        let db = self.db.clone();
        let (id, email) = (user.id, user.email.clone());
        self.db
            .run(async move {
                let tx = db.begin().await?;
                // Two requests at once on two nodes take turns at the person's row.
                let row = user::Entity::find_by_id(id.uuid()).lock_exclusive();
                tx.find::<user::Model>(row).await?;
                let of_user = email_token::Column::UserId.eq(id.uuid());
                let expired = email_token::Entity::delete_many().filter(of_user.clone());
                tx.run(expired.filter(email_token::Column::ExpiresAt.lte(now.0)))
                    .await?;
                let tokens: Vec<email_token::Model> = tx.find(email_token::Entity::find().filter(of_user)).await?;
                let expiries: Vec<Micros> = tokens.iter().map(|token| Micros(token.expires_at)).collect();
                verify_email::allow_mail(now, &expiries)?;
                insert_token(&tx, &mail, id, &email, now).await?;
                Ok(tx.commit().await?)
            })
            .await
    }
}

pub(super) async fn insert_token(
    tx: &Tx,
    mail: &TokenMail,
    user: UserId,
    email: &Email,
    now: Micros,
) -> Result<(), Fault> {
    let row = email_token::ActiveModel {
        token_hash: Set(mail.hash.to_vec()),
        user_id: Set(user.uuid()),
        email: Set(email.as_str().to_owned()),
        expires_at: Set(now.plus(verify_email::TOKEN_LIFETIME).0),
        used_at: Set(None),
    };
    tx.run(email_token::Entity::insert(row)).await?;
    notify::enqueue(tx, &mail.mail, now).await
}
