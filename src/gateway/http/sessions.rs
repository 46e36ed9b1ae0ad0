//! `GET /api/v1/me`, `GET /api/v1/sessions`, `DELETE /api/v1/sessions/{id}`.

use actix_web::{HttpRequest, HttpResponse, web};

use super::HttpState;
use crate::gateway::auth::signed_in;
use crate::gateway::errors::Refusal;
use crate::ids::SessionId;
use crate::protocol::ErrorCode;
use crate::protocol::http::{OwnUser, Sessions};

/// Who is signed in.
pub(super) async fn me(request: HttpRequest, state: web::Data<HttpState>) -> Result<HttpResponse, Refusal> {
    let caller = signed_in(&request, &state).await?;
    Ok(HttpResponse::Ok().json(OwnUser {
        user: caller.user.own_view(),
    }))
}

/// Where the person is signed in.
pub(super) async fn list(request: HttpRequest, state: web::Data<HttpState>) -> Result<HttpResponse, Refusal> {
    let caller = signed_in(&request, &state).await?;
    let sessions = state.identity.sessions(caller.user.id).await?;
    let sessions = sessions.iter().map(|session| session.view(caller.session.id)).collect();
    Ok(HttpResponse::Ok().json(Sessions { sessions, next: None }))
}

/// Signs one device out, the own one too.
pub(super) async fn end(
    request: HttpRequest,
    state: web::Data<HttpState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Refusal> {
    let caller = signed_in(&request, &state).await?;
    let id: SessionId = id.parse().map_err(|_| Refusal::new(ErrorCode::SessionNotFound))?;
    state.identity.revoke(caller.user.id, id).await?;
    (state.on_session_revoked)(caller.user.id, id);
    let mut answer = HttpResponse::NoContent();
    if id == caller.session.id {
        answer.cookie(state.site.removal_cookie());
    }
    Ok(answer.finish())
}
