//! The SQL of sessions.

use std::time::Duration;

use quipu_entity::{session, user};
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Value};

use super::users::to_user;
use super::{IDS_IN_ONE_QUERY, Store, padded};
use crate::clock::Micros;
use crate::db::{Fault, Tx, from_row};
use crate::identity::token::TokenHash;
use crate::identity::{DeviceName, IdentityError, Session, User};
use crate::ids::{SessionId, UserId};

struct IdRow {
    id: uuid::Uuid,
}

from_row!(IdRow { id });

/// Sessions that a person has at once; a login beyond ends the one that was used longest ago.
pub(in crate::identity) const MAX_SESSIONS: u64 = 100;
/// Sessions that ended are forgotten after this.
const FORGET_SESSIONS_AFTER: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A session to insert.
pub(in crate::identity) struct NewSession {
    pub(in crate::identity) session: Session,
    pub(in crate::identity) hash: TokenHash,
}

impl Store {
    /// Inserts a session and ends those of the person that are too many with it; answers which those were.
    pub(in crate::identity) async fn insert_session(&self, new: NewSession) -> Result<Vec<SessionId>, IdentityError> {
        let db = self.db.clone();
        let lifetime = self.session_lifetime;
        self.db
            .run(async move {
                let now = new.session.created_at;
                let user = new.session.user.uuid();
                let tx = db.begin().await?;
                let forgotten = Micros(now.0.saturating_sub(span(FORGET_SESSIONS_AFTER)));
                let of_user = session::Column::UserId.eq(user);
                let dead = session::Column::RevokedAt
                    .lt(forgotten.0)
                    .or(session::Column::ExpiresAt.lt(forgotten.0));
                let delete = session::Entity::delete_many().filter(of_user.clone()).filter(dead);
                tx.run(delete).await?;
                let too_many = live(now).filter(of_user).order_by_desc(session::Column::LastSeenAt);
                let too_many = too_many
                    .select_only()
                    .column(session::Column::Id)
                    .offset(MAX_SESSIONS - 1)
                    // SQLite and PostgreSQL both want a LIMIT that is there; more than this never stands.
                    .limit(MAX_SESSIONS);
                let too_many: Vec<_> = tx.find(too_many).await?.into_iter().map(|row: IdRow| row.id).collect();
                if !too_many.is_empty() {
                    end_sessions(&tx, session::Column::Id.is_in(too_many.clone()), now).await?;
                }
                tx.run(session::Entity::insert(session_row(&new, lifetime))).await?;
                tx.commit().await?;
                Ok(too_many.into_iter().map(SessionId::from).collect())
            })
            .await
    }

    /// The live session behind a token, and its person.
    pub(in crate::identity) async fn by_token(
        &self,
        hash: TokenHash,
        now: Micros,
    ) -> Result<Option<(Session, User)>, IdentityError> {
        let db = self.db.clone();
        self.db
            .run(async move {
                let session = live(now)
                    .filter(session::Column::TokenHash.eq(hash.to_vec()))
                    .one(db.reader())
                    .await;
                let Some(session) = session.map_err(Fault::from)? else {
                    return Ok(None);
                };
                let user = user::Entity::find_by_id(session.user_id)
                    .one(db.reader())
                    .await
                    .map_err(Fault::from)?;
                Ok(user.map(|user| (to_session(session), to_user(user))))
            })
            .await
    }

    /// The live sessions of a person, the one used last first.
    pub(in crate::identity) async fn sessions(&self, user: UserId, now: Micros) -> Result<Vec<Session>, IdentityError> {
        let db = self.db.clone();
        self.db
            .run(async move {
                let rows = live(now)
                    .filter(session::Column::UserId.eq(user.uuid()))
                    .order_by_desc(session::Column::LastSeenAt)
                    .limit(MAX_SESSIONS)
                    .all(db.reader())
                    .await;
                Ok(rows.map_err(Fault::from)?.into_iter().map(to_session).collect())
            })
            .await
    }

    /// Which of the sessions are live.
    pub(in crate::identity) async fn live_among(
        &self,
        ids: Vec<SessionId>,
        now: Micros,
    ) -> Result<Vec<SessionId>, IdentityError> {
        let db = self.db.clone();
        self.db
            .run(async move {
                let mut found = Vec::with_capacity(ids.len());
                for part in ids.chunks(IDS_IN_ONE_QUERY) {
                    let ids = padded(part.iter().map(|id| id.uuid()).collect());
                    let rows = live(now).filter(session::Column::Id.is_in(ids));
                    let rows = rows
                        .select_only()
                        .column(session::Column::Id)
                        .into_tuple::<uuid::Uuid>();
                    found.extend(
                        rows.all(db.reader())
                            .await
                            .map_err(Fault::from)?
                            .into_iter()
                            .map(SessionId::from),
                    );
                }
                Ok(found)
            })
            .await
    }

    /// Ends a session of a person; false when there was none.
    pub(in crate::identity) async fn revoke(
        &self,
        user: UserId,
        session: SessionId,
        now: Micros,
    ) -> Result<bool, IdentityError> {
        let db = self.db.clone();
        self.db
            .run(async move {
                let tx = db.begin().await?;
                let which = session::Column::Id
                    .eq(session.uuid())
                    .and(session::Column::UserId.eq(user.uuid()));
                let ended = end_sessions(&tx, which, now).await?;
                tx.commit().await?;
                Ok(ended > 0)
            })
            .await
    }

    /// Ends all live sessions of a person but one; which those were.
    pub(in crate::identity) async fn revoke_others(
        &self,
        user: UserId,
        kept: SessionId,
        now: Micros,
    ) -> Result<Vec<SessionId>, IdentityError> {
        let db = self.db.clone();
        self.db
            .run(async move {
                let tx = db.begin().await?;
                let others = session::Column::UserId
                    .eq(user.uuid())
                    .and(session::Column::Id.ne(kept.uuid()));
                let live = live(now).filter(others).select_only().column(session::Column::Id);
                let ids: Vec<_> = tx.find(live).await?.into_iter().map(|row: IdRow| row.id).collect();
                if !ids.is_empty() {
                    end_sessions(&tx, session::Column::Id.is_in(padded(ids.clone())), now).await?;
                }
                tx.commit().await?;
                Ok(ids.into_iter().map(SessionId::from).collect())
            })
            .await
    }

    /// Notes that the sessions are used, which also moves their end.
    pub(in crate::identity) async fn touch_sessions(
        &self,
        ids: &[SessionId],
        now: Micros,
    ) -> Result<(), IdentityError> {
        let db = self.db.clone();
        let ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
        let expires_at = now.plus(self.session_lifetime);
        self.db
            .run(async move {
                let tx = db.begin().await?;
                let touched = session::Entity::update_many()
                    .col_expr(session::Column::LastSeenAt, Expr::value(now.0))
                    .col_expr(session::Column::ExpiresAt, Expr::value(expires_at.0))
                    .filter(session::Column::Id.is_in(padded(ids)))
                    .filter(session::Column::RevokedAt.is_null())
                    // What has expired meanwhile stays so.
                    .filter(session::Column::ExpiresAt.gt(now.0))
                    .filter(session::Column::LastSeenAt.lt(now.0));
                tx.run(touched).await?;
                Ok(tx.commit().await?)
            })
            .await
    }
}

/// Sessions that can be used now.
fn live(now: Micros) -> sea_orm::Select<session::Entity> {
    session::Entity::find()
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now.0))
}

async fn end_sessions(tx: &Tx, which: SimpleExpr, now: Micros) -> Result<u64, Fault> {
    let ended = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(Some(now.0)))
        .filter(which)
        .filter(session::Column::RevokedAt.is_null());
    tx.run(ended).await
}

fn session_row(new: &NewSession, lifetime: Duration) -> session::ActiveModel {
    let session = &new.session;
    session::ActiveModel {
        id: Set(session.id.uuid()),
        user_id: Set(session.user.uuid()),
        token_hash: Set(new.hash.to_vec()),
        device: Set(session.device.as_str().to_owned()),
        created_at: Set(session.created_at.0),
        last_seen_at: Set(session.last_seen_at.0),
        expires_at: Set(session.last_seen_at.plus(lifetime).0),
        revoked_at: Set(None),
    }
}

pub(super) fn session_values(new: &NewSession, lifetime: Duration) -> [Value; 7] {
    let session = &new.session;
    [
        session.id.into(),
        session.user.into(),
        new.hash.to_vec().into(),
        session.device.as_str().into(),
        session.created_at.0.into(),
        session.last_seen_at.0.into(),
        session.last_seen_at.plus(lifetime).0.into(),
    ]
}

fn to_session(row: session::Model) -> Session {
    Session {
        id: row.id.into(),
        user: row.user_id.into(),
        device: DeviceName::from_text(&row.device),
        created_at: Micros(row.created_at),
        last_seen_at: Micros(row.last_seen_at),
    }
}

fn span(of: Duration) -> i64 {
    i64::try_from(of.as_micros()).unwrap_or(i64::MAX)
}
