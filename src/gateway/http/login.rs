//! `POST /api/v1/login` and `/logout`.

use actix_web::{HttpRequest, HttpResponse, web};

use super::body::JsonBody;
use super::{HttpState, check_login_rate, welcome};
use crate::gateway::auth::signed_in;
use crate::gateway::errors::Refusal;
use crate::identity::Login;
use crate::protocol::http;

/// Signs a person in: the token for programs, the cookie for browsers.
pub(super) async fn post(
    request: HttpRequest,
    state: web::Data<HttpState>,
    JsonBody(body): JsonBody<http::Login>,
) -> Result<HttpResponse, Refusal> {
    check_login_rate(&request, &state)?;
    let login = Login {
        login: body.login,
        password: body.password,
        device: body.device,
    };
    let signed_in = state.identity.login(login).await?;
    Ok(welcome(&state, &signed_in))
}

/// Ends the own session on every node.
pub(super) async fn logout(request: HttpRequest, state: web::Data<HttpState>) -> Result<HttpResponse, Refusal> {
    let caller = signed_in(&request, &state).await?;
    state.identity.logout(&caller.session).await?;
    (state.on_session_revoked)(caller.user.id, caller.session.id);
    Ok(HttpResponse::NoContent().cookie(state.site.removal_cookie()).finish())
}
