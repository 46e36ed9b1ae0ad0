//! `POST /api/v1/email/verify` and `/resend`.

use actix_web::{HttpRequest, HttpResponse, web};
use secrecy::ExposeSecret as _;

use super::body::JsonBody;
use super::{HttpState, check_login_rate};
use crate::gateway::auth::signed_in;
use crate::gateway::errors::Refusal;
use crate::protocol::http::VerifyEmail;

/// Confirms an address by the token from the mail. Whoever has the token need not be signed in: the mail may be read
/// on another device.
pub(super) async fn verify(
    request: HttpRequest,
    state: web::Data<HttpState>,
    JsonBody(body): JsonBody<VerifyEmail>,
) -> Result<HttpResponse, Refusal> {
    check_login_rate(&request, &state)?;
    state.identity.verify_email(body.token.expose_secret()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Mails another link.
pub(super) async fn resend(request: HttpRequest, state: web::Data<HttpState>) -> Result<HttpResponse, Refusal> {
    let caller = signed_in(&request, &state).await?;
    state.identity.resend_verification(&caller.user).await?;
    Ok(HttpResponse::NoContent().finish())
}
